"""The command ``doctor``: checks whether this computer has what formcheck needs, and gives advice.

Checks of native libraries run in a separate process (``cli/probes.py``), because a broken library
can end the process that loads it.
"""

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
from formcheck.cli.lines import escaped, print_json
from formcheck.data.errors import FormcheckError
from formcheck.data.numbers import count_words

CheckStatus = Literal["ok", "warn", "fail"]

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
"""The Debian and Ubuntu packages with the system libraries that MediaPipe and OpenCV need."""

_MISSING = re.compile(r"(lib[\w.+-]+?\.so)([.\d]*): cannot open shared object file")

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@dataclass(frozen=True)
class MachineCheck:
    """The result of one check.

    Attributes
    ----------
    name
        What was checked.
    status
        ``ok``; ``warn``: it works, with a limit; ``fail``: no film can be analyzed.
    found
        What was found.
    advice
        What to do; empty if nothing needs to be done.
    """

    name: str
    status: CheckStatus
    found: str
    advice: str = ""


class ProbeError(Exception):
    """The process of a probe failed; the text is the last line that it printed."""


Probe = Callable[..., Mapping[str, Any]]


def check_machine(*, as_json: bool) -> int:
    """Print all checks; return exit code 0, or 3 if something fails that ``analyze`` needs."""
    checks = list(all_checks())
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        _print_checks(checks)
    return BAD_INPUT if any(check.status == "fail" for check in checks) else DONE


def all_checks() -> Iterator[MachineCheck]:
    """Run every check, in the order in which they are shown."""
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
    yield check_sound("sound", run_probe, "Live sessions will have no sound: watch the screen")
    yield check_sound(
        "voice", run_probe, "Nothing will be spoken: you get tones, and text on the screen"
    )
    yield check_folder("temporary folder", tempfile.gettempdir)
    yield check_folder("current folder", Path.cwd)


def _print_checks(checks: Sequence[MachineCheck]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for check in checks:
        found = Text(escaped(check.found))
        if check.advice:
            found.append(f"\n→ {escaped(check.advice)}", style="bold")
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
    """Run a probe of ``cli/probes.py`` in a separate process; raises ``ProbeError`` if it fails."""
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


def check_python() -> MachineCheck:
    """Name the Python that runs formcheck."""
    return MachineCheck(
        "Python", "ok", f"{platform.python_version()} on {platform.platform()}, {sys.prefix}"
    )


def check_packages() -> MachineCheck:
    """Check that all Python packages that formcheck needs are installed."""
    versions = {name: _version(name) for name in PACKAGES}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return MachineCheck(
            "packages",
            "fail",
            f"missing: {', '.join(missing)}",
            "Install formcheck again in a fresh virtual environment",
        )
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return MachineCheck("packages", "ok", f"formcheck {__version__}, {listed}")


def _version(package: str) -> str | None:
    """Return the version of an installed package; ``None`` if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def check_one_opencv() -> MachineCheck:
    """Check that there is only one OpenCV package: two overwrite each other's files."""
    found = [name for name in OPENCV_PACKAGES if _version(name)]
    if len(found) == 1:
        return MachineCheck("OpenCV package", "ok", f"only {found[0]} {_version(found[0])}")
    if not found:
        return MachineCheck(
            "OpenCV package", "fail", "none", "Run: pip install --force-reinstall mediapipe"
        )
    return MachineCheck(
        "OpenCV package",
        "warn",
        f"{' and '.join(found)} overwrite each other",
        f"Run: pip uninstall {' '.join(found)}, then: pip install opencv-contrib-python",
    )


def check_library(title: str, probe: Probe, name: str) -> MachineCheck:
    """Check that a native library loads; if a system library is missing, name its package."""
    try:
        return MachineCheck(title, "ok", f"{probe(name)['version']} loads")
    except ProbeError as error:
        return MachineCheck(title, "fail", str(error), advise_on_library(str(error)))


def advise_on_library(error: str) -> str:
    """Return how to fix a native library that does not load."""
    library = missing_library(error)
    return advise_on(library) if library else "Install formcheck again in a fresh environment"


def check_model() -> MachineCheck:
    """Check that the file of the pose model is there and has the published checksum."""
    from formcheck.pose.model import find_model

    try:
        model = find_model()
    except FormcheckError as error:
        return MachineCheck("pose model", "fail", error.message, error.hint)
    return MachineCheck("pose model", "ok", f"{model.info.name}, SHA-256 {model.info.sha256[:16]}…")


def check_codecs(probe: Probe) -> MachineCheck:
    """Check the codecs for films of phones, and for films that browsers can play."""
    try:
        codecs = probe("codecs")
    except ProbeError as error:
        return MachineCheck("FFmpeg", "fail", str(error), advise_on_library(str(error)))
    missing = [name for name, present in codecs.items() if not present]
    if not missing:
        return MachineCheck("FFmpeg", "ok", ", ".join(codecs))
    only_hevc = missing == ["hevc decode"]
    return MachineCheck(
        "FFmpeg",
        "warn" if only_hevc else "fail",
        f"lacks {', '.join(missing)}",
        "Film in the phone's most compatible mode (H.264)"
        if only_hevc
        else "Install PyAV from its wheel: pip install --force-reinstall --only-binary av av",
    )


def check_display(environment: Mapping[str, str]) -> MachineCheck:
    """Check whether there is a screen; no window is opened, which would end the process."""
    if sys.platform in {"win32", "darwin"}:
        return MachineCheck("display", "ok", "desktop")
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if environment.get(variable):
            return MachineCheck("display", "ok", f"{variable}={environment[variable]}")
    return MachineCheck("display", "ok", "none (not needed to analyze films)")


def check_cameras(probe: Probe, devices: Path = Path("/dev")) -> MachineCheck:
    """List the cameras, and check whether the first delivers a frame."""
    try:
        cameras = probe("cameras")["cameras"]
    except ProbeError as error:
        return MachineCheck("cameras", "warn", str(error), "Films can still be analyzed")
    if not cameras:
        return MachineCheck("cameras", "ok", "none (not needed to analyze films)")
    number = cameras[0]["number"]
    device = devices / f"video{number}"
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return MachineCheck(
            "cameras",
            "warn",
            f"you have no permission to open {device}",
            "Run: sudo usermod -aG video $USER, then log in again",
        )
    try:
        works = bool(probe("camera", str(number))["gave a frame"])
    except ProbeError as error:
        return MachineCheck(
            "cameras", "warn", f"camera {number}: {error}", "Films can still be analyzed"
        )
    if not works:
        return MachineCheck(
            "cameras",
            "warn",
            f"camera {number} sends no picture",
            "Close other programs that use it; films can still be analyzed",
        )
    return MachineCheck("cameras", "ok", ", ".join(map(_camera_in_words, cameras)))


def check_sound(name: str, probe: Probe, without: str) -> MachineCheck:
    """Check the tones (``sound``) or the spoken cues (``voice``) of a live session.

    Parameters
    ----------
    name
        Name of the check and of its probe.
    probe
        Function that runs a probe.
    without
        What to expect of a live session without it, in words.
    """
    try:
        why_silent = probe(name)["why silent"]
    except ProbeError as error:
        why_silent = str(error)
    if why_silent is None:
        return MachineCheck(name, "ok", "works")
    return MachineCheck(name, "warn", str(why_silent).removeprefix("no sound: "), without)


def _camera_in_words(camera: Mapping[str, Any]) -> str:
    name = f" ({camera['name']})" if camera["name"] else ""
    return f"{camera['number']}{name}"


def check_folder(name: str, locate: Callable[[], str | Path]) -> MachineCheck:
    """Check that a folder exists, can be written to, and has enough free space."""
    try:
        folder = locate()
        with tempfile.NamedTemporaryFile(dir=folder) as trial:
            trial.write(b"formcheck")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return MachineCheck(
            name,
            "fail" if name == "temporary folder" else "warn",
            f"cannot be written to: {error.strerror}",
            "Set TMPDIR to a writable folder"
            if name == "temporary folder"
            else "Choose another one with --out",
        )
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < DISK_WANTED_BYTES:
        return MachineCheck(
            name, "warn", found, "Delete some files: an annotated film can need this much space"
        )
    return MachineCheck(name, "ok", found)


def check_speed(probe: Probe, cores: int) -> MachineCheck:
    """Check that the pose model finds a person, and how many frames a second it analyzes."""
    try:
        found = probe("speed")
    except ProbeError as error:
        return MachineCheck("pose speed", "fail", str(error), advise_on_library(str(error)))
    if not found["seen"]:
        return MachineCheck(
            "pose speed",
            "fail",
            "the pose model does not find the person in formcheck's test image",
            "Install formcheck again in a fresh environment",
        )
    rate_hz = float(found["poses a second"])
    speed = f"{rate_hz:.0f} frames a second on {count_words(cores, 'processor core')}"
    if rate_hz < POSES_A_SECOND_WANTED:
        advice = (
            "A live session will drop frames, and an analysis will take longer than the film; "
            "close other programs and try again"
        )
        return MachineCheck("pose speed", "warn", speed, advice)
    return MachineCheck("pose speed", "ok", speed)


def missing_library(error: str) -> str | None:
    """Return the file name of the system library that an error says is missing."""
    found = _MISSING.search(error)
    return "".join(found.groups()) if found else None


def advise_on(library: str) -> str:
    """Return how to install a missing system library."""
    stem = library[: library.index(".so") + len(".so")]
    package = DEBIAN_PACKAGES.get(stem)
    if package is None:
        return f"Install the system package that brings {library}"
    return f"On Debian or Ubuntu run: sudo apt-get install {package}"
