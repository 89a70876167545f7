"""Find the pose model file, check that it is intact, and compute its digest."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from formcheck.data.errors import ModelError
from formcheck.data.plain_file import open_plain
from formcheck.pose.estimator import ModelInfo

# The model that comes with formcheck, and its published digest.
BUNDLE_NAME = "pose_landmarker_full.task"
BUNDLE_SHA256 = "e360e137498536cec7567f9fd9a7c44caea927db49208de7772d71748685a5d3"

BUNDLE_PARTS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""Files in every PoseLandmarker bundle: the person detector and the landmark model."""

MAX_PART_BYTES = 200_000_000
"""Limit on the unpacked size, as a small zip file can unpack to far more. The largest published
bundle is a sixth of this."""

TFLITE_IDENTIFIER = b"TFL3"
"""Bytes 4 to 7 of every TFLite file."""

REBUILD_HINT = "reinstall formcheck, or in a checkout rebuild it with models/build_bundle.py"
CHOOSE_HINT = "give a MediaPipe PoseLandmarker bundle (.task), or none to use formcheck's own model"


@dataclass(frozen=True)
class ModelFile:
    """A pose model file that exists and passed the checks."""

    path: Path
    info: ModelInfo


def find_model(path: Path | None = None) -> ModelFile:
    """Find a pose model file and check that it can be used.

    Parameters
    ----------
    path
        Any PoseLandmarker bundle (lite, full or heavy). ``None`` uses the one that comes with
        formcheck; its digest must then be the published one.

    Raises
    ------
    ModelError
        The file does not exist, is damaged, or is not a PoseLandmarker bundle.
    """
    if path is None:
        return _bundled_model()
    digest = _sha256(path, CHOOSE_HINT)
    _check_bundle(path)
    return ModelFile(path, ModelInfo(name=path.name, sha256=digest))


def bundled_path() -> Path:
    """Return the path of formcheck's own model: in the installed package, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / BUNDLE_NAME
    return installed if installed.exists() else package.parents[1] / "models" / BUNDLE_NAME


def _bundled_model() -> ModelFile:
    """Return formcheck's own model; raises ``ModelError`` when it is damaged."""
    path = bundled_path()
    digest = _sha256(path, REBUILD_HINT)
    if digest != BUNDLE_SHA256:
        raise ModelError(
            f"the pose model {str(path)!r} is damaged: its sha256 should begin with "
            f"{BUNDLE_SHA256[:12]} but begins with {digest[:12]}",
            hint=REBUILD_HINT,
        )
    return ModelFile(path, ModelInfo(name=BUNDLE_NAME, sha256=digest))


def _sha256(path: Path, hint: str) -> str:
    """Return the SHA-256 of the file in hex; raises ``ModelError`` when it cannot be read."""
    if path.is_dir():
        raise ModelError(f"the pose model {str(path)!r} is a folder, not a file", hint=hint)
    try:
        with open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"there is no pose model at {str(path)!r}", hint=hint) from None
    except OSError as error:
        raise ModelError(
            f"the pose model {str(path)!r} cannot be read: {error.strerror}", hint=hint
        ) from error


def _check_bundle(path: Path) -> None:
    """Reject a bundle on which MediaPipe would fail, with a clearer message than its own."""
    try:
        with zipfile.ZipFile(path) as bundle:
            missing = [part for part in BUNDLE_PARTS if part not in bundle.namelist()]
            if missing:
                raise ModelError(
                    f"{str(path)!r} is not a PoseLandmarker bundle: it contains no "
                    f"{' and no '.join(missing)}",
                    hint=CHOOSE_HINT,
                )
            for part in BUNDLE_PARTS:
                if bundle.getinfo(part).file_size > MAX_PART_BYTES:
                    raise ModelError(
                        f"{str(path)!r} is not a PoseLandmarker bundle: its {part} is too large",
                        hint=CHOOSE_HINT,
                    )
                if bundle.read(part)[4:8] != TFLITE_IDENTIFIER:
                    raise ModelError(
                        f"{str(path)!r} is damaged: its {part} is not a TFLite model",
                        hint=CHOOSE_HINT,
                    )
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ModelError(
            f"{str(path)!r} is damaged, or is not a PoseLandmarker bundle: {error}",
            hint=CHOOSE_HINT,
        ) from error
