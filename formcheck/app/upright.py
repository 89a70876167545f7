"""Turns a film upright before it is measured, when its first seconds show that it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Protocol, runtime_checkable

from formcheck.app.opening import Opening, Turn
from formcheck.data.arrays import ImageArray
from formcheck.data.errors import SourceError
from formcheck.data.frame import FrameSource
from formcheck.pose.estimator import PoseEstimator
from formcheck.pose.picture_turn import PersonSeen, PictureTurn, TurnFinder
from formcheck.pose.recorded import RecordedSource
from formcheck.video.film import VideoSource

TURNED = "The person was {how} in the film, so the picture was turned by {deg}°."
ACROSS = (
    "The person is sideways in the picture. If the camera was turned and the person was upright, "
    "these results are wrong."
)
"""What the session says; commands add what to do."""

TurnableSource = VideoSource | RecordedSource

_HOW = {90: "sideways", 180: "upside down", 270: "sideways"}


@runtime_checkable
class FindsPeople(Protocol):
    """A pose model that can look at a single picture."""

    def people_in(self, image: ImageArray) -> Sequence[PersonSeen]:
        """Find all people in a picture, whatever was seen before."""
        ...


def turned_upright(
    film: Opening,
    source: TurnableSource,
    estimator: PoseEstimator,
    rotate: int | None,
    *,
    lying: bool = False,
) -> tuple[Opening, TurnableSource]:
    """Give the opening of a film with its turn, and the film opened so.

    Parameters
    ----------
    film
        The opening, with the turn that was asked for.
    source
        The film, opened and not read; closed when it has to be opened again to be turned.
    estimator, rotate, lying
        As for :func:`turn_of`.
    """
    try:
        turn = turn_of(film.source, estimator, rotate, lying=lying)
    except SourceError:  # it can be opened only once: what is open already is measured as it is
        return film, source
    if turn == film.turn:
        return film, source
    source.close()
    film = replace(film, turn=turn)
    return film, film.source()


def turn_of(
    source: Callable[[], FrameSource],
    estimator: PoseEstimator,
    rotate: int | None,
    *,
    lying: bool = False,
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
    lying
        Whether the exercise is done lying: the body does not show where up is, and the file's own
        turn is taken.
    """
    if rotate is not None or lying or not isinstance(estimator, FindsPeople):
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
