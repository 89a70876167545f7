"""What the handlers share: what a request says, and how a problem is answered."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from formcheck.data.errors import FormcheckError, UsageError
from formcheck.report.wording import capital
from formcheck.web.site import message_page

_LARGEST_BODY_BYTES = 64_000


async def body_of(request: Request) -> dict[str, Any]:
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


def text_in(data: Mapping[str, Any], name: str) -> str:
    """Return a text of a body; raises ``UsageError`` when there is none of this name."""
    value = data.get(name)
    if not isinstance(value, str):
        raise UsageError("the request is incomplete", hint="Reload the page.")
    return value


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
