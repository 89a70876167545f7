"""Sounds during a session: tones, the metronome and, where installed, spoken cues."""

from formcheck.coach.sound.session_sounds import Heard, SoundChoice, Sounding, Sounds

__all__ = ["Heard", "SoundChoice", "Sounding", "Sounds"]
