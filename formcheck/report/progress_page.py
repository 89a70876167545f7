"""The progress report as a web page: one person's sessions of one exercise, over weeks."""

from __future__ import annotations

from formcheck.report.embedded_stills import embedded
from formcheck.report.html import Linked, page
from formcheck.report.progress_view import (
    ADVICE_DISCLAIMER,
    EXPLAINED,
    OVERVIEW_HEADINGS,
    ProgressView,
    point_headings,
    session_headings,
    worst_title,
)


def render(shown: ProgressView, linked: Linked | None = None) -> str:
    """Return the page of a progress report as HTML; it makes no network requests.

    ``linked`` are the addresses of style and script, if the app serves it; the pictures are always
    embedded.
    """
    return page(
        "progress.html",
        shown=shown,
        embedded=embedded([[one.still for one in part.pictures] for part in shown.parts]),
        explained=EXPLAINED,
        point_headings=point_headings(shown.exercise),
        overview_headings=OVERVIEW_HEADINGS,
        worst_title=worst_title(shown.exercise),
        session_headings=session_headings(shown.exercise),
        disclaimer=ADVICE_DISCLAIMER,
        linked=linked,
    )
