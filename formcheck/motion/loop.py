"""The loop that runs every session: frames in, poses estimated, analyzed, results passed on.

A *source* gives frames (a film or a camera), the *estimator* finds the pose of the person in them,
the *analyzer* finds and measures repetitions, and *sinks* use the results (recorder, window,
speaker). Live and recorded sessions differ only in their source and their sinks.
"""

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
"""How many frames are given to the pose model before the current one is done. For a film, enough to
keep the model busy while the current frame waits for a search of the whole picture. A camera's
other frames stay in its buffer, where late ones can still be dropped."""

LOOKED_AHEAD = 16
"""For how many frames of a film the pose may be estimated before they are measured: the pose model
goes on while a repetition is measured, which takes as long as about ten poses."""

_FrameAndPose: TypeAlias = tuple[Frame, PoseSample | None]


class Sink(Protocol):
    """Something that uses the results of a session: a film writer, a window, a speaker.

    The loop calls ``update`` for each frame that has a pose, in order, then ``finish`` when the
    source has ended. When anything fails, ``abort`` is called on every sink, also on those that
    have finished: a failed session must leave nothing behind.
    """

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and the analyzer's result for it."""
        ...

    def finish(self, reps: Sequence[Rep]) -> None:
        """Finish; ``reps`` are all repetitions, also those closed by the end of the source."""
        ...

    def abort(self) -> None:
        """Release all resources and leave nothing behind that looks finished."""
        ...


@runtime_checkable
class TakesEveryFrame(Protocol):
    """A sink that also wants the frames without a pose: a recorder, a window."""

    def pass_by(self, frame: Frame) -> None:
        """Take a frame without a pose, in order.

        A frame may later come again in ``update``, when the pose model runs on it after all.
        """
        ...


@runtime_checkable
class SeesPauses(Protocol):
    """A sink that also wants the frames during a pause of the session."""

    def while_paused(self, frame: Frame, sample: PoseSample | None) -> None:
        """Take a frame of a pause, with its pose if it has one."""
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

    Ctrl-C ends the source early: what was measured until then is kept, and sinks finish as usual.
    Any other failure aborts every sink and is raised.

    Parameters
    ----------
    source, estimator, analyzer, sinks
        See the module's docstring.
    progress
        Called after each frame with its time, its number and the expected number of frames.
    rule
        Decides on which frames the pose model runs (:class:`formcheck.motion.look_rule.LookRule`);
        on every one when left out.

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
    """Run all frames through estimator, analyzer and sinks; ``False`` after Ctrl-C."""
    every = [sink for sink in sinks if isinstance(sink, TakesEveryFrame)]
    pausing = [sink for sink in sinks if isinstance(sink, SeesPauses)]
    passed, dropped = -1, 0  # number of the last frame, and frames dropped since the last pose
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
    """Yield each frame with its pose; ``None`` when the pose model did not run on it.

    Close the generator to stop early. ``progress`` is called when the next frame is asked for; it
    never goes back, so it is not called for a frame that waited and comes after later ones.
    ``rule`` is that of :func:`run`.
    """
    reported = -1
    ahead = LIVE_AHEAD if source.info.kind == "camera" else FILM_AHEAD
    looking = EstimatedFrames(
        source, estimator, lambda: source.ready, ahead, rule, lambda: source.late_s
    )
    with _ahead_of_measuring(source.info, iter(looking)) as frames:
        for frame, sample in frames:
            yield frame, sample
            if progress is not None and frame.index > reported:
                reported = frame.index
                progress(frame.t_s, frame.index + 1, source.info.expected_frames)


def _ahead_of_measuring(
    info: SourceInfo, looking: Generator[_FrameAndPose]
) -> AbstractContextManager[Iterator[_FrameAndPose]]:
    """Estimate the poses of a film in a thread, ahead of measuring; of other sources on demand."""
    if info.kind != "video":
        return closing(looking)
    depth = affordable(LOOKED_AHEAD, 3 * info.width * info.height)
    return ReadAhead(looking, depth, name="formcheck-pose")
