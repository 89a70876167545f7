"""The command ``report``: make the report of a saved session again."""

from __future__ import annotations

import sys
from pathlib import Path

from formcheck.cli.text import printable
from formcheck.reports.record import dumps
from formcheck.reports.saved import open_saved, report_data, write_report

DONE = 0


def report_session(
    session: Path, *, form: str, name: str, notes: str, out: Path | None, as_json: bool
) -> int:
    """Write the report, print where it is, and give the exit code.

    Parameters
    ----------
    session
        The folder of a session, or its ``session.json``.
    form
        ``html``, ``pdf``, ``md``, ``csv`` or ``json``.
    name, notes
        Whom it is about, and remarks.
    out
        The file to write.
    as_json
        Print the report's data and write nothing.

    Raises
    ------
    FormcheckError
        When the session cannot be read or the report not be written.
    """
    saved = open_saved(session)
    if as_json:
        sys.stdout.write(dumps(report_data(saved, name=name, notes=notes)))
        return DONE
    path = write_report(saved, form, out, name=name, notes=notes)
    sys.stdout.write(f"{printable(str(path))}\n")
    return DONE
