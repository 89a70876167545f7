"""The report's table of the clinical scale: the items that were seen, and those that were not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.exercise import Scale, ScaleItem
from formcheck.data.results import ItemScore, Rep, ScaleScore

EN_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class ScaleCell:
    """One item in one repetition: its points in words, and what was judged."""

    title: str
    text: str
    reason: str
    borderline: bool = False
    seen: bool = True


@dataclass(frozen=True)
class ScaleRow:
    """One repetition."""

    rep: Rep
    cells: list[ScaleCell]
    sum: str
    open: str
    grade: str


@dataclass(frozen=True)
class ScaleTable:
    """The table with its footnotes.

    Attributes
    ----------
    scale
        What it was scored by.
    columns
        Title and most points of each item that was seen in any repetition.
    rows
        One for each repetition.
    findings
        Repetition, title and reason of each item that gives points, or may.
    unseen
        Title, most points, reason and repetitions of what was not seen; no repetitions are named
        where it was seen in none.
    graded
        Whether the scale has grades.
    """

    scale: Scale
    columns: list[tuple[str, str]]
    rows: list[ScaleRow]
    findings: list[tuple[int, str, str]]
    unseen: list[tuple[str, str, str, list[int]]]
    graded: bool


def scale_table(reps: Sequence[Rep], scale: Scale | None) -> ScaleTable | None:
    """Make the table; ``None`` when no repetition was scored by this scale."""
    if scale is None:
        return None
    scored = [
        (rep, rep.scale) for rep in reps if rep.scale is not None and rep.scale.scale == scale.id
    ]
    if not scored:
        return None
    seen = [
        item
        for item in scale.items
        if any(_of(score, item).points is not None for _, score in scored)
    ]
    return ScaleTable(
        scale=scale,
        columns=[(item.title, points_in_words(item.points)) for item in seen],
        rows=[_row(rep, score, seen) for rep, score in scored],
        findings=[
            (rep.index, item.title, _of(score, item).reason)
            for rep, score in scored
            for item in scale.items
            if _of(score, item).at_most
        ],
        unseen=_unseen(scored, scale),
        graded=bool(scale.bands),
    )


def points_in_words(points: int) -> str:
    """Say how many points an item can give."""
    return "1 point" if points == 1 else f"up to {points} points"


def _of(score: ScaleScore, item: ScaleItem) -> ItemScore:
    missing = ItemScore(item.id, None, None, "it was not looked for")
    return next((found for found in score.items if found.item == item.id), missing)


def _row(rep: Rep, score: ScaleScore, seen: Sequence[ScaleItem]) -> ScaleRow:
    return ScaleRow(
        rep=rep,
        cells=[_cell(item, _of(score, item)) for item in seen],
        sum=f"{_range(score.seen_points, score.seen_points_at_most)} "
        f"of {score.possible_points_seen}",
        open=f"up to {score.unseen_points} more" if score.unseen_points else "none",
        grade=score.grade or "open",
    )


def _cell(item: ScaleItem, found: ItemScore) -> ScaleCell:
    if found.points is None or found.at_most is None:
        return ScaleCell(item.title, "not seen", found.reason, seen=False)
    borderline = found.at_most > found.points
    return ScaleCell(item.title, _range(found.points, found.at_most), found.reason, borderline)


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}{EN_DASH}{most}"


def _unseen(
    scored: Sequence[tuple[Rep, ScaleScore]], scale: Scale
) -> list[tuple[str, str, str, list[int]]]:
    rows = []
    for item in scale.items:
        by_reason: dict[str, list[int]] = {}
        for rep, score in scored:
            found = _of(score, item)
            if found.points is None:
                by_reason.setdefault(found.reason, []).append(rep.index)
        for reason, indices in by_reason.items():
            named = [] if len(indices) == len(scored) else indices
            rows.append((item.title, points_in_words(item.points), reason, named))
    return rows
