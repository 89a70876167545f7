"""MediaPipe's PoseLandmarker behind formcheck's estimator protocol.

The only module that knows MediaPipe; *landmark* and *visibility* stay in here.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.errors import ModelError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint, PoseSample, out_of_picture, unknown_edges
from formcheck.pose.camera_roll import RollEstimator
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.heading import heading_deg
from formcheck.pose.leg_edges import leg_edges_px
from formcheck.pose.mirror_check import MirrorCheck
from formcheck.pose.model import CHOOSE_HINT, ModelFile, find_model
from formcheck.pose.offline import keep_offline
from formcheck.pose.native_stderr import native_stderr_silenced
from formcheck.pose.subject import Body, Box, SubjectTracker, SubjectSelector
from formcheck.video.thread_priority import lower_thread_priority

if TYPE_CHECKING:
    from mediapipe import Image
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerResult

LANDMARK_OF = {
    Keypoint.NOSE: 0,
    Keypoint.LEFT_EAR: 7,
    Keypoint.RIGHT_EAR: 8,
    Keypoint.LEFT_SHOULDER: 11,
    Keypoint.RIGHT_SHOULDER: 12,
    Keypoint.LEFT_ELBOW: 13,
    Keypoint.RIGHT_ELBOW: 14,
    Keypoint.LEFT_WRIST: 15,
    Keypoint.RIGHT_WRIST: 16,
    Keypoint.LEFT_HIP: 23,
    Keypoint.RIGHT_HIP: 24,
    Keypoint.LEFT_KNEE: 25,
    Keypoint.RIGHT_KNEE: 26,
    Keypoint.LEFT_ANKLE: 27,
    Keypoint.RIGHT_ANKLE: 28,
    Keypoint.LEFT_HEEL: 29,
    Keypoint.RIGHT_HEEL: 30,
    Keypoint.LEFT_TOE: 31,  # MediaPipe's "foot index": the tip of the second toe, about
    Keypoint.RIGHT_TOE: 32,
}
LANDMARKS = [LANDMARK_OF[which] for which in Keypoint]

TICK_MS = 100_000_000
"""Time between frames as told to MediaPipe, far from the truth on purpose.

In VIDEO mode with one pose MediaPipe passes the landmarks through a one-euro filter that lags by
50 to 120 ms and cannot be turned off. The filter opens with the time between frames: told that a
day passes, it lets every frame through as it is, while the tracking, which knows no time, goes on.
The landmarks are then those of IMAGE mode, at two thirds of its cost.
"""

LAST_MS = 9_000_000_000_000
"""MediaPipe's filter counts nanoseconds in 64 bits: beyond, it no longer filters, and complains of
every frame. The follower is made anew then, after 90,000 of its frames."""

LONG_PAUSE_MS = 1_000_000_000_000
"""So long a pause leaves nothing in the filter that a floating-point number could hold."""

LARGEST_PX = 960
"""Longer pictures are shrunk to this for following. MediaPipe looks at a person with 256 pixels,
and nobody within the distance that formcheck asks for is shrunk below that; but it draws the mask
of the person in the picture's own size, which in full HD costs as much as half a pose."""

MOST_PEOPLE = 4

REGION_MARGIN = 0.5
"""Room left around a body, in body sizes, where the rest of the picture is painted over."""

GREY = 128

ASIDE_S = 0.2
"""A look that is not urgent is done beside the following, and counts in the first frame so much
later: done at once it would hold up the frame that it falls on. So much later, whether it took
long or not, for the same film must give the same numbers."""

MIRROR_WITHIN = 0.4
"""The mirrored picture shows the same person when the hips are no further off, in trunk lengths."""


@dataclass(frozen=True)
class Pose:
    """One person as MediaPipe sees them; arrays as in ``PoseSample``."""

    keypoints_px: FloatArray
    confidence: FloatArray
    world_m: FloatArray
    body: Body
    leg_edges_px: FloatArray


