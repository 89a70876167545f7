"""The report on a session as a web page, and what all pages share: style, script, templates.

Usually a page is one self-contained HTML file with its style, script and pictures inside. The app
serves it in parts instead (:class:`Linked`).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from formcheck.data import palette
from formcheck.report.wording import DISCLAIMER, WHAT_ERROR_MEANS

if TYPE_CHECKING:  # the app imports this module at its start, only for style sheet and script
    from formcheck.report.view import ReportView


@dataclass(frozen=True)
class Linked:
    """The addresses of the parts of a page that the app serves.

    Its content security policy forbids styles and scripts inside a page.

    Attributes
    ----------
    style, script
        Addresses of the style sheet and of the script.
    stills
        Addresses of the pictures of a report, by repetition index.
    video
        Address of the annotated film, if there is one.
    head
        HTML that the server adds to the head of the page.
    bar
        HTML that the server adds above the report.
    """

    style: str
    script: str
    stills: Mapping[int, str] = field(default_factory=dict)
    video: str | None = None
    head: str = ""
    bar: str = ""


def render(
    shown: ReportView,
    stills: Mapping[int, bytes] | None = None,
    *,
    video: str | None = None,
    linked: Linked | None = None,
) -> str:
    """Make the page of a report.

    Parameters
    ----------
    shown
        The content of the report.
    stills
        By repetition index, a JPEG or PNG of its lowest point. They are embedded; many pictures are
        made smaller.
    video
        Path of the annotated film relative to the page, if there is one.
    linked
        The addresses of the parts, if the page is served in parts.

    Returns
    -------
    str
        HTML. Without ``linked`` it is one self-contained page of at most 3 MB that makes no network
        requests; otherwise it requests only the addresses in ``linked``.
    """
    from formcheck.report.changes import BY_CHANCE  # heavy
    from formcheck.report.embedded_stills import data_uri, fitting  # heavy

    if linked is not None:
        video_src = linked.video
    else:
        video_src = None if video is None else "./" + quote(video)
    script = Markup(script_text())  # noqa: S704
    embedded: Mapping[int, str] = (
        {index: data_uri(still) for index, still in fitting(stills or {}).items()}
        if linked is None
        else linked.stills
    )
    return page(
        "report.html",
        shown=shown,
        script=script,
        script_hash=hash_of(script),
        embedded=embedded,
        video_src=video_src,
        method=shown.method,
        what_error_means=WHAT_ERROR_MEANS,
        by_chance=BY_CHANCE,
        disclaimer=DISCLAIMER,
        linked=linked,
    )


def style_sheet() -> str:
    """Return the style sheet of all pages."""
    return environment().get_template("report.css").render(p=palette)


def script_text() -> str:
    """Return the JavaScript of the report."""
    return _source("report.js")


def page(template: str, **said: object) -> str:
    """Fill a template with values; all templates share the style sheet."""
    from formcheck.report.charts import key_sample, paint  # heavy

    style = Markup(style_sheet())  # noqa: S704
    found = environment().get_template(template)
    return found.render(
        style=style, style_hash=hash_of(style), paint=paint, sample=key_sample, **said
    )


def hash_of(text: str) -> str:
    """Return the hash of a style or script for the page's content security policy."""
    return "sha256-" + b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def environment() -> Environment:
    """Return the Jinja environment of the templates; texts are escaped automatically."""
    return Environment(
        loader=PackageLoader("formcheck.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _source(name: str) -> str:
    """Return the text of a file in the folder of templates."""
    loader = environment().loader
    assert loader is not None  # noqa: S101  it is set above
    return loader.get_source(environment(), name)[0]
