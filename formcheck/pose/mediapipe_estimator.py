"""Estimate poses with MediaPipe's PoseLandmarker; the only module that uses MediaPipe.

:class:`MediaPipeEstimator` gives the pose of the subject in each frame. It combines two *trackers*,
which search the subject near the last position (:class:`AlternatingTrackers`), a *detector* for all
people in the full frame (:class:`FullFrameDetector`), and the decision who the subject is
(:mod:`formcheck.pose.subject`). MediaPipe calls a keypoint *landmark* and its confidence
*visibility*; these words are used in this module only. A *look* is one run of the model on an
image.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import math
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from formcheck.data.arrays import FloatArray, ImageArray
from formcheck.data.closable import Closable
from formcheck.data.errors import ModelError
from formcheck.data.frame import Frame
from formcheck.data.keypoints import Keypoint, PoseSample, outside_frame, unknown_edges
from formcheck.data.native_stderr import native_stderr_silenced
from formcheck.data.texts import message_of
from formcheck.pose.camera_roll import RollEstimator
from formcheck.pose.estimator import ModelInfo
from formcheck.pose.heading import heading_deg
from formcheck.pose.leg_edges import leg_edges_px
from formcheck.pose.mirror_check import MirrorCheck
from formcheck.pose.model import CHOOSE_HINT, ModelFile, find_model
from formcheck.pose.offline import keep_offline
from formcheck.pose.picture_turn import PersonSeen
from formcheck.pose.profiles import MEDIAPIPE
from formcheck.pose.subject import Body, Box, SubjectSelector, SubjectTracker
from formcheck.video.thread_priority import lower_thread_priority

if TYPE_CHECKING:
    from mediapipe import Image
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerResult

T = TypeVar("T")

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
    Keypoint.LEFT_TOE: 31,  # MediaPipe's "foot index": about the tip of the second toe
    Keypoint.RIGHT_TOE: 32,
}
"""MediaPipe's number of each keypoint."""

LANDMARKS = [LANDMARK_OF[which] for which in Keypoint]
"""These numbers in the order of the keypoints."""

TICK_MS = 100_000_000
"""Time between frames as given to MediaPipe; far too long on purpose.

In VIDEO mode with one pose MediaPipe smooths the landmarks with a one-euro filter that lags by 50
to 120 ms and cannot be turned off. The longer the time between frames, the less it smooths: with
more than a day between them each frame passes unchanged, while the tracking, which does not use
time, goes on. The landmarks are then those of IMAGE mode, at two thirds of its cost.
"""

MAX_TIME_MS = 9_000_000_000_000
"""MediaPipe's filter counts nanoseconds in 64 bits. Beyond that it stops filtering and logs an
error for every frame, so the landmarker is created again, after 90,000 frames."""

LONG_PAUSE_MS = 1_000_000_000_000
"""After a pause of this length the filter's memory is zero to floating-point precision."""

TRACKING_SIDE_PX = 960
"""Larger frames are scaled down to this longer side for tracking. MediaPipe's model sees a person
at 256 pixels, and nobody within the distance that formcheck asks for becomes smaller than that;
but the segmentation mask has the size of the frame, which in full HD costs half as much as a
pose."""

MAX_PEOPLE = 4
"""Most people that a detection finds. Our choice."""

SEARCH_MARGIN = 0.5
"""Margin around a body, in body sizes, when the rest of the frame is greyed out."""

GREY = 128
"""The grey that covers parts of an image."""

DETECTION_DELAY_S = 0.2
"""A detection that is not urgent runs in the background, and its result is used in the first frame
this much later: waiting for it would delay the frame. The delay does not depend on how long the
detection took, so that the same film always gives the same numbers."""

MIRROR_DISTANCE = 0.4
"""Hips at most this far apart, in trunk lengths, are the same person in the mirrored frame."""


@dataclass(frozen=True)
class Pose:
    """The pose of one person as MediaPipe found it; arrays as in ``PoseSample``.

    ``leg_edges_px`` is ``None`` when the outline of the person was not asked for.
    """

    keypoints_px: FloatArray
    confidence: FloatArray
    world_m: FloatArray
    body: Body
    leg_edges_px: FloatArray | None


