"""Request handlers of the live pages; ``routes.py`` says which path leads to which handler.

A page with a camera sends its pictures through a web socket; a *screen* (a page that only shows the
session) receives them. In networks that block web sockets, plain requests are used instead: each
picture is sent by one request, whose answer contains the new messages, and a screen asks for new
messages again and again. All messages are passed to and from :class:`LiveDesk`.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.websockets import WebSocket, WebSocketDisconnect

from formcheck.app.options import (
    MOST_PAIN,
    OWN_PROGRAMME,
    SAID_BY_BLOCKS,
    LiveOptions,
    PageProgrammeOptions,
    require_possible_in_programme,
)
from formcheck.data.errors import UsageError
from formcheck.web.answers import (
    body_of,
    fields_for,
    not_found,
    shown_for,
    text_in,
    values_of,
)
from formcheck.web.keys import Key, KeyRole, WrongKeyError
from formcheck.web.live_sets.desk import LiveDesk, LiveRun
from formcheck.web.live_sets.followers import Follower, FollowsAs, Message
from formcheck.web.live_sets.wire import LARGEST_PICTURE_BYTES, PageCommand, unpacked_picture
from formcheck.web.option_form import options_from, programme_from
from formcheck.web.site import Site, page

ANSWER_WITHIN_S = 0.3
"""A request with a picture is answered after this time at the latest, even if the picture was not
analyzed yet. Our choice."""
_NO_SUCH = 4404
"""Code with which a web socket is closed if there is no such session; ``live_link.js`` knows it."""
_LENGTHS = struct.Struct("<II")
_PLAN = (
    "programme",
    "own_programme",
    "exercise",
    "side",
    "reps",
    "target_hold_s",
    "sets",
    "rest_s",
)
"""The fields of the form that come first, in this group."""
_COMMANDS = ("pause", "go_on", "go", "skip", "repeat", "end")


# --- pages ---------------------------------------------------------------------------------


def live_page(site: Site, request: Request) -> Response:
    """Return the page that films the person and shows the live session."""
    key: Key = request.state.key
    of_programmes = fields_for(key, PageProgrammeOptions)
    fields = of_programmes + fields_for(key, LiveOptions)
    first = [one for one in fields if one.place == "first"]
    return page(
        "live.html",
        here="live",
        first=sorted(first, key=lambda one: one.name not in _PLAN),
        more=[one for one in fields if one.place == "more"],
        look=_style_data(),
        most_pain=MOST_PAIN,
        said_by_blocks=" ".join(SAID_BY_BLOCKS),
        of_programmes=" ".join(one.name for one in of_programmes if one.place == "more"),
        own=OWN_PROGRAMME,
        **shown_for(site, key),
    )


def screen_page(site: Site, request: Request) -> Response:
    """Return the page that shows a live session on a second, big screen."""
    inside = shown_for(site, request.state.key)["inside"]
    return page("screen.html", here="live", inside=inside, look=_style_data())


def _style_data() -> str:
    """Return colours, line styles and tones as JSON: the same as in the window of ``live``."""
    from formcheck.coach.sound.tones import FADE_IN_S, LOUDNESS, OVERTONES, TONES  # heavy
    from formcheck.data.palette import FILLS, INK, PAPER
    from formcheck.screen.panels import TARGET_AT
    from formcheck.screen.shapes import DASH, OUTLINE

    data = {
        "outline": OUTLINE,
        "dash": DASH,
        "ink": INK,
        "paper": PAPER,
        "fills": FILLS,
        "target_at": TARGET_AT,
        "tones": {
            name: [[note.pitch_hz, note.length_s, note.loudness] for note in notes]
            for name, notes in TONES.items()
        },
        "overtones": OVERTONES,
        "fade_in_s": FADE_IN_S,
        "loudness": LOUDNESS,
    }
    return msgspec.json.encode(data).decode()


# --- a session -----------------------------------------------------------------------------


async def live_state(site: Site, request: Request) -> Response:
    """Return which session runs, or ran last, and whether a new one could begin at once.

    A phone or a screen sees only the sessions of its pairing; see :class:`.keys.Pairing`.
    """
    return JSONResponse(_state(site, request.state.key))


async def warm_up(site: Site, request: Request) -> Response:
    """Load the pose model for a session that is about to begin."""
    if site.live.current is None:
        site.live.warm_up()
    return JSONResponse(_state(site, request.state.key))


async def begin(site: Site, request: Request) -> Response:
    """Begin a session with the options that the page sent.

    The session belongs to the phone's pairing; if the owner begins it, to the newest pairing.
    """
    key: Key = request.state.key
    data = await body_of(request)
    values, camera = data.get("values"), text_in(data, "camera")
    if not isinstance(values, dict):
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    newest = site.keys.newest_pairing()
    pairing = key.pairing if newest is None or not key.is_owner else newest.id
    programme, plan = programme_from(values_of(site, key, values))
    check = None if programme is None else require_possible_in_programme
    run = site.live.begin(options_from(LiveOptions, plan, check), camera, programme)
    if pairing:
        site.keys.put_session(pairing, run.id)
        run.on_block = partial(site.keys.put_session, pairing)
    return JSONResponse({"id": run.id, "title": run.title, "guided": run.guided}, 201)


def _state(site: Site, key: Key) -> dict[str, Any]:
    run = site.live.latest
    if run is not None and not site.keys.opens(key, run.id):
        run = None
    return {
        "warm": site.live.is_warm,
        "id": None if run is None else run.id,
        "title": "" if run is None else run.title,
        "guided": run is not None and run.guided,
        "stage": "none" if run is None else run.stage,
    }


# --- with a web socket -----------------------------------------------------------------------


async def socket(site: Site, connection: WebSocket) -> None:
    """Serve the web socket of a page that follows a session, until one of them is gone.

    A page with a camera sends pictures and commands; what a screen sends is ignored. The socket is
    closed when the page's key is revoked.
    """
    key: Key = connection.state.key
    run = site.live.find(connection.path_params["session"])
    await connection.accept()
    if run is None:
        await connection.close(_NO_SUCH, "this session has ended")
        return
    kind = _follows_as(connection)
    if not _may_follow(key, kind):
        await connection.close(WS_1008_POLICY_VIOLATION, "a screen sends nothing")
        return
    follower = site.live.follow(run, kind)
    sending = asyncio.create_task(_send(connection, follower, lambda: site.keys.holds(key)))
    try:
        while True:
            data = await connection.receive()
            if data["type"] == "websocket.disconnect":
                break
            if not site.keys.holds(key):
                with contextlib.suppress(RuntimeError):  # it is closed already
                    await connection.close(WS_1008_POLICY_VIOLATION, "disconnected")
                break
            if kind == "camera" and follower in run.followers:
                _handle_message(site.live, run, data.get("bytes"), data.get("text"))
    finally:
        site.live.leave(run, follower)
        sending.cancel()


def _follows_as(asked: HTTPConnection) -> FollowsAs:
    return "camera" if asked.query_params.get("as") == "camera" else "screen"


def _may_follow(key: Key, kind: FollowsAs) -> bool:
    return kind == "screen" or key.role is not KeyRole.SCREEN


async def _send(connection: WebSocket, follower: Follower, is_let_in: Callable[[], bool]) -> None:
    """Send messages to a page; close the socket when the session is over or the key is revoked."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the page has gone
        while (messages := await follower.take()) and is_let_in():
            for message in messages:
                if follower.kind == "screen":
                    await connection.send_bytes(_packed_for_screens([message]))
                else:
                    await connection.send_text(message.json.decode())
        await connection.close()


