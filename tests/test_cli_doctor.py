"""The command ``doctor``: each finding has a status and, when it is not ok, advice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli

from formcheck.cli import doctor_command as doctor
from formcheck.cli.doctor_command import MachineCheck, ProbeError


def failing(words: str) -> doctor.Probe:
    def probe(*_: str) -> Mapping[str, Any]:
        raise ProbeError(words)

    return probe


def giving(**found: Any) -> doctor.Probe:
    return lambda *_: found


def test_this_machine_can_analyze(run_cli: RunCli) -> None:
    outcome = run_cli("doctor", "--json")
    checks = json.loads(outcome.out)
    assert [check for check in checks if check["status"] == "fail"] == []
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("checks", "code", "says"),
    [
        ([MachineCheck("a", "ok", "fine")], 0, "Ready"),
        ([MachineCheck("a", "warn", "so-so", "mend it")], 0, "mend it"),
        (
            [MachineCheck("a", "ok", "fine"), MachineCheck("b", "fail", "gone", "get it")],
            3,
            "1 of 2",
        ),
    ],
)
def test_only_a_failure_changes_the_exit_code(
    checks: list[MachineCheck],
    code: int,
    says: str,
    run_cli: RunCli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "all_checks", lambda: iter(checks))
    outcome = run_cli("doctor")
    assert outcome.code == code
    assert says in outcome.out
    assert run_cli("doctor", "--json").code == code


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libEGL.so.1", "libegl1"),
        ("libGLESv2.so.2", "libgles2"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
    ],
)
def test_a_missing_system_library_names_its_package(library: str, package: str) -> None:
    words = f"{library}: cannot open shared object file"
    check = doctor.check_library("OpenCV", failing(words), "opencv")
    assert check.status == "fail"
    assert library in check.found
    assert check.advice.endswith(f"apt-get install {package}")


def test_an_unknown_library_is_named_all_the_same() -> None:
    advice = doctor.advise_on_library("libodd.so.7: cannot open shared object file")
    assert "libodd.so" in advice


@pytest.mark.parametrize(
    ("lacking", "status"),
    [(None, "ok"), ("hevc decode", "warn"), ("h264 decode", "fail"), ("libx264 encode", "fail")],
)
def test_codecs(lacking: str | None, status: str) -> None:
    codecs = dict.fromkeys(("h264 decode", "hevc decode", "libx264 encode"), True)
    if lacking:
        codecs[lacking] = False
    check = doctor.check_codecs(giving(**codecs))
    assert check.status == status
    assert bool(check.advice) == (status != "ok")


@pytest.mark.parametrize(
    ("installed", "status"),
    [
        ({"opencv-contrib-python"}, "ok"),
        ({"opencv-contrib-python", "opencv-python-headless"}, "warn"),
        (set(), "fail"),
    ],
)
def test_exactly_one_opencv(
    installed: set[str], status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: "5.0" if name in installed else None)
    assert doctor.check_one_opencv().status == status


def test_a_missing_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "scipy" else "1.0")
    check = doctor.check_packages()
    assert check.status == "fail"
    assert check.found == "missing: scipy"


def with_cameras(cameras: list[dict[str, Any]], opening: doctor.Probe) -> doctor.Probe:
    def probe(name: str, *args: str) -> Mapping[str, Any]:
        return {"cameras": cameras} if name == "cameras" else opening(name, *args)

    return probe


@pytest.mark.parametrize(
    ("opening", "status", "says"),
    [
        (giving(**{"gave a frame": True}), "ok", "2 (Webcam), 4"),
        (giving(**{"gave a frame": False}), "warn", "camera 2 sends no picture"),
        (failing("no answer within 60 s"), "warn", "camera 2: no answer within 60 s"),
    ],
)
def test_cameras_are_listed_and_the_first_is_tried(
    opening: doctor.Probe, status: str, says: str, tmp_path: Path
) -> None:
    cameras = [{"number": 2, "name": "Webcam"}, {"number": 4, "name": ""}]
    check = doctor.check_cameras(with_cameras(cameras, opening), tmp_path)
    assert (check.status, check.found) == (status, says)


def test_no_camera_is_only_a_note(tmp_path: Path) -> None:
    unused = failing("a camera was opened though there is none")
    check = doctor.check_cameras(with_cameras([], unused), tmp_path)
    assert (check.status, check.advice) == ("ok", "")
    assert doctor.check_cameras(failing("no answer within 60 s"), tmp_path).status == "warn"


def test_the_camera_probes_answer() -> None:
    assert isinstance(doctor.run_probe("cameras")["cameras"], list)
    assert doctor.run_probe("camera", "97") == {"gave a frame": False}


@pytest.mark.parametrize(
    ("answer", "status", "found", "advised"),
    [
        (giving(**{"why silent": None}), "ok", "works", False),
        (giving(**{"why silent": "no sound: no audio"}), "warn", "no audio", True),
        (failing("no answer within 60 s"), "warn", "no answer within 60 s", True),
    ],
)
def test_a_session_that_cannot_be_heard_is_told_before_it_begins(
    answer: doctor.Probe, status: str, found: str, advised: bool
) -> None:
    check = doctor.check_sound("sound", answer, "Watch the screen")
    assert (check.status, check.found) == (status, found)
    assert check.advice == ("Watch the screen" if advised else "")


@pytest.mark.parametrize("name", ["sound", "voice"])
def test_the_sound_probes_answer_in_words(name: str) -> None:
    reason = doctor.run_probe(name)["why silent"]
    assert reason is None or reason.strip()


def test_no_display_is_no_obstacle() -> None:
    assert doctor.check_display({}).status == "ok"
    assert doctor.check_display({"DISPLAY": ":0"}).found == "DISPLAY=:0"


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    assert doctor.check_folder("current folder", lambda: tmp_path / "gone").status == "warn"
    assert doctor.check_folder("temporary folder", lambda: tmp_path / "gone").status == "fail"
    assert doctor.check_folder("temporary folder", lambda: tmp_path).status in {"ok", "warn"}
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_model_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from formcheck.pose import model

    damaged = tmp_path / "model.task"
    damaged.write_bytes(b"not a model")
    monkeypatch.setattr(model, "bundled_path", lambda: damaged)
    check = doctor.check_model()
    assert check.status == "fail"
    assert check.advice


def test_a_probe_that_dies_is_reported_not_shared() -> None:
    with pytest.raises(ProbeError, match="KeyError"):
        doctor.run_probe("no such probe")


@pytest.mark.parametrize(
    ("probe", "status", "says"),
    [
        (giving(**{"seen": True, "poses a second": 51.7}), "ok", "52 frames a second on 2 proc"),
        (giving(**{"seen": True, "poses a second": 18.0}), "warn", "18 frames a second"),
        (giving(**{"seen": False, "poses a second": 51.7}), "fail", "does not find the person"),
        (failing("libEGL.so.1: cannot open shared object file"), "fail", "libEGL"),
    ],
)
def test_the_model_is_tried_and_timed(probe: doctor.Probe, status: str, says: str) -> None:
    check = doctor.check_speed(probe, 2)
    assert check.status == status
    assert says in check.found
    assert bool(check.advice) == (status != "ok")


@pytest.mark.slow
def test_the_model_finds_the_person_in_formchecks_own_picture() -> None:
    found = doctor.run_probe("speed")
    assert found["seen"] is True
    assert found["poses a second"] > 0
