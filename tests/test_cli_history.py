"""The commands that look back: history, progress, advise, compare."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from conftest import RunCli
from msgspec.structs import replace
from PIL import Image
from report_reading import pdf_text
from session_examples import make_rep, make_session
from store_examples import (
    STEP_DOWN,
    entered,
    good_set,
    oblique_set,
    poor_set,
    renamed,
    set_of,
    two_legs,
    with_knee,
)

from formcheck.data.declare import rounded
from formcheck.data.session import Session
from formcheck.data.settings import Settings
from formcheck.store import result_files, session_file
from formcheck.store.history.history_store import History

Keep = Callable[..., int]


@pytest.fixture
def keep(history_file: Path) -> Keep:
    """Put a session into the test's history."""

    def one(session: Session, day: str, person: str = "runner-1", **told: float) -> int:
        with History(history_file, create=True) as history:
            film = f"{day} {person} {session.reps[0].stance_side}"
            return history.keep(entered(session, day, **told), person=person, film_sha256=film).id

    return one


def poor_left() -> Session:
    return set_of((16.0,) * 5)


def as_squat(session: Session) -> Session:
    return replace(session, exercise=replace(session.exercise, id="squat"))


def test_an_empty_history_says_where_it_would_be(run_cli: RunCli, history_file: Path) -> None:
    outcome = run_cli("history")
    assert outcome.code == 0
    assert str(history_file) in outcome.out
    assert json.loads(run_cli("history", "--json").out) == []


def test_it_lists_and_filters(run_cli: RunCli, keep: Keep) -> None:
    keep(good_set(), "2026-05-01", step_height_cm=15.0, pain=1)
    keep(poor_set(), "2026-05-03", "runner-2")
    listed = run_cli("history").out
    good = good_set().summary.form.good
    assert re.search(
        rf"1 +2026-05-01 +runner-1 +step_down +5 left +{good} of 5 +front +15 +- +1", listed
    )
    assert "2 sessions" in listed
    (second,) = json.loads(run_cli("history", "--side", "right", "--json").out)
    assert (second["person"], second["reps"]) == ("runner-2", {"right": 6})
    assert second["form"] == msgspec.to_builtins(poor_set().summary.form)
    assert "No session matches" in run_cli("history", "--since", "2026-06-01").out
    assert "runner-2" not in run_cli("history", "--person", "RUNNER-1").out
    (early,) = json.loads(run_cli("history", "--until", "2026-05-02", "--json").out)
    assert early["person"] == "runner-1"


@pytest.mark.parametrize(
    "args",
    [
        ("--exercise", "step_don"),
        ("--side", "middle"),
        ("--since", "May"),
        ("--until", "2026-13-01"),
        ("--limit", "0"),
        ("--since", "2026-06-01", "--until", "2026-05-01"),
    ],
)
def test_wrong_filters_are_refused(args: tuple[str, ...], run_cli: RunCli) -> None:
    outcome = run_cli("history", *args)
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


def test_a_name_cannot_style_the_terminal(run_cli: RunCli, keep: Keep) -> None:
    keep(good_set(), "2026-05-01", "\x1b[31m[bold]")
    for command in ("history", "progress", "advise"):
        out = run_cli(command).out
        assert "\x1b" not in out
        assert "[bold]" in out


def test_a_damaged_history_is_told_and_does_not_stop(
    run_cli: RunCli, keep: Keep, history_file: Path
) -> None:
    keep(good_set(), "2026-05-01")
    history_file.write_bytes(b"garbage" * 1000)
    outcome = run_cli("history")
    assert outcome.code == 0
    assert "renamed to history.sqlite3.damaged-" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_damaged_session_is_named_and_can_be_deleted(
    run_cli: RunCli, keep: Keep, history_file: Path
) -> None:
    keep(good_set(), "2026-05-01")
    keep(good_set(), "2026-05-02")
    with closing(sqlite3.connect(history_file)) as connection, connection:
        connection.execute("UPDATE sessions SET person = x'ff' WHERE id = 2")
    listed = run_cli("history")
    assert listed.code == 3
    assert "session 2 in the history is damaged" in listed.err
    assert "history delete 2" in listed.err
    assert run_cli("history", "delete", "2", "--yes").code == 0
    assert [one["id"] for one in json.loads(run_cli("history", "--json").out)] == [1]


