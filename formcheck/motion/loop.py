"""The one loop: live and recorded sessions differ only in their source and their sinks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from typing import Protocol, TypeAlias, runtime_checkable

from formcheck.data.frame import Frame, FrameSource, Progress, SourceInfo
from formcheck.data.frame_result import FrameResult
from formcheck.data.keypoints import PoseSample
from formcheck.data.read_ahead import ReadAhead, affordable
from formcheck.data.session import Rep
from formcheck.motion.analyzers import AnyAnalyzer
from formcheck.pose.estimator import EstimatedFrames, PoseEstimator, WhenToLook

FILM_AHEAD, LIVE_AHEAD = 4, 1
"""Frames begun ahead of the one in work. For a film, enough to keep the pose model busy while the
frame in work waits for a look at the whole picture. A camera's frames wait in its buffer, where
late ones can still be given up."""

LOOKED_AHEAD = 16
"""Frames of a film whose looks may be done before they are measured. The model goes on while a
repetition is measured, which takes as long as some ten looks."""

_Looked: TypeAlias = tuple[Frame, PoseSample | None]


class Sink(Protocol):
    """Something that watches the session: a video writer, a window, a speaker.

    The loop calls ``update`` for each frame that was looked at, in order, then ``finish`` when the
    source has ended. When anything fails, every sink gets ``abort``, those that have finished too:
    nothing of a session that failed may stay behind.
    """

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and what is known at it."""
        ...

    def finish(self, reps: Sequence[Rep]) -> None:
        """Wrap up; ``reps`` are all repetitions, those closed by the end of the source too."""
        ...

    def abort(self) -> None:
        """Free everything and leave nothing behind that looks finished."""
        ...


@runtime_checkable
class TakesEveryFrame(Protocol):
    """A sink that also wants the frames at which nobody looked: a recorder, a window."""

    def pass_by(self, frame: Frame) -> None:
        """Take a frame without a pose, in order.

        One that waited for a look may come again in ``update``, after later ones were passed by.
        """
        ...


@runtime_checkable
class SeesPauses(Protocol):
    """A sink that wants to see what happens while the session is paused."""

    def while_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Take a frame of a pause, with its pose if it was looked at."""
        ...


def run(
    source: FrameSource,
    estimator: PoseEstimator,
    analyzer: AnyAnalyzer,
    sinks: Sequence[Sink],
    progress: Progress | None = None,
    rule: WhenToLook | None = None,
) -> bool:
    """Run one session to the end of its source.

    ``rule`` says which frames are looked at; every one when left out.

    Ctrl-C ends the source early: what was measured until then is kept and wrapped up as usual.
    Any other failure aborts every sink and is raised.

    Returns
    -------
    Whether the source was run to its end; ``False`` after Ctrl-C.
    """
    with ExitStack() as aborts:
        for sink in sinks:
            aborts.callback(sink.abort)
        completed = _feed(source, estimator, analyzer, sinks, progress, rule)
        reps = analyzer.finish()
        for sink in sinks:
            sink.finish(reps)
        aborts.pop_all()
    return completed


def _feed(
    source: FrameSource,
    estimator: PoseEstimator,
    analyzer: AnyAnalyzer,
    sinks: Sequence[Sink],
    progress: Progress | None,
    rule: WhenToLook | None,
) -> bool:
    every = [sink for sink in sinks if isinstance(sink, TakesEveryFrame)]
    pausing = [sink for sink in sinks if isinstance(sink, SeesPauses)]
    passed, dropped = -1, 0  # the last frame given, and how many a busy computer left out since
    try:
        with closing(frames_with_poses(source, estimator, progress, rule)) as frames:
            for frame, sample in frames:
                if frame.paused:
                    for sees in pausing:
                        sees.while_paused(frame, sample)
                    continue
                if frame.index > passed:
                    passed, dropped = frame.index, dropped + frame.dropped_before
                if sample is None:
                    dropped += rule is not None and rule.slow
                    for one in every:
                        one.pass_by(frame)
                    continue
                result = analyzer.update(sample, dropped=dropped)
                dropped = 0
                for sink in sinks:
                    sink.update(frame, result)
    except KeyboardInterrupt:
        return False
    return True


def frames_with_poses(
    source: FrameSource,
    estimator: PoseEstimator,
    progress: Progress | None = None,
    rule: WhenToLook | None = None,
) -> Generator[tuple[Frame, PoseSample | None]]:
    """Yield each frame with its pose, ``None`` where nobody looked; close it to stop early.

    ``progress`` is called when the next frame is asked for, and not for one that waited for a look
    and comes after later ones: it never goes back. ``rule`` is as for :func:`run`.
    """
    told = -1
    ahead = LIVE_AHEAD if source.info.kind == "camera" else FILM_AHEAD
    looking = EstimatedFrames(
        source, estimator, lambda: source.ready, ahead, rule, lambda: source.late_s
    )
    with _done_ahead(source.info, iter(looking)) as frames:
        for frame, sample in frames:
            yield frame, sample
            if progress is not None and frame.index > told:
                told = frame.index
                progress(frame.t_s, frame.index + 1, source.info.expected_frames)


def _done_ahead(
    info: SourceInfo, looking: Generator[_Looked]
) -> AbstractContextManager[Iterator[_Looked]]:
    """Look at a film in a thread, ahead of what is measured; at anything else when asked."""
    if info.kind != "video":
        return closing(looking)
    depth = affordable(LOOKED_AHEAD, 3 * info.width * info.height)
    return ReadAhead(looking, depth, name="formcheck-pose")