class MediaPipeEstimator:
    """Gives the subject's pose for each frame, with MediaPipe.

    Parameters
    ----------
    model_path
        A PoseLandmarker bundle; ``None`` takes the one that comes with formcheck.
    subject
        Whom to measure when several people are in view: ``auto`` (the one who exercises),
        ``left``, ``right``, ``center``, ``largest``, or ``X,Y`` as fractions of the first
        picture's width and height.

    Raises
    ------
    UsageError
        When there is no such ``subject``.
    ModelError
        When the model cannot be used.
    """

    def __init__(self, model_path: Path | None = None, *, subject: str = "auto") -> None:
        self._watch = SubjectTracker(SubjectSelector.parse(subject))
        self._file = find_model(model_path)
        self._followers = Followers(self._file)
        self._scout = Scout(self._file)
        self._crowd_look: Aside | None = None
        self._mirror_look: Aside | None = None
        self._mirror = MirrorCheck()
        self._roll = RollEstimator()

    @property
    def model(self) -> ModelInfo:
        """Which model is behind it."""
        return self._file.info

    def warm_up(self) -> None:
        """Get everything going before the first frame, which would take five times as long.

        It takes half a second and leaves no trace in the poses: whom it looked at is forgotten.
        """
        looks = [self._scout.look(somebody(), mirrored=mirrored) for mirrored in (False, True)]
        self._followers.warm_up(somebody())
        for look in looks:
            look.result()

    def begin(self, frame: Frame) -> None:
        """Start on a frame while the one before it is still being worked on."""
        self._followers.begin(frame)

    def estimate(self, frame: Frame) -> PoseSample:
        """Give the subject's pose in this frame.

        Parameters
        ----------
        frame
            RGB, in the order in which the source gave them. Whether it was begun before makes no
            difference to the pose.

        Returns
        -------
        PoseSample
            ``PoseSample.nobody`` while the subject is not seen, even if others are.
        """
        pose = self._subject_pose(frame)
        size_px = _size_px(frame)
        if pose is None:
            return PoseSample.nobody(frame.t_s, size_px, self._watch.people)
        self._check_mirror(frame, pose)
        correction_deg = self._mirror.correction_deg
        turn_deg = float(heading_deg(pose.world_m)) + correction_deg
        roll = self._roll.update(frame.t_s, frame.image, pose.keypoints_px, turn_deg)
        return PoseSample(
            t_s=frame.t_s,
            keypoints_px=pose.keypoints_px,
            confidence=pose.confidence,
            world_m=pose.world_m,
            frame_size_px=size_px,
            people=self._watch.people,
            heading_correction_deg=correction_deg,
            camera_roll_deg=roll.deg,
            camera_roll_sem_deg=roll.sem_deg,
            leg_edges_px=pose.leg_edges_px,
        )

    def close(self) -> None:
        """Free the model; may be called more than once."""
        self._followers.close()
        self._scout.close()

    def __enter__(self) -> Self:
        """Return the estimator itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free the model."""
        self.close()

    def _subject_pose(self, frame: Frame) -> Pose | None:
        watch, followers = self._watch, self._followers
        # The first frame is always looked at: both ways at once.
        first_look = None if watch.has_looked else self._scout.look(frame.image)
        followed = followers.follow(frame)
        if not watch.may_follow(frame.t_s):
            followers.forget()
            followed = None
        followed_body = None if followed is None else followed.body
        if not watch.wants_look(frame.t_s, followed_body):
            return followed
        if (
            followed is not None
            and watch.look_can_wait(frame.t_s)
            and not self._somebody_else_came(frame, followed)
        ):
            return followed
        self._crowd_look = None
        seen = (first_look or self._scout.look(frame.image)).result()
        bodies = [pose.body for pose in seen]
        subject = watch.look(frame.t_s, followed_body, bodies, _size_px(frame))
        if followed is not None and subject is followed.body:
            return followed
        if subject is None:
            followers.forget()
            return None
        chosen = next(pose for pose in seen if pose.body is subject)
        return followers.turn_to(frame, chosen)

    def _somebody_else_came(self, frame: Frame, followed: Pose) -> bool:
        """Look aside for others beside a subject who was alone so far; ``True`` when there are."""
        begun = self._crowd_look
        if begun is None:
            self._crowd_look = Aside(frame.t_s, followed, self._scout.look(frame.image))
            return False
        if frame.t_s - begun.t_s < ASIDE_S:
            return False
        self._crowd_look = None
        if any(not pose.body.same_as(begun.pose.body) for pose in begun.seen.result()):
            return True
        self._watch.look(frame.t_s, followed.body, [], _size_px(frame))
        return False

    def _check_mirror(self, frame: Frame, pose: Pose) -> None:
        """Look at the mirrored picture when it is time to, and take what an earlier look saw."""
        begun = self._mirror_look
        if begun is not None and frame.t_s - begun.t_s >= ASIDE_S:
            self._mirror_look = None
            across_px = frame.image.shape[1] - 1
            world_m = _mirrored_world_m(begun.seen.result(), begun.pose, across_px)
            self._mirror.look(begun.t_s, begun.pose.world_m, world_m)
        elif begun is None and self._mirror.wants_look(frame.t_s):
            self._mirror_look = Aside(frame.t_s, pose, self._scout.look(frame.image, mirrored=True))


