"""What the handlers share: what a request says, and how a problem is answered."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.app.options import Options
from formcheck.data.errors import FormcheckError, UsageError
from formcheck.report.wording import capital
from formcheck.web.keys import OWNERS_FIELDS, Key, KeyRole
from formcheck.web.option_form import FormField, form_fields
from formcheck.web.site import Site, message_page

_LARGEST_BODY_BYTES = 64_000


async def body_of(request: Request) -> dict[str, Any]:
    """Read a small body of JSON."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _LARGEST_BODY_BYTES:
            raise UsageError("the page sent too much", hint="Reload the page.")
    plain: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        plain = msgspec.json.decode(bytes(data))
    if not isinstance(plain, dict):
        raise UsageError("what the page sent cannot be read", hint="Reload the page.")
    return plain


def text_in(data: Mapping[str, Any], name: str) -> str:
    """Return a text of a body; raises ``UsageError`` when there is none of this name."""
    value = data.get(name)
    if not isinstance(value, str):
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    return value


def values_of(site: Site, key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered for a session; whose it is when a phone sends it, the owner said.

    Raises
    ------
    UsageError
        A phone fills in what only the owner may.
    """
    if key.is_owner:
        return dict(values)
    if OWNERS_FIELDS & values.keys():
        raise UsageError("this form is out of date", hint="Reload the page.")
    return {**values, "person": site.keys.pairing_of(key).person}


def fields_for(key: Key, record: type[Options]) -> tuple[FormField, ...]:
    """Return the fields of a form, as the key may fill them."""
    fields = form_fields(record)
    return tuple(one for one in fields if key.is_owner or one.name not in OWNERS_FIELDS)


def shown_for(site: Site, key: Key) -> dict[str, Any]:
    """Say what a page shows to the owner, and to a phone or a screen.

    ``inside`` gives the links of the app: all, those of a phone (``phone``), or none.
    """
    if key.is_owner:
        return {"inside": True, "people": site.library.people(), "person": ""}
    inside = "phone" if key.role is KeyRole.PHONE else False
    return {"inside": inside, "people": [], "person": site.keys.pairing_of(key).person}


def sentence(text: str) -> str:
    """Write a message as a sentence."""
    text = text.strip()
    if not text:
        return ""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def not_found() -> Response:
    """Answer that there is nothing at this address."""
    return message_page("Not found", "There is nothing at this address.", 404)


def problem(error: FormcheckError, status: int) -> Response:
    """Answer with what went wrong and what to do."""
    return JSONResponse(
        {
            "message": sentence(error.message),
            "hint": sentence(error.hint),
            "fields": list(error.options),
        },
        status,
    )
