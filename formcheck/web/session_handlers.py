"""Request handlers for saved sessions: list, report, changes, exports, progress and passport.

The passport is a page with all exercises of one person. Modules that only some of these pages need
are imported late, so that the first page of the app does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from formcheck.app.options import MOST_PAIN, SpanOptions, declared
from formcheck.data.errors import UsageError
from formcheck.data.numbers import count_words
from formcheck.data.session import Rep, Session
from formcheck.report.html import Linked
from formcheck.report.html import render as report_page
from formcheck.report.wording import capital
from formcheck.store.history.history_store import Filter, History
from formcheck.web.answers import body_of, not_found, sentence, shown_for, text_in
from formcheck.web.library import LONGEST_TITLE, ONLY_NUMBERS, KeptSession, people_in
from formcheck.web.option_form import FormField, form_fields, options_from
from formcheck.web.site import Site, asset_url, filled, message_page, page

if TYPE_CHECKING:
    from formcheck.report.passport_view import PassportView
    from formcheck.store.result_files import OpenSession

_EXPORTS = {"csv": "text/csv", "pdf": "application/pdf", "trc": "text/plain"}
_SEARCH_FIELDS = ("q", "person", "exercise", "sort")
_NOT_JUDGED = 2.0
"""Place of a session without a verdict in the order by form: after all shares, which are 0 to 1."""
_NOBODY_SURE = "There is no session of this person in which it is certain which leg was working."
_ORDERS: Mapping[str, tuple[str, Callable[[KeptSession], Any] | None]] = {
    "newest": ("Newest first", None),
    "oldest": ("Oldest first", lambda one: one.overview.performed),
    "title": ("Title", lambda one: one.title.casefold()),
    "person": ("Person", lambda one: one.overview.person.casefold()),
    "form": (
        "Worst form first",
        lambda one: _NOT_JUDGED if (share := one.overview.good_share) is None else share,
    ),
}
"""Orders of the list: label and sort key; among equal sessions, the newest comes first."""


def sessions(site: Site, request: Request) -> Response:
    """Answer with the page of all sessions, or of those that were searched for."""
    everything = site.library.sessions()
    asked = {name: request.query_params.get(name, "") for name in _SEARCH_FIELDS}
    exercises = {one.overview.exercise: one.overview.exercise_title for one in everything}
    people = [(site.person_id(name), name) for name in people_in(everything)]
    found = [one for one in everything if _matches(site, one, asked)]
    _, by = _ORDERS.get(asked["sort"], _ORDERS["newest"])
    if by is not None:
        found.sort(key=by)
    return page(
        "sessions.html",
        here="sessions",
        inside=True,
        asked=asked,
        people=people,
        names=[name for _, name in people],
        exercises=sorted(exercises.items(), key=lambda one: one[1]),
        orders=[(order, words) for order, (words, _) in _ORDERS.items()],
        sessions=[_card(site, one) for one in found],
        any_session=bool(everything),
        count=count_words(len(found), "session"),
        longest=LONGEST_TITLE,
    )


def _matches(site: Site, one: KeptSession, asked: Mapping[str, str]) -> bool:
    shown = one.overview
    if asked["person"] and site.person_id(shown.person) != asked["person"]:
        return False
    if asked["exercise"] and shown.exercise != asked["exercise"]:
        return False
    words = " ".join(
        (one.title, shown.person, shown.exercise_title, shown.film, shown.day)
    ).casefold()
    return all(word in words for word in asked["q"].casefold().split())


def _card(site: Site, one: KeptSession) -> dict[str, Any]:
    shown = one.overview
    return {
        "id": one.id,
        "title": one.title,
        "person": shown.person,
        "exercise": shown.exercise_title,
        "day": shown.day,
        "reps": count_words(shown.reps, shown.effort),
        "effort": shown.effort,
        "verdict": shown.verdict,
        "still": first_still(one),
        "progress": f"/progress/{site.person_id(shown.person)}/{shown.exercise}",
        "drawing": site.is_busy(one.id),
        "missing": one.missing,
        "folder": "" if one.row is None else str(one.folder),
    }


def report(site: Site, request: Request) -> Response:
    """Answer with the report of a session."""
    from formcheck.report.view import view
    from formcheck.web.pair_handlers import pair_links

    session_id = request.path_params["session"]
    kept = site.library.find(session_id)
    if kept is not None and kept.missing:
        return message_page("This report is no longer there", f"{kept.missing} {ONLY_NUMBERS}", 404)
    if kept is None:
        return not_found()
    opened = kept.opened()
    inside = shown_for(site, request.state.key)["inside"]
    pairs = pair_links(session_id, opened.session)
    bar = filled(
        "report_bar.html",
        session=_card(site, kept),
        pairs=pairs,
        clips=_clips(session_id, opened),
        here="",
        inside=inside,
    )
    text = report_page(view(opened.session), linked=linked_report(session_id, opened, bar))
    return Response(text, media_type="text/html")


def _clips(session_id: str, opened: OpenSession) -> list[tuple[str, str, str]]:
    """Return label, address and file name of each film of one repetition that can be made."""
    if opened.film is None:
        return []
    place, session = f"/sessions/{session_id}/clips", opened.session
    return [
        (f"{capital(rep.name)} {rep.index}", f"{place}/{rep.index}", clip_name(session, rep))
        for rep in session.reps
    ]


def linked_report(session_id: str, opened: OpenSession, bar: str = "") -> Linked:
    """Return the addresses of the parts of a session's report."""
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
    """Rename a session, or assign it to a person."""
    session_id = request.path_params["session"]
    kept = site.library.find(session_id)
    if kept is None:
        return not_found()
    _require_not_busy(site, session_id)
    data = await body_of(request)
    title, person = text_in(data, "title"), text_in(data, "person")
    if len(person) > LONGEST_TITLE:
        raise UsageError(
            f"the name is longer than {LONGEST_TITLE} characters", hint="Write a shorter name."
        )
    if title != kept.title:
        await run_in_threadpool(site.library.rename, session_id, title)
    if person != kept.overview.person:
        await run_in_threadpool(site.library.assign, session_id, person)
    return Response(status_code=204)


