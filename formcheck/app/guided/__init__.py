"""A guided session: a programme's blocks in front of the camera, one live session each.

What happens inside a block is the live session's own; here it is decided what comes next, and what
is said in between. The state is kept after each block, so that a session that was stopped or killed
goes on where it was.
"""

from formcheck.app.guided.guided_run import GuidedOutcome, GuidedPlaces, GuidedRun
from formcheck.app.guided.stage import GuidedStage, GuidedWish, HandBetween, WindowStage

__all__ = [
    "GuidedOutcome",
    "GuidedPlaces",
    "GuidedRun",
    "GuidedStage",
    "GuidedWish",
    "HandBetween",
    "WindowStage",
]
