"""Functions that the request handlers share: read a request, and answer with a problem."""

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
    """Read the body of a request as a JSON object; raises ``UsageError`` if it is not one."""
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
    """Return the text with this name in a request's body; raises ``UsageError`` if missing."""
    value = data.get(name)
    if not isinstance(value, str):
        raise UsageError("what the page sent is incomplete", hint="Reload the page.")
    return value


def values_of(site: Site, key: Key, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were entered in the form of a session.

    If a phone sends them, the person is the one of its pairing, which the owner has chosen.

    Raises
    ------
    UsageError
        A phone sent a field that only the owner may fill in.
    """
    if key.is_owner:
        return dict(values)
    if OWNERS_FIELDS & values.keys():
        raise UsageError("this form is out of date", hint="Reload the page.")
    return {**values, "person": site.keys.pairing_of(key).person}


def fields_for(key: Key, record: type[Options]) -> tuple[FormField, ...]:
    """Return the fields of a form that the holder of this key may fill in."""
    fields = form_fields(record)
    return tuple(one for one in fields if key.is_owner or one.name not in OWNERS_FIELDS)


def shown_for(site: Site, key: Key) -> dict[str, Any]:
    """Return the template variables that depend on the key.

    ``inside`` decides which links of the app are shown: all (``True``), those for a phone
    (``"phone"``) or none (``False``). ``people`` are all known names, ``person`` the pairing's.
    """
    if key.is_owner:
        return {"inside": True, "people": site.library.people(), "person": ""}
    inside = "phone" if key.role is KeyRole.PHONE else False
    return {"inside": inside, "people": [], "person": site.keys.pairing_of(key).person}


def sentence(text: str) -> str:
    """Return a message with a capital first letter and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def not_found() -> Response:
    """Answer that there is nothing at this address."""
    return message_page("Not found", "There is nothing at this address.", 404)


def problem(error: FormcheckError, status: int) -> Response:
    """Answer with the error: what went wrong, what to do, and the form fields concerned."""
    return JSONResponse(
        {
            "message": sentence(error.message),
            "hint": sentence(error.hint),
            "fields": list(error.options),
        },
        status,
    )