def test_progress_survives_a_count_that_does_not_fit_the_repetitions(
    run_cli: RunCli, keep: Keep, history_file: Path
) -> None:
    keep(good_set(), "2026-05-01")
    keep(good_set(), "2026-05-02")
    with closing(sqlite3.connect(history_file)) as connection, connection:
        connection.execute("UPDATE sessions SET reps_left = 0, reps_right = 0 WHERE id = 2")
    outcome = run_cli("progress")
    assert outcome.code == 0
    assert "Traceback" not in outcome.err


def test_export_add_and_delete(
    run_cli: RunCli, keep: Keep, tmp_path: Path, history_file: Path
) -> None:
    keep(good_set(), "2026-05-01")
    keep(poor_set(), "2026-05-03", "runner-2")
    table = tmp_path / "all.csv"
    assert "2 sessions" in run_cli("history", "export", str(table)).out
    assert len(table.read_text().splitlines()) == 12
    assert run_cli("history", "export", str(tmp_path / "all.txt")).code == 2
    again = tmp_path / "again.csv"
    assert "2 sessions" in run_cli("history", "export", "--out", str(again)).out
    assert again.read_bytes() == table.read_bytes()
    for args in ((), (str(table), "--out", str(again))):
        assert "name of one file" in run_cli("history", "export", *args).err

    session_file.save(tmp_path / "session.json", two_legs())
    added = ("history", "add", str(tmp_path), "--person", "runner-3")
    assert "added as session 3" in run_cli(*added).out
    assert "replaced session 3" in run_cli(*added).out

    refused = run_cli("history", "delete", "--person", "runner-2")
    assert refused.code == 2
    assert "nothing was deleted" in refused.err
    aside = history_file.with_name(f"{history_file.name}.damaged-20260101-000000")
    aside.touch()
    deleted = run_cli("history", "delete", "--person", "RUNNER-2", "--yes")
    assert "Deleted 1 session of RUNNER-2" in deleted.out
    assert aside.name in deleted.out
    assert run_cli("history", "delete", "--person", "runner-2", "--yes").code == 2
    people = [one["person"] for one in json.loads(run_cli("history", "--json").out)]
    assert people == ["runner-3", "runner-1"]

    assert run_cli("history", "delete", "--yes").code == 2
    assert run_cli("history", "delete", "3", "--person", "runner-3", "--yes").code == 2
    assert run_cli("history", "delete", "99", "--yes").code == 3
    assert "Deleted 1 session from" in run_cli("history", "delete", "3", "--yes").out
    assert [one["id"] for one in json.loads(run_cli("history", "--json").out)] == [1]


def test_add_of_a_broken_record_adds_nothing(
    run_cli: RunCli, tmp_path: Path, history_file: Path
) -> None:
    session_file.save(tmp_path / "good.json", good_set())
    (tmp_path / "bad.json").write_text("{}")
    added = run_cli("history", "add", str(tmp_path / "good.json"), str(tmp_path / "bad.json"))
    assert added.code == 3
    assert not history_file.exists()


