"""Answers about films that are sent to be measured: the first page and the queue.

Each function answers one route (:mod:`formcheck.web.routes`). An item of the queue is a film until
it was measured; the session that comes of it has the same id.
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
from formcheck.data.numbers import DRAWING_FILM
from formcheck.web.answers import body_of, fields_for, not_found, sentence, shown_for, values_of
from formcheck.web.film_queue import Item, Kept
from formcheck.web.keys import Key
from formcheck.web.library import KeptSession
from formcheck.web.session_handlers import first_still
from formcheck.web.site import Site, page
from formcheck.web.uploads import LARGEST_BYTES, FreeBytes, receive, require_room, shown_name

MOST_OF_PAIRING = 20
"""Most films in the queue from the devices of one pairing. Our choice: enough for one training, and
leaves room for others."""
_STAGES = {
    "loading": "Starting",
    "recognising": "Recognising the exercise",
    "measuring": "Measuring",
    "drawing": f"Measured. {DRAWING_FILM}",
}


def home(site: Site, request: Request) -> Response:
    """Give the page on which films are dropped; a phone gets it without the others' names."""
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
    """Give the films in the queue and how far each is; to a phone those of its pairing."""
    key: Key = request.state.key
    items = [one for one in site.films.items() if site.keys.opens(key, one.kept.id)]
    shown = [_item_data(site, one) | {"may_remove": key.is_owner} for one in reversed(items)]
    return JSONResponse(
        {"films": shown if key.is_owner else [one | {"again": False} for one in shown]}
    )


async def add_film(site: Site, request: Request) -> Response:
    """Make room for a film; it is sent to the address that is given back."""
    data = await body_of(request)
    name, values, size = data.get("name"), data.get("values"), data.get("size_bytes")
    if not isinstance(name, str) or not isinstance(values, dict) or type(size) is not int:
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    key: Key = request.state.key
    require_room(size, site.films.folder, _room(site), site.films.kept_bytes())
    kept = await run_in_threadpool(_add, site, key, shown_name(name), values, size)
    return JSONResponse({"id": kept.id}, 201)


def _add(site: Site, key: Key, name: str, values: Mapping[str, Any], size_bytes: int) -> Kept:
    """Make room for a film; one that a phone sends is part of its pairing."""
    values = values_of(site, key, values)
    if key.is_owner:
        return site.films.add(name, values, size_bytes)
    pairing = site.keys.pairing_of(key)
    if sum(one.kept.id in pairing.sessions for one in site.films.items()) >= MOST_OF_PAIRING:
        raise UsageError(
            f"this training has {MOST_OF_PAIRING} films in the list, and no more fit",
            hint="Remove finished films from the list on the computer.",
        )
    kept = site.films.add(name, values, size_bytes)
    site.keys.put_session(pairing.id, kept.id)
    return kept


async def receive_film(site: Site, request: Request) -> Response:
    """Receive a film."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return not_found()
    if item.kept.state != "receiving" or item.received_bytes:
        raise UsageError(
            "this film was sent already", hint="To measure it again, choose the film once more."
        )

    def took(done: int) -> None:
        site.keys.require(request.state.key)  # it may be revoked meanwhile
        site.films.arrived(kept.id, done)

    kept = item.kept
    film = site.films.film_of(kept.id)
    try:
        await receive(request.stream(), film, kept.size_bytes, took, _room(site, item))
    except FormcheckError as error:
        await run_in_threadpool(site.films.give_up, kept.id, error)
        raise
    await run_in_threadpool(site.films.received, kept.id)
    return JSONResponse({"id": kept.id})


async def try_again(site: Site, request: Request) -> Response:
    """Measure a film that is still here anew, with other options."""
    item_id = request.path_params["item"]
    item = site.films.find(item_id)
    if item is None:
        return not_found()
    values = (await body_of(request)).get("values")
    if not isinstance(values, dict):
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    await run_in_threadpool(_again, site, item_id, values)
    return JSONResponse({"id": item_id})


def _again(site: Site, item_id: str, values: dict[str, Any]) -> None:
    """Measure anew, and delete the session of the last try, in which no repetition was found."""
    site.films.require_again(item_id, values)
    if site.library.find(item_id) is not None:
        site.library.delete(item_id)
    site.films.try_again(item_id, values)


def _room(site: Site, receiving: Item | None = None) -> FreeBytes:
    """Give free space on the disk, less what other films that are being received still need."""

    def free(folder: Path) -> int:
        own = 0 if receiving is None else receiving.missing_bytes
        return site.free(folder) - site.films.expected_bytes() + own

    return free


def picture(site: Site, request: Request) -> Response:
    """Give the picture of what is being seen in a film; nothing when it has just ended."""
    item = site.films.find(request.path_params["item"])
    if item is None:
        return not_found()
    if item.seen is None or item.seen.picture is None:
        return Response(status_code=204)
    return Response(item.seen.picture, media_type="image/jpeg")


def remove_film(site: Site, request: Request) -> Response:
    """Cancel a film, or take a finished one out of the list."""
    item_id = request.path_params["item"]
    if site.films.find(item_id) is None:
        return not_found()
    site.films.remove(item_id)
    return Response(status_code=204)


def _item_data(site: Site, item: Item) -> dict[str, Any]:
    """Give what the page shows of one film: its state, how far it is, and what came of it."""
    kept, seen = item.kept, item.seen
    has_session = kept.state in ("done", "no_repetition") or (seen is not None and seen.saved)
    session = site.library.find(kept.id) if has_session else None
    return {
        "id": kept.id,
        "name": kept.name,
        "person": kept.values.get("person", ""),
        "state": "measuring" if item.running else kept.state,
        "status": _status(site, item, session),
        "share": _share(item),
        "left_s": None if seen is None else seen.left_s,
        "count": None if seen is None or seen.stage == "loading" else seen.count,
        "picture": item.pictures if seen is not None and seen.picture is not None else None,
        "message": sentence(kept.message),
        "hint": sentence(kept.hint),
        "verdict": _verdict(kept, session),
        "report": f"/sessions/{kept.id}" if session is not None else None,
        "still": None if session is None else first_still(session),
        "cancelling": item.cancelled_s is not None,
        "again": site.films.can_try_again(kept.id),
        "size_bytes": kept.size_bytes,
        "values": kept.values,
        "fields": kept.fields,
    }


def _status(site: Site, item: Item, session: KeptSession | None) -> str:
    if item.cancelled_s is not None:
        return "Stopping"
    if site.films.held and item.kept.state == "waiting":
        return "Waiting until the live set is over"
    if item.seen is not None:
        return _STAGES[item.seen.stage]
    if item.kept.state == "done":
        return "Done" if session is not None else "Deleted"
    return {
        "receiving": "Uploading",
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
    return [] if session is None or not session.overview.reps else [session.overview.verdict]