@dataclass(frozen=True)
class Aside:
    """A look beside the following: when it was begun, at which pose, and what it will have seen."""

    t_s: float
    pose: Pose
    seen: Future[list[Pose]]


class Scout:
    """Finds everybody in a picture, whatever was in the one before; in a thread of its own."""

    def __init__(self, model: ModelFile) -> None:
        self._thread = ThreadPoolExecutor(1, "formcheck-looks", initializer=lower_thread_priority)
        # The model's own threads inherit the priority of the one that makes it.
        self._landmarker = self._thread.submit(
            Landmarker, model, video=False, most_people=MOST_PEOPLE
        )

    def look(self, image: ImageArray, *, mirrored: bool = False) -> Future[list[Pose]]:
        """Find all people in the picture, or in its mirror image, each with a pose."""
        return self._thread.submit(self._look, image[:, ::-1] if mirrored else image)

    def close(self) -> None:
        """Free the model; may be called more than once."""
        self._thread.shutdown(cancel_futures=True)
        if self._landmarker.exception() is None:
            self._landmarker.result().close()

    def _look(self, image: ImageArray) -> list[Pose]:
        return self._landmarker.result().poses(image)


class Follower:
    """Follows one person from picture to picture: finds the pose near where it was before."""

    def __init__(self, model: ModelFile) -> None:
        self._landmarker = Landmarker(model, video=True, most_people=1)
        self._only: Box | None = None

    def follow(self, image: ImageArray) -> Pose | None:
        """Give the pose of the person being followed, or when there is none of who stands out."""
        poses = self._landmarker.poses(image if self._only is None else _painted(image, self._only))
        if not poses:
            return None
        self._only = None
        return poses[0]

    def warm_up(self, image: ImageArray) -> None:
        """Find somebody in a picture, follow them into the next, and forget them."""
        for _ in ("found", "followed"):
            self.follow(image)
        self._landmarker.pause()
        self.aim(None)

    def aim(self, target: Pose | None) -> None:
        """Look for somebody else from the next picture on; with ``None`` for nobody in particular.

        The next picture may be one that was followed in already.
        """
        self._only = None if target is None else _region(target.body)
        # The tracker lets go when it finds nobody where the person was: show it an empty picture.
        self._landmarker.poses(np.full((64, 64, 3), GREY, dtype=np.uint8))

    def close(self) -> None:
        """Free the model; may be called more than once."""
        self._landmarker.close()


@dataclass(frozen=True)
class Begun:
    """A frame that a follower is at work on."""

    frame: Frame
    pose: Future[Pose | None]


