"""The same movement stored in other ways gives the same repetitions and the same numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from clips.films import at_frame_rate, beginning, mirrored, stored_rotated, with_variable_frame_rate

from formcheck import analyze
from formcheck.data.session import Session

pytestmark = pytest.mark.slow

FILM = "step_down_front_left.mp4"
TIME_TOLERANCE_S = 0.28
"""Two standard errors of the difference of two durations, each known to 0.1 s."""


def analyzed(film: Path, out: Path, *, mirrored_film: bool = False) -> Session:
    return analyze(film, exercise="step_down", out=out, video_out=False, mirrored=mirrored_film)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, sample_videos: Path) -> Path:
    """One repetition is enough."""
    return beginning(sample_videos / FILM, 7.1, tmp_path_factory.mktemp("film") / FILM)


@pytest.fixture(scope="module")
def original(film: Path) -> Session:
    session = analyzed(film, film.parent / "out")
    assert len(session.reps) == 1
    return session


STORED: dict[str, Callable[[Path, Path], object]] = {
    "24 fps": lambda film, to: at_frame_rate(film, to, 24),
    "60 fps": lambda film, to: at_frame_rate(film, to, 60),
    "variable rate": lambda film, to: with_variable_frame_rate(film, to, dropped=0.3),
    "rotated": lambda film, to: stored_rotated(film, to, clockwise_deg=90),
    "mirrored": mirrored,
}


@pytest.mark.parametrize("how", STORED)
def test_the_same_numbers(how: str, film: Path, original: Session, tmp_path: Path) -> None:
    stored = tmp_path / "film.mp4"
    STORED[how](film, stored)
    session = analyzed(stored, tmp_path / "out", mirrored_film=how == "mirrored")
    assert [rep.stance_side for rep in session.reps] == [rep.stance_side for rep in original.reps]
    assert session.view.kind == original.view.kind
    assert session.source.variable_frame_rate == (how == "variable rate")
    for rep, before in zip(session.reps, original.reps, strict=True):
        for phase in ("descent_s", "ascent_s"):
            one, known = rep.measurements[phase], before.measurements[phase]
            assert one.value == pytest.approx(known.value, abs=TIME_TOLERANCE_S)
            # Nor more than the errors that are stated beside them, which may be smaller.
            assert one.sem is not None
            assert known.sem is not None
            stated_s = math.hypot(one.sem, known.sem)
            assert one.value == pytest.approx(known.value, abs=2.0 * stated_s)
        assert rep.lowest_s == pytest.approx(before.lowest_s, abs=0.5)
        tempo = {spec.id for spec in session.specs if spec.role == "tempo"}
        for name in rep.measurements.keys() - tempo:
            metric, known = rep.measurements[name], before.measurements[name]
            assert metric.not_measured == known.not_measured
            if metric.at_bottom is not None and metric.sem is not None:
                assert metric.at_bottom == pytest.approx(known.at_bottom, abs=metric.sem)
    with (tmp_path / "out" / "frames.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == session.provenance.looks
    assert len(rows) <= session.source.frames
    in_reps = [float(row["t_s"]) for row in rows if row["rep"] == "1"]
    assert in_reps[0] == pytest.approx(original.reps[0].start_s, abs=TIME_TOLERANCE_S)
    assert in_reps[-1] == pytest.approx(original.reps[0].end_s, abs=TIME_TOLERANCE_S)
