"""Saves the state of a guided session, so that it can be stopped and continued later.

A guided session leads a person through the blocks of a training programme. Its state is one small
file, ``guided.json``, in the folder of the session; it is written again after each block.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from formcheck.data.declare import Name, Record, Text, about
from formcheck.data.errors import SourceError
from formcheck.data.plain_file import read_plain
from formcheck.data.programme import Block, Programme
from formcheck.store.whole_file import output_error, write_bytes

FILE_NAME = "guided.json"
SCHEMA = "formcheck.guided/1"
GOES_ON_WITHIN = timedelta(hours=12)
"""Within this time, a guided session that was stopped can be continued; later a new one starts.
Our choice."""
_MOST_BYTES = 1_000_000

BlockStage = Literal["open", "done", "skipped"]


class BlockState(Record, frozen=True, kw_only=True):
    """The state of one block of the programme."""

    stage: Annotated[BlockStage, about("`open` until it is done or skipped")] = "open"
    sessions: Annotated[
        tuple[Name, ...], about("folders of its sessions; several if it was repeated")
    ] = ()
    laps_s: Annotated[
        tuple[float, ...], about("how long each time took, of a self-paced block", "s", 1)
    ] = ()


class GuidedState(Record, frozen=True, kw_only=True):
    """The state of a guided session: its programme, and the state of each block."""

    schema: Annotated[Name, about("name and version of this format")] = SCHEMA
    group: Annotated[Name, about("id, which is also saved in each of its sessions")]
    person: Annotated[Text, about("the person; empty if not given")] = ""
    begun: Annotated[Text, about("when it began, ISO 8601 with time zone")]
    changed: Annotated[Text, about("when a block last ended, ISO 8601 with time zone")]
    programme: Annotated[Programme, about("with the doses of this day")]
    blocks: Annotated[tuple[BlockState, ...], about("in the order of the programme")]

    @property
    def next_block(self) -> int | None:
        """Index of the first open block, from 0; ``None`` if all blocks are done or skipped."""
        stages = [block.stage for block in self.blocks]
        return stages.index("open") if "open" in stages else None

    @property
    def has_begun(self) -> bool:
        """Whether a block was done or started."""
        return any(one.stage != "open" or one.sessions or one.laps_s for one in self.blocks)

    def goes_on_at(self, now: str) -> bool:
        """Whether it can be continued: a block is open, and it was stopped not long ago."""
        age = datetime.fromisoformat(now) - datetime.fromisoformat(self.changed)
        return self.next_block is not None and self.has_begun and age <= GOES_ON_WITHIN

    def with_block(self, place: int, state: BlockState, now: str) -> GuidedState:
        """Return the state with a new state of one block; ``place`` is its index, from 0."""
        blocks = (*self.blocks[:place], state, *self.blocks[place + 1 :])
        return msgspec.structs.replace(self, blocks=blocks, changed=now)

    def blocks_with_states(self) -> Iterable[tuple[Block, BlockState]]:
        """Return each block of the programme with its state, in order."""
        return zip(self.programme.blocks, self.blocks, strict=True)


def new_state(programme: Programme, group: str, person: str, now: str) -> GuidedState:
    """Return the state of a new guided session; ``group`` is its id."""
    return GuidedState(
        group=group,
        person=person,
        begun=now,
        changed=now,
        programme=programme,
        blocks=tuple(BlockState() for _ in programme.blocks),
    )


def write_state(folder: Path, state: GuidedState) -> None:
    """Write the state, completely or not at all; raises ``OutputError``."""
    text = msgspec.json.format(msgspec.json.encode(state), indent=1)
    write_bytes(folder / FILE_NAME, text + b"\n")


def read_state(folder: Path) -> GuidedState:
    """Read the state of a guided session.

    Raises
    ------
    SourceError
        There is none, or it is damaged.
    """
    path = folder / FILE_NAME
    try:
        state = msgspec.json.decode(read_plain(path, _MOST_BYTES), type=GuidedState)
        datetime.fromisoformat(state.begun)
        changed = datetime.fromisoformat(state.changed)
    except OSError as error:
        raise SourceError(f"could not read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _damaged_error(path, str(error)) from error
    if len(state.blocks) != len(state.programme.blocks) or changed.tzinfo is None:
        raise _damaged_error(path, "its parts do not fit together")
    return state


def find_open(folders: Iterable[Path], programme: str, person: str, now: str) -> Path | None:
    """Find the folder of a guided session that a person can continue.

    If there are several, it is the latest; ``None`` if there is none. Damaged files are skipped.
    """
    found: list[tuple[str, Path]] = []
    for folder in folders:
        if not (folder / FILE_NAME).is_file():
            continue
        try:
            state = read_state(folder)
        except SourceError:
            continue
        same = (state.programme.name, state.person.casefold()) == (programme, person.casefold())
        if same and state.goes_on_at(now):
            found.append((state.changed, folder))
    return max(found)[1] if found else None


def forget_old(folders: Iterable[Path], now: str) -> None:
    """Delete states that cannot be continued any more, and their folders if those are empty.

    Raises
    ------
    OutputError
        A file or folder cannot be deleted.
    """
    for folder in folders:
        path = folder / FILE_NAME
        try:
            if not path.is_file() or read_state(folder).goes_on_at(now):
                continue
            path.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
        except SourceError:
            continue  # a damaged file is kept: somebody may want to read it
        except OSError as error:
            raise output_error(path, error) from error


def _damaged_error(path: Path, why: str) -> SourceError:
    return SourceError(
        f"{path} is not a saved guided session: {why}",
        hint="Begin the programme again in another folder.",
    )
