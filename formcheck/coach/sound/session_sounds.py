"""Choose the sounds for the events of a frame."""

from __future__ import annotations

from formcheck.coach.plan import EventKind, PlanEvent, PlanState
from formcheck.coach.sound.metronome import Metronome
from formcheck.coach.sound.speaker import Speaker, open_speaker
from formcheck.coach.sound.tones import ToneName, tone
from formcheck.coach.voice import Voice
from formcheck.data.exercise import Exercise
from formcheck.data.frame_result import FrameResult
from formcheck.data.session import Cue
from formcheck.exercises.tempo import Tempo

SPOKEN_EVENTS: tuple[EventKind, ...] = (
    *("ready", "wrong_leg", "change_legs", "set_done", "rest_over", "done"),
)
"""At these events the plan's message is spoken. Counted repetitions are not: they would mask the
cues."""


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
    }
    return names[event.kind]


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
        self._cue: Cue | None = None
        self._speaker: Speaker = speaker or open_speaker()
        self._metronome = Metronome(tempo, exercise.order) if tempo else None

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
        ticks = self._metronome.update(result) if self._metronome else ()
        new_cue = cue if cue != self._cue else None
        self._cue = cue
        if self.muted:
            return
        for tick in ticks:
            self._play(tick.name, tick.delay_s)
        delay_s = 0.0
        for event in plan.events:
            delay_s += self._play(tone_for(event), delay_s)
        speaks = self._voice is not None and self._voice.available
        if speaks:
            self._say(new_cue, plan)
        # Without a voice a cue is a tone; not on top of an event's tone.
        elif new_cue is not None and not new_cue.praise and not plan.events:
            self._play("cue")

    def _play(self, name: ToneName, delay_s: float = 0.0) -> float:
        """Play a tone after a delay; return its length in seconds."""
        samples = tone(name, self._speaker.rate_hz)
        self._speaker.play(samples, delay_s)
        return len(samples) / self._speaker.rate_hz

    def _say(self, cue: Cue | None, plan: PlanState) -> None:
        """Speak the plan's message if an event calls for it, else a new cue."""
        events = [event for event in plan.events if event.kind in SPOKEN_EVENTS]
        wrong_leg = any(event.kind == "wrong_leg" for event in events)
        message = plan.wrong_leg if wrong_leg else plan.message
        sentence = message if events else (cue.text if cue else "")  # one sentence at a time
        if sentence and self._voice is not None:
            self._voice.say(sentence)

    def close(self) -> None:
        """Release the audio device and end the voice."""
        self._speaker.close()
        if self._voice is not None:
            self._voice.close()
