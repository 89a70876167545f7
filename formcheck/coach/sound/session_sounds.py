"""The sounds of a live session: tones for events, the metronome and spoken cues.

:class:`SoundChoice` decides what to play at a frame; :class:`Sounds` plays it on this computer. A
page in the browser plays the same choice on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from formcheck.coach.plan import EventKind, PlanEvent, PlanState
from formcheck.coach.sound.metronome import Metronome
from formcheck.coach.sound.speaker import Speaker, open_speaker
from formcheck.coach.sound.tones import ToneName, length_s, tone
from formcheck.coach.voice import Voice
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Cue
from formcheck.exercises.tempo import Tempo

SPOKEN_EVENTS: tuple[EventKind, ...] = (
    *("ready", "wrong_leg", "change_legs", "set_done", "rest_over", "done"),
    *("get_ready", "to_go", "time_up"),
)
"""Events at which the message of the plan, or a count, is spoken. The number of a repetition is not
spoken, because it would drown out the cues."""


def tone_for(event: PlanEvent) -> ToneName:
    """Return the tone of an event; for a repetition, "too fast" takes precedence over a fault."""
    if event.kind == "rep_counted":
        if event.too_fast:
            return "too_fast"
        return "fault_rep" if event.grade == "fault" else "good_rep"
    names: dict[str, ToneName] = {
        "ready": "fits",
        "wrong_leg": "change_legs",
        "change_legs": "change_legs",
        "set_done": "set_done",
        "rest_over": "rest_over",
        "done": "done",
        "get_ready": "tick",
        "to_go": "accent",
        "time_up": "set_done",
    }
    return names[event.kind]


@dataclass(frozen=True)
class Heard:
    """The sounds to play at a frame.

    Attributes
    ----------
    tones
        Ticks of the metronome and tones of events, each with its delay in seconds.
    sentence
        The sentence to speak; empty for none.
    cue_tone
        Whether to play a tone for a new cue, if there is no voice.
    """

    tones: tuple[tuple[ToneName, float], ...] = ()
    sentence: str = ""
    cue_tone: bool = False


class SoundChoice:
    """Decides which sounds to play; one object for each session.

    Parameters
    ----------
    exercise
        The exercise of the session.
    tempo
        Tempo of the metronome; ``None`` for no metronome.
    """

    def __init__(self, exercise: Exercise, tempo: Tempo | None = None) -> None:
        self._metronome = Metronome(tempo, exercise.order) if tempo else None
        self._cue: Cue | None = None

    def update(self, result: FrameResult, plan: PlanState, cue: Cue | None) -> Heard:
        """Update with one frame; return its ticks, the tones of its events, and its sentence."""
        ticks = self._metronome.update(result) if self._metronome else ()
        new_cue = cue if cue != self._cue else None
        self._cue = cue
        tones: list[tuple[ToneName, float]] = [(tick.name, tick.delay_s) for tick in ticks]
        delay_s = 0.0
        for event in plan.events:
            name = tone_for(event)
            tones.append((name, delay_s))
            delay_s += length_s(name)
        # Without a voice, a new cue gets a tone, unless an event already has one.
        cue_tone = new_cue is not None and not new_cue.praise and not plan.events
        return Heard(tuple(tones), _sentence(new_cue, plan), cue_tone)


def _sentence(cue: Cue | None, plan: PlanState) -> str:
    """Return the sentence to speak: the plan's message at certain events, else a new cue.

    A cue that is new at such an event is never spoken, only shown: the second of two sentences
    would cut off the first, and what to do next is more important.
    """
    events = [event for event in plan.events if event.kind in SPOKEN_EVENTS]
    if not events:
        return cue.text if cue else ""
    wrong_leg = any(event.kind == "wrong_leg" for event in events)
    counted = events[-1].said
    return plan.wrong_leg if wrong_leg else counted or plan.message


class Sounding(Protocol):
    """Interface of what plays the sounds: this computer, or a page in the browser."""

    @property
    def why_silent(self) -> str | None:
        """Why nothing can be heard, as text for the screen; ``None`` when it can."""
        ...

    @property
    def why_not_spoken(self) -> str | None:
        """Why requested speech is unavailable; ``None`` when it works or was not requested."""
        ...

    def update(self, result: FrameResult, plan: PlanState, cue: Cue | None) -> None:
        """Start the sounds of one frame."""
        ...

    def close(self) -> None:
        """Release the output device."""
        ...


class Sounds:
    """Plays the sounds of one session on this computer; never blocks, silent without a device.

    Parameters
    ----------
    exercise
        The exercise of the session.
    tempo
        Tempo of the metronome; ``None`` for no metronome.
    muted
        Whether to start muted.
    speech
        Speak the cues if the computer has a voice; otherwise each cue is a tone.
    speaker, voice
        What plays the tones, and what speaks; by default the default output device and the voice
        of the computer.
    """

    def __init__(
        self,
        exercise: Exercise,
        tempo: Tempo | None = None,
        *,
        muted: bool = False,
        speech: bool = False,
        speaker: Speaker | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.muted = muted
        self._voice = (voice or Voice()) if speech else None
        self._speaker: Speaker = speaker or open_speaker()
        self._choice = SoundChoice(exercise, tempo)

    @property
    def available(self) -> bool:
        """Whether sound can be played."""
        return self.why_silent is None

    @property
    def why_not_spoken(self) -> str | None:
        """Why requested speech is unavailable; ``None`` when it works or was not requested."""
        return self._voice.why_silent if self._voice else None

    @property
    def why_silent(self) -> str | None:
        """Why no sound can be played, as text for the screen; ``None`` when it can."""
        return self._speaker.why_silent

    def toggle(self) -> bool:
        """Mute or unmute; return whether sound is on now."""
        self.muted = not self.muted
        if self.muted:
            self._speaker.stop()
            if self._voice is not None:
                self._voice.stop()
        return not self.muted

    def update(self, result: FrameResult, plan: PlanState, cue: Cue | None) -> None:
        """Start the sounds of one frame: ticks, event tones, and a cue as speech or tone."""
        heard = self._choice.update(result, plan, cue)
        if self.muted:
            return
        for name, delay_s in heard.tones:
            self._play(name, delay_s)
        if self._voice is not None and self._voice.available:
            if heard.sentence:
                self._voice.say(heard.sentence)
        elif heard.cue_tone:
            self._play("cue")

    def _play(self, name: ToneName, delay_s: float = 0.0) -> None:
        self._speaker.play(tone(name, self._speaker.rate_hz), delay_s)

    def close(self) -> None:
        """Release the audio device and end the voice."""
        self._speaker.close()
        if self._voice is not None:
            self._voice.close()
