"""Tones, metronome, loudspeaker and voice, without an audio device."""

from __future__ import annotations

import builtins
import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
from frame_examples import frame_at

from formcheck.coach.plan import PlanEvent, PlanState
from formcheck.coach.sound import Sounds
from formcheck.coach.sound.metronome import Metronome, Tick, beats
from formcheck.coach.sound.speaker import DeviceSpeaker, Mixer, SilentSpeaker, open_speaker
from formcheck.coach.sound.tones import LOUDNESS, TONES, ToneName, tone
from formcheck.coach.voice import Voice, why_no_voice
from formcheck.data.arrays import FloatArray
from formcheck.data.errors import UsageError
from formcheck.data.frame_result import FrameResult, Phase
from formcheck.data.session import Cue
from formcheck.exercises import get_exercise
from formcheck.exercises.tempo import Tempo

RATE_HZ = 48_000
NAMES: tuple[ToneName, ...] = get_args(ToneName)


@pytest.mark.parametrize("name", NAMES)
def test_a_tone_is_short_without_clicks_or_clipping(name: ToneName) -> None:
    samples = tone(name, RATE_HZ)
    assert 0.03 <= len(samples) / RATE_HZ <= 1.0
    assert 0.1 <= np.abs(samples).max() <= LOUDNESS
    assert abs(samples[0]) < 1e-6
    assert abs(samples[-1]) < 0.005
    # A click is a jump: no step is larger than the steepest slope of the loudest partial.
    highest_hz = max(note.pitch_hz for note in TONES[name])
    assert np.abs(np.diff(samples)).max() < LOUDNESS * 2 * np.pi * 1.6 * highest_hz / RATE_HZ


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("name", NAMES)
def test_each_note_has_its_pitch(name: ToneName, rate_hz: int) -> None:
    start = 0
    for note in TONES[name]:
        count = round(note.length_s * rate_hz)
        spectrum = np.abs(np.fft.rfft(tone(name, rate_hz)[start : start + count], 4 * rate_hz))
        assert spectrum.argmax() / 4 == pytest.approx(note.pitch_hz, abs=0.1 / note.length_s)
        start += count


def test_all_tones_differ() -> None:
    for a, b in itertools.combinations(NAMES, 2):
        melodies = [
            tuple((note.pitch_hz, round(note.length_s, 1)) for note in TONES[name])
            for name in (a, b)
        ]
        assert melodies[0] != melodies[1]


def test_the_tempo_is_parsed_in_the_usual_notation() -> None:
    assert Tempo.parse("3-1-1-0") == Tempo() == Tempo(3.0, 1.0, 1.0, 0.0)
    assert Tempo.parse("2.5-0-1-1").eccentric_s == 2.5
    assert str(Tempo.parse("4-0-1.5-0")) == "4-0-1.5-0"


@pytest.mark.parametrize(
    "text",
    ["", "3", "3-1-1", "0-1-1-0", "3-1-1-0-0", "a-b-c-d", "nan-1-1-1", "inf-1-1-1", "99-1-1-1"],
)
def test_invalid_tempos_are_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="3-1-1-0"):
        Tempo.parse(text)


def test_the_beats_of_a_repetition() -> None:
    assert beats(Tempo(), "down_up") == (
        (1.0, False),
        (2.0, False),
        (3.0, True),
        (4.0, True),
        (5.0, True),
    )
    assert beats(Tempo(2.0, 0.0, 1.0, 0.0), "down_up") == ((1.0, False), (2.0, True), (3.0, True))
    assert beats(Tempo(), "up_down") == ((1.0, False), (2.0, False), (3.0, True))
    assert beats(Tempo(2.5, 0.0, 0.5, 0.0), "up_down") == (
        (1.0, False),
        (2.0, False),
        (2.5, True),
    )


def frame(
    t_s: float, phase: Phase = Phase.STANDING, lowering_s: float | None = None
) -> FrameResult:
    return frame_at(t_s, phase, descent_elapsed_s=lowering_s)


def cue_of(text: str = "Push the knees out", **known: Any) -> Cue:
    facts: dict[str, Any] = {"measure": "kasr", "text": text, "t_s": 1.0, "decided_t_s": 1.1}
    return Cue(**facts | known)


def rep_at(t_s: float, start_s: float, down_s: float = 3.0, up_s: float = 1.0) -> FrameResult:
    """A repetition as the analyzer reports it: the descent is detected 0.3 s late."""
    since_s = t_s - start_s
    if not 0.3 <= since_s < down_s + 1.0 + up_s:
        return frame(t_s)
    if since_s < down_s + 1.0:
        descent_s = min(since_s, down_s)
        return frame(t_s, Phase.DESCENT if since_s < down_s else Phase.BOTTOM, descent_s)
    return frame(t_s, Phase.ASCENT)


