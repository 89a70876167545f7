"""The command ``live``: runs a session in front of the camera, and prints the results."""

from __future__ import annotations

import sys
import webbrowser
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from formcheck.app.options import MOST_PAIN, HistoryOptions, LiveOptions, require_possible
from formcheck.cli import DONE, INTERRUPTED, NO_REPETITION, WRONG_USAGE
from formcheck.cli.analyze_command import (
    how_to_draw,
    how_to_film,
    print_files,
    print_session,
    progress_bar,
)
from formcheck.cli.console import console
from formcheck.cli.history_command import add_to_history
from formcheck.cli.lines import error_line, one_line, print_json, say
from formcheck.data.numbers import count_words
from formcheck.data.session import Training

if TYPE_CHECKING:
    from formcheck.app.live import Latency, LiveOutcome
    from formcheck.data.session import Session


def print_cameras(*, as_json: bool) -> int:
    """List the cameras of this machine."""
    from formcheck.video.camera import list_cameras

    found = list_cameras()
    if as_json:
        print_json([asdict(camera) for camera in found])
        return DONE
    screen = console()
    for camera in found:
        screen.print(f"{camera.number}  {camera.name or 'a camera'}")
    if not found:
        screen.print(
            "No camera found. You can use a phone: --camera with the address of its stream."
        )
    return DONE


def run_session(
    options: LiveOptions, history_options: HistoryOptions, *, open_report: bool, as_json: bool
) -> int:
    """Run a live session, print the results, open the report, and return the exit code.

    In a terminal, it then asks for the pain during the set (0 to 10), which may be left out.

    Raises
    ------
    FormcheckError
        Camera, window, model, settings or folder cannot be used.
    """
    require_possible(options)
    from formcheck.app.live import run_live, session_folder
    from formcheck.store.journal import HistoryTarget, has_journal, has_record

    history, person = history_options.history, options.person
    options = replace(
        options, history_target=HistoryTarget(person, history_options.db) if history else None
    )
    folder = session_folder(options.exercise, options.out)
    history_writer = _HistoryWriter(history_options, person, folder)
    unfinished_before, finished_before = has_journal(folder), has_record(folder)
    try:
        with progress_bar(at_once=False) as stages:
            outcome = run_live(
                options, folder, drawing=stages.drawing, saved=history_writer, tell=say
            )
    except KeyboardInterrupt:
        say(
            "interrupted",
            _what_was_written(
                folder, finished=not finished_before, in_history=history_writer.added is not None
            ),
        )
        return INTERRUPTED
    except Exception:
        if has_journal(folder) and not unfinished_before:
            say(
                "the session stopped early; what was measured is kept",
                f"Recover it with `formcheck report {folder}`",
            )
        raise  # main prints the error
    if not as_json:
        print_session(outcome.session)
        print_files(folder)
    if outcome.record_saved and outcome.session.reps:
        pain = None if as_json or not outcome.completed else prompt_for_pain()
        training = options.training
        if pain is not None:
            training = msgspec.structs.replace(training or Training(), pain=pain)
        if training is not None and training != outcome.session.training:
            from formcheck.store.result_files import enter_training

            outcome = replace(outcome, session=enter_training(folder, training))
    if as_json:
        from formcheck.data.declare import to_json

        sys.stdout.write(to_json(outcome.session).decode())
    if outcome.record_saved and outcome.completed:
        history_writer(outcome.session)
        if history_writer.added is not None and not as_json:
            console().print(history_writer.added)
    if outcome.latency is not None:
        advice = _advice_if_slow(outcome.latency, with_video=options.video_out)
        sys.stderr.write(one_line(latency_words(outcome.latency), advice) + "\n")
    return _end_of_session(outcome, folder, open_report=open_report and not options.headless)


@dataclass
class _HistoryWriter:
    """Callback that adds a session to the history, and replaces it there if it has changed."""

    history_options: HistoryOptions
    person: str
    folder: Path
    added: str | None = None
    known: Session | None = None

    def __call__(self, session: Session) -> None:
        """Add the session, unless it is already there unchanged."""
        if not self.history_options.history or session == self.known:
            return
        line = add_to_history(
            session, None, person=self.person, db=self.history_options.db, folder=self.folder
        )
        self.added, self.known = self.added or line, session


