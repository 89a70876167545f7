"""How a live session is run, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from formcheck.coach.plan import Plan
from formcheck.coach.setup import ViewWanted
from formcheck.data.errors import OutputError
from formcheck.data.frame import FrameSource
from formcheck.data.session import Session, Training
from formcheck.data.settings import Settings
from formcheck.exercises.tempo import Tempo
from formcheck.store.exports import Exports
from formcheck.store.journal import Joining


class LiveSource(FrameSource, Protocol):
    """A source of frames that can be told to end."""

    def stop(self) -> None:
        """Give no more frames."""
        ...


@dataclass(frozen=True)
class LiveOptions:
    """How a live session is run.

    Attributes
    ----------
    camera
        A device number, a stream's address, or the path of a film to play.
    exercise
        Id of the exercise.
    side, view
        As for a film; a given side means that only this leg is trained.
    plan
        Repetitions, sets, rest.
    tempo
        What the metronome counts and the bar fills to; the exercise's own when left out.
    out
        Folder for the results; named by date, time and exercise when left out.
    record, video_out
        Whether to keep the raw video, and the annotated one.
    headless, full_screen
        No window; a window that fills the screen.
    muted, speech
        No sound to begin with; cues are spoken.
    mirrored
        The camera gives left and right swapped.
    subject, model, settings
        As for a film.
    exports
        Further files to write.
    training
        What the person entered beforehand.
    joining
        The history that the session is to join, should it be cut short; none when left out.
    max_time_s
        The session ends after so long; ``None`` for no limit.
    stay_s
        How long the end stays on the screen when nobody presses a key.
    lossless, paced
        How a film is played: every frame, and in real time.
    """

    camera: str
    exercise: str
    side: Literal["auto", "left", "right"] = "auto"
    view: ViewWanted = "auto"
    plan: Plan = field(default_factory=Plan)
    tempo: Tempo | None = None
    out: Path | None = None
    record: bool = False
    video_out: bool = True
    headless: bool = False
    full_screen: bool = False
    muted: bool = False
    speech: bool = False
    mirrored: bool = False
    subject: str = "auto"
    model: Path | None = None
    settings: Settings = field(default_factory=Settings)
    exports: Exports = field(default_factory=Exports)
    training: Training | None = None
    joining: Joining | None = None
    max_time_s: float | None = None
    stay_s: float = 15.0
    lossless: bool = False
    paced: bool = True


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
        The session.
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
    """

    session: Session
    latency: Latency | None
    not_saved: tuple[OutputError, ...] = ()
    record_saved: bool = True
    reps_kept: int = 0
    completed: bool = True


def session_folder(exercise: str, out: Path | None = None) -> Path:
    """Where a session that starts now is saved."""
    if out is not None:
        return out
    now = datetime.now().astimezone()
    return Path(f"live_{now:%Y-%m-%d_%H%M%S}_{exercise}_formcheck")
