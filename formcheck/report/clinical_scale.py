"""The table of the clinical scale in a report.

A clinical scale is a published list of items, each with points for a fault. A camera sees only some
of the items, so the table shows the points of the visible ones and names the others. The items
are scored in ``motion/``; here they are only put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.data.numbers import UNKNOWN, count_words, points_words
from formcheck.data.session import ItemScore, Rep, ScaleItemSpec, ScaleScore, ScaleSpec, Session
from formcheck.motion.verdicts import numbered
from formcheck.report.wording import capital, leg_words

UNDECIDED = "undecided"


@dataclass(frozen=True)
class ScaleCell:
    """One item in one repetition: its title, its points, the reason, and whether it was visible."""

    title: str
    text: str
    reason: str
    seen: bool = True


@dataclass(frozen=True)
class ScaleRow:
    """The row of one repetition; ``unseen`` says how many items were not visible."""

    rep: int
    leg: str
    cells: tuple[ScaleCell, ...]
    points: str
    unseen: str
    grade: str


@dataclass(frozen=True)
class ScaleTable:
    """The table with its footnotes.

    Attributes
    ----------
    title, source
        Title and source of the scale.
    columns
        Title and largest number of points of each item that was visible in any repetition.
    rows
        A row for each repetition.
    findings
        Why points were given: repetition, item and reason.
    missing
        Items that were not visible, with the reason.
    """

    title: str
    source: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[ScaleRow, ...]
    findings: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The results as sentences; repetitions with the same result share one."""
        found: dict[str, list[int]] = {}
        for row in self.rows:
            result = f"{row.points} points, {row.unseen}; grade {row.grade}"
            found.setdefault(result, []).append(row.rep)
        return tuple(f"{capital(numbered(reps))}: {result}." for result, reps in found.items())


def scale_table(session: Session) -> ScaleTable | None:
    """Make the table of a session; ``None`` if no repetition was scored."""
    scale = session.exercise.scale
    if scale is None:
        return None
    scored = [
        (rep, rep.scale)
        for rep in session.reps
        if rep.scale is not None and rep.scale.scale == scale.id
    ]
    if not scored:
        return None
    seen = [
        item
        for item in scale.items
        if any(_score_of(score, item).points is not None for _, score in scored)
    ]
    return ScaleTable(
        title=scale.title,
        source=scale.source,
        columns=tuple((item.title, points_words(item.points)) for item in seen),
        rows=tuple(_row(rep, score, seen) for rep, score in scored),
        findings=tuple(
            f"Rep {rep.index}, {item.title.lower()}: {_score_of(score, item).reason}"
            for rep, score in scored
            for item in scale.items
            if _score_of(score, item).at_most
        ),
        missing=tuple(_missing_items(scored, scale)),
    )


def _score_of(score: ScaleScore, item: ScaleItemSpec) -> ItemScore:
    missing = ItemScore(
        item=item.id, points=None, at_most=None, reason="not scored in this session"
    )
    return next((found for found in score.items if found.item == item.id), missing)


def _row(rep: Rep, score: ScaleScore, seen: Sequence[ScaleItemSpec]) -> ScaleRow:
    points = _points_words(score.seen_points, score.seen_points_at_most)
    unseen = len(score.unseen)
    return ScaleRow(
        rep=rep.index,
        leg=leg_words(rep),
        cells=tuple(_cell(item, _score_of(score, item)) for item in seen),
        points=f"{points} of {score.possible_points_seen}",
        unseen=f"{count_words(unseen, 'item')} not visible" if unseen else "all visible",
        grade=score.grade or UNDECIDED,
    )


def _cell(item: ScaleItemSpec, found: ItemScore) -> ScaleCell:
    """Return the cell of one item: its points, or that it was not visible."""
    if found.points is None or found.at_most is None:
        return ScaleCell(item.title, "not visible", found.reason, seen=False)
    return ScaleCell(item.title, _points_words(found.points, found.at_most), found.reason)


def _points_words(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}{UNKNOWN}{most}"


def _missing_items(scored: Sequence[tuple[Rep, ScaleScore]], scale: ScaleSpec) -> list[str]:
    missing = []
    for item in scale.items:
        by_reason: dict[str, list[int]] = {}
        for rep, score in scored:
            found = _score_of(score, item)
            if found.points is None:
                by_reason.setdefault(found.reason, []).append(rep.index)
        for reason, reps in by_reason.items():
            where = "" if len(reps) == len(scored) else f" in {numbered(reps)}"
            missing.append(
                f"{item.title} ({points_words(item.points)}), not visible{where}: {reason}"
            )
    return missing