async def enter_pain(site: Site, request: Request) -> Response:
    """Enter the pain during a session, 0 to 10."""
    session_id = request.path_params["session"]
    pain = (await body_of(request)).get("pain")
    if site.library.find_there(session_id) is None:
        return not_found()
    if type(pain) is not int or not 0 <= pain <= MOST_PAIN:
        raise UsageError(f"pain must be a number from 0 to {MOST_PAIN}", hint="Choose a number.")
    await run_in_threadpool(site.library.enter_pain, session_id, pain)
    return Response(status_code=204)


def delete_session(site: Site, request: Request) -> Response:
    """Delete a session for good, and remove its film from the queue."""
    session_id = request.path_params["session"]
    if site.library.find(session_id) is None:
        return not_found()
    _require_not_busy(site, session_id)
    site.library.delete(session_id)
    site.films.remove(session_id)
    return Response(status_code=204)


def film(site: Site, request: Request) -> Response:
    """Answer with the annotated film of a session, or a part of it."""
    found = site.library.film(request.path_params["session"])
    return not_found() if found is None else FileResponse(found, media_type="video/mp4")


def still(site: Site, request: Request) -> Response:
    """Answer with the picture of a repetition."""
    number = _rep_number(request)
    if number is None:
        return not_found()
    found = site.library.still(request.path_params["session"], number)
    return not_found() if found is None else FileResponse(found, media_type="image/jpeg")


def _rep_number(request: Request) -> int | None:
    """Return the repetition's number in the path; ``None`` if it is not a number."""
    number = request.path_params["rep"]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 6 else None


def clip(site: Site, request: Request) -> Response:
    """Make the film of one repetition, and answer with it."""
    from formcheck.app.clips import write_clip

    kept, number = site.library.find_there(request.path_params["session"]), _rep_number(request)
    opened = None if kept is None else kept.opened()
    reps = () if opened is None else opened.session.reps
    rep = next((one for one in reps if one.index == number), None)
    if opened is None or rep is None:
        return not_found()
    data = site.shared_films.make(partial(write_clip, opened, rep))
    return attached(data, "video/mp4", clip_name(opened.session, rep))


def clip_name(session: Session, rep: Rep) -> str:
    """Return the name of the film of one repetition."""
    return f"{session.day}_{rep.name}_{rep.index}.mp4"


