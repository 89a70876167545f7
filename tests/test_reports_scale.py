"""The clinical scale in the record, the table and the report."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

from reports_examples import EXERCISE, make_rep, make_session

from formcheck.data.results import ItemScore, Rep, ScaleScore, SessionResult
from formcheck.data.settings import Settings
from formcheck.exercises.scales import LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING
from formcheck.motion._bridge import session_of
from formcheck.motion.scoring import total
from formcheck.report import html
from formcheck.report.csv_files import reps_text
from formcheck.report.scale_table import scale_table
from formcheck.store import session_file

SCALED = replace(EXERCISE, scale=LATERAL_STEP_DOWN_SCALE)
DICTIONARY = Path(__file__).parent.parent / "docs" / "data-dictionary.md"
NO_PELVIS = "the hips do not show it"


def score(
    *,
    knee: tuple[int, int] | None = (0, 0),
    trunk: tuple[int, int] = (0, 0),
    knee_reason: str = "the knee is 4.0 % inside",
) -> ScaleScore:
    return total(
        LATERAL_STEP_DOWN_SCALE,
        [
            ItemScore("arms", 0, 0, "the hands stay"),
            ItemScore("trunk", *trunk, f"a lean of {5 + trunk[1]}°"),
            ItemScore("pelvis", None, None, NO_PELVIS),
            ItemScore("knee", knee and knee[0], knee and knee[1], knee_reason),
            ItemScore("balance", 0, 0, "no wavering"),
        ],
    )


def scored_reps() -> list[Rep]:
    scores = [
        score(),
        score(knee=(1, 2), trunk=(1, 1)),
        score(knee=None, knee_reason="left heel hidden for 42 %"),
    ]
    return [
        replace(make_rep(n, 1 + 5.6 * (n - 1)), scale=found) for n, found in enumerate(scores, 1)
    ]


def scored_set() -> SessionResult:
    return make_session(scored_reps(), verdict="Three step-downs.")


def words_of(page: str) -> str:
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(text.split())


def test_a_session_keeps_its_scale(tmp_path: Path) -> None:
    result = replace(scored_set(), config=Settings().as_dict())
    session = session_of(result, SCALED)
    session_file.save(tmp_path / "session.json", session)
    kept = session_file.load(tmp_path)
    assert [rep.scale for rep in kept.reps] == [rep.scale for rep in session.reps]
    assert kept.exercise.scale == session.exercise.scale
    assert kept.reps[0].scale is not None
    assert result.reps[0].scale is not None
    assert kept.reps[0].scale.grade == result.reps[0].scale.grade


def test_the_table_has_points_for_each_item_and_empty_cells_for_unseen_ones(
    tmp_path: Path,
) -> None:
    path = tmp_path / "reps.csv"
    reps = [*scored_reps(), make_rep(4, 30.0)]
    path.write_text(reps_text(reps, SCALED), "utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scale_arms"] for row in rows] == ["0", "0", "0", ""]
    assert [row["scale_knee"] for row in rows] == ["0", "1", "", ""]
    assert [row["scale_knee_at_most"] for row in rows] == ["0", "2", "", ""]
    assert rows[2]["scale_knee_reason"] == "left heel hidden for 42 %"
    assert [row["scale_pelvis"] for row in rows] == [""] * 4
    assert [row["scale_seen_points"] for row in rows] == ["0", "2", "0", ""]
    assert [row["scale_seen_points_at_most"] for row in rows] == ["0", "3", "0", ""]
    assert [row["scale_possible_points_seen"] for row in rows] == ["5", "5", "3", ""]
    assert [row["scale_unseen"] for row in rows] == ["pelvis", "pelvis", "pelvis knee", ""]
    assert [row["scale_grade"] for row in rows] == ["good", "", "", ""]
    assert all(None not in row and None not in row.values() for row in rows)


def test_an_exercise_without_a_scale_has_no_columns_and_no_section(tmp_path: Path) -> None:
    path = tmp_path / "reps.csv"
    path.write_text(reps_text(scored_reps(), EXERCISE), "utf-8", newline="")
    assert "scale_" not in path.read_text("utf-8")
    assert "Clinical scale" not in html.render(scored_set(), EXERCISE)
    assert "Clinical scale" not in html.render(make_session([], verdict="None."), SCALED)


def test_the_report_shows_what_was_seen_and_lists_what_was_not() -> None:
    words = words_of(html.render(scored_set(), SCALED))
    for said in (
        "Clinical scale: items seen",
        "It is no diagnosis, and no substitute for an examiner.",
        "1\N{EN DASH}2 borderline",
        "2\N{EN DASH}3 of 5",
        "0 of 3 up to 3 more open",
        "0 of 5 up to 1 more good",
        f"Pelvis (1 point), not seen: {NO_PELVIS}",
        "Knee (up to 2 points), not seen in repetition 3: left heel hidden for 42 %",
        "Repetition 2, Trunk: a lean of 6°",
        "Piva 2006",
    ):
        assert said in words


def test_unseen_items_are_no_columns() -> None:
    table = scale_table(scored_reps(), LATERAL_STEP_DOWN_SCALE)
    assert table is not None
    titles = [title for title, _ in table.columns]
    assert titles == ["Arms", "Trunk", "Knee", "Steady stance"]
    assert [cell.seen for cell in table.rows[2].cells] == [True, True, False, True]


def test_scores_by_another_scale_are_not_shown() -> None:
    assert scale_table(scored_reps(), SINGLE_LEG_SQUAT_RATING) is None


def test_reasons_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    rep = replace(make_rep(1, 1.0), scale=score(knee=(1, 1), knee_reason=evil))
    page = html.render(make_session([rep], verdict="One."), SCALED)
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_the_data_dictionary_explains_the_columns() -> None:
    text = DICTIONARY.read_text("utf-8")
    for name in ("scale_ITEM", "scale_ITEM_at_most", "scale_ITEM_reason", "scale_seen_points"):
        assert f"`{name}`" in text
    for scale in (LATERAL_STEP_DOWN_SCALE, SINGLE_LEG_SQUAT_RATING):
        assert all(f"`{item.id}`" in text for item in scale.items)
