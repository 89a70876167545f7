"""Missing values in the files of other programs, however they are written, are gaps and no places.

One set is written in every convention: with whole rows missing for half a second, as when a person
is lost, and with one marker missing for some rows. All give the repetitions and values of the set
without gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fuzz.good import person
from marker_files import trc_lines
from numpy.testing import assert_allclose, assert_array_equal

from formcheck.app.parts import measure
from formcheck.data.errors import SourceError
from formcheck.data.keypoints import Keypoint, PoseSample
from formcheck.data.session import Session
from formcheck.motion.drop import HipDrop
from formcheck.motion.limbs import leg_length_px
from formcheck.pose.files import load_poses
from formcheck.pose.files.points import missing_as_nan
from formcheck.pose.recorded import PoseRecording

POSES = Path(__file__).parent / "poses"
SAMPLES = PoseRecording.load(POSES / "step_down_front_left.npz").samples
SIZE_PX = (480, 848)

CONVENTIONS = {
    "zeros": ("0.0", "0.0", "0.0"),
    "whole zeros": ("0", "0", "0"),
    "negative zeros": ("-0.0", "-0.000", "0"),
    "zeros turned round": ("0.0", "848.0", "0.0"),
    "empty": ("", "", ""),
    "blanks": (" ", " ", "0"),
    "NaN": ("NaN", "NaN", "NaN"),
    "nan": ("nan", "nan", "0"),
    "Windows": ("-1.#IND", "-1.#IND", "-1.#IND"),
    "Windows, older": ("1.#QNAN", "1.#QNAN", "0"),
    "inf": ("inf", "-inf", "0"),
    "NA": ("NA", "NA", "NA"),
    "N/A": ("#N/A", "#N/A", "#N/A"),
    "null": ("null", "null", "null"),
    "dash": ("-", "-", "-"),
    "star": ("*", "*", "*"),
    "stars": ("***", "***", "0.0"),
    "question mark": ("?", "?", "?"),
    "Windows, newest": ("-nan(ind)", "nan(ind)", "0"),
    "spreadsheet": ("#VALUE!", "#DIV/0!", "#N/A"),
    "-1": ("-1", "-1", "-1"),
    "-999": ("-999", "-999", "-999"),
    "-9999": ("-9999.0", "-9999.0", "-9999.0"),
    "9999999": ("9999999.0", "9999999.0", "9999999.0"),
    "999999 turned round": ("999999", "-999151", "999999"),
}


def with_gaps(
    samples: Sequence[PoseSample], which: Sequence[Keypoint], rows: slice
) -> list[PoseSample]:
    """The same poses without some keypoints in some rows."""
    found = list(samples)
    for index in range(*rows.indices(len(found))):
        points = found[index].keypoints_px.copy()
        points[list(which)] = np.nan
        found[index] = replace(found[index], keypoints_px=points)
    return found


LOST = with_gaps(SAMPLES, list(Keypoint), slice(200, 215))
NO_KNEE = with_gaps(SAMPLES, [Keypoint.RIGHT_KNEE], slice(40, 560, 4))
STANDING_KNEE = with_gaps(NO_KNEE, [Keypoint.LEFT_KNEE], slice(60, 66))


def read(path: Path) -> Session:
    return measure(load_poses(path, size_px=SIZE_PX), "step_down", view="front")


def write(path: Path, lines: Sequence[str], end: str = "\n") -> Path:
    path.write_bytes((end.join(lines) + end).encode())
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The set without gaps."""
    return read(write(tmp_path_factory.mktemp("whole") / "set.trc", trc_lines(SAMPLES)))


def assert_same(found: Session, expected: Session, within_deg: float, within_s: float) -> None:
    assert [rep.stance_side for rep in found.reps] == ["left"] * 4
    for rep, other in zip(found.reps, expected.reps, strict=True):
        for name in ("knee_fppa_deg", "trunk_lean_deg"):
            value, known = (one.measurements[name].value for one in (rep, other))
            assert value == pytest.approx(known, abs=within_deg), name
        value, known = (one.measurements["descent_s"].value for one in (rep, other))
        assert value == pytest.approx(known, abs=within_s)
    assert not [note for note in found.notes if "not counted" in note.text]


@pytest.mark.parametrize("y_up", [False, True], ids=["y down", "y up"])
@pytest.mark.parametrize("missing", CONVENTIONS.values(), ids=CONVENTIONS)
def test_a_missing_value_is_a_gap_however_it_is_written(
    missing: tuple[str, str, str], y_up: bool, tmp_path: Path
) -> None:
    for gaps in (LOST, STANDING_KNEE):
        lines = trc_lines(gaps, up=y_up, missing=missing)
        found = load_poses(write(tmp_path / "set.trc", lines), size_px=SIZE_PX).samples
        expected_px = np.array([one.keypoints_px for one in gaps])
        assert_allclose(np.array([one.keypoints_px for one in found]), expected_px, atol=1e-6)
        unseen = np.array([one.confidence for one in found]) == 0.0
        assert_array_equal(unseen, np.isnan(expected_px[..., 0]))
        assert [one.seen for one in found] == [one.seen for one in gaps]