@dataclass(frozen=True)
class PeopleFound:
    """The result of MediaPipe for one image.

    It is only converted to poses when these are asked for, so that a tracker can go on with its
    next image at once.
    """

    result: PoseLandmarkerResult
    frame_size_px: tuple[int, int]

    def __bool__(self) -> bool:
        """Whether anybody was found."""
        return bool(self.result.pose_landmarks)

    @cached_property
    def poses(self) -> list[Pose]:
        """The poses of all people who were found."""
        found = self.result
        masks = found.segmentation_masks or [None] * len(found.pose_landmarks)
        people = zip(found.pose_landmarks, found.pose_world_landmarks, masks, strict=True)
        return [
            _pose(landmarks, world, self.frame_size_px, mask) for landmarks, world, mask in people
        ]

    @property
    def first(self) -> Pose | None:
        """The first pose, which for a tracker is the only one; ``None`` when nobody was found."""
        return self.poses[0] if self else None


class MediaPipeEstimator(Closable):
    """Estimates the subject's pose in each frame with MediaPipe.

    Parameters
    ----------
    model_path
        A PoseLandmarker bundle; ``None`` uses the one that comes with formcheck.
    subject
        Whom to measure when several people are in view: ``auto`` (the one who exercises),
        ``left``, ``right``, ``center``, ``largest``, or ``X,Y`` as fractions of the width and
        height of the first frame.

    Raises
    ------
    UsageError
        ``subject`` is none of these.
    ModelError
        The model cannot be used.
    """

    def __init__(self, model_path: Path | None = None, *, subject: str = "auto") -> None:
        self._subject = SubjectTracker(SubjectSelector.parse(subject))
        self._file = find_model(model_path)
        self._trackers = AlternatingTrackers(self._file)
        self._detector = FullFrameDetector(self._file)
        self._crowd_detection: PendingDetection | None = None
        self._mirror_detection: PendingDetection | None = None
        self._mirror = MirrorCheck()
        self._roll = RollEstimator()
        self._edges_px = unknown_edges()

    @property
    def model(self) -> ModelInfo:
        """The model used."""
        return self._file.info

    def warm_up(self) -> None:
        """Run all models once, since the first inference takes five times as long as the others.

        Takes half a second and does not affect the poses: all tracking is reset afterwards.
        """
        image = sample_person()
        detections = [self._detector.detect(image, mirrored=mirrored) for mirrored in (False, True)]
        self._trackers.warm_up(image)
        for detection in detections:
            detection.result()

    def people_in(self, image: ImageArray) -> list[PersonSeen]:
        """Find all people in a picture; independent of frames, and without effect on them."""
        poses = self._detector.detect(image).result()
        return [PersonSeen(pose.keypoints_px, pose.confidence) for pose in poses]

    def begin(self, frame: Frame) -> None:
        """Start tracking in a frame while the previous one is still processed."""
        self._trackers.begin(frame)

    def peek(self, frame: Frame) -> PoseSample:
        """Return the pose that was tracked in a frame that was begun, whoever it is."""
        pose = self._trackers.peek(frame)
        sample = PoseSample.nobody(frame.t_s, _size_px(frame), profile=MEDIAPIPE)
        if pose is None:
            return sample
        return replace(sample, keypoints_px=pose.keypoints_px, confidence=pose.confidence)

    def estimate(self, frame: Frame) -> PoseSample:
        """Return the subject's pose in this frame.

        Parameters
        ----------
        frame
            RGB, in the order in which the source gave them. The pose does not depend on whether
            the frame was begun before.

        Returns
        -------
        PoseSample
            ``PoseSample.nobody`` while the subject is not seen, even if others are.

        Raises
        ------
        ModelError
            MediaPipe fails on the model.
        """
        pose = self._subject_pose(frame)
        size_px = _size_px(frame)
        if pose is None:
            self._edges_px = unknown_edges()
            return PoseSample.nobody(frame.t_s, size_px, self._subject.people, MEDIAPIPE)
        if pose.leg_edges_px is not None:
            self._edges_px = pose.leg_edges_px
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
            people=self._subject.people,
            heading_correction_deg=correction_deg,
            camera_roll_deg=roll.deg,
            camera_roll_sem_deg=roll.sem_deg,
            leg_edges_px=self._edges_px,
            profile=MEDIAPIPE,
        )

    def close(self) -> None:
        """Release the models; may be called more than once."""
        self._trackers.close()
        self._detector.close()

    def _subject_pose(self, frame: Frame) -> Pose | None:
        """Track the subject in a frame, and detect all people when that is needed."""
        subject, trackers = self._subject, self._trackers
        # The first frame always needs a detection: it runs while the frame is tracked.
        first_detection = None if subject.has_detected else self._detector.detect(frame.image)
        tracked = trackers.track(frame)
        if not subject.may_track(frame.t_s):
            trackers.stop_tracking()
            tracked = None
        tracked_body = None if tracked is None else tracked.body
        if not subject.needs_detection(frame.t_s, tracked_body):
            return tracked
        if (
            tracked is not None
            and subject.detection_can_wait(frame.t_s)
            and not self._others_appeared(frame, tracked)
        ):
            return tracked
        self._crowd_detection = None
        detected = (first_detection or self._detector.detect(frame.image)).result()
        bodies = [pose.body for pose in detected]
        chosen_body = subject.update(frame.t_s, tracked_body, bodies, _size_px(frame))
        if tracked is not None and chosen_body is tracked.body:
            return tracked
        if chosen_body is None:
            trackers.stop_tracking()
            return None
        chosen = next(pose for pose in detected if pose.body is chosen_body)
        self._edges_px = unknown_edges()
        return trackers.switch_to(frame, chosen)

    def _others_appeared(self, frame: Frame, tracked: Pose) -> bool:
        """Check in the background whether other people have come into view."""
        pending = self._crowd_detection
        if pending is None:
            detection = self._detector.detect(frame.image)
            self._crowd_detection = PendingDetection(frame.t_s, tracked, detection)
            return False
        if frame.t_s - pending.t_s < DETECTION_DELAY_S:
            return False
        self._crowd_detection = None
        if any(not pose.body.is_same_person(pending.pose.body) for pose in pending.poses.result()):
            return True
        self._subject.update(frame.t_s, tracked.body, [], _size_px(frame))
        return False

    def _check_mirror(self, frame: Frame, pose: Pose) -> None:
        """Start a mirrored detection when one is due; use the pending one once it is old enough."""
        pending = self._mirror_detection
        if pending is not None and frame.t_s - pending.t_s >= DETECTION_DELAY_S:
            self._mirror_detection = None
            last_column_px = frame.image.shape[1] - 1
            world_m = _mirrored_world_m(pending.poses.result(), pending.pose, last_column_px)
            self._mirror.add(pending.t_s, pending.pose.world_m, world_m)
        elif pending is None and self._mirror.is_due(frame.t_s):
            detection = self._detector.detect(frame.image, mirrored=True)
            self._mirror_detection = PendingDetection(frame.t_s, pose, detection)


