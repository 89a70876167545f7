"""Sounds during a session: tones, the metronome and, where installed, spoken cues."""

from formcheck.coach.sound.session_sounds import Sounds

__all__ = ["Sounds"]
