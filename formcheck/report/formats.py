"""Makes the report on a session in any file format: page, PDF, Markdown, table or JSON.

``view`` returns the content of the report: its numbers and sentences. Page, PDF and Markdown show
it; table and JSON are made from the session.

Each format is imported only when it is used, because some need large packages.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from formcheck.data.session import Session
from formcheck.report.view import view


def letters_lacking(session: Session, file_format: str, *, name: str = "", notes: str = "") -> str:
    """Return the characters that a format replaces with ``?``; only a PDF lacks any."""
    if file_format != "pdf":
        return ""
    from formcheck.report import pdf

    return pdf.letters_lacking(view(session, name=name, notes=notes))


def render(
    session: Session,
    file_format: str,
    stills: Mapping[int, bytes] | None = None,
    *,
    film: str | None = None,
    name: str = "",
    notes: str = "",
) -> bytes:
    """Return a report on a session as the bytes of a file.

    Parameters
    ----------
    session
        The session.
    file_format
        ``html``, ``pdf``, ``md``, ``csv`` or ``json``; any other text gives the page, as ``html``.
    stills
        Image of the lowest point by repetition index; only page and PDF use it.
    film
        Path of the annotated film relative to the page, if there is one.
    name, notes
        The person's name, and remarks; the CSV table does not contain them.
    """
    if file_format == "csv":
        from formcheck.report.tables import reps_table, table_as_csv

        style = session.provenance.settings.csv
        return "".join(table_as_csv(reps_table(session), style)).encode()
    if file_format == "json":
        from formcheck.report.json_data import to_data

        data = to_data(session, name=name, notes=notes)
        return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
    content = view(session, name=name, notes=notes)
    if file_format == "pdf":
        from formcheck.report import pdf

        return pdf.render(content, stills)
    if file_format == "md":
        from formcheck.report import markdown

        return markdown.render(content).encode()
    from formcheck.report import html

    return html.render(content, stills, video=film).encode()
