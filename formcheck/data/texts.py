"""Texts from file names and from other libraries, made safe to keep and to show."""

from __future__ import annotations


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, as in undecodable file names: UTF-8 has none."""
    return text.encode("utf-8", "replace").decode()


def message_of(error: Exception) -> str:
    """Return the message of an error on one line, or its type when it has none."""
    return " ".join(str(error).split()) or type(error).__name__
