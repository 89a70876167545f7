"""Recognise which exercise a person does, from what the free foot does and how the body is held.

The *free foot* is the one that does not carry the body. Each exercise declares (``FreeFoot``,
``Posture``) where that foot is while the body is high, and where it moves while the body sinks:
forward, outward and up from the standing foot, with a mean and a spread over people.

For each repetition the camera's view turns this into expected places in the image, and what was
seen is more or less likely under each exercise (Bayes' rule). So every view uses what it shows:
from the side how the foot moves forward, from the front how it moves outward, from everywhere its
height. How far trunk, thigh and shank tilt also shows from everywhere: a tilted segment looks less
high in the image than it is long.

Common movements that are none of the exercises ("look-alikes") are declared in the same terms, so
that they can be named. Whatever fits nothing is "any other movement". ``Recognizer`` takes the
poses one by one and gives a ``Recognition``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from formcheck.data.arrays import FloatArray, or_nan
from formcheck.data.exercise import (
    Along,
    Exercise,
    FootPlace,
    FootWay,
    FreeFoot,
    LookAlike,
    Normal,
    Order,
    Posture,
    judged_by,
)
from formcheck.data.frame import Frame
from formcheck.data.keypoints import SIDES, Keypoint, PoseSample, Side, keypoint
from formcheck.data.poses import Poses, distance_px
from formcheck.data.session import ViewKind
from formcheck.data.settings import Settings
from formcheck.motion.camera_view import ORDINARY_LENS_DEG, feet_out, find_view, head_in, view_kind
from formcheck.motion.drop import HipDrop
from formcheck.motion.filters import MAD_TO_SIGMA, low_pass
from formcheck.motion.light import UNKNOWN_LIGHT, Light
from formcheck.motion.limbs import place_kept
from formcheck.motion.phases import REST_MEMORY_S, Excursion, PhaseMachine
from formcheck.motion.stance import SURE_CONFIDENCE, why_no_rep

SURE_ENOUGH = 0.63
"""Below this probability no exercise is named: asking the user costs less than measuring the wrong
one. The probabilities of exercises that are judged alike are added. Our choice."""

LEAST_OF_ALIKE = 0.1
"""An exercise that is judged in the same way as the likeliest one is named beside it when it has at
least this share of the probability of both: nine in ten is not sure enough. Our choice."""

SURE_EARLY, EARLY_REPS = 0.8, 3
"""With at least this probability after so many repetitions, the answer is given before the film
ends. Our choice."""

NONE_SEEN = "no repetition was seen"
FEET_OUT = "the feet are out of the frame"

MOST_HEADLESS = 0.5
"""When the head is not seen in a larger share of the frames, the answer "not sure" says so.
Our choice."""

PRIOR_OTHER, PRIOR_LOOK_ALIKE = 0.3, 0.2
"""Probability, before anything is seen, that a film shows none of the exercises, and the part of it
that is for the look-alikes. Our choice."""

ODD_REP = 0.03
"""Probability that a repetition is seen all wrong, as with swapped sides. Our choice."""

ODD_START, ODD_START_UNCLEAR = 0.05, 0.25
"""Probability that a film does not begin where the set does: it was cut, or the person first climbs
the step. The second holds when the person did not stand still before, or only one repetition was
seen, which may be the movement between two repetitions of the other order. Our choice."""

EVIDENCE, REPS_ALIKE = 0.7, 0.6
"""Corrections for evidence that is not independent. The log-likelihood of the free foot counts with
the first factor, as its places and movements come from the same two points. The evidence of
repetitions has the second number as its correlation: same body, camera and errors of the pose
model. Chosen on rendered people so that the stated probabilities come true
(benchmarks/recognition.py)."""

MOST_FEET_OUT = 0.2
"""When a foot is out of the frame in a larger share of a repetition, that repetition is not used:
the lowest fifth of the movement is where the free foot counts most. Our choice."""

MIN_DROP_PCT, SMALLEST_OF_SET = 6.0, 0.5
"""Smaller movements, in % of leg length or as a share of the largest one, are not repetitions.
Our choice."""

LONGEST_REP_S = 60.0
"""No longer movement is a repetition, and no more poses are kept. Our choice: a slow way down takes
12 s."""

AROUND_S = 0.3
"""Seconds before and after a repetition that are used as well. Our choice."""

STOOD_S = 0.5
"""The standing foot must have been in its place for so long before a repetition; otherwise the
person has just climbed the step. Our choice."""

RESTED_S, STILL = 1.0, 0.15
"""The hips must have stayed for so long within this share of their later movement; otherwise the
film may begin in the middle of a repetition. Our choice."""

PLACE_SD, WAY_SD, START_SD, COVERED_SD = 0.04, 0.03, 0.02, 0.08
"""Standard deviations of what is seen, in leg lengths: of the place of one foot relative to the
other, of how far it moves, of how far it moves at first, and of any of these when a foot is hidden.
Our choice."""

USUAL_JITTER = 0.0035
"""In a good image the steadier ankle jumps from frame to frame by at most this, in leg lengths.
With more jitter all errors are taken to be larger in proportion. Our choice."""

TILT_SD_DEG, UPRIGHT_SD = 8.0, 0.05
"""Standard deviations of the tilt of a body segment, and of the height of the hips over the foot in
leg lengths. Our choice."""

ANYWHERE = Normal(0.0, sd=0.5)
"""A place that is not evidence for anything, in leg lengths."""

YAW_SD_RAD, BEND_SD_DEG = 0.1, 6.0
"""Standard deviations of the yaw, and of the difference in flexion of the two knees. Our choice."""

CAMERA_HEIGHT, CAMERA_HEIGHT_SD = 1.0, 0.4
"""Height of the lens above the feet, in leg lengths, as the set-up asks for, and how much it
varies."""


WhileRecognising = Callable[[Frame, PoseSample, int], None]
"""What a caller of :mod:`formcheck.app.analyze` may pass to follow the recognition: it is called
with each frame on which the pose model ran, its pose, and the number of repetitions so far."""


@dataclass(frozen=True)
class Recognition:
    """Which exercise it is, with what probability, and why.

    Attributes
    ----------
    exercise
        Id of the exercise; ``None`` when it was not recognised.
    probability
        Probability of the likeliest exercise, recognised or not; 0 to 1.
    reason
        The evidence in words, or why no exercise was recognised.
    scores
        Probability of each exercise by id; the rest to 1 belongs to other movements.
    repetitions
        Number of repetitions seen.
    looks_like
        Title of the exercise or look-alike that was recognised, as in "an air squat"; ``None`` when
        none is sure enough.
    looks_like_probability
        Its probability; 0 to 1.
    or_else
        Title of an exercise that looks the same from this view and is judged in the same way;
        ``None`` when there is none.
    or_else_probability
        Its probability; 0 to 1.
    view
        The kind of view.
    held_s
        For an exercise that is held, how long its posture was kept, in seconds; set by
        :mod:`formcheck.motion.hold_recognition`. ``None`` for all others.
    """

    exercise: str | None
    probability: float
    reason: str
    scores: Mapping[str, float]
    repetitions: int = 0
    looks_like: str | None = None
    looks_like_probability: float = 0.0
    or_else: str | None = None
    or_else_probability: float = 0.0
    view: ViewKind = "unknown"
    held_s: float | None = None

    @property
    def sure(self) -> float:
        """Probability of the likeliest exercise plus that of the one that looks the same."""
        return self.probability + self.or_else_probability

    @property
    def either(self) -> tuple[str, ...]:
        """Titles of the recognised exercise and of the one that looks the same, likelier first."""
        return tuple(title for title in (self.looks_like, self.or_else) if title is not None)


ANYTHING = FreeFoot(
    place=FootPlace(
        forward=Normal(0.0, sd=0.5), outward=Normal(0.3, sd=0.3), up=Normal(0.0, sd=0.3)
    ),
    starts=FootWay(
        forward=Normal(0.0, sd=0.4), outward=Normal(0.0, sd=0.3), down=Normal(0.0, sd=0.6)
    ),
    goes=FootWay(
        forward=Normal(0.0, sd=0.4), outward=Normal(0.0, sd=0.3), down=Normal(0.0, sd=1.0)
    ),
    bent_deg=Normal(0.0, sd=30.0),
    order=None,
    stays=0.1,
)
ANY_POSTURE = Posture(
    upright=Normal(0.8, sd=0.3),
    tall_deg=Normal(30.0, sd=30.0),
    thigh_deg=Normal(45.0, sd=30.0),
    lean_deg=Along(35.0, slope=0.0, sd=35.0),
    shank_deg=Along(25.0, slope=0.0, sd=25.0),
)
"""The free foot and the posture of any other movement: all that a body may do."""


@dataclass(frozen=True)
class _Expected:
    """An expected place or movement of the free foot relative to the standing one.

    Attributes
    ----------
    of
        Its mean and spread: forward, outward and up (or down).
    up_factor
        Factor that turns the third component into leg lengths, upward: 1 for a place; minus the
        drop of the hips for a movement, whose third component is a share of that drop, downward.
        The other two components are in leg lengths.
    seen_sd
        Standard deviation of what is seen, in leg lengths.
    """

    of: FootPlace | FootWay
    up_factor: float
    seen_sd: float


def _sum(one: Normal, two: Normal) -> Normal:
    """Return the distribution of the sum of two independent quantities."""
    return Normal(one.mean + two.mean, sd=math.hypot(one.sd, two.sd))


@dataclass(frozen=True)
class _SeenRep:
    """What was seen of one repetition; lengths in leg lengths, x right and y down in the image.

    Attributes
    ----------
    order, start_s
        Whether it runs down and up or up and down, and when it began.
    rested
        Whether the person stood still before it.
    drop
        How far the hips moved.
    yaw_rad
        Turn of the person; 0 faces the camera.
    distance, middle_x
        Distance of the camera, and x of the optical axis.
    high, early, low
        Places of the left and the right ankle, shape (2, 2), while the body is high, begins to
        sink, and is low.
    knees_deg
        Flexion of the left and the right knee while the body is high.
    postures
        How the body is held if the left leg is the standing one, and if the right leg is.
    covered
        Whether an ankle is mostly hidden.
    rough
        By what factor errors are larger than in a good image: those of movements, and those of
        places when a foot is hidden. A foot at rest in plain sight is seen well in any image.
    """

    order: Order
    start_s: float
    rested: bool
    drop: float
    yaw_rad: float
    distance: float
    middle_x: float
    high: FloatArray
    early: FloatArray
    low: FloatArray
    knees_deg: FloatArray
    postures: tuple[_SeenPosture, _SeenPosture]
    covered: bool
    rough: float = 1.0

    @cached_property
    def _log_anything(self) -> float:
        return self._log_likelihood((ANYTHING,), ANY_POSTURE)

    @cached_property
    def _odds_of(self) -> dict[_Movement, float]:
        return {}

    def log_odds(self, movement: _Movement) -> float:
        """Return the log odds of a movement against any other, from this repetition alone."""
        if movement not in self._odds_of:  # kept: it is needed again after each later repetition
            likelier = self._log_likelihood(movement.feet, movement.posture) - self._log_anything
            odds = np.logaddexp(math.log(1 - ODD_REP) + likelier, math.log(ODD_REP))
            self._odds_of[movement] = float(odds)
        return self._odds_of[movement]

    def _log_likelihood(self, feet: tuple[FreeFoot, ...], posture: Posture) -> float:
        """Return the log-likelihood of what was seen, averaged over the forms and the free foot."""
        each = [
            EVIDENCE * self._log_likelihood_of_foot(free, expected)
            + self.postures[1 - free].log_likelihood(posture)
            for expected in feet
            for free in (0, 1)
        ]
        return float(np.logaddexp.reduce(each)) - math.log(len(each))

    def _log_likelihood_of_foot(self, free: int, expected: FreeFoot) -> float:
        """Return the log-likelihood of both feet, if ``free`` (0 left, 1 right) is the free one."""
        standing = 1 - free
        high, early, low = (
            ankles[free] - ankles[standing] for ankles in (self.high, self.early, self.low)
        )
        # `stays` is how far the standing foot, which should not move, seems to move.
        moved = self.low[standing] - self.high[standing]
        total = _log_normal_in_image(moved, np.eye(2) * expected.stays**2)
        places = (high, low - high, low, early - high)
        for at, part in zip(places, self._expected(expected), strict=True):
            if math.isfinite(at[0]):
                mean, covariance = self._in_image(free, part)
                total += _log_normal_in_image(at - mean, covariance)
        bent = float(self.knees_deg[free] - self.knees_deg[standing])
        if math.isfinite(bent):
            usual, spread = expected.bent_deg
            total += _log_normal(bent - usual, spread**2 + BEND_SD_DEG**2)
        return total

    def _expected(self, foot: FreeFoot) -> tuple[_Expected, ...]:
        """Return what is expected of the free foot, in the order that the likelihood uses.

        Its place while the body is high (``place``), its movement from there until the body is low
        (``goes``), how far forward it then is (``lands``, or else what the first two give), and its
        movement early on the way down (``starts``).
        """
        forward = foot.lands or _sum(foot.place.forward, foot.goes.forward)
        return (
            _Expected(foot.place, 1.0, PLACE_SD),
            _Expected(foot.goes, -self.drop, self.rough * WAY_SD),
            # Only forward: outward and up already follow from the two before.
            _Expected(FootPlace(forward, ANYWHERE, ANYWHERE), 1.0, PLACE_SD),
            _Expected(foot.starts, -self.drop, self.rough * START_SD),
        )

    def _in_image(self, free: int, part: _Expected) -> tuple[FloatArray, FloatArray]:
        """Return where the free foot is expected in the image, (2,), and its covariance, (2, 2)."""
        mean, sd = np.array(part.of).T * [1.0, 1.0, part.up_factor]
        view, away = self._views[free]
        covariance = view @ np.diag(sd**2) @ view.T
        covariance += np.eye(2) * (self.rough * COVERED_SD if self.covered else part.seen_sd) ** 2
        # An error of the yaw moves the foot sideways; a higher lens raises what is further away.
        level, depth = mean[:2] ** 2 + sd[:2] ** 2, (away @ mean) ** 2 + away**2 @ sd**2
        covariance += np.diag([YAW_SD_RAD**2 * level.sum(), CAMERA_HEIGHT_SD**2 * depth])
        return view @ mean, covariance

    @cached_property
    def _views(self) -> tuple[tuple[FloatArray, FloatArray], ...]:
        """:meth:`_view` with either foot the free one."""
        return self._view(0), self._view(1)

    def _view(self, free: int) -> tuple[FloatArray, FloatArray]:
        """Return the projection of (forward, outward, up) into the image.

        The first result, (2, 3), gives x and y; the second, (3,), how much further from the camera
        the point is, as a share of the distance.
        """
        sine, cosine = math.sin(self.yaw_rad), math.cos(self.yaw_rad)
        outward = 1.0 if SIDES[free] == "left" else -1.0
        away = np.array([-cosine, outward * sine, 0.0]) / self.distance
        off_axis = self.high[1 - free, 0] - self.middle_x
        right = np.array([sine, outward * cosine, 0.0]) - off_axis * away
        return np.stack([right, np.array([0.0, 0.0, -1.0]) - CAMERA_HEIGHT * away]), away


@dataclass(frozen=True)
class _SeenPosture:
    """How the body is held on one leg, to be compared with ``Posture``; NaN where not seen.

    Tilts are from the vertical, forward or back, in degrees.

    Attributes
    ----------
    upright
        Height of the hips over the lower foot while the body is high, in leg lengths.
    tall_deg
        Tilt of the trunk while the body is high.
    thigh_deg, lean_deg, shank_deg
        Tilt of this leg's thigh, of the trunk, and of this leg's shank, while the body is low.
    """

    upright: float
    tall_deg: float
    thigh_deg: float
    lean_deg: float
    shank_deg: float

    def log_likelihood(self, posture: Posture) -> float:
        """Return its log-likelihood in an exercise; quantities that were not seen do not count."""

        def along_thigh(expected: Along) -> Normal:
            """Return what is expected at the tilt that the thigh has."""
            mean = expected.mean + expected.slope * self.thigh_deg
            return Normal(mean, sd=expected.sd)

        terms: tuple[tuple[float, Normal, float], ...] = (
            (self.upright, posture.upright, UPRIGHT_SD),
            (self.tall_deg, posture.tall_deg, TILT_SD_DEG),
            (self.thigh_deg, posture.thigh_deg, TILT_SD_DEG),
            (self.lean_deg, along_thigh(posture.lean_deg), TILT_SD_DEG),
            (self.shank_deg, along_thigh(posture.shank_deg), TILT_SD_DEG),
        )
        return sum(
            _log_normal(seen - mean, sd**2 + seen_sd**2)
            for seen, (mean, sd), seen_sd in terms
            if math.isfinite(seen - mean)
        )


def _log_normal(offset: float, variance: float) -> float:
    """Return the log density of a normal distribution at an offset from its mean."""
    return -(offset**2 / variance + math.log(2 * math.pi * variance)) / 2


def _log_normal_in_image(offset: FloatArray, covariance: FloatArray) -> float:
    """Return the same for a place in the image, shape (2,), with its covariance, (2, 2).

    It is written out, as numpy takes ten times as long for two numbers.
    """
    (x, y), ((xx, xy), (_, yy)) = offset.tolist(), covariance.tolist()
    determinant: float = xx * yy - xy**2
    distance: float = (yy * x**2 - 2 * xy * x * y + xx * y**2) / determinant
    return -(distance + math.log(4 * math.pi**2 * determinant)) / 2


@dataclass(frozen=True)
class _Movement:
    """A movement to choose from: its title with an article, how it looks, and how it is judged."""

    title: str
    feet: tuple[FreeFoot, ...]
    posture: Posture
    judged: tuple[object, ...] = field(default=(), compare=False)

    @property
    def order(self) -> Order | None:
        """Where the set starts; ``None`` for anywhere."""
        return self.feet[0].order


@dataclass(frozen=True)
class _Known:
    """The movements to choose from: the exercises by id, and the look-alikes."""

    exercises: Mapping[str, _Movement]
    look_alikes: tuple[_Movement, ...]

    @property
    def nothing(self) -> dict[str, float]:
        """Scores when nothing was seen."""
        return dict.fromkeys(self.exercises, 0.0)


class Recognizer:
    """Takes the poses of a session in order and says which exercise it is once it is sure enough.

    Parameters
    ----------
    exercises
        Those to choose from; one without ``recognised_by`` is never named.
    look_alikes
        Movements that are none of them but could be taken for one.
    """

    def __init__(
        self, exercises: Sequence[Exercise], look_alikes: Sequence[LookAlike] = ()
    ) -> None:
        self._known = _Known(
            {
                one.id: _Movement(
                    with_article(one.title), one.recognised_by, one.posture, judged_by(one)
                )
                for one in exercises
                if one.recognised_by
            },
            tuple(_Movement(one.title, one.feet, one.posture) for one in look_alikes),
        )
        self._machines: dict[Order, PhaseMachine] = {
            "down_up": PhaseMachine("down_up"),
            "up_down": PhaseMachine("up_down"),
        }
        self._reps: dict[Order, list[_SeenRep]] = {"down_up": [], "up_down": []}
        self._samples: deque[PoseSample] = deque()
        self._drop = HipDrop()
        self._light = UNKNOWN_LIGHT
        self._frames = self._headless = 0
        self._footless: dict[Order, int] = {"down_up": 0, "up_down": 0}

    def update(self, sample: PoseSample, light: Light = UNKNOWN_LIGHT) -> Recognition | None:
        """Take one pose; return the answer when a repetition closes and it is sure enough.

        Times must increase. ``light`` is that of the film so far: in poor light the answer is less
        sure.
        """
        self._light = light
        self._frames += sample.seen
        self._headless += sample.seen and not head_in(sample)
        self._remember(sample)
        drop = self._drop.update(sample)
        closed = False
        for order, machine in self._machines.items():
            excursion = machine.update(sample.t_s, drop)
            closed |= excursion is not None and self._close(order, excursion)
        if not closed or len(self._repetitions_of_set()) < EARLY_REPS:
            return None
        found = _answer(self._repetitions_of_set(), self._known)
        return found if found.exercise and found.sure >= SURE_EARLY else None

    @property
    def repetitions(self) -> int:
        """Number of repetitions so far, whatever the exercise."""
        return len(self._repetitions_of_set())

    def finish(self) -> Recognition:
        """Return the best answer from all that was seen."""
        for order, machine in self._machines.items():
            excursion = machine.finish()
            if excursion:
                self._close(order, excursion)
        if any(self._footless.values()) and not self._repetitions_of_set():
            count = max(self._footless.values())
            return Recognition(None, 0.0, FEET_OUT, self._known.nothing, count)
        found = _answer(self._repetitions_of_set(), self._known)
        obstacles = [text for text in (self._without_head(), self._light.in_words) if text]
        if found.exercise is not None or not obstacles:
            return found
        return replace(found, reason=f"{' and '.join(obstacles)}; {found.reason}")

    def _without_head(self) -> str:
        """Say that the head is not seen, which the pose model needs; empty when it is."""
        if self._headless <= MOST_HEADLESS * self._frames:
            return ""
        return "the head is out of the frame"

    def _remember(self, sample: PoseSample) -> None:
        """Keep the pose, and drop those from before the current movement."""
        self._samples.append(sample)
        started = [machine.started_s for machine in self._machines.values()]
        first_s = min((start_s for start_s in started if start_s is not None), default=sample.t_s)
        first_s = max(first_s, sample.t_s - LONGEST_REP_S)
        while self._samples[0].t_s < first_s - REST_MEMORY_S - RESTED_S:
            self._samples.popleft()

    def _close(self, order: Order, excursion: Excursion) -> bool:
        """Keep what was seen of a movement if it was a repetition on either foot.

        Returns
        -------
        Whether it was kept. It is not when it was no repetition, when a foot was out of the frame
        for too long (such movements are counted), or when too little of it was seen.
        """
        window = Poses.from_samples(list(self._samples))
        if not any(self._is_repetition_on(window, excursion, side) for side in SIDES):
            return False
        size_px = self._samples[-1].frame_size_px
        around = window.between(excursion.start_s, excursion.end_s)
        if feet_out(around, size_px).any(axis=1).mean() > MOST_FEET_OUT:
            self._footless[order] += 1
            return False
        rep = _seen_rep(window, excursion, order, self._drop.leg_px, size_px, self._light)
        if rep is not None:
            self._reps[order].append(rep)
        return rep is not None

    def _is_repetition_on(self, window: Poses, excursion: Excursion, side: Side) -> bool:
        """Return whether a movement was a repetition on this foot, which was planted before it."""
        within_pct = Settings().planted_within_pct
        at_start = window.between(excursion.start_s - STOOD_S, excursion.start_s + STOOD_S)
        if 100.0 * place_kept(at_start, side, self._drop.leg_px, SURE_CONFIDENCE) > within_pct:
            return False
        inside = window.between(excursion.start_s, excursion.end_s)
        why = why_no_rep(
            inside,
            excursion,
            side,
            self._drop.leg_px,
            min_drop_pct=MIN_DROP_PCT,
            planted_within_pct=within_pct,
        )
        return why is None

    def _repetitions_of_set(self) -> list[_SeenRep]:
        """Return the repetitions of the set: those of the order that begins first.

        A set of down-up movements also shows up-down ones, from each low point to the next, and the
        other way round.
        """
        largest = max((rep.drop for reps in self._reps.values() for rep in reps), default=0.0)
        sets = [
            [rep for rep in reps if rep.drop >= SMALLEST_OF_SET * largest]
            for reps in self._reps.values()
        ]
        return min((reps for reps in sets if reps), key=lambda reps: reps[0].start_s, default=[])


def _seen_rep(
    window: Poses,
    excursion: Excursion,
    order: Order,
    leg_px: float,
    size_px: tuple[int, int],
    light: Light,
) -> _SeenRep | None:
    """Describe a repetition; ``None`` when too little of it was seen."""
    around = window.between(excursion.start_s - AROUND_S, excursion.end_s + AROUND_S)
    # Smoothed, so that a noisy frame does not decide how far down the body is.
    hip_y = low_pass(around.t_s, around.middle("hip")[:, 1], Settings().cutoff_hz)
    high_y, low_y = np.nanpercentile(hip_y, [2, 98])
    sunk = (hip_y - high_y) / (low_y - high_y)
    way_down = (excursion.start_s, excursion.turn_s)
    if order == "up_down":
        way_down = (excursion.turn_s, excursion.end_s)
    high, low = around.where(sunk < 0.15), around.where(sunk > 0.85)
    early = around.where((sunk > 0.1) & (sunk < 0.3)).between(*way_down)
    yaw_rad = math.radians(or_nan(find_view(around, size_px).yaw_deg))
    places = [_ankles_px(part) / leg_px for part in (high, early, low)]
    if not np.isfinite([yaw_rad, *places[0].flat, *places[2].flat]).all():
        return None
    before = window.between(excursion.start_s - RESTED_S, excursion.start_s)
    moved = np.ptp(np.nanpercentile(before.middle("hip")[:, 1], [10, 90])) / (low_y - high_y)
    ankles = around.confidence[:, [Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]]
    focal_px = max(size_px) / 2 / math.tan(math.radians(ORDINARY_LENS_DEG / 2))
    return _SeenRep(
        order=order,
        start_s=excursion.start_s,
        rested=bool(moved < STILL and np.ptp(before.t_s) > RESTED_S / 2),
        drop=excursion.size,
        yaw_rad=yaw_rad,
        distance=focal_px / leg_px,
        middle_x=size_px[0] / 2 / leg_px,
        high=places[0],
        early=places[1],
        low=places[2],
        knees_deg=_knees_deg(high),
        postures=(
            _seen_posture(high, low, "left", leg_px),
            _seen_posture(high, low, "right", leg_px),
        ),
        covered=bool(np.median(ankles, axis=0).min() < Settings().min_confidence),
        rough=max(
            light.error_factor,
            window.profile.errors.growth(leg_px),
            jitter_px(around) / leg_px / USUAL_JITTER,
        ),
    )


def _seen_posture(high: Poses, low: Poses, leg: Side, leg_px: float) -> _SeenPosture:
    """Return how the body is held on one leg, from the frames in which it is high and low."""
    ends = (keypoint(leg, "hip"), keypoint(leg, "knee"), keypoint(leg, "ankle"))
    hip, knee, ankle = ((high.keypoints_px[:, end], low.keypoints_px[:, end]) for end in ends)
    shoulders = (high.middle("shoulder"), low.middle("shoulder"))
    hips = (high.middle("hip"), low.middle("hip"))
    lower_foot_y = np.fmax(*(high.joint(side, "ankle")[:, 1] for side in SIDES))
    return _SeenPosture(
        upright=_median(lower_foot_y - high.middle("hip")[:, 1]) / leg_px,
        thigh_deg=_tilt_deg(hip, knee)[1],
        tall_deg=_tilt_deg(shoulders, hips)[0],
        lean_deg=_tilt_deg(shoulders, hips)[1],
        shank_deg=_tilt_deg(knee, ankle)[1],
    )


def _tilt_deg(top: Sequence[FloatArray], bottom: Sequence[FloatArray]) -> list[float]:
    """Return the tilt of a body segment from the vertical: while the body is high, while it is low.

    Beyond 90 degrees the segment is upside down. As its length, the longer of what it looks in both
    is taken; only its height in the image is compared with it, so the view does not matter.

    Parameters
    ----------
    top, bottom
        The segment's upper and lower end, each while the body is high and while it is low.
    """
    ends = list(zip(top, bottom, strict=True))
    length_px = max(_median(distance_px(*both)) for both in ends)
    if not length_px > 0:
        return [math.nan, math.nan]
    shares = [_median(lower[:, 1] - upper[:, 1]) / length_px for upper, lower in ends]
    return [math.degrees(math.acos(min(1.0, max(-1.0, share)))) for share in shares]


def _median(values: FloatArray) -> float:
    """Return the median of the known values; NaN when there are none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def jitter_px(window: Poses) -> float:
    """Return how far the ankles jump about from frame to frame, in pixels; 0 when not seen.

    It is the standard deviation of single frames, from the scatter of second differences (a steady
    movement has hardly any). The quieter foot counts, as the other one moves. A shaking camera adds
    to it.
    """
    found = []
    for side in SIDES:
        ankle = window.joint(side, "ankle")
        jumps = (ankle[2:] - 2 * ankle[1:-1] + ankle[:-2]) / math.sqrt(6)
        jumps = jumps[np.isfinite(jumps).all(axis=1)]
        if len(jumps):
            found.append(MAD_TO_SIGMA * float(np.median(np.abs(jumps))))
    return min(found, default=0.0)