def test_a_marker_that_is_lost_for_moments_changes_nothing(whole: Session, tmp_path: Path) -> None:
    lines = trc_lines(STANDING_KNEE, missing=CONVENTIONS["zeros"])
    assert_same(read(write(tmp_path / "set.trc", lines)), whole, 0.5, 0.02)


@pytest.mark.parametrize("first", [60, 130, 200, 270, 340, 410, 480])
def test_a_person_lost_for_half_a_second_costs_no_repetition_and_widens_the_errors(
    first: int, whole: Session, tmp_path: Path
) -> None:
    """Wherever in the set the gap is, at an event or beside one."""
    gaps = with_gaps(SAMPLES, list(Keypoint), slice(first, first + 15))
    found = read(write(tmp_path / "set.trc", trc_lines(gaps, missing=CONVENTIONS["zeros"])))
    assert [rep.stance_side for rep in found.reps] == ["left"] * 4
    for rep, other in zip(found.reps, whole.reps, strict=True):
        for name in ("knee_fppa_deg", "trunk_lean_deg", "descent_s"):
            value, known = rep.measurements[name], other.measurements[name].value
            if value.value is not None:
                assert value.value == pytest.approx(known, abs=2.0 * (value.sem or 0.0)), name
    assert sum(rep.measurements["descent_s"].value is not None for rep in found.reps) >= 3
    assert not [note for note in found.notes if "not counted" in note.text]


@pytest.mark.parametrize("first_s", [1.0, 1.5, 2.0, 2.5, 3.0])
def test_a_set_whose_first_seconds_are_missing_has_the_right_times_or_none(
    first_s: float, whole: Session, tmp_path: Path
) -> None:
    """The way down begins at 1.63 s: nothing is made up of the time before the first sight."""
    gaps = with_gaps(SAMPLES, list(Keypoint), slice(0, round(30 * first_s)))
    found = read(write(tmp_path / "set.trc", trc_lines(gaps, missing=CONVENTIONS["zeros"])))
    assert len(found.reps) == 4
    descent, known = (one.reps[0].measurements["descent_s"] for one in (found, whole))
    if first_s > 2.0:
        assert descent.value is None
        assert (descent.not_measured or "").startswith("you were not seen before the repetition")
        assert found.reps[0].events["descent_start_s"] is None
    else:
        within_s = 0.05 if first_s < 2.0 else 2.0 * (descent.sem or 0.0)
        assert descent.value == pytest.approx(known.value, abs=within_s)
    for rep, other in zip(found.reps[1:], whole.reps[1:], strict=True):
        assert rep.measurements["descent_s"].value == other.measurements["descent_s"].value


def test_a_set_whose_last_seconds_are_missing_has_no_way_up_made_up(
    whole: Session, tmp_path: Path
) -> None:
    """The last way up takes from 17.13 to 17.87 s; with its last quarter missing it has no end."""
    gaps = with_gaps(SAMPLES, list(Keypoint), slice(round(30 * 17.55), None))
    found = read(write(tmp_path / "set.trc", trc_lines(gaps, missing=CONVENTIONS["zeros"])))
    last = found.reps[3].measurements
    assert last["descent_s"].value == pytest.approx(
        whole.reps[3].measurements["descent_s"].value, abs=0.03
    )
    assert last["ascent_s"].value is None
    assert (last["ascent_s"].not_measured or "").startswith(
        "you were not seen after the repetition"
    )


@pytest.mark.parametrize("missing", [CONVENTIONS["zeros"], ("", "", "0,0"), ("*", "*", "*")])
def test_decimal_commas_are_read(missing: tuple[str, str, str], tmp_path: Path) -> None:
    lines = trc_lines(STANDING_KNEE, missing=missing)
    lines[5:] = [line.replace(".", ",") for line in lines[5:]]
    poses = load_poses(write(tmp_path / "set.trc", lines), size_px=SIZE_PX)
    for found, expected in zip(poses.samples, STANDING_KNEE, strict=True):
        assert found.t_s == pytest.approx(expected.t_s, abs=1e-9)
        assert_allclose(found.keypoints_px, expected.keypoints_px, atol=1e-6)


def test_commas_beside_decimal_points_are_no_decimals(tmp_path: Path) -> None:
    lines = trc_lines(SAMPLES[:20])
    cells = lines[7].split("\t")
    cells[5] = "1,234"
    lines[7] = "\t".join(cells)
    with pytest.raises(SourceError, match="row 3 has a cell that is not a number"):
        load_poses(write(tmp_path / "set.trc", lines), size_px=SIZE_PX)


def test_every_row_missing_is_said_and_no_crash(tmp_path: Path) -> None:
    nobody = with_gaps(SAMPLES[:90], list(Keypoint), slice(0, 80))
    few = read(write(tmp_path / "set.trc", trc_lines(nobody, missing=CONVENTIONS["zeros"])))
    assert few.reps == ()


