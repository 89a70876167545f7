"""A session in front of the camera: the same loop as for a film, with feedback to the person.

The analyzer runs from the first frame to the last and every repetition counts, whatever the
set-up and the plan say: they decide what is said and when it is over. So a set gives the same
repetitions live as filmed.
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
