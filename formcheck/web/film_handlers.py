"""Request handlers for films: the first page, the upload, and the queue.

Each public function answers one route of ``routes.py``. An item of the queue is one film; after
measuring, its session has the same id.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.app.options import UploadOptions
from formcheck.data.errors import FormcheckError, UsageError
from formcheck.data.numbers import DRAWING_FILM, count_words
from formcheck.web.answers import body_of, fields_for, not_found, sentence, shown_for, values_of
from formcheck.web.film_queue import FilmRecord, Item
from formcheck.web.keys import Key
from formcheck.web.library import KeptSession
from formcheck.web.measuring import FilmProgress
from formcheck.web.session_handlers import first_still
from formcheck.web.site import Site, page
from formcheck.web.uploads import LARGEST_BYTES, FreeBytes, receive, require_room, shown_name

MOST_OF_PAIRING = 20
"""Most films in the queue from the devices of one pairing. Our choice: enough for one day, and
leaves room for others."""
_STAGES = {
    "loading": "Starting",
    "recognising": "Recognising the exercise",
    "measuring": "Measuring",
    "drawing": f"Measured. {DRAWING_FILM}",
}


def home(site: Site, request: Request) -> Response:
    """Answer with the page on which films are sent; a phone does not see other people's names."""
    key: Key = request.state.key
    fields = fields_for(key, UploadOptions)
    return page(
        "home.html",
        here="home",
        first=[one for one in fields if one.place == "first"],
        more=[one for one in fields if one.place == "more"],
        largest_gb=f"{LARGEST_BYTES / 1e9:.0f}",
        largest_bytes=LARGEST_BYTES,
        **shown_for(site, key),
    )


def queue(site: Site, request: Request) -> Response:
    """Answer with the films in the queue and their progress; a phone gets those of its pairing."""
    key: Key = request.state.key
    items = [one for one in site.films.items() if site.keys.opens(key, one.record.id)]
    shown = [_item_data(site, one) | {"may_remove": key.is_owner} for one in reversed(items)]
    return JSONResponse(
        {"films": shown if key.is_owner else [one | {"again": False} for one in shown]}
    )


async def add_film(site: Site, request: Request) -> Response:
    """Add a film to the queue; the page then uploads it with the id that is returned."""
    data = await body_of(request)
    name, values, size = data.get("name"), data.get("values"), data.get("size_bytes")
    if not isinstance(name, str) or not isinstance(values, dict) or type(size) is not int:
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    key: Key = request.state.key
    require_room(size, site.films.folder, _free_bytes(site), site.films.kept_bytes())
    record = await run_in_threadpool(_add, site, key, shown_name(name), values, size)
    return JSONResponse({"id": record.id}, 201)


def _add(site: Site, key: Key, name: str, values: Mapping[str, Any], size_bytes: int) -> FilmRecord:
    """Add a film to the queue and, if a phone sends it, to the phone's pairing."""
    values = values_of(site, key, values)
    if key.is_owner:
        return site.films.add(name, values, size_bytes)
    pairing = site.keys.pairing_of(key)
    if sum(one.record.id in pairing.sessions for one in site.films.items()) >= MOST_OF_PAIRING:
        raise UsageError(
            f"this person's phones have {MOST_OF_PAIRING} films in the list, and no more fit",
            hint="Remove finished films from the list on the computer.",
        )
    record = site.films.add(name, values, size_bytes)
    site.keys.put_session(pairing.id, record.id)
    return record


