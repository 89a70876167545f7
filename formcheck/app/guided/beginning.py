"""Start a guided session, or resume one that was stopped.

:func:`start_or_resume` looks for a saved session that can be resumed and otherwise makes the state
of a new one. :func:`run_at_this_machine` makes the :class:`GuidedRun` with the camera and window of
this computer. The command ``formcheck live`` and the browser app use this module.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from formcheck.app.analyze import now
from formcheck.app.guided.doses import (
    block_with_doses_of,
    require_applicable,
    with_doses_of,
)
from formcheck.app.guided.guided_run import GuidedPlaces, GuidedRun, KeepSession
from formcheck.app.guided.stage import WindowStage
from formcheck.app.live import StoppableSource
from formcheck.app.options import (
    LiveOptions,
    ProgrammeOptions,
    require_possible_in_programme,
)
from formcheck.coach.build_up import Today
from formcheck.data.errors import OutputError, UsageError
from formcheck.data.file_names import printable
from formcheck.data.programme import Block, Programme
from formcheck.pose.mediapipe_estimator import MediaPipeEstimator
from formcheck.store.guided_file import FILE_NAME, GuidedState, find_open, new_state, read_state
from formcheck.video.camera import OnWait, open_camera
from formcheck.video.camera.address import kind_of

_GROUP_BYTES = 8


@dataclass(frozen=True)
class GuidedStart:
    """A guided session that is ready to run.

    Attributes
    ----------
    state
        State of a new session, or of the session that is resumed.
    folder
        Folder in which the state is saved.
    today
        The programme with today's doses (sets, repetitions, load) of a new session; ``None`` for a
        session that is resumed.
    """

    state: GuidedState
    folder: Path
    today: Today | None = None

    @property
    def notice(self) -> str:
        """Text that is shown first; empty for a new session."""
        place = self.state.next_block
        if self.today is not None or place is None:
            return ""
        return f"Going on with exercise {place + 1} of {len(self.state.blocks)}"


def start_or_resume(
    asked: ProgrammeOptions,
    options: LiveOptions,
    today_of: Callable[[Programme], Today],
    new_folder: Callable[[Programme], Path],
    folders: Iterable[Path],
) -> GuidedStart:
    """Start a programme, or resume it if the same person stopped it a short time ago.

    Parameters
    ----------
    asked
        The programme, and whether to start over.
    options
        Whose session it is, and the doses that replace those of the programme.
    today_of
        Returns a programme with today's doses.
    new_folder
        Returns the folder for a new session.
    folders
        Folders in which a session to resume is searched.

    Raises
    ------
    UsageError
        There is no such programme, or an option cannot be combined with a programme.
    OutputError
        The folder holds another guided session.
    """
    require_possible_in_programme(options)
    programme = asked.opened
    require_applicable(programme, options)
    at = now()
    found = None if asked.start_over else find_open(folders, programme.name, options.person, at)
    if found is not None:
        state = read_state(found)
        again = msgspec.structs.replace(state, programme=with_doses_of(state.programme, options))
        return GuidedStart(again, found)
    folder = new_folder(programme)
    if (folder / FILE_NAME).exists():
        raise OutputError(
            f"{printable(str(folder))} holds another guided session, which would be overwritten",
            hint="Choose another folder.",
            options=("out",),
        )
    today = _today_with_doses_of(today_of(programme), options)
    if not today.programme.blocks:
        raise UsageError(
            f"{programme.title} has nothing for you to do today: {today.blocks[0].reason}",
            hint="To train all the same, do the programme as it is written.",
            options=("build_up",),
        )
    group = secrets.token_hex(_GROUP_BYTES)
    return GuidedStart(new_state(today.programme, group, options.person, at), folder, today)


def _today_with_doses_of(today: Today, options: LiveOptions) -> Today:
    blocks = tuple(
        replace(one, block=block_with_doses_of(one.block, options)) for one in today.blocks
    )
    return Today(with_doses_of(today.programme, options), blocks)


def start_or_resume_here(
    asked: ProgrammeOptions, options: LiveOptions, today_of: Callable[[Programme], Today]
) -> GuidedStart:
    """Start or resume in the current folder, or in ``options.out``; see :func:`start_or_resume`."""
    here, out = Path(), options.out

    def new_folder(programme: Programme) -> Path:
        when = f"{datetime.now().astimezone():%Y-%m-%d_%H%M%S}"
        return out or here / _folder_name(when, programme.name)

    folders = sorted(here.glob(_folder_name("*", "*"))) if out is None else [out]
    return start_or_resume(asked, options, today_of, new_folder, folders)


def _folder_name(when: str, programme: str) -> str:
    return f"live_{when}_{programme}_formcheck"


def run_at_this_machine(
    begun: GuidedStart, options: LiveOptions, stage: WindowStage, keep: KeepSession
) -> GuidedRun:
    """Return the run of a session that uses the camera and the window of this computer."""
    is_film = kind_of(options.camera) == "film"
    return GuidedRun(
        begun.state,
        in_one_folder(begun.folder),
        options,
        stage,
        None if is_film else partial(_open_camera, options),
        partial(_load_model, options),
        keep,
        notice=begun.notice,
    )


def in_one_folder(folder: Path) -> GuidedPlaces:
    """Save the state and all sessions in one folder; a session is named after its block."""

    def new_name(place: int, block: Block) -> str:
        first = f"{place + 1:02d}_{block.exercise}"
        names = (first, *(f"{first}_{number}" for number in range(2, 1000)))
        return next(name for name in names if not (folder / name).exists())

    return GuidedPlaces(folder, folder, new_name)


def _open_camera(options: LiveOptions, _block: Block, on_wait: OnWait) -> StoppableSource:
    return open_camera(
        options.camera,
        on_wait=on_wait,
        mirrored=options.mirrored,
        turn_deg=options.rotate or 0,
    )


def _load_model(options: LiveOptions) -> MediaPipeEstimator:
    model = MediaPipeEstimator(options.model, subject=options.subject)
    model.warm_up()
    return model
