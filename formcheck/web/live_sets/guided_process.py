"""Run a guided session (a training programme) in the process of the browser's live sessions.

It connects ``app/guided`` with the pages: :class:`PagesStage` shows the session, and the pictures
come from the page's camera.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from formcheck.app.analyze import now
from formcheck.app.guided import GuidedOutcome, GuidedPlaces, GuidedRun
from formcheck.app.guided.beginning import start_or_resume
from formcheck.app.options import LiveOptions, ProgrammeOptions
from formcheck.app.progress import past_facts
from formcheck.coach.build_up import Today, as_written, exercises_of, todays_doses
from formcheck.data.programme import Block, Programme
from formcheck.data.session import Session
from formcheck.pose.estimator import PoseEstimator
from formcheck.screen.guided_words import programme_end_card
from formcheck.store.guided_file import forget_old
from formcheck.store.history.history_store import History
from formcheck.video.camera import OnWait
from formcheck.video.camera.sent_pictures import SentPictureSource
from formcheck.web.live_sets.messages import BlockBegun, Over
from formcheck.web.live_sets.page_camera import PageCamera
from formcheck.web.live_sets.page_display import Send
from formcheck.web.live_sets.pages_stage import PagesStage
from formcheck.web.live_sets.wire import EVENT
from formcheck.web.measuring import add_to_history

_ID_BYTES = 8


def run_on_pages(
    options: LiveOptions,
    asked: ProgrammeOptions,
    folder: Path,
    history: Path,
    camera: PageCamera,
    estimators: Iterator[PoseEstimator],
    send: Send,
) -> Over:
    """Run a guided session on pages; return the message that it is over.

    Parameters
    ----------
    options, asked
        Options for all blocks, and the programme.
    folder
        Folder of the state; the sessions of the blocks get folders beside it.
    history
        History file to which the sessions are added.
    camera
        The page's camera.
    estimators
        Yields a pose model for each block.
    send
        Sends a message to the pages.

    Raises
    ------
    FormcheckError
        As for :meth:`GuidedRun.run`.
    """
    sessions = folder.parent

    def today_of(programme: Programme) -> Today:
        if not asked.build_up:
            return as_written(programme)
        with History(history) as opened:
            past = past_facts(opened, options.person, exercises_of(programme))
        return todays_doses(programme, past)

    def add_block_to_history(session: Session, kept_in: Path) -> None:
        add_to_history(session, kept_in, history)

    def new_name(_place: int, _block: Block) -> str:
        name = secrets.token_hex(_ID_BYTES)
        send(BlockBegun(name), EVENT)
        return name

    def open_camera(_: Block, on_wait: OnWait) -> SentPictureSource:
        return stage.open_camera(on_wait)

    forget_old(sorted(sessions.iterdir()), now())
    start = start_or_resume(asked, options, today_of, lambda _: folder, sorted(sessions.iterdir()))
    stage = PagesStage(camera, send)
    run = GuidedRun(
        start.state,
        GuidedPlaces(start.folder, sessions, new_name),
        options,
        stage,
        open_camera,
        lambda: next(estimators),
        add_block_to_history,
        notice=start.notice,
        draws_films=False,
    )
    return _end_message(run.run(), run)


def _end_message(outcome: GuidedOutcome, run: GuidedRun) -> Over:
    failed = next(iter(outcome.not_saved), None)
    message, hint = ("", "") if failed is None else (failed.message, failed.hint)
    sessions = tuple(
        (name, title)
        for (title, _), block in zip(run.rows(), outcome.state.blocks, strict=True)
        for name in block.sessions
    )
    card = programme_end_card(run.headline(outcome.ended), run.rows(), outcome.why)
    return Over(message, hint, card, sessions)
