"""The command ``doctor``: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from formcheck import __version__
from formcheck.cli import BAD_INPUT, DONE
from formcheck.cli.console import console
from formcheck.cli.lines import printable
from formcheck.data.errors import FormcheckError

Status = Literal["ok", "warn", "fail"]

PACKAGES = (
    "mediapipe",
    "numpy",
    "scipy",
    "av",
    "pillow",
    "jinja2",
    "typer",
    "rich",
    "platformdirs",
)
OPENCV_PACKAGES = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
PROBE_TIMEOUT_S = 60.0
DISK_WANTED_BYTES = 1_000_000_000
POSES_A_SECOND_WANTED = 30.0

DEBIAN_PACKAGES = {
    "libGL.so": "libgl1",
    "libEGL.so": "libegl1",
    "libGLESv2.so": "libgles2",
    "libgthread-2.0.so": "libglib2.0-0",
    "libglib-2.0.so": "libglib2.0-0",
    "libxcb.so": "libxcb1",
    "libX11.so": "libx11-6",
}
"""Which package of Debian and Ubuntu brings a system library of MediaPipe and OpenCV."""

_MISSING = re.compile(r"(lib[\w.+-]+?\.so)([.\d]*): cannot open shared object file")

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name
        What was looked at.
    status
        ``ok``; ``warn``: it works, with a limit; ``fail``: no film can be analyzed.
    found
        What was found.
    advice
        What to do; empty when nothing needs to be done.
    """

    name: str
    status: Status
    found: str
    advice: str = ""


class ProbeError(Exception):
    """A probe's process failed; the text is the last line it printed."""


Probe = Callable[..., Mapping[str, Any]]


def check_machine(*, as_json: bool) -> int:
    """Print every check; give 0, or 3 when something fails that ``analyze`` needs."""
    checks = list(all_checks())
    if as_json:
        sys.stdout.write(json.dumps([asdict(check) for check in checks], indent=2) + "\n")
    else:
        _print_checks(checks)
    return BAD_INPUT if any(check.status == "fail" for check in checks) else DONE


def all_checks() -> Iterator[Check]:
    """Look at everything, in the order in which it is shown."""
    yield check_python()
    yield check_packages()
    yield check_one_opencv()
    yield check_library("OpenCV", run_probe, "opencv")
    yield check_library("MediaPipe", run_probe, "pose")
    yield check_model()
    yield check_speed(run_probe, os.cpu_count() or 1)
    yield check_codecs(run_probe)
    yield check_display(os.environ)
    yield check_cameras(run_probe)
    yield check_folder("temporary folder", tempfile.gettempdir)
    yield check_folder("current folder", Path.cwd)