def _packed_for_screens(messages: Sequence[Message]) -> bytes:
    """Pack messages with pictures; each as: length of JSON, length of picture, JSON, picture."""
    return b"".join(
        _LENGTHS.pack(len(one.json), len(one.picture)) + one.json + one.picture for one in messages
    )


def _handle_message(desk: LiveDesk, run: LiveRun, data: bytes | None, text: str | None) -> None:
    """Pass a picture or a command to the desk; anything else is ignored."""
    if data is not None:
        picture = unpacked_picture(data)
        if picture is not None:
            desk.picture(run, picture.number, data, picture.jpeg)
        return
    with contextlib.suppress(msgspec.DecodeError):
        command = msgspec.json.decode(text or "", type=PageCommand)
        if command.do == "join":
            desk.join(run, command)
        elif command.do in _COMMANDS:
            desk.send_command(run, command)


# --- without a web socket --------------------------------------------------------------------


async def join(site: Site, request: Request) -> Response:
    """Let a page without a web socket follow a session, with its camera or as a screen."""
    run, kind = site.live.find(request.path_params["session"]), _follows_as(request)
    if not _may_follow(request.state.key, kind):
        raise WrongKeyError
    if run is None:
        return not_found()
    command = await _read_command(request)
    name = site.plain_followers.add(site.live, run, kind)
    if kind == "camera":
        site.live.join(run, command)
    return JSONResponse({"follower": name}, 201)


