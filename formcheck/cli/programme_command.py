"""The commands ``programme list``, ``show`` and ``check``.

A programme is a list of blocks; each block is one exercise with its dose (sets, repetitions, ...).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.app.progress import past_facts
from formcheck.cli.console import console
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, print_json
from formcheck.coach.build_up import Today, TodaysBlock, as_written, exercises_of, todays_doses
from formcheck.coach.programme_files import open_programme, shipped_names, view_of
from formcheck.coach.programme_words import block_title, camera_moves, dose_words, lasts_s
from formcheck.data.numbers import count_words
from formcheck.data.programme import Block, Programme
from formcheck.report.progress_view import ADVICE_DISCLAIMER

_CAMERA_PLACES = {
    "front": "The camera in front",
    "side": "The camera at your side",
    None: "Without the camera",
}


def list_programmes(*, as_json: bool) -> None:
    """Print one line for each programme that comes with formcheck."""
    known = [open_programme(name) for name in shipped_names()]
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "goal": one.goal,
                    "blocks": len(one.blocks),
                    "minutes": _minutes(one),
                    "build_up": one.build_up,
                }
                for one in known
            ]
        )
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("name", "programme", "minutes"):
        table.add_column(heading, justify="right" if heading == "minutes" else "left")
    for one in known:
        table.add_row(one.name, one.goal, f"{_minutes(one)}")
    screen = console()
    screen.print(table)
    screen.print("\nFor details: formcheck programme show NAME", soft_wrap=True)


def show_programme(name: str, *, person: str | None, db: Path | None, as_json: bool) -> None:
    """Print the blocks of a programme: as written or, for a person, with today's doses."""
    programme = open_programme(name)
    if person is None:
        today, sessions = as_written(programme), 0
    else:
        with open_history(db) as history:
            past = past_facts(history, person, exercises_of(programme))
        today = todays_doses(programme, past)
        sessions = sum(len(found) for legs in past.values() for found in legs.values())
    if as_json:
        print_json(_as_data(today, person))
        return
    screen = console()
    heading = f"{programme.title} ({programme.name}): about {_minutes_words(today.programme)}"
    screen.print(Text(escaped(heading), style="bold"))
    screen.print(Text(escaped(programme.about.strip())))
    if person is not None:
        known = "" if sessions else " (no session of these exercises in the history yet)"
        screen.print()
        screen.print(Text(escaped(f"Today for {person}{known}:")))
    print_blocks(screen, today, with_reasons=person is not None)
    if person is not None:
        screen.print()
        screen.print(ADVICE_DISCLAIMER)


def check_programme(file: str, *, as_json: bool) -> None:
    """Check the file of a programme, and print how long it takes; raises ``UsageError``."""
    programme = open_programme(file)
    moves = camera_moves(programme)
    if as_json:
        blocks = len(programme.blocks)
        print_json({"blocks": blocks, "minutes": _minutes(programme), "camera_moves": moves})
        return
    screen = console()
    blocks_words = count_words(len(programme.blocks), "block")
    found = f"{file}: no mistakes. {blocks_words}, about {_minutes_words(programme)}."
    screen.print(escaped(found), soft_wrap=True)
    if moves > 1:
        screen.print(
            f"The camera is moved {moves} times: put the blocks of one view together.",
            soft_wrap=True,
        )


def _minutes(programme: Programme) -> int:
    return max(1, round(lasts_s(programme) / 60.0))


def _minutes_words(programme: Programme) -> str:
    return count_words(_minutes(programme), "minute")


def print_blocks(screen: Console, today: Today, *, with_reasons: bool) -> None:
    """Print the blocks of a programme, grouped by the place of the camera."""
    place = ""
    for number, one in zip(_numbers(today.blocks), today.blocks, strict=True):
        if _CAMERA_PLACES[view_of(one.block)] != place:
            place = _CAMERA_PLACES[view_of(one.block)]
            screen.print()
            screen.print(Text(place, style="bold"))
        _print_block(screen, number, one, with_reason=with_reasons)


def _numbers(blocks: Sequence[TodaysBlock]) -> list[str]:
    """Number the blocks as in the programme; ``3a`` and ``3b`` for the two legs of one block."""
    count, met = Counter(one.number for one in blocks), Counter[int]()
    numbers = []
    for one in blocks:
        letter = ascii_lowercase[met[one.number]] if count[one.number] > 1 else ""
        met[one.number] += 1
        numbers.append(f"{one.number}{letter}.")
    return numbers


def _print_block(screen: Console, number: str, one: TodaysBlock, *, with_reason: bool) -> None:
    dose = f"{dose_words(one.block)}; rest {one.block.rest_s:g} s"
    if one.left_out:
        dose = "left out today"
    row = Table.grid(padding=(0, 1))
    row.add_column(no_wrap=True, min_width=3)
    row.add_column()
    row.add_row(number, Text(f"{block_title(one.block)}: {dose}"))
    screen.print(row)
    lines = [(escaped(one.block.note), "dim")] if one.block.note and not one.left_out else []
    if with_reason:
        lines.append((escaped(one.reason), "bold red" if one.left_out else ""))
    for text, style in lines:
        screen.print(Padding(Text(text, style=style), (0, 0, 0, 4)))


def _as_data(today: Today, person: str | None) -> dict[str, Any]:
    programme: dict[str, Any] = msgspec.to_builtins(today.programme)
    return {
        **programme,
        "person": person,
        "minutes": _minutes(today.programme),
        "blocks": [_block_data(one) for one in today.blocks if not one.left_out],
        "left_out": [_block_data(one) for one in today.blocks if one.left_out],
    }


def _block_data(one: TodaysBlock) -> dict[str, Any]:
    block: Block = one.block
    rules = [{"rule": rule.text, "source": rule.source} for rule in one.rules]
    return {
        "number": one.number,
        **msgspec.to_builtins(block),
        "view": view_of(block),
        "reason": one.reason,
        "rules": rules,
    }
