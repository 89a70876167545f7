"""Every link in the documentation leads somewhere, to its heading too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        *(ROOT.glob("*.md")),
        *((ROOT / "docs").glob("*.md")),
        *((ROOT / "sample_videos").glob("*.md")),
        ROOT / "benchmarks" / "README.md",
        ROOT / "benchmarks" / "people" / "README.md",
        ROOT / "tests" / "rail" / "README.md",
    ]
)


def headings(page: str) -> set[str]:
    """Give the anchors of a page's headings, as they are made on code hosts."""
    text = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: str) -> list[str]:
    """Give the targets of a page's links, without those in code blocks."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page, flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    for link in links(page.read_text("utf-8")):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in headings(target.read_text("utf-8"))):
            missing.append(link)
    assert missing == []


def test_a_broken_link_is_found() -> None:
    assert links("[a](b.md#c) and `d`\n```\n[e](f)\n```\n![g](h.png)") == ["b.md#c", "h.png"]
    assert headings("# A b\n## `reps.csv`\n```\n# no\n```\n### Way down, up?\n") == {
        *("a-b", "repscsv", "way-down-up"),
    }


def test_each_page_of_the_docs_is_linked_from_another() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in links(page.read_text("utf-8"))
        if not link.startswith(("https://", "#"))
    }
    assert {page for page in (ROOT / "docs").glob("*.md") if page.resolve() not in linked} == set()