def played_ticks(metronome: Metronome, results: list[FrameResult]) -> list[tuple[float, str]]:
    return [
        (round(result.t_s + tick.delay_s, 3), tick.name)
        for result in results
        for tick in metronome.update(result)
    ]


@pytest.mark.parametrize("rate_hz", [5.0, 24.0, 60.0])
def test_ticks_follow_the_descent_within_10_ms_at_any_frame_rate(rate_hz: float) -> None:
    times = np.arange(0, 16, 1 / rate_hz)
    for start_s in (1.37, 2.02):
        ticks = played_ticks(
            Metronome(Tempo(), "down_up"), [rep_at(float(t), start_s) for t in times]
        )
        assert [name for _, name in ticks] == ["tick", "tick", "accent", "accent", "accent"][
            : len(ticks)
        ]
        assert [at_s - start_s for at_s, _ in ticks[:4]] == pytest.approx([1, 2, 3, 4], abs=0.01)


def test_the_count_restarts_with_each_descent() -> None:
    times = np.arange(0, 20, 1 / 30)
    results = [rep_at(float(t), 1.0 if t < 9.05 else 9.05) for t in times]
    ticks = [at_s for at_s, _ in played_ticks(Metronome(Tempo(), "down_up"), results)]
    assert ticks[:3] == pytest.approx([2, 3, 4], abs=0.02)
    assert [at_s for at_s in ticks if at_s > 9][:3] == pytest.approx(
        [10.05, 11.05, 12.05], abs=0.02
    )


def test_the_count_stops_when_the_way_up_starts_early() -> None:
    times = np.arange(0, 8, 1 / 30)
    results = [rep_at(float(t), 1.0, down_s=0.8, up_s=1.0) for t in times]
    assert played_ticks(Metronome(Tempo(5.0, 0, 1, 0), "down_up"), results)[-1][0] <= 3.0


class FakeSpeaker:
    rate_hz = 8_000
    why_silent: str | None = None

    def __init__(self) -> None:
        self.played: list[tuple[str, float]] = []
        self.stopped = self.closed = 0

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        (name,) = [name for name in NAMES if tone(name, self.rate_hz) is samples]
        self.played.append((name, delay_s))

    def stop(self) -> None:
        self.stopped += 1

    def close(self) -> None:
        self.closed += 1


def plan_state(*events: PlanEvent, message: str = "") -> PlanState:
    return PlanState("set", 1, "left", 0, 8, 1, None, message, events)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (PlanEvent("ready"), "fits"),
        (PlanEvent("rep_counted", grade="good"), "good_rep"),
        (PlanEvent("rep_counted", grade="watch"), "good_rep"),
        (PlanEvent("rep_counted", grade="fault"), "fault_rep"),
        (PlanEvent("rep_counted", grade="fault", too_fast=True), "too_fast"),
        (PlanEvent("rep_counted"), "good_rep"),
        (PlanEvent("wrong_leg"), "change_legs"),
        (PlanEvent("change_legs"), "change_legs"),
        (PlanEvent("set_done"), "set_done"),
        (PlanEvent("rest_over"), "rest_over"),
        (PlanEvent("done"), "done"),
    ],
)
def test_each_event_has_its_tone(event: PlanEvent, name: str) -> None:
    speaker = FakeSpeaker()
    Sounds(get_exercise("squat"), speaker=speaker).update(frame(0.0), plan_state(event), None)
    assert speaker.played == [(name, 0.0)]


def test_tones_of_one_frame_are_played_one_after_the_other() -> None:
    speaker = FakeSpeaker()
    events = (PlanEvent("rep_counted", grade="good"), PlanEvent("set_done"))
    Sounds(get_exercise("squat"), speaker=speaker).update(frame(0.0), plan_state(*events), None)
    assert [name for name, _ in speaker.played] == ["good_rep", "set_done"]
    assert speaker.played[1][1] == pytest.approx(0.25, abs=0.01)


def test_a_cue_is_played_once_and_praise_is_not_played() -> None:
    speaker = FakeSpeaker()
    sounds = Sounds(get_exercise("squat"), speaker=speaker)
    cue = cue_of()
    for t_s in (1.1, 1.2, 1.3):
        sounds.update(frame(t_s), plan_state(), cue)
    sounds.update(frame(1.4), plan_state(), cue_of(praise=True))
    assert speaker.played == [("cue", 0.0)]


