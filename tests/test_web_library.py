"""The sessions that the app keeps: found, shown as the report, changed, exported, deleted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from film_work import jpeg, put_session
from msgspec.structs import replace
from report_reading import pdf_text, plain
from session_examples import EXAMPLES
from starlette.testclient import TestClient
from store_examples import entered, good_set, poor_set
from web_work import client_of, make_site, put_film, wait_for

from formcheck.data.session import Session
from formcheck.pose.recorded import PoseRecording
from formcheck.report import html
from formcheck.report.view import view
from formcheck.store.history.history_store import History
from formcheck.store.poses_file import save_poses
from formcheck.store.result_files import assign_person
from formcheck.store.session_file import load
from formcheck.web import overviews
from formcheck.web.library import Library, people_in
from formcheck.web.session_handlers import linked_report
from formcheck.web.site import Site

MONDAY, FRIDAY, OTHER = "0000000000000001", "0000000000000002", "0000000000000003"


def of(person: str, session: Session, day: str) -> Session:
    changed = replace(entered(session, day, pain=2), person=person)
    return replace(
        changed,
        created=f"{day}T10:00:00+00:00",
        source=replace(changed.source, name=f"{day}.mp4", sha256=day[-2:] * 32),
    )


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    site = make_site(tmp_path / "app", history_file)
    kept = {
        MONDAY: of("Runner-1", poor_set(), "2026-05-04"),
        FRIDAY: of("runner-1", good_set(), "2026-05-08"),
        OTHER: of("", good_set(), "2026-05-06"),
    }
    with History(history_file, create=True) as history:
        for session_id, session in kept.items():
            folder = site.library.folder / session_id
            put_session(folder, session, film=True)
            history.keep(load(folder), folder=folder)
    return site


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def titles(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/sessions/[\w-]+">([^<]*)</a></h2>', page)


class Words(HTMLParser):
    """The text of the part of a page that is the report."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside += tag == "main"
        if self.inside:
            self.words += [value or "" for name, value in attrs if name in ("alt", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "main"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.words += data.split()


def words_of(page: str) -> list[str]:
    reader = Words()
    reader.feed(page)
    assert reader.words
    return reader.words


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_served_report_says_what_the_file_says(name: str, site: Site) -> None:
    put_session(site.library.folder / "00000000000000aa", EXAMPLES[name](), film=True)
    kept = site.library.find_there("00000000000000aa")
    assert kept is not None
    opened = kept.opened()
    shown = view(opened.session)
    linked = linked_report("00000000000000aa", opened)
    in_one = html.render(shown, opened.stills, video="annotated.mp4")
    in_parts = html.render(shown, linked=linked)
    assert words_of(in_parts) == words_of(in_one)
    assert in_parts.count("<img") == in_one.count("<img")
    readings = r'<script type="application/json" id="readings">(.*?)</script>'
    assert re.findall(readings, in_parts) == re.findall(readings, in_one)
    assert "Content-Security-Policy" in in_one
    assert "<style>" not in in_parts
    assert "data:" not in in_parts


def test_the_report_plays_the_film_from_any_place(owner: TestClient) -> None:
    page = owner.get(f"/sessions/{MONDAY}").text
    assert f'src="/sessions/{MONDAY}/film"' in page
    part = owner.get(f"/sessions/{MONDAY}/film", headers={"Range": "bytes=256-259"})
    assert part.status_code == 206
    assert part.content == b"\x00\x01\x02\x03"


def test_sessions_are_listed_searched_and_filtered(owner: TestClient, site: Site) -> None:
    days = ["2026-05-08.mp4", "2026-05-06.mp4", "2026-05-04.mp4"]
    assert titles(owner.get("/sessions").text) == days
    person = site.person_id("RUNNER-1")
    assert titles(owner.get("/sessions", params={"person": person}).text) == [days[0], days[2]]
    assert titles(owner.get("/sessions", params={"q": "05-06"}).text) == [days[1]]
    assert titles(owner.get("/sessions", params={"exercise": "squat"}).text) == []
    nothing = owner.get("/sessions", params={"q": "nobody"})
    assert "0 sessions found" in nothing.text
    assert people_in(site.library.sessions()) == ["runner-1"]


def test_sessions_are_sorted(owner: TestClient) -> None:
    days = ["2026-05-04.mp4", "2026-05-06.mp4", "2026-05-08.mp4"]
    assert titles(owner.get("/sessions", params={"sort": "oldest"}).text) == days
    assert titles(owner.get("/sessions", params={"sort": "title"}).text) == days
    assert titles(owner.get("/sessions", params={"sort": "person"}).text) == [
        days[1],
        days[2],
        days[0],
    ]
    assert titles(owner.get("/sessions", params={"sort": "form"}).text)[0] == days[0]
    assert titles(owner.get("/sessions", params={"sort": "unheard of"}).text) == days[::-1]


# --- sessions of the command line ----------------------------------------------------------


def of_command_line(site: Site, folder: Path, day: str = "2026-05-05") -> str:
    """A session that `analyze` left in a folder of its own; returns its id in the app."""
    put_session(folder, of("Runner-1", good_set(), day), film=True)
    with History(site.library.history, create=True) as history:
        return f"row-{history.keep(load(folder), folder=folder).id}"


def test_a_session_of_the_command_line_is_listed_and_opened(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    session_id = of_command_line(site, folder)
    page = owner.get("/sessions").text
    assert titles(page) == [f"2026-05-0{day}.mp4" for day in (8, 6, 5, 4)]
    assert str(folder) in page
    assert "Good form" in owner.get(f"/sessions/{session_id}").text
    assert owner.get(f"/sessions/{session_id}/stills/1").content == jpeg()
    assert len(owner.get(f"/sessions/{session_id}/film").content) == 256 * 40
    table = owner.get(f"/sessions/{session_id}/export/csv").content
    assert table == (folder / "reps.csv").read_bytes()


def test_a_session_of_the_command_line_is_renamed_and_assigned(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    session_id = of_command_line(site, tmp_path / "results")
    sent = {"title": "Before the run", "person": "New One"}
    assert owner.post(f"/sessions/{session_id}", json=sent).status_code == 204
    assert "Before the run" in titles(owner.get("/sessions").text)
    assert load(tmp_path / "results").person == "New One"
    with History(site.library.history) as history:
        assert [entry.person for entry in history.entries()].count("New One") == 1
        assert len(history.entries()) == 4


def test_removing_one_of_the_command_line_leaves_its_folder(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    session_id = of_command_line(site, tmp_path / "results")
    before = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert owner.delete(f"/sessions/{session_id}").status_code == 204
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == before
    assert len(titles(owner.get("/sessions").text)) == 3
    assert owner.get(f"/sessions/{session_id}").status_code == 404


def test_a_session_whose_folder_is_gone_is_shown_as_gone(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    session_id = of_command_line(site, tmp_path / "results")
    assert owner.get(f"/sessions/{session_id}").status_code == 200
    shutil.rmtree(tmp_path / "results")
    page = owner.get("/sessions").text
    assert "2026-05-05.mp4" in page
    assert "no longer there" in page
    assert "2026-05-05.mp4" not in titles(page), "there is nothing to open"
    assert "no longer there" in owner.get(f"/sessions/{session_id}").text
    for path in ("/film", "/stills/1", "/export/csv", "/export/trc"):
        assert owner.get(f"/sessions/{session_id}{path}").status_code == 404
    sent = {"title": "x", "person": "y"}
    refused = owner.post(f"/sessions/{session_id}", json=sent)
    assert refused.status_code == 422
    assert "no longer there" in refused.json()["message"]
    progress = owner.get(f"/progress/{site.person_id('runner-1')}/step_down").text
    assert "3 sessions, 2026-05-04 to 2026-05-08" in progress
    assert owner.delete(f"/sessions/{session_id}").status_code == 204
    assert "2026-05-05.mp4" not in owner.get("/sessions").text


def test_a_folder_that_holds_another_session_by_now_says_so(
    owner: TestClient, site: Site, tmp_path: Path
) -> None:
    first = of_command_line(site, tmp_path / "results")
    shutil.rmtree(tmp_path / "results")
    second = of_command_line(site, tmp_path / "results", "2026-05-07")
    page = owner.get("/sessions").text
    assert page.count("holds another session") == 1
    assert owner.get(f"/sessions/{first}").status_code == 404
    assert "2026-05-07" in owner.get(f"/sessions/{second}").text
    assert owner.delete(f"/sessions/{first}").status_code == 204
    assert owner.get(f"/sessions/{second}").status_code == 200, "the other row is another session"


def test_an_own_session_whose_folder_is_gone_is_shown_as_gone(
    owner: TestClient, site: Site
) -> None:
    shutil.rmtree(site.library.folder / MONDAY)
    page = owner.get("/sessions").text
    assert "no longer there" in page
    assert len(titles(page)) == 2


@pytest.mark.parametrize(
    "trick", ["row-0", "row--1", "row-1e1", "row-99999999999999999999", "row-"]
)
def test_no_number_of_a_row_leads_astray(owner: TestClient, trick: str) -> None:
    assert owner.get(f"/sessions/{trick}").status_code == 404


# --- what is remembered of the sessions ----------------------------------------------------


def test_a_session_is_read_once(owner: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = titles(owner.get("/sessions").text)
    monkeypatch.setattr(overviews, "load", lambda folder, **_: pytest.fail(f"again: {folder}"))
    assert titles(owner.get("/sessions").text) == listed


def test_the_next_server_reads_no_session_again(
    owner: TestClient, site: Site, history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = titles(owner.get("/sessions").text)
    monkeypatch.setattr(overviews, "load", lambda folder, **_: pytest.fail(f"again: {folder}"))
    next_one = Library(site.library.folder, history_file)
    assert [one.title for one in next_one.sessions()] == listed


def test_what_is_remembered_by_another_version_or_is_damaged_is_not_used(
    owner: TestClient, site: Site, history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version may word the verdict differently."""
    owner.get("/sessions")
    read: list[Path] = []

    def noted(at: Path, *, series: bool) -> Session:
        read.append(at)
        return load(at, series=series)

    monkeypatch.setattr(overviews, "load", noted)
    (kept,) = site.library.folder.glob(".overviews*")
    for content in (kept.read_bytes().replace(b'"version":"', b'"version":"9.'), b"{", b"[]"):
        kept.write_bytes(content)
        read.clear()
        assert len(Library(site.library.folder, history_file).sessions()) == 3
        assert len(read) == 3


def test_nothing_is_remembered_of_a_session_that_is_deleted(owner: TestClient, site: Site) -> None:
    owner.get("/sessions")
    (kept,) = site.library.folder.glob(".overviews*")
    assert "2026-05-08.mp4" in kept.read_text()
    assert owner.delete(f"/sessions/{FRIDAY}").status_code == 204
    assert "2026-05-08.mp4" not in kept.read_text()
    shutil.rmtree(site.library.folder / OTHER)
    owner.get("/sessions")
    assert "2026-05-06.mp4" not in kept.read_text()


def test_a_session_that_another_program_changed_is_read_again(
    owner: TestClient, site: Site
) -> None:
    assert "New One" not in owner.get("/sessions").text
    assign_person(site.library.folder / OTHER, "New One")
    assert "New One" in owner.get("/sessions").text


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_list_says_what_the_report_says(name: str, tmp_path: Path) -> None:
    put_session(tmp_path / "s", EXAMPLES[name]())
    shown = overviews.Overviews(tmp_path / "kept").of(tmp_path / "s")
    assert shown is not None
    assert shown.verdict == view(load(tmp_path / "s")).verdict[0]


def test_a_session_is_renamed(owner: TestClient, site: Site) -> None:
    sent = {"title": "  After the\nrun ", "person": "Runner-1"}
    assert owner.post(f"/sessions/{MONDAY}", json=sent).status_code == 204
    assert "After the run" in titles(owner.get("/sessions").text)
    kept = site.library.find(MONDAY)
    assert kept is not None
    assert kept.overview.film == "2026-05-04.mp4"


def test_a_session_is_assigned_in_its_files_and_in_the_history(
    owner: TestClient, site: Site
) -> None:
    sent = {"title": "2026-05-06.mp4", "person": "  New   One "}
    assert owner.post(f"/sessions/{OTHER}", json=sent).status_code == 204
    folder = site.library.folder / OTHER
    assert load(folder).person == "New One"
    assert "New One" in (folder / "report.html").read_text("utf-8")
    assert (folder / "annotated.mp4").is_file()
    with History(site.library.history) as history:
        rows = {entry.folder: entry.person for entry in history.entries()}
    assert rows[str(folder.resolve())] == "New One"
    assert len(rows) == 3
    assert "New One" in owner.get(f"/sessions/{OTHER}").text


def test_the_pain_of_a_session_is_entered_in_its_files_and_in_the_history(
    owner: TestClient, site: Site, history_file: Path
) -> None:
    assert owner.post(f"/sessions/{FRIDAY}/pain", json={"pain": 7}).status_code == 204
    folder = site.library.folder / FRIDAY
    before = entered(good_set(), "2026-05-08", pain=2).training
    assert load(folder).training == replace(before, pain=7)
    assert "7/10" in (folder / "report.html").read_text("utf-8")
    with History(history_file) as history:
        pains = {entry.day: entry.training.pain for entry in history.entries()}
    assert pains["2026-05-08"] == 7
    assert len(pains) == 3
    for wrong in (-1, 11, 1.5, True, "3", None):
        assert owner.post(f"/sessions/{FRIDAY}/pain", json={"pain": wrong}).status_code == 422
    assert owner.post(f"/sessions/{'0' * 16}/pain", json={"pain": 1}).status_code == 404


def test_a_session_is_deleted_with_all_that_is_of_it(owner: TestClient, site: Site) -> None:
    assert owner.delete(f"/sessions/{MONDAY}").status_code == 204
    assert not (site.library.folder / MONDAY).exists()
    with History(site.library.history) as history:
        assert [entry.day for entry in history.entries()] == ["2026-05-06", "2026-05-08"]
    for path in ("", "/film", "/stills/1", "/export/csv"):
        assert owner.get(f"/sessions/{MONDAY}{path}").status_code == 404
    assert owner.delete(f"/sessions/{MONDAY}").status_code == 404


def test_a_session_that_is_being_drawn_is_left_alone(site: Site) -> None:
    with client_of(site) as owner:
        item_id = put_film(site.films, "long.mp4")
        put_session(site.library.folder / item_id, good_set())
        wait_for(lambda: site.films.is_drawing(item_id))
        answer = owner.delete(f"/sessions/{item_id}")
        assert answer.status_code == 422
        assert "still being drawn" in answer.json()["message"]
        sent = {"title": "x", "person": "y"}
        assert owner.post(f"/sessions/{item_id}", json=sent).status_code == 422


@pytest.mark.parametrize(
    "sent",
    [{}, {"title": "x"}, {"title": 1, "person": ""}, {"title": "x", "person": "y" * 121}, []],
)
def test_a_change_that_cannot_be_is_refused(owner: TestClient, site: Site, sent: Any) -> None:
    assert owner.post(f"/sessions/{MONDAY}", json=sent).status_code == 422
    kept = site.library.find(MONDAY)
    assert kept is not None
    assert (kept.title, kept.overview.person) == ("2026-05-04.mp4", "Runner-1")


def test_table_and_pdf_are_those_of_the_command_line(owner: TestClient, site: Site) -> None:
    table = owner.get(f"/sessions/{MONDAY}/export/csv")
    assert table.content == (site.library.folder / MONDAY / "reps.csv").read_bytes()
    assert "attachment" in table.headers["content-disposition"]
    assert owner.get(f"/sessions/{MONDAY}/export/pdf").content.startswith(b"%PDF-")
    assert owner.get(f"/sessions/{MONDAY}/export/docx").status_code == 404


def test_keypoints_are_exported_from_the_kept_poses(
    owner: TestClient, site: Site, root: Path
) -> None:
    missing = owner.get(f"/sessions/{MONDAY}/export/trc", headers={"Accept": "text/html"})
    assert missing.status_code == 422
    assert "were not kept" in missing.text
    before = sorted(path.name for path in (site.library.folder / MONDAY).iterdir())
    recorded = PoseRecording.load(root / "tests" / "poses" / "step_down_front_left.npz")
    poses = site.library.folder / MONDAY / "poses.fcp"
    save_poses(poses, recorded.info, recorded.model, recorded.samples)
    trc = owner.get(f"/sessions/{MONDAY}/export/trc")
    assert trc.status_code == 200
    assert trc.text.startswith("PathFileType")
    after = sorted(path.name for path in (site.library.folder / MONDAY).iterdir())
    assert after == sorted([*before, "poses.fcp"])


def test_progress_is_the_page_of_the_command_line(owner: TestClient, site: Site) -> None:
    page = owner.get(f"/progress/{site.person_id('runner-1')}/step_down")
    assert page.status_code == 200
    assert "2 sessions, 2026-05-04 to 2026-05-08" in page.text
    assert "<style>" not in page.text
    for person, exercise in (("0000", "step_down"), (site.person_id("runner-1"), "squat")):
        assert owner.get(f"/progress/{person}/{exercise}").status_code == 404


def test_the_passport_is_the_page_of_the_command_line(owner: TestClient, site: Site) -> None:
    person = site.person_id("runner-1")
    progress = owner.get(f"/progress/{person}/step_down").text
    assert f'<a class="button" href="/passport/{person}">Passport</a>' in progress
    page = owner.get(f"/passport/{person}")
    assert page.status_code == 200
    assert "<h1>Passport of Runner-1</h1>" in page.text
    assert "4 May 2026 to 8 May 2026" in page.text
    assert "<style>" not in page.text
    assert ">Passport</a>" not in page.text
    assert owner.get("/passport/0000").status_code == 404


def test_the_passport_of_chosen_days_as_a_page_and_on_paper(owner: TestClient, site: Site) -> None:
    place = f"/passport/{site.person_id('runner-1')}"
    page = owner.get(place, params={"since": "2026-05-08", "until": ""})
    assert "1 session of 1 exercise, 8 May 2026" in page.text
    assert 'name="since" value="2026-05-08"' in page.text
    assert f'href="{place}/pdf?since=2026-05-08&amp;until="' in page.text
    paper = owner.get(f"{place}/pdf", params={"until": "2026-05-04"})
    assert paper.headers["content-type"] == "application/pdf"
    assert "1 session of 1 exercise, 4 May 2026" in plain(pdf_text(paper.content))
    assert owner.get("/passport/0000/pdf").status_code == 404


@pytest.mark.parametrize(
    ("since", "says"),
    [("2026-06-01", "has no session since 2026-06-01."), ("May", "cannot be")],
)
def test_days_without_a_session_are_said_above_the_form(
    owner: TestClient, site: Site, since: str, says: str
) -> None:
    page = owner.get(f"/passport/{site.person_id('runner-1')}", params={"since": since})
    assert page.status_code == 422
    assert says in page.text
    assert f'name="since" value="{since}"' in page.text


def test_no_address_holds_a_name(owner: TestClient) -> None:
    page = owner.get("/sessions").text
    assert "unner" not in "".join(re.findall(r'(?:href|src|action|value)="([^"]*)"', page)).replace(
        "runner-1", "", page.count('<option value="runner-1">')
    )


def test_a_damaged_session_is_left_out(owner: TestClient, site: Site) -> None:
    (site.library.folder / MONDAY / "session.json").write_text("{")
    assert len(titles(owner.get("/sessions").text)) == 2
    assert owner.get(f"/sessions/{MONDAY}").status_code == 404