def _ankles_px(part: Poses) -> FloatArray:
    """Return the median places of left and right ankle, shape (2, 2); NaN when never seen."""
    ankles = part.keypoints_px[:, [Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE]]
    seen = ankles[np.isfinite(ankles).all(axis=(1, 2))]
    return np.median(seen, axis=0) if len(seen) else np.full((2, 2), np.nan)


def _knees_deg(part: Poses) -> FloatArray:
    """Return the median flexion of left and right knee, from the pose in space; shape (2,)."""
    flexion = []
    for side in SIDES:
        hip, knee, ankle = (
            part.world_m[:, keypoint(side, joint)] for joint in ("hip", "knee", "ankle")
        )
        thigh, shank = knee - hip, ankle - knee
        across = np.linalg.norm(np.cross(thigh, shank), axis=-1)
        flexion.append(np.median(np.degrees(np.arctan2(across, np.sum(thigh * shank, axis=-1)))))
    return np.array(flexion)


def _answer(reps: list[_SeenRep], known: _Known) -> Recognition:
    """Return the answer from the repetitions so far: an exercise, a look-alike, or none."""
    if not reps or not known.exercises:
        return Recognition(None, 0.0, NONE_SEEN, known.nothing)
    prior = (1 - PRIOR_OTHER) / len(known.exercises)
    weights = {name: prior * _odds(reps, one) for name, one in known.exercises.items()}
    look_alikes = {
        one.title: PRIOR_LOOK_ALIKE / len(known.look_alikes) * _odds(reps, one)
        for one in known.look_alikes
    }
    total = PRIOR_OTHER - PRIOR_LOOK_ALIKE + sum(weights.values()) + sum(look_alikes.values())
    scores = {name: weight / total for name, weight in weights.items()}
    likely = max(scores, key=lambda name: scores[name])
    alike = _alike(likely, scores, known)
    found = Recognition(
        None,
        scores[likely],
        "",
        scores,
        len(reps),
        view=view_kind(math.degrees(reps[0].yaw_rad)),
    )
    count = f"{len(reps)} repetition{'s' if len(reps) > 1 else ''}"
    if scores[likely] + (scores[alike] if alike else 0.0) >= SURE_ENOUGH:
        where = "high" if reps[0].order == "down_up" else "low"
        start = f"the set starts {where}" if reps[0].rested else "the start of the set was not seen"
        one = known.exercises[likely]
        return replace(
            found,
            exercise=likely,
            reason=f"from {count}: {one.feet[0].says}; {start}",
            looks_like=one.title,
            looks_like_probability=scores[likely],
            or_else=known.exercises[alike].title if alike else None,
            or_else_probability=scores[alike] if alike else 0.0,
        )
    title = max(look_alikes, key=lambda one: look_alikes[one], default="")
    other = look_alikes.get(title, 0.0) / total
    if other >= SURE_ENOUGH:
        reason = f"{count} look{'' if len(reps) > 1 else 's'} like {title}"
        return replace(found, reason=reason, looks_like=title, looks_like_probability=other)
    titles = {known.exercises[name].title: score for name, score in scores.items()}
    titles |= {one: weight / total for one, weight in look_alikes.items()}
    # The empty title comes last, so that there are two even with a single known movement.
    first, second = sorted([*titles, ""], key=lambda one: -titles.get(one, -1.0))[:2]
    if sum(titles.values()) < 0.5:
        match = "matches" if len(reps) == 1 else "match"
        reason = f"{count} {match} no known exercise; the closest is {first}"
    else:
        reason = f"{count} could be {first} or {second}"
    return replace(found, reason=reason)


