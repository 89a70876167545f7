"""Draws the annotated film of a finished session, and finds the films that belong to a session.

The annotated film shows joints and angles over the original frames. It is drawn after measuring, or
again later, from the session, its saved poses and the original film. The original is the film that
was analyzed or, for a live session, the film that was recorded from the camera ("raw film").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from formcheck.data.arrays import ImageArray
from formcheck.data.errors import OutputError, SourceError, UsageError
from formcheck.data.file_names import printable
from formcheck.data.frame import Frame, FrameSource, Progress
from formcheck.data.keypoints import PoseSample
from formcheck.data.plain_file import sha256_of
from formcheck.data.session import Session
from formcheck.screen.annotated_film import MOST_HZ, PoseTrack, draw_film
from formcheck.screen.draw import draw
from formcheck.store import schema1, session_file
from formcheck.store.journal import RAW_NAME, TEMPORARY_PREFIX
from formcheck.store.poses_file import POSES_NAME, read_poses
from formcheck.store.result_files import VIDEO_NAME, OpenSession, add_film
from formcheck.video.film import VideoSource

TO_DRAW_NAME = "to_draw.mp4"
"""Name of the raw film of a live session that is deleted after the annotated film is drawn."""


def draw_beside(
    folder: Path,
    session: Session,
    poses: Sequence[PoseSample],
    source: FrameSource,
    progress: Progress | None = None,
    most_hz: float = MOST_HZ,
) -> Path:
    """Draw the annotated film of a finished session into its folder, and link it from the report.

    Until the film is complete, the folder looks like a finished session without a film.

    Parameters
    ----------
    folder
        Folder of the session.
    session, poses
        The session, and the poses it was measured from.
    source
        The frames of the original film; it is not closed.
    progress
        Called after each frame.
    most_hz
        Largest frame rate of the annotated film.

    Returns
    -------
    Path
        The annotated film.

    Raises
    ------
    SourceError, OutputError
        The frames cannot be read, or the film cannot be written. The session is unchanged.
    """
    try:
        add_film(
            folder,
            lambda path: draw_film(
                session, poses, source, path, progress=progress, most_hz=most_hz
            ),
        )
    except (SourceError, OutputError) as error:
        raise type(error)(
            f"the annotated film could not be drawn: {error.message}",
            hint=f"Session, tables and page are saved. {error.hint}".strip(),
        ) from error
    return folder / VIDEO_NAME


def draw_again(folder: Path, film: Path, progress: Progress | None = None) -> Path:
    """Draw the annotated film of a saved session again, from its saved poses.

    Parameters
    ----------
    folder
        Folder of the session.
    film
        The original film: the one that was analyzed, or the raw film of a camera.
    progress
        Called after each frame.

    Raises
    ------
    UsageError
        It is another film, or the session was not measured from a film.
    SourceError, OutputError
        As for :func:`draw_beside`; or the poses were not kept.
    """
    session = session_file.load(folder)
    with _opened_original(folder, session, film) as (frames, poses):
        return draw_beside(folder, session, poses, frames, progress)


@contextmanager
def drawn_film(
    opened: OpenSession, film: Path | None = None, from_s: float = 0.0
) -> Iterator[tuple[FrameSource, Callable[[Frame], ImageArray]]]:
    """Open the frames of a saved session, with a function that returns a frame with its drawing.

    Parameters
    ----------
    opened
        The session.
    film
        The original film, over which joints and angles are drawn; if ``None``, the annotated film
        in the folder of the session is used.
    from_s
        The first time that is needed; the frames may start earlier.

    Yields
    ------
    tuple
        The frames, and the function that returns the image of a frame with the drawing.

    Raises
    ------
    UsageError
        The film is not the one that was analyzed, or the session has no film.
    SourceError
        The film cannot be read, or the poses were not saved.
    """
    if film is not None:
        with _opened_original(opened.folder, opened.session, film) as (frames, poses):
            track = PoseTrack(poses)
            yield frames, lambda frame: draw(frame.image, track.state(opened.session, frame.t_s))
    elif opened.film is not None:
        with VideoSource(opened.film, from_s=from_s) as frames:
            yield frames, lambda frame: frame.image
    else:
        raise SourceError(
            f"session {printable(opened.folder.resolve().name)} has no annotated film",
            hint=f"Give the original film; it was called {opened.session.source.name}.",
        )


def is_film_of(folder: Path, session: Session, film: Path) -> bool:
    """Whether this film is the one that the session was measured from.

    For a camera, that is the raw film in the session's folder. A film is compared by its checksum;
    if the session has none, any film is accepted, because nothing is known of the right one.
    """
    source = session.source
    if source.kind == "poses":
        return False
    if source.kind == "camera":
        return _is_raw_film_of(folder, film)
    return source.sha256 is None or sha256_of(film) == source.sha256


@contextmanager
def _opened_original(
    folder: Path, session: Session, film: Path
) -> Iterator[tuple[VideoSource, Sequence[PoseSample]]]:
    """Open the original film of a session, upright, with the saved poses; checks that it is it."""
    source = session.source
    if source.kind == "poses":
        raise UsageError(
            f"the session was measured from poses ({source.name}), so it has no film",
            hint="Leave out the film: the report and tables can be made again without one.",
        )
    _require_poses(folder, session)
    if not is_film_of(folder, session, film):
        raise _wrong_film_error(session, film)
    poses = read_poses(folder / POSES_NAME)
    # The raw film of a camera is upright and not mirrored.
    as_filmed = source.kind != "camera"
    with VideoSource(
        film,
        slow_motion=source.slow_motion,
        mirrored=source.mirrored and as_filmed,
        turn_deg=source.turn_deg if as_filmed else 0,
    ) as frames:
        yield frames, poses


def _wrong_film_error(session: Session, film: Path) -> UsageError:
    name = printable(film.name)
    if session.source.kind == "camera":
        return UsageError(
            f"the session was measured from a camera, and '{name}' is not its film",
            hint=f"Give {RAW_NAME} from its folder, if the camera's film was kept there.",
        )
    return UsageError(
        f"'{name}' is not the film that this session was measured from",
        hint=f"Give the original file, unchanged; it was called {session.source.name}.",
    )


def _require_poses(folder: Path, session: Session) -> None:
    """Raise ``SourceError`` with the reason if the session has no saved poses."""
    if (folder / POSES_NAME).is_file():
        return
    version = session.provenance.version
    why = "the poses of this session were not kept"
    if version.startswith(schema1.VERSIONS):
        why = f"formcheck {version}, which measured this session, did not keep poses"
    raise SourceError(
        f"the annotated film cannot be drawn: {why} (there is no {POSES_NAME})",
        hint="Analyze the film again: this makes the annotated film, too.",
    )


def _is_raw_film_of(folder: Path, film: Path) -> bool:
    raw = folder / RAW_NAME
    return raw.is_file() and film.is_file() and raw.samefile(film)


def raw_left(folder: Path) -> Path | None:
    """Find the raw film of a live session whose process was killed.

    At most the last second of the film is missing. A raw film that the user did not want to keep is
    deleted together with the journal, so the annotated film must be drawn before.

    A session has only one of the two names: the one of a film to draw from, or that of a film to
    keep. While a film is written, its name begins with a dot and ends in ``.partial``, so after a
    kill it usually still does.

    Returns
    -------
    Path or None
        ``None`` if there is no film, or if it cannot be played.
    """
    places = (folder, *sorted(folder.glob(f"{TEMPORARY_PREFIX}*")))
    for place in places:
        for name in (TO_DRAW_NAME, RAW_NAME):
            for path in (place / name, place / f".{name}.partial"):
                if path.is_file() and not path.is_symlink() and _can_be_played(path):
                    return path
    return None


def poses_left(folder: Path) -> Path | None:
    """Find the saved poses of a live session whose process was killed; ``None`` if there are none.

    Like the raw film, they are deleted together with the journal, unless the user wants to keep
    them.
    """
    places = (folder, *sorted(folder.glob(f"{TEMPORARY_PREFIX}*")))
    paths = (place / POSES_NAME for place in places)
    return next((path for path in paths if path.is_file() and not path.is_symlink()), None)


def _can_be_played(path: Path) -> bool:
    try:
        VideoSource(path).close()
    except SourceError:
        return False
    return True
