"""The movement passport as a web page: a person's present state in all exercises."""

from __future__ import annotations

from formcheck.report.embedded_stills import embedded
from formcheck.report.html import Linked, page
from formcheck.report.passport_view import (
    AFTER_THAT,
    ALL_GOOD,
    EXPLAINED,
    GLANCE_HEADINGS,
    PassportView,
)
from formcheck.report.progress_view import ADVICE_DISCLAIMER


def render(shown: PassportView, linked: Linked | None = None) -> str:
    """Return the page of a passport as HTML; it makes no network requests.

    ``linked`` are the addresses of style and script, if the app serves it; the pictures are always
    embedded.
    """
    legs = [leg for exercise in shown.exercises for leg in exercise.legs]
    stills = iter(embedded([[one.still for one in leg.pictures] for leg in legs]))
    return page(
        "passport.html",
        shown=shown,
        embedded=[[next(stills) for _ in exercise.legs] for exercise in shown.exercises],
        after_that=AFTER_THAT,
        all_good=ALL_GOOD,
        explained=EXPLAINED,
        glance_headings=GLANCE_HEADINGS,
        disclaimer=ADVICE_DISCLAIMER,
        linked=linked,
    )