def test_toggle_mutes_and_unmutes_everything() -> None:
    speaker = FakeSpeaker()
    sounds = Sounds(get_exercise("step_down"), Tempo(), speaker=speaker)
    assert sounds.toggle() is False
    assert sounds.muted
    assert speaker.stopped == 1
    for t in np.arange(0, 2.5, 0.1):
        sounds.update(rep_at(float(t), 0.0), plan_state(PlanEvent("ready")), None)
    assert speaker.played == []
    assert sounds.toggle() is True
    for t in np.arange(2.5, 4.5, 0.1):
        sounds.update(rep_at(float(t), 0.0), plan_state(), None)
    assert [name for name, _ in speaker.played] == ["accent", "accent"]
    sounds.close()
    assert speaker.closed == 1


def test_the_mixer_is_sample_accurate_and_limited() -> None:
    mixer = Mixer()
    mixer.add(np.full(10, 0.4), delay=5)
    mixer.add(np.full(4, 0.9))
    first, second = mixer.mix(8), mixer.mix(12)
    assert np.concatenate([first, second]) == pytest.approx([0.9] * 4 + [0] + [0.4] * 10 + [0] * 5)
    assert not mixer.mix(5).any()
    mixer.add(np.ones(4))
    mixer.add(np.ones(4))
    assert mixer.mix(4).max() == 1.0
    mixer.add(np.ones(4))
    mixer.clear()
    assert not mixer.mix(4).any()


def test_the_number_of_mixed_sounds_is_limited() -> None:
    mixer = Mixer()
    for _ in range(1000):
        mixer.add(np.full(4, 0.01))
    assert mixer.mix(4).max() == pytest.approx(0.08)


def without_sounddevice(error: Exception) -> Callable[..., Any]:
    real_import = builtins.__import__

    def fake_import(name: str, *rest: Any) -> Any:
        if name == "sounddevice":
            raise error
        return real_import(name, *rest)

    return fake_import


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError("PortAudio library not found"), "apt install libportaudio2"),
        (ImportError("No module named 'sounddevice'"), "cannot be loaded"),
    ],
)
def test_without_portaudio_sound_is_off_with_a_reason(
    error: Exception, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_sounddevice(error))
    sounds = Sounds(get_exercise("squat"), Tempo())
    assert not sounds.available
    assert text in (sounds.why_silent or "")
    sounds.update(frame(0.0), plan_state(PlanEvent("ready")), None)
    sounds.toggle()
    sounds.close()


class FakePortAudio:
    """Replaces the ``sounddevice`` module."""

    class PortAudioError(Exception):
        pass

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.stream: Any = None

    def query_devices(self, kind: str) -> dict[str, float]:
        if self.error:
            raise self.error
        assert kind == "output"
        return {"default_samplerate": 44_100.0}

    def OutputStream(self, **options: Any) -> Any:  # noqa: N802
        self.stream = SimpleNamespace(options=options, start=lambda: None, close=lambda **_: None)
        return self.stream


def test_without_a_device_sound_is_off_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    error = FakePortAudio.PortAudioError("Error querying device -1")
    monkeypatch.setitem(sys.modules, "sounddevice", FakePortAudio(error))
    speaker = open_speaker()
    assert isinstance(speaker, SilentSpeaker)
    assert speaker.why_silent == "no sound: there is no audio device"


def test_the_device_callback_mixes_and_a_disconnected_device_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portaudio = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", portaudio)
    speaker = open_speaker()
    assert isinstance(speaker, DeviceSpeaker)
    assert speaker.rate_hz == 44_100
    speaker.play(np.full(4, 0.5), delay_s=2 / 44_100)
    out = np.zeros((8, 1), dtype=np.float32)
    portaudio.stream.options["callback"](out, 8, None, None)
    assert out[:, 0] == pytest.approx([0, 0, 0.5, 0.5, 0.5, 0.5, 0, 0])
    assert speaker.why_silent is None
    portaudio.stream.options["finished_callback"]()
    assert speaker.why_silent == "the audio device was disconnected"
    speaker.close()


def fake_speech_program(path: Path, *, slow: bool = False, fails: bool = False) -> list[str]:
    """A program that writes the sentence it receives to a file instead of speaking it."""
    code = (
        "import sys, time, pathlib\n"
        f"if {fails}: sys.exit(3)\n"
        "line = sys.stdin.readline().strip()\n"
        f"time.sleep({30 if slow else 0})\n"
        f"pathlib.Path({str(path)!r}).open('a').write(line + '\\n')\n"
    )
    return [sys.executable, "-S", "-c", code]