@dataclass(frozen=True)
class PendingDetection:
    """A detection in the background: time and tracked pose at its start, and its future result."""

    t_s: float
    pose: Pose
    poses: Future[list[Pose]]


class FullFrameDetector:
    """Finds all people in a frame, independent of earlier frames; runs in its own thread."""

    def __init__(self, model: ModelFile) -> None:
        self._thread = ThreadPoolExecutor(1, "formcheck-detect", initializer=lower_thread_priority)
        # Created in that thread, because the model's own threads inherit its priority.
        self._landmarker = self._thread.submit(
            Landmarker, model, video=False, max_people=MAX_PEOPLE, outlines=False
        )

    def detect(self, image: ImageArray, *, mirrored: bool = False) -> Future[list[Pose]]:
        """Estimate the poses of all people in the image, or in its mirror image."""
        return self._thread.submit(self._detect, image[:, ::-1] if mirrored else image)

    def close(self) -> None:
        """Free the model; may be called more than once."""
        self._thread.shutdown(cancel_futures=True)
        if self._landmarker.exception() is None:
            self._landmarker.result().close()

    def _detect(self, image: ImageArray) -> list[Pose]:
        return self._landmarker.result().look(image).poses


class PersonTracker:
    """Tracks one person from frame to frame: searches the pose near its last position."""

    def __init__(self, model: ModelFile, *, outlines: bool) -> None:
        self._landmarker = Landmarker(model, video=True, max_people=1, outlines=outlines)
        self._search_box_px: Box | None = None

    def track(self, image: ImageArray) -> PeopleFound:
        """Find the tracked person; when tracking starts, the most prominent one."""
        box_px = self._search_box_px
        found = self._landmarker.look(image if box_px is None else _grey_outside(image, box_px))
        if found:
            self._search_box_px = None
        return found

    def warm_up(self, image: ImageArray) -> None:
        """Detect and track a person once, then reset."""
        for _ in ("detect", "track"):
            self.track(image)
        self._landmarker.pause()
        self.retarget(None)

    def retarget(self, target: Pose | None) -> None:
        """Track another person from the next image on; ``None`` for whoever is most prominent.

        The next image may be one that was tracked already.
        """
        self._search_box_px = None if target is None else _search_box(target.body)
        # On an empty image MediaPipe finds nobody, and so drops its track.
        self._landmarker.look(np.full((64, 64, 3), GREY, dtype=np.uint8))

    def close(self) -> None:
        """Free the model; may be called more than once."""
        self._landmarker.close()


