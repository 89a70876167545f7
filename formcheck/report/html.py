"""The report: one self-contained page, a pure function of the session record."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from formcheck.data.exercise import Exercise
from formcheck.data.palette import GRADE_COLOURS, hex_of
from formcheck.data.results import Rep, SessionResult
from formcheck.motion.grading import shown_grade
from formcheck.report.changes import legs_table, thirds_tables
from formcheck.report.charts import time_chart
from formcheck.report.film_facts import film_facts
from formcheck.report.limits import thresholds
from formcheck.report.panels import legend_of, panels_of
from formcheck.report.pictures import data_uri, fitting
from formcheck.report.ranking import labels
from formcheck.report.rep_table import (
    TEMPO,
    column_limits,
    cues_of,
    mean_rows,
    never_measured,
    reasons_of,
    rep_row,
)
from formcheck.report.scale_table import scale_table
from formcheck.report.tracks import plots, readings, time_span
from formcheck.report.words import (
    MEANING,
    column_note,
    date_text,
    judged_with_error,
    performed_text,
    sides_text,
    tally,
    told_texts,
    was_measured,
    was_measured_at_all,
)


@dataclass(frozen=True)
class Card:
    """One repetition in the strip: its lowest point, if there is a picture of it, and a caption.

    ``label`` says that it is the best of the set or the one with the most to gain.
    """

    rep: Rep
    grade: str
    label: str
    uri: Markup | None
    facts: list[str]
    cue: str


def render(
    session: SessionResult,
    exercise: Exercise,
    stills: Mapping[int, bytes] | None = None,
    *,
    video: str | None = None,
    name: str = "",
    notes: str = "",
) -> str:
    """Make the report.

    Parameters
    ----------
    session
        The session.
    exercise
        What was done, with the bands the session was judged by.
    stills
        By repetition index, a JPEG or PNG of its lowest point. They are embedded, smaller when
        they are many.
    video
        Name of the annotated video when it lies beside the report.
    name, notes
        Whom the report is about, and remarks; any text, shown as it is.

    Returns
    -------
    str
        A whole HTML page of at most 3 MB that asks nothing of any network.
    """
    specs = [spec for spec in exercise.metrics if was_measured_at_all(session, spec)]
    reasons = reasons_of(session.reps, specs)
    tempo = TEMPO[exercise.order]
    panels = panels_of(session, exercise)
    facts = film_facts(session)
    drawn = plots(session, exercise)
    cards = _cards(session.reps, exercise, stills or {})
    fills = {grade: hex_of(colour) for grade, colour in GRADE_COLOURS.items()}
    style = Markup(_environment().get_template("report.css").render(fills=fills))  # noqa: S704
    script = Markup(_source("report.js"))  # noqa: S704
    return (
        _environment()
        .get_template("report.html")
        .render(
            session=session,
            exercise=exercise,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            name=" ".join(name.split()),
            notes_of_user=notes.strip(),
            date=performed_text(session),
            analyzed=date_text(session.created),
            told=told_texts(session),
            sides=sides_text(session),
            tally=tally(session.reps, exercise),
            cards=cards,
            has_pictures=any(card.uri for card in cards),
            upright=session.source.height > session.source.width,
            video_src=None if video is None else "./" + quote(video),
            tracks=[
                (plot, time_chart(plot, times=plot is drawn[-1] or plot is drawn[0]))
                for plot in drawn
            ],
            tracks_span=time_span(session) or (0.0, 0.0),
            readings=readings(session, drawn, exercise.order),
            legs=legs_table(session, exercise),
            thirds=thirds_tables(session, exercise),
            columns=[(spec.title, column_note(spec), column_limits(spec)) for spec in specs],
            tempo_titles=[title for title, _ in tempo],
            rows=[rep_row(rep, specs, reasons, tempo, exercise) for rep in session.reps],
            means=mean_rows(session, specs),
            reasons=reasons,
            never=never_measured(session, exercise),
            cues=cues_of(session.reps),
            notes=[(rep.index, note) for rep in session.reps for note in rep.notes],
            scale=scale_table(session.reps, exercise.scale),
            panels=panels,
            two_legs=any(len(panel.charts) > 1 for panel in panels),
            legend=legend_of(session.reps),
            facts=facts,
            all_fine=all(fact.fine is not False for fact in facts),
            warnings=[*session.view.warnings, *session.source.warnings],
            remarks=session.summary.notes,
            thresholds=thresholds(exercise),
            settings=_flat(session.config),
        )
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            pairs.append((prefix + key, ", ".join(_setting(item) for item in value) or "none"))
        else:
            pairs.append((prefix + key, _setting(value)))
    return pairs


def _setting(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _cards(reps: Sequence[Rep], exercise: Exercise, pictures: Mapping[int, bytes]) -> list[Card]:
    shown = fitting(pictures)
    named = labels(reps, exercise)
    return [
        Card(
            rep,
            shown_grade(exercise, rep) or "none",
            named.get(rep.index, ""),
            data_uri(shown[rep.index]) if rep.index in shown else None,
            _facts(rep, exercise),
            rep.faults[0].cue if rep.faults else "",
        )
        for rep in reps
    ]


def _facts(rep: Rep, exercise: Exercise) -> list[str]:
    graded = sorted(
        (spec for spec in exercise.metrics if spec.bands is not None and was_measured(rep, spec)),
        key=lambda spec: spec.priority,
    )
    return [
        " ".join(
            filter(
                None,
                (spec.title, judged_with_error(rep.metrics[spec.name], spec), MEANING[spec.judged]),
            )
        )
        for spec in graded[:3]
    ]


def _hash(text: str) -> str:
    """What the page's policy knows its own style and script by."""
    return "sha256-" + b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("formcheck.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None  # noqa: S101  it is set above
    return environment.loader.get_source(environment, name)[0]