class Followers:
    """Two followers that take turns: each has every other frame.

    A follower needs its own last pose to know where to look, so one alone can only work through
    the frames in sequence. Two can work on two frames at once; each looks where the person was
    two frames ago. The turns go by the frame's index, so the poses do not depend on whether the
    work overlapped.
    """

    def __init__(self, model: ModelFile) -> None:
        self._followers = (Follower(model), Follower(model))
        self._threads = tuple(
            ThreadPoolExecutor(1, thread_name_prefix="formcheck-pose") for _ in self._followers
        )
        self._begun: dict[int, Begun] = {}
        self._lock = threading.RLock()  # a frame may be begun by another thread
        for thread, follower in zip(self._threads, self._followers, strict=True):
            thread.submit(follower.aim, None)  # a model's first picture takes longest

    def warm_up(self, image: ImageArray) -> None:
        """Follow somebody for a moment, and forget them."""
        self._have_both(lambda follower: follower.warm_up(image))

    def begin(self, frame: Frame) -> None:
        """Set a follower to work on a frame; does nothing when it is at work on it already."""
        with self._lock:
            if frame.index not in self._begun:
                self._begun[frame.index] = self._start(frame)

    def follow(self, frame: Frame) -> Pose | None:
        """Give the pose that the frame's follower finds."""
        with self._lock:
            self.begin(frame)
            begun = self._begun.pop(frame.index)
        return begun.pose.result()

    def turn_to(self, frame: Frame, target: Pose) -> Pose:
        """Follow somebody else from now on; gives that person's pose in this frame."""
        self._aim(target)
        found = self.follow(frame)
        if found is None or not found.body.same_as(target.body):
            self._aim(target)
            found = target
        return found

    def forget(self) -> None:
        """Follow nobody."""
        self._aim(None)

    def close(self) -> None:
        """Free the models; may be called more than once."""
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
        for follower in self._followers:
            follower.close()

    def _start(self, frame: Frame) -> Begun:
        turn = frame.index % len(self._followers)
        future = self._threads[turn].submit(self._followers[turn].follow, frame.image)
        return Begun(frame, future)

    def _have_both(self, work: Callable[[Follower], None]) -> None:
        """Have each follower do something in its own thread, and wait for both."""
        given = [
            thread.submit(work, follower)
            for thread, follower in zip(self._threads, self._followers, strict=True)
        ]
        for done in given:
            done.result()

    def _aim(self, target: Pose | None) -> None:
        """Aim both followers; what was begun before is begun again."""
        with self._lock:
            self._have_both(lambda follower: follower.aim(target))
            self._begun = {index: self._start(begun.frame) for index, begun in self._begun.items()}


class Landmarker:
    """One native PoseLandmarker."""

    def __init__(self, model: ModelFile, *, video: bool, most_people: int) -> None:
        self._model = model
        self._video = video
        self._most_people = most_people
        self._start()

    def _start(self) -> None:
        self._time_ms = 0
        self._proven = False  # has found somebody: it has said all that it has to say
        self._native = _create(self._model, video=self._video, most_people=self._most_people)
        # Also runs when the interpreter exits without a close.
        self._close = weakref.finalize(self, _close, self._native)

    def poses(self, image: ImageArray) -> list[Pose]:
        """Find the poses in a picture, RGB."""
        import mediapipe  # takes a second: not before it is needed

        shown = _shrunk(image) if self._video else image
        picture = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(shown)
        )
        with contextlib.nullcontext() if self._proven else native_stderr_silenced():
            result = self._detect(picture)
        self._proven = self._proven or bool(result.pose_landmarks)
        height, width = image.shape[:2]
        masks = result.segmentation_masks or [None] * len(result.pose_landmarks)
        return [
            _pose(landmarks, world, (width, height), mask)
            for landmarks, world, mask in zip(
                result.pose_landmarks, result.pose_world_landmarks, masks, strict=True
            )
        ]

    def pause(self) -> None:
        """Let so much time pass before the next picture that nothing of the last one is left."""
        self._time_ms += LONG_PAUSE_MS

    def close(self) -> None:
        """Free it; may be called more than once."""
        self._close()

    def _detect(self, picture: Image) -> PoseLandmarkerResult:
        try:
            if not self._video:
                return self._native.detect(picture)
            if self._time_ms >= LAST_MS:
                self.close()
                self._start()
            self._time_ms += TICK_MS
            return self._native.detect_for_video(picture, self._time_ms)
        except RuntimeError as error:
            raise _unusable(self._model.path, error) from error


def _create(model: ModelFile, *, video: bool, most_people: int) -> PoseLandmarker:
    keep_offline()
    # MediaPipe loads it for drawings of its own, and the first time it announces a font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with native_stderr_silenced():
        try:
            from mediapipe.tasks.python import vision
            from mediapipe.tasks.python.core.base_options import BaseOptions

            options = vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(model.path)),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                num_poses=most_people,
                output_segmentation_masks=video,  # who is only looked at needs no outline
            )
            return vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, FileNotFoundError) as error:
            raise _unusable(model.path, error) from error
        except (ImportError, OSError) as error:  # a native library that this machine lacks
            raise ModelError(
                f"MediaPipe cannot be loaded: {_one_line(error)}",
                hint="see what this machine lacks with: formcheck doctor",
            ) from error