@dataclass(frozen=True)
class PendingPose:
    """A frame in work: ``turn`` is the number of the tracker, ``found`` its future result."""

    frame: Frame
    turn: int
    found: Future[PeopleFound]

    def pose(self) -> Pose | None:
        """Wait for the tracked person's pose; ``None`` when lost."""
        return self.found.result().first


def _ready_tracker(model: ModelFile, *, outlines: bool) -> PersonTracker:
    """Make a tracker that has run once: a model's first image takes longest."""
    tracker = PersonTracker(model, outlines=outlines)
    tracker.retarget(None)
    return tracker


class AlternatingTrackers:
    """Two trackers that alternate: each processes every other look.

    A tracker needs its own last pose to know where to search, so a single one must process the
    frames one after the other. Two can work on two frames at once; each searches where the person
    was two looks ago. Which tracker gets a frame depends only on the order in which frames are
    begun, so the poses do not depend on timing.

    Only the first one also gives the person's outline, which takes a sixth of a look's time. Every
    other look is enough, as the outline is used for means and for things that stay the same.
    """

    def __init__(self, model: ModelFile) -> None:
        self._threads = tuple(
            ThreadPoolExecutor(1, thread_name_prefix="formcheck-pose") for _ in range(2)
        )
        # Each is made in its own thread, so that other work on the film can go on meanwhile.
        self._trackers = tuple(
            thread.submit(_ready_tracker, model, outlines=turn == 0)
            for turn, thread in enumerate(self._threads)
        )
        self._pending: dict[int, PendingPose] = {}
        self._looks = self._last_turn = 0
        self._lock = threading.RLock()  # a frame may be begun by another thread

    def warm_up(self, image: ImageArray) -> None:
        """Run both trackers on an image, then reset them."""
        self._run_in_both(lambda tracker: tracker.warm_up(image))

    def begin(self, frame: Frame) -> None:
        """Start tracking in a frame, unless it is being processed already."""
        with self._lock:
            if frame.index not in self._pending:
                self._pending[frame.index] = self._start(frame, self._looks % len(self._trackers))
                self._looks += 1

    def peek(self, frame: Frame) -> Pose | None:
        """Return what :meth:`track` will return, without effect on it."""
        with self._lock:
            self.begin(frame)
            pending = self._pending[frame.index]
        return pending.pose()

    def track(self, frame: Frame) -> Pose | None:
        """Return the tracked person's pose in a frame; ``None`` when lost."""
        with self._lock:
            self.begin(frame)
            pending = self._pending.pop(frame.index)
            self._last_turn = pending.turn
        return pending.pose()

    def switch_to(self, frame: Frame, target: Pose) -> Pose:
        """Track another person from now on; return that person's pose in the last frame tracked."""
        with self._lock:
            again = PendingPose(frame, self._last_turn, Future())
            # This frame comes before those begun after it, however many these are.
            self._pending = {frame.index: again, **self._pending}
            self._retarget_both(target)
            begun = self._pending.pop(frame.index)
        found = begun.pose()
        if found is None or not found.body.is_same_person(target.body):
            self._retarget_both(target)
            found = target
        return found

    def stop_tracking(self) -> None:
        """Drop the tracked person."""
        self._retarget_both(None)

    def close(self) -> None:
        """Free the models; may be called more than once."""
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
        for tracker in self._trackers:
            if not tracker.cancelled() and tracker.exception() is None:
                tracker.result().close()

    def _start(self, frame: Frame, turn: int) -> PendingPose:
        """Give a frame to one of the trackers."""
        found = self._in_turn(turn, lambda tracker: tracker.track(frame.image))
        return PendingPose(frame, turn, found)

    def _in_turn(self, turn: int, work: Callable[[PersonTracker], T]) -> Future[T]:
        """Run a function on one tracker, in that tracker's thread and after its earlier work."""
        tracker = self._trackers[turn]
        return self._threads[turn].submit(lambda: work(tracker.result()))

    def _run_in_both(self, work: Callable[[PersonTracker], None]) -> None:
        """Run a function on each tracker in its own thread, and wait for both."""
        futures = [self._in_turn(turn, work) for turn in range(len(self._trackers))]
        for future in futures:
            future.result()

    def _retarget_both(self, target: Pose | None) -> None:
        """Retarget both trackers; frames already begun are processed again."""
        with self._lock:
            for pending in self._pending.values():
                pending.found.cancel()  # has no effect on one that is already running
            self._run_in_both(lambda tracker: tracker.retarget(target))
            self._pending = {
                index: self._start(pending.frame, pending.turn)
                for index, pending in self._pending.items()
            }