def test_cells_left_out_at_the_end_of_a_row_are_missing(whole: Session, tmp_path: Path) -> None:
    gaps = with_gaps(SAMPLES, list(Keypoint)[-6:], slice(0, 600, 5))
    for missing in (("", "", ""), ("", "", "0.0")):
        lines = trc_lines(gaps, missing=missing)
        cut = [*lines[:5], *(line.rstrip("\t0.") for line in lines[5:])]
        more = [*lines[:5], *(f"{line}\t\t\t" for line in lines[5:])]
        for rows in (cut if missing[2] == "" else lines, more):
            assert_same(read(write(tmp_path / "set.trc", rows)), whole, 0.1, 0.02)


@pytest.mark.parametrize(
    ("coding", "end"),
    [
        ("utf-8-sig", "\r\n"),
        ("utf-8", "\r\n"),
        ("utf-8", "\r\r\n"),
        ("utf-8", "\r"),
        ("utf-8-sig", "\n"),
        ("utf-16", "\r\n"),
        ("cp1252", "\r\n"),
    ],
)
def test_byte_order_marks_and_line_ends_of_other_systems_are_read(
    coding: str, end: str, tmp_path: Path
) -> None:
    lines = trc_lines(SAMPLES[:20])
    lines[0] = lines[0].replace("set.trc", "Kniebeuge für Ärzte.trc")
    (tmp_path / "set.trc").write_bytes((end.join(lines) + end).encode(coding))
    poses = load_poses(tmp_path / "set.trc", size_px=SIZE_PX)
    for found, expected in zip(poses.samples, SAMPLES[:20], strict=True):
        assert_allclose(found.keypoints_px, expected.keypoints_px)


@pytest.mark.parametrize("fifth", ["", "\t\t", "\t\tX1\tY1\tZ1"])
def test_a_header_without_its_fifth_line_is_read(fifth: str, tmp_path: Path) -> None:
    lines = trc_lines(SAMPLES[:20])
    lines[4:5] = [fifth, ""]
    assert len(load_poses(write(tmp_path / "set.trc", lines), size_px=SIZE_PX).samples) == 20


@pytest.mark.parametrize(
    "name",
    [
        "set_{:012d}_keypoints.json",
        "set_{}_pose25.json",
        "{:04d}_body_25.json",
        "cam1_{:06d}_pose25.json",
        "2024-05-01_{}.json",
        "SET_{:012d}_KEYPOINTS.JSON",
        "set_{:04d}_keypoints.Json",
    ],
)
def test_frame_numbers_are_found_in_names_with_other_numbers(name: str, tmp_path: Path) -> None:
    for index in (0, 1, 2, 9, 10, 11):
        people = {"people": [person(SAMPLES[index].keypoints_px, np.ones(len(Keypoint)))]}
        (tmp_path / name.format(index)).write_text(json.dumps(people))
    poses = load_poses(tmp_path, frame_rate_hz=10, size_px=SIZE_PX)
    assert_allclose([sample.t_s for sample in poses.samples], [0, 0.1, 0.2, 0.9, 1.0, 1.1])
    assert_allclose(poses.samples[4].keypoints_px, SAMPLES[10].keypoints_px)


@pytest.mark.parametrize("missing", [(0, 0, 0.9), (-1, -1, 0.9), (5, 5, 0), (None, None, 0.9)])
def test_points_openpose_did_not_find_are_missing(
    missing: tuple[float | None, ...], tmp_path: Path
) -> None:
    somebody = person(SAMPLES[0].keypoints_px, np.ones(len(Keypoint)))["pose_keypoints_2d"]
    toe = 3 * 22  # the right big toe in BODY_25
    numbers = [*somebody[:toe], *missing, *somebody[toe + 3 :]]
    (tmp_path / "0_keypoints.json").write_text(
        json.dumps({"people": [{"pose_keypoints_2d": numbers}]})
    )
    (read,) = load_poses(tmp_path, frame_rate_hz=30, size_px=SIZE_PX).samples
    unknown = np.isnan(read.keypoints_px[:, 0])
    assert [which for which in Keypoint if unknown[which]] == [Keypoint.RIGHT_TOE]


def test_points_in_space_at_the_origin_or_at_a_filler_are_missing() -> None:
    points = np.array(
        [[0, 0, 0], [-9999, -9999, -9999], [999999, 999999, 999999], [0, 0, 5], [-99, 9999, 3]],
        float,
    )
    assert np.isnan(missing_as_nan(points)).any(axis=1).tolist() == [True, True, True, False, False]


def test_points_near_the_picture_stay_and_those_far_out_go() -> None:
    points = np.array(
        [[-40.0, 300.0], [0.0, 300.0], [500.0, 900.0], [2000.0, 300.0], [3.0, -999.0]]
    )
    missing = np.isnan(missing_as_nan(points, SIZE_PX)).any(axis=1)
    assert missing.tolist() == [False, False, False, True, True]


def test_a_leg_whose_points_are_all_at_one_place_has_no_length() -> None:
    sample = replace(SAMPLES[0], keypoints_px=np.zeros((len(Keypoint), 2)))
    assert math.isnan(leg_length_px(sample))
    hips = HipDrop()
    assert math.isnan(hips.update(sample))
    assert hips.update(SAMPLES[0]) == 0.0
