"""The command ``report``: the report of a session anew, or of one that was not finished."""

from __future__ import annotations

import sys
from pathlib import Path

from formcheck.cli.analyze import DONE, NO_REPETITION, print_session, say


def remake_report(folder: Path, *, as_json: bool) -> int:
    """Make the report anew, print the session, and give the exit code.

    Raises
    ------
    FormcheckError
        When the folder holds no session, or cannot be written to.
    """
    from formcheck.reports.files import remake

    folder = folder.parent if folder.name == "session.json" else folder
    session = remake(folder)
    if as_json:
        from formcheck.reports.record import dumps, to_json

        sys.stdout.write(dumps(to_json(session)))
    else:
        print_session(session, folder)
    if not session.reps:
        say("no repetition is in this session", "There is nothing to report on")
        return NO_REPETITION
    return DONE
