"""What is drawn over the picture: the body's lines, the count, the tempo and the cue.

:class:`Overlay` is the whole; behind it stand small annotators, each a function of a
:class:`~formcheck.screen.overlay.scene.Scene` to draw on and a
:class:`~formcheck.screen.overlay.moment.Moment` that knows what to show.
"""

from formcheck.screen.overlay.compose import Overlay

__all__ = ["Overlay"]
