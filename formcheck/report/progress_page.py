"""A person's weeks as one self-contained page: a layout of the view model."""

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
    """Make the page; it asks nothing of any network.

    ``linked`` says how it is served in parts; its pictures stay embedded.
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
