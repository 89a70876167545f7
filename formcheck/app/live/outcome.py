"""What a live session reads from, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from formcheck.data.errors import OutputError
from formcheck.data.frame import FrameSource
from formcheck.data.session import Session


class LiveSource(FrameSource, Protocol):
    """A source of frames that can be stopped."""

    def stop(self) -> None:
        """Give no more frames."""
        ...


@dataclass(frozen=True)
class Latency:
    """How late frames were shown after they were taken, in milliseconds."""

    frames: int
    dropped: int
    median_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class LiveOutcome:
    """What a live session gave.

    Attributes
    ----------
    session
        The session's record.
    latency
        ``None`` when no frame says when it was taken.
    not_saved
        What could not be written, each with the reason; empty when all is well.
    record_saved
        Whether record and report were written; otherwise only the journal has the repetitions.
    reps_kept
        How many repetitions are on the disk, in the journal at least.
    completed
        ``False`` after Ctrl-C.
    film_skipped
        Whether Ctrl-C ended the drawing of the annotated film; all else is saved then.
    """

    session: Session
    latency: Latency | None
    not_saved: tuple[OutputError, ...] = ()
    record_saved: bool = True
    reps_kept: int = 0
    completed: bool = True
    film_skipped: bool = False


def session_folder(exercise: str, out: Path | None = None) -> Path:
    """Where a session that starts now is saved."""
    if out is not None:
        return out
    now = datetime.now().astimezone()
    return Path(f"live_{now:%Y-%m-%d_%H%M%S}_{exercise}_formcheck")
