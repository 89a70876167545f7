"""The answers to requests; which request leads where is in ``routes.py``."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from formcheck.app.progress import advice_for, heading_of, past_of, progress_view, sides_of
from formcheck.data.errors import FormcheckError, UsageError
from formcheck.data.numbers import count_words
from formcheck.data.session import Session
from formcheck.report import progress_page
from formcheck.report.html import Linked
from formcheck.report.html import render as report_page
from formcheck.report.view import view
from formcheck.report.wording import capital
from formcheck.store.history.history_store import History
from formcheck.store.history.over_time import trends
from formcheck.store.result_files import OpenSession
from formcheck.web.film_queue import Item, Kept
from formcheck.web.library import LONGEST_TITLE, KeptSession, people_in
from formcheck.web.option_form import form_fields
from formcheck.web.pair_handlers import pair_links
from formcheck.web.site import Site, asset_url, assets, filled, message_page, page
from formcheck.web.uploads import LARGEST_BYTES, receive, require_room, shown_name

_LARGEST_BODY_BYTES = 64_000
_STAGES = {
    "loading": "Starting",
    "recognising": "Recognising the exercise",
    "measuring": "Measuring",
    "drawing": "Measured. Drawing the film",
}
_EXPORTS = {"csv": "text/csv", "pdf": "application/pdf", "trc": "text/plain"}

# --- the way in ----------------------------------------------------------------------------


def enter_page(_site: Site, _request: Request) -> Response:
    """Give the page that exchanges a link's token for a cookie."""
    return page("enter.html", here="", inside=False)


async def enter(site: Site, request: Request) -> Response:
    """Exchange a token for a cookie."""
    token = _text(await _body(request), "token")
    cookie = site.keys.exchange(token)
    if cookie is None:
        return problem(
            UsageError(
                "this link was used already, or is of an earlier start",
                hint="Go on in the tab that is open, or start formcheck app again.",
            ),
            403,
        )
    answer = JSONResponse({"next": "/"})
    answer.set_cookie(site.address.cookie_name, cookie, httponly=True, samesite="strict", path="/")
    return answer


def asset(_site: Site, request: Request) -> Response:
    """Give a style sheet, script or picture of the pages."""
    found = assets().get(request.path_params["name"])
    if found is None:
        return _not_found()
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "max-age=3600"})


# --- home and the queue --------------------------------------------------------------------


def home(site: Site, _request: Request) -> Response:
    """Give the page on which films are dropped."""
    fields = form_fields()
    return page(
        "home.html",
        here="home",
        inside=True,
        first=[one for one in fields if one.place == "first"],
        more=[one for one in fields if one.place == "more"],
        people=site.library.people(),
        largest_gb=f"{LARGEST_BYTES / 1e9:.0f}",
        largest_bytes=LARGEST_BYTES,
    )


def queue(site: Site, _request: Request) -> Response:
    """Give the films in the queue and how far each is."""
    items = site.films.items()
    return JSONResponse({"films": [_item_data(site, one) for one in reversed(items)]})


async def add_film(site: Site, request: Request) -> Response:
    """Make room for a film; it is sent to the address that is given back."""
    data = await _body(request)
    name, values, size = data.get("name"), data.get("values"), data.get("size_bytes")
    if not isinstance(name, str) or not isinstance(values, dict) or type(size) is not int:
        raise UsageError("the request is incomplete", hint="Reload the page.")
    require_room(size, site.films.folder, site.free)
    kept = await run_in_threadpool(site.films.add, shown_name(name), values, size)
    return JSONResponse({"id": kept.id}, 201)


async def receive_film(site: Site, request: Request) -> Response:
    """Receive a film."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return _not_found()
    if item.kept.state != "receiving" or item.received_bytes:
        raise UsageError("this film was received already", hint="Drop it again to measure it anew.")

    def took(done: int) -> None:
        item.received_bytes = done

    kept = item.kept
    film = site.films.film_of(kept.id)
    try:
        await receive(request.stream(), film, kept.size_bytes, took, site.free)
    except FormcheckError as error:
        await run_in_threadpool(site.films.give_up, kept.id, error)
        raise
    await run_in_threadpool(site.films.received, kept.id)
    return JSONResponse({"id": kept.id})


def picture(site: Site, request: Request) -> Response:
    """Give the picture of what is being seen in a film; nothing when it has just ended."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return _not_found()
    if item.seen is None or item.seen.picture is None:
        return Response(status_code=204)
    return Response(item.seen.picture, media_type="image/jpeg")


def remove_film(site: Site, request: Request) -> Response:
    """Cancel a film, or take a finished one out of the list."""
    item_id = request.path_params["item"]
    if site.films.find(item_id) is None:
        return _not_found()
    site.films.remove(item_id)
    return Response(status_code=204)


