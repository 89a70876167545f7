"""A report in any of its forms, ready to be written to a file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from formcheck.data.session import Session
from formcheck.report.view import view


def letters_lacking(session: Session, form: str, *, name: str = "", notes: str = "") -> str:
    """Give the characters that a form cannot show and sets as ``?``; only a PDF lacks any."""
    if form != "pdf":
        return ""
    from formcheck.report import pdf

    return pdf.letters_lacking(view(session, name=name, notes=notes))


def render(
    session: Session,
    form: str,
    stills: Mapping[int, bytes] | None = None,
    *,
    film: str | None = None,
    name: str = "",
    notes: str = "",
) -> bytes:
    """Make a report of a session.

    Parameters
    ----------
    session
        The session.
    form
        ``html``, ``pdf``, ``md``, ``csv`` or ``json``.
    stills
        Image of the lowest point by repetition index; for page and PDF.
    film
        Path of the annotated film relative to the page, when there is one.
    name, notes
        The person's name, and remarks; not part of the table.
    """
    if form == "csv":
        from formcheck.report.tables import reps_table, table_as_csv

        style = session.provenance.settings.csv
        return "".join(table_as_csv(reps_table(session), style)).encode()
    if form == "json":
        from formcheck.report.json_data import to_data

        data = to_data(session, name=name, notes=notes)
        return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
    shown = view(session, name=name, notes=notes)
    if form == "pdf":
        from formcheck.report import pdf

        return pdf.render(shown, stills)
    if form == "md":
        from formcheck.report import markdown

        return markdown.render(shown).encode()
    from formcheck.report import html

    return html.render(shown, stills, video=film).encode()
