"""Make texts from file names and from other libraries safe to keep and to show."""

from __future__ import annotations


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which undecodable file names contain and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def message_of(error: Exception) -> str:
    """Return the message of an error on one line, or its type when it has none."""
    return " ".join(str(error).split()) or type(error).__name__
