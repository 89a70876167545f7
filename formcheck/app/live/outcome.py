"""What goes into a live session and what comes out: the source of frames and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from formcheck.data.errors import OutputError
from formcheck.data.frame import FrameSource
from formcheck.data.session import Session


class StoppableSource(FrameSource, Protocol):
    """A source of frames that can be paused and stopped."""

    @property
    def paused(self) -> bool:
        """Whether the session is paused: frames are shown but neither measured nor recorded."""
        ...

    def pause(self, paused: bool) -> None:
        """Pause the session (``True``) or continue it (``False``)."""
        ...

    def stop(self) -> None:
        """Stop yielding frames."""
        ...


@dataclass(frozen=True)
class Latency:
    """Delay from capture to display; ``frames`` were shown, ``dropped`` ones were lost."""

    frames: int
    dropped: int
    median_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class LiveOutcome:
    """The result of a live session.

    Attributes
    ----------
    session
        The session.
    latency
        ``None`` when no frame has a capture time.
    not_saved
        What could not be written, each with its reason; empty if all was saved.
    record_saved
        Whether record and report were written; otherwise only the journal (the file that is written
        while the session runs) contains the repetitions.
    reps_kept
        Number of repetitions on disk, at least in the journal.
    completed
        ``False`` after Ctrl-C.
    film_skipped
        Whether Ctrl-C ended the drawing of the annotated film; everything else is saved.
    """

    session: Session
    latency: Latency | None
    not_saved: tuple[OutputError, ...] = ()
    record_saved: bool = True
    reps_kept: int = 0
    completed: bool = True
    film_skipped: bool = False


def session_folder(exercise: str, out: Path | None = None) -> Path:
    """Return the folder for a session that starts now."""
    if out is not None:
        return out
    now = datetime.now().astimezone()
    return Path(f"live_{now:%Y-%m-%d_%H%M%S}_{exercise}_formcheck")
