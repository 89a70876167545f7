"""From what happened at a frame to what is heard."""

from __future__ import annotations

from formcheck.analysis.plan import PlanEvent, PlanState
from formcheck.exercises.base import Exercise
from formcheck.exercises.tempo import Tempo
from formcheck.feedback.sound.metronome import Metronome
from formcheck.feedback.sound.speaker import Speaker, open_speaker
from formcheck.feedback.sound.tones import ToneName, tone
from formcheck.results import FrameResult


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
    speaker
        What plays; the default output device when left out.
    """

    def __init__(
        self,
        exercise: Exercise,
        tempo: Tempo | None = None,
        *,
        muted: bool = False,
        speaker: Speaker | None = None,
    ) -> None:
        self.muted = muted
        self._speaker: Speaker = speaker or open_speaker()
        self._metronome = Metronome(tempo, exercise.order) if tempo else None

    @property
    def available(self) -> bool:
        """Whether there is a device to be heard from."""
        return self.why_silent is None

    @property
    def why_silent(self) -> str | None:
        """Why nothing can be heard, in words for the screen; ``None`` when it can."""
        return self._speaker.why_silent

    def toggle(self) -> bool:
        """Turn the sound off or on; give whether it is on."""
        self.muted = not self.muted
        if self.muted:
            self._speaker.hush()
        return not self.muted

    def update(self, result: FrameResult, plan: PlanState) -> None:
        """Take one frame: start what is to be heard from it on."""
        ticks = self._metronome.update(result) if self._metronome else ()
        if self.muted:
            return
        rate_hz = self._speaker.rate_hz
        if plan.stage in ("setup", "ready", "set", "change_legs", "rest"):
            for tick in ticks:
                self._speaker.play(tone(tick.name, rate_hz), tick.delay_s)
        delay_s = 0.0
        for event in plan.events:
            samples = tone(tone_for(event), rate_hz)
            self._speaker.play(samples, delay_s)
            delay_s += len(samples) / rate_hz

    def close(self) -> None:
        """Free the device."""
        self._speaker.close()
