"""Films given to the app: what is received, how it is measured, and what survives."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from child_processes import child, next_line
from film_work import jpeg, put_session
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from web_work import client_of, found, make_site, put_film, running, settled, wait_for

from formcheck.app.options import UploadOptions, declared
from formcheck.data.errors import OutputError, UsageError
from formcheck.store.disk_space import LEAST_FREE_BYTES
from formcheck.web import film_queue, uploads
from formcheck.web.film_queue import SILENT_S, FilmQueue, workers_for
from formcheck.web.option_form import form_fields, options_from
from formcheck.web.site import Site
from formcheck.web.uploads import LARGEST_BYTES, receive, shown_name


@pytest.fixture
def site(tmp_path: Path, history_file: Path) -> Site:
    return make_site(tmp_path / "app", history_file)


@pytest.fixture
def films(site: Site) -> Iterator[FilmQueue]:
    with running(site.films) as films:
        yield films


@pytest.fixture
def owner(site: Site) -> Iterator[TestClient]:
    with client_of(site) as client:
        yield client


def announced(
    client: TestClient,
    name: str = "a.mp4",
    size: int = 4,
    values: Mapping[str, str] | None = None,
) -> Any:
    sent = {"name": name, "size_bytes": size, "values": values or {}}
    return client.post("/queue", json=sent)


def listed(client: TestClient) -> list[dict[str, Any]]:
    films: list[dict[str, Any]] = client.get("/queue").json()["films"]
    return films


# --- the form ------------------------------------------------------------------------------


def test_the_form_is_made_of_the_declared_options() -> None:
    asked = {one.name: one for one in declared(UploadOptions) if one.form}
    fields = {one.name: one for one in form_fields(UploadOptions)}
    assert list(fields) == list(asked)
    assert {"person", "exercise", "step_height_cm", "load_kg", "pain"} <= set(fields)
    for name, field in fields.items():
        one = asked[name]
        assert field.text == (one.form_text or one.text)
        assert field.minimum == ("" if one.minimum is None else f"{one.minimum:g}")
        if one.choices:
            assert tuple(value for value, _ in field.choices) == one.choices


def test_what_is_entered_becomes_the_options() -> None:
    values = {"person": " runner-1 ", "step_height_cm": "15.5", "pain": "2", "mirrored": "on"}
    assert options_from(UploadOptions, {**values, "load_kg": ""}) == UploadOptions(
        person="runner-1", step_height_cm=15.5, pain=2, mirrored=True
    )
    assert (
        options_from(UploadOptions, {one.name: one.value for one in form_fields(UploadOptions)})
        == UploadOptions()
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pain": "11"}, "pain"),
        ({"pain": "1.5"}, "pain"),
        ({"step_height_cm": "high"}, "step_height_cm"),
        ({"step_height_cm": "nan"}, "step_height_cm"),
        ({"side": "middle"}, "side"),
        ({"person": "x" * 201}, "person"),
        ({"tempo": "fast"}, None),
        ({"exercise": "sqat"}, None),
        ({"out": "/etc"}, None),
        ({"model": "/etc/passwd"}, None),
        ({"settings": "/etc/passwd"}, None),
        ({"film_name": "x"}, None),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    owner: TestClient, values: dict[str, str], field: str | None
) -> None:
    answer = announced(owner, values=values)
    assert answer.status_code == 422
    assert answer.json()["message"]
    if field:
        assert answer.json()["fields"] == [field]
    assert listed(owner) == []


# --- receiving -----------------------------------------------------------------------------


def test_a_film_is_received_measured_and_removed(owner: TestClient, site: Site) -> None:
    made = announced(owner, "C:\\films\\monday.mp4", 4, {"person": "runner-1"})
    assert made.status_code == 201
    item_id = made.json()["id"]
    assert owner.put(f"/queue/{item_id}/film", content=b"film").status_code == 200
    assert settled(site.films, item_id).record.state == "done"
    (film,) = listed(owner)
    assert (film["name"], film["state"], film["status"]) == ("monday.mp4", "done", "Done")
    session = site.library.find(item_id)
    assert session is not None
    assert film["verdict"]
    assert owner.get(film["report"]).status_code == 200
    assert owner.get(film["still"]).headers["content-type"] == "image/jpeg"
    assert not site.films.film_of(item_id).exists()


def test_the_name_of_a_film_is_never_a_path(owner: TestClient, site: Site) -> None:
    names = ("../../etc/passwd", "/etc/passwd", "..", "a\x00b.mp4", "\n", "")
    ids = [announced(owner, name).json()["id"] for name in names]
    for item_id in ids:
        owner.put(f"/queue/{item_id}/film", content=b"film")
    for item_id in ids:
        name = settled(site.films, item_id).record.name
        assert "/" not in name
        assert name.isprintable()
    assert {path.name for path in site.films.folder.iterdir()} == set(ids)
    assert {path.name for path in site.library.folder.iterdir()} == set(ids)


def test_a_name_with_markup_is_only_text(owner: TestClient, site: Site) -> None:
    evil = "<img src=x onerror=alert(1)>"
    item_id = announced(owner, f"{evil}.mp4", 4, {"person": evil}).json()["id"]
    owner.put(f"/queue/{item_id}/film", content=b"film")
    settled(site.films, item_id)
    for path in ("/", "/sessions", f"/sessions/{item_id}"):
        assert evil not in owner.get(path).text
    assert "&lt;img" in owner.get("/sessions").text


def test_a_film_that_is_too_large_is_not_received(owner: TestClient, site: Site) -> None:
    assert announced(owner, size=LARGEST_BYTES + 1).status_code == 422
    assert announced(owner, size=0).status_code == 422
    assert announced(owner, size=-1).status_code == 422
    item_id = announced(owner, size=4).json()["id"]
    answer = owner.put(f"/queue/{item_id}/film", content=b"much more than four")
    assert answer.status_code == 422
    assert "changed while it was sent" in answer.json()["message"]
    assert found(site.films, item_id).record.state == "failed"
    assert not site.films.film_of(item_id).exists()


def test_a_film_that_ends_early_is_not_measured(owner: TestClient, site: Site) -> None:
    item_id = announced(owner, size=400).json()["id"]
    assert owner.put(f"/queue/{item_id}/film", content=b"film").status_code == 422
    assert found(site.films, item_id).record.state == "failed"


def test_a_film_is_received_once(owner: TestClient) -> None:
    item_id = announced(owner).json()["id"]
    assert owner.put(f"/queue/{item_id}/film", content=b"film").status_code == 200
    assert owner.put(f"/queue/{item_id}/film", content=b"evil").status_code == 422
    assert owner.put("/queue/0011223344556677/film", content=b"evil").status_code == 404


def test_a_film_of_which_nothing_arrives_any_more_is_given_up(site: Site) -> None:
    tight = replace(site, free=lambda _: LEAST_FREE_BYTES + 10)
    with client_of(tight) as owner:
        gone, here = (announced(owner, size=size).json()["id"] for size in (6, 4))
        assert announced(owner, size=1).status_code == 507
        found(site.films, gone).last_received_s -= SILENT_S
        item = settled(site.films, gone)
        assert (item.record.state, item.record.message) == (
            *("failed", "the upload stood still for 2 minutes"),
        )
        assert owner.put(f"/queue/{gone}/film", content=b"film 1").status_code == 422
        assert announced(owner, size=6).status_code == 201, "its room is free again"
        assert owner.put(f"/queue/{here}/film", content=b"film").status_code == 200


def test_no_more_is_taken_of_a_film_that_was_given_up_or_cancelled_meanwhile(site: Site) -> None:
    with client_of(site):
        kept = site.films.add("monday.mp4", {}, 10)
        site.films.note_received(kept.id, 4)
        site.films.give_up(kept.id, UsageError("the network is gone"))
        cancelled = site.films.add("friday.mp4", {}, 10)
        site.films.remove(cancelled.id)
        for item_id in (kept.id, cancelled.id):
            with pytest.raises(UsageError, match="was stopped"):
                site.films.note_received(item_id, 8)
        site.films.give_up(kept.id, UsageError("the upload of this film was stopped"))
        assert found(site.films, kept.id).record.message == "the network is gone"


def test_a_full_disk_takes_no_film(site: Site) -> None:
    tight = replace(site, free=lambda _: LEAST_FREE_BYTES + 3)
    with client_of(tight) as owner:
        answer = announced(owner, size=4)
        assert answer.status_code == 507
        assert "must stay free" in answer.json()["hint"]
        assert announced(owner, size=3).status_code == 201


def test_room_that_was_promised_to_another_film_is_taken(site: Site) -> None:
    tight = replace(site, free=lambda _: LEAST_FREE_BYTES + 10)
    with client_of(tight) as owner:
        first = announced(owner, size=6).json()["id"]
        assert announced(owner, size=5).status_code == 507
        assert announced(owner, size=4).status_code == 201
        assert owner.put(f"/queue/{first}/film", content=b"film 1").status_code == 200


def test_a_full_disk_names_the_films_that_were_kept(site: Site) -> None:
    tight = replace(site, free=lambda _: LEAST_FREE_BYTES)
    with client_of(tight) as owner:
        settled(site.films, put_film(site.films, "text.mp4", b"x" * 2_000_000))
        hint = announced(owner).json()["hint"]
        assert "not measured take 2 MB: remove them from the list." in hint


async def _pieces(*pieces: bytes | Exception) -> AsyncIterator[bytes]:
    for one in pieces:
        if isinstance(one, Exception):
            raise one
        yield one


def received(path: Path, size: int, *pieces: bytes | Exception, free: int = 10**12) -> None:
    asyncio.run(receive(_pieces(*pieces), path, size, lambda _: None, lambda _: free))


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film"
    monkeypatch.setattr(uploads, "_CHECK_EVERY_BYTES", 3)
    with pytest.raises(OutputError, match="too full"):
        received(film, 8, b"film", b"film", free=5)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError, match="could not be saved: No space left") as caught:
        received(film, 8, b"film", full)
    assert str(tmp_path) not in caught.value.message
    with pytest.raises(UsageError, match="interrupted"):
        received(film, 8, b"film", ClientDisconnect())
    assert list(tmp_path.iterdir()) == []


def test_nothing_more_is_read_of_a_film_that_is_too_large(tmp_path: Path) -> None:
    """However long it is: the first piece too many ends it."""
    endless = AssertionError("more was read")
    with pytest.raises(UsageError, match="changed while it was sent"):
        received(tmp_path / "film", 4, b"film", b"+", endless)
    assert list(tmp_path.iterdir()) == []


def test_the_list_has_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_queue, "MOST_ITEMS", 2)
    with client_of(site) as owner:
        assert [announced(owner).status_code for _ in range(3)] == [201, 201, 422]


def test_a_large_request_is_refused(owner: TestClient) -> None:
    assert owner.post("/queue", content=b"[" * 100_000).status_code == 422
    assert owner.post("/queue", content=b"[" * 60_000).status_code == 422
    assert owner.post("/queue", content=b'{"name": 1}').status_code == 422


def test_names_are_cut_to_what_can_be_shown() -> None:
    assert shown_name("/a/b/monday.mp4") == "monday.mp4"
    assert shown_name("") == "film"
    assert len(shown_name("x" * 1000)) == uploads.LONGEST_NAME
    assert shown_name("a\nb.mp4") == "a\N{REPLACEMENT CHARACTER}b.mp4"


# --- measuring -----------------------------------------------------------------------------


def test_a_process_that_dies_costs_its_film_only(films: FilmQueue) -> None:
    ids = [put_film(films, name) for name in ("killed.mp4", "a.mp4")]
    assert settled(films, ids[0]).record.state == "failed"
    assert "SIGKILL" in found(films, ids[0]).record.message
    assert settled(films, ids[1]).record.state == "done"


def test_a_film_that_cannot_be_used_says_why(site: Site) -> None:
    with client_of(site) as owner:
        item_id = put_film(site.films, "text.mp4")
        settled(site.films, item_id)
        (film,) = listed(owner)
        assert film["status"] == "This film could not be measured"
        assert film["message"] == "'text.mp4' is not a video."
        assert film["hint"] == "Check that it plays."
        assert film["report"] is None


def test_a_film_stays_until_it_was_measured_or_is_removed(films: FilmQueue) -> None:
    kept = settled(films, put_film(films, "text.mp4")).record
    assert films.film_of(kept.id).read_bytes() == b"film"
    assert films.kept_bytes() == 4
    films.remove(kept.id)
    assert not films.film_of(kept.id).exists()
    assert films.kept_bytes() == 0
    done = settled(films, put_film(films, "a.mp4")).record
    assert not films.film_of(done.id).exists()


def test_a_film_is_tried_again_with_other_options(site: Site) -> None:
    with client_of(site) as owner:
        item_id = put_film(site.films, "choosy.mp4", load_kg="4")
        settled(site.films, item_id)
        (film,) = listed(owner)
        assert film["again"]
        assert (film["values"], film["fields"]) == ({"load_kg": "4"}, ["exercise"])
        refused = owner.post(f"/queue/{item_id}", json={"values": {"exercise": "sqat"}})
        assert refused.status_code == 422
        assert listed(owner) == [film], "nothing changed"
        sent = {"values": {"exercise": "squat", "load_kg": "4"}}
        assert owner.post(f"/queue/{item_id}", json=sent).status_code == 200
        assert settled(site.films, item_id).record.state == "done"
        (film,) = listed(owner)
        assert not film["again"]
        assert film["report"] == f"/sessions/{item_id}"
        assert owner.post(f"/queue/{item_id}", json=sent).status_code == 422
        assert owner.post("/queue/0011223344556677", json=sent).status_code == 404
        assert owner.post(f"/queue/{item_id}", json={}).status_code == 422


def test_a_film_that_is_tried_again_after_a_restart(site: Site, tmp_path: Path) -> None:
    with running(site.films) as films:
        item_id = put_film(films, "choosy.mp4")
        settled(films, item_id)
    later = make_site(tmp_path / "app", site.library.history)
    with running(later.films) as films:
        films.try_again(item_id, {"exercise": "squat"})
        assert settled(films, item_id).record.state == "done"


def test_trying_again_replaces_a_session_without_a_repetition(site: Site) -> None:
    with client_of(site) as owner:
        item_id = put_film(site.films, "empty.mp4")
        settled(site.films, item_id)
        site.library.rename(item_id, "of the first time")
        sent = {"values": {"exercise": "squat"}}
        assert owner.post(f"/queue/{item_id}", json=sent).status_code == 200
        settled(site.films, item_id)
        kept = site.library.find(item_id)
        assert kept is not None
        assert kept.title != "of the first time"


def test_a_film_to_be_kept_goes_to_its_session_when_it_leaves_the_list(films: FilmQueue) -> None:
    kept = settled(films, put_film(films, "empty.mp4", b"my film", keep_film="on")).record
    films.remove(kept.id)
    assert (films.sessions / kept.id / film_queue.ORIGINAL_NAME).read_bytes() == b"my film"


def test_no_repetition_is_said_and_has_a_report(site: Site) -> None:
    with client_of(site) as owner:
        settled(site.films, put_film(site.films, "empty.mp4"))
        (film,) = listed(owner)
        assert film["state"] == "no_repetition"
        assert owner.get(film["report"]).status_code == 200


def test_a_running_film_shows_what_is_seen_and_can_be_cancelled(site: Site) -> None:
    with client_of(site) as owner:
        item_id = put_film(site.films, "long.mp4")
        wait_for(lambda: listed(owner)[0]["picture"])
        (film,) = listed(owner)
        assert (film["state"], film["status"]) == ("measuring", "Measuring")
        assert film["left_s"] == 12.0
        assert owner.get(f"/queue/{item_id}/picture").content == jpeg()
        assert owner.delete(f"/queue/{item_id}").status_code == 204
        wait_for(lambda: not listed(owner))
        assert not (site.films.folder / item_id).exists()
        assert list(site.library.folder.iterdir()) == []
        following = put_film(site.films, "a.mp4")
        assert settled(site.films, following).record.state == "done"


def test_two_tabs_see_the_same_and_cancel_once(site: Site) -> None:
    with client_of(site) as one:
        two = TestClient(one.app, base_url=str(one.base_url), headers=dict(one.headers))
        two.cookies = one.cookies
        item_id = announced(one).json()["id"]
        assert listed(two) == listed(one)
        assert [tab.delete(f"/queue/{item_id}").status_code for tab in (one, two)] == [204, 404]
        assert listed(one) == listed(two) == []


def test_the_film_is_kept_on_request(films: FilmQueue) -> None:
    item_id = put_film(films, "a.mp4", b"my film", keep_film="on")
    settled(films, item_id)
    assert (films.sessions / item_id / film_queue.ORIGINAL_NAME).read_bytes() == b"my film"
    assert not films.film_of(item_id).exists()


def test_a_closed_server_begins_again_with_what_waited(tmp_path: Path, history_file: Path) -> None:
    site = make_site(tmp_path, history_file)
    with running(site.films) as films:
        done = put_film(films, "a.mp4")
        settled(films, done)
        unfinished = put_film(films, "long.mp4")
        waiting = put_film(films, "b.mp4")
        half = films.add("half.mp4", {}, 400)
        wait_for(lambda: found(films, unfinished).progress)
    (site.films.folder / unfinished / "item.json").write_bytes(
        (site.films.folder / unfinished / "item.json").read_bytes().replace(b"long", b"c")
    )
    later = make_site(tmp_path, history_file)
    assert [item.record.id for item in later.films.items()] == [done, unfinished, waiting]
    assert not (later.films.folder / half.id).exists()
    with running(later.films) as films:
        assert settled(films, unfinished).record.state == "done"
        assert settled(films, waiting).record.state == "done"


def test_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    """A process of its own is killed while it measures; its workers end by themselves."""
    program = tmp_path / "program.py"
    program.write_text(
        "import time\n"
        "from pathlib import Path\n"
        "from web_work import make_site, put_film, settled\n"
        "if __name__ == '__main__':\n"
        f"    site = make_site(Path({str(tmp_path / 'app')!r}), Path({str(tmp_path / 'h')!r}))\n"
        "    site.films.start()\n"
        "    settled(site.films, put_film(site.films, 'a.mp4'))\n"
        "    running = put_film(site.films, 'long.mp4')\n"
        "    while site.films.find(running).progress is None:\n"
        "        time.sleep(0.05)\n"
        "    print('measuring', flush=True)\n"
        "    time.sleep(600)\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with child([sys.executable, program], env={**os.environ, "PYTHONPATH": paths}) as server:
        assert next_line(server) == "measuring\n"
        server.kill()
    later = make_site(tmp_path / "app", tmp_path / "h")
    assert [item.record.state for item in later.films.items()] == ["done", "waiting"]
    assert len(later.library.sessions()) == 1


@pytest.mark.parametrize("damaged", [b"", b"{", b'{"id": "x", "name": "y"}'])
def test_a_damaged_line_of_the_list_is_left_out(
    tmp_path: Path, history_file: Path, damaged: bytes
) -> None:
    place = tmp_path / "queue" / "0011223344556677"
    place.mkdir(parents=True)
    (place / "item.json").write_bytes(damaged)
    assert make_site(tmp_path, history_file).films.items() == []


def test_a_session_without_its_film_is_only_drawn(
    tmp_path: Path, history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a kill between the session and its film."""
    from store_examples import good_set

    from formcheck.store import kept_film
    from formcheck.web.measuring import FilmJob, measure_film

    drawn: list[Path] = []
    put_session(tmp_path / "s", good_set())
    (tmp_path / "s" / "poses.fcp").write_bytes(b"poses")
    monkeypatch.setattr(kept_film, "draw_again", lambda folder, *_: drawn.append(folder))
    job = FilmJob(tmp_path / "film", tmp_path / "s", UploadOptions(), history_file)
    outcome = measure_film(job, lambda _: None)
    assert drawn == [tmp_path / "s"]
    assert outcome.status == "done"
    assert outcome.verdict


def test_a_text_that_calls_itself_a_film_is_refused(tmp_path: Path, history_file: Path) -> None:
    from formcheck.web.measuring import FilmJob, measure_film

    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"secret")
    for text in (b"hello", f"ffconcat version 1.0\nfile {secret}\n".encode(), b"#EXTM3U\n"):
        (tmp_path / "film").write_bytes(text)
        options = UploadOptions(film_name="monday.mp4", exercise="squat")
        job = FilmJob(tmp_path / "film", tmp_path / "out", options, history_file)
        outcome = measure_film(job, lambda _: None)
        assert outcome.status == "failed"
        assert "'monday.mp4' is not a video" in outcome.message
        assert not (tmp_path / "out").exists()


def test_a_small_machine_measures_one_film_at_a_time() -> None:
    assert [workers_for(cores) for cores in (1, 2, 3, 4, 16)] == [1, 1, 1, 2, 2]


def test_a_film_of_which_nothing_is_heard_is_given_up(
    films: FilmQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_queue, "STALLED_S", 1.0)
    item = settled(films, put_film(films, "hangs.mp4"))
    assert item.record.state == "failed"
    assert item.record.message.startswith("no progress for")
