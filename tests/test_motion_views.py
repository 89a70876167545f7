"""The view of a whole session, and what is said when it changed."""

from __future__ import annotations

import msgspec
import pytest
from clips.made_reps import FRONT, rep_with

from formcheck.data.session import Rep, View, ViewKind
from formcheck.motion.camera_view import steady_kind, view_kind
from formcheck.motion.main_view import main_view, view_in_words

change = msgspec.structs.replace
OBLIQUE = change(FRONT, kind="oblique", yaw_deg=45.0)


def rep(index: int, view: View = FRONT) -> Rep:
    return rep_with({}, index=index, view=view)


def turned(index: int) -> Rep:
    """A repetition in which the person had turned."""
    view = change(OBLIQUE, yaw_deg=-34.0, warnings=("Turn about 34° to your left.",))
    return rep(index, view=view)


TURNED = [rep(1), rep(2), rep(3), turned(4), turned(5)]


def test_a_view_that_changed_is_said_in_the_headline_and_in_a_warning() -> None:
    view = main_view(TURNED)
    assert view.kind == "front"
    assert (
        view_in_words(view, TURNED) == "front view, from rep 4 on turned about 34° from the camera"
    )
    changed, advice = view.warnings
    assert (
        "reps 4 and 5 were seen turned about 34° from the camera, the others from the front"
        in changed
    )
    assert advice == "Reps 4 and 5: Turn about 34° to your left."


def test_a_view_that_stayed_is_not_spoken_of() -> None:
    assert view_in_words(FRONT, [rep(1), rep(2)]) == "front view"
    assert main_view([rep(1), rep(2)]) == FRONT


def test_the_view_of_single_repetitions_is_told_by_their_number() -> None:
    side = change(FRONT, kind="side", yaw_deg=90.0)
    reps = [rep(1), rep(2, view=side), rep(3), rep(4, view=side), rep(5)]
    assert view_in_words(FRONT, reps) == "front view, reps 2 and 4 from the side"


@pytest.mark.parametrize(
    ("before_deg", "yaw_deg", "sem_deg", "expected"),
    [
        pytest.param(118.0, 121.0, 12.0, "side", id="across the border by less than the error"),
        pytest.param(118.0, 140.0, 12.0, "oblique", id="by more than the error"),
        pytest.param(-20.0, -28.0, 5.0, "front", id="to the other side as well"),
        pytest.param(-20.0, -32.0, 5.0, "oblique", id="and there by more"),
        pytest.param(30.0, 24.0, 5.0, "oblique", id="into the front by less than the error"),
        pytest.param(0.0, 118.0, 12.0, "side", id="another view than the one before"),
    ],
)
def test_a_view_near_a_border_changes_only_by_more_than_its_error(
    before_deg: float, yaw_deg: float, sem_deg: float, expected: ViewKind
) -> None:
    before = change(FRONT, kind=view_kind(before_deg), yaw_deg=before_deg)
    view = change(FRONT, kind=view_kind(yaw_deg), yaw_deg=yaw_deg, yaw_sem_deg=sem_deg)
    assert steady_kind(view, before) == expected


def test_who_was_hardly_seen_is_seen_from_nowhere() -> None:
    unknown = change(FRONT, kind="unknown", yaw_deg=None, yaw_sem_deg=None)
    assert steady_kind(unknown, FRONT) == "unknown"
