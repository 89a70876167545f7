"""The errors that formcheck raises on purpose, each with a message and a hint for the user.

::

    FormcheckError
    ├── UsageError       the caller asked for something that does not exist
    │   ├── OutputError  the results cannot be written where they were asked for
    │   └── DisplayError a window was asked for where none can be opened
    ├── NoRepetitionError  no exercise was named, and no repetition of any was found
    └── InputError       the input cannot be used
        ├── SourceError      not a video, empty, damaged, without a frame
        ├── ModelError       the pose model is missing, damaged or not a pose model
        ├── HistoryError     the history of past sessions cannot be opened or written
        └── NoPersonError    the video is fine, but nobody was seen in it

Only the commands (``formcheck/cli``) print them.
"""

from __future__ import annotations

from collections.abc import Sequence


class FormcheckError(Exception):
    """A failure that the user can do something about.

    Parameters
    ----------
    message
        What failed and what was found, in one line.
    hint
        What to do next, in one line.
    options
        Names of the options that can change it, as declared in :mod:`formcheck.app.options`; the
        command line adds how they are written.
    command
        The command that helps, as in ``doctor``; only the command line names it.
    """

    def __init__(
        self, message: str, *, hint: str = "", options: Sequence[str] = (), command: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.options = tuple(options)
        self.command = command


class UsageError(FormcheckError):
    """The caller asked for something that does not exist or does not fit together."""


class OutputError(UsageError):
    """The results cannot be written where they were asked for."""


class DisplayError(UsageError):
    """A window was asked for where none can be opened."""


class NoRepetitionError(FormcheckError):
    """No exercise was named, and no repetition of any exercise was found."""


class InputError(FormcheckError):
    """The input cannot be used."""


class SourceError(InputError):
    """The source is not a video, or is empty or damaged."""


class ModelError(InputError):
    """The pose model is missing, damaged or not a pose model."""


class HistoryError(InputError):
    """The history of past sessions cannot be opened, read or written."""


class NoPersonError(InputError):
    """The video is fine, but nobody was seen in it."""
