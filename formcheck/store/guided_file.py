"""Keep how far a guided session is, so that one that was stopped can go on later.

A guided session leads through the blocks of a programme. Its state is one small file,
``guided.json``, in the folder of the session; it is replaced whole whenever a block ends.
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
"""A guided session that was stopped goes on within this time; later a new one begins. Ours."""
_MOST_BYTES = 1_000_000

BlockStage = Literal["open", "done", "skipped"]


class BlockState(Record, frozen=True, kw_only=True):
    """How far one block of the programme is."""

    stage: Annotated[BlockStage, about("`open` until it is done or skipped")] = "open"
    sessions: Annotated[
        tuple[Name, ...], about("folders of its sessions; more than one when it was repeated")
    ] = ()
    laps_s: Annotated[
        tuple[float, ...], about("how long each time took, of a self-paced block", "s", 1)
    ] = ()


class GuidedState(Record, frozen=True, kw_only=True):
    """A guided session: the programme as it is done, and how far each block is."""

    schema: Annotated[Name, about("name and version of this format")] = SCHEMA
    group: Annotated[Name, about("id that stands in each of its sessions, too")]
    person: Annotated[Text, about("whose session it is; empty when not given")] = ""
    begun: Annotated[Text, about("when it began, ISO 8601 with time zone")]
    changed: Annotated[Text, about("when a block last ended, ISO 8601 with time zone")]
    programme: Annotated[Programme, about("with the doses of this day")]
    blocks: Annotated[tuple[BlockState, ...], about("in the order of the programme")]

    @property
    def next_block(self) -> int | None:
        """Place of the first block that is open, from 0; ``None`` when the programme is over."""
        stages = [block.stage for block in self.blocks]
        return stages.index("open") if "open" in stages else None

    @property
    def has_begun(self) -> bool:
        """Whether any block was done, or begun."""
        return any(one.stage != "open" or one.sessions or one.laps_s for one in self.blocks)

    def goes_on_at(self, now: str) -> bool:
        """Whether it goes on when its programme is begun: a block is open, and it is recent."""
        age = datetime.fromisoformat(now) - datetime.fromisoformat(self.changed)
        return self.next_block is not None and self.has_begun and age <= GOES_ON_WITHIN

    def with_block(self, place: int, state: BlockState, now: str) -> GuidedState:
        """Return the guided session with another state of one block; places count from 0."""
        blocks = (*self.blocks[:place], state, *self.blocks[place + 1 :])
        return msgspec.structs.replace(self, blocks=blocks, changed=now)

    def blocks_with_states(self) -> Iterable[tuple[Block, BlockState]]:
        """Each block of the programme with its state, in order."""
        return zip(self.programme.blocks, self.blocks, strict=True)


def new_state(programme: Programme, group: str, person: str, now: str) -> GuidedState:
    """Begin a guided session."""
    return GuidedState(
        group=group,
        person=person,
        begun=now,
        changed=now,
        programme=programme,
        blocks=tuple(BlockState() for _ in programme.blocks),
    )


def write_state(folder: Path, state: GuidedState) -> None:
    """Write the state, whole or not at all; raises ``OutputError``."""
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
        raise _damaged(path, str(error)) from error
    if len(state.blocks) != len(state.programme.blocks) or changed.tzinfo is None:
        raise _damaged(path, "its parts do not fit together")
    return state


def find_open(folders: Iterable[Path], programme: str, person: str, now: str) -> Path | None:
    """Find the folder of the session that goes on when a person begins a programme.

    It is the latest when there are several, and ``None`` when a new session must begin. Damaged
    files are passed over: a session that cannot be read does not go on.
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
    """Delete the states of sessions that do not go on, and their folders if nothing else is there.

    Raises
    ------
    OutputError
        One cannot be deleted.
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
            continue  # damaged: it is kept, as someone may still want to look at it
        except OSError as error:
            raise output_error(path, error) from error


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(
        f"{path} is not a saved guided session: {why}",
        hint="Begin the programme again in another folder.",
    )
