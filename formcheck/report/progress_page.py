"""A person's weeks as one self-contained page: a layout of the view model."""

from __future__ import annotations

from formcheck.report.embedded_stills import data_uri, fitting
from formcheck.report.html import Linked, page
from formcheck.report.progress_view import (
    ADVICE_DISCLAIMER,
    EXPLAINED,
    OVERVIEW_HEADINGS,
    Pictured,
    ProgressView,
    point_headings,
    session_headings,
)


def render(shown: ProgressView, linked: Linked | None = None) -> str:
    """Make the page; it asks nothing of any network.

    ``linked`` says how it is served in parts; its pictures stay embedded.
    """
    stills = {n: one.still for n, one in enumerate(_pictures(shown)) if one.still is not None}
    small = {n: data_uri(picture) for n, picture in fitting(stills).items()}
    embedded = {id(one): small[n] for n, one in enumerate(_pictures(shown)) if n in small}
    return page(
        "progress.html",
        shown=shown,
        embedded=[[embedded.get(id(one)) for one in part.pictures] for part in shown.parts],
        explained=EXPLAINED,
        point_headings=point_headings(shown.exercise),
        overview_headings=OVERVIEW_HEADINGS,
        session_headings=session_headings(shown.exercise),
        disclaimer=ADVICE_DISCLAIMER,
        linked=linked,
    )


def _pictures(shown: ProgressView) -> list[Pictured]:
    return [one for part in shown.parts for one in part.pictures]
