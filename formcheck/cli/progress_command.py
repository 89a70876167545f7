"""The commands ``progress`` and ``advise``: how a person's values change, and what to do next.

``progress`` prints the changes over the sessions with a plot in characters, or writes them as page,
PDF or SVG. ``advise`` prints only the advice for the next session, with its rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.app.progress import (
    advice_for,
    heading_of,
    next_session,
    past_of,
    progress_view,
    sessions_with,
    sides_of,
    title_of_side,
    trend_of,
    why_no_trend,
)
from formcheck.cli.console import console
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, file_form, print_json
from formcheck.coach.advice import NextStep
from formcheck.data.errors import UsageError
from formcheck.data.numbers import number
from formcheck.data.session import ExerciseInfo, Stance
from formcheck.motion.comparison import Difference, names_known
from formcheck.report.progress_view import (
    ADVICE_DISCLAIMER,
    OVERVIEW_HEADINGS,
    Change,
    ProgressView,
    TrendPart,
    TrendView,
    point_headings,
    trend_svg,
)
from formcheck.store.history.history_store import Entry
from formcheck.store.history.over_time import (
    SessionPoint,
    Trend,
    trends,
)
from formcheck.store.whole_file import write_bytes

_FIXED_WIDTH = 50
_PLOT_AT_LEAST, _PLOT_AT_MOST = 12, 60
_LEGEND = (
    "● value of a session; ░ within measurement error of the first session; │ limits of the good "
    "range; * change larger than measurement error."
)
_STYLES = {"better": "green", "worse": "red", "other": "magenta", "": ""}
FORMS = ("html", "pdf", "svg")
"""The file formats of the report, which are also the endings of the file name."""


def show_progress(
    *,
    exercise: str | None,
    side: Stance | None,
    person: str | None,
    metric: str | None,
    limit: int | None,
    db: Path | None,
    form: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Print how a person's values changed over the sessions, for each leg, or write the report."""
    form = file_form(form, out, FORMS)
    with open_history(db) as history:
        known, whose, everything = past_of(history, exercise, person)
    advice = advice_for(known, everything, side)
    sides_of(everything, side)
    past = sessions_with(everything, side)[-(limit or 0) :]
    by_side = {one: trends(known, past, one) for one in sides_of(past, side)}
    if metric is not None:
        by_side = {one: _chosen_trends(found, metric, known) for one, found in by_side.items()}
    shown = progress_view(
        heading_of(known, whose, past),
        past,
        by_side,
        advice,
        with_pictures=form is not None,
        chosen=metric is not None,
    )
    if form is not None:
        out = out or Path(f"progress.{form}")
        _write_report(out, form, shown)
    if as_json:
        print_json(
            {
                "person": whose or None,
                "exercise": known.id,
                "changes": {part.title: _changes_to_json(part) for part in shown.parts},
                "trends": {one: _trends_to_json(found) for one, found in by_side.items()},
                "advice": [_advice_to_json(one) for one in advice],
            }
        )
        return
    screen = console()
    screen.print(Text(escaped(shown.heading), style="bold"))
    sides = {title_of_side(one, past): one for one in by_side}
    for part in shown.parts:
        _print_part(screen, part)
        if part.title in sides:
            side_of_part = sides[part.title]
            found = by_side[side_of_part]
            _print_side(screen, side_of_part, found, chosen=metric is not None)
    for note in shown.notes:
        screen.print(Text(f"Note: {escaped(note)}", style="yellow"))
    _print_advice(screen, advice, shown.exercise, with_sources=False)
    if out is not None:
        screen.print(escaped(str(out)), soft_wrap=True)


def show_advice(
    *,
    exercise: str | None,
    side: Stance | None,
    person: str | None,
    db: Path | None,
    as_json: bool,
) -> None:
    """Print the advice for the next session, with the rules."""
    with open_history(db) as history:
        known, whose, past = past_of(history, exercise, person)
    sides_of(past, side)
    advice = advice_for(known, past, side)
    past = sessions_with(past, side)
    if as_json:
        data = [_advice_to_json(one) for one in advice]
        print_json({"person": whose or None, "exercise": known.id, "advice": data})
        return
    screen = console()
    screen.print(Text(escaped(heading_of(known, whose, past)), style="bold"))
    _print_advice(screen, advice, past[-1][1].exercise, with_sources=True)
    screen.print()
    screen.print(ADVICE_DISCLAIMER)


def _chosen_trends(
    found: Sequence[Trend], metric: str, exercise: ExerciseInfo
) -> tuple[Trend, ...]:
    chosen = tuple(one for one in found if one.name == metric)
    if not chosen:
        known = names_known(exercise)
        if metric in known:
            measured_ones = ", ".join(one.name for one in found)
            raise UsageError(
                f"{metric} was not measured in any session",
                hint=f"These were measured: {measured_ones}.",
            )
        raise UsageError(
            f"{metric!r} is not a measurement of {exercise.id}", hint=f"It has: {', '.join(known)}."
        )
    return chosen


def _print_side(screen: Console, side: Stance, found: Sequence[Trend], *, chosen: bool) -> None:
    if not found:
        screen.print(why_no_trend(found))
        return
    main = next((one for one in found if len(one.measured) > 1), found[0])
    shown = trend_of(main, side)
    screen.print(Text(shown.title))
    screen.print(_plot(main, shown, screen.width))
    screen.print(Text(_LEGEND, style="dim"))
    if len(main.measured) < 2:
        screen.print(why_no_trend(found))
        return
    screen.print(escaped(shown.sentence))
    if not chosen:
        screen.print()
        screen.print(_overview([trend_of(one, side) for one in found if len(one.measured) > 1]))


