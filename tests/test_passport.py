"""The passport tells the story of the sessions' reports, of `progress` and of `advise`."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from msgspec.structs import replace
from PIL import Image
from report_reading import Page, pdf_pages, pdf_text, plain
from session_examples import make_rep, make_session
from store_examples import STEP_DOWN, entered, set_of, two_legs

from formcheck import analyze
from formcheck.data.declare import rounded
from formcheck.data.session import Session, Stance, View
from formcheck.exercises import get_exercise
from formcheck.motion.verdicts import summarize
from formcheck.report.passport_view import NOTHING_ASKED
from formcheck.report.view import view
from formcheck.store import result_files
from formcheck.store.history.history_store import History

Keep = Callable[..., Session]
Passport = Callable[..., Any]
SIDE = View(kind="side", yaw_deg=88.0, near_side="left")


def from_side(*leans: float) -> Session:
    reps = [
        make_rep(n, STEP_DOWN, view=SIDE, trunk_flexion_deg=lean, depth=15.0)
        for n, lean in enumerate(leans, 1)
    ]
    return rounded(make_session(reps, STEP_DOWN, view=SIDE))


@pytest.fixture
def keep(history_file: Path) -> Keep:
    """Put a session into the test's history."""

    def one(
        session: Session,
        day: str,
        *,
        group: str = "",
        folder: Path | None = None,
        clip: str = "",
        **told: float,
    ) -> Session:
        session = replace(entered(session, day, **told), person="runner-1", group=group)
        with History(history_file, create=True) as history:
            film = f"{day} {session.view.kind} {session.exercise.id} {clip}"
            history.keep(session, film_sha256=film, folder=folder)
        return session

    return one


@pytest.fixture
def passport(run_cli: RunCli) -> Passport:
    """The data of a passport."""

    def one(*args: str) -> Any:
        outcome = run_cli("passport", "runner-1", "--json", *args)
        assert (outcome.code, outcome.err) == (0, "")
        return json.loads(outcome.out)

    return one


def left_leg(found: Any, title: str = "Step-down") -> Any:
    (exercise,) = (one for one in found["exercises"] if one["title"] == title)
    (leg,) = (one for one in exercise["legs"] if one["title"] == "Left leg")
    return leg


def numbers_of(leg: Any) -> list[Any]:
    of_cues = [line for one in leg["work_on"] for line in one["numbers"]]
    return [*leg["good"], *of_cues, *leg["after_that"]]


def test_front_and_side_of_one_day_are_one_judgement_with_the_numbers_of_their_reports(
    passport: Passport, keep: Keep
) -> None:
    sessions = [
        keep(set_of((2.0, 9.5, 3.0)), "2026-05-01", step_height_cm=15.0),
        keep(from_side(12.0, 33.0, 30.0), "2026-05-01", step_height_cm=15.0),
    ]
    found = passport()
    assert len(found["exercises"]) == 1
    leg = left_leg(found)
    assert leg["form"] == "watch"
    assert leg["unseen"] == []
    told = {line["title"]: line for line in numbers_of(leg)}
    assert {"Knee valgus", "Trunk lean", "Forward lean", "Way down"} <= told.keys()
    assert len(told) == len(numbers_of(leg)), "each measurement once"
    assert "from the front" in told["Knee valgus"]["remark"]
    assert "from the side" in told["Forward lean"]["remark"]
    for session in sessions:
        shown = view(session)
        cells = {cell.column: cell for cell in shown.means[0].cells if cell.badge is not None}
        for title, cell in cells.items():
            if f"from the {session.view.kind}" in told[title]["remark"]:
                assert told[title]["value"] == cell.text
                assert cell.badge is not None
                assert told[title]["grade"] == cell.badge.words
        (line,) = (one for one in leg["seen"] if f"from the {session.view.kind}" in one)
        assert all(counts in line for counts in shown.counts)


def test_the_changes_are_those_of_progress_and_what_is_next_is_what_advise_says(
    run_cli: RunCli, passport: Passport, keep: Keep
) -> None:
    for day, knee, pain in ((1, 20.0, 4), (8, 13.0, 2), (15, 3.0, 1)):
        keep(set_of((knee,) * 5), f"2026-05-{day:02d}", step_height_cm=15.0, pain=pain)
        keep(from_side(12.0, 14.0), f"2026-05-{day:02d}", step_height_cm=15.0, pain=pain)
    found = passport()
    changes = json.loads(run_cli("progress", "--json").out)["changes"]
    leg = left_leg(found)
    assert leg["changes"] == changes["Left leg"]
    assert leg["changes"][0]["text"].startswith(("Knee valgus: better", "Good form"))
    assert leg["since"] == "Since 1 May 2026"
    told = [one["text"] for one in changes["All sessions"]]
    assert found["exercises"][0]["changes"] == told == ["Pain: better, from 4 to 1 of 10"]
    advice = json.loads(run_cli("advise", "--json").out)["advice"]
    assert [one["text"] for one in leg["next"]] == [one["text"] for one in advice]
    assert [one["because"] for one in leg["next"]] == [one["because"] for one in advice]