def _alike(likely: str, scores: Mapping[str, float], known: _Known) -> str | None:
    """Return the best exercise that is judged like the likeliest one, if it may be that as well."""
    judged = known.exercises[likely].judged
    others = [
        name
        for name, two in known.exercises.items()
        if name != likely
        and two.judged == judged
        and scores[name] >= LEAST_OF_ALIKE * (scores[likely] + scores[name])
    ]
    return max(others, key=lambda name: scores[name], default=None)


def with_article(title: str) -> str:
    """Return a title with its article, as in "an air squat"."""
    return f"{'an' if title[0] in 'AEIOUaeiou' else 'a'} {title.lower()}"


def _odds(reps: list[_SeenRep], movement: _Movement) -> float:
    """Return the odds of a movement against any other, from all repetitions and the start."""
    count = len(reps) / (1 + (len(reps) - 1) * REPS_ALIKE)
    odds = math.exp(count * sum(rep.log_odds(movement) for rep in reps) / len(reps))
    if movement.order is None:
        return odds
    start_was_seen = reps[0].rested and len(reps) > 1
    odd = ODD_START if start_was_seen else ODD_START_UNCLEAR
    seen_start = 1 - odd if movement.order == reps[0].order else odd
    # Any other movement starts high or low with probability 1/2 each.
    return odds * seen_start / 0.5