def _plot(trend: Trend, shown: TrendView, width: int) -> Table:
    """Make a table of the sessions whose last column is a plot of the values in characters."""
    low, high = _plot_range(trend)
    columns = min(_PLOT_AT_MOST, width - _FIXED_WIDTH)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in point_headings(trend.exercise):
        justify: Literal["left", "right"] = "left" if heading == "date" else "right"
        table.add_column(heading, justify=justify, no_wrap=True)
    if columns >= _PLOT_AT_LEAST:
        decimals = 0 if high - low >= 5 else trend.last.spec.decimals
        start, end = number(low, decimals), number(high, decimals)
        table.add_column(start + end.rjust(columns - len(start)), no_wrap=True)
    for point, cells in zip(trend.points, shown.rows, strict=True):
        strip = [_plot_line(point, trend, low, high, columns)] if columns >= _PLOT_AT_LEAST else []
        table.add_row(*map(escaped, cells), *strip)
    return table


def _plot_range(trend: Trend) -> tuple[float, float]:
    diffs = [diff for _, diff in trend.measured]
    reach = max(diff.detectable for diff in diffs)
    start = diffs[0].first.value
    values = [start - reach, start + reach, *(diff.second.value for diff in diffs), *trend.limits]
    room = 0.03 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _plot_line(point: SessionPoint, trend: Trend, low: float, high: float, columns: int) -> Text:
    def place(value: float) -> int:
        share = (value - low) / (high - low)
        return min(columns - 1, max(0, round(share * (columns - 1))))

    cells = [" "] * columns
    diff = point.since_first
    if diff is not None:
        start = place(diff.first.value - diff.detectable)
        end = place(diff.first.value + diff.detectable)
        cells[start : end + 1] = "░" * (end + 1 - start)
    for limit in trend.limits:
        cells[place(limit)] = "│"
    if diff is not None:
        cells[place(diff.second.value)] = "●"
    return Text("".join(cells))


def _overview(found: Sequence[TrendView]) -> Table:
    """Make the table that compares the first and the last session."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("first to last", overflow="fold")
    for heading in OVERVIEW_HEADINGS[:-1]:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(OVERVIEW_HEADINGS[-1], justify="right", max_width=13)
    for one in found:
        table.add_row(one.title, *map(escaped, one.overview))
    return table


def _print_advice(
    screen: Console, advice: Sequence[NextStep], exercise: ExerciseInfo, *, with_sources: bool
) -> None:
    sides = list(dict.fromkeys(one.side for one in advice))
    for side in sides:
        screen.print()
        screen.print(Text(next_session(side, exercise), style="bold"))
        for one in advice:
            if one.side != side:
                continue
            style = "bold red" if one.about == "stop" else ""
            screen.print(Text(f"→ {one.text}", style=style))
            screen.print(Padding(Text(f"Why: {escaped(one.because)}."), (0, 0, 0, 2)))
            rule = f"Rule: {one.rule.text}"
            if with_sources:
                rule += f" ({one.rule.source.rstrip('.')})"
            screen.print(Padding(Text(rule, style="dim"), (0, 0, 0, 2)))
    if advice and not with_sources:
        screen.print(Text("`formcheck advise` says where the rules come from.", style="dim"))


def _advice_to_json(advice: NextStep) -> dict[str, Any]:
    return {
        "about": advice.about,
        "side": advice.side,
        "text": advice.text,
        "because": advice.because,
        "rule": advice.rule.text,
        "source": advice.rule.source,
    }


def _trends_to_json(found: Sequence[Trend]) -> dict[str, Any]:
    return {
        trend.name: {
            "title": trend.last.spec.title,
            "unit": trend.last.spec.unit,
            "number": trend.last.spec.judged,
            "points": [_point_to_json(entry, diff) for entry, diff in trend.measured],
        }
        for trend in found
    }


def _point_to_json(entry: Entry, diff: Difference) -> dict[str, Any]:
    return {
        "id": entry.id,
        "date": entry.day,
        "mean": round(diff.second.value, 3),
        "sem": round(diff.second.error, 3),
        "reps": diff.second.count,
        "change": round(diff.difference, 3),
        "detectable": round(diff.detectable, 3),
        "detected": diff.detected,
    }


def _changes_to_json(part: TrendPart) -> list[dict[str, Any]]:
    return [
        {"direction": one.tone, "sure": one.sure, "text": one.text}
        for one in part.changes
        if one.tone
    ]


def _write_report(out: Path, form: str, shown: ProgressView) -> None:
    """Write the progress report to a file; an SVG contains only the first chart."""
    charts = [trend for part in shown.parts for trend in part.trends if trend.charts]
    if not charts:
        raise UsageError(
            "there is nothing to draw: a trend needs two sessions", hint="Leave out --out."
        )
    if form == "svg":
        data = f"{trend_svg(charts[0])}\n".encode()
    elif form == "pdf":
        from formcheck.report import progress_pdf

        data = progress_pdf.render(shown)
    else:
        from formcheck.report import progress_page

        data = progress_page.render(shown).encode()
    write_bytes(out, data)


def _print_part(screen: Console, part: TrendPart) -> None:
    """Print what became better or worse, what was entered, and shares of good repetitions."""
    screen.print()
    screen.print(Text(part.title, style="bold"))
    for change in part.changes:
        screen.print(_change_line(change))
    for small in part.smalls:
        screen.print(Text(escaped(f"{small.title}: {small.sentence}"), style="dim"))


def _change_line(change: Change) -> Text:
    mark = {"better": "+ ", "worse": "- ", "other": "~ ", "": ""}[change.tone]
    return Text(escaped(f"{mark}{change.text}"), style=_STYLES[change.tone])
