"""The command ``app``: where it listens, what it prints, and what it cannot do."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from child_processes import child, next_line
from conftest import RunCli

from formcheck.cli import app_command
from formcheck.store import extras
from formcheck.web import server as server_module
from formcheck.web.invitations import Invitation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app") / "data"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its link."""
    environment = {**os.environ, "FORMCHECK_HISTORY": str(folder.parent / "history.sqlite3")}
    with child(
        [sys.executable, "-m", "formcheck", "app", "--no-browser", "--json", "--folder", folder],
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        yield process, json.loads(next_line(process))["link"]


def port_of(link: str) -> int:
    return int(link.rpartition("/enter#")[0].rpartition(":")[2])


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_link_opens_and_the_rest_is_closed(
    server: tuple[subprocess.Popen[str], str], folder: Path
) -> None:
    _, link = server
    page, _, token = link.partition("#")
    assert page.startswith("http://127.0.0.1:")
    assert len(token) > 40
    assert status(page) == 200
    assert status(page.replace("/enter", "/")) == 403
    for place in (folder, folder / "queue", folder / "sessions"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_only_this_machine_can_reach_it(server: tuple[subprocess.Popen[str], str]) -> None:
    """All other addresses of this machine refuse; 127.0.0.2 is one on Linux."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port_of(server[1])), timeout=10)


def test_a_port_and_a_folder_are_for_one_app(
    server: tuple[subprocess.Popen[str], str], folder: Path, tmp_path: Path, run_cli: RunCli
) -> None:
    port = str(port_of(server[1]))
    taken = run_cli("app", "--no-browser", "--port", port, "--folder", str(tmp_path))
    assert taken.code == 2
    assert "another program uses it" in taken.err
    assert "--port" in taken.err
    twice = run_cli("app", "--no-browser", "--folder", str(folder))
    assert twice.code == 2
    assert "already running" in twice.err


def test_ctrl_c_ends_it(server: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = server
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == ""
    assert err == "formcheck: ended.\n"


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "file").write_text("")
    refused = run_cli("app", "--no-browser", "--folder", str(tmp_path / "file"))
    assert refused.code == 2
    assert "cannot be used" in refused.err
    assert "name is empty" in run_cli("app", "--folder", " ").err


def test_without_its_packages_it_says_how_to_get_them(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    missing = run_cli("app")
    assert missing.code == 2
    assert "pip install 'formcheck[app]'" in missing.err


def test_the_first_page_waits_for_nothing_heavy() -> None:
    """What reads films, measures and draws is loaded by those who do that."""
    program = (
        "import sys\n"
        "import formcheck.web.server\n"
        "print(sorted({'av', 'cv2', 'mediapipe', 'scipy', 'sounddevice'} & set(sys.modules)))\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, timeout=240
    )
    assert loaded.stdout == b"[]\n"


def test_without_the_packages_of_the_network_only_the_network_is_missing(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "segno" else name)
    monkeypatch.setattr(server_module, "serve", lambda *_: None)
    missing = run_cli("app", "--lan")
    assert missing.code == 2
    assert "segno" in missing.err
    assert "pip install 'formcheck[app]'" in missing.err
    assert run_cli("app").code == 0


NETWORK = "192.168.7.20:8443"
LINKS = (f"https://{NETWORK}/enter#one", f"https://{NETWORK}/enter#two")
OPENED = server_module.StartLinks(
    "http://127.0.0.1:8123/enter#mine",
    phone=Invitation(NETWORK, LINKS[0]),
    screen=Invitation(NETWORK, LINKS[1]),
    fingerprint="A6:2D",
)


def test_links_for_phone_and_screen_are_printed(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "serve", lambda _options, ready, _trouble: ready(OPENED))
    printed = run_cli("app", "--lan", "--no-browser").out
    for text in (*LINKS, OPENED.link, "A6:2D", "warns once"):
        assert text in printed
    data = json.loads(run_cli("app", "--lan", "--no-browser", "--json").out)
    assert data == {
        "link": OPENED.link,
        "phone": LINKS[0],
        "screen": LINKS[1],
        "fingerprint": "A6:2D",
    }


def test_a_terminal_gets_the_codes_too(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "serve", lambda _options, ready, _trouble: ready(OPENED))
    plain = run_cli("app", "--lan", "--no-browser").out
    assert "\N{FULL BLOCK}" not in plain
    monkeypatch.setattr(app_command, "_is_terminal", lambda: True)
    drawn = run_cli("app", "--lan", "--no-browser").out
    assert drawn.count("\N{FULL BLOCK}") > 100


def test_nothing_else_needs_a_server() -> None:
    program = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'playwright'):\n"
        "    sys.modules[name] = None\n"
        "import formcheck\n"
        "formcheck.analyze, formcheck.view\n"
        "from formcheck.cli import analyze_command, batch_command, commands, live_command\n"
        "from formcheck.app import analyze\n"
        "from formcheck.app.batch import batch_run\n"
        "from formcheck.app.live import live_session\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=240).returncode == 0