async def receive_picture(site: Site, request: Request) -> Response:
    """Receive a picture; answer with the new messages once it was analyzed, or after 0.3 s."""
    run, follower = _plain_follower(site, request, "camera")
    if run is None or follower is None:
        return not_found()
    data = await _body_up_to(request, LARGEST_PICTURE_BYTES)
    picture = unpacked_picture(data)
    if picture is None:
        raise UsageError("what the page sent is not a picture", hint="Reload the page.")
    site.live.picture(run, picture.number, data, picture.jpeg)
    return _messages_response(await _messages_until(follower, picture.number), follower)


async def do(site: Site, request: Request) -> Response:
    """Carry out a command, such as pause or end; an empty request only asks for new messages."""
    run, follower = _plain_follower(site, request, "camera")
    if run is None or follower is None:
        return not_found()
    if int(request.headers.get("content-length", "0")):
        command = await _read_command(request)
        if command.do in _COMMANDS:
            site.live.send_command(run, command)
    return _messages_response(await follower.take(ANSWER_WITHIN_S), follower)


async def news(site: Site, request: Request) -> Response:
    """Answer a screen with the new messages, as soon as there are any or after 0.3 s."""
    _, follower = _plain_follower(site, request, "screen")
    messages = [] if follower is None else await follower.take(ANSWER_WITHIN_S)
    if follower is None or (follower.closed and not messages):
        return not_found()
    return Response(_packed_for_screens(messages), media_type="application/octet-stream")


def _plain_follower(
    site: Site, request: Request, kind: FollowsAs
) -> tuple[LiveRun | None, Follower | None]:
    run = site.live.find(request.path_params["session"])
    name = request.query_params.get("follower", "")
    return run, None if run is None else site.plain_followers.get(site.live, name, run, kind)


async def _messages_until(follower: Follower, number: int) -> list[Message]:
    """Collect messages until one is about this picture, for ``ANSWER_WITHIN_S`` at most."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + ANSWER_WITHIN_S
    messages: list[Message] = []
    while loop.time() < deadline_s:
        messages += await follower.take(deadline_s - loop.time())
        if follower.closed or any(one.number >= number for one in messages):
            break
    return messages


def _messages_response(messages: list[Message], follower: Follower) -> Response:
    body = b'{"closed":%s,"messages":[%s]}' % (
        b"true" if follower.closed else b"false",
        b",".join(one.json for one in messages),
    )
    return Response(body, media_type="application/json")


async def _read_command(request: Request) -> PageCommand:
    try:
        return msgspec.json.decode(await _body_up_to(request, 1000), type=PageCommand)
    except msgspec.DecodeError as error:
        raise UsageError("what the page sent cannot be read", hint="Reload the page.") from error


async def _body_up_to(request: Request, size_bytes: int) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > size_bytes:
            raise UsageError("the page sent too much", hint="Reload the page.")
    return bytes(data)
