"""``session.json``: written, read, refused with the place of the damage; and schema 1."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from store_examples import (
    good_set,
    no_reps,
    oblique_set,
    poor_set,
    renamed,
    two_legs,
    with_rep,
)

from formcheck.data.declare import rounded, schema_of, to_json
from formcheck.data.errors import OutputError, SourceError
from formcheck.data.session import SCHEMA, Limits, Measurement, Note, Session, Training
from formcheck.exercises import all_exercises, registry
from formcheck.motion.verdicts import band_of
from formcheck.store import schema1, session_file

SESSIONS = [good_set, poor_set, two_legs, oblique_set, no_reps]
RAIL = Path(__file__).parent / "rail"
PUBLISHED = Path(__file__).parent.parent / "docs" / "session.schema.json"
OLD = json.loads((RAIL / "schema1" / "result_folder" / "session.json").read_text("utf-8"))


def plain(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(session))
    return found


def old() -> dict[str, Any]:
    """A record of schema 1, to be changed."""
    copy: dict[str, Any] = json.loads(json.dumps(OLD))
    return copy


# --- the schema ----------------------------------------------------------------------------


def test_the_published_schema_is_the_one_of_the_declarations() -> None:
    published = json.loads(PUBLISHED.read_text("utf-8"))
    assert published == json.loads(json.dumps(schema_of(Session, SCHEMA)))
    assert session_file.schema() == schema_of(Session, SCHEMA)
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("make", SESSIONS)
def test_a_session_fits_the_schema_and_comes_back_equal(
    make: Callable[[], Session], tmp_path: Path
) -> None:
    session = make()
    jsonschema.validate(plain(session), session_file.schema(), cls=jsonschema.Draft202012Validator)
    session_file.save(tmp_path / "session.json", session)
    assert session_file.load(tmp_path) == session
    assert session_file.load(tmp_path / "session.json") == session


def test_a_wrong_grade_does_not_fit_the_schema() -> None:
    data = plain(good_set())
    data["efforts"][0]["form"]["grade"] = "borderline"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, session_file.schema(), cls=jsonschema.Draft202012Validator)


# --- writing -------------------------------------------------------------------------------

numbers = st.none() | st.floats(-1e6, 1e6)


@settings(deadline=None)  # a busy machine is no failure
@given(numbers, numbers, st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), max_size=5), st.text())
def test_after_rounding_once_nothing_changes_any_more(
    value: float | None, event: float | None, course: list[float], words: str
) -> None:
    rep = good_set().reps[0]
    session = with_rep(
        replace(renamed(good_set(), words), notes=(Note(kind="general", text=words),)),
        0,
        measurements={**rep.measurements, "knee_fppa_deg": Measurement(value=value, sem=0.5)},
        events={"descent_start_s": event},
        series={"t_s": [float(n) for n in range(len(course))], "knee_fppa_deg": course},
    )
    once = session_file.from_plain(plain(session))
    assert once == rounded(session)
    assert session_file.from_plain(plain(once)) == once
    assert once.notes[0].text == words


def test_numbers_are_rounded_and_nan_is_null() -> None:
    session = with_rep(
        good_set(), 0, start_s=1.00049, series={"t_s": [0.12345, 0.2], "depth": [-0.0001, math.nan]}
    )
    data = plain(session)
    assert data["efforts"][0]["start_s"] == 1.0
    assert data["efforts"][0]["series"] == {"t_s": [0.123, 0.2], "depth": [0.0, None]}
    assert math.copysign(1, data["efforts"][0]["series"]["depth"][0]) == 1
    assert b"NaN" not in to_json(session)


def test_the_file_is_readable_by_eye_and_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    session_file.save(path, good_set())
    text = path.read_text("utf-8")
    assert text.startswith('{\n  "schema": "formcheck.session/2"')
    assert max(len(line) for line in text.splitlines() if '"value"' in line) < 80
    assert [file.name for file in tmp_path.iterdir()] == ["session.json"]


def test_an_undecodable_file_name_does_not_break_the_file(tmp_path: Path) -> None:
    session_file.save(tmp_path / "session.json", renamed(good_set(), "a\udcff.mp4"))
    assert session_file.load(tmp_path).source.name == "a?.mp4"


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"session\.json"):
        session_file.save(tmp_path / "no" / "session.json", good_set())


def test_an_editor_may_have_marked_the_file_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "session.json").write_bytes(b"\xef\xbb\xbf" + to_json(good_set()))
    assert session_file.load(tmp_path) == good_set()


# --- damage --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"schema": NaN}', "not valid JSON"),
        (b'{"schema": 1e999}', "not valid JSON"),
        (b"[1, 2]", "not a session"),
        (b"{}", "not a session"),
        (b'{"schema": 2}', "not a session"),
        (b'{"schema": "other/1"}', "not a session"),
        (b'{"schema": "formcheck.session/2"}', "missing required field `created`"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said) as caught:
        session_file.load(path)
    assert caught.value.hint


def test_a_session_of_a_later_version_says_what_to_do() -> None:
    data = {**plain(good_set()), "schema": "formcheck.session/3"}
    with pytest.raises(SourceError, match="session/3") as caught:
        session_file.from_plain(data)
    assert "update formcheck" in caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="could not read"):
        session_file.load(tmp_path / "none.json")


def damage(data: dict[str, Any], where: str, value: Any) -> None:
    *parents, last = where.split(".")
    node: Any = data
    for key in parents:
        node = node[int(key)] if key.isdigit() else node[key]
    if value is KeyError:
        del node[last]
    else:
        node[last] = value


KNEE = "efforts.0.measurements.knee_fppa_deg"


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (f"{KNEE}.value", "8", r"\$\.efforts\[0\]\.measurements\[\.\.\.\]\.value"),
        (f"{KNEE}.value", 1e308, r"too large - at `\$\.efforts\[0\]`"),
        (f"{KNEE}.grade", "borderline", r"'borderline' - at"),
        ("efforts.1.stance_side", "leftt", r"'leftt' - at `\$\.efforts\[1\]\.stance_side`"),
        ("efforts.0.index", KeyError, r"missing required field `index` - at `\$\.efforts\[0\]`"),
        ("efforts.0.series.t_s", [1.0], r"not of the same length - at `\$\.efforts\[0\]\.series`"),
        ("efforts.0.start_s", None, r"got `null` - at `\$\.efforts\[0\]\.start_s`"),
        ("efforts.0.kind", "dance", r"'dance' - at `\$\.efforts\[0\]\.kind`"),
        ("efforts.0.form.decided_by", "depth_cm", "'depth_cm' was not measured"),
        ("efforts.0.measurements.own_deg", {}, "'own_deg' has no spec"),
        ("source.width", 10.5, r"got `float` - at `\$\.source\.width`"),
        ("source.mirrored", 0, r"got `int` - at `\$\.source\.mirrored`"),
        ("series.depth", [1.0], r"same length - at `\$\.series`"),
        ("series.depth", KeyError, None),
        ("series.phase.0", "flying", r"'flying' is not a phase"),
        ("series.depth.0", [], "expected a number or a word"),
        ("summary", [], r"got `array` - at `\$\.summary`"),
        ("view.warnings", "none", r"at `\$\.view\.warnings`"),
        ("exercise.id", "y" * 501, r"length <= 500 - at `\$\.exercise\.id`"),
        ("source.name", "y" * 100_001, r"length <= 100000 - at `\$\.source\.name`"),
        ("provenance.settings.cutoff_hz", -1, r"\$\.provenance\.settings\.cutoff_hz"),
    ],
)
def test_damage_is_named_with_its_place(where: str, value: Any, said: str | None) -> None:
    data = plain(good_set())
    if where == "series.phase.0":
        data["series"]["phase"][0] = value
    elif where == "series.depth.0":
        data["series"]["depth"][0] = value
    else:
        damage(data, where, value)
    if said is None:
        session_file.from_plain(data)
        return
    with pytest.raises(SourceError, match=said) as caught:
        session_file.from_plain(data)
    assert len(caught.value.message) < 400


def test_what_a_later_version_adds_is_ignored() -> None:
    data = plain(good_set())
    data["later"] = data["efforts"][0]["later"] = data["view"]["later"] = [1]
    data["provenance"]["settings"]["later"] = 1
    assert session_file.from_plain(data) == good_set()


def test_a_session_of_ten_thousand_repetitions_is_not_too_long() -> None:
    texts = tuple(Note(kind="ignored", text=f"movement at {n} s ignored") for n in range(10_000))
    session = replace(good_set(), notes=texts)
    assert session_file.from_plain(plain(session)) == session


def test_stills_are_read_from_the_folder_only(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    home = tmp_path / "session"
    (home / "stills").mkdir(parents=True)
    (home / "stills" / "rep_05.jpg").write_bytes(b"picture")
    session = good_set()
    names = ("../secret.jpg", str(tmp_path / "secret.jpg"), "gone.jpg", "a\x00b")
    for number, name in enumerate((*names, "stills/rep_05.jpg")):
        session = with_rep(session, number, still=name)
    assert session_file.StillsBeside(home, session) == {5: b"picture"}


def test_a_still_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(b"picture")
    stills = session_file.StillsBeside(tmp_path, with_rep(good_set(), 0, still="one.jpg"))
    (tmp_path / "one.jpg").unlink()
    assert list(stills) == [1], "which there are is known without reading them"
    with pytest.raises(SourceError, match="could not read the picture"):
        stills[1]


# --- schema 1 ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((RAIL / "schema1").rglob("session.json")), ids=str)
def test_records_of_schema_1_become_whole_sessions(path: Path) -> None:
    data = json.loads(path.read_text("utf-8"))
    session = session_file.load(path)
    assert session.schema == SCHEMA
    assert session == session_file.from_plain(plain(session))
    assert len(session.reps) == len(data["reps"])
    for rep, was in zip(session.reps, data["reps"], strict=True):
        assert (rep.start_s, rep.end_s, rep.stance_side) == (
            was["start_s"],
            was["end_s"],
            was["stance_side"],
        )
        for name, metric in was["metrics"].items():
            one, spec = rep.measurements[name], session.exercise.spec(name)
            assert (one.at_bottom, one.standing, one.change, one.largest, one.sem) == tuple(
                metric[key] for key in ("value", "standing", "change", "max", "sem")
            )
            if spec.limits is not None and one.value is not None:
                assert one.grade == band_of(one.value, spec.limits), "by its own limits"
        for name, seconds in was["tempo"].items():
            assert rep.measurements[name].value == seconds
    counted = session.summary.form
    assert counted.judged + counted.not_judged == len(session.reps)


def test_the_frozen_table_is_that_of_the_exercises_when_schema_1_ended() -> None:
    """The table must not be made anew; where an exercise changes, this list tells of it."""
    known = schema1._exercises()
    assert set(known) == {
        *("step_down", "lateral_step_down", "step_up", "single_leg_squat", "squat"),
    }
    knee = known["step_down"].info.spec("knee_fppa_deg")
    assert knee.limits is not None
    assert (knee.judged, knee.unit, knee.role) == ("change", "°", "knee")
    assert (knee.limits.good_high, knee.limits.watch_high) == (8.0, 13.0)
    assert knee.cue_high == "Push the knee out over the little toe"
    descent = known["step_down"].info.spec("descent_s")
    assert descent.limits is not None
    assert (descent.limits.good_low, descent.limits.watch_low) == (1.75, 1.05)


def test_todays_limits_do_not_change_an_old_record(monkeypatch: pytest.MonkeyPatch) -> None:
    before = session_file.from_plain(old())
    limits = Limits(good_low=0.0, good_high=0.1, watch_low=0.0, watch_high=0.2, source="changed")
    changed = {
        one.id: replace(
            one,
            metrics=tuple(replace(metric, limits=limits, title="New") for metric in one.metrics),
        )
        for one in all_exercises()
    }
    monkeypatch.setattr(registry, "all_exercises", lambda: tuple(changed.values()))
    assert registry.get_exercise("squat").metrics[0].title == "New"
    schema1._exercises.cache_clear()
    assert session_file.from_plain(old()) == before


def test_the_users_own_limits_of_an_old_record_are_used() -> None:
    data = old()
    name = next(n for n, m in data["reps"][0]["metrics"].items() if m["grade"] is not None)
    data["config"]["bands"] = {name: {"good": [None, -900.0], "watch": [None, 900.0]}}
    data["config"]["target_descent_s"] = 5.0
    session = session_file.from_plain(data)
    limits = session.exercise.spec(name).limits
    assert limits is not None
    assert (limits.good_low, limits.good_high, limits.watch_high) == (None, -900.0, 900.0)
    assert limits.source == "set by the user"
    assert session.reps[0].measurements[name].grade == "watch"
    assert session.exercise.target_descent_s == 5.0
    assert session.provenance.settings.target_descent_s == 5.0


def test_an_exercise_of_somebodys_own_is_read_without_limits() -> None:
    data = old()
    data["exercise"] = "bench_press"
    session = session_file.from_plain(data)
    assert (session.exercise.id, session.exercise.title) == ("bench_press", "Bench press")
    assert {spec.id for spec in session.specs} >= set(data["reps"][0]["metrics"])
    assert session.summary.form.judged == 0
    assert session.reps[0].measurements["depth"].at_bottom is not None


def test_a_measurement_that_the_table_lacks_is_kept() -> None:
    data = old()
    data["reps"][0]["metrics"]["own_deg"] = data["reps"][0]["metrics"]["depth"]
    session = session_file.from_plain(data)
    assert session.exercise.spec("own_deg").limits is None
    assert session.reps[0].measurements["own_deg"].at_bottom is not None


def test_older_records_of_schema_1_lack_some_fields() -> None:
    data = old()
    del data["training"]
    for view in (data["view"], *(rep["view"] for rep in data["reps"])):
        del view["roll_sem_deg"], view["stance_offset_deg"]
    for rep in data["reps"]:
        del rep["set"], rep["scale"], rep["stance_sure"], rep["tempo_sem_s"]
        for metric in rep["metrics"].values():
            del metric["yaw_effect"]
    session = session_file.from_plain(data)
    assert session.training == Training()
    assert session.reps[0].set_index == 1
    assert session.reps[0].stance_sure
    assert session.reps[0].measurements["descent_s"].sem == 0.1
    assert session.view.roll_sem_deg is None


def test_live_values_of_an_old_record_go_by_their_name() -> None:
    session, data = session_file.from_plain(old()), old()
    assert session.series["live_trunk_lean_deg"] == data["frames"]["trunk_lean_deg"]
    assert "trunk_lean_deg" not in session.series
    assert session.series["phase"] == data["frames"]["phase"]


@pytest.mark.parametrize(
    ("note", "kind", "complete"),
    [
        ("Interrupted after 30 frames: the rest of the film was not analyzed.", "interrupted", 0),
        ("Taken for: step-down (90 % sure).", "recognised", 1),
        ("Anything.", "general", 1),
    ],
)
def test_a_note_of_an_old_record_tells_its_kind(note: str, kind: str, complete: int) -> None:
    data = old()
    data["summary"]["notes"] = [note]
    session = session_file.from_plain(data)
    assert session.notes == (Note(kind=kind, text=note),)
    assert session.complete == bool(complete)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("reps", KeyError, "missing required field `reps`"),
        ("reps.0.start_s", "now", r"\$\.reps\[0\]\.start_s"),
        ("reps.0.stance_side", "leftt", r"'leftt' - at `\$\.reps\[0\]\.stance_side`"),
        ("reps.0.metrics.depth.value", 1e308, r"\$\.reps\[0\]\.metrics"),
        ("reps.0.series", {}, "`t_s` is missing"),
        ("frames.depth", [1.0], "same length"),
        ("frames.phase", KeyError, None),
        ("config.cutoff_hz", "fast", "cutoff_hz"),
        ("config.colour", 1, None),
        ("summary.notes", [""] * 100_001, "length <= 100000"),
    ],
)
def test_damage_in_an_old_record_is_named(where: str, value: Any, said: str | None) -> None:
    data = old()
    damage(data, where, value)
    if said is None:
        session_file.from_plain(data)
        return
    with pytest.raises(SourceError, match=said):
        session_file.from_plain(data)


def test_a_step_up_of_schema_1_keeps_its_order() -> None:
    known = schema1._exercises()["step_up"].info
    assert (known.order, known.has_step) == ("up_down", True)
    assert msgspec.to_builtins(known)["kind"] == "reps"