def test_a_guided_session_is_compared_with_the_last_time_from_each_side(
    passport: Passport, keep: Keep
) -> None:
    keep(set_of((3.0,) * 5), "2026-05-01")
    keep(set_of((20.0,) * 5), "2026-05-08")
    keep(from_side(12.0, 14.0), "2026-05-06")
    keep(set_of((3.0,) * 5), "2026-05-15", group="a1")
    keep(from_side(12.0, 14.0), "2026-05-15", group="a1")
    keep(set_of((20.0,) * 5), "2026-05-22")
    found = passport("--group", "a1")
    assert found["when"] == "Guided session, 15 May 2026: 2 sessions of 1 exercise"
    leg = left_leg(found)
    assert leg["since"] == "Since 6 May 2026 and 8 May 2026"
    assert any(one["text"].startswith("Knee valgus: better") for one in leg["changes"])
    same = passport("--since", "2026-05-15", "--until", "2026-05-15")
    assert left_leg(same) == leg, "the same day, asked for otherwise"
    weeks = left_leg(passport("--until", "2026-05-15"))
    assert weeks["since"] == "Since 1 May 2026 and 6 May 2026"
    assert not any("Knee" in one["text"] for one in weeks["changes"])


def test_the_first_time_there_is_nothing_to_compare_with(passport: Passport, keep: Keep) -> None:
    keep(set_of((3.0,) * 5), "2026-05-01")
    leg = left_leg(passport())
    assert [one["text"] for one in leg["changes"]] == [
        "This was the first day, so there is nothing to compare with yet."
    ]
    assert leg["since"] is None
    assert leg["unseen"] == ["Forward lean: film from the side."]
    keep(from_side(12.0, 14.0), "2026-05-08")
    assert [one["text"] for one in left_leg(passport("--since", "2026-05-01"))["changes"]] == [
        "These sessions cannot be compared with each other: film from the same side each time."
    ]


def test_two_sessions_of_a_day_from_one_side_are_one_time_and_the_last_counts(
    passport: Passport, keep: Keep
) -> None:
    keep(set_of((20.0,) * 4), "2026-05-01", clip="a")
    keep(set_of((3.0,) * 5), "2026-05-01", clip="b")
    found = passport()
    assert found["when"] == "2 sessions of 1 exercise, 1 May 2026"
    leg = left_leg(found)
    assert [one["text"] for one in leg["changes"]] == [
        "This was the first day, so there is nothing to compare with yet."
    ]
    assert leg["seen"][0].startswith("1 May 2026, from the front: 5 repetitions.")
    assert leg["seen"][1:] == [
        "Earlier that day, from the front: 4 repetitions. Only the last session from a side "
        "counts here."
    ]
    assert "Knee valgus" in {line["title"] for line in leg["good"]}, "that of the last session"


def test_of_a_squat_from_the_side_neither_knee_is_known(passport: Passport, keep: Keep) -> None:
    squat = get_exercise("squat").info()
    rep = make_rep(1, squat, side="both", view=SIDE, trunk_flexion_deg=12.0, depth=30.0)
    keep(rounded(make_session([rep], squat, view=SIDE)), "2026-05-01")
    ((leg,),) = [one["legs"] for one in passport()["exercises"]]
    (unseen,) = (line for line in leg["unseen"] if line.endswith("film from the front."))
    assert "left knee over foot" in unseen.lower()
    assert "right knee over foot" in unseen.lower()


def test_what_is_good_on_average_but_not_often_enough_is_worked_on(
    passport: Passport, keep: Keep
) -> None:
    keep(set_of((1.0, 1.0, 1.0, 18.0)), "2026-05-01")
    leg = left_leg(passport())
    (knee,) = (one for one in leg["work_on"] if "knee" in one["cue"].lower())
    assert knee["numbers"][0]["grade"].endswith("good")
    assert knee["numbers"][0]["remark"] == "but not good in 1 of 4"
    assert "Knee valgus" not in {line["title"] for line in leg["good"]}
    keep(set_of((1.0, 1.0, 1.0, 1.0, 9.0)), "2026-05-08")
    good = left_leg(passport("--since", "2026-05-08"))["good"]
    assert "Knee valgus" in {line["title"] for line in good}, "4 of 5 are enough"


