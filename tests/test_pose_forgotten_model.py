"""A pose model that nobody closed is freed, and never stops the program."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

from formcheck.pose import mediapipe_estimator
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.mediapipe_estimator import Landmarker
from formcheck.pose.model import ModelFile

WAITS_S = 10.0


class Native:
    """Needs a lock to close, as MediaPipe does: that of all executors."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self.closed = 0

    def close(self) -> None:
        with self._lock:
            self.closed += 1


@pytest.fixture
def lock() -> threading.Lock:
    return threading.Lock()


@pytest.fixture
def made(lock: threading.Lock, monkeypatch: pytest.MonkeyPatch) -> list[Native]:
    natives: list[Native] = []

    def create(*_: object, **__: object) -> Native:
        natives.append(Native(lock))
        return natives[-1]

    monkeypatch.setattr(mediapipe_estimator, "_create", create)
    return natives


def landmarker() -> Landmarker:
    model = ModelFile(Path("none"), ModelInfo("full", "0" * 64))
    return Landmarker(model, video=True, max_people=1, outlines=False)


def test_a_model_is_closed_once(made: list[Native]) -> None:
    one = landmarker()
    one.close()
    one.close()
    del one
    gc.collect()
    landmarker().close()
    assert [native.closed for native in made] == [1, 1]


def test_collecting_a_forgotten_model_waits_for_nothing(
    made: list[Native], lock: threading.Lock
) -> None:
    """Garbage may be collected by a thread that holds the very lock that closing needs."""
    forgotten = [landmarker()]

    def collect() -> None:
        with lock:
            forgotten.clear()
            gc.collect()

    collecting = threading.Thread(target=collect, daemon=True)
    collecting.start()
    collecting.join(WAITS_S)
    assert not collecting.is_alive()
    assert made[0].closed == 0
    landmarker().close()
    assert [native.closed for native in made] == [1, 1]
