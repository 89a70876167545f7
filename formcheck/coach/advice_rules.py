"""The rules of advice, each a sentence with its source, and the numbers in them.

:mod:`formcheck.coach.advice` follows them; the build-up of a programme follows that advice. No
other module has a rule for what comes next.
"""

from __future__ import annotations

from dataclasses import dataclass

GOOD_SHARE = 0.8
"""A session counts as good from this share of good repetitions or holds, of the judged ones."""

POOR_SHARE = 0.5
"""Below this share the form of a session counts as poor."""

SESSIONS_TO_RAISE = 2
STEP_CM = (2.0, 5.0)
LOWEST_STEP_CM = 10.0
HIGHEST_STEP_CM = 24.0
LOAD_KG = (1.0, 2.0)
PAIN_IDEAL = 2
PAIN_STOP = 5
HOLD_S = (5.0, 10.0)
SHORTEST_HOLD_S = 10.0
LONGEST_HOLD_S = 60.0
TIMED_WITHIN_S = 1.0
"""A hold counts as 20 s from 19 s on: begin and end are seen within 0.3 s each, and people come
down as the clock reaches its end. Ours."""
MORE_REPETITIONS = 2
MOST_REPETITIONS = 12

OURS = "formcheck's own"


@dataclass(frozen=True)
class AdviceRule:
    """A rule in a sentence, and its source."""

    text: str
    source: str


STOP = AdviceRule(
    f"Pain above {PAIN_STOP} of 10: stop and see a professional.",
    "Published practice: pain is ideally at most 2 of 10, and never above 5.",
)
EASE = AdviceRule(
    f"Pain from {PAIN_IDEAL + 1} to {PAIN_STOP} of 10: make it easier until pain is at most "
    f"{PAIN_IDEAL}.",
    "Published practice: pain is ideally at most 2 of 10, and never above 5. The steps for making "
    "it easier are formcheck's own.",
)
REGRESS = AdviceRule(
    "After a session with fewer than half of the repetitions or holds good, lower the step by "
    f"{STEP_CM[0]:g} to {STEP_CM[1]:g} cm, or hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s shorter. "
    f"Without a step, or on one of {LOWEST_STEP_CM:g} cm or less, go less deep or change to the "
    f"easier exercise. If a hold is already as short as {SHORTEST_HOLD_S:g} s, change to the "
    "easier exercise.",
    f"{OURS}: no published numbers were found. Falling back to an easier exercise is common "
    "practice.",
)
STAY = AdviceRule(
    "Keep the step, the load and the time until two sessions in a row are good.",
    f"{OURS}: no published numbers were found.",
)
RAISE = AdviceRule(
    "After two good sessions in a row with the same step and load, raise the step by "
    f"{STEP_CM[0]:g} to {STEP_CM[1]:g} cm; without a step, change to the harder exercise. A "
    "session is good when at least 4 of 5 repetitions are good, the tempo is within its limits and "
    f"pain is at most {PAIN_IDEAL} of 10. All sessions of a day count as one, as good as the worst "
    "of them. Do not move on while the last session filmed from the other view (front or side) was "
    "not good.",
    f"{OURS}: it is common to raise the step when form is good and nothing hurts, but no "
    "published numbers were found.",
)
HIGH_ENOUGH = AdviceRule(
    f"Do not raise the step above {HIGHEST_STEP_CM:g} cm.",
    f"{OURS}: 24 cm is the highest step in the studies read (Lewis 2015).",
)
LONGER = AdviceRule(
    "Hold for as long as you held in good posture last time, in whole steps of "
    f"{HOLD_S[0]:g} s and for at least {SHORTEST_HOLD_S:g} s. After two good sessions in a row (at "
    "least 4 of 5 holds good) with that time or a longer one, hold "
    f"{HOLD_S[0]:g} to {HOLD_S[1]:g} s longer.",
    f"{OURS}: no published numbers were found.",
)
LONG_ENOUGH = AdviceRule(
    f"Do not hold for longer than {LONGEST_HOLD_S:g} s; then change to the harder exercise.",
    f"{OURS}: healthy young adults can hold a side plank for longer than this on average (McGill "
    "1999).",
)
LOAD = AdviceRule(
    f"Add weight, {LOAD_KG[0]:g} to {LOAD_KG[1]:g} kg at a time, only if the trunk stayed upright "
    "in both good sessions, and never raise the step at the same time.",
    "Staying upright when holding a weight is common practice; the amount, and one change at a "
    f"time, are {OURS}.",
)
MORE = AdviceRule(
    "If neither the step nor the weight can go up after two good sessions with as many "
    f"repetitions, do {MORE_REPETITIONS} more repetitions in each set, up to {MOST_REPETITIONS}.",
    "For people who are new to strength training, 8 to 12 repetitions are recommended (American "
    f"College of Sports Medicine 2009). Adding {MORE_REPETITIONS} at a time is {OURS}.",
)
TEMPO = AdviceRule(
    "Take 3 to 5 s on the way down. Raise the step or the load only if you can keep this tempo.",
    "Published practice of eccentric training: 3 to 5 s on the way down.",
)
BOTH = AdviceRule("Each leg moves on by itself, once its own sessions are good.", f"{OURS}.")

RULES = {
    "Stop": STOP,
    "Pain": EASE,
    "Poor form": REGRESS,
    "Keep": STAY,
    "Step": RAISE,
    "Highest step": HIGH_ENOUGH,
    "Hold": LONGER,
    "Longest hold": LONG_ENOUGH,
    "Weight": LOAD,
    "Repetitions": MORE,
    "Tempo": TEMPO,
    "Two legs": BOTH,
}
"""All rules, by what they are about."""
