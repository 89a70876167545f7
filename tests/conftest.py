"""What several test files share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


LONG = (
    *("test_live_session", "test_web_live", "test_web_browser", "test_web_people"),
    *("test_web_queue", "test_app_film", "test_slow_ways", "test_guided", "test_worked_examples"),
)
"""Files that take ten seconds and more, and do not run the pose model."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take long begin: no process is left with one of them at the end.

    Each of pytest's processes takes the next whole file as soon as it is free. First come those
    that run the pose model.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: (item.path not in slow, item.path.stem not in LONG))


def pytest_collection_finish() -> None:
    """Take what is loaded by now out of the garbage collector, which live sessions run each time.

    It would scan a third of a million objects of pytest and the tests.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def sample_videos() -> Path:
    """The folder with the clips of known movement."""
    return ROOT / "sample_videos"


@pytest.fixture(scope="session")
def small_films() -> Path:
    """The folder with films that only tests need."""
    return ROOT / "tests" / "films"


@pytest.fixture(scope="session")
def history_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Name one folder after the other, in one: pytest reads all of its own to number a new one."""
    parent = tmp_path_factory.mktemp("histories")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def history_file(history_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a history of the test's own: no test may touch the user's."""
    folder = next(history_folders)
    folder.mkdir()
    path = folder / "history.sqlite3"
    monkeypatch.setenv("FORMCHECK_HISTORY", str(path))
    return path


@dataclass(frozen=True)
class Outcome:
    """What one command gave."""

    code: int
    out: str
    err: str


RunCli = Callable[..., Outcome]


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str]) -> RunCli:
    """Run the command line in this process."""
    from formcheck.cli import main

    def run(*args: str) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(args)
        captured = capsys.readouterr()
        code = stopped.value.code
        assert isinstance(code, int)
        return Outcome(code, captured.out, captured.err)

    return run
