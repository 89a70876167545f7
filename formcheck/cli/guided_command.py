"""The command ``live --programme``: a guided session, then what was done of it."""

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
    asked: ProgrammeOptions,
    history_options: HistoryOptions,
    *,
    as_json: bool,
) -> int:
    """Run a guided session, print what was done, and return the exit code.

    Raises
    ------
    FormcheckError
        Programme, camera, window, model, settings or folder cannot be used. What was done until
        then is kept.
    """
    from formcheck.app.guided import WindowStage
    from formcheck.app.guided.beginning import run_at_this_machine, start_or_resume_here
    from formcheck.store.journal import HistoryTarget

    history, person = history_options.history, options.person
    target = HistoryTarget(person, history_options.db) if history else None
    options = replace(options, history_target=target)

    def today_of(programme: Programme) -> Today:
        return _today(programme, asked, history_options, person)

    start = start_or_resume_here(asked, options, today_of)
    _say_what_comes(start, as_json=as_json)
    keeping = _Keeping(history_options, person)
    with closing(WindowStage(options)) as stage:
        outcome = run_at_this_machine(start, options, stage, keeping).run()
    if not as_json and outcome.ended != "interrupted":
        keeping.enter_pain(prompt_for_pain)
    _print(outcome, start.folder, keeping, as_json=as_json)
    return _ending(outcome)


def _today(
    programme: Programme, asked: ProgrammeOptions, history_options: HistoryOptions, person: str
) -> Today:
    """Return the doses of today; as written where they are not to build up."""
    from formcheck.app.progress import past_facts
    from formcheck.coach.build_up import as_written, exercises_of, todays_doses

    if not (asked.build_up and history_options.history):
        return as_written(programme)
    db = history_options.db
    if db is not None and not db.exists():
        return todays_doses(programme, {})
    with open_history(db) as history:
        past = past_facts(history, person, exercises_of(programme))
    return todays_doses(programme, past)


def _say_what_comes(start: GuidedStart, *, as_json: bool) -> None:
    if start.today is None:
        say(
            f"{start.notice}: {start.folder}",
            "To begin again from the first exercise, add --start-over",
        )
    elif not as_json:
        from formcheck.cli.programme_command import print_blocks

        print_blocks(console(), start.today, with_reasons=True)


@dataclass
class _Keeping:
    """Adds each session to the history, as soon as it is saved."""

    keeping: HistoryOptions
    person: str
    kept: dict[Path, Session] = field(default_factory=dict)
    added: set[Path] = field(default_factory=set)

    def __call__(self, session: Session, folder: Path) -> None:
        """Add a session, or change it."""
        if self.kept.get(folder) == session:
            return
        self.kept[folder] = session
        if self.keeping.history and add_to_history(
            session, None, person=self.person, db=self.keeping.db, folder=folder
        ):
            self.added.add(folder)

    def enter_pain(self, prompt: Any) -> None:
        """Ask once for the pain, and enter it into each session."""
        done = {folder: session for folder, session in self.kept.items() if session.reps}
        pain = prompt() if done else None
        if pain is None:
            return
        from formcheck.store.result_files import enter_training

        for folder, session in done.items():
            training = msgspec.structs.replace(session.training or Training(), pain=pain)
            self(enter_training(folder, training), folder)


def _print(outcome: GuidedOutcome, folder: Path, keeping: _Keeping, *, as_json: bool) -> None:
    if as_json:
        plain = msgspec.to_builtins(outcome.state)
        print_json({"folder": str(folder), "ended": outcome.ended, **plain})
        return
    from formcheck.coach.programme_words import block_title

    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    for number, (block, state) in enumerate(outcome.state.blocks_with_states(), start=1):
        stage = "not done yet" if state.stage == "open" else state.stage
        where = _where(folder, state)
        table.add_row(*(Text(one) for one in (f"{number}", block_title(block), stage, where)))
    console().print(table)
    if keeping.added:
        console().print(f"Added to the history: {len(keeping.added)} sessions.")


def _where(folder: Path, state: BlockState) -> str:
    """Say where a block is kept; what was counted is no session, and not in the history."""
    if state.laps_s:
        counted = laps_words(state.laps_s)
        return f"{counted}, counted and not measured; only in {folder / FILE_NAME}"
    return ", ".join(str(folder / name) for name in state.sessions)


def _ending(outcome: GuidedOutcome) -> int:
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