class Landmarker:
    """One native PoseLandmarker, in VIDEO mode (tracks) or IMAGE mode (detects)."""

    def __init__(self, model: ModelFile, *, video: bool, max_people: int, outlines: bool) -> None:
        self._model = model
        self._video = video
        self._max_people = max_people
        self._outlines = outlines
        self._start()

    def _start(self) -> None:
        self._time_ms = 0
        self._has_found = False  # after it first found a person, the native code logs nothing more
        self._native = _create(
            self._model,
            video=self._video,
            max_people=self._max_people,
            outlines=self._outlines,
        )
        _close_left()
        # This also runs when the interpreter exits without a call of close.
        self._leave = weakref.finalize(self, _leave, self._native)

    def look(self, image: ImageArray) -> PeopleFound:
        """Look for people in an RGB image, shape (height, width, 3)."""
        import mediapipe  # imported late: takes a second

        shown = _scaled_down(image) if self._video else image
        native_image = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(shown)
        )
        with contextlib.nullcontext() if self._has_found else native_stderr_silenced():
            result = self._detect(native_image)
        self._has_found = self._has_found or bool(result.pose_landmarks)
        height, width = image.shape[:2]
        return PeopleFound(result, (width, height))

    def pause(self) -> None:
        """Advance MediaPipe's clock so far that its filter forgets the last image."""
        self._time_ms += LONG_PAUSE_MS

    def close(self) -> None:
        """Free the model; may be called more than once."""
        if self._leave.detach() is not None:
            _close(self._native)
        _close_left()

    def _detect(self, image: Image) -> PoseLandmarkerResult:
        try:
            if not self._video:
                return self._native.detect(image)
            if self._time_ms >= MAX_TIME_MS:
                self.close()
                self._start()
            self._time_ms += TICK_MS
            return self._native.detect_for_video(image, self._time_ms)
        except RuntimeError as error:
            raise _model_error(self._model.path, error) from error


def _create(model: ModelFile, *, video: bool, max_people: int, outlines: bool) -> PoseLandmarker:
    keep_offline()
    # MediaPipe imports matplotlib, which at its first use logs that it builds a font cache.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with native_stderr_silenced():
        try:
            from mediapipe.tasks.python import vision
            from mediapipe.tasks.python.core.base_options import BaseOptions

            options = vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(model.path)),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                num_poses=max_people,
                output_segmentation_masks=outlines,
            )
            return vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, FileNotFoundError) as error:
            raise _model_error(model.path, error) from error
        except (ImportError, OSError) as error:  # a native library is missing on this machine
            raise ModelError(
                f"MediaPipe cannot be loaded: {message_of(error)}",
                hint="Find out what is missing on this computer.",
                command="doctor",
            ) from error


def _model_error(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"MediaPipe cannot use the pose model {str(path)!r}: {message_of(error)}",
        hint=CHOOSE_HINT,
    )


_LEFT: SimpleQueue[PoseLandmarker] = SimpleQueue()
"""Models whose owner was garbage-collected before they were closed."""

_EXITING = threading.Event()
"""Set when the interpreter exits."""


def _leave(native: PoseLandmarker) -> None:
    """Keep a model whose owner was garbage-collected, to be closed together with the next one.

    It cannot be closed here: garbage may be collected in a thread that holds the lock of all
    executors, and closing waits for that lock.
    """
    if _EXITING.is_set():
        _close(native)
    else:
        _LEFT.put(native)


def _close_left() -> None:
    """Close the models whose owners were garbage-collected."""
    with contextlib.suppress(Empty):
        while True:
            _close(_LEFT.get_nowait())


@atexit.register
def _close_at_exit() -> None:
    _EXITING.set()
    _close_left()


