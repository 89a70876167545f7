"""Plays sounds on the loudspeaker of this computer: an audio stream in its own thread mixes them.

``sounddevice`` raises ``OSError`` at import when PortAudio is not installed, and PortAudio and ALSA
write to the terminal when there is no device. Both are caught and become a text for the screen.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.data.native_stderr import native_stderr_silenced

MAX_SOUNDS = 8
"""Most sounds at the same time; one more cuts off the oldest."""


class Speaker(Protocol):
    """Plays audio samples; never blocks."""

    @property
    def rate_hz(self) -> int:
        """Samples per second."""
        ...

    @property
    def why_silent(self) -> str | None:
        """Why no sound is audible, as text for the screen; ``None`` when sound works."""
        ...

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Play samples from -1 to 1 after a delay, mixed with the sounds already playing."""
        ...

    def stop(self) -> None:
        """Stop all sounds, playing and scheduled."""
        ...

    def close(self) -> None:
        """Release the device."""
        ...


@dataclass
class _Sound:
    """Samples being played; a negative position is the number of samples before the start."""

    samples: FloatArray
    position: int


class Mixer:
    """Adds up all current sounds; used by two threads."""

    def __init__(self) -> None:
        self._sounds: list[_Sound] = []
        self._lock = threading.Lock()

    def add(self, samples: FloatArray, delay: int = 0) -> None:
        """Add a sound that starts after ``delay`` samples; see :data:`MAX_SOUNDS`."""
        with self._lock:
            self._sounds.append(_Sound(samples, -max(delay, 0)))
            del self._sounds[:-MAX_SOUNDS]

    def clear(self) -> None:
        """Remove all sounds."""
        with self._lock:
            self._sounds.clear()

    def mix(self, count: int) -> FloatArray:
        """Return the next samples, shape (count,), clipped to -1 to 1."""
        out = np.zeros(count)
        with self._lock:
            for sound in self._sounds:
                start = min(max(0, -sound.position), count)
                part = sound.samples[max(0, sound.position) :][: count - start]
                out[start : start + len(part)] += part
                sound.position += count
            self._sounds = [it for it in self._sounds if it.position < len(it.samples)]
        return np.clip(out, -1.0, 1.0)


class SilentSpeaker:
    """Used instead of a speaker if sound is unavailable; ``why_silent`` is the reason."""

    rate_hz = 48_000

    def __init__(self, why: str) -> None:
        self.why_silent = why

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class DeviceSpeaker:
    """The default output device; create it with :func:`open_speaker`."""

    def __init__(self, sounddevice: Any) -> None:
        self._mixer = Mixer()
        self._lost = False
        self.rate_hz = int(sounddevice.query_devices(kind="output")["default_samplerate"])
        self._stream = sounddevice.OutputStream(
            samplerate=self.rate_hz,
            channels=1,
            dtype="float32",
            latency="low",
            callback=self._fill,
            finished_callback=self._finished,
        )
        self._stream.start()

    def _fill(self, out: Any, frames: int, _time: Any, _status: Any) -> None:
        """Write the next samples; PortAudio calls it in its own thread."""
        out[:, 0] = self._mixer.mix(frames)

    def _finished(self) -> None:
        """Note that the stream has ended; PortAudio calls it if the device is removed."""
        self._lost = True

    @property
    def why_silent(self) -> str | None:
        """Why no sound is audible: the device may be unplugged during the session."""
        return "the audio device was disconnected" if self._lost else None

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Play samples from -1 to 1 after a delay, mixed with the sounds already playing."""
        self._mixer.add(samples, round(delay_s * self.rate_hz))

    def stop(self) -> None:
        """Stop all sounds, playing and scheduled."""
        self._mixer.clear()

    def close(self) -> None:
        """Release the device."""
        with native_stderr_silenced():
            self._stream.close(ignore_errors=True)


def open_speaker() -> DeviceSpeaker | SilentSpeaker:
    """Open the default output device; if that fails, return a :class:`SilentSpeaker`."""
    with native_stderr_silenced():
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            return SilentSpeaker(f"no sound: {_import_problem(error)}")
        try:
            return DeviceSpeaker(sounddevice)
        except (sounddevice.PortAudioError, OSError, ValueError) as error:
            return SilentSpeaker(f"no sound: {_device_problem(error)}")


def _import_problem(error: Exception) -> str:
    if "PortAudio" in str(error):
        return "PortAudio is not installed (on Debian and Ubuntu: apt install libportaudio2)"
    return f"sounddevice cannot be loaded ({error})"


def _device_problem(error: Exception) -> str:
    text = str(error)
    if "querying device" in text or "-1" in text:
        return "there is no audio device"
    return f"the audio device cannot be opened ({text.splitlines()[0] if text else error!r})"
