"""Turns a film upright before it is measured, when its first seconds show that it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Protocol, runtime_checkable

from formcheck.app.opening import Opening, Turn
from formcheck.data.arrays import ImageArray
from formcheck.data.frame import FrameSource
from formcheck.pose.estimator import PoseEstimator
from formcheck.pose.picture_turn import PersonSeen, PictureTurn, TurnFinder

TURNED = "The person was {how} in the film, so the picture was turned by {deg}°."
ACROSS = (
    "The person is sideways in the picture. If the film was turned, and not the person, these "
    "results are wrong."
)
"""What the session says; commands add what to do."""

_HOW = {90: "sideways", 180: "upside down", 270: "sideways"}


@runtime_checkable
class FindsPeople(Protocol):
    """A pose model that can look at a single picture."""

    def people_in(self, image: ImageArray) -> Sequence[PersonSeen]:
        """Find all people in a picture, whatever was seen before."""
        ...


def upright(film: Opening, estimator: PoseEstimator, rotate: int | None) -> Opening:
    """Give a film's opening with its turn; as it is when ``rotate`` was asked for."""
    return replace(film, turn=turn_of(film.source, estimator, rotate))


def turn_of(
    source: Callable[[], FrameSource],
    estimator: PoseEstimator,
    rotate: int | None,
) -> Turn:
    """Find how a film has to be turned.

    Parameters
    ----------
    source
        Opens the film as it is stored.
    estimator
        Looks at its pictures. One that knows the poses beforehand cannot; no turn then.
    rotate
        The turn that was asked for; ``None`` to find it.
    """
    if rotate is not None or not isinstance(estimator, FindsPeople):
        return Turn(rotate or 0)
    with closing(source()) as film:
        found = found_in(film, estimator)
        # The picture is flipped after it is turned, and was looked at flipped.
        deg = -found.turn_deg % 360 if film.info.mirrored else found.turn_deg
    return Turn(deg, remarks_on(found))


def found_in(film: FrameSource, finder: FindsPeople) -> PictureTurn:
    """Look at a few pictures from the beginning of a film."""
    turn = TurnFinder()
    for frame in film:
        if frame.t_s >= turn.next_s:
            found = turn.update(frame.t_s, finder.people_in(frame.image))
            if found is not None:
                return found
    return turn.finish()


def remarks_on(found: PictureTurn) -> tuple[str, ...]:
    """Say what was done, or could not be known."""
    if found.person_across:
        return (ACROSS,)
    if found.turn_deg:
        return (TURNED.format(how=_HOW[found.turn_deg], deg=found.turn_deg),)
    return ()