def _print_checks(checks: Sequence[Check]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for check in checks:
        found = Text(printable(check.found))
        if check.advice:
            found.append(f"\n→ {printable(check.advice)}", style="bold")
        table.add_row(Text(check.status, style=_STYLES[check.status]), check.name, found)
    screen = console()
    screen.print(table)
    screen.print()
    failed = sum(check.status == "fail" for check in checks)
    if failed:
        screen.print(Text(f"{failed} of {len(checks)} checks failed.", style="bold red"))
    else:
        screen.print(Text("Ready to analyze films.", style="bold"))


def run_probe(name: str, *args: str) -> Mapping[str, Any]:
    """Run one probe in a process of its own; raise ``ProbeError`` with the last line it printed."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, run by our own interpreter
            [sys.executable, "-m", "formcheck.cli.probes", name, *args],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProbeError(f"no answer within {PROBE_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        raise ProbeError(_failure_of(done.stderr, done.returncode))
    result: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _failure_of(stderr: str, code: int) -> str:
    library = missing_library(stderr)
    if library:
        return f"{library}: cannot open shared object file"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"the process ended with code {code}"


def check_python() -> Check:
    """Name the Python that runs formcheck."""
    return Check(
        "Python", "ok", f"{platform.python_version()} on {platform.platform()}, {sys.prefix}"
    )


def check_packages() -> Check:
    """Look for every package formcheck needs."""
    versions = {name: _version(name) for name in PACKAGES}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return Check(
            "packages",
            "fail",
            f"missing: {', '.join(missing)}",
            "Install formcheck again in a fresh virtual environment",
        )
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Check("packages", "ok", f"formcheck {__version__}, {listed}")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def check_one_opencv() -> Check:
    """Look for a second OpenCV package: they overwrite each other's files."""
    found = [name for name in OPENCV_PACKAGES if _version(name)]
    if len(found) == 1:
        return Check("OpenCV package", "ok", f"only {found[0]} {_version(found[0])}")
    if not found:
        return Check(
            "OpenCV package", "fail", "none", "Run: pip install --force-reinstall mediapipe"
        )
    return Check(
        "OpenCV package",
        "warn",
        f"{' and '.join(found)} overwrite each other",
        f"Run: pip uninstall {' '.join(found)}, then: pip install opencv-contrib-python",
    )


def check_library(title: str, probe: Probe, name: str) -> Check:
    """Load a native library; when a system library is missing, name its package."""
    try:
        return Check(title, "ok", f"{probe(name)['version']} loads")
    except ProbeError as error:
        return Check(title, "fail", str(error), advise_on_library(str(error)))


def advise_on_library(error: str) -> str:
    """Say how to fix a native library that does not load."""
    library = missing_library(error)
    return advise_on(library) if library else "Install formcheck again in a fresh environment"


def check_model() -> Check:
    """Compare the pose model's digest with the one that was published."""
    from formcheck.pose.model import find_model

    try:
        model = find_model()
    except FormcheckError as error:
        return Check("pose model", "fail", error.message, error.hint)
    return Check("pose model", "ok", f"{model.info.name}, SHA-256 {model.info.sha256[:16]}…")


def check_codecs(probe: Probe) -> Check:
    """Look for the codecs that phones film in and browsers play."""
    try:
        codecs = probe("codecs")
    except ProbeError as error:
        return Check("FFmpeg", "fail", str(error), advise_on_library(str(error)))
    missing = [name for name, present in codecs.items() if not present]
    if not missing:
        return Check("FFmpeg", "ok", ", ".join(codecs))
    only_hevc = missing == ["hevc decode"]
    return Check(
        "FFmpeg",
        "warn" if only_hevc else "fail",
        f"lacks {', '.join(missing)}",
        "Film in the phone's most compatible mode (H.264)"
        if only_hevc
        else "Install PyAV from its wheel: pip install --force-reinstall --only-binary av av",
    )


def check_display(environment: Mapping[str, str]) -> Check:
    """See whether there is a screen; no window is opened, which would end the process."""
    if sys.platform in {"win32", "darwin"}:
        return Check("display", "ok", "of the desktop")
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if environment.get(variable):
            return Check("display", "ok", f"{variable}={environment[variable]}")
    return Check("display", "ok", "none; films are analyzed without one")


def check_cameras(probe: Probe, devices: Path = Path("/dev")) -> Check:
    """List the cameras, and see whether the first delivers a frame."""
    try:
        cameras = probe("cameras")["cameras"]
    except ProbeError as error:
        return Check("cameras", "warn", str(error), "Films can still be analyzed")
    if not cameras:
        return Check("cameras", "ok", "none; films are analyzed without one")
    number = cameras[0]["number"]
    device = devices / f"video{number}"
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return Check(
            "cameras",
            "warn",
            f"{device} may not be opened by this user",
            "Run: sudo usermod -aG video $USER, then log in again",
        )
    try:
        works = bool(probe("camera", str(number))["gave a frame"])
    except ProbeError as error:
        return Check("cameras", "warn", f"camera {number}: {error}", "Films can still be analyzed")
    if not works:
        return Check(
            "cameras",
            "warn",
            f"camera {number} delivers no frame",
            "Close other programs that use it; films can still be analyzed",
        )
    return Check("cameras", "ok", ", ".join(map(_camera_in_words, cameras)))


def _camera_in_words(camera: Mapping[str, Any]) -> str:
    name = f" ({camera['name']})" if camera["name"] else ""
    return f"{camera['number']}{name}"


def check_folder(name: str, locate: Callable[[], str | Path]) -> Check:
    """See whether a folder exists, can be written to, and has room."""
    try:
        folder = locate()
        with tempfile.NamedTemporaryFile(dir=folder) as trial:
            trial.write(b"formcheck")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(
            name,
            "fail" if name == "temporary folder" else "warn",
            f"cannot be written to: {error.strerror}",
            "Set TMPDIR to a folder that can be"
            if name == "temporary folder"
            else "Choose another one with --out",
        )
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < DISK_WANTED_BYTES:
        return Check(name, "warn", found, "Free disk space: an annotated film may need as much")
    return Check(name, "ok", found)


def check_speed(probe: Probe, cores: int) -> Check:
    """See whether the pose model finds a person, and how many frames a second it measures."""
    try:
        found = probe("speed")
    except ProbeError as error:
        return Check("pose speed", "fail", str(error), advise_on_library(str(error)))
    if not found["seen"]:
        return Check(
            "pose speed",
            "fail",
            "the pose model does not find the person in formcheck's own test image",
            "Install formcheck again in a fresh environment",
        )
    rate_hz = float(found["poses a second"])
    speed = f"{rate_hz:.0f} poses a second on {cores} processor core{'' if cores == 1 else 's'}"
    if rate_hz < POSES_A_SECOND_WANTED:
        advice = (
            "A live session will drop frames, and an analysis will take longer than the film; "
            "close other programs and try again"
        )
        return Check("pose speed", "warn", speed, advice)
    return Check("pose speed", "ok", speed)


def missing_library(error: str) -> str | None:
    """Give the file name of the system library that an error says is missing."""
    found = _MISSING.search(error)
    return "".join(found.groups()) if found else None


def advise_on(library: str) -> str:
    """Say how to get a missing system library."""
    stem = library[: library.index(".so") + len(".so")]
    package = DEBIAN_PACKAGES.get(stem)
    if package is None:
        return f"Install the system package that brings {library}"
    return f"On Debian or Ubuntu run: sudo apt-get install {package}"
