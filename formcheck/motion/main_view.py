"""The camera view of a whole session, and whether it changed from one repetition to another.

The report shows it, and warns when some repetitions were seen from another side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from formcheck.data.arrays import or_nan
from formcheck.data.session import Rep, View, ViewKind
from formcheck.motion.camera_view import FEET_WARNING, direction_words, is_from_behind
from formcheck.motion.verdicts import numbered

CHANGED = (
    "You did not stand the same way throughout: {which} seen {how}, the others {usually}. Stand "
    "the same way from the first {effort} to the last."
)


class ViewsSeen:
    """Keeps from where somebody was seen over a session, whether anything was measured or not."""

    def __init__(self) -> None:
        self._counts: Counter[ViewKind] = Counter()
        self._last: dict[ViewKind, View] = {}

    def add(self, view: View) -> None:
        """Take the view as known at a look."""
        self._counts[view.kind] += 1
        self._last[view.kind] = view

    @property
    def usual(self) -> View:
        """The last one of the kind that was seen most often; unknown before the first."""
        return self._last[self._counts.most_common(1)[0][0]] if self._counts else View()


def main_view(reps: Sequence[Rep]) -> View:
    """Return the view of most repetitions; of these, that of the one with the median yaw.

    Warnings are added about repetitions that were seen from another side.

    Raises
    ------
    ValueError
        When there is no repetition.
    """
    kind = Counter(rep.view.kind for rep in reps).most_common(1)[0][0]
    view = _median_view(rep for rep in reps if rep.view.kind == kind)
    warnings = list(view.warnings)
    if any(FEET_WARNING in rep.view.warnings for rep in reps) and FEET_WARNING not in warnings:
        warnings.append(FEET_WARNING)
    for others in _seen_otherwise(reps, kind):
        there = _median_view(others)
        which = numbered((rep.index for rep in others), reps[0].name)
        are = f"{which} {'was' if len(others) == 1 else 'were'}"
        warnings.append(
            CHANGED.format(
                which=are,
                how=_direction(there),
                usually=_direction(view),
                effort=reps[0].full_name,
            )
        )
        capital = which[0].upper() + which[1:]
        warnings += [f"{capital}: {text}" for text in there.warnings if text not in warnings]
    return msgspec.structs.replace(view, warnings=tuple(warnings))


def view_in_words(view: View, reps: Sequence[Rep]) -> str:
    """Name the view, and the repetitions with another: ``front view, rep 4 from the side``."""
    return ", ".join((kind_in_words(view), *other_views_in_words(view, reps)))


def kind_in_words(view: View) -> str:
    """Name the kind of a view: ``front view``, or ``filmed between front and side``."""
    if view.kind in ("front", "side"):
        return f"{view.kind} view"
    return f"filmed {direction_words(view)}"


def other_views_in_words(view: View, reps: Sequence[Rep]) -> tuple[str, ...]:
    """Say which repetitions were seen from another side: ``from rep 4 on turned about 34°``."""
    found = []
    for others in _seen_otherwise(reps, view.kind):
        indices = [rep.index for rep in others]
        to_the_end = [rep.index for rep in reps][-len(indices) :] == indices
        which = numbered(indices, reps[0].name)
        if to_the_end and len(indices) > 1:
            which = f"from {reps[0].name} {indices[0]} on"
        found.append(f"{which} {_direction(_median_view(others))}")
    return tuple(found)


def _seen_otherwise(reps: Sequence[Rep], kind: ViewKind) -> list[list[Rep]]:
    """Return the repetitions of every other kind of view, one list for each kind."""
    kinds = dict.fromkeys(rep.view.kind for rep in reps if rep.view.kind != kind)
    return [[rep for rep in reps if rep.view.kind == other] for other in kinds]


def _median_view(reps: Iterable[Rep]) -> View:
    """Return the view of the repetition with the median yaw."""
    by_yaw = sorted(reps, key=lambda rep: or_nan(rep.view.yaw_deg))
    return by_yaw[len(by_yaw) // 2].view


def _direction(view: View) -> str:
    """Say from where it was filmed; of an oblique view, at which angle."""
    if view.kind == "oblique" and not is_from_behind(view):
        return f"turned about {abs(or_nan(view.yaw_deg)):.0f}° from the camera"
    return direction_words(view)
