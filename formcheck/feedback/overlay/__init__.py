"""What is drawn over the picture: the body's lines, the count, the tempo and the cue.

:class:`Overlay` is the whole; behind it stand small annotators, each a function of a
:class:`~formcheck.feedback.overlay.scene.Scene` to draw on and a
:class:`~formcheck.feedback.overlay.moment.Moment` that knows what to show.
"""

from formcheck.feedback.overlay.compose import Overlay

__all__ = ["Overlay"]
