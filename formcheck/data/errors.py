"""Everything formcheck raises on purpose.

::

    FormcheckError
    ├── UsageError       the caller asked for something that does not exist      (exit 2)
    │   ├── OutputError  the results cannot be written where they were asked for (exit 2)
    │   └── DisplayError a window was asked for where none can be opened         (exit 2)
    ├── NoRepetitionError  nothing was done that could be told                   (exit 4)
    └── InputError       what was given cannot be used                           (exit 3)
        ├── SourceError      not a video, empty, damaged, no picture in it
        ├── ModelError       the pose model is missing, damaged or not a pose model
        ├── HistoryError     the history of past sessions cannot be opened or written
        └── NoPersonError    the video is fine, but nobody was seen in it

Only the command line turns these into text and an exit code.
"""

from __future__ import annotations

from typing import ClassVar


class FormcheckError(Exception):
    """A failure that the user can do something about.

    Parameters
    ----------
    message
        What failed and what was found, in one line.
    hint
        What to do next, in one line.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FormcheckError):
    """The caller asked for something that does not exist or does not fit together."""

    exit_code = 2


class OutputError(UsageError):
    """The results cannot be written where they were asked for."""


class DisplayError(UsageError):
    """A window was asked for where none can be opened."""


class NoRepetitionError(FormcheckError):
    """The exercise was to be told from the movement, and there was no repetition of any."""

    exit_code = 4


class InputError(FormcheckError):
    """What was given cannot be used."""

    exit_code = 3


class SourceError(InputError):
    """The source is not a video, or is empty or damaged."""


class ModelError(InputError):
    """The pose model is missing, damaged or not a pose model."""


class HistoryError(InputError):
    """The history of past sessions cannot be opened, read or written."""


class NoPersonError(InputError):
    """The video is fine, but nobody was seen in it."""
