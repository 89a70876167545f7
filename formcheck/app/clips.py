"""Write short films to share: one repetition, or two side by side, with a caption of the results.

The commands ``report`` and ``compare`` and the browser app use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from formcheck.app.pairing import BETWEEN, Pair, whose
from formcheck.data.errors import OutputError, UsageError
from formcheck.data.frame import Progress
from formcheck.data.numbers import count_words, grade_words, measured
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Rep, Session
from formcheck.motion.alignment import aligned, moments_of
from formcheck.report.aligned_charts import AROUND_S, aligned_curves, named_events
from formcheck.report.changes import table_of
from formcheck.report.view import rep_cues
from formcheck.screen.captioned_film import (
    Caption,
    CaptionRow,
    Curve,
    FilmPart,
    TimeLine,
    write_captioned,
)
from formcheck.store.kept_film import drawn_film
from formcheck.store.result_files import OpenSession

MOST_ROWS, MOST_CURVES = 4, 2
"""Most rows and curves below a film. Our choice: more cannot be read while it plays."""
ONE_ERROR = "± is one standard error"


def write_clip(
    opened: OpenSession,
    rep: Rep,
    path: Path,
    *,
    film: Path | None = None,
    slow: float = 1.0,
    progress: Progress | None = None,
) -> None:
    """Write the film of one repetition, with half a second before and after it.

    Parameters
    ----------
    opened
        The session.
    rep
        One of its repetitions.
    path
        The MP4 file to write; replaced if it exists.
    film
        The film that the session was measured from; by default the annotated film in its folder.
    slow
        How many times slower than real time the clip plays.
    progress
        Called after each frame.

    Raises
    ------
    UsageError
        The film is not the one that was measured, or would be overwritten.
    SourceError, OutputError
        The film cannot be read, or the clip cannot be written.
    """
    _require_no_overwriting(path, [opened], [film])
    line = TimeLine(max(0.0, rep.start_s - AROUND_S), rep.end_s + AROUND_S)
    with drawn_film(opened, film, line.start_s) as (frames, paint):
        size = frames.info.width, frames.info.height
        part = FilmPart(frames, paint, size, _same_time)
        caption = _clip_caption(opened.session, rep, slow)
        write_captioned(path, [part], caption, line, slow=slow, progress=progress)


def write_side_by_side(
    pair: Pair,
    opened: tuple[OpenSession, OpenSession],
    path: Path,
    *,
    films: tuple[Path | None, Path | None] = (None, None),
    slow: float = 1.0,
    progress: Progress | None = None,
) -> None:
    """Write the films of two repetitions side by side, in step by the phases of the repetition.

    The first film plays at its own speed. The second is slowed down or sped up so that both
    repetitions start, reach the bottom and end at the same time.

    Parameters
    ----------
    pair
        What is compared.
    opened
        The sessions of its two halves.
    path
        The MP4 file to write; replaced if it exists.
    films
        The film that each session was measured from; by default the annotated film in its folder.
    slow
        How many times slower than real time the first film plays.
    progress
        Called after each frame.

    Raises
    ------
    UsageError
        Both are the same repetition, or a film is not the one that was measured, or would be
        overwritten.
    SourceError, OutputError
        A film cannot be read, or the file cannot be written.
    """
    require_two(pair)
    _require_no_overwriting(path, opened, films)
    exercise = pair.exercise
    first, second = (half.shown for half in pair.halves)
    moments = moments_of(first, exercise.order)
    there = aligned(moments, moments_of(second, exercise.order))
    line = TimeLine(
        first.start_s - AROUND_S, first.end_s + AROUND_S, named_events(moments, exercise.order)
    )
    curves = []
    for found in aligned_curves(first, second, exercise, there)[:MOST_CURVES]:
        reach, both = found.close_axis, (found.first, found.second)
        curves.append(Curve(found.title, both, reach.low, reach.high, reach.marks))
    with ExitStack() as stack:
        parts = []
        clocks: tuple[Callable[[float], float], ...] = (_same_time, there)
        for one, film, clock in zip(opened, films, clocks, strict=True):
            frames, paint = stack.enter_context(drawn_film(one, film, clock(line.start_s)))
            size = frames.info.width, frames.info.height
            parts.append(FilmPart(frames, paint, size, clock))
        caption = _side_by_side_caption(pair, slow)
        write_captioned(path, parts, caption, line, curves, slow=slow, progress=progress)


def _same_time(t_s: float) -> float:
    """Return the time in the first film at a time of the shared clock: it is the same."""
    return t_s


def require_two(pair: Pair) -> None:
    """Require that the two are not the same repetition; raises ``UsageError``."""
    first, second = pair.halves
    effort = pair.exercise.effort
    if pair.same_reps or first.shown is second.shown:
        raise UsageError(
            f"both legs do the same {effort}s, so there are no two films to show side by side",
            hint=f"Choose two {effort}s instead.",
        )


def require_mp4(path: Path) -> None:
    """Require a name that players know; raises ``UsageError``."""
    if path.suffix.lower() != ".mp4":
        raise UsageError(f"{path} does not end in .mp4", hint="Choose a name that ends in .mp4.")


def _require_no_overwriting(
    path: Path, opened: Sequence[OpenSession], films: Sequence[Path | None]
) -> None:
    """Require that the new film does not overwrite a film of these sessions."""
    if not path.is_file():
        return
    known = [film for film in (*films, *(one.film for one in opened)) if film is not None]
    digests = {one.session.source.sha256 for one in opened} - {None}
    same = any(film.exists() and path.samefile(film) for film in known)
    if same or (digests and sha256_of(path) in digests):
        raise OutputError(
            f"{path} is a film of this session and would be overwritten",
            hint="Choose another name.",
        )


def _clip_caption(session: Session, rep: Rep, slow: float) -> Caption:
    judged = [
        (spec, found)
        for spec in session.specs
        if spec.limits is not None and (found := rep.measurements.get(spec.id)) is not None
    ]
    rows = [
        CaptionRow(
            spec.title,
            (measured(found.value, spec, found.sem),),
            grade_words(found.grade, found.sure, found.or_else),
        )
        for spec, found in sorted(judged, key=lambda one: (one[0].role == "tempo", one[0].priority))
        if found.value is not None
    ]
    title = f"{rep.full_name.capitalize()} {rep.index} of {len(session.reps)}"
    said = (*rep_cues(rep), ONE_ERROR)
    return Caption(((title, _whose_and_speed(session, rep, slow)),), tuple(rows[:MOST_ROWS]), said)


def _side_by_side_caption(pair: Pair, slow: float) -> Caption:
    judged = [one for one in pair.differences if one.spec.limits is not None]
    rows = [
        CaptionRow(
            row.title,
            row.with_errors,
            f"{row.difference}, {'beyond' if row.detected else 'within'} measurement error",
            row.detected,
        )
        for row in table_of("", (), pair.names, judged[:MOST_ROWS], "film").rows
    ]
    heads = [(half.title, _whose_and_speed(half.session, half.shown, slow)) for half in pair.halves]
    means = [count_words(len(half.reps), pair.exercise.effort) for half in pair.halves]
    if pair.single:
        numbers = ONE_ERROR
    elif means[0] == means[1]:
        numbers = f"Means of {means[0]} ± standard error"
    else:
        numbers = f"Means of {means[0]} and of {means[1]} ± standard error"
    return Caption((heads[0], heads[1]), tuple(rows), (numbers,))


def _whose_and_speed(session: Session, rep: Rep, slow: float) -> str:
    speed = "" if slow == 1.0 else f"{slow:g} times slower"
    return BETWEEN.join(part for part in (whose(session, rep), speed) if part)