def _unusable(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"MediaPipe cannot use the pose model {str(path)!r}: {_one_line(error)}",
        hint=CHOOSE_HINT,
    )


def _close(native: PoseLandmarker) -> None:
    try:
        with native_stderr_silenced():  # it tells of every part that it lets go
            native.close()
    except RuntimeError:
        # The interpreter is going down and MediaPipe's worker thread is gone already. Without
        # this its __del__ would try once more, and complain on the terminal.
        with contextlib.suppress(AttributeError):
            native._handle = None  # noqa: SLF001


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _pose(
    landmarks: Any, world: Any, frame_size_px: tuple[int, int], mask: Image | None = None
) -> Pose:
    """Translate MediaPipe's landmarks; x and y are fractions of the picture, z is depth."""
    points = [landmarks[i] for i in LANDMARKS]
    keypoints_px = np.array([(point.x, point.y) for point in points]) * frame_size_px
    confidence = np.array([min(point.visibility, point.presence) for point in points])
    # MediaPipe calls visible what it only imagines.
    confidence[out_of_picture(keypoints_px, frame_size_px)] = 0.0
    world_m = np.array([(world[i].x, world[i].y, world[i].z) for i in LANDMARKS])
    edges_px = (
        unknown_edges() if mask is None else _edges_px(_plane(mask), keypoints_px, frame_size_px)
    )
    return Pose(keypoints_px, confidence, world_m, Body.of(keypoints_px, confidence), edges_px)


def _edges_px(mask: Any, keypoints_px: FloatArray, frame_size_px: tuple[int, int]) -> FloatArray:
    """Where the legs' edges are in the frame; the mask may be smaller."""
    shrunk = mask.shape[1] / frame_size_px[0]
    edges_px: FloatArray = leg_edges_px(mask, keypoints_px * shrunk) / shrunk
    return edges_px


def _plane(mask: Image) -> Any:
    """Give the mask as an array of shape (height, width), without a copy."""
    plane = mask.numpy_view()
    return plane[..., 0] if plane.ndim == 3 else plane


def _shrunk(image: ImageArray) -> ImageArray:
    """Make a large picture smaller, of the same shape."""
    import cv2  # not before it is needed

    shrink = LARGEST_PX / max(image.shape[:2])
    if shrink >= 1.0:
        return image
    size_px = (round(image.shape[1] * shrink), round(image.shape[0] * shrink))
    # Down to a half, lines between pixels miss none of them, for a seventh of the cost.
    how = cv2.INTER_LINEAR if shrink >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size_px, interpolation=how), dtype=np.uint8)


@cache
def somebody() -> ImageArray:
    """Give a picture of a person, RGB, to try the model on."""
    import cv2

    coded = (resources.files("formcheck.pose") / "sample_person.jpg").read_bytes()
    picture = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(picture, dtype=np.uint8)


def _size_px(frame: Frame) -> tuple[int, int]:
    height, width = frame.image.shape[:2]
    return width, height


def _mirrored_world_m(seen: list[Pose], pose: Pose, across_px: int) -> FloatArray | None:
    """The subject's pose in space as seen in the mirrored picture; ``None`` when not seen."""
    place_px = _middle_of_hips(pose)
    for mirrored in seen:
        x, y = _middle_of_hips(mirrored)
        if math.dist((across_px - x, y), place_px) < MIRROR_WITHIN * _trunk_length_px(pose):
            return mirrored.world_m
    return None


def _middle_of_hips(pose: Pose) -> tuple[float, float]:
    x, y = pose.keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    return float(x), float(y)


def _trunk_length_px(pose: Pose) -> float:
    shoulders = pose.keypoints_px[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    return math.dist(shoulders, _middle_of_hips(pose))


def _region(body: Body) -> Box:
    room_px = REGION_MARGIN * body.size_px
    left, top, right, bottom = body.box_px
    return left - room_px, top - room_px, right + room_px, bottom + room_px


def _painted(image: ImageArray, keep_px: Box) -> ImageArray:
    """Copy a picture with all outside a box grey; coordinates stay the picture's own."""
    left, top, right, bottom = (max(round(edge), 0) for edge in keep_px)
    painted = np.full_like(image, GREY)
    painted[top:bottom, left:right] = image[top:bottom, left:right]
    return painted
