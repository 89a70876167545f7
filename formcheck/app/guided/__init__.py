"""A guided session: the person does all blocks of a training programme in front of the camera.

A block is one exercise of the programme with its sets and repetitions. Each block is measured by a
live session of its own (``formcheck.app.live``). This package decides which block is next, and
announces it during the rest. The state is saved after each block, so that a session that was
stopped or killed can be resumed.
"""

from formcheck.app.guided.guided_run import GuidedOutcome, GuidedPlaces, GuidedRun
from formcheck.app.guided.stage import GuidedCommand, GuidedStage, HandBetween, WindowStage

__all__ = [
    "GuidedCommand",
    "GuidedOutcome",
    "GuidedPlaces",
    "GuidedRun",
    "GuidedStage",
    "HandBetween",
    "WindowStage",
]
