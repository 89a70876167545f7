"""The session record: a ``SessionResult`` as ``session.json`` and back.

The published schema is ``session.schema.json`` beside this file; ``docs/data-dictionary.md``
explains every field. Times are rounded to 0.001 s, metrics to 0.001 of their unit, courses and
frame columns to 0.01. JSON has no NaN: an unknown number is ``null``, and reads back as NaN
where the record holds plain numbers and as ``None`` where it holds optional ones.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args

import numpy as np

from formcheck.data.errors import SourceError
from formcheck.data.frame import SourceInfo
from formcheck.data.keypoints import SIDES
from formcheck.data.plain_file import read_plain
from formcheck.data.results import (
    TEMPO_SEM_S,
    Fault,
    Grade,
    ItemScore,
    Metric,
    Phase,
    Rep,
    ScaleScore,
    SessionResult,
    Stance,
    Summary,
    Training,
    View,
    ViewKind,
)
from formcheck.pose.estimator import ModelInfo
from formcheck.store.whole_file import write_text

SCHEMA = "formcheck.session/1"
FILE_NAME = "session.json"

_T = TypeVar("_T")
_FINE = 3
_COARSE = 2
_LARGEST = 1e12
_MOST_BYTES = 500_000_000
_LONGEST_NAME = 500
_LONGEST_TEXT = 100_000  # a sentence may number every repetition of a film of hours
_MOST_TEXTS = 100_000
_METRIC_NUMBERS = ("value", "standing", "change", "max", "sem")
_WORD_COLUMNS = ("phase", "stance_side")
_COUNT_COLUMNS = ("rep", "people")


def schema() -> dict[str, Any]:
    """Give the published JSON Schema (draft 2020-12) of ``session.json``."""
    text = resources.files("formcheck.store").joinpath("session.schema.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


# --- writing -------------------------------------------------------------------------------


def to_json(session: SessionResult, stills: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Turn a session into plain data, ready for ``json.dumps(..., allow_nan=False)``.

    Parameters
    ----------
    session
        The session.
    stills
        By repetition index: the still of its lowest point, as a file name beside the record.
    """
    names = stills or {}
    source = session.source
    return {
        "schema": SCHEMA,
        "formcheck_version": session.formcheck_version,
        "created": session.created,
        "source": {
            "kind": source.kind,
            "name": source.name,
            "width": source.width,
            "height": source.height,
            "duration_s": _number(source.duration_s),
            "frames": source.frames,
            "frames_dropped": source.frames_dropped,
            "frame_rate_hz": _number(source.frame_rate_hz),
            "variable_frame_rate": source.variable_frame_rate,
            "rotation_deg": source.rotation_deg,
            "mirrored": source.mirrored,
            "slow_motion": source.slow_motion,
            "expected_frames": source.expected_frames,
            "warnings": list(source.warnings),
        },
        "pose": {
            "model": session.model.name,
            "sha256": session.model.sha256,
            "frames_with_person": session.frames_with_person,
        },
        "exercise": session.exercise,
        "training": None if session.training is None else _training_to_json(session.training),
        "view": _view_to_json(session.view),
        "config": _plain(session.config),
        "reps": [_rep_to_json(rep, names.get(rep.index)) for rep in session.reps],
        "frames": {name: _column(name, values) for name, values in session.frames.items()},
        "summary": {
            "verdict": session.summary.verdict,
            "advice": list(session.summary.advice),
            "reps_by_side": dict(session.summary.reps_by_side),
            "good_reps": session.summary.good_reps,
            "means": {
                side: {name: _number(value) for name, value in means.items()}
                for side, means in session.summary.means.items()
            },
            "not_measured": dict(session.summary.not_measured),
            "notes": list(session.summary.notes),
        },
    }


def as_saved(session: SessionResult) -> SessionResult:
    """Give the session as it will be read from its record: with the record's rounding.

    What is written beside a record is made of this, so that making it again gives the same.
    """
    return from_json(json.loads(dumps(to_json(session))))


