"""The progress of an exercise that is held is told in holds and in seconds held well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import RunCli
from msgspec.structs import replace

from formcheck import analyze
from formcheck.data.session import HELD, HELD_WELL, Session
from formcheck.motion.verdicts import summarize
from formcheck.store.history.history_store import History


@pytest.fixture(scope="module")
def held(root: Path) -> Session:
    return analyze(root / "tests/poses/plank_side_left.fcp", exercise="plank")


def lasting(session: Session, well_s: float, day: str) -> Session:
    """The session with another time held well, on a day."""
    holds = []
    for hold in session.reps:
        one = replace(hold.measurements[HELD_WELL], value=well_s)
        holds.append(replace(hold, measurements={**hold.measurements, HELD_WELL: one}))
    return replace(
        session,
        created=f"{day}T10:00:00+00:00",
        person="runner-1",
        efforts=tuple(holds),
        summary=summarize(holds, session.specs),
    )


@pytest.mark.parametrize(("last_s", "word"), [(6.5, "better"), (0.5, "worse")])
def test_to_hold_well_for_longer_is_better(
    held: Session, last_s: float, word: str, run_cli: RunCli, history_file: Path
) -> None:
    with History(history_file, create=True) as history:
        history.keep(lasting(held, 3.0, "2026-05-01"), film_sha256="a")
        history.keep(lasting(held, last_s, "2026-05-08"), film_sha256="b")
    data = json.loads(run_cli("progress", "--json").out)
    (change,) = data["changes"]["Plank"]
    assert change["text"].startswith(f"Time held well: {word}, from 3.0")
    assert {HELD, HELD_WELL} <= data["trends"]["both"].keys()
    out = run_cli("progress").out
    assert "Good form, % of holds" in out
    for of_repetitions in ("Whole repetition", "Both legs", "reps", "step", "repetitions"):
        assert of_repetitions not in out.partition("Next session")[0]
    assert "\nHolds " in run_cli("compare", "1", "2").out


def test_the_page_calls_it_a_hold_and_has_no_column_of_what_nobody_knows(
    held: Session, run_cli: RunCli, history_file: Path, tmp_path: Path
) -> None:
    with History(history_file, create=True) as history:
        history.keep(lasting(held, 3.0, "2026-05-01"), film_sha256="a")
        history.keep(lasting(held, 6.5, "2026-05-08"), film_sha256="b")
    page = tmp_path / "weeks.html"
    run_cli("progress", "--out", str(page))
    html = page.read_text("utf-8")
    assert "The hold that needs most work, first and last session" in html
    assert "2026-05-08, hold 1" in html
    assert "(mean over the hold)" in html
    assert "Time held well (" not in html
    for unknown in ("slow enough", ">pain<", ">step<", ">load<"):
        assert unknown not in html.partition("Session by session")[2]
