"""Request handlers for the page that shows two repetitions side by side.

The page shows the two films in step, the curves over each other, and the differences. It compares
two sessions, the two legs of one session, or two repetitions of it (``app/pairing.py``).
"""

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
    NamedSession,
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
from formcheck.report.changes import BY_CHANCE, table_of
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
"""Query parameters that name the repetition of the left and of the right film."""


def side_by_side(site: Site, request: Request) -> Response:
    """Answer with the page of two sessions, two legs of one, or two repetitions."""
    found = _sessions_and_pairs(site, request.query_params)
    if found is None:
        return not_found()
    sessions, pairs, pair = found
    return page("pair.html", **_template_values(site, sessions, pairs, pair, request.query_params))


def film_of_two(site: Site, request: Request) -> Response:
    """Make the film of two repetitions side by side, and answer with it."""
    found = _sessions_and_pairs(site, request.query_params)
    if found is None:
        return not_found()
    sessions, _, pair = found
    first, second = (_opened(sessions, half) for half in pair.halves)
    data = site.shared_films.make(partial(write_side_by_side, pair, (first, second)))
    return attached(data, "video/mp4", FILM_NAME)


def _sessions_and_pairs(
    site: Site, asked: QueryParams
) -> tuple[dict[str, OpenSession], list[Pair], Pair] | None:
    """Open the sessions that the query names, and find the pairs to compare.

    Returns
    -------
    The sessions by id, all possible pairs, and the pair that is shown; ``None`` if a session does
    not exist.
    """
    ids = asked.getlist("s")
    if len(ids) not in (1, 2):
        raise UsageError(
            "choose one or two sessions to compare", hint="Tick them in the list of sessions."
        )
    kept_ones = [kept for one in ids if (kept := site.library.find_there(one)) is not None]
    if len(kept_ones) < len(ids):
        return None
    # The earlier session is on the left, in whatever order they were ticked.
    kept_ones.sort(key=lambda one: (one.overview.day, one.overview.created))
    sessions = {one.id: one.opened() for one in kept_ones}
    named = [NamedSession(sessions[one.id].session, one.title) for one in kept_ones]
    pairs = _possible_pairs(asked, named)
    pair = next((one for one in pairs if one.heading == asked.get("leg")), pairs[0])
    require_two(pair)
    return sessions, pairs, pair


def pair_links(session_id: str, session: Session) -> list[tuple[str, str]]:
    """Return label and address of each comparison that is possible within a session."""
    links = []
    if len(session.reps) > 1:
        links.append(("Best and worst side by side", _address([session_id])))
    if {"left", "right"} <= {rep.stance_side for rep in session.reps if rep.stance_sure}:
        links.append(("Left and right side by side", _address([session_id], of=_LEGS)))
    return links


def _address(ids: list[str], **more: str) -> str:
    return f"{ADDRESS}?{urlencode([*(('s', one) for one in ids), *more.items()])}"


def _possible_pairs(asked: QueryParams, named: list[NamedSession]) -> list[Pair]:
    first, second = named[0], named[-1]
    if len(named) == 1 and asked.get("of") == _LEGS:
        return [pair_of_legs(first)]
    usual = _default_choice(len(named))
    words = _chosen_reps(asked, usual)
    if len(named) == 2 and words == usual:
        return pairs_of_sessions(first, second)
    return [pair_of_reps(first, second, words)]


def _default_choice(sessions: int) -> tuple[str, str]:
    """Return the default repetitions, for one session or for two."""
    return (BEST, WORST) if sessions == 1 else (TYPICAL, TYPICAL)


def _chosen_reps(asked: QueryParams, usual: tuple[str, str]) -> tuple[str, str]:
    left, right = (asked.get(side) or word for side, word in zip(_SIDES, usual, strict=True))
    return left, right


def _template_values(
    site: Site,
    sessions: dict[str, OpenSession],
    pairs: list[Pair],
    pair: Pair,
    asked: QueryParams,
) -> dict[str, Any]:
    """Return the values for the page's template."""
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
        "halves": [_film_data(site, sessions, half) for half in pair.halves],
        "upright": any(_is_upright(half) for half in pair.halves),
        "names": pair.names,
        "events": events,
        "charts": aligned_charts(curves, pair.names, events, exercise.effort),
        "samples": [key_sample(LINES[0]), key_sample(LINES[1], dashed=True)],
        "table": table_of("", (), pair.names, pair.differences, "pair"),
        "by_chance": BY_CHANCE,
        "single": pair.single,
        "ids": ids,
        "links": [] if len(ids) > 1 else _other_links(ids[0], pair, is_legs=is_legs),
        "legs": [one.heading for one in pairs],
        "leg": pair.heading,
        "pickers": _pickers(
            sessions, ("", "") if is_legs else _chosen_reps(asked, _default_choice(len(ids)))
        ),
        "film": _film_link(sessions, pair, asked),
        "film_name": FILM_NAME,
        "data": _script_data(there, events),
        "paint": paint,
    }


def _other_links(session_id: str, pair: Pair, *, is_legs: bool) -> list[tuple[str, str]]:
    """Return the links to the other comparisons that are possible within the session."""
    links = pair_links(session_id, pair.halves[0].session)
    return [(words, link) for words, link in links if link.endswith(_LEGS) != is_legs]


def _film_link(sessions: dict[str, OpenSession], pair: Pair, asked: QueryParams) -> str:
    """Return the address of the film to share; empty if a session was saved without a film."""
    films = [_opened(sessions, half).film for half in pair.halves]
    return "" if None in films else f"{ADDRESS}/film?{urlencode(asked.multi_items())}"


def _opened(sessions: dict[str, OpenSession], half: Half) -> OpenSession:
    return next(one for one in sessions.values() if one.session is half.session)


def _film_data(site: Site, sessions: dict[str, OpenSession], half: Half) -> dict[str, Any]:
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
    """Return, for each of the two films, the repetitions to choose from and the chosen one."""
    opened = list(sessions.values())
    return [
        {"name": name, "choices": _choices(one.session), "chosen": word}
        for name, one, word in zip(_SIDES, (opened[0], opened[-1]), chosen, strict=True)
    ]


def _choices(session: Session) -> list[tuple[str, str]]:
    """Return the repetitions of a session to choose from: value and label."""
    several = len({rep.stance_side for rep in session.reps}) > 1
    numbered = []
    for rep in session.reps:
        leg = f", {session.exercise.side_words(rep.stance_side)}" if several else ""
        numbered.append((str(rep.index), f"{rep.name} {rep.index}{leg}"))
    return [*_CHOICES, *numbered]


def _script_data(there: TimeMap, events: tuple[tuple[float, str], ...]) -> dict[str, Any]:
    """Return the data for the page's script: the shared time, and its relation to each film's time.

    ``films`` contains, for each film, pairs of shared time and time in the film.
    """
    return {
        "start": events[0][0] - AROUND_S,
        "end": events[-1][0] + AROUND_S,
        "events": [{"at": at, "name": name} for at, name in events],
        "films": [[[here, here] for here, _ in there.knots], [list(knot) for knot in there.knots]],
    }