def test_pain_above_5_stops_the_whole_exercise(passport: Passport, keep: Keep) -> None:
    keep(two_legs(), "2026-05-01", pain=7)
    (exercise,) = passport()["exercises"]
    assert [one["title"] for one in exercise["legs"]] == ["Left leg", "Right leg"]
    for leg in exercise["legs"]:
        assert "see a professional" in leg["next"][0]["text"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nobody",), "no session of nobody in the history. People in the history: runner-1"),
        (("runner-1", "--since", "2026-06-01"), "runner-1 has no session since 2026-06-01"),
        (("runner-1", "--group", "zz"), "runner-1 has no session of the guided session zz"),
        (("runner-1", "--until", "May"), "'until' cannot be 'May'. Write the day as"),
        (("runner-1", "--out", "passport.doc"), "unknown file type: passport.doc"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(
    args: tuple[str, ...],
    says: str,
    run_cli: RunCli,
    keep: Keep,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    keep(set_of((3.0,)), "2026-05-01")
    outcome = run_cli("passport", *args)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert says in outcome.err
    assert list(tmp_path.iterdir()) == []


def pictured(keep: Keep, place: Path, session: Session, day: str) -> None:
    """Keep a session with a picture of each repetition."""
    jpeg = BytesIO()
    Image.new("RGB", (60, 100), (200, 40, 40)).save(jpeg, "JPEG")
    place.mkdir()
    session = replace(session, created=f"{day}T10:00:00+00:00")
    stills = {rep.index: jpeg.getvalue() for rep in session.reps}
    keep(result_files.write(place, session, stills=stills), day, folder=place)


def test_the_worst_repetition_then_and_now_is_seen_from_where_the_fault_shows(
    run_cli: RunCli, keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for day in ("2026-05-01", "2026-05-15"):
        keep(set_of((3.0, 3.5, 2.0)), day)
        pictured(keep, tmp_path / day, from_side(12.0, 45.0, 30.0), day)
    assert run_cli("passport", "runner-1").out == "passport.html\n"
    html = (tmp_path / "passport.html").read_text("utf-8")
    shown = plain(Page(html).text)
    assert "The repetition that needs most work, then and now" in shown
    assert "2026-05-01, rep 2" in shown
    assert "2026-05-15, rep 2" in shown
    assert html.count('<img src="data:image/jpeg') == 2
    assert "<script" not in html
    assert run_cli("passport", "runner-1", "--out", "a.pdf").out == "a.pdf\n"
    run_cli("passport", "runner-1", "--format", "pdf")
    paper = (tmp_path / "passport.pdf").read_bytes()
    assert paper == (tmp_path / "a.pdf").read_bytes(), "the same sessions give the same bytes"
    for told in ("2026-05-15, rep 2", "Step-down, left leg", "Chest up", "Since 1 May 2026"):
        assert told in shown
        assert told in plain(pdf_text(paper))


def paper_of(run_cli: RunCli, place: Path) -> bytes:
    assert run_cli("passport", "runner-1", "--out", str(place)).code == 0
    return place.read_bytes()


def test_four_exercises_with_pictures_are_one_sheet_and_more_of_them_say_that_there_are_two(
    run_cli: RunCli, keep: Keep, tmp_path: Path
) -> None:
    def keep_all(exercises: tuple[str, ...]) -> None:
        for exercise in exercises:
            info = get_exercise(exercise).info()
            sides: tuple[Stance, ...] = ("both",) if info.stance == "both" else ("left", "right")
            legs = tuple(side for side in sides for _ in range(3))
            for day, knee in (("2026-05-01", 16.0), ("2026-05-15", 9.0)):
                session = set_of((knee, 3.0, 3.0) * len(sides), legs, exercise=info)
                pictured(keep, tmp_path / f"{exercise} {day}", session, day)

    keep_all(("step_down", "step_up", "single_leg_squat", "squat"))
    sheet = paper_of(run_cli, tmp_path / "a.pdf")
    assert pdf_pages(sheet) == 1
    said = plain(pdf_text(sheet))
    assert said.count("2026-05-15, rep") == 7
    assert "No picture" not in said
    assert said.count("push the knee out over the little toe") == 6
    assert said.count("Since 1 May 2026") == 7
    keep_all(("lateral_step_down",))
    more = paper_of(run_cli, tmp_path / "b.pdf")
    assert pdf_pages(more) == 2
    assert "1 / 2" in plain(pdf_text(more))


def test_a_plank_is_in_it_as_a_hold(passport: Passport, keep: Keep, root: Path) -> None:
    keep(analyze(root / "tests/poses/plank_side_left.fcp", exercise="plank"), "2026-05-01")
    ((leg,),) = [one["legs"] for one in passport()["exercises"]]
    assert leg["title"] == "Whole body"
    assert "1 hold." in leg["seen"][0]
    assert "all of it in good posture" in leg["seen"][0]
    assert [line["title"] for line in leg["good"]] == ["Body line"]
    assert "tempo" not in leg


def test_stairs_are_in_it_with_their_steps(passport: Passport, keep: Keep, root: Path) -> None:
    poses = root / "tests/poses/stairs/up_and_down.fcp"
    keep(analyze(poses, exercise="stairs"), "2026-05-01")
    ((leg,),) = [one["legs"] for one in passport()["exercises"]]
    assert "2 flights. 4 steps up, 4 steps down." in leg["seen"][0]


def test_of_a_way_up_the_stairs_it_says_that_nothing_is_judged(
    passport: Passport, keep: Keep, root: Path
) -> None:
    whole = analyze(root / "tests/poses/stairs/up_and_down.fcp", exercise="stairs")
    up = whole.reps[:1]
    keep(replace(whole, efforts=up, summary=summarize(up, whole.specs)), "2026-05-01")
    ((leg,),) = [one["legs"] for one in passport()["exercises"]]
    assert leg["seen"][0].endswith("1 flight. 4 steps up.")
    assert leg["unseen"] == [NOTHING_ASKED]
