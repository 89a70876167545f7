"""The sounds of a session: what is to be heard at a frame, and how this computer plays it."""

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
"""At these events the plan's message, or a count, is spoken. Counted repetitions are not: they
would mask the cues."""


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
    """What is to be heard at a frame.

    Attributes
    ----------
    tones
        Ticks and the tones of events, each with its delay in seconds.
    sentence
        What a voice says; empty for nothing.
    cue_tone
        Whether, without a voice, a tone tells of a new cue.
    """

    tones: tuple[tuple[ToneName, float], ...] = ()
    sentence: str = ""
    cue_tone: bool = False


class SoundChoice:
    """Chooses what is to be heard; one for each session.

    Parameters
    ----------
    exercise
        The exercise of the session.
    tempo
        The tempo the metronome counts; ``None`` for no metronome.
    """

    def __init__(self, exercise: Exercise, tempo: Tempo | None = None) -> None:
        self._metronome = Metronome(tempo, exercise.order) if tempo else None
        self._cue: Cue | None = None

    def update(self, result: FrameResult, plan: PlanState, cue: Cue | None) -> Heard:
        """Take one frame; return its ticks, the tones of its events, and what is said."""
        ticks = self._metronome.update(result) if self._metronome else ()
        new_cue = cue if cue != self._cue else None
        self._cue = cue
        tones: list[tuple[ToneName, float]] = [(tick.name, tick.delay_s) for tick in ticks]
        delay_s = 0.0
        for event in plan.events:
            name = tone_for(event)
            tones.append((name, delay_s))
            delay_s += length_s(name)
        # Without a voice a cue is a tone; not on top of an event's tone.
        cue_tone = new_cue is not None and not new_cue.praise and not plan.events
        return Heard(tuple(tones), _sentence(new_cue, plan), cue_tone)


def _sentence(cue: Cue | None, plan: PlanState) -> str:
    """Return the plan's message if an event calls for it, else a new cue: one at a time."""
    events = [event for event in plan.events if event.kind in SPOKEN_EVENTS]
    if not events:
        return cue.text if cue else ""
    wrong_leg = any(event.kind == "wrong_leg" for event in events)
    counted = events[-1].said
    return plan.wrong_leg if wrong_leg else counted or plan.message


class Sounding(Protocol):
    """Plays what is to be heard: a loudspeaker of this computer, or a page."""

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
        """Release what plays."""
        ...


class Sounds:
    """Tones, metronome and spoken cues of one session; never blocks, silent without a device.

    Parameters
    ----------
    exercise
        The exercise of the session.
    tempo
        The tempo the metronome counts; ``None`` for no metronome.
    muted
        Whether to start muted.
    speech
        Speak the cues where the computer has a voice; otherwise a cue is a tone.
    speaker, voice
        Play the tones and speak; by default the default output device and the computer's voice.
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
