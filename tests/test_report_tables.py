"""The tables: columns from the declarations, numbers as kept, texts that are never formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
from session_examples import (
    EXAMPLES,
    HIDDEN_REASON,
    KNEE,
    UNTIMED_REASON,
    good_set,
    make_rep,
    make_session,
    no_reps,
    poor_two_leg_set,
    step_up_set,
)

from formcheck.data.declare import fields_of
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.session import Measurement, Session
from formcheck.data.settings import CsvStyle
from formcheck.report.formats import render
from formcheck.report.tables import (
    Table,
    Value,
    cell_text,
    declared_columns,
    frames_table,
    long_table,
    reps_table,
    rows_as_csv,
    table_as_csv,
)
from formcheck.store.parquet_files import write_parquet


def rows_of(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(table_as_csv(table)))))


def test_beside_a_grade_stands_no_probability_of_another_thing() -> None:
    """Of all numbers together only "all are good" is a column: it fits the grade it stands by."""
    session = poor_two_leg_set()
    for row, rep in zip(rows_of(reps_table(session)), session.reps, strict=True):
        kept = {name for name in row if name.startswith(("form_p_", "tempo_p_"))}
        assert kept == {"form_p_good", "tempo_p_good"}
        if rep.form.decided_by and rep.form.grade != "good":
            decides = rep.measurements[rep.form.decided_by]
            assert row["form_sure"] == decides.sure
            own = row[f"{rep.form.decided_by}_p_{rep.form.grade}"]
            other = row[f"{rep.form.decided_by}_p_good"]
            assert float(own) > float(other)


def test_a_row_has_film_exercise_person_and_both_grades() -> None:
    first, *_, last = rows_of(reps_table(poor_two_leg_set()))
    wanted = {
        "film": "film.mp4",
        "exercise": "step_down",
        "person": "Person A",
        "index": "1",
        "set_index": "1",
        "stance_side": "left",
        "stance_sure": "true",
        "form_grade": "good",
        "form_sure": "sure",
        "tempo_grade": "good",
        "view": "front",
        "yaw_deg": "3",
        "descent_start_s": "1",
        "descent_s": "2.6",
        "descent_s_sem": "0.06",
        "descent_s_grade": "good",
        KNEE.id: "2.04",
        f"{KNEE.id}_at_bottom": "4.04",
        f"{KNEE.id}_standing": "2",
        f"{KNEE.id}_change": "2.04",
        f"{KNEE.id}_sem": "1.442",
        f"{KNEE.id}_grade": "good",
        "trunk_flexion_deg": "",
        "trunk_flexion_deg_not_measured": HIDDEN_REASON,
        "scale_trunk": "1",
        "scale_pelvis_reason": "the hips hardly show it",
        "scale_seen_points_at_most": "3",
        "scale_unseen": "pelvis",
    }
    assert {name: first[name] for name in wanted} == wanted
    assert last["tempo_grade"] == last["descent_s"] == ""
    assert last["descent_s_not_measured"] == UNTIMED_REASON


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_column_is_declared_and_named_once(name: str) -> None:
    session = EXAMPLES[name]()
    table = reps_table(session)
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert all(len(row) == len(names) for row in table.rows)
    known = {column.name for column in declared_columns()}
    for column in names:
        general = column
        for spec in session.specs:
            if column == spec.id or column.startswith(f"{spec.id}_"):
                general = "<id>" + column.removeprefix(spec.id)
        for item in session.exercise.scale.items if session.exercise.scale else ():
            general = general.replace(f"scale_{item.id}", "scale_<item>")
        events = ("descent", "bottom", "ascent", "top", "hold")
        if column.split("_")[0] in events and column.endswith(("_start_s", "_end_s")):
            continue
        assert general in known, column


@pytest.mark.parametrize("entered", [None, "2026-03-01"])
def test_the_day_is_the_one_that_every_report_shows(entered: str | None) -> None:
    session = good_set()
    training = msgspec.structs.replace(session.training, date=entered)
    dated = msgspec.structs.replace(session, training=training)
    day = entered or session.created[:10]
    for table in (reps_table(dated), long_table(dated)):
        assert {row["date"] for row in rows_of(table)} == {day}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_long_table_says_what_the_wide_one_says(name: str) -> None:
    session = EXAMPLES[name]()
    long, wide = rows_of(long_table(session)), rows_of(reps_table(session))
    by_rep = {row["index"]: row for row in wide}
    assert len(long) == sum(len(rep.measurements) for rep in session.reps)
    shared = {"film", "exercise", "person", "date", "created", "set_index", "stance_side", "view"}
    for row in long:
        rep = by_rep[row["index"]]
        assert {name: row[name] for name in shared} == {name: rep[name] for name in shared}
        measure = row["measure"]
        assert row["value"] == rep[measure]
        for field in fields_of(Measurement):
            if field.table is not None and field.name != "value":
                assert row[field.name] == rep[f"{measure}_{field.name}"], (measure, field.name)
        spec = session.exercise.spec(measure)
        assert (row["unit"], row["role"], row["judged"], row["side"]) == (
            spec.unit,
            spec.role,
            spec.judged,
            spec.side or "",
        )


def test_long_tables_of_different_exercises_have_the_same_columns() -> None:
    assert len({tuple(long_table(make()).columns) for make in EXAMPLES.values()}) == 1


def test_a_field_that_is_declared_for_the_table_becomes_a_column() -> None:
    declared = [field for field in fields_of(Measurement) if field.table is not None]
    names = [column.name for column in reps_table(good_set()).columns]
    assert sum(name == KNEE.id or name.startswith(f"{KNEE.id}_") for name in names) == len(declared)
    kinds = {column.name: column.kind for column in reps_table(good_set()).columns}
    assert kinds["index"] == kinds["pain"] == "count"
    assert kinds["form_complete"] == "truth"
    assert kinds[KNEE.id] == "number"
    assert kinds["form_grade"] == kinds["notes"] == "text"


def test_a_step_up_has_its_own_events() -> None:
    row = rows_of(reps_table(step_up_set()))[0]
    assert (row["ascent_start_s"], row["top_start_s"], row["descent_end_s"]) == ("1", "2.1", "3.2")
    assert "bottom_start_s" not in row


def test_no_repetitions_leave_a_header() -> None:
    text = "".join(table_as_csv(reps_table(no_reps())))
    assert text.startswith("created,person,film,exercise,")
    assert text.count("\n") == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", " =1"])
def test_texts_are_never_formulas(text: str) -> None:
    rep = make_rep(1, refused={KNEE.id: text})
    session = make_session([msgspec.structs.replace(rep, notes=(text,))], person=text)
    session = msgspec.structs.replace(
        session, source=msgspec.structs.replace(session.source, name=text)
    )
    (row,) = rows_of(reps_table(session))
    safe = "'" + text.strip()
    assert row["person"] == row["film"] == row["notes"] == row[f"{KNEE.id}_not_measured"] == safe


def test_numbers_stay_numbers() -> None:
    assert [cell_text(value) for value in (-3.5, 0.0, 3, None, True, 1e6)] == [
        "-3.5",
        "0",
        "3",
        "",
        "true",
        "1000000",
    ]


def test_frames_have_the_series_of_the_session_and_the_keypoints() -> None:
    session = make_session([make_rep(1, knee_fppa_deg=2.0)])
    rows = rows_of(frames_table(session))
    assert list(rows[0]) == list(session.series)
    assert [row["rep"] for row in rows[9:12]] == ["0", "1", "1"]
    points = np.full((len(Keypoint), 2), np.nan)
    points[Keypoint.LEFT_KNEE] = (100.26, 200.0)
    confidence = np.zeros(len(Keypoint))
    confidence[Keypoint.LEFT_KNEE] = 0.987
    sample = PoseSample(0.1, points, confidence, np.full((len(Keypoint), 3), np.nan), (640, 480))
    before, at, *_ = rows_of(frames_table(session, [sample]))
    assert before["left_knee_x_px"] == before["left_knee_confidence"] == ""
    assert at["left_knee_x_px"] == "100.3"
    assert at["left_knee_y_px"] == "200"
    assert at["left_knee_confidence"] == "0.99"
    assert at["right_knee_x_px"] == ""


@pytest.mark.parametrize("name", ["poor_two_legs", "no_reps"])
def test_parquet_holds_what_the_csv_holds(name: str, tmp_path: Path) -> None:
    session: Session = EXAMPLES[name]()
    for n, make in enumerate((reps_table, frames_table)):
        path = tmp_path / f"{n}.parquet"
        table = make(session)
        write_parquet(make(session), path)  # rows can be read once
        read = pq.read_table(path)
        assert read.column_names == [column.name for column in table.columns]
        found = [tuple(row.values()) for row in read.to_pylist()]
        assert found == [tuple(row) for row in table.rows]
        types = {field.name: str(field.type) for field in read.schema}
        kinds = {"text": "string", "count": "int64", "number": "double", "truth": "bool"}
        assert types == {column.name: kinds[column.kind] for column in table.columns}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.parquet", "1.parquet"]


def test_excel_gets_a_byte_order_mark_and_in_europe_semicolons_and_decimal_commas() -> None:
    rows: list[list[Value]] = [["3 °", 1.5, None], ["=1+1", 1000, True]]
    written = {
        style: "".join(rows_as_csv(["text", "a,b", "c"], rows, style))
        for style in get_args(CsvStyle)
    }
    assert written["plain"] == 'text,"a,b",c\n3 °,1.5,\n\'=1+1,1000,true\n'
    assert written["excel"] == "\ufeff" + written["plain"]
    assert written["excel-eu"] == "\ufefftext;a,b;c\n3 °;1,5;\n'=1+1;1000;true\n"


def test_the_style_of_the_tables_is_kept_with_the_session() -> None:
    session = no_reps()
    settings = msgspec.structs.replace(session.provenance.settings, csv="excel-eu")
    provenance = msgspec.structs.replace(session.provenance, settings=settings)
    kept = msgspec.structs.replace(session, provenance=provenance)
    assert render(kept, "csv").decode().startswith("\ufeff")
    assert ";" in render(kept, "csv").decode().splitlines()[0]
