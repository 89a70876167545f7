"""The tables, as Markdown that can be pasted into a page."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clips.coverage import Share
from clips.scoring import FEW_REPS, ClipResult, Error, Score, scores
from clips.sure_grades import GradeCheck

from formcheck.data.session import Sureness
from scoreboard.programs import Scored

SURENESSES: tuple[Sureness, ...] = ("sure", "probably", "unclear")

ORDER = (
    *("knee_fppa_deg", "knee_fppa_deg of squats"),
    *("knee_over_foot_pct", "knee_over_foot_pct of squats"),
    *("trunk_lean_deg", "pelvic_drop_deg"),
    *("trunk_flexion_deg", "knee_flexion_deg", "shank_angle_deg"),
    *("duration descent_s", "duration ascent_s", "event descent_start_s", "event descent_end_s"),
    *("event ascent_start_s", "event ascent_end_s"),
)
"""The order of the rows."""

SCORE_HEAD = (
    *("quantity", "n (of)", "people", "bias", "mean abs. error", "slope", "worst", "in"),
    *("≤ 1 SE (90 %)", "≤ 2 SE (90 %)"),
)
REPORTED = f"\\* Fewer than {FEW_REPS} repetitions: too few to be reliable."
COVERAGE = (
    "≤ 1 SE and ≤ 2 SE: share of the repetitions whose error is within one and two of the stated "
    "standard errors, and its 90 % interval by bootstrap over people; 68 and 95 % are right."
)


@dataclass(frozen=True)
class Right:
    """How many of how many clips are right in one respect."""

    what: str
    right: int
    of: int


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


def as_markdown(ways: Sequence[Scored], *, every_clip: bool = False) -> str:
    """Everything of one program, scored in one way or in several."""
    lines: list[str] = []
    if len(ways) > 1:
        lines += [*(f"- **{one.title}**: {one.about}." for one in ways), ""]
    for one in ways:
        if one.clips:
            lines += [*counts_table(one), ""]
            lines += [*(clips_table(one.clips) if every_clip else wrong_clips(one.clips)), ""]
    lines += scores_table(ways)
    for one in ways:
        if one.grades:
            lines += ["", *grades_table(one.grades)]
    return "\n".join(lines)


# --- counts, legs, views ---------------------------------------------------------------------


def rights_of(clips: Sequence[ClipResult]) -> list[Right]:
    """What was counted and recognised. What was given to the program does not count as found."""
    given = [clip for clip in clips if clip.recognised == "given"]
    found = [clip for clip in clips if clip.recognised != "given"]
    rights = [
        Right("repetitions counted", sum(one.reps == one.true_reps for one in clips), len(clips)),
        Right("legs", sum(one.stances == one.true_stances for one in clips), len(clips)),
    ]
    if found:
        named = sum(one.recognised == "yes" for one in found)
        rights.append(Right("exercise recognised", named, len(found)))
    if not given:
        views = sum(one.view == one.true_view for one in clips)
        rights += [
            Right("view", views, len(clips)),
            Right("count, legs and view", sum(one.right for one in clips), len(clips)),
        ]
    return rights


def counts_table(scored: Scored) -> list[str]:
    """How many clips are right, by what was counted or recognised."""
    rights = [*rights_of(scored.clips)]
    asked = sum(one.recognised == "asked" for one in scored.clips)
    if asked:
        rights.append(Right("exercise asked for, not guessed", asked, len(scored.clips)))
    head = [f"{scored.title}: clips right in", *(one.what for one in rights)]
    return table(head, [["", *(f"{one.right} of {one.of}" for one in rights)]])


def clips_table(clips: Iterable[ClipResult]) -> list[str]:
    """One row for each clip."""
    head = ["clip", "recognised", "repetitions (true)", "legs right", "view (true)", "yaw (true)"]
    rows = []
    for clip in clips:
        legs = "yes" if clip.stances == clip.true_stances else f"NO: {clip.stances}"
        refused = ", frontal angles refused" if clip.refused_frontal else ""
        yaw = f"{clip.yaw_deg:.0f}°" if math.isfinite(clip.yaw_deg) else "-"
        rows.append(
            [
                *(clip.clip, clip.recognised, f"{clip.reps} ({clip.true_reps})", legs),
                *(f"{clip.view} ({clip.true_view}){refused}", f"{yaw} ({clip.true_yaw_deg:.0f}°)"),
            ]
        )
    return table(head, rows)


def wrong_clips(clips: Iterable[ClipResult]) -> list[str]:
    """The rows of the clips where something is wrong."""
    wrong = [clip for clip in clips if not clip.right or clip.recognised in ("NO", "asked")]
    return clips_table(wrong) if wrong else ["Nothing of that is wrong in any clip."]


# --- numbers ---------------------------------------------------------------------------------


def scores_table(ways: Sequence[Scored]) -> list[str]:
    """Every quantity with its errors; several ways of one quantity stand below each other."""
    found = [(one, row) for one in ways for row in scores(one.errors, one.asked)]
    found.sort(key=lambda item: _rank(item[1].quantity))
    several = len(ways) > 1
    head = [SCORE_HEAD[0], *(["how"] if several else []), *SCORE_HEAD[1:]]
    rows = []
    for one, row in found:
        name, *cells = _cells(row)
        rows.append([name, *([one.title] if several else []), *cells, *_shares(row)])
    lines = table(head, rows)
    for one in ways:
        events = [abs(error.error) for error in one.errors if error.quantity.startswith("event ")]
        if events:
            mean_s = sum(events) / len(events)
            lines += ["", f"All events together: mean absolute error {mean_s:.3f} s."]
    if any(math.isfinite(row.within_two.pct) for _, row in found):
        lines += ["", COVERAGE]
    if not all(row.claimed for _, row in found):
        lines += ["", REPORTED]
    for one in ways:
        own = {row.quantity for scored, row in found if scored is one}
        never = sorted((name for name in one.asked if name not in own), key=_rank)
        if never:
            whose = f"{one.title}: not" if several else "Not"
            lines += ["", f"{whose} measured: {', '.join(never)}."]
    return lines


def _rank(quantity: str) -> tuple[int, str]:
    """Place of a quantity in the tables; those that are not listed come last."""
    return (ORDER.index(quantity), "") if quantity in ORDER else (len(ORDER), quantity)


def _cells(row: Score) -> list[str]:
    digits = 3 if row.quantity.endswith("_s") else 2
    return [
        row.quantity + ("" if row.claimed else " *"),
        f"{row.n} ({row.of})",
        str(row.people),
        f"{row.bias:+.{digits}f}",
        f"{row.mean_absolute:.{digits}f}",
        f"{row.slope:.2f}" if math.isfinite(row.slope) else "-",
        f"{row.worst:+.{digits}f}",
        row.worst_in,
    ]


def _shares(row: Score) -> list[str]:
    return [_share(one) for one in (row.within_one, row.within_two)]


def _share(share: Share) -> str:
    if not math.isfinite(share.pct):
        return "-"
    if not math.isfinite(share.low_pct):
        return f"{share.pct:.0f} %"
    return f"{share.pct:.0f} % ({share.low_pct:.0f}-{share.high_pct:.0f})"


def comparison(all_scored: Sequence[tuple[str, Scored]]) -> list[str]:
    """Several programs or ways side by side: mean absolute error, bias, slope, and how many."""
    columns = [(name, scores(one.errors, one.asked)) for name, one in all_scored]
    by_name = [(name, {row.quantity: row for row in rows}) for name, rows in columns]
    order = sorted({row.quantity for _, rows in columns for row in rows}, key=_rank)
    rows = [[quantity, *(_brief(own.get(quantity)) for _, own in by_name)] for quantity in order]
    return table(["mean abs. error, bias, slope (n of)", *(name for name, _ in by_name)], rows)


def _brief(row: Score | None) -> str:
    if row is None:
        return "-"
    digits = 3 if row.quantity.endswith("_s") else 1
    slope = f", {row.slope:.2f}" if math.isfinite(row.slope) else ""
    return f"{row.mean_absolute:.{digits}f}, {row.bias:+.{digits}f}{slope} ({row.n} of {row.of})"


# --- sureness --------------------------------------------------------------------------------


def grades_table(checks: Sequence[GradeCheck]) -> list[str]:
    """Of the grades that say how sure they are: which share the truth agrees with."""
    whats = list(dict.fromkeys(one.what for one in checks))
    ordered = [*(what for what in whats if what not in ("form", "tempo"))]
    rows = [_grades_row(what, [one for one in checks if one.what == what]) for what in ordered]
    numbers = [one for one in checks if one.what in ordered]
    rows.append(_grades_row("all numbers", numbers))
    for what in ("form", "tempo"):
        own = [one for one in checks if one.what == what]
        if own:
            rows.append(_grades_row(f"repetition: {what}", own))
    return table(["share of correct grades, by the word for their certainty", *SURENESSES], rows)


def _grades_row(name: str, checks: Sequence[GradeCheck]) -> list[str]:
    return [name, *(_grades_right([one for one in checks if one.sure == s]) for s in SURENESSES)]


def _grades_right(checks: Sequence[GradeCheck]) -> str:
    if not checks:
        return "-"
    right = sum(one.right for one in checks)
    return f"{right} of {len(checks)} ({100 * right / len(checks):.0f} %)"


# --- data ------------------------------------------------------------------------------------


def as_json(results: Sequence[tuple[str, Scored]]) -> str:
    """Every single error, as data; what is unknown is null."""
    data = [
        {
            "program": name,
            "way": one.title,
            "clips": [asdict(clip) for clip in one.clips],
            "errors": [_error(error) for error in one.errors],
            "scores": [asdict(row) for row in scores(one.errors, one.asked)],
            "grades": [asdict(check) for check in one.grades],
        }
        for name, one in results
    ]
    return json.dumps(_null_for_nan(data), indent=1, allow_nan=False)


def _error(error: Error) -> dict[str, Any]:
    return {**asdict(error), "error": error.error}


def _null_for_nan(value: Any) -> Any:
    convert: Callable[[Any], Any] = _null_for_nan
    if isinstance(value, dict):
        return {key: convert(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [convert(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
