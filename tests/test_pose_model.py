from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import zipfile
from pathlib import Path

import pytest

from formcheck.data.errors import ModelError
from formcheck.pose import model as pose_model
from formcheck.pose.model import BUNDLE_PARTS, BUNDLE_SHA256, bundled_path, find_model

TFLITE = b"\x1c\0\0\0TFL3" + bytes(40)
WHEEL_VARIABLE = "FORMCHECK_MEDIAPIPE_WHEEL"


def write_bundle(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, data in parts.items():
            bundle.writestr(name, data)
    return path


def test_the_bundled_model_has_the_published_digest() -> None:
    found = find_model()
    assert found.info.sha256 == BUNDLE_SHA256
    assert hashlib.sha256(found.path.read_bytes()).hexdigest() == BUNDLE_SHA256


def test_the_digest_file_and_the_notice_name_the_same_digest(root: Path) -> None:
    digest_file = root / "models" / "pose_landmarker_full.task.sha256"
    assert digest_file.read_text().split() == [BUNDLE_SHA256, "pose_landmarker_full.task"]
    assert BUNDLE_SHA256 in (root / "models" / "NOTICE.md").read_text()


def test_one_flipped_byte_in_the_bundled_model_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(bundled_path().read_bytes())
    data[len(data) // 2] ^= 1
    damaged = tmp_path / "pose_landmarker_full.task"
    damaged.write_bytes(data)
    monkeypatch.setattr(pose_model, "bundled_path", lambda: damaged)
    with pytest.raises(ModelError, match="damaged") as caught:
        find_model()
    assert BUNDLE_SHA256[:12] in caught.value.message
    assert "reinstall" in caught.value.hint
    assert "build_bundle.py" in caught.value.hint


def test_a_missing_bundled_model_says_how_to_get_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pose_model, "bundled_path", lambda: tmp_path / "gone.task")
    with pytest.raises(ModelError, match="no pose model at") as caught:
        find_model()
    assert "build_bundle.py" in caught.value.hint


def test_another_bundle_is_taken_with_its_own_name_and_digest(tmp_path: Path) -> None:
    path = write_bundle(tmp_path / "lite.task", dict.fromkeys(BUNDLE_PARTS, TFLITE))
    found = find_model(path)
    assert found.path == path
    assert found.info.name == "lite.task"
    assert found.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def damaged_bundle(path: Path) -> Path:
    write_bundle(path, dict.fromkeys(BUNDLE_PARTS, TFLITE))
    data = bytearray(path.read_bytes())
    data[data.index(TFLITE) + 20] ^= 1  # the zip's own checksum no longer fits
    path.write_bytes(data)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_what_is_no_bundle_is_refused_in_one_line_that_names_it(tmp_path: Path) -> None:
    detector, landmarks = BUNDLE_PARTS
    refused = {
        "there is no pose model": tmp_path / "missing.task",
        "is a folder": tmp_path,
        "not a zip file": written(tmp_path / "text.task", b"hello"),
        "no pose_landmarks_detector.tflite": write_bundle(
            tmp_path / "half.task", {detector: TFLITE}
        ),
        "is not a TFLite model": write_bundle(
            tmp_path / "junk.task", {detector: TFLITE, landmarks: b"junk"}
        ),
        "Bad CRC": damaged_bundle(tmp_path / "damaged.task"),
    }
    for reason, path in refused.items():
        with pytest.raises(ModelError, match=reason) as caught:
            find_model(path)
        assert path.name in caught.value.message
        assert "\n" not in caught.value.message
        assert "PoseLandmarker" in caught.value.hint


def test_control_characters_of_a_file_name_do_not_reach_the_message(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(tmp_path / "red\x1b[31m.task")
    assert "\x1b" not in caught.value.message


@pytest.mark.skipif(
    WHEEL_VARIABLE not in os.environ, reason=f"{WHEEL_VARIABLE} does not name the wheel"
)
def test_the_bundle_is_rebuilt_byte_for_byte_from_the_wheel(root: Path) -> None:
    script = root / "models" / "build_bundle.py"
    spec = importlib.util.spec_from_file_location("build_bundle", script)
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    sys.modules["build_bundle"] = builder
    try:
        spec.loader.exec_module(builder)
        rebuilt = builder.build(Path(os.environ[WHEEL_VARIABLE]))
    finally:
        del sys.modules["build_bundle"]
    assert hashlib.sha256(rebuilt).hexdigest() == BUNDLE_SHA256


def test_a_part_that_unpacks_to_far_more_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formcheck.pose.model.MAX_PART_BYTES", 1_000)
    part = b"\x1c\0\0\0TFL3" + bytes(2_000)
    bomb = write_bundle(tmp_path / "bomb.task", dict.fromkeys(BUNDLE_PARTS, part))
    with pytest.raises(ModelError, match="too large"):
        find_model(bomb)
