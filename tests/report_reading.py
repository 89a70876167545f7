"""How tests read what the reports show: the texts of a page and of a PDF."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from io import BytesIO

from pypdf import PdfReader

VOID = {"meta", "img", "br", "link", "input"}


def plain(text: str) -> str:
    """The text with ordinary spaces, hyphens for minus signs, and straight apostrophes."""
    for sign, simple in (
        ("\N{MINUS SIGN}\N{EN DASH}", "-"),
        ("\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    ):
        for one in sign:
            text = text.replace(one, simple)
    return " ".join(text.split())


class Page(HTMLParser):
    """Checks the nesting, and gathers the text, the ids and the addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.addresses += [v for name, v in attrs if name in ("src", "href", "srcset") and v]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" in self.open:
            self.styles.append(data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return plain(" ".join(self.words))


def pdf_text(data: bytes) -> str:
    """All words of a PDF, in the order in which they were set."""
    return plain(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))


def pdf_pages(data: bytes) -> int:
    return len(PdfReader(BytesIO(data)).pages)


def md_text(text: str) -> str:
    """The text of a Markdown report without its escapes and table lines."""
    return plain(re.sub(r"\\(.)", r"\1", text).replace("|", " ").replace("*", ""))


def cells_of(table: str, first: Iterable[str]) -> dict[str, list[str]]:
    """Rows of a Markdown table by the text of their first cell, for those in ``first``."""
    wanted = set(first)
    rows: dict[str, list[str]] = {}
    for line in table.splitlines():
        cells = [plain(re.sub(r"\\(.)", r"\1", cell)) for cell in line.strip("| ").split(" | ")]
        if cells[0] in wanted and cells[0] not in rows:
            rows[cells[0]] = cells
    return rows
