"""Make the ``Session`` of a finished analysis: the only place where one is put together.

``FrameColumns`` collects the values of each frame while the loop runs. At the end ``session(...)``
combines them with the analyzer's repetitions, facts about source and model, a summary and notes.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from formcheck.data.exercise import Exercise
from formcheck.data.frame import SourceInfo
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.session import (
    ASCENT,
    DESCENT,
    Cue,
    Flight,
    Hold,
    Measurement,
    MeasureSpec,
    Note,
    Provenance,
    Rep,
    Session,
    Source,
    Training,
)
from formcheck.motion.analyzer import Ignored
from formcheck.motion.analyzers import AnyAnalyzer
from formcheck.motion.phases import CLIMBED, resting_phase
from formcheck.motion.recognition import Recognition, with_article
from formcheck.motion.verdicts import summarize
from formcheck.pose.estimator import ModelInfo

LIVE = "live_"
"""Prefix of the columns with live, provisional values."""


class FrameColumns:
    """Collects the values of each frame: time, phase, leg, people, depth and the live values."""

    def __init__(self, exercise: Exercise) -> None:
        self._live = [metric.id for metric in exercise.metrics if metric.per_frame]
        names = ("t_s", "phase", "stance_side", "people", "depth")
        self.columns: dict[str, list[Any]] = {
            name: [] for name in (*names, *(LIVE + measure_id for measure_id in self._live))
        }

    def add(self, result: FrameResult) -> None:
        """Add one frame."""
        columns = self.columns
        columns["t_s"].append(result.t_s)
        columns["phase"].append(str(result.phase))
        columns["stance_side"].append(result.stance_side)
        columns["people"].append(result.sample.people)
        columns["depth"].append(result.depth)
        for measure_id in self._live:
            columns[LIVE + measure_id].append(result.live.get(measure_id))


def session(
    source: SourceInfo,
    model: ModelInfo,
    analyzer: AnyAnalyzer,
    columns: Mapping[str, Sequence[Any]],
    *,
    created: str,
    version: str,
    person: str = "",
    group: str = "",
    training: Training | None = None,
    cues: Sequence[Cue] = (),
    notes: Sequence[Note] = (),
    reps: Sequence[Rep] | None = None,
    complete: bool = True,
    film_sha256: str | None = None,
) -> Session:
    """Make the session of a finished analysis.

    Parameters
    ----------
    source, model
        Facts about the film or camera, and the pose model.
    analyzer
        After its ``finish``; without it, what was measured so far is used.
    columns
        Those of :class:`FrameColumns`, all of the same length.
    created
        When it was analyzed, ISO 8601 with a time zone.
    version
        Of formcheck.
    person, training
        Whose session it is and what the person entered.
    group
        Ties it to the other sessions of a guided run.
    cues
        What was said while it ran.
    notes
        Further remarks; those about the working leg and movements that do not count are added.
    reps
        The analyzer's repetitions with the number of their set and their stills added; by default
        the analyzer's own.
    complete
        Whether the source was run to its end.
    film_sha256
        Digest of the film.
    """
    kept = analyzer.reps if reps is None else tuple(reps)
    info = analyzer.exercise.info()
    return Session(
        created=created,
        person=person,
        group=group,
        source=_source(source, film_sha256),
        view=analyzer.view,
        provenance=Provenance(
            version=version,
            model=model.name,
            model_sha256=model.sha256,
            settings=analyzer.settings,
            looks=analyzer.looks,
            frames_with_person=analyzer.frames_with_person,
        ),
        exercise=info,
        training=training or Training(),
        efforts=kept,
        series=final_series(columns, kept, info.specs),
        summary=summarize(kept, info.specs),
        cues=tuple(cues),
        notes=(
            *(Note(kind="source", text=text) for text in source.remarks),
            *notes,
            *slow_motion_note(kept, source),
            *notes_about(kept, analyzer),
        ),
        complete=complete,
    )


def _source(source: SourceInfo, sha256: str | None) -> Source:
    """Return the record of a source as the session keeps it."""
    return Source(
        kind=source.kind,
        name=source.name,
        width=source.width,
        height=source.height,
        duration_s=source.duration_s,
        frames=source.frames,
        frames_dropped=source.frames_dropped,
        frame_rate_hz=source.frame_rate_hz,
        variable_frame_rate=source.variable_frame_rate,
        rotation_deg=source.rotation_deg,
        turn_deg=source.turn_deg,
        mirrored=source.mirrored,
        slow_motion=source.slow_motion,
        expected_frames=source.expected_frames,
        warnings=source.warnings,
        sha256=sha256,
    )


# --- notes -------------------------------------------------------------------------------------


def recognised_note(found: Recognition, exercise: Exercise) -> Note:
    """Return the note on the recognised exercise: how sure that is, or how long it was held."""
    if found.held_s is not None:
        held = f"its posture was kept for {found.held_s:.0f} s"
        return Note(kind="recognised", text=f"Recognised as {exercise.title.lower()}: {held}.")
    if found.or_else is None:
        return Note(
            kind="recognised",
            text=f"Recognised as {exercise.title.lower()} ({percent(found.sure)}).",
        )
    text = (
        f"Recognised as {either_of(found)}. The report calls it {with_article(exercise.title)}, "
        f"the more likely one ({percent(found.probability)}); {JUDGED_ALIKE}."
    )
    return Note(kind="recognised", text=text)


JUDGED_ALIKE = "both are judged by the same limits"
SEEN = {"front": "from the front", "side": "from the side"}
"""Words for the view, by its kind."""


def either_of(found: Recognition) -> str:
    """Name the recognised exercise with its probability, as in "an air squat (97 %)".

    When two exercises look the same from this view, both are named, and the text says so.
    """
    if found.or_else is None:
        return f"{found.looks_like} ({percent(found.looks_like_probability)})"
    where = SEEN.get(found.view, "from this direction")
    both = f"{' or '.join(found.either)} ({percent(found.sure)})"
    return f"{both}, which look almost the same {where}"


def percent(probability: float) -> str:
    """Write a probability as a percentage."""
    return f"{100 * probability:.0f} %"


SLOW_DOWN_S, SLOW_UP_S = 6.0, 3.0
"""When both the ways down and the ways up take longer than this, the film may play in slow motion:
a person who lowers that slowly on purpose comes up faster. Our choice."""


def slow_motion_note(reps: Sequence[Rep], source: SourceInfo) -> tuple[Note, ...]:
    """Return a note that asks whether the film plays in slow motion; empty when it looks normal."""
    timed = {
        way: [one.value for rep in reps if (one := rep.measurements.get(way)) and one.value]
        for way in (DESCENT, ASCENT)
    }
    if source.kind == "camera" or source.slow_motion != 1.0 or not all(timed.values()):
        return ()
    down_s, up_s = float(np.median(timed[DESCENT])), float(np.median(timed[ASCENT]))
    if down_s <= SLOW_DOWN_S or up_s <= SLOW_UP_S:
        return ()
    text = (
        f"The way down takes {down_s:.0f} s and the way up {up_s:.0f} s: is this slow motion? "
        "If so, say how many times slower than real time the film plays."
    )
    return (Note(kind="slow_motion", text=text),)


IGNORED = {"reps": "movement", "holds": "posture", "flights": "flight"}
"""The word for what was not counted, by the kind of exercise."""


def notes_about(reps: Sequence[Rep], analyzer: AnyAnalyzer) -> tuple[Note, ...]:
    """Return the notes on uncertain working legs and on uncounted movements, in order of time."""
    unsure = dict.fromkeys(note for rep in reps if not rep.stance_sure for note in rep.notes)
    return (
        *(Note(kind="leg_unsure", text=text) for text in unsure),
        *(
            Note(kind="ignored", text=_ignored_words(one, analyzer.exercise.kind))
            for one in sorted(analyzer.ignored, key=lambda one: one.t_s or 0.0)
        ),
    )


def _ignored_words(one: Ignored, kind: str) -> str:
    if one.t_s is None:
        return f"{one.reason[:1].upper()}{one.reason[1:]}."
    return f"The {IGNORED[kind]} at {one.t_s:.1f} s was not counted: {one.reason}."


# --- series ------------------------------------------------------------------------------------


def _possible(depths: Sequence[float | None], specs: Sequence[MeasureSpec]) -> list[float | None]:
    """Replace depths that no body can reach by ``None``: the pose is wrong there."""
    limit = next((spec.possible for spec in specs if spec.role == "depth"), None)
    most = math.inf if limit is None or limit.high is None else limit.high
    return [None if depth is None or abs(depth) > most else depth for depth in depths]


def final_series(
    columns: Mapping[str, Sequence[Any]], reps: Sequence[Rep], specs: Sequence[MeasureSpec]
) -> dict[str, list[Any]]:
    """Return the columns over all frames as the session keeps them.

    Each frame gets its repetition (0 for none), that repetition's leg, and its final phase. Every
    judged measurement gets a column with its final values inside repetitions, in the form in which
    its limits judge them (minus standing where the change is judged). A measurement that was
    refused in a repetition has no live values there either.

    Parameters
    ----------
    columns
        Those of :class:`FrameColumns`.
    reps
        All repetitions.
    specs
        What was measured.
    """
    times = columns["t_s"]
    owners = _owners(times, reps)
    whole: dict[str, list[Any]] = {
        "t_s": list(times),
        "phase": [
            _phase(t_s, owner, reps, live)
            for t_s, owner, live in zip(times, owners, columns["phase"], strict=True)
        ],
        "rep": [0 if owner is None else owner.index for owner in owners],
        "stance_side": [
            live if owner is None else owner.stance_side
            for owner, live in zip(owners, columns["stance_side"], strict=True)
        ],
        "people": list(columns["people"]),
        "depth": _possible(columns["depth"], specs),
    }
    for spec in specs:
        if spec.limits is not None and any(spec.id in rep.series for rep in reps):
            values = {t_s: value for rep in reps for t_s, value in _judged_values(rep, spec)}
            whole[spec.id] = [values.get(t_s) for t_s in times]
    return whole | {
        name: _allowed(name.removeprefix(LIVE), own, owners)
        for name, own in columns.items()
        if name.startswith(LIVE)
    }


def _allowed(
    measure_id: str, live: Sequence[float | None], owners: Sequence[Rep | None]
) -> list[float | None]:
    """Remove the live values in those repetitions in which this measurement was refused."""
    refused = {
        rep.index
        for rep in owners
        if rep is not None
        and (one := rep.measurements.get(measure_id)) is not None
        and one.at_bottom is None
    }
    return [
        None if owner is not None and owner.index in refused else value
        for owner, value in zip(owners, live, strict=True)
    ]


def _judged_values(rep: Rep, spec: MeasureSpec) -> Iterable[tuple[float | None, float | None]]:
    """Yield times and values of a measurement in a repetition, in the form its limits judge."""
    standing: float | None = 0.0
    if spec.judged == "change":
        standing = rep.measurements.get(spec.id, Measurement()).standing
    for t_s, value in zip(rep.series["t_s"], rep.series.get(spec.id, ()), strict=False):
        yield t_s, None if value is None or standing is None else value - standing


def _owners(times: Sequence[float], reps: Sequence[Rep]) -> list[Rep | None]:
    """Return the repetition of each frame; the earlier one at a frame where two of them meet."""
    ends_s = [round(rep.end_s, 3) for rep in reps]
    owners: list[Rep | None] = []
    for t_s in times:
        at = bisect.bisect_left(ends_s, round(t_s, 3))
        inside = at < len(reps) and round(reps[at].start_s, 3) <= round(t_s, 3)
        owners.append(reps[at] if inside else None)
    return owners


def _phase(t_s: float, owner: Rep | None, reps: Sequence[Rep], live: str) -> str:
    """Return the phase of a frame by the final events of its repetition; at rest between them.

    The live phase is kept where the events of a repetition are not known.
    """
    if not reps:
        return live
    if isinstance(reps[0], Hold):
        return str(Phase.REST if owner is None else Phase.HELD)
    if isinstance(reps[0], Flight):
        way = owner.way if isinstance(owner, Flight) else None
        return str(Phase.REST if way is None else CLIMBED[way])
    up_down = "top_start_s" in reps[0].events
    if owner is None:
        return str(resting_phase("up_down" if up_down else "down_up"))
    first, second, third = [*owner.events.values(), None, None, None][:3]
    if first is None or second is None or third is None:
        return live
    down_up = (Phase.DESCENT, Phase.BOTTOM, Phase.ASCENT)
    names = (Phase.ASCENT, Phase.STANDING, Phase.DESCENT) if up_down else down_up
    return str(names[0] if t_s < second else names[1] if t_s < third else names[2])
