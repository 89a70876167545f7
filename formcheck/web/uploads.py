"""Receive the upload of a film: check size and disk space, and write it to a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from formcheck.data.errors import OutputError, UsageError
from formcheck.data.file_names import printable
from formcheck.store.disk_space import LEAST_FREE_BYTES, free_bytes
from formcheck.store.whole_file import output_error

LARGEST_BYTES = 4_000_000_000
"""Our choice: over an hour of a phone's film in full high definition."""
LONGEST_NAME = 120
_CHECK_EVERY_BYTES = 64_000_000
_REMOVE_KEPT = (
    " Films in the list that were not measured take {mb:.0f} MB: remove them from the list."
)
_INCOMPLETE = "the upload of the film was interrupted"

FreeBytes = Callable[[Path], int]


def shown_name(name: str) -> str:
    """Return a film's name as sent by a browser in a form that can be shown; not used in a path."""
    last = printable(name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    return (last or "film")[-LONGEST_NAME:]


def require_room(
    size_bytes: int, folder: Path, free: FreeBytes = free_bytes, kept_bytes: int = 0
) -> None:
    """Require that a film of this size can be received.

    ``kept_bytes`` is the size of films that are kept because measuring failed; if the disk is too
    full, the hint says so.

    Raises
    ------
    UsageError
        The film is empty or larger than ``LARGEST_BYTES``.
    OutputError
        The disk would be too full.
    """
    if size_bytes <= 0:
        raise UsageError(
            "the film is empty (0 bytes)", hint="Copy the film again, or record it again."
        )
    if size_bytes > LARGEST_BYTES:
        raise UsageError(
            f"the film is larger than {LARGEST_BYTES / 1e9:.0f} GB",
            hint="Cut it down to the set, or measure it on the command line.",
        )
    if free(folder) - size_bytes < LEAST_FREE_BYTES:
        raise OutputError(
            "the disk is too full for this film",
            hint=f"Free some disk space: {LEAST_FREE_BYTES / 1e9:.0f} GB must stay free."
            + (_REMOVE_KEPT.format(mb=kept_bytes / 1e6) if kept_bytes else ""),
        )


async def receive(
    chunks: AsyncIterator[bytes],
    path: Path,
    size_bytes: int,
    took: Callable[[int], None],
    free: FreeBytes = free_bytes,
) -> None:
    """Write an upload to a file.

    Parameters
    ----------
    chunks
        The film, in parts as they arrive.
    path
        The file; it is removed if the upload is not completed.
    size_bytes
        Size of the film that the page announced.
    took
        Called with the number of bytes received so far.
    free
        Returns the free disk space of a folder.

    Raises
    ------
    UsageError
        The size is not as announced, or the page was closed.
    OutputError
        The file cannot be written, or the disk gets full.
    """
    done = checked = 0
    try:
        with path.open("wb") as file:
            path.chmod(0o600)
            async for chunk in chunks:
                done += len(chunk)
                _require_size(done <= size_bytes, "the film changed while it was sent")
                if done - checked > _CHECK_EVERY_BYTES:
                    checked = done
                    require_room(size_bytes - done + 1, path.parent, free)
                await run_in_threadpool(file.write, chunk)
                took(done)
        _require_size(done == size_bytes, _INCOMPLETE)
    except ClientDisconnect as gone:
        path.unlink(missing_ok=True)
        raise UsageError(_INCOMPLETE, hint="Choose the film again.") from gone
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _without_path(output_error(path, error)) from error
    except (UsageError, OutputError):
        path.unlink(missing_ok=True)
        raise


def _require_size(fits: bool, otherwise: str) -> None:
    if not fits:
        raise UsageError(otherwise, hint="Choose the film again.")


def _without_path(error: OutputError) -> OutputError:
    """Return the error without the path, which means nothing to the user of a browser."""
    reason = error.message.rpartition(": ")[2]
    return OutputError(f"the film could not be saved: {reason}", hint=error.hint)
