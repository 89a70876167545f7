"""The command ``live --programme``: leads through a training programme in front of the camera.

Such a session is called guided: one exercise (block) follows the other. Then it prints what was
done of it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from formcheck.app.options import HistoryOptions, LiveOptions, ProgrammeOptions
from formcheck.cli import DONE, INTERRUPTED, NO_REPETITION, WRONG_USAGE
from formcheck.cli.console import console
from formcheck.cli.history_command import add_to_history, open_history
from formcheck.cli.lines import error_line, print_json, say
from formcheck.cli.live_command import prompt_for_pain
from formcheck.data.session import Training
from formcheck.screen.guided_words import laps_words
from formcheck.store.guided_file import FILE_NAME, BlockState

if TYPE_CHECKING:
    from formcheck.app.guided import GuidedOutcome
    from formcheck.app.guided.beginning import GuidedStart
    from formcheck.coach.build_up import Today
    from formcheck.data.programme import Programme
    from formcheck.data.session import Session


def run_programme(
    options: LiveOptions,
    programme_options: ProgrammeOptions,
    history_options: HistoryOptions,
    *,
    as_json: bool,
) -> int:
    """Run a guided session, print what was done, and return the exit code.

    Raises
    ------
    FormcheckError
        Programme, camera, window, model, settings or folder cannot be used. What was measured until
        then is saved.
    """
    from formcheck.app.guided import WindowStage
    from formcheck.app.guided.beginning import run_at_this_machine, start_or_resume_here
    from formcheck.store.journal import HistoryTarget

    history, person = history_options.history, options.person
    target = HistoryTarget(person, history_options.db) if history else None
    options = replace(options, history_target=target)

    def today_of(programme: Programme) -> Today:
        return _programme_today(programme, programme_options, history_options, person)

    start = start_or_resume_here(programme_options, options, today_of)
    _print_start(start, as_json=as_json)
    history_writer = _HistoryWriter(history_options, person)
    with closing(WindowStage(options)) as stage:
        outcome = run_at_this_machine(start, options, stage, history_writer).run()
    if not as_json and outcome.ended != "interrupted":
        history_writer.enter_pain(prompt_for_pain)
    _print_result(outcome, start.folder, history_writer, as_json=as_json)
    return _exit_code(outcome)


def _programme_today(
    programme: Programme,
    programme_options: ProgrammeOptions,
    history_options: HistoryOptions,
    person: str,
) -> Today:
    """Return the programme with today's doses; as written, if the user does not want them."""
    from formcheck.app.progress import past_facts
    from formcheck.coach.build_up import as_written, exercises_of, todays_doses

    if not (programme_options.build_up and history_options.history):
        return as_written(programme)
    db = history_options.db
    if db is not None and not db.exists():
        return todays_doses(programme, {})
    with open_history(db) as history:
        past = past_facts(history, person, exercises_of(programme))
    return todays_doses(programme, past)


def _print_start(start: GuidedStart, *, as_json: bool) -> None:
    if start.today is None:
        say(
            f"{start.notice}: {start.folder}",
            "To begin again from the first exercise, add --start-over",
        )
    elif not as_json:
        from formcheck.cli.programme_command import print_blocks

        print_blocks(console(), start.today, with_reasons=True)


@dataclass
class _HistoryWriter:
    """Callback that adds each session to the history, as soon as it is saved."""

    history_options: HistoryOptions
    person: str
    kept: dict[Path, Session] = field(default_factory=dict)
    added: set[Path] = field(default_factory=set)

    def __call__(self, session: Session, folder: Path) -> None:
        """Add a session to the history, or replace it if it has changed."""
        if self.kept.get(folder) == session:
            return
        self.kept[folder] = session
        if self.history_options.history and add_to_history(
            session, None, person=self.person, db=self.history_options.db, folder=folder
        ):
            self.added.add(folder)

    def enter_pain(self, prompt: Any) -> None:
        """Ask once for the pain, and save it in each session."""
        done = {folder: session for folder, session in self.kept.items() if session.reps}
        pain = prompt() if done else None
        if pain is None:
            return
        from formcheck.store.result_files import enter_training

        for folder, session in done.items():
            training = msgspec.structs.replace(session.training or Training(), pain=pain)
            self(enter_training(folder, training), folder)


def _print_result(
    outcome: GuidedOutcome, folder: Path, history_writer: _HistoryWriter, *, as_json: bool
) -> None:
    if as_json:
        plain = msgspec.to_builtins(outcome.state)
        print_json({"folder": str(folder), "ended": outcome.ended, **plain})
        return
    from formcheck.coach.programme_words import block_title

    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    for number, (block, state) in enumerate(outcome.state.blocks_with_states(), start=1):
        stage = "not done yet" if state.stage == "open" else state.stage
        where = _saved_where(folder, state)
        table.add_row(*(Text(one) for one in (f"{number}", block_title(block), stage, where)))
    console().print(table)
    if history_writer.added:
        console().print(f"Added to the history: {len(history_writer.added)} sessions.")


def _saved_where(folder: Path, state: BlockState) -> str:
    """Say where the results of a block are; a block that was only counted has no session."""
    if state.laps_s:
        counted = laps_words(state.laps_s)
        return f"{counted}, counted and not measured; only in {folder / FILE_NAME}"
    return ", ".join(str(folder / name) for name in state.sessions)


def _exit_code(outcome: GuidedOutcome) -> int:
    state = outcome.state
    for failure in outcome.not_saved:
        say(f"not saved: {error_line(failure)}")
    if outcome.why:
        say(f"stopped: {outcome.why}")
    if state.next_block is not None and state.has_begun:
        say(
            "not all exercises are done",
            "Give the same command within 12 hours to go on with the rest",
        )
    if outcome.films_left:
        say("some annotated films are not drawn yet", "Draw one with `formcheck report FOLDER`")
    if outcome.not_saved:
        return WRONG_USAGE
    if outcome.ended == "interrupted":
        return INTERRUPTED
    return DONE if any(one.stage == "done" for one in state.blocks) else NO_REPETITION