def test_progress_shows_a_change_only_beyond_what_may_be_chance(
    run_cli: RunCli, keep: Keep
) -> None:
    for day, knee in enumerate((20.0, 13.0, 4.0), 1):
        keep(with_knee(knee), f"2026-05-0{day}")
    out = run_cli("progress", "--exercise", "step_down", "--side", "left").out
    rows = [line for line in out.splitlines() if "●" in line and "2026" in line]
    assert len(rows) == 3
    assert "first" in rows[0]
    assert "\N{MINUS SIGN}7.0° " in rows[1]
    assert "*" not in rows[1], "7 degrees are within the 9 that can be detected"
    assert "\N{MINUS SIGN}16.0° *" in rows[2]
    assert "Lower than in the first session: better. Changes smaller than 9.0°" in out
    data = json.loads(run_cli("progress", "--json").out)
    points = data["trends"]["left"]["knee_fppa_deg"]["points"]
    assert [point["detected"] for point in points] == [False, False, True]
    assert points[2]["detectable"] == 9.0


def test_the_plot_puts_the_dot_where_the_value_is(run_cli: RunCli, keep: Keep) -> None:
    for day, knee in enumerate((20.0, 13.0, 4.0), 1):
        keep(with_knee(knee), f"2026-05-0{day}")
    rows = [line for line in run_cli("progress").out.splitlines() if "●" in line and "2026" in line]
    places = [row.index("●") for row in rows]
    assert places == sorted(places, reverse=True)
    assert "░" in rows[0]
    assert "│" in rows[0]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("command", ["history", "progress", "advise", "compare"])
