"""Drawing over frames: for the annotated film, stills, clips and the live window.

``state.py`` decides what is shown at a moment, ``draw.py`` draws it.
"""
