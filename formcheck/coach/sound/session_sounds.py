"""From what happened at a frame to what is heard."""

from __future__ import annotations

from formcheck.coach.plan import EventKind, PlanEvent, PlanState
from formcheck.coach.sound.metronome import Metronome
from formcheck.coach.sound.speaker import Speaker, open_speaker
from formcheck.coach.sound.tones import ToneName, tone
from formcheck.coach.voice import Voice
from formcheck.data.exercise import Exercise
from formcheck.data.results import Cue, FrameResult
from formcheck.exercises.tempo import Tempo

SAID: tuple[EventKind, ...] = ("ready", "change_legs", "set_done", "rest_over", "done")
"""At these events the plan's message is spoken; a count would only drown the cues."""


def tone_for(event: PlanEvent) -> ToneName:
    """The tone of an event; of a repetition, too fast is told before a fault."""
    if event.kind == "rep_counted":
        if event.too_fast:
            return "too_fast"
        return "fault_rep" if event.grade == "fault" else "good_rep"
    names: dict[str, ToneName] = {
        "ready": "fits",
        "change_legs": "change_legs",
        "set_done": "set_done",
        "rest_over": "rest_over",
        "done": "done",
    }
    return names[event.kind]


class Sounds:
    """Tones, metronome and spoken cues of one session; never waits, silent without a device.

    Parameters
    ----------
    exercise
        What is being done.
    tempo
        What the metronome counts; ``None`` for no metronome.
    muted
        Whether it starts silent.
    speech
        Whether cues are spoken, where the computer can; otherwise they are a tone.
    speaker, voice
        What plays and what speaks; the default output device and the computer's voice when left
        out.
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
        """Whether there is a device to be heard from."""
        return self.why_silent is None

    @property
    def why_not_spoken(self) -> str | None:
        """Why cues are not spoken though they should be; ``None`` when all is as asked for."""
        return self._voice.why_silent if self._voice else None

    @property
    def why_silent(self) -> str | None:
        """Why nothing can be heard, in words for the screen; ``None`` when it can."""
        return self._speaker.why_silent

    def toggle(self) -> bool:
        """Turn the sound off or on; give whether it is on."""
        self.muted = not self.muted
        if self.muted:
            self._speaker.hush()
            if self._voice is not None:
                self._voice.hush()
        return not self.muted

    def update(self, result: FrameResult, plan: PlanState) -> None:
        """Take one frame: start what is to be heard from it on."""
        ticks = self._metronome.update(result) if self._metronome else ()
        new_cue = result.cue if result.cue != self._cue else None
        self._cue = result.cue
        if self.muted:
            return
        for tick in ticks:
            self._play(tick.name, tick.delay_s)
        delay_s = 0.0
        over = any(event.kind == "done" for event in plan.events)
        for event in plan.events:
            if over and event.kind == "set_done":
                continue
            delay_s += self._play(tone_for(event), delay_s)
        spoken = self._voice is not None and self._voice.available
        if spoken:
            self._say(new_cue, plan)
        elif new_cue is not None and not new_cue.praise and not plan.events:
            self._play("cue")

    def _play(self, name: ToneName, delay_s: float = 0.0) -> float:
        """Play a tone after a delay; give its length in seconds."""
        samples = tone(name, self._speaker.rate_hz)
        self._speaker.play(samples, delay_s)
        return len(samples) / self._speaker.rate_hz

    def _say(self, cue: Cue | None, plan: PlanState) -> None:
        """Say what to do next; that goes before a cue."""
        turns = [event for event in plan.events if event.kind in SAID]
        sentence = plan.message if turns else (cue.text if cue else "")
        if sentence and self._voice is not None:
            self._voice.say(sentence)

    def close(self) -> None:
        """Free the device."""
        self._speaker.close()
        if self._voice is not None:
            self._voice.close()