def test_it_fits_any_terminal(
    command: str, width: int, run_cli: RunCli, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(two_legs(), "2026-05-01", step_height_cm=15.0, pain=1)
    keep(two_legs(), "2026-05-02", step_height_cm=15.0, pain=1)
    monkeypatch.setattr("formcheck.cli.console.PIPE_WIDTH", width)
    args = ("1", "2") if command == "compare" else ()
    lines = run_cli(command, *args).out.splitlines()
    assert max(map(len, lines)) <= width


def test_people_are_kept_apart(run_cli: RunCli, keep: Keep) -> None:
    keep(with_knee(20.0), "2026-05-01", "runner-1")
    keep(with_knee(4.0), "2026-05-02", "runner-2")
    for command in ("progress", "advise"):
        outcome = run_cli(command)
        assert outcome.code == 2
        assert "runner-1, runner-2" in outcome.err
    assert "1 session," in run_cli("progress", "--person", "RUNNER-2").out


def test_a_film_analyzed_with_two_settings_counts_once(run_cli: RunCli, history_file: Path) -> None:
    with History(history_file, create=True) as history:
        history.keep(with_knee(20.0), film_sha256="a")
        again = with_knee(4.0)
        made = replace(again.provenance, settings=Settings(cutoff_hz=4.0))
        again = replace(again, provenance=made, created="2026-05-02T10:00:00+00:00")
        history.keep(again, film_sha256="a")
    points = json.loads(run_cli("progress", "--json").out)["trends"]["left"]["knee_fppa_deg"][
        "points"
    ]
    assert [point["id"] for point in points] == [2]


def test_one_session_makes_no_trend(run_cli: RunCli, keep: Keep) -> None:
    keep(good_set(), "2026-05-01")
    assert "a trend needs two" in run_cli("progress").out


def test_progress_of_one_metric(run_cli: RunCli, keep: Keep) -> None:
    keep(good_set(), "2026-05-01")
    keep(poor_set(), "2026-05-02")
    keep(good_set(), "2026-05-03")
    out = run_cli("progress", "--side", "left", "--metric", "descent_s").out
    assert "\nWay down\n" in out
    assert "Knee valgus" not in out
    assert "descent_s" in run_cli("progress", "--metric", "tempo").err
    unseen = run_cli("progress", "--metric", "knee_flexion_deg")
    assert "knee_flexion_deg was not measured in any session" in unseen.err


def test_a_session_that_could_not_measure_it_is_listed_without_a_dot(
    run_cli: RunCli, keep: Keep
) -> None:
    keep(good_set(), "2026-05-01")
    keep(oblique_set(), "2026-05-02")
    keep(good_set(), "2026-05-03")
    rows = [line for line in run_cli("progress").out.splitlines() if "2026-05-0" in line]
    assert [("●" in row) for row in rows if re.match(r" *\d ", row)] == [True, False, True]


def test_progress_draws_a_page_or_a_picture(run_cli: RunCli, keep: Keep, tmp_path: Path) -> None:
    keep(with_knee(20.0), "2026-05-01", "<script>alert(1)</script>")
    keep(with_knee(4.0), "2026-05-02", "<script>alert(1)</script>")
    page = tmp_path / "trend.html"
    assert str(page) in run_cli("progress", "--out", str(page)).out
    html = page.read_text("utf-8")
    assert "<script" not in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert html.count('<svg class="chart trend') == 12, "each wide and narrow"
    assert html.count('<svg class="chart small') == 2, "good form, slow enough"
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    shown = " ".join(unescape(re.sub(r"<[^>]+>", " ", html.split("</style>")[1])).split())
    assert "Next session, left leg" in shown
    assert "Rule: " in shown
    assert "First to last session" in shown
    for row in run_cli("progress").out.splitlines():
        if "Knee valgus" in row:
            assert all(word in shown for word in row.lstrip("+ ").split())
    assert "2026-05-02 5" in shown
    assert shown.count(": the numbers") == 6
    picture = tmp_path / "trend.svg"
    run_cli("progress", "--metric", "knee_fppa_deg", "--out", str(picture))
    root = ElementTree.parse(picture).getroot()  # noqa: S314 - written by formcheck itself
    dots = [one.get("class") for one in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert dots == ["mark plain", "mark better"], "towards the limits of good"
    assert run_cli("progress", "--out", str(tmp_path / "trend.png")).code == 2


def test_a_patient_who_gets_better_is_told_so(run_cli: RunCli, keep: Keep, tmp_path: Path) -> None:
    good, poor = 3.0, 16.0
    weeks = ([good, good, poor, poor], [good, good, poor], [good] * 4, [good] * 3)
    for week, knees in enumerate(weeks):
        day = f"2026-05-{1 + 7 * week:02d}"
        keep(set_of(tuple(knees)), day, pain=3 - week, step_height_cm=10.0)
    out = " ".join(run_cli("progress").out.split())
    assert "No change beyond measurement error or chance" not in out
    assert "Pain: better, from 3 to 0 of 10" in out
    assert "Good form: probably better, from 4 of 7 to 7 of 7 repetitions" in out
    data = json.loads(run_cli("progress", "--json").out)["changes"]
    assert data["All sessions"][0]["direction"] == "better"
    assert data["Left leg"][0] == {
        "direction": "better",
        "sure": False,
        "text": "Good form: probably better, from 4 of 7 to 7 of 7 repetitions",
    }
    page = tmp_path / "weeks.html"
    run_cli("progress", "--out", str(page))
    marks = re.findall(r'class="mark (\w+)', page.read_text("utf-8"))
    assert "better" in marks, "not all grey"
    assert "worse" not in marks


def test_form_is_not_compared_across_views(run_cli: RunCli, keep: Keep) -> None:
    for day, session in enumerate((poor_left(), poor_left(), oblique_set(), poor_left()), 1):
        keep(session, f"2026-05-0{day}")
    out = " ".join(run_cli("progress", "--side", "left").out.split())
    assert "Good form (front view), % of repetitions: 0 of 5 repetitions in the first" in out


@pytest.mark.parametrize(("pains", "said"), [((3, 2), None), ((3, 1), "better"), ((1, 4), "worse")])
def test_a_point_of_pain_is_no_change_and_two_are(
    pains: tuple[int, int], said: str | None, run_cli: RunCli, keep: Keep
) -> None:
    for day, pain in enumerate(pains, 1):
        keep(good_set(), f"2026-05-0{day}", pain=pain)
    told = json.loads(run_cli("progress", "--json").out)["changes"]["All sessions"]
    assert [one["direction"] for one in told] == ([] if said is None else [said])


def test_one_leg_has_the_sessions_and_the_pain_of_that_leg(run_cli: RunCli, keep: Keep) -> None:
    keep(good_set(), "2026-05-01", pain=1)  # left
    keep(poor_set(), "2026-05-02", pain=4)  # right
    keep(good_set(), "2026-05-03", pain=1)
    out = run_cli("progress", "--side", "left").out
    assert "2 sessions" in out
    assert "No change beyond" in out
    assert "1 session," in run_cli("progress", "--side", "right").out
    assert "2 sessions" in run_cli("advise", "--side", "left").out


def test_a_person_who_stays_the_same_is_told_no_change(run_cli: RunCli, keep: Keep) -> None:
    for day in (1, 8, 15):
        keep(good_set(), f"2026-05-{day:02d}", pain=1, step_height_cm=12.0)
    out = run_cli("progress").out
    assert out.count("No change beyond measurement error or chance.") == 2
    assert not any(
        part for part in json.loads(run_cli("progress", "--json").out)["changes"].values()
    )


def test_the_worst_repetitions_stand_side_by_side_or_it_says_why_not(
    run_cli: RunCli, history_file: Path, tmp_path: Path
) -> None:
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    jpeg = BytesIO()
    Image.new("RGB", (60, 100), (200, 40, 40)).save(jpeg, "JPEG")
    kept.mkdir()
    session = set_of((3.0, 16.0, 3.0))
    session = result_files.write(kept, session, stills={2: jpeg.getvalue()})
    later = entered(replace(session, created="2026-05-09T10:00:00+00:00"), "2026-05-09")
    with History(history_file, create=True) as history:
        history.keep(entered(session, "2026-05-01"), film_sha256="a", folder=kept)
        history.keep(later, film_sha256="b", folder=gone)
    page, paper = tmp_path / "weeks.html", tmp_path / "weeks.pdf"
    run_cli("progress", "--out", str(page))
    html = page.read_text("utf-8")
    assert html.count('<img src="data:image/jpeg') == 1
    assert "2026-05-01, rep 2" in html
    assert "the folder of this session is no longer there" in html
    assert "Push the knee out" in html
    run_cli("progress", "--out", str(paper))
    words = " ".join(pdf_text(paper.read_bytes()).split())
    assert "2026-05-09, rep 2" in words
    assert "no longer there" in words
    first = paper.read_bytes()
    run_cli("progress", "--format", "pdf", "--out", str(paper))
    assert paper.read_bytes() == first, "the same sessions give the same bytes"


def test_a_folder_with_another_session_gives_no_picture(
    run_cli: RunCli, history_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    result_files.write(folder, good_set(), stills={})
    older = replace(good_set(), created="2026-02-01T10:00:00+00:00")
    with History(history_file, create=True) as history:
        history.keep(entered(older, "2026-02-01"), film_sha256="a", folder=folder)
        history.keep(entered(good_set(), "2026-05-01"), film_sha256="b", folder=folder)
    run_cli("progress", "--out", str(tmp_path / "weeks.html"))
    html = (tmp_path / "weeks.html").read_text("utf-8")
    assert "now holds another session" in html
    assert "none was saved with this session" in html


def test_progress_and_advise_say_the_rule(run_cli: RunCli, keep: Keep) -> None:
    for day in (1, 2):
        keep(with_knee(2.0), f"2026-05-0{day}", step_height_cm=12.0, pain=0)
    for command in ("progress", "advise"):
        out = " ".join(run_cli(command).out.split())
        assert "Raise the step from 12 cm to between 14 and 17 cm." in out
        assert "Rule: After two good sessions in a row" in out
    assert "no published numbers were found" in " ".join(run_cli("advise").out.split())
    data = json.loads(run_cli("advise", "--json").out)
    assert data["advice"][0]["about"] == "step"
    assert data["advice"][0]["source"]
    assert run_cli("advise", "--side", "right").code == 2


def test_pain_above_5_stops(run_cli: RunCli, keep: Keep) -> None:
    keep(with_knee(2.0), "2026-05-01", pain=6)
    out = run_cli("advise").out
    assert "see a professional" in out
    assert "Keep the same step" not in out


def test_compare_two_sessions_by_number_folder_and_file(
    run_cli: RunCli, keep: Keep, tmp_path: Path
) -> None:
    keep(with_knee(20.0), "2026-05-01", step_height_cm=15.0)
    keep(with_knee(4.0), "2026-05-08", step_height_cm=18.0)
    out = run_cli("compare", "1", "2").out
    assert "\N{MINUS SIGN}16.0° *" in out
    assert "2026-05-08 compared with 2026-05-01: knee valgus lower (better)" in out
    assert "The steps differ (15 and 18 cm)" in out
    for name, knee in (("monday", 6.0), ("friday", 2.0)):
        (tmp_path / name).mkdir()
        session_file.save(tmp_path / name / "session.json", with_knee(knee))
    places = (str(tmp_path / "monday"), str(tmp_path / "friday" / "session.json"))
    (found,) = json.loads(run_cli("compare", *places, "--json").out)["comparisons"]
    assert found["differences"]["knee_fppa_deg"]["change"] == pytest.approx(-4.0)
    assert found["differences"]["knee_fppa_deg"]["detected"] is False


def of_depth(knee: float, depth: float) -> Session:
    """Five repetitions with the knee at 5 % at 15 % depth, and elsewhere at the bottom."""
    reps = [
        make_rep(
            n,
            STEP_DOWN,
            knee_over_foot_at_depth_pct=5.0,
            knee_over_foot_pct=knee,
            depth=depth,
        )
        for n in range(1, 6)
    ]
    return rounded(make_session(reps, STEP_DOWN))


def test_where_the_depths_differ_the_knee_is_compared_at_the_same_depth(
    run_cli: RunCli, keep: Keep
) -> None:
    keep(of_depth(6.0, 16.0), "2026-05-01")
    keep(of_depth(11.0, 28.0), "2026-05-08")
    out = " ".join(run_cli("compare", "1", "2").out.split())
    assert "compared with 2026-05-01: depth higher." in out
    assert "Knee over foot at 15 % depth: because the depths differ, both were compared" in out
    (found,) = json.loads(run_cli("compare", "1", "2", "--json").out)["comparisons"]
    knee = found["differences"]["knee_over_foot_pct"]
    assert (knee["title"], knee["at_depth_pct"]) == ("Knee over foot at 15 % depth", 15.0)
    assert (knee["change"], knee["detected"], knee["depths_differ"]) == (0.0, False, False)
    told = " ".join(run_cli("progress").out.split())
    assert "Because the depths differ, both were compared when the hips were 15 %" in told
    assert "worse" not in told
    alike = run_cli("compare", "2", "2").out
    assert "at 15 % depth" not in alike


def test_a_session_and_its_copy_do_not_differ(run_cli: RunCli, tmp_path: Path) -> None:
    for name in ("one.json", "copy.json"):
        session_file.save(tmp_path / name, with_knee(6.0))
    outcome = run_cli("compare", str(tmp_path / "one.json"), str(tmp_path / "copy.json"))
    assert outcome.code == 0
    assert "No difference is beyond measurement error." in outcome.out
    assert any(line.startswith("Repetitions") for line in outcome.out.splitlines())


def test_compare_legs_of_one_session_and_of_two(run_cli: RunCli, keep: Keep) -> None:
    keep(two_legs(), "2026-05-01")
    keep(with_knee(3.0), "2026-05-02")
    keep(with_knee(15.0, side="right", reps=4), "2026-05-02")
    assert "left and right leg" in run_cli("compare", "1", "--legs").out
    out = run_cli("compare", "3", "2").out
    row = next(line for line in out.splitlines() if line.startswith("Knee valgus"))
    assert "+12.0° *" in row
    found = json.loads(run_cli("compare", "2", "3", "--json").out)["comparisons"][0]
    assert found["reps"] == [5, 4]
    symmetry = {name: diff["symmetry_pct"] for name, diff in found["differences"].items()}
    assert symmetry["knee_fppa_deg"] is None, "a percentage of an angle around zero means nothing"
    assert symmetry["descent_s"] is not None


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("1",), "two sessions"),
        (("1", "1", "--legs"), "two sessions"),
        (("1", "--legs"), "on one leg only (left)"),
        (("1", "99"), "no session 99"),
        (("1", "nowhere"), "nowhere"),
        (("1", "2"), "same exercise"),
    ],
)
def test_what_cannot_be_compared(
    args: tuple[str, ...], says: str, run_cli: RunCli, keep: Keep
) -> None:
    keep(good_set(), "2026-05-01")
    keep(as_squat(good_set()), "2026-05-02")
    outcome = run_cli("compare", *args)
    assert outcome.code in (2, 3)
    assert says in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_with_fifty_sessions_every_listing_takes_well_under_a_second(
    run_cli: RunCli, keep: Keep, tmp_path: Path
) -> None:
    for number in range(50):
        day = date(2026, 1, 1) + timedelta(days=number)
        keep(with_knee(10.0 - 0.1 * number), day.isoformat(), step_height_cm=15.0)
    run_cli("compare", "1", "50")  # imports are not counted
    for args in (
        ("history",),
        ("history", "--json"),
        ("history", "export", str(tmp_path / "all.csv")),
        ("progress",),
        ("advise",),
        ("compare", "1", "50"),
    ):
        started = time.process_time()
        assert run_cli(*args).code == 0
        assert time.process_time() - started < 0.8, args