def dumps(data: Mapping[str, Any]) -> str:
    """Write the plain data as JSON that a person can read: lists of numbers stay on one line."""
    return _pretty(data, "") + "\n"


def save(path: Path, session: SessionResult, stills: Mapping[int, str] | None = None) -> None:
    """Write ``session.json`` whole or not at all; raises ``OutputError``."""
    write_text(path, dumps(to_json(session, stills)))


def _training_to_json(training: Training) -> dict[str, Any]:
    return {
        "date": training.date,
        "step_height_cm": _number(training.step_height_cm),
        "load_kg": _number(training.load_kg),
        "pain": training.pain,
    }


def _view_to_json(view: View) -> dict[str, Any]:
    return {
        "kind": view.kind,
        "yaw_deg": _number(view.yaw_deg, _COARSE),
        "yaw_sem_deg": _number(view.yaw_sem_deg, _COARSE),
        "roll_deg": _number(view.roll_deg, _COARSE),
        "roll_sem_deg": _number(view.roll_sem_deg, _COARSE),
        "distance_heights": _number(view.distance_heights, _COARSE),
        "offset_deg": _number(view.offset_deg, _COARSE),
        "stance_offset_deg": _number(view.stance_offset_deg, _COARSE),
        "near_side": view.near_side,
        "warnings": list(view.warnings),
    }


def _rep_to_json(rep: Rep, still: str | None) -> dict[str, Any]:
    return {
        "index": rep.index,
        "stance_side": rep.stance_side,
        "set": rep.set_index,
        "start_s": _number(rep.start_s),
        "end_s": _number(rep.end_s),
        "lowest_s": _number(rep.lowest_s),
        "events": {name: _number(value) for name, value in rep.events.items()},
        "tempo": {name: _number(value) for name, value in rep.tempo.items()},
        "tempo_sem_s": _number(rep.tempo_sem_s),
        "stance_sure": rep.stance_sure,
        "metrics": {name: _metric_to_json(metric) for name, metric in rep.metrics.items()},
        "grade": rep.grade,
        "faults": [
            {"metric": fault.metric, "cue": fault.cue, "at_s": _number(fault.at_s)}
            for fault in rep.faults
        ],
        "view": _view_to_json(rep.view),
        "series": {
            "t_s": [_number(value) for value in rep.series_t_s],
            **{
                name: [_number(value, _COARSE) for value in values]
                for name, values in rep.series.items()
            },
        },
        "notes": list(rep.notes),
        "scale": None if rep.scale is None else _scale_to_json(rep.scale),
        "still": still,
    }


def _scale_to_json(score: ScaleScore) -> dict[str, Any]:
    return {
        "scale": score.scale,
        "items": [
            {
                "item": item.item,
                "points": item.points,
                "at_most": item.at_most,
                "reason": item.reason,
            }
            for item in score.items
        ],
        "seen_points": score.seen_points,
        "seen_points_at_most": score.seen_points_at_most,
        "possible_points_seen": score.possible_points_seen,
        "unseen_points": score.unseen_points,
        "unseen": list(score.unseen),
        "grade": score.grade,
    }


def _metric_to_json(metric: Metric) -> dict[str, Any]:
    return {
        **{name: _number(getattr(metric, name)) for name in _METRIC_NUMBERS},
        "grade": metric.grade,
        "not_measured": metric.not_measured,
        "yaw_effect": _number(metric.yaw_effect),
    }


def _column(name: str, values: Iterable[Any]) -> list[Any]:
    if name in _WORD_COLUMNS:
        return [None if value is None else str(value) for value in values]
    if name in _COUNT_COLUMNS:
        return [int(value) for value in values]
    return [_number(value, _FINE if name == "t_s" else _COARSE) for value in values]


def _number(value: float | None, decimals: int = _FINE) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), decimals) + 0.0  # + 0.0 turns -0.0 into 0.0


