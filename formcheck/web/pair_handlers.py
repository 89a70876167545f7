"""The page with two repetitions side by side: films, curves and differences."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from formcheck.app.clips import require_two, write_side_by_side
from formcheck.app.pairing import (
    BEST,
    TYPICAL,
    WORST,
    Half,
    Named,
    Pair,
    notes,
    pair_of_legs,
    pair_of_reps,
    pairs_of_sessions,
    sentences,
    whose,
)
from formcheck.data.errors import UsageError
from formcheck.data.session import Session
from formcheck.motion.alignment import TimeMap, aligned, moments_of
from formcheck.report.aligned_charts import (
    AROUND_S,
    LINES,
    aligned_charts,
    aligned_curves,
    named_events,
)
from formcheck.report.changes import DETECTABLE, table_of
from formcheck.report.charts import key_sample, paint
from formcheck.report.wording import SHOWN_AT
from formcheck.store.result_files import OpenSession
from formcheck.web.answers import not_found
from formcheck.web.session_handlers import attached
from formcheck.web.site import Site, page

ADDRESS = "/side-by-side"
FILM_NAME = "side_by_side.mp4"
_CHOICES = ((TYPICAL, "typical of the set"), (BEST, "best"), (WORST, "needs most work"))
_LEGS = "legs"
_SIDES = ("left", "right")
"""Names of the two films in an address, by their place on the page."""


def side_by_side(site: Site, request: Request) -> Response:
    """Give the page of two sessions, two legs of one, or two repetitions."""
    found = _found(site, request.query_params)
    if found is None:
        return not_found()
    sessions, pairs, pair = found
    return page("pair.html", **_shown(site, sessions, pairs, pair, request.query_params))


def film_of_two(site: Site, request: Request) -> Response:
    """Make the film of two repetitions side by side, and give it."""
    found = _found(site, request.query_params)
    if found is None:
        return not_found()
    sessions, _, pair = found
    first, second = (_opened(sessions, half) for half in pair.halves)
    data = site.shared_films.made(partial(write_side_by_side, pair, (first, second)))
    return attached(data, "video/mp4", FILM_NAME)


def _found(
    site: Site, asked: QueryParams
) -> tuple[dict[str, OpenSession], list[Pair], Pair] | None:
    """Open the sessions that are asked for; return also what can be compared, and what is.

    ``None`` when one is not there.
    """
    ids = asked.getlist("s")
    if len(ids) not in (1, 2):
        raise UsageError(
            "choose one or two sessions to compare", hint="Tick them in the list of sessions."
        )
    kept_ones = [kept for one in ids if (kept := site.library.find_there(one)) is not None]
    if len(kept_ones) < len(ids):
        return None
    # The earlier session is on the left, however they were ticked.
    kept_ones.sort(key=lambda one: (one.overview.day, one.overview.created))
    sessions = {one.id: one.opened() for one in kept_ones}
    named = [Named(sessions[one.id].session, one.title) for one in kept_ones]
    pairs = _pairs(asked, named)
    pair = next((one for one in pairs if one.heading == asked.get("leg")), pairs[0])
    require_two(pair)
    return sessions, pairs, pair


def pair_links(session_id: str, session: Session) -> list[tuple[str, str]]:
    """Return what of a session can be put side by side: the words, and where."""
    links = []
    if len(session.reps) > 1:
        links.append(("Best and worst side by side", _address([session_id])))
    if {"left", "right"} <= {rep.stance_side for rep in session.reps if rep.stance_sure}:
        links.append(("Left and right side by side", _address([session_id], of=_LEGS)))
    return links


def _address(ids: list[str], **more: str) -> str:
    return f"{ADDRESS}?{urlencode([*(('s', one) for one in ids), *more.items()])}"


def _pairs(asked: QueryParams, named: list[Named]) -> list[Pair]:
    first, second = named[0], named[-1]
    if len(named) == 1 and asked.get("of") == _LEGS:
        return [pair_of_legs(first)]
    usual = _usual(len(named))
    words = _words(asked, usual)
    if len(named) == 2 and words == usual:
        return pairs_of_sessions(first, second)
    return [pair_of_reps(first, second, words)]


def _usual(sessions: int) -> tuple[str, str]:
    """Return what is played when nothing is asked for, of one session or of two."""
    return (BEST, WORST) if sessions == 1 else (TYPICAL, TYPICAL)


def _words(asked: QueryParams, usual: tuple[str, str]) -> tuple[str, str]:
    left, right = (asked.get(side) or word for side, word in zip(_SIDES, usual, strict=True))
    return left, right


def _shown(
    site: Site,
    sessions: dict[str, OpenSession],
    pairs: list[Pair],
    pair: Pair,
    asked: QueryParams,
) -> dict[str, Any]:
    """Say all that the page shows."""
    ids = list(sessions)
    exercise = pair.exercise
    first, second = (half.shown for half in pair.halves)
    moments = moments_of(first, exercise.order)
    there = aligned(moments, moments_of(second, exercise.order))
    events = named_events(moments, exercise.order)
    curves = aligned_curves(first, second, exercise, there)
    is_legs = asked.get("of") == _LEGS
    return {
        "here": "sessions",
        "inside": True,
        "title": f"{exercise.title}: {pair.heading}",
        "effort": exercise.effort,
        "shown_at": SHOWN_AT[exercise.kind],
        "said": sentences(pair),
        "notes": notes(*(half.session for half in pair.halves)),
        "halves": [_half(site, sessions, half) for half in pair.halves],
        "upright": any(_is_upright(half) for half in pair.halves),
        "names": pair.names,
        "events": events,
        "charts": aligned_charts(curves, pair.names, events, exercise.effort),
        "samples": [key_sample(LINES[0]), key_sample(LINES[1], dashed=True)],
        "table": table_of("", (), pair.names, pair.differences, "pair"),
        "detectable": DETECTABLE,
        "single": pair.single,
        "ids": ids,
        "links": [] if len(ids) > 1 else _others(ids[0], pair, is_legs=is_legs),
        "legs": [one.heading for one in pairs],
        "leg": pair.heading,
        "pickers": _pickers(sessions, ("", "") if is_legs else _words(asked, _usual(len(ids)))),
        "film": _film_link(sessions, pair, asked),
        "film_name": FILM_NAME,
        "data": _data(there, events),
        "paint": paint,
    }


def _others(session_id: str, pair: Pair, *, is_legs: bool) -> list[tuple[str, str]]:
    """Return the links to what else of a session can be put side by side."""
    links = pair_links(session_id, pair.halves[0].session)
    return [(words, link) for words, link in links if link.endswith(_LEGS) != is_legs]


def _film_link(sessions: dict[str, OpenSession], pair: Pair, asked: QueryParams) -> str:
    """Return where the film to share is made; empty when a session was kept without a film."""
    films = [_opened(sessions, half).film for half in pair.halves]
    return "" if None in films else f"{ADDRESS}/film?{urlencode(asked.multi_items())}"


def _opened(sessions: dict[str, OpenSession], half: Half) -> OpenSession:
    return next(one for one in sessions.values() if one.session is half.session)


def _half(site: Site, sessions: dict[str, OpenSession], half: Half) -> dict[str, Any]:
    opened = _opened(sessions, half)
    session_id = next(one for one, found in sessions.items() if found is opened)
    still = half.shown.index if half.shown.index in opened.stills else None
    drawing = site.films.is_drawing(session_id)
    return {
        "title": half.title,
        "whose": whose(half.session, half.shown),
        "size": (half.session.source.width, half.session.source.height),
        "report": f"/sessions/{session_id}",
        "film": None if opened.film is None else f"/sessions/{session_id}/film",
        "still": None if still is None else f"/sessions/{session_id}/stills/{still}",
        "why": "Its film with the results is not ready yet." if drawing else "It has no film.",
    }


def _is_upright(half: Half) -> bool:
    return half.session.source.height > half.session.source.width


def _pickers(sessions: dict[str, OpenSession], chosen: tuple[str, str]) -> list[dict[str, Any]]:
    """Return what can be chosen for each of the two films, and what is."""
    opened = list(sessions.values())
    return [
        {"name": name, "choices": _choices(one.session), "chosen": word}
        for name, one, word in zip(_SIDES, (opened[0], opened[-1]), chosen, strict=True)
    ]


def _choices(session: Session) -> list[tuple[str, str]]:
    """Return what can be played of a session: the values and the words."""
    several = len({rep.stance_side for rep in session.reps}) > 1
    numbered = []
    for rep in session.reps:
        leg = f", {session.exercise.side_words(rep.stance_side)}" if several else ""
        numbered.append((str(rep.index), f"{rep.name} {rep.index}{leg}"))
    return [*_CHOICES, *numbered]


def _data(there: TimeMap, events: tuple[tuple[float, str], ...]) -> dict[str, Any]:
    """Return what the script needs: the shared time, and how it leads to that of each film."""
    return {
        "start": events[0][0] - AROUND_S,
        "end": events[-1][0] + AROUND_S,
        "events": [{"at": at, "name": name} for at, name in events],
        "films": [[[here, here] for here, _ in there.knots], [list(knot) for knot in there.knots]],
    }
