"""The command ``passport``: writes a summary of a person's present state in all exercises."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from formcheck.app.options import SpanOptions
from formcheck.app.passport import passport_view
from formcheck.cli.history_command import open_history
from formcheck.cli.lines import escaped, file_form, print_json
from formcheck.report.passport_view import JudgedLine, PassportLeg, PassportView
from formcheck.store.whole_file import write_bytes

FORMS = ("html", "pdf")
"""The file formats of the passport, which are also the endings of the file name."""


def write_passport(
    person: str,
    span: SpanOptions,
    *,
    group: str,
    db: Path | None,
    form: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write a person's passport and print its path; with ``as_json``, only print its data."""
    form = file_form(form, out, FORMS) or FORMS[0]
    with open_history(db) as history:
        shown = passport_view(history, person, span, group)
    if as_json:
        print_json(_to_json(shown))
        return
    path = out or Path(f"passport.{form}")
    write_bytes(path, _rendered(shown, form))
    sys.stdout.write(f"{escaped(str(path))}\n")


def _rendered(shown: PassportView, form: str) -> bytes:
    """Return the passport as the bytes of a file."""
    if form == "pdf":
        from formcheck.report import passport_pdf

        return passport_pdf.render(shown)
    from formcheck.report import passport_page

    return passport_page.render(shown).encode()


def _to_json(shown: PassportView) -> dict[str, Any]:
    return {
        "heading": shown.heading,
        "when": shown.when,
        "exercises": [
            {
                "title": one.title,
                "entered": one.entered or None,
                "changes": [change.text for change in one.changes],
                "legs": [_leg_to_json(leg) for leg in one.legs],
            }
            for one in shown.exercises
        ],
    }


def _leg_to_json(leg: PassportLeg) -> dict[str, Any]:
    return {
        "title": leg.title,
        **{name.lower(): badge.words for name, badge in leg.verdicts},
        "seen": leg.seen,
        "good": [_line_to_json(line) for line in leg.good],
        "work_on": [
            {"cue": one.cue, "numbers": [_line_to_json(line) for line in one.lines]}
            for one in leg.work
        ],
        "after_that": [_line_to_json(line) for line in leg.later],
        "unseen": leg.unseen,
        "since": leg.since or None,
        "changes": [
            {"direction": one.tone or None, "sure": one.sure, "text": one.text}
            for one in leg.changes
        ],
        "next": [
            {"text": step.text, "because": step.because, "rule": step.rule} for step in leg.steps
        ],
    }


def _line_to_json(line: JudgedLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "value": line.value,
        "grade": line.badge.words,
        "remark": line.remark or None,
    }
