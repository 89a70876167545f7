"""The tones of a live session, made from sine waves; they differ in pitch, melody and length.

A rising melody means "well done" or "go", a falling one "slower", and a low tone a fault. All are
between 250 and 1600 Hz, where small speakers are loud and hearing is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from formcheck.data.arrays import FloatArray

ToneName = Literal[
    "good_rep",
    "fault_rep",
    "too_fast",
    "cue",
    "fits",
    "change_legs",
    "set_done",
    "rest_over",
    "done",
    "tick",
    "accent",
]

FADE_IN_S = 0.006
"""Time in which a note becomes loud, so that it does not start with a click."""
OVERTONES = (1.0, 0.25, 0.08)
"""Amplitudes of the fundamental and two overtones; a pure sine is easily missed."""

LOUDNESS = 0.5
"""Peak amplitude of a tone, so that two at the same time do not clip."""


@dataclass(frozen=True)
class ToneNote:
    """One note: pitch, length, and loudness from 0 to 1."""

    pitch_hz: float
    length_s: float
    loudness: float = 1.0


TONES: dict[ToneName, tuple[ToneNote, ...]] = {
    "good_rep": (ToneNote(880.0, 0.09), ToneNote(1174.7, 0.16)),
    "fault_rep": (ToneNote(293.7, 0.28),),
    "too_fast": (ToneNote(784.0, 0.08), ToneNote(587.3, 0.08), ToneNote(440.0, 0.16)),
    "cue": (ToneNote(370.0, 0.07), ToneNote(370.0, 0.12)),
    "fits": (ToneNote(523.3, 0.1), ToneNote(659.3, 0.1), ToneNote(784.0, 0.22)),
    "change_legs": (ToneNote(659.3, 0.14), ToneNote(659.3, 0.14), ToneNote(880.0, 0.24)),
    "set_done": (ToneNote(784.0, 0.14), ToneNote(987.8, 0.14), ToneNote(1174.7, 0.3)),
    "rest_over": (ToneNote(1046.5, 0.12), ToneNote(1046.5, 0.24)),
    "done": (
        ToneNote(523.3, 0.14),
        ToneNote(659.3, 0.14),
        ToneNote(784.0, 0.14),
        ToneNote(1046.5, 0.45),
    ),
    "tick": (ToneNote(1318.5, 0.04, 0.5),),
    "accent": (ToneNote(1568.0, 0.07, 0.7),),
}


def length_s(name: ToneName) -> float:
    """Return how long a tone lasts, in seconds."""
    return sum(note.length_s for note in TONES[name])


@cache
def tone(name: ToneName, rate_hz: int) -> FloatArray:
    """Return the samples of a tone at a sampling rate, from -1 to 1, shape (N,).

    The array is cached and read-only.
    """
    samples = np.concatenate([_note(note, rate_hz) for note in TONES[name]])
    samples.setflags(write=False)
    return samples


def _note(note: ToneNote, rate_hz: int) -> FloatArray:
    """Return the samples of one note."""
    t_s = np.arange(round(note.length_s * rate_hz)) / rate_hz
    wave = sum(
        share * np.sin(2 * np.pi * (n + 1) * note.pitch_hz * t_s)
        for n, share in enumerate(OVERTONES)
    )
    left_s = note.length_s - t_s
    rise = np.minimum(t_s / FADE_IN_S, 1.0)
    fall = np.exp(-3.0 * t_s / note.length_s) * np.minimum(left_s / (2 * FADE_IN_S), 1.0)
    return np.asarray(LOUDNESS * note.loudness / sum(OVERTONES) * wave * rise * fall)
