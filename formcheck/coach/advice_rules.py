"""The rules for advice on the next session: each is a sentence with its source, and its numbers.

:mod:`formcheck.coach.advice` applies them, and ``coach/build_up.py`` uses that advice for
programmes. No other module contains a rule on what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass

GOOD_SHARE = 0.8
"""A session is good if at least this share of its judged repetitions or holds is good."""

POOR_SHARE = 0.5
"""The form of a session is poor if a smaller share of its repetitions is good."""

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
"""A hold may be shorter by this time: 19 s count as 20 s. Its start and end are measured to within
0.3 s each, and people stop as soon as the clock reaches its end. Our choice."""
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
    f"Pain from {PAIN_IDEAL + 1} to {PAIN_STOP} of 10: make the exercise easier until the pain is "
    f"at most {PAIN_IDEAL}.",
    "Published practice: pain at most 2 of 10 ideally, never above 5. How to make the exercise "
    f"easier is {OURS}.",
)
REGRESS = AdviceRule(
    "If fewer than half of the repetitions or holds were good, make the exercise easier: lower the "
    f"step by {STEP_CM[0]:g} to {STEP_CM[1]:g} cm, or hold {HOLD_S[0]:g} to {HOLD_S[1]:g} s "
    f"shorter. If there is no step, or it is {LOWEST_STEP_CM:g} cm or lower, go less deep or "
    f"change to the easier exercise. If the hold is only {SHORTEST_HOLD_S:g} s long, change to the "
    "easier exercise.",
    f"{OURS}: no published numbers were found. Falling back to an easier exercise is common "
    "practice.",
)
STAY = AdviceRule(
    "Keep the step height, the weight and the hold time until two sessions in a row are good.",
    f"{OURS}: no published numbers were found.",
)
RAISE = AdviceRule(
    "After two good sessions in a row with the same step height and weight, raise the step by "
    f"{STEP_CM[0]:g} to {STEP_CM[1]:g} cm, or without a step change to the harder exercise. A "
    "session is good if at least 4 of 5 repetitions were good, the tempo was within limits and the "
    f"pain was at most {PAIN_IDEAL}. If you film from the front and from the side, the last "
    "session of each view must be good. All sessions of a day count as one: the worst.",
    f"{OURS}: it is common to raise the step when the form is good and there is no pain, but no "
    "published numbers were found.",
)
HIGH_ENOUGH = AdviceRule(
    f"Do not raise the step above {HIGHEST_STEP_CM:g} cm.",
    f"{OURS}: 24 cm is the highest step in the studies read (Lewis 2015).",
)
LONGER = AdviceRule(
    "Hold as long as you held in good posture last time, rounded down to a multiple of "
    f"{HOLD_S[0]:g} s, and at least {SHORTEST_HOLD_S:g} s. After two sessions in a row in which at "
    "least 4 of 5 holds of this time or longer were good, hold "
    f"{HOLD_S[0]:g} to {HOLD_S[1]:g} s longer.",
    f"{OURS}: no published numbers were found.",
)
LONG_ENOUGH = AdviceRule(
    f"Do not hold for longer than {LONGEST_HOLD_S:g} s; then change to the harder exercise.",
    f"{OURS}: on average, healthy young adults can hold a side plank for longer (McGill 1999).",
)
LOAD = AdviceRule(
    f"Add {LOAD_KG[0]:g} to {LOAD_KG[1]:g} kg at a time, and only if the trunk stayed upright in "
    "both good sessions. Never raise the step at the same time. Exercises that are done without "
    "weight, such as the single-leg squat, get more repetitions instead.",
    "It is common practice to stay upright when holding a weight, and to do single-leg squats "
    "without one. The amount, and changing only "
    f"one thing at a time, are {OURS}.",
)
MORE = AdviceRule(
    "If two sessions with the same number of repetitions were good, but neither the step nor "
    f"the weight can go up, do {MORE_REPETITIONS} more repetitions in a set, up to "
    f"{MOST_REPETITIONS}.",
    "For people who are new to strength training, 8 to 12 repetitions are recommended (American "
    f"College of Sports Medicine 2009). Adding {MORE_REPETITIONS} at a time is {OURS}.",
)
TEMPO = AdviceRule(
    "Take 3 to 5 s on the way down. Raise the step or the weight only if you can keep this tempo.",
    "Published practice of eccentric training: 3 to 5 s on the way down.",
)
BOTH = AdviceRule(
    "Each leg gets its own advice: only the leg whose sessions were good goes on.", f"{OURS}."
)

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
"""All rules, by their topic."""
