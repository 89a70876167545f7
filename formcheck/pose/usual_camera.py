"""How people set up a camera: what is believed of a view before anything of it is measured.

All are standard deviations in degrees, and ours: nobody was found who measured them.
"""

from __future__ import annotations

USUAL_ROLL_DEG = 2.5
"""From level: a phone that leans on something is off by a few degrees."""

SEARCHED_ROLL_DEG, SEARCHED_PITCH_DEG = 5.0, 6.0
"""What the search for lines goes by: wide, so that lines which are clear speak for themselves."""

USUAL_TURN_DEG = 3.5
"""From straight, of a person who means to face the camera."""