def wait_for(condition: Callable[[], bool], at_most_s: float = 20.0) -> bool:
    until_s = time.monotonic() + at_most_s
    while not condition() and time.monotonic() < until_s:
        time.sleep(0.02)
    return condition()


def test_sentences_are_spoken_one_after_the_other(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"
    voice = Voice(fake_speech_program(spoken))
    for sentence in ("Chest up", "Go down\nmore slowly"):
        voice.say(sentence)
        last = sentence.split()[-1]
        assert wait_for(lambda last=last: spoken.exists() and last in spoken.read_text())  # type: ignore[misc]
    voice.close()
    assert spoken.read_text() == "Chest up\nGo down more slowly\n"
    assert voice.available


def test_speaking_does_not_block_and_a_sentence_that_hangs_is_killed(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"
    voice = Voice(fake_speech_program(spoken, slow=True))
    started_s = time.monotonic()
    voice.say("one")
    time.sleep(0.3)
    voice.say("two")
    voice.close()
    assert time.monotonic() - started_s < 10.0, "a sentence takes 30 s"
    assert not spoken.exists()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
def test_the_player_process_is_killed_with_its_sentence(tmp_path: Path) -> None:
    # The speech library starts another program to play the sound.
    path = tmp_path / "player"
    code = (
        "import subprocess, sys, pathlib\n"
        "sys.stdin.readline()\n"
        "player = subprocess.Popen(['sleep', '30'])\n"
        f"pathlib.Path({str(path)!r}).write_text(str(player.pid) + ' ')\n"
        "player.wait()\n"
    )
    voice = Voice([sys.executable, "-S", "-c", code])
    voice.say("Chest up")
    assert wait_for(lambda: path.exists() and path.read_text().endswith(" "))
    player = Path("/proc") / path.read_text().strip() / "cmdline"
    voice.close()
    assert wait_for(lambda: not player.exists() or not player.read_bytes())


def test_a_computer_without_a_voice_is_reported(tmp_path: Path) -> None:
    voice = Voice(fake_speech_program(tmp_path / "spoken", fails=True))

    def silent_after_a_cue() -> bool:
        voice.say("Chest up")
        time.sleep(0.5)
        return not voice.available

    assert wait_for(silent_after_a_cue)
    assert voice.why_silent == "this computer has no voice for spoken cues"
    voice.close()


def test_a_voice_that_cannot_be_started_raises_no_error(tmp_path: Path) -> None:
    voice = Voice([str(tmp_path / "missing")])
    assert wait_for(lambda: not voice.available)
    voice.say("Chest up")
    voice.close()


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "formcheck[speech]" in (why_no_voice() or "")
    voice = Voice()
    voice.say("Chest up")
    voice.close()
    assert not voice.available


class FakeVoice(Voice):
    def __init__(self, why_silent: str | None = None) -> None:
        super().__init__([])
        self.why_silent = why_silent
        self.spoken: list[str] = []

    def say(self, sentence: str) -> None:
        self.spoken.append(sentence)


def test_cues_are_spoken_instead_of_a_tone_and_the_plan_has_priority() -> None:
    speaker, voice = FakeSpeaker(), FakeVoice()
    sounds = Sounds(get_exercise("squat"), speech=True, speaker=speaker, voice=voice)
    cue = cue_of()
    sounds.update(frame(1.1), plan_state(), cue)
    sounds.update(frame(1.2), plan_state(PlanEvent("rep_counted", grade="good")), cue)
    sounds.update(frame(1.3), plan_state(PlanEvent("change_legs"), message="Change legs"), None)
    assert voice.spoken == ["Push the knees out", "Change legs"]
    assert [name for name, _ in speaker.played] == ["good_rep", "change_legs"]
    voice.why_silent = "gone"
    sounds.update(frame(5.0), plan_state(), cue_of(decided_t_s=5.0))
    assert speaker.played[-1] == ("cue", 0.0)
    assert sounds.why_not_spoken == "gone"


def test_a_tick_is_scheduled_before_its_frame() -> None:
    metronome = Metronome(Tempo(), "down_up")
    metronome.update(frame(0.8, Phase.DESCENT, 0.8))
    (tick,) = metronome.update(frame(0.9, Phase.DESCENT, 0.9))
    assert tick == Tick("tick", pytest.approx(0.1))  # type: ignore[arg-type]