def attached(data: bytes, media_type: str, name: str) -> Response:
    """Answer with a file that the browser saves."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


def export(site: Site, request: Request) -> Response:
    """Answer with a session as a table, a PDF or joint positions."""
    session_id, form = request.path_params["session"], request.path_params["form"]
    kept = site.library.find_there(session_id)
    if kept is None or form not in _EXPORTS:
        return not_found()
    opened = kept.opened()
    if form == "trc":
        data, name = site.library.exported(session_id, form)
    else:
        from formcheck.report.formats import render

        data, name = render(opened.session, form, opened.stills), f"formcheck.{form}"
    return attached(data, _EXPORTS[form], f"{opened.session.day}_{name}")


def progress(site: Site, request: Request) -> Response:
    """Answer with a person's progress in one exercise."""
    from formcheck.app.progress import advice_for, heading_of, past_of, progress_view, sides_of
    from formcheck.report import progress_page
    from formcheck.store.history.over_time import trends

    person_id, exercise = request.path_params["person"], request.path_params["exercise"]
    with History(site.library.history) as history:
        person = _person_of(site, history, person_id)
        entries = (
            [] if person is None else history.entries(Filter(person=person, exercise=exercise))
        )
        if not entries:
            return message_page(
                "No progress yet",
                "There is no session of this person with this exercise in which it is certain "
                "which leg was working.",
                404,
            )
        known, whose, past = past_of(history, exercise, person)
    by_side = {one: trends(known, past, one) for one in sides_of(past, None)}
    advice = advice_for(known, past, None)
    shown = progress_view(heading_of(known, whose, past), past, by_side, advice)
    page_text = progress_page.render(shown, _linked_page(f"/passport/{person_id}"))
    return Response(page_text, media_type="text/html")


def passport(site: Site, request: Request) -> Response:
    """Answer with a person's passport, for the days in the query."""
    from formcheck.report import passport_page

    asked = _days_asked(request)
    days = [replace(one, value=asked[one.name]) for one in form_fields(SpanOptions)]
    try:
        shown = _passport_shown(site, request)
    except UsageError as error:
        return page(
            "no_passport.html", 422, here="", inside=True, days=days, text=sentence(error.message)
        )
    if shown is None:
        return message_page("No passport yet", _NOBODY_SURE, 404)
    pdf = f"/passport/{request.path_params['person']}/pdf?{urlencode(asked)}"
    text = passport_page.render(shown, _linked_page(pdf=pdf, days=days))
    return Response(text, media_type="text/html")


def passport_pdf(site: Site, request: Request) -> Response:
    """Answer with a person's passport as a PDF."""
    from formcheck.report import passport_pdf

    shown = _passport_shown(site, request)
    if shown is None:
        return not_found()
    return attached(passport_pdf.render(shown), "application/pdf", "passport.pdf")


def _passport_shown(site: Site, request: Request) -> PassportView | None:
    """Return the content of the passport; ``None`` if there is no such person in the history.

    Raises
    ------
    UsageError
        A day is not valid, or there is no session in the span.
    """
    from formcheck.app.passport import passport_view

    span = options_from(SpanOptions, _days_asked(request))
    with History(site.library.history) as history:
        person = _person_of(site, history, request.path_params["person"])
        return None if person is None else passport_view(history, person, span)


def _days_asked(request: Request) -> dict[str, str]:
    return {one.name: request.query_params.get(one.name, "") for one in declared(SpanOptions)}


def _person_of(site: Site, history: History, person_id: str) -> str | None:
    """Return the name of the person with this id; ``None`` if there is none in the history."""
    return next((one for one in history.people() if site.person_id(one) == person_id), None)


def _linked_page(passport: str = "", pdf: str = "", days: Sequence[FormField] = ()) -> Linked:
    """Return the addresses of the parts of a person's page, and the content of its bar.

    The bar contains links to the passport and its PDF, and fields for its first and last day.
    """
    return Linked(
        asset_url("report.css"),
        asset_url("report.js"),
        head=filled("head.html"),
        bar=filled("person_bar.html", here="", inside=True, passport=passport, pdf=pdf, days=days),
    )


def _require_not_busy(site: Site, session_id: str) -> None:
    if site.is_busy(session_id):
        raise UsageError(
            "the results are still being drawn into the film of this session",
            hint="Wait until that is done, or cancel it on the page Films.",
        )


def first_still(session: KeptSession) -> str | None:
    """Return the address of the picture of the first repetition, if there is one."""
    index = session.overview.still
    return None if index is None else f"/sessions/{session.id}/stills/{index}"
