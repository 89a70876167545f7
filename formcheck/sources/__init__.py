"""Where frames come from.

``base`` says what a source is, ``video`` reads a film, ``recorded`` keeps poses in a file and
plays them back. Nothing is imported here: the contract must not cost loading a video decoder.
"""
