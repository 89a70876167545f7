"""Find out whether a film is sideways or upside down, and turn it upright before it is measured.

The pose model searches for people in a few pictures from the first seconds; their bodies show where
up is.
"""

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
"""Remarks in the session; the commands add what to do."""

TurnableSource = VideoSource | RecordedSource

_HOW = {90: "sideways", 180: "upside down", 270: "sideways"}


@runtime_checkable
class FindsPeople(Protocol):
    """A pose model that can search a single picture for people."""

    def people_in(self, image: ImageArray) -> Sequence[PersonSeen]:
        """Return all people in a picture; earlier pictures have no influence."""
        ...


def turned_upright(
    film: Opening,
    source: TurnableSource,
    estimator: PoseEstimator,
    rotate: int | None,
    *,
    lying: bool = False,
) -> tuple[Opening, TurnableSource]:
    """Return how to open a film with the right turn, and the film opened in this way.

    Parameters
    ----------
    film
        How to open the film, with the turn that the user gave.
    source
        The opened film, from which nothing was read yet. If the film has to be turned, it is closed
        and opened again.
    estimator, rotate, lying
        See :func:`turn_of`.
    """
    try:
        turn = turn_of(film.source, estimator, rotate, lying=lying)
    except SourceError:  # the film can be opened only once: use it as it is
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
        Opens the film without a further turn.
    estimator
        The pose model. If it only replays known poses, the film is not turned.
    rotate
        The turn that the user gave; ``None`` to find it.
    lying
        Whether the exercise is done lying down. Then the body does not show where up is, and the
        film is not turned.
    """
    if rotate is not None or lying or not isinstance(estimator, FindsPeople):
        return Turn(rotate or 0)
    with closing(source()) as film:
        found = detect_turn(film, estimator)
        # A mirrored film is flipped after it is turned; the turn was found in flipped pictures.
        deg = -found.turn_deg % 360 if film.info.mirrored else found.turn_deg
    return Turn(deg, turn_remarks(found))


def detect_turn(film: FrameSource, finder: FindsPeople) -> PictureTurn:
    """Find the turn from a few pictures of the beginning of a film."""
    turn = TurnFinder()
    for frame in film:
        if frame.t_s >= turn.next_s:
            found = turn.update(frame.t_s, finder.people_in(frame.image))
            if found is not None:
                return found
    return turn.finish()


def turn_remarks(found: PictureTurn) -> tuple[str, ...]:
    """Return the remarks for the session: that the film was turned, or may have to be."""
    if found.person_across:
        return (ACROSS,)
    if found.turn_deg:
        return (TURNED.format(how=_HOW[found.turn_deg], deg=found.turn_deg),)
    return ()
