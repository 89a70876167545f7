"""Where frames come from.

``base`` says what a source is, ``video`` reads a film, ``camera`` takes pictures now, ``recorded``
keeps poses in a file and plays them back. Nothing is imported here: the contract must not cost
loading a video decoder.
"""