def prompt_for_pain() -> int | None:
    """Ask for the pain; ``None`` if the user gives none, or if there is no terminal."""
    if not _is_interactive():
        return None
    while True:
        try:
            answer = input("Worst pain during the set, 0 to 10 (press Enter to skip): ").strip()
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            return None
        if not answer:
            return None
        if answer.isascii() and answer.isdigit() and int(answer) <= MOST_PAIN:
            return int(answer)


def _is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


NO_DELAY_MS = 100.0
"""Up to this, what is shown feels immediate (Nielsen, Usability Engineering, 1993)."""


def latency_words(latency: Latency) -> str:
    """Describe the delay from camera to screen, and how many pictures were left out."""
    if latency.p95_ms <= NO_DELAY_MS:
        shown = "Nearly all pictures were shown without visible delay"
    else:
        shown = f"Pictures were shown up to {latency.p95_ms / 1000:.1f} s late"
    count = latency.frames + latency.dropped
    return f"{shown}; {latency.dropped} of {count} were left out"


def _what_was_written(folder: Path, *, finished: bool, in_history: bool) -> str:
    """Say what an interrupted session has saved.

    ``finished`` says that a ``session.json`` in the folder is from this session.
    """
    from formcheck.store.journal import has_journal, has_record

    if has_journal(folder):
        return f"Recover it with `formcheck report {folder}`"
    if finished and has_record(folder):
        whole = f"The whole session is in {folder}"
        adds = f"`formcheck history add {folder}` adds it to the history"
        return whole if in_history else f"{whole}; {adds}"
    return "Nothing was written"


def _advice_if_slow(latency: Latency, *, with_video: bool) -> str:
    """Return advice if many frames were dropped; otherwise empty."""
    from formcheck.app.live.slow_machine import MOST_DROPPED

    if latency.dropped <= MOST_DROPPED * (latency.frames + latency.dropped):
        return ""
    less = ", or use --no-video" if with_video else ""
    return f"This computer was too busy to measure every frame: close other programs{less}"


def _end_of_session(outcome: LiveOutcome, folder: Path, *, open_report: bool) -> int:
    report = folder / "report.html"
    if outcome.not_saved:
        for failure in outcome.not_saved:
            sys.stderr.write(f"formcheck: not saved: {error_line(failure)}\n")
        if not outcome.record_saved:
            _say_what_is_kept(outcome, folder)
        return WRONG_USAGE
    if not outcome.completed:
        say("interrupted", f"What was measured until then is in {folder}")
        return INTERRUPTED
    if outcome.film_skipped:
        say(
            f"interrupted: everything is measured and saved in {folder}, only the annotated film "
            "is missing",
            _how_to_draw_live(folder),
        )
        return INTERRUPTED
    if not outcome.session.reps:
        say(f"no {outcome.session.exercise.effort} found", how_to_film(outcome.session.exercise.id))
        return NO_REPETITION
    if open_report:
        webbrowser.open(report.resolve().as_uri())
    return DONE


def _how_to_draw_live(folder: Path) -> str:
    from formcheck.store.journal import RAW_NAME

    raw = folder / RAW_NAME
    if raw.exists():
        return how_to_draw(folder, raw)
    return "It cannot be made later: the camera's film was not kept. To keep it, use --record"


def _say_what_is_kept(outcome: LiveOutcome, folder: Path) -> None:
    kept, found = outcome.reps_kept, len(outcome.session.reps)
    effort = outcome.session.exercise.effort
    if not kept:
        say(
            f"no {effort} could be saved",
            "Free disk space before the next set, or choose another folder with --out",
        )
        return
    say(
        f"{kept} of {count_words(found, effort)} {'is' if kept == 1 else 'are'} kept in {folder}",
        f"Free disk space, then run `formcheck report {folder}`",
    )
