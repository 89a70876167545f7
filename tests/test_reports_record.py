from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports_examples import (
    UP_DOWN_EVENTS,
    good_set,
    make_rep,
    make_session,
    no_reps,
    oblique_set,
    poor_set,
    two_legs,
)

from formcheck.data.errors import OutputError, SourceError
from formcheck.data.results import Metric, SessionResult, Training
from formcheck.motion.views import numbered
from formcheck.store import record
from formcheck.store.history.trend import reps_on

SESSIONS = [good_set, poor_set, two_legs, oblique_set, no_reps]
DICTIONARY = Path(__file__).parent.parent / "docs" / "data-dictionary.md"


def same(a: Any, b: Any) -> bool:
    """Equal all the way down; NaN equals NaN."""
    if is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)
        )
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, Mapping):
        return isinstance(b, Mapping) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return bool(a == b)


def through_text(session: SessionResult) -> SessionResult:
    return record.from_json(json.loads(record.dumps(record.to_json(session))))


def validate(data: Any) -> None:
    jsonschema.validate(data, record.schema(), cls=jsonschema.Draft202012Validator)


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(record.schema())


@pytest.mark.parametrize("make", SESSIONS)
def test_the_record_fits_the_schema_and_comes_back_equal(
    make: Callable[[], SessionResult],
) -> None:
    session = make()
    validate(record.to_json(session))
    assert same(through_text(session), session)


def test_the_set_of_a_repetition_is_kept_and_older_records_have_one() -> None:
    session = good_set()
    later = replace(session, reps=tuple(replace(rep, set_index=2) for rep in session.reps))
    assert [rep.set_index for rep in through_text(later).reps] == [2] * len(session.reps)
    data = record.to_json(later)
    validate(data)
    for rep in data["reps"]:
        del rep["set"]
    validate(data)
    assert [rep.set_index for rep in record.from_json(data).reps] == [1] * len(session.reps)


def test_what_the_person_told_comes_back_and_older_records_need_not_have_it() -> None:
    session = replace(good_set(), training=Training("2026-05-31", 15.0, None, 2))
    data = record.to_json(session)
    validate(data)
    assert same(through_text(session), session)
    del data["training"]
    validate(data)
    assert record.from_json(data).training is None


def test_a_step_up_fits_the_schema() -> None:
    rep = replace(make_rep(1, 1.0), events=dict.fromkeys(UP_DOWN_EVENTS))
    session = make_session([rep], verdict="One.")
    validate(record.to_json(session))
    assert same(through_text(session), session)


def test_mixed_up_events_do_not_fit_the_schema() -> None:
    data = record.to_json(good_set())
    data["reps"][0]["events"]["top_start_s"] = 1.0
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


def test_a_metric_without_value_and_without_reason_does_not_fit_the_schema() -> None:
    data = record.to_json(good_set())
    data["reps"][0]["metrics"]["knee_fppa_deg"] = dict.fromkeys(
        data["reps"][0]["metrics"]["knee_fppa_deg"]
    )
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


numbers = st.none() | st.floats(-1e6, 1e6)


@settings(deadline=None)  # a busy machine is no failure
@given(
    numbers,
    numbers,
    numbers,
    st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), max_size=5),
    st.text(),
)
def test_after_rounding_once_nothing_changes_any_more(
    standing: float | None,
    highest: float | None,
    event: float | None,
    course: list[float],
    words: str,
) -> None:
    metric = Metric(value=1.0, standing=standing, change=None, max=highest, sem=0.5, grade="watch")
    rep = make_rep(1, 1.0)
    rep = replace(
        rep,
        metrics={**rep.metrics, "knee_fppa_deg": metric},
        events={"descent_start_s": event},
        series_t_s=np.arange(len(course), dtype=np.float64),
        series={"knee_fppa_deg": np.array(course, dtype=np.float64)},
        notes=(words,),
    )
    once = through_text(make_session([rep], verdict=words, name=words))
    assert same(through_text(once), once)
    assert once.summary.verdict == words


def test_numbers_are_rounded_and_nan_is_null() -> None:
    rep = make_rep(1, 1.0)
    rep = replace(
        rep,
        start_s=1.00049,
        series_t_s=np.array([0.12345, 0.2]),
        series={"knee_fppa_deg": np.array([-0.001, math.nan])},
    )
    data = record.to_json(make_session([rep], verdict="One."), stills={1: "rep_1.jpg"})
    assert data["reps"][0]["start_s"] == 1.0
    assert data["reps"][0]["series"] == {"t_s": [0.123, 0.2], "knee_fppa_deg": [0.0, None]}
    assert math.copysign(1, data["reps"][0]["series"]["knee_fppa_deg"][0]) == 1
    assert data["reps"][0]["still"] == "rep_1.jpg"
    assert record.stills(data) == {1: "rep_1.jpg"}
    assert data["frames"]["depth"][0] is None
    assert "NaN" not in record.dumps(data)


def test_settings_with_open_limits_become_null() -> None:
    session = replace(good_set(), config={"bands": {"good": (-math.inf, 8.0)}})
    assert record.to_json(session)["config"] == {"bands": {"good": [None, 8.0]}}


