"""How people usually set up a camera: the assumptions about a view before it is measured (priors).

All numbers are standard deviations in degrees, and ours: no published values were found.
"""

from __future__ import annotations

USUAL_ROLL_DEG = 2.5
"""How far a camera is tilted: a phone that leans on something is off by a few degrees."""

SEARCHED_ROLL_DEG, SEARCHED_PITCH_DEG = 5.0, 6.0
"""The same as assumed in the search for lines (:mod:`formcheck.pose.camera_roll`): wider, so that
clear lines decide."""

USUAL_TURN_DEG = 3.5
"""How far a person who wants to face the camera is turned from it."""
