"""The loudspeaker: a stream that mixes what is played, in a thread of its own.

``sounddevice`` raises ``OSError`` when it is imported and PortAudio is not installed, and PortAudio
and ALSA write to the terminal when there is no device: both end as a sentence for the screen.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from formcheck.data.arrays import FloatArray
from formcheck.pose.native_stderr import native_stderr_silenced

MOST_AT_ONCE = 8


class Speaker(Protocol):
    """What plays samples; never waits."""

    @property
    def rate_hz(self) -> int:
        """Samples per second."""
        ...

    @property
    def why_silent(self) -> str | None:
        """Why nothing is heard, in words; ``None`` when it is."""
        ...

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Play samples from -1 to 1 after a delay, over what is playing."""
        ...

    def hush(self) -> None:
        """Stop all that is playing or waiting."""
        ...

    def close(self) -> None:
        """Free the device."""
        ...


@dataclass
class _Playing:
    samples: FloatArray
    position: int  # negative: so many samples of silence first


class Mixer:
    """Adds up what is playing; called from two threads."""

    def __init__(self) -> None:
        self._playing: list[_Playing] = []
        self._lock = threading.Lock()

    def add(self, samples: FloatArray, delay: int = 0) -> None:
        """Start samples after so many samples of silence; the oldest give way to too many."""
        with self._lock:
            self._playing.append(_Playing(samples, -max(delay, 0)))
            del self._playing[:-MOST_AT_ONCE]

    def clear(self) -> None:
        """Stop everything."""
        with self._lock:
            self._playing.clear()

    def mix(self, count: int) -> FloatArray:
        """Give the next samples, shape (count,), from -1 to 1."""
        out = np.zeros(count)
        with self._lock:
            for item in self._playing:
                start = min(max(0, -item.position), count)
                part = item.samples[max(0, item.position) :][: count - start]
                out[start : start + len(part)] += part
                item.position += count
            self._playing = [it for it in self._playing if it.position < len(it.samples)]
        return np.clip(out, -1.0, 1.0)


class Silence:
    """Stands in where there is no sound, and says why."""

    rate_hz = 48_000

    def __init__(self, why: str) -> None:
        self.why_silent = why

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Do nothing."""

    def hush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class DeviceSpeaker:
    """The default output device; :func:`open_speaker` makes one."""

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
        out[:, 0] = self._mixer.mix(frames)

    def _finished(self) -> None:
        self._lost = True

    @property
    def why_silent(self) -> str | None:
        """Why nothing is heard: the device may be pulled while the set runs."""
        return "the audio device is gone" if self._lost else None

    def play(self, samples: FloatArray, delay_s: float = 0.0) -> None:
        """Play samples from -1 to 1 after a delay, over what is playing."""
        self._mixer.add(samples, round(delay_s * self.rate_hz))

    def hush(self) -> None:
        """Stop all that is playing or waiting."""
        self._mixer.clear()

    def close(self) -> None:
        """Free the device."""
        with native_stderr_silenced():
            self._stream.close(ignore_errors=True)


def open_speaker() -> DeviceSpeaker | Silence:
    """Open the default output device; where there is none, silence that knows why."""
    with native_stderr_silenced():
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            return Silence(f"no sound: {_plain(error)}")
        try:
            return DeviceSpeaker(sounddevice)
        except (sounddevice.PortAudioError, OSError, ValueError) as error:
            return Silence(f"no sound: {_no_device(error)}")


def _plain(error: Exception) -> str:
    if "PortAudio" in str(error):
        return "PortAudio is not installed (on Debian and Ubuntu: apt install libportaudio2)"
    return f"sounddevice cannot be loaded ({error})"


def _no_device(error: Exception) -> str:
    text = str(error)
    if "querying device" in text or "-1" in text:
        return "there is no audio device"
    return f"the audio device cannot be opened ({text.splitlines()[0] if text else error!r})"
