"""A live session: the person exercises in front of the camera and gets feedback at once.

It uses the same loop as the analysis of a film. The analyzer runs from the first frame to the last,
and every repetition that it finds counts. The set-up check and the plan only decide what is shown
and said, and when the session ends. So a set gives the same repetitions live as in a film.
"""

from formcheck.app.live.live_session import run_live
from formcheck.app.live.outcome import Latency, LiveOutcome, StoppableSource, session_folder

__all__ = [
    "Latency",
    "LiveOutcome",
    "StoppableSource",
    "run_live",
    "session_folder",
]
