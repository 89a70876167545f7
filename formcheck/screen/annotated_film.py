"""Draw the annotated film: the session's final numbers over the frames of its film.

This is done after measuring, in a second pass over the film, with the poses that were saved. Not
every frame was analyzed; between analyzed frames the poses are interpolated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from formcheck.data.arrays import ImageArray
from formcheck.data.frame import Frame, Progress
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Session
from formcheck.screen.draw import draw
from formcheck.screen.state import OverlayState, body_length_px, is_on_the_right, overlay_state
from formcheck.video.encoder import VideoWriter

ENDING_FRAMES, ENDING_STEP_S = 30, 0.05
"""The last frame is repeated this often at this interval, with the final count. Our choice."""
SAME_S = 0.001
"""A pose whose time differs by at most this belongs to the frame."""
MOST_HZ = 60.0
"""Largest number of frames a second: most screens show no more."""
EARLY = 0.2
"""A frame may be early by this share of the interval, as the times in films are not exact."""
LONGEST_GAP_S = 0.5
"""Poses that are further apart are not interpolated. Our choice."""


def draw_film(
    session: Session,
    poses: Sequence[PoseSample],
    frames: Iterable[Frame],
    path: Path,
    *,
    progress: Progress | None = None,
    most_hz: float = MOST_HZ,
) -> None:
    """Draw the annotated film of a session; if this fails, no file is left.

    Decoding, drawing and encoding run in three threads; this function draws.

    Parameters
    ----------
    session
        The session, measured.
    poses
        The poses it was measured from, in order of time.
    frames
        The film's frames, with times of the same clock; frames after the
        last pose of an interrupted session are left out.
    path
        The MP4 file to write; replaced if it exists.
    progress
        Called after each frame.
    most_hz
        Largest number of frames a second; of a faster film, frames are left out.

    Raises
    ------
    OutputError
        The film cannot be written, or there are no frames. No file is left then.
    """
    track = PoseTrack(poses)
    writer: VideoWriter | None = None
    last: tuple[ImageArray, OverlayState] | None = None
    next_s = -math.inf
    try:
        for done, frame in enumerate(frames, start=1):
            if not session.complete and frame.t_s > track.end_s + SAME_S:
                break
            if progress is not None:
                progress(frame.t_s, done, session.source.frames or None)
            if frame.t_s < next_s - EARLY / most_hz:
                continue
            due_s = frame.t_s if writer is None else max(next_s, frame.t_s - EARLY / most_hz)
            next_s = due_s + 1.0 / most_hz
            if writer is None:
                writer = VideoWriter(path, (frame.image.shape[1], frame.image.shape[0]))
            state = track.state(session, frame.t_s)
            writer.write(draw(frame.image, state), frame.t_s)
            last = frame.image, state
        writer = writer or VideoWriter(path, (session.source.width, session.source.height))
        if last is not None and session.reps:
            _write_ending(writer, session, track, *last)
        writer.finish()
    except BaseException:
        if writer is not None:
            writer.abort()
        raise


def _write_ending(
    writer: VideoWriter, session: Session, track: PoseTrack, image: ImageArray, last: OverlayState
) -> None:
    ending = track.steady(overlay_state(session, last.pose, math.inf))
    drawn = draw(image, replace(ending, person_seen=True))
    for i in range(1, ENDING_FRAMES + 1):
        writer.write(drawn, last.t_s + i * ENDING_STEP_S)


class PoseTrack:
    """The poses of a session, interpolated to the time of any frame.

    Parameters
    ----------
    poses
        In order of time.
    """

    def __init__(self, poses: Sequence[PoseSample]) -> None:
        self._poses = poses
        self._times = [pose.t_s for pose in poses]
        seen = [pose for pose in poses if pose.seen]
        bodies = [body_length_px(pose.keypoints_px) for pose in seen]
        bodies = [body_px for body_px in bodies if math.isfinite(body_px)]
        self._body_px = float(np.median(bodies)) if bodies else math.nan
        self._on_the_left = sum(map(is_on_the_right, seen)) > len(seen) / 2

    @property
    def end_s(self) -> float:
        """Time of the last pose; minus infinity if there is none."""
        return self._times[-1] if self._times else -math.inf

    def at(self, t_s: float) -> PoseSample:
        """Return the pose measured at a time, or one interpolated between its neighbours."""
        after = bisect_left(self._times, t_s)
        near = self._poses[max(0, after - 1) : after + 1]
        if not near:
            return PoseSample.nobody(t_s, (1, 1))
        closest = min(near, key=lambda pose: abs(pose.t_s - t_s))
        away_s = abs(closest.t_s - t_s)
        if away_s <= SAME_S:
            return closest
        if away_s > LONGEST_GAP_S:
            return PoseSample.nobody(t_s, closest.frame_size_px)
        if len(near) < 2 or near[1].t_s - near[0].t_s > LONGEST_GAP_S:
            return replace(closest, t_s=t_s)
        return between(near[0], near[1], t_s)

    def state(self, session: Session, t_s: float) -> OverlayState:
        """Return what is drawn over the frame at a time."""
        return self.steady(overlay_state(session, self.at(t_s), t_s))

    def steady(self, state: OverlayState) -> OverlayState:
        """Return the state with the line widths and text side that all frames share."""
        return replace(state, body_px=self._body_px, text_on_the_left=self._on_the_left)


def between(first: PoseSample, second: PoseSample, t_s: float) -> PoseSample:
    """Return the pose interpolated between two; NaN for keypoints that one of them lacks.

    ``looked_at`` is false: the pose model has not analyzed this frame.
    """
    share = (t_s - first.t_s) / (second.t_s - first.t_s)
    return replace(
        first,
        t_s=t_s,
        keypoints_px=(1 - share) * first.keypoints_px + share * second.keypoints_px,
        confidence=np.minimum(first.confidence, second.confidence),
        looked_at=False,
    )
