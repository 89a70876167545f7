"""The overview of a batch: an HTML page with a line for each film and a link to its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from formcheck import __version__
from formcheck.app.batch.work import Outcome, Status
from formcheck.data import palette
from formcheck.data.file_names import printable
from formcheck.data.numbers import count_words, good_of
from formcheck.exercises import all_exercises, effort_of
from formcheck.store.whole_file import write_text

MARKS: dict[Status, str] = {
    "done": "good",
    "no_repetition": "watch",
    "failed": "fault",
    "not_reached": "none",
}
WORDS: dict[Status, str] = {
    "done": "done",
    "no_repetition": "nothing found",
    "failed": "failed",
    "not_reached": "not started",
}


@dataclass(frozen=True)
class FilmLine:
    """The line for one film on the page; all fields are text."""

    film: str
    link: str
    mark: str
    status: str
    person: str
    exercise: str
    view: str
    reps: str
    good: str
    result: str
    hint: str


def render(outcomes: Sequence[Outcome]) -> str:
    """Return the page as HTML; names and other texts are escaped."""
    counts = Counter(outcome.status for outcome in outcomes)
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("formcheck.app.batch", "templates"),
                PackageLoader("formcheck.report", "templates"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    lines = [_line(outcome) for outcome in outcomes]
    return environment.get_template("overview.html").render(
        version=__version__,
        total=len(outcomes),
        found=_found(outcomes),
        tally=[
            (MARKS[status], f"{counts[status]} {word}")
            for status, word in WORDS.items()
            if counts[status]
        ],
        lines=lines,
        failed=[line for line in lines if line.mark == "fault"],
        has_person=any(line.person for line in lines),
        p=palette,
    )


def _found(outcomes: Iterable[Outcome]) -> str:
    """Count what all films show: ``7 repetitions, 2 holds``."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.row is not None:
            counts[effort_of(outcome.row.exercise)] += outcome.row.reps
    return ", ".join(count_words(count, effort) for effort, count in counts.items() if count)


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the page; raises ``OutputError``."""
    write_text(path, render(outcomes))


def _line(outcome: Outcome) -> FilmLine:
    row = outcome.row
    titles = {exercise.id: exercise.title for exercise in all_exercises()}
    return FilmLine(
        film=printable(outcome.film.name),
        link="" if row is None else f"./{quote(outcome.film.folder)}/report.html",
        mark=MARKS[outcome.status],
        status=WORDS[outcome.status],
        person=printable(outcome.choices.person),
        exercise="" if row is None else titles.get(row.exercise, row.exercise),
        view="" if row is None else row.view,
        reps="" if row is None else str(row.reps),
        good="" if row is None or not row.reps else good_of(row.good_reps, row.form_judged_reps),
        result=_sentence(outcome.reason if row is None else row.verdict),
        hint=_sentence(outcome.hint[:1].upper() + outcome.hint[1:]),
    )


def _sentence(text: str) -> str:
    """Return a text with a full stop. The first letter is not changed: it may be a film's name."""
    shown = printable(text)
    return shown if not shown or shown.endswith((".", "!", "?")) else f"{shown}."