@pytest.mark.parametrize(
    "command", [["history"], ["progress"], ["advise"], ["history", "export", "x.csv"]]
)
def test_a_mistyped_history_is_named(command: list[str], run_cli: RunCli, tmp_path: Path) -> None:
    typo = tmp_path / "histroy.db"
    outcome = run_cli(*command, "--db", str(typo))
    assert outcome.code == 2
    assert "there is no file" in outcome.err
    assert typo.name in outcome.err
    assert not typo.exists()


@pytest.mark.parametrize("width", [100, 110, 120])
def test_the_films_name_gives_way_before_anything_else(
    width: int, run_cli: RunCli, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formcheck.cli.console.PIPE_WIDTH", width)
    session = two_legs()
    long = renamed(session, "a very long name " * 5 + ".mp4")
    keep(long, "2026-05-01", "runner-1 (club)", step_height_cm=15.0, load_kg=2.5, pain=1)
    listed = run_cli("history").out
    assert "2026-05-01" in listed
    assert "3 left 3 right" in listed
    assert "a very" in listed
    assert all(len(line) <= width for line in listed.splitlines())
    assert sum("2026-05-01" in line or "long" in line for line in listed.splitlines()) == 1


def test_the_examples_of_the_readme_run_as_they_stand(
    run_cli: RunCli, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    again = "spoiled/step_down_front_left_dim.npz"  # the same set, filmed again in bad light
    films = {"monday.mp4": "step_down_front_left.npz", "friday.mp4": again}
    section = (root / "README.md").read_text("utf-8").partition("\n## Progress\n")[2]
    lines = section.partition("```bash\n")[2].partition("```")[0].splitlines()
    assert len(lines) == 7
    for line in lines:
        words = shlex.split(line, comments=True)
        poses = [str(root / "tests" / "poses" / films[word]) for word in words if word in films]
        outcome = run_cli(*(poses.pop() if word in films else word for word in words[1:]))
        assert (outcome.code, outcome.err) == (0, ""), line
    assert (tmp_path / "progress.pdf").read_bytes().startswith(b"%PDF")
    assert "Passport of runner-1" in (tmp_path / "passport.html").read_text("utf-8")
