"""How people set up a camera: what is believed of a view before anything of it is measured.

All are standard deviations in degrees, and ours: nobody was found who measured them.
"""

from __future__ import annotations

USUAL_ROLL_DEG, USUAL_PITCH_DEG = 2.5, 6.0
"""From level: a phone that leans on something is off by a few degrees."""

USUAL_TURN_DEG = 3.5
"""From straight, of a person who means to face the camera."""