def _item_data(site: Site, item: Item) -> dict[str, Any]:
    kept, seen = item.kept, item.seen
    has_session = kept.state in ("done", "no_repetition") or (seen is not None and seen.saved)
    session = site.library.find(kept.id) if has_session else None
    return {
        "id": kept.id,
        "name": kept.name,
        "person": kept.values.get("person", ""),
        "state": "measuring" if item.running else kept.state,
        "status": _status(item, session),
        "share": _share(item),
        "left_s": None if seen is None else seen.left_s,
        "count": None if seen is None or seen.stage in ("loading", "recognising") else seen.count,
        "picture": item.pictures if seen is not None and seen.picture is not None else None,
        "message": _sentence(kept.message),
        "hint": _sentence(kept.hint),
        "verdict": _verdict(kept, session),
        "report": f"/sessions/{kept.id}" if session is not None else None,
        "still": _first_still(session),
        "cancelling": item.cancelled_s is not None,
    }


def _status(item: Item, session: KeptSession | None) -> str:
    if item.cancelled_s is not None:
        return "Stopping"
    if item.seen is not None:
        return _STAGES[item.seen.stage]
    if item.kept.state == "done":
        return "Done" if session is not None else "Deleted"
    return {
        "receiving": "Receiving the film",
        "waiting": "Waiting for its turn",
        "no_repetition": "No repetition found",
        "failed": "This film could not be measured",
    }[item.kept.state]


def _share(item: Item) -> float | None:
    if item.kept.state == "receiving":
        return item.received_bytes / max(1, item.kept.size_bytes)
    return None if item.seen is None else item.seen.share


def _verdict(kept: Kept, session: KeptSession | None) -> list[str]:
    if kept.verdict:
        return list(kept.verdict)
    return [] if session is None or not session.session.reps else _head_of(session.session)


def _head_of(session: Session) -> list[str]:
    return list(view(session).verdict)


def _first_still(session: KeptSession | None) -> str | None:
    if session is None:
        return None
    found = (rep.index for rep in session.session.reps if rep.still is not None)
    first = next(found, None)
    return None if first is None else f"/sessions/{session.id}/stills/{first}"


# --- sessions ------------------------------------------------------------------------------


def sessions(site: Site, request: Request) -> Response:
    """Give the page of all sessions, or of those that were searched for."""
    everything = site.library.sessions()
    asked = {name: request.query_params.get(name, "") for name in ("q", "person", "exercise")}
    exercises = {one.session.exercise.id: one.session.exercise.title for one in everything}
    people = [(site.person_id(name), name) for name in people_in(everything)]
    shown = [one for one in everything if _fits(site, one, asked)]
    return page(
        "sessions.html",
        here="sessions",
        inside=True,
        asked=asked,
        people=people,
        names=[name for _, name in people],
        exercises=sorted(exercises.items(), key=lambda one: one[1]),
        sessions=[_card(site, one) for one in shown],
        any_session=bool(everything),
        count=count_words(len(shown), "session"),
        longest=LONGEST_TITLE,
    )


def _fits(site: Site, one: KeptSession, asked: Mapping[str, str]) -> bool:
    session = one.session
    if asked["person"] and site.person_id(session.person) != asked["person"]:
        return False
    if asked["exercise"] and session.exercise.id != asked["exercise"]:
        return False
    words = " ".join(
        (one.title, session.person, session.exercise.title, session.source.name, session.day)
    ).casefold()
    return all(word in words for word in asked["q"].casefold().split())


def _card(site: Site, one: KeptSession) -> dict[str, Any]:
    session = one.session
    return {
        "id": one.id,
        "title": one.title,
        "person": session.person,
        "exercise": session.exercise.title,
        "day": session.day,
        "reps": count_words(len(session.reps), "repetition"),
        "verdict": (_head_of(session) or [""])[0],
        "still": _first_still(one),
        "progress": f"/progress/{site.person_id(session.person)}/{session.exercise.id}",
        "drawing": site.films.is_drawing(one.id),
    }


def report(site: Site, request: Request) -> Response:
    """Give the report of a session."""
    session_id = request.path_params["session"]
    opened, kept = site.library.opened(session_id), site.library.find(session_id)
    if opened is None or kept is None:
        return _not_found()
    pairs = pair_links(session_id, opened.session)
    bar = filled("report_bar.html", session=_card(site, kept), pairs=pairs, here="", inside=True)
    text = report_page(view(opened.session), linked=linked_report(session_id, opened, bar))
    return Response(text, media_type="text/html")


