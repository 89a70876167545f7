"""``Frame``: one picture with its time; and ``FrameSource``, the interface of films and cameras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from formcheck.data.arrays import ImageArray

Progress = Callable[[float, int, int | None], None]
"""A function called with the time in the film, the frames done, and the frames expected if
known."""


@dataclass(frozen=True)
class Frame:
    """One upright picture of a film or camera, and its time.

    Attributes
    ----------
    index
        Number of the frame, from 0.
    t_s
        Time in seconds, strictly increasing. For a film, the time that a player shows (the picture
        may start after the sound), divided by the slow-motion factor, so that it is real time. For
        a camera, the time since its first frame.
    image
        RGB, turned upright, never mirrored.
    captured_s
        ``time.monotonic()`` when a camera took it, to compute its delay on the screen; NaN for the
        frames of a film.
    dropped_before
        How many frames just before this one were dropped because they were not taken in time; 0 for
        a film.
    paused
        Whether the session is paused: the frame is shown, but not measured or kept.
    """

    index: int
    t_s: float
    image: ImageArray
    captured_s: float = math.nan
    dropped_before: int = 0
    paused: bool = False


@dataclass(frozen=True)
class SourceInfo:
    """Facts about a film, a camera or a recording of poses.

    ``frames``, ``frames_dropped`` and ``duration_s`` are final when all frames have been read.

    Attributes
    ----------
    kind
        Whether the frames come from a film, a camera or recorded poses.
    name
        Name of the file without its folder, or of the camera.
    width, height
        Size of the upright frame, in pixels.
    duration_s
        Time at which the last frame ends.
    frames, frames_dropped
        Frames read so far; frames that were lost (damaged, or too late in a live session).
    looks
        For recorded poses: the number of frames on which the pose model ran; ``None`` for all.
    frame_rate_hz
        Median rate of the frames, in real time.
    variable_frame_rate
        Whether the time between frames varies by more than a tenth of its median.
    rotation_deg
        Clockwise turn that was applied because the file asks for it.
    turn_deg
        Further clockwise turn that was applied, found from the poses or asked for by the user.
    mirrored
        Whether the user declared that the film shows left and right swapped.
    slow_motion
        How many times slower than real time the film plays.
    expected_frames
        Number of frames that the file states, for a progress bar; ``None`` when it does not.
    warnings
        Problems with the file, in words ("12 damaged frames were skipped").
    remarks
        What was done to read it, in whole sentences ("The frame was turned").
    """

    kind: Literal["video", "camera", "poses"]
    name: str
    width: int
    height: int
    duration_s: float = 0.0
    frames: int = 0
    frames_dropped: int = 0
    looks: int | None = None
    frame_rate_hz: float = 0.0
    variable_frame_rate: bool = False
    rotation_deg: int = 0
    turn_deg: int = 0
    mirrored: bool = False
    slow_motion: float = 1.0
    expected_frames: int | None = None
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentPicture:
    """One picture of a live session that a page in the browser sent.

    Attributes
    ----------
    number
        Number that the page gave it, to match the answer to the picture.
    lost_before
        How many pictures the page skipped just before this one, because two were still being sent.
    taken_s
        When it was taken, by the page's clock.
    jpeg
        The picture as JPEG data.
    """

    number: int
    lost_before: int
    taken_s: float
    jpeg: bytes


class FrameSource(Protocol):
    """A stream of frames: a film, a camera or recorded poses."""

    @property
    def info(self) -> SourceInfo:
        """Facts about the source, as known so far."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the next frame can be read without waiting."""
        ...

    @property
    def late_s(self) -> float:
        """How long a camera's next frame has waited to be taken, in seconds; 0 for a film."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, once."""
        ...

    def close(self) -> None:
        """Release the file or camera."""
        ...
