"""The limits that metrics are judged by, with their sources, as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.data._before import Exercise
from formcheck.report.words import JUDGED, NO_BREAK, band_texts, limit_text, unit_of


@dataclass(frozen=True)
class Threshold:
    """One row of the table of limits."""

    title: str
    judged: str
    good: str
    watch: str
    fault: str
    source: str


def thresholds(exercise: Exercise) -> list[Threshold]:
    """Give the limits of all graded metrics, those with the same limits in one row."""
    titles: dict[tuple[str, str, str, str, str], list[str]] = {}
    for spec in sorted(exercise.metrics, key=lambda spec: spec.priority):
        if spec.bands is not None:
            limits = band_texts(spec.bands, unit_of(spec))
            same = (JUDGED[spec.judged], *limits, spec.bands.source)
            titles.setdefault(same, []).append(spec.title)
    rows = [Threshold(", ".join(names), *same) for same, names in titles.items()]
    tempo = exercise.tempo.bands
    rows.append(
        Threshold(
            "Lowering",
            f"time; aim at {limit_text(exercise.tempo.target_s)} s",
            *band_texts(tempo, NO_BREAK + "s"),
            tempo.source,
        )
    )
    return rows