def _plain(value: Any) -> Any:
    """Give settings as JSON has them: an open limit (infinite) is ``null``."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _pretty(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        items = [f"{json.dumps(key)}: {_pretty(item, deeper)}" for key, item in value.items()]
        return _lines("{", items, "}", indent)
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return _lines("[", [_pretty(item, deeper) for item in value], "]", indent)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _lines(opening: str, items: list[str], closing: str, indent: str) -> str:
    body = ",\n".join(f"{indent}  {item}" for item in items)
    return f"{opening}\n{body}\n{indent}{closing}"


# --- reading -------------------------------------------------------------------------------


def load(path: str | os.PathLike[str]) -> SessionResult:
    """Read a session from its record, or from the folder that holds it.

    Raises
    ------
    SourceError
        When there is no such file, or it is not an undamaged session record.
    """
    return from_json(load_json(Path(path)))


def load_json(path: Path) -> dict[str, Any]:
    """Read the plain data of a record, unchecked beyond being a JSON object; see :func:`load`."""
    file = path / FILE_NAME if path.is_dir() else path
    hint = f"Give a {FILE_NAME} that formcheck wrote, or the folder that holds it."
    try:
        data = json.loads(
            read_plain(file, _MOST_BYTES).decode("utf-8-sig"), parse_constant=_refuse_constant
        )
    except OSError as error:
        message = f"Could not read the session record {file}: {error.strerror}."
        raise SourceError(message, hint=hint) from error
    except (ValueError, RecursionError) as error:
        message = f"{file} is not a session record: it is not valid JSON ({error})."
        raise SourceError(message, hint=hint) from error
    if not isinstance(data, dict):
        message = f"{file} is not a session record: expected an object but got {_kind(data)}."
        raise SourceError(message, hint=hint)
    return data


def stills(data: Mapping[str, Any]) -> dict[int, str]:
    """Give the file names of the stills in a record, by repetition index."""
    return {
        rep.get("index").whole(): rep.get("still").text()
        for rep in _Node(data, "").get("reps").items()
        if rep.get("still").value is not None
    }


def from_json(data: Mapping[str, Any]) -> SessionResult:
    """Turn the plain data of a record back into a session.

    Keys that are not known are ignored.

    Raises
    ------
    SourceError
        When something is missing or of the wrong kind; the message says where.
    """
    root = _Node(data, "")
    name = root.get("schema").text()
    if name != SCHEMA:
        raise SourceError(
            f"Expected a session record of the kind {SCHEMA} but got {_kind(name)}.",
            hint="Read it with the version of formcheck that wrote it, or analyze the film again.",
        )
    pose = root.get("pose")
    return SessionResult(
        formcheck_version=root.get("formcheck_version").text(),
        created=root.get("created").text(),
        source=_source(root.get("source")),
        model=ModelInfo(name=pose.get("model").text(), sha256=pose.get("sha256").text()),
        frames_with_person=pose.get("frames_with_person").whole(),
        exercise=root.get("exercise").text(_LONGEST_NAME),
        view=_view(root.get("view")),
        config={key: node.value for key, node in root.get("config").entries().items()},
        reps=tuple(_rep(node) for node in root.get("reps").items()),
        frames=_frames(root.get("frames")),
        summary=_summary(root.get("summary")),
        # Records written before it could be told have no such key.
        training=root.get("training").maybe(_training) if "training" in data else None,
    )


@dataclass(frozen=True)
class _Node:
    """A value of the record and where it stands, so that errors can say where."""

    value: Any
    path: str

    def fail(self, expected: str) -> NoReturn:
        raise SourceError(
            f"The session record is damaged at {self.path or 'its top'}: "
            f"expected {expected} but got {_kind(self.value)}.",
            hint="Analyze the film again.",
        )

    def get(self, key: str) -> _Node:
        if not isinstance(self.value, Mapping):
            self.fail("an object")
        path = f"{self.path}.{key}" if self.path else key
        return _Node(self.value[key], path) if key in self.value else _Missing(None, path)

    def entries(self) -> dict[str, _Node]:
        if not isinstance(self.value, Mapping):
            self.fail("an object")
        if any(len(key) > _LONGEST_NAME for key in self.value):
            self.fail("names of a usual length")
        return {key: self.get(key) for key in self.value}

    def items(self) -> list[_Node]:
        if not isinstance(self.value, list):
            self.fail("a list")
        return [_Node(item, f"{self.path}[{n}]") for n, item in enumerate(self.value)]

    def text(self, longest: int = _LONGEST_TEXT) -> str:
        if not isinstance(self.value, str):
            self.fail("a text")
        if len(self.value) > longest:
            self.fail("a text of a usual length")
        return self.value

    def texts(self) -> tuple[str, ...]:
        if isinstance(self.value, list) and len(self.value) > _MOST_TEXTS:
            self.fail("a list of a usual length")
        return tuple(item.text() for item in self.items())

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail("true or false")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.fail("a whole number")
        if abs(self.value) > _LARGEST:
            self.fail("a number of a usual size")
        return self.value

    def number(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            self.fail("a number")
        if not abs(self.value) <= _LARGEST:
            self.fail("a number of a usual size")
        return float(self.value)

    def number_or_nan(self) -> float:
        number = self.maybe(_Node.number)
        return math.nan if number is None else number

    def maybe(self, read: Callable[[_Node], _T]) -> _T | None:
        return None if self.value is None else read(self)

    def one_of(self, words: Sequence[_T]) -> _T:
        found = [word for word in words if self.value == word]
        if not found:
            self.fail("one of " + ", ".join(map(str, words)))
        return found[0]

    def numbers(self) -> list[float]:
        """Numbers, NaN for ``null``."""
        return [item.number_or_nan() for item in self.items()]


class _Missing(_Node):
    """A key that is not there."""

    def fail(self, expected: str) -> NoReturn:
        raise SourceError(
            f"The session record is damaged: {self.path} is missing, expected {expected}.",
            hint="Analyze the film again.",
        )

    def maybe(self, read: Callable[[_Node], _T]) -> _T | None:  # noqa: ARG002
        self.fail("a value or null")


def _source(node: _Node) -> SourceInfo:
    return SourceInfo(
        kind=node.get("kind").one_of(("video", "camera", "poses")),
        name=node.get("name").text(),
        width=node.get("width").whole(),
        height=node.get("height").whole(),
        duration_s=node.get("duration_s").number(),
        frames=node.get("frames").whole(),
        frames_dropped=node.get("frames_dropped").whole(),
        frame_rate_hz=node.get("frame_rate_hz").number(),
        variable_frame_rate=node.get("variable_frame_rate").flag(),
        rotation_deg=node.get("rotation_deg").whole(),
        mirrored=node.get("mirrored").flag(),
        slow_motion=node.get("slow_motion").number(),
        expected_frames=node.get("expected_frames").maybe(_Node.whole),
        warnings=node.get("warnings").texts(),
    )


def _view(node: _Node) -> View:
    kinds: tuple[ViewKind, ...] = get_args(ViewKind)
    return View(
        kind=node.get("kind").one_of(kinds),
        yaw_deg=node.get("yaw_deg").number_or_nan(),
        yaw_sem_deg=node.get("yaw_sem_deg").number_or_nan(),
        roll_deg=node.get("roll_deg").number_or_nan(),
        distance_heights=node.get("distance_heights").number_or_nan(),
        offset_deg=node.get("offset_deg").number_or_nan(),
        near_side=node.get("near_side").maybe(lambda side: side.one_of(SIDES)),
        warnings=node.get("warnings").texts(),
        roll_sem_deg=_newer(node, "roll_sem_deg"),
        stance_offset_deg=_newer(node, "stance_offset_deg"),
    )


def _training(node: _Node) -> Training:
    return Training(
        date=node.get("date").maybe(_Node.text),
        step_height_cm=node.get("step_height_cm").maybe(_Node.number),
        load_kg=node.get("load_kg").maybe(_Node.number),
        pain=node.get("pain").maybe(_Node.whole),
    )


def _newer(node: _Node, key: str) -> float:
    """A number that older records do not have."""
    return node.get(key).number_or_nan() if key in node.value else math.nan


def _rep(node: _Node) -> Rep:
    stances: tuple[Stance, ...] = get_args(Stance)
    courses = {
        name: np.array(course.numbers(), dtype=np.float64)
        for name, course in node.get("series").entries().items()
    }
    times = courses.pop("t_s", None)
    if times is None or any(len(course) != len(times) for course in courses.values()):
        node.get("series").fail("t_s and courses of the same length")
    return Rep(
        index=node.get("index").whole(),
        stance_side=node.get("stance_side").one_of(stances),
        start_s=node.get("start_s").number(),
        end_s=node.get("end_s").number(),
        lowest_s=node.get("lowest_s").number(),
        events=_optional_numbers(node.get("events")),
        tempo=_optional_numbers(node.get("tempo")),
        metrics={name: _metric(item) for name, item in node.get("metrics").entries().items()},
        grade=node.get("grade").maybe(lambda grade: grade.one_of(("good", "watch", "fault"))),
        faults=tuple(
            Fault(
                metric=fault.get("metric").text(),
                cue=fault.get("cue").text(),
                at_s=fault.get("at_s").number(),
            )
            for fault in node.get("faults").items()
        ),
        view=_view(node.get("view")),
        series_t_s=times,
        series=courses,
        notes=node.get("notes").texts(),
        # Older records lack these keys.
        scale=node.get("scale").maybe(_scale) if "scale" in node.value else None,
        set_index=node.get("set").whole() if "set" in node.value else 1,
        stance_sure=node.get("stance_sure").one_of((True, False))
        if "stance_sure" in node.value
        else True,
        tempo_sem_s=node.get("tempo_sem_s").number()
        if "tempo_sem_s" in node.value
        else TEMPO_SEM_S,
    )


def _scale(node: _Node) -> ScaleScore:
    return ScaleScore(
        scale=node.get("scale").text(),
        items=tuple(
            ItemScore(
                item=item.get("item").text(),
                points=item.get("points").maybe(_Node.whole),
                at_most=item.get("at_most").maybe(_Node.whole),
                reason=item.get("reason").text(),
            )
            for item in node.get("items").items()
        ),
        seen_points=node.get("seen_points").whole(),
        seen_points_at_most=node.get("seen_points_at_most").whole(),
        possible_points_seen=node.get("possible_points_seen").whole(),
        unseen_points=node.get("unseen_points").whole(),
        unseen=node.get("unseen").texts(),
        grade=node.get("grade").maybe(_Node.text),
    )


def _optional_numbers(node: _Node) -> dict[str, float | None]:
    return {name: item.maybe(_Node.number) for name, item in node.entries().items()}


def _metric(node: _Node) -> Metric:
    grades: tuple[Grade, ...] = get_args(Grade)
    return Metric(
        **{name: node.get(name).maybe(_Node.number) for name in _METRIC_NUMBERS},
        grade=node.get("grade").maybe(lambda grade: grade.one_of(grades)),
        not_measured=node.get("not_measured").maybe(_Node.text),
        # Records written before the legs were compared have no such key.
        yaw_effect=node.get("yaw_effect").maybe(_Node.number)
        if "yaw_effect" in node.value
        else None,
    )


def _frames(node: _Node) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for name, column in node.entries().items():
        if name == "phase":
            columns[name] = [item.one_of(tuple(Phase)) for item in column.items()]
        elif name == "stance_side":
            columns[name] = [item.maybe(_Node.text) for item in column.items()]
        elif name in _COUNT_COLUMNS:
            columns[name] = [item.whole() for item in column.items()]
        else:
            columns[name] = column.numbers()
    if len({len(column) for column in columns.values()}) > 1:
        node.fail("columns of the same length")
    return columns


def _summary(node: _Node) -> Summary:
    return Summary(
        verdict=node.get("verdict").text(),
        advice=node.get("advice").texts(),
        reps_by_side={k: v.whole() for k, v in node.get("reps_by_side").entries().items()},
        good_reps=node.get("good_reps").whole(),
        means={
            side: {name: mean.number_or_nan() for name, mean in means.entries().items()}
            for side, means in node.get("means").entries().items()
        },
        not_measured={k: v.text() for k, v in node.get("not_measured").entries().items()},
        notes=node.get("notes").texts(),
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
