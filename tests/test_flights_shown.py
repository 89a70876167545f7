"""Flights of stairs in what is shown and kept: words, tables, plots and the picture."""

from __future__ import annotations

from pathlib import Path

import pytest

import formcheck
from formcheck.data.declare import rounded
from formcheck.data.numbers import UNKNOWN
from formcheck.data.session import Flight, Session
from formcheck.pose.recorded import PoseRecording
from formcheck.report.plots import set_charts
from formcheck.report.tables import reps_table
from formcheck.report.view import view
from formcheck.report.wording import headline, legs_words
from formcheck.screen.panels import PHASE_WORDS
from formcheck.screen.state import overlay_state
from formcheck.store.session_file import load, save

STAIRS = Path(__file__).parent / "poses" / "stairs" / "up_and_down.fcp"


@pytest.fixture(scope="module")
def session() -> Session:
    return formcheck.measure(formcheck.track(STAIRS), "stairs")


def test_the_headline_counts_steps_and_judges_the_way_down(session: Session) -> None:
    assert headline(session) == ("4 steps up, 4 steps down.", "Good form.")
    assert legs_words(session) == "1 up and 1 down"
    assert session.summary.form.good == 1
    assert session.summary.form.not_judged == 0, "of a way up nothing is asked"


def test_each_flight_has_its_way_and_what_belongs_to_it(session: Session) -> None:
    shown = view(session)
    assert [rep.title for rep in shown.reps] == ["Flight 1, up", "Flight 2, down"]
    assert shown.side_title == "Way"
    leans = [cell for rep in shown.reps for cell in rep.cells if "lean, way down" in cell.column]
    assert [(cell.text, cell.note) for cell in leans] == [(UNKNOWN, None), (leans[1].text, None)]
    assert leans[1].badge is not None
    assert shown.footnotes == (), "nothing is missing that was asked"
    counts = [cell.text for rep in shown.reps for cell in rep.cells if cell.column == "Steps"]
    assert counts == ["4", "4"]


def test_the_table_has_a_column_for_the_way(session: Session) -> None:
    table = reps_table(session)
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert [row["way"] for row in rows] == ["up", "down"]
    assert [row["step_count_left"] for row in rows] == [2.0, 2.0]
    starts_s = [flight.start_s for flight in session.reps]
    assert [row["flight_start_s"] for row in rows] == pytest.approx(starts_s, abs=0.001)


def test_the_flights_are_shown_in_place_of_hips_that_were_not_measured(session: Session) -> None:
    titles = [chart.title for chart in set_charts(session)]
    assert titles == ["Flights", "Forward lean, way down"]


def test_the_picture_counts_the_steps(session: Session) -> None:
    sample = PoseRecording.load(STAIRS).samples[0]
    down = session.reps[1]
    assert isinstance(down, Flight)
    for steps, step in enumerate(down.steps, 1):
        state = overlay_state(session, sample, step.t_s + 0.01)
        assert state.flight is not None
        assert (state.flight.number, state.flight.steps) == (2, steps)
        assert state.phase is not None
        assert PHASE_WORDS[state.phase] == "Way down"
    assert overlay_state(session, sample, 0.0).phase == "rest"


def test_of_a_way_up_no_verdict_is_said(session: Session) -> None:
    up, down = view(session).reps
    assert [badge.words for _, badge in (*up.verdicts, *down.verdicts)] == [UNKNOWN, "good"]
    sample = PoseRecording.load(STAIRS).samples[0]
    assert overlay_state(session, sample, up.end_s + 0.1).card is None
    card = overlay_state(session, sample, down.end_s + 0.1).card
    assert card is not None
    assert (card.effort, card.rep, card.verdict) == ("flight", 2, "good")


def test_a_session_of_flights_is_read_as_it_was_written(session: Session, tmp_path: Path) -> None:
    save(tmp_path / "session.json", session)
    assert load(tmp_path) == rounded(session)