async def receive_film(site: Site, request: Request) -> Response:
    """Receive the upload of a film."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return not_found()
    if item.record.state != "receiving" or item.received_bytes:
        raise UsageError(
            "this film was sent already", hint="To measure it again, choose the film once more."
        )

    def note_received(done: int) -> None:
        site.keys.require(request.state.key)  # it may be revoked during the upload
        site.films.note_received(record.id, done)

    record = item.record
    film = site.films.film_of(record.id)
    try:
        await receive(
            request.stream(), film, record.size_bytes, note_received, _free_bytes(site, item)
        )
    except FormcheckError as error:
        await run_in_threadpool(site.films.give_up, record.id, error)
        raise
    await run_in_threadpool(site.films.received, record.id)
    return JSONResponse({"id": record.id})


async def try_again(site: Site, request: Request) -> Response:
    """Measure a film again, with other options; it is not uploaded again."""
    item_id = request.path_params["item"]
    item = site.films.find(item_id)
    if item is None:
        return not_found()
    values = (await body_of(request)).get("values")
    if not isinstance(values, dict):
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    await run_in_threadpool(_restart, site, item_id, values)
    return JSONResponse({"id": item_id})


def _restart(site: Site, item_id: str, values: dict[str, Any]) -> None:
    """Measure a film again; delete the previous session, in which no repetition was found."""
    site.films.require_again(item_id, values)
    if site.library.find(item_id) is not None:
        site.library.delete(item_id)
    site.films.try_again(item_id, values)


def _free_bytes(site: Site, receiving: Item | None = None) -> FreeBytes:
    """Return a function for the free disk space, less what other uploads still need."""

    def free(folder: Path) -> int:
        own = 0 if receiving is None else receiving.missing_bytes
        return site.free(folder) - site.films.expected_bytes() + own

    return free


def picture(site: Site, request: Request) -> Response:
    """Answer with the present picture of a film that is being measured; empty if it has ended."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return not_found()
    if item.progress is None or item.progress.picture is None:
        return Response(status_code=204)
    return Response(item.progress.picture, media_type="image/jpeg")


def remove_film(site: Site, request: Request) -> Response:
    """Cancel a film, or remove a finished one from the list."""
    item_id = request.path_params["item"]
    if site.films.find(item_id) is None:
        return not_found()
    site.films.remove(item_id)
    return Response(status_code=204)


def _item_data(site: Site, item: Item) -> dict[str, Any]:
    """Return what the page shows of one film: its state, progress and result."""
    record, progress = item.record, item.progress
    has_session = record.state in ("done", "no_repetition") or (
        progress is not None and progress.saved
    )
    session = site.library.find(record.id) if has_session else None
    return {
        "id": record.id,
        "name": record.name,
        "person": record.values.get("person", ""),
        "state": "measuring" if item.running else record.state,
        "status": _status(site, item, session),
        "share": _share(item),
        "left_s": None if progress is None else progress.left_s,
        "counted": _counted(progress),
        "picture": item.pictures if progress is not None and progress.picture is not None else None,
        "message": sentence(record.message),
        "hint": sentence(record.hint),
        "verdict": _verdict(record, session),
        "report": f"/sessions/{record.id}" if session is not None else None,
        "still": None if session is None else first_still(session),
        "cancelling": item.cancelled_s is not None,
        "again": site.films.can_try_again(record.id),
        "size_bytes": record.size_bytes,
        "values": record.values,
        "fields": record.fields,
    }


def _status(site: Site, item: Item, session: KeptSession | None) -> str:
    if item.cancelled_s is not None:
        return "Stopping"
    if site.films.held and item.record.state == "waiting":
        return "Waiting until the live set is over"
    if item.progress is not None:
        return _STAGES[item.progress.stage]
    if item.record.state == "done":
        return "Done" if session is not None else "Deleted"
    return {
        "receiving": "Uploading",
        "waiting": "Waiting for its turn",
        "no_repetition": "Nothing found",
        "failed": "This film could not be measured",
    }[item.record.state]


def _counted(progress: FilmProgress | None) -> str:
    """Return in words how much was found so far; empty before the film is analyzed."""
    if progress is None or progress.stage == "loading":
        return ""
    return count_words(progress.count, progress.effort)


def _share(item: Item) -> float | None:
    if item.record.state == "receiving":
        return item.received_bytes / max(1, item.record.size_bytes)
    return None if item.progress is None else item.progress.share


def _verdict(record: FilmRecord, session: KeptSession | None) -> list[str]:
    if record.verdict:
        return list(record.verdict)
    return [] if session is None or not session.overview.reps else [session.overview.verdict]