def linked_report(session_id: str, opened: OpenSession, bar: str = "") -> Linked:
    """Say where the parts of a session's report are."""
    place = f"/sessions/{session_id}"
    return Linked(
        style=asset_url("report.css"),
        script=asset_url("report.js"),
        stills={index: f"{place}/stills/{index}" for index in opened.stills},
        video=None if opened.film is None else f"{place}/film",
        head=filled("head.html"),
        bar=bar,
    )


async def change_session(site: Site, request: Request) -> Response:
    """Rename a session, or say whose it is."""
    session_id = request.path_params["session"]
    kept = site.library.find(session_id)
    if kept is None:
        return _not_found()
    _require_drawn(site, session_id)
    data = await _body(request)
    title, person = _text(data, "title"), _text(data, "person")
    if len(person) > LONGEST_TITLE:
        raise UsageError(f"the name is longer than {LONGEST_TITLE} characters", hint="Shorten it.")
    if title != kept.title:
        await run_in_threadpool(site.library.rename, session_id, title)
    if person != kept.session.person:
        await run_in_threadpool(site.library.assign, session_id, person)
    return Response(status_code=204)


def delete_session(site: Site, request: Request) -> Response:
    """Delete a session for good, and its line in the queue."""
    session_id = request.path_params["session"]
    if site.library.find(session_id) is None:
        return _not_found()
    _require_drawn(site, session_id)
    site.library.delete(session_id)
    site.films.remove(session_id)
    return Response(status_code=204)


def film(site: Site, request: Request) -> Response:
    """Give the annotated film of a session, or a part of it."""
    found = site.library.film(request.path_params["session"])
    return _not_found() if found is None else FileResponse(found, media_type="video/mp4")


def still(site: Site, request: Request) -> Response:
    """Give the picture of a repetition."""
    number = request.path_params["rep"]
    if not number.isascii() or not number.isdigit() or len(number) > 6:
        return _not_found()
    found = site.library.still(request.path_params["session"], int(number))
    return _not_found() if found is None else Response(found, media_type="image/jpeg")


def export(site: Site, request: Request) -> Response:
    """Give a session as a table, a PDF or keypoints."""
    session_id, form = request.path_params["session"], request.path_params["form"]
    opened = site.library.opened(session_id)
    if opened is None or form not in _EXPORTS:
        return _not_found()
    if form == "trc":
        data, name = site.library.exported(session_id, form)
    else:
        from formcheck.report.forms import render

        data, name = render(opened.session, form, opened.stills), f"formcheck.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{opened.session.day}_{name}"'}
    return Response(data, media_type=_EXPORTS[form], headers=headers)


def progress(site: Site, request: Request) -> Response:
    """Give a person's progress in one exercise."""
    person_id, exercise = request.path_params["person"], request.path_params["exercise"]
    with History(site.library.history) as history:
        person = next((one for one in history.people() if site.person_id(one) == person_id), None)
        entries = [] if person is None else history.entries()
        if not any(one.person == person and one.exercise == exercise for one in entries):
            return message_page(
                "No progress yet",
                "There is no session of this person and exercise in which every working leg is "
                "sure.",
                404,
            )
        known, whose, past = past_of(history, exercise, person)
    by_side = {one: trends(known, past, one) for one in sides_of(past, None)}
    advice = advice_for(known, past, None)
    shown = progress_view(heading_of(known, whose, past), past, by_side, advice)
    bar = filled("bar.html", here="", inside=True)
    linked = Linked(
        asset_url("report.css"), asset_url("report.js"), head=filled("head.html"), bar=bar
    )
    return Response(progress_page.render(shown, linked), media_type="text/html")


# --- shared --------------------------------------------------------------------------------


def _require_drawn(site: Site, session_id: str) -> None:
    if site.films.is_drawing(session_id):
        raise UsageError(
            "the film of this session is still being drawn",
            hint="Wait until it is done, or cancel it on the first page.",
        )


async def _body(request: Request) -> dict[str, Any]:
    """Read a small body of JSON."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _LARGEST_BODY_BYTES:
            raise UsageError("the request is too large", hint="Reload the page.")
    plain: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        plain = msgspec.json.decode(bytes(data))
    if not isinstance(plain, dict):
        raise UsageError("the request cannot be read", hint="Reload the page.")
    return plain


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise UsageError("the request is incomplete", hint="Reload the page.")
    return value


def _sentence(text: str) -> str:
    """Write a message as a sentence."""
    text = text.strip()
    if not text:
        return ""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def _not_found() -> Response:
    return message_page("Not found", "There is nothing at this address.", 404)


def problem(error: FormcheckError, status: int) -> Response:
    """Answer with what went wrong and what to do."""
    return JSONResponse(
        {
            "message": _sentence(error.message),
            "hint": _sentence(error.hint),
            "fields": list(error.options),
        },
        status,
    )