def test_the_file_is_readable_by_eye_and_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    record.save(path, good_set())
    text = path.read_text("utf-8")
    assert '"schema": "formcheck.session/1"' in text
    assert max(len(line) for line in text.splitlines() if "reps_by_side" in line) < 80
    assert [file.name for file in tmp_path.iterdir()] == ["session.json"]
    assert same(record.load(path), good_set())
    assert same(record.load(tmp_path), good_set())


def test_an_undecodable_file_name_does_not_break_the_record(tmp_path: Path) -> None:
    record.save(tmp_path / "session.json", make_session((), verdict="None.", name="a\udcff.mp4"))
    assert record.load(tmp_path).source.name == "a?.mp4"


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"session\.json") as caught:
        record.save(tmp_path / "no" / "session.json", good_set())
    assert "--out" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1, 2]", "expected an object but got a list of 2"),
        (b'{"schema": NaN}', "NaN"),
        (b"{}", "schema is missing"),
        (b'{"schema": "formcheck.session/2"}', "formcheck.session/2"),
        (b'{"schema": "' + b"y" * 9_000 + b'"}', "got 'y{38}…\\.$"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        record.load(path)
    assert caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Could not read"):
        record.load(tmp_path / "none.json")


def _damage(data: dict[str, Any], where: str, value: Any) -> None:
    *parents, last = where.split(".")
    node: Any = data
    for key in parents:
        node = node[int(key)] if key.isdigit() else node[key]
    if value is KeyError:
        del node[last]
    else:
        node[last] = value


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("reps.0.metrics.knee_fppa_deg.value", "8", r"reps\[0\].metrics.knee_fppa_deg.value"),
        ("reps.1.stance_side", "leftt", "one of left, right, both but got 'leftt'"),
        ("reps.0.grade", KeyError, r"reps\[0\].grade is missing"),
        ("reps.0.series.t_s", [1.0], r"reps\[0\].series: expected t_s and courses"),
        ("reps.0.start_s", None, "a number but got null"),
        ("source.width", 10.5, "a whole number but got 10.5"),
        ("source.mirrored", 0, "true or false"),
        ("frames.depth", [1.0], "columns of the same length"),
        ("frames.phase", ["flying"], r"frames.phase\[0\]"),
        ("summary", [], "expected an object but got a list of 0"),
        ("view.warnings", "none", "a list but got 'none'"),
        ("view.near_side", KeyError, "view.near_side is missing"),
    ],
)
def test_damage_is_named_with_its_place(where: str, value: Any, said: str) -> None:
    data = json.loads(json.dumps(record.to_json(good_set())))
    _damage(data, where, value)
    with pytest.raises(SourceError, match=said):
        record.from_json(data)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("summary.verdict", "y" * 100_001, r"summary\.verdict: expected a text of a usual length"),
        ("exercise", "y" * 501, "exercise: expected a text of a usual length"),
        ("reps.0.tempo", {"y" * 501: 1.0}, r"reps\[0\]\.tempo: expected names of a usual length"),
        ("summary.notes", [""] * 100_001, r"notes: .* usual length but got a list of 100001"),
    ],
)
def test_what_is_absurdly_long_is_refused_in_a_short_sentence(
    where: str, value: Any, said: str
) -> None:
    data = json.loads(json.dumps(record.to_json(good_set())))
    _damage(data, where, value)
    with pytest.raises(SourceError, match=said) as caught:
        record.from_json(data)
    assert len(caught.value.message) < 200


def test_a_session_of_ten_thousand_repetitions_is_not_too_long() -> None:
    every = f"In {numbered(range(1, 10_001))} only the tempo could be judged."
    ignored = [f"movement at {t_s}.0 s ignored: too quick" for t_s in range(10_000)]
    session = good_set()
    session = replace(
        session, summary=replace(session.summary, verdict=every, notes=tuple(ignored))
    )
    assert same(record.as_saved(session), session)


def test_unknown_keys_are_ignored_when_reading() -> None:
    data = record.to_json(good_set())
    assert same(record.from_json({**data, "later": 1}), good_set())


def _property_names(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_property_names, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(_property_names, node.values()))


def test_records_from_before_the_tilt_and_the_yaw_effect_can_still_be_read() -> None:
    data = record.to_json(two_legs())
    for view in (data["view"], *(rep["view"] for rep in data["reps"])):
        del view["roll_sem_deg"], view["stance_offset_deg"]
    for rep in data["reps"]:
        del rep["set"], rep["scale"]
        for metric in rep["metrics"].values():
            del metric["yaw_effect"]
    assert same(record.from_json(data), two_legs())


def test_a_leg_that_is_not_sure_stays_so_and_older_records_are_sure() -> None:
    session = replace(good_set(), reps=(replace(good_set().reps[0], stance_sure=False),))
    data = record.to_json(session)
    assert not record.from_json(data).reps[0].stance_sure
    del data["reps"][0]["stance_sure"]
    assert record.from_json(data).reps[0].stance_sure
    assert reps_on(session, session.reps[0].stance_side) == []


def test_an_editor_may_have_marked_the_file_as_utf_8(tmp_path: Path) -> None:
    record.save(tmp_path / "session.json", good_set())
    path = tmp_path / "session.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert record.load(tmp_path).exercise == "step_down"
