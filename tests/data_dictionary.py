"""Generate the parts of ``docs/data-dictionary.md`` that come from the declarations.

The page holds text written by hand, and between ``<!-- made: NAME -->`` and ``<!-- end -->`` what
is made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from formcheck.data.declare import Record, fields_of
from formcheck.data.session import MeasureSpec, Session
from formcheck.report.tables import EVENTS, Column, declared_columns, long_columns

_PART = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, specs: Iterable[MeasureSpec]) -> str:
    """Return the page with all its generated parts generated again.

    Parameters
    ----------
    page
        The text of ``docs/data-dictionary.md``.
    specs
        The specs of all exercises; specs with one id are identical.

    Raises
    ------
    KeyError
        The page has an unknown generated part.
    """
    parts = {
        "measurements": measurements(specs),
        "session": "\n\n".join(records(Session)),
        "reps-columns": reps_columns(),
        "long-columns": _columns(long_columns()),
    }
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n\n{found[3]}", page)


def measurements(specs: Iterable[MeasureSpec]) -> str:
    """Return the table of all measurements, each id once."""
    by_id = {spec.id: spec for spec in reversed(list(specs))}
    rows = [
        (f"`{spec.id}`", spec.title, spec.unit, ", ".join(spec.views), _sentence(spec.about))
        for spec in sorted(by_id.values(), key=lambda one: (one.role == "tempo", one.id))
    ]
    return _table(("id", "title", "unit", "views", "meaning"), rows)


def records(record: type[Record], seen: set[type[Record]] | None = None) -> Iterator[str]:
    """Yield a section for a record, and one for each record in it, each once."""
    seen = set() if seen is None else seen
    if record in seen:
        return
    seen.add(record)
    fields = fields_of(record)
    rows = [(f"`{one.name}`", one.kind, one.unit, one.about) for one in fields]
    about = (record.__doc__ or "").strip().partition("\n\n")[0]
    table = _table(("field", "type", "unit", "meaning"), rows)
    yield f"### {record.__name__}\n\n{_sentence(about)}\n\n{table}"
    for one in fields:
        for inner in _records_in(one.hint):
            yield from records(inner, seen)


def reps_columns() -> str:
    """Return the columns of ``reps.csv``, with ``<id>`` for a measurement."""
    events = dict.fromkeys(event for found in EVENTS.values() for event in found)
    about = "time of this event"
    return _columns([*declared_columns(), *(Column(one, "number", about, "s") for one in events)])


def _columns(columns: Iterable[Column]) -> str:
    rows = [(f"`{one.name}`", one.kind, one.unit, one.about) for one in columns]
    return _table(("column", "type", "unit", "meaning"), rows)


def _records_in(hint: Any) -> Iterator[type[Record]]:
    if isinstance(hint, type) and issubclass(hint, Record):
        yield hint
    for inner in get_args(hint):
        if not isinstance(inner, str):
            yield from _records_in(inner)


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )
