"""formcheck: how well was each step-down, step-up or squat done, from one ordinary camera.

The names below are the Python interface; ``docs/python-api.md`` shows how to use it. Each is
loaded when it is first used: ``import formcheck`` itself is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from formcheck.app.options import AnalyzeOptions
    from formcheck.app.parts import analyze, load, measure, to_dataset, track, write
    from formcheck.data.errors import (
        FormcheckError,
        InputError,
        ModelError,
        NoPersonError,
        NoRepetitionError,
        OutputError,
        SourceError,
        UsageError,
    )
    from formcheck.data.exercise import Exercise, FootPlace, FootWay, FreeFoot, Metric, Normal
    from formcheck.data.session import (
        Limits,
        Measurement,
        MeasureSpec,
        Rep,
        Session,
        Source,
        Summary,
        Tally,
        Verdict,
        View,
    )
    from formcheck.data.settings import BandSettings, Settings, load_settings
    from formcheck.exercises import all_exercises, get_exercise
    from formcheck.pose.recorded import PoseRecording
    from formcheck.report.formats import render
    from formcheck.report.view import view

__version__ = "0.2.0"

_ROOMS = {
    "app.options": ("AnalyzeOptions",),
    "app.parts": ("analyze", "load", "measure", "to_dataset", "track", "write"),
    "data.errors": (
        *("FormcheckError", "InputError", "ModelError", "NoPersonError"),
        *("NoRepetitionError", "OutputError", "SourceError", "UsageError"),
    ),
    "data.exercise": ("Exercise", "FootPlace", "FootWay", "FreeFoot", "Metric", "Normal"),
    "data.session": (
        *("Limits", "MeasureSpec", "Measurement", "Rep", "Session", "Source", "Summary"),
        *("Tally", "Verdict", "View"),
    ),
    "data.settings": ("BandSettings", "Settings", "load_settings"),
    "exercises": ("all_exercises", "get_exercise"),
    "pose.recorded": ("PoseRecording",),
    "report.formats": ("render",),
    "report.view": ("view",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "AnalyzeOptions",
    "BandSettings",
    "Exercise",
    "FootPlace",
    "FootWay",
    "FormcheckError",
    "FreeFoot",
    "InputError",
    "Limits",
    "MeasureSpec",
    "Measurement",
    "Metric",
    "ModelError",
    "NoPersonError",
    "NoRepetitionError",
    "Normal",
    "OutputError",
    "PoseRecording",
    "Rep",
    "Session",
    "Settings",
    "Source",
    "SourceError",
    "Summary",
    "Tally",
    "UsageError",
    "Verdict",
    "View",
    "__version__",
    "all_exercises",
    "analyze",
    "get_exercise",
    "load",
    "load_settings",
    "measure",
    "render",
    "to_dataset",
    "track",
    "view",
    "write",
]


def __getattr__(name: str) -> Any:
    """Load a name of the interface from its room, at its first use."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names of the interface, including those not loaded yet."""
    return sorted({*globals(), *__all__})