def _close(native: PoseLandmarker) -> None:
    """Close a native model, also while the interpreter shuts down."""
    try:
        with native_stderr_silenced():  # the native code logs every part it frees
            native.close()
    except RuntimeError:
        # The interpreter is shutting down and MediaPipe's worker thread has ended. Without this
        # its __del__ would try again and print a traceback.
        with contextlib.suppress(AttributeError):
            native._handle = None  # noqa: SLF001


def _pose(
    landmarks: Any, world: Any, frame_size_px: tuple[int, int], mask: Image | None = None
) -> Pose:
    """Convert MediaPipe's landmarks, whose x and y are fractions of the frame, to a pose."""
    points = [landmarks[i] for i in LANDMARKS]
    keypoints_px = np.array([(point.x, point.y) for point in points]) * frame_size_px
    confidence = np.array([min(point.visibility, point.presence) for point in points])
    # MediaPipe extrapolates body parts outside the frame and still calls them visible.
    confidence[outside_frame(keypoints_px, frame_size_px)] = 0.0
    world_m = np.array([(world[i].x, world[i].y, world[i].z) for i in LANDMARKS])
    edges_px = None if mask is None else _edges_px(_mask_array(mask), keypoints_px, frame_size_px)
    body = Body.from_pose(keypoints_px, confidence)
    return Pose(keypoints_px, confidence, world_m, body, edges_px)


def _edges_px(mask: Any, keypoints_px: FloatArray, frame_size_px: tuple[int, int]) -> FloatArray:
    """Return the leg edges in pixels of the frame; the mask may be smaller than the frame."""
    scale = mask.shape[1] / frame_size_px[0]
    edges_px: FloatArray = leg_edges_px(mask, keypoints_px * scale) / scale
    return edges_px


def _mask_array(mask: Image) -> Any:
    """Return the mask as an array of shape (height, width), without a copy."""
    array = mask.numpy_view()
    return array[..., 0] if array.ndim == 3 else array


def _scaled_down(image: ImageArray) -> ImageArray:
    """Scale a large image down to ``TRACKING_SIDE_PX``, keeping its aspect ratio."""
    import cv2  # imported late: slow to load

    scale = TRACKING_SIDE_PX / max(image.shape[:2])
    if scale >= 1.0:
        return image
    size_px = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    # Down to half the size bilinear interpolation uses every pixel, at a seventh of the cost.
    interpolation = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size_px, interpolation=interpolation), dtype=np.uint8)


@cache
def sample_person() -> ImageArray:
    """Return an RGB image of a rendered person, shape (height, width, 3), to run the model on."""
    import cv2

    encoded = (resources.files("formcheck.pose") / "sample_person.jpg").read_bytes()
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    return np.asarray(image, dtype=np.uint8)


def _size_px(frame: Frame) -> tuple[int, int]:
    """Return width and height of a frame."""
    height, width = frame.image.shape[:2]
    return width, height


def _mirrored_world_m(
    mirrored_poses: list[Pose], pose: Pose, last_column_px: int
) -> FloatArray | None:
    """Return the pose in space of the same person in the mirrored frame; ``None`` if not found."""
    hips_px = _mid_hip_px(pose)
    limit_px = MIRROR_DISTANCE * _trunk_length_px(pose)
    for mirrored in mirrored_poses:
        x, y = _mid_hip_px(mirrored)
        if math.dist((last_column_px - x, y), hips_px) < limit_px:
            return mirrored.world_m
    return None


def _mid_hip_px(pose: Pose) -> tuple[float, float]:
    x, y = pose.keypoints_px[[Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP]].mean(axis=0)
    return float(x), float(y)


def _trunk_length_px(pose: Pose) -> float:
    shoulders = pose.keypoints_px[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].mean(axis=0)
    return math.dist(shoulders, _mid_hip_px(pose))


def _search_box(body: Body) -> Box:
    """Return the box around a body in which it is searched."""
    margin_px = SEARCH_MARGIN * body.size_px
    left, top, right, bottom = body.box_px
    return left - margin_px, top - margin_px, right + margin_px, bottom + margin_px


def _grey_outside(image: ImageArray, box_px: Box) -> ImageArray:
    """Return a copy of the image with everything outside the box grey."""
    left, top, right, bottom = (max(round(edge), 0) for edge in box_px)
    grey = np.full_like(image, GREY)
    grey[top:bottom, left:right] = image[top:bottom, left:right]
    return grey
