"""The texts of a live screen, with sizes and colours, for the window and for pages in the browser.

Nothing is drawn here: ``live_screen.py`` draws the texts in the window, a script draws them on a
page. A *card* is a message in the middle that replaces everything else, for example during a rest,
when the camera is lost, or at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from formcheck.coach.raised_hand import END_S, HELD_S, HandState
from formcheck.data.keypoints import SIDES
from formcheck.data.numbers import DRAWING_FILM, NO_BREAK, NOT_JUDGED, count_words
from formcheck.data.palette import GOOD, MUTED, PAPER, WATCH, Colour
from formcheck.data.session import Grade, Stance, side_words
from formcheck.screen.grade_style import grade_colour
from formcheck.screen.panels import NOBODY
from formcheck.screen.state import OverlayState, VerdictCard

LEAST_DEPTH_PCT = 30.0
"""Smallest range of the depth gauge, in % of leg length. Our choice."""
KEYS = (
    ("Space, or one hand held up", "pause or go on"),
    ("f", "full screen"),
    ("m", "sound on or off"),
    ("?", "show or hide this list"),
    ("q or Esc", "end and save"),
)

HAND_PAUSES = "Keep your hand up to pause"
HAND_GOES_ON = "Keep your hand up to go on"
HAND_BEGINS = "Keep your hand up to start now"
_HAND_ENDS = "Keep your hand up to end and save"
"""Texts that say what a raised hand will do if it stays up."""
_HAND_FROM_S = 0.4
"""A hand that has been up for this long is answered on the screen. Our choice."""

ScreenStage = Literal["setup", "ready", "set", "rest", "ended"]


@dataclass(frozen=True)
class Check:
    """One line of the set-up checklist; if not ``needed``, it is only advice."""

    text: str
    done: bool
    needed: bool = True


@dataclass(frozen=True)
class ScreenState:
    """The live screen's texts and counts, besides the measurements.

    Attributes
    ----------
    stage
        The stage of the session.
    headline
        The main message, in large letters; empty for none.
    detail
        A second line, smaller, during a rest.
    checks
        The set-up checklist.
    ready
        Whether all needed checks pass: green.
    progress
        Share of the waiting time that is over, 0 to 1; ``None`` for no bar.
    reps, reps_target
        Repetitions of this set, done and planned; 0 planned for any number.
    last_number
        Number of the last repetition within its leg and set; ``None`` before the first.
    set_index, sets
        Number of this set, from 1, and of all sets.
    stance_side
        The leg to train; ``None`` shows the detected one.
    countdown_s
        Seconds of rest left.
    held_s, target_hold_s
        Seconds held in good posture, and how many are planned; ``None`` for an exercise that is not
        held, or if no time is planned.
    set_count, set_good, set_change
        During a rest, the result of the set that is over: how many repetitions, what was good, and
        the one thing to change; empty if not known.
    set_all_good
        Whether every repetition of that set was good: green.
    notice
        A message during the set, in large letters; empty for none.
    """

    stage: ScreenStage
    headline: str = ""
    detail: str = ""
    checks: tuple[Check, ...] = ()
    ready: bool = False
    progress: float | None = None
    reps: int = 0
    reps_target: int = 0
    last_number: int | None = None
    set_index: int = 1
    sets: int = 1
    stance_side: Stance | None = None
    countdown_s: float | None = None
    held_s: float | None = None
    target_hold_s: float | None = None
    set_count: str = ""
    set_good: str = ""
    set_change: str = ""
    set_all_good: bool = False
    notice: str = ""


@dataclass(frozen=True)
class CardLine:
    """One line of a card; ``size`` in units."""

    text: str
    size: float
    colour: Colour = PAPER


MessageCard = tuple[CardLine, ...]


@dataclass(frozen=True)
class CornerWords:
    """One instruction in large letters beside the person; ``None`` is a dark background."""

    text: str
    size: float
    colour: Colour | None = None


@dataclass(frozen=True)
class DepthGauge:
    """The gauge of the present depth: the share that is filled, and its text."""

    share: float
    text: str


@dataclass(frozen=True)
class SetWordsNow:
    """The texts while the set runs.

    Attributes
    ----------
    count
        Repetitions of this set so far; of a hold, its seconds in good posture.
    lines
        Lines beside the count: how many are planned, the leg, the set.
    depth
        The depth gauge; ``None`` if the depth is not known.
    corner
        The one thing to do; ``None`` for nothing.
    verdict, verdict_grade
        The verdict on the last repetition and its grade; empty if there is none to show.
    """

    count: int
    lines: tuple[CardLine, ...]
    depth: DepthGauge | None
    corner: CornerWords | None
    verdict: str = ""
    verdict_grade: Grade | None = None


@dataclass(frozen=True)
class SignWords:
    """The texts before and after the set.

    Attributes
    ----------
    headline
        The one thing to do; empty for none.
    ready
        Whether all needed checks pass: green.
    progress
        Share of the waiting time that has passed; ``None`` for no bar.
    checks
        The set-up checklist.
    notice
        A further message; empty for none.
    """

    headline: str
    ready: bool
    progress: float | None = None
    checks: tuple[Check, ...] = ()
    notice: str = ""


@dataclass(frozen=True)
class HandWords:
    """The text about a raised hand, and the share of the needed time that has passed."""

    text: str
    share: float


@dataclass(frozen=True)
class LiveWords:
    """All texts on the screen at one moment.

    Attributes
    ----------
    sign
        Texts before and after the set; ``None`` during it.
    in_set
        Texts during the set, and just before it begins; else ``None``.
    card
        A message in the middle instead of all other texts; empty for none.
    """

    sign: SignWords | None = None
    in_set: SetWordsNow | None = None
    card: MessageCard = ()


def words_of(content: ScreenState, state: OverlayState, deepest_pct: float) -> LiveWords:
    """Return all texts on the screen at one moment.

    Parameters
    ----------
    content
        The texts and counts of the stage.
    state
        The state of the overlay.
    deepest_pct
        The greatest depth of the session so far, in % of leg length.
    """
    card = _rest_card(content)
    if card:
        return LiveWords(card=card)
    if content.stage == "set":
        return LiveWords(in_set=_in_set(content, state, deepest_pct, verdict=True))
    if content.stage == "ready":  # the first way down is shown as it happens
        return LiveWords(
            SignWords(content.headline, content.ready, content.progress),
            _in_set(content, state, deepest_pct, verdict=False),
        )
    return LiveWords(
        SignWords(content.headline, content.ready, content.progress, content.checks, content.notice)
    )


def _in_set(
    content: ScreenState, state: OverlayState, deepest_pct: float, *, verdict: bool
) -> SetWordsNow:
    stance = content.stance_side or state.stance_side
    count, of = content.reps, f"of {content.reps_target}" if content.reps_target else "reps"
    if content.held_s is not None:
        target_s = content.target_hold_s
        count, of = math.floor(content.held_s), f"of {target_s:g} s" if target_s else "seconds"
    lines = (
        CardLine(of, 11),
        CardLine(_side_words(stance, is_held=content.held_s is not None), 8),
        CardLine(
            f"Set {content.set_index} of {content.sets}" if content.sets > 1 else "", 6.5, MUTED
        ),
    )
    # The verdict goes when the next repetition starts.
    card = state.card_to_show if verdict and not state.inside else None
    return SetWordsNow(
        count,
        tuple(line for line in lines if line.text),
        _depth(state, deepest_pct),
        _corner(state, content.notice),
        "" if card is None else verdict_in_the_set(card, content.last_number or card.rep),
        None if card is None else card.grade,
    )


def _side_words(stance: Stance | None, *, is_held: bool) -> str:
    if stance is None or (is_held and stance not in SIDES):
        return ""
    return side_words(stance, is_held=is_held).capitalize()


def _depth(state: OverlayState, deepest_pct: float) -> DepthGauge | None:
    depth = state.depth_pct
    if depth is None:
        return None
    share = min(max(depth / max(deepest_pct, LEAST_DEPTH_PCT), 0.0), 1.0)
    return DepthGauge(share, f"depth {max(depth, 0.0):.0f} %")


def _corner(state: OverlayState, notice: str) -> CornerWords | None:
    """Choose the one instruction to show.

    During a repetition its cue, between repetitions the cue of the last one; if there is no cue,
    the notice.
    """
    shown = state.card_to_show
    if not state.person_seen:
        return CornerWords(NOBODY, 12)
    if notice and (shown is None or not shown.cue or not state.inside):
        return CornerWords(notice, 10, WATCH)
    if shown is not None and shown.cue:
        return CornerWords(
            shown.cue, 12, None if shown.grade is None else grade_colour(shown.grade)
        )
    return None


def help_card(*, sound: bool = True, more: Sequence[tuple[str, str]] = ()) -> MessageCard:
    """Return the card with the list of keys: ``more`` first, the sound key only if ``sound``."""
    keys = [*more, *((key, what) for key, what in KEYS if sound or key != "m")]
    return (CardLine("Keys", 9), *(CardLine(f"{key}: {what}", 7, MUTED) for key, what in keys))


def hand_words(hand: HandState, first: str) -> HandWords | None:
    """Return the text about a raised hand; ``None`` if none has been up for long enough.

    ``first`` says what happens first; if the hand stays up longer, the session ends.
    """
    if hand.held_s < _HAND_FROM_S:
        return None
    if hand.held_s < HELD_S:
        return HandWords(first, hand.held_s / HELD_S)
    return HandWords(_HAND_ENDS, min(1.0, (hand.held_s - HELD_S) / (END_S - HELD_S)))


def moment_card(headline: str) -> MessageCard:
    """Return the card for something that takes a moment, such as ``Loading``."""
    return (CardLine(headline, 14), CardLine("One moment.", 7))


def paused_card(how: str) -> MessageCard:
    """Return the card of a pause; ``how`` says how to continue: ``press the space bar``."""
    return (CardLine("Paused", 14), CardLine(f"To go on, {how}.", 7))


def lost_card(reason: str, for_s: float) -> MessageCard:
    """Return the card for a camera that sends no image, with the reason."""
    return (
        CardLine("No image", 14, WATCH),
        CardLine(reason, 7),
        CardLine(
            f"No image for {for_s:.0f} s. The session goes on when the image is back.", 7, MUTED
        ),
    )


def end_card(
    count: str,
    verdict: Sequence[str],
    advice: Sequence[str],
    where: str,
    *,
    all_good: bool,
    uncounted: int = 0,
) -> MessageCard:
    """Return the card at the end: the result, the first advice, and where the report is.

    Parameters
    ----------
    count
        How many repetitions or holds, in words.
    verdict, advice
        The sentences of the report.
    where
        Where the report is, or why it is not saved.
    all_good
        Whether every one was good.
    uncounted
        Number of movements that did not count.
    """
    lines = _verdict_lines(count, verdict, all_good=all_good)
    lines += [CardLine(text, 9, WATCH) for text in advice[:1]]
    lines += _uncounted_lines(uncounted)
    return (*lines, CardLine(where, 5.5, MUTED), CardLine("Press any key to close.", 5.5, MUTED))


def drawing_card(
    count: str,
    verdict: Sequence[str],
    counts: Sequence[str],
    done_pct: int | None,
    *,
    all_good: bool,
) -> MessageCard:
    """Return the card while the film is drawn: the result, and the progress of drawing.

    Parameters
    ----------
    count, verdict, all_good
        See :func:`end_card`.
    counts
        Number of repetitions for each grade, in words.
    done_pct
        Share of the film that is drawn, in %; ``None`` if unknown.
    """
    lines = _verdict_lines(count, verdict, all_good=all_good)
    lines += [CardLine(text, 7) for text in counts]
    far = "" if done_pct is None else f": {done_pct}{NO_BREAK}%"
    return (*lines, CardLine(f"Saved. {DRAWING_FILM}{far}", 6.5, MUTED))


def saved_card(
    count: str,
    verdict: Sequence[str],
    advice: Sequence[str],
    *,
    all_good: bool,
    uncounted: int = 0,
) -> MessageCard:
    """Return the card at the end for a page, which links to the report; see :func:`end_card`."""
    lines = _verdict_lines(count, verdict, all_good=all_good)
    lines += [CardLine(text, 9, WATCH) for text in advice[:1]]
    return (*lines, *_uncounted_lines(uncounted), CardLine("Saved", 5.5, MUTED))


def _uncounted_lines(uncounted: int) -> list[CardLine]:
    if not uncounted:
        return []
    return [CardLine(f"{count_words(uncounted, 'movement')} not counted", 9, WATCH)]


def _verdict_lines(count: str, verdict: Sequence[str], *, all_good: bool) -> list[CardLine]:
    lines = [CardLine(count, 16)]
    return lines + [CardLine(text, 8, GOOD if all_good else PAPER) for text in verdict]


def _rest_card(content: ScreenState) -> MessageCard:
    if content.stage != "rest":
        return ()
    countdown = None if content.countdown_s is None else f"{math.ceil(content.countdown_s)}"
    change = GOOD if content.set_all_good else WATCH
    lines = [
        CardLine(content.headline, 13),
        CardLine(countdown or "", 24),
        CardLine(content.detail, 8.5),
        CardLine(content.notice, 8.5, WATCH),
        CardLine(content.set_count, 10),
        CardLine(content.set_good, 8.5, GOOD),
        CardLine(content.set_change, 8.5, change),
    ]
    return tuple(line for line in lines if line.text)


def verdict_in_the_set(verdict: VerdictCard, number: int) -> str:
    """Return a verdict in words for the person: ``Rep 3: knee falls in, probably``.

    ``number`` is that of the repetition within its leg and set, as the person counts.
    """
    effort = verdict.effort.capitalize()
    if verdict.seen and verdict.sure != "unclear":
        doubt = ", probably" if verdict.sure == "probably" else ""
        return f"{effort} {number}: {verdict.seen}{doubt}"
    whole = verdict.subject == "form and tempo" or verdict.verdict == NOT_JUDGED
    words = verdict.verdict if whole else f"{verdict.subject} {verdict.verdict}"
    return f"{effort} {number}: {', '.join(part for part in (words, verdict.besides) if part)}"
