"""The command ``report``: writes the report of a saved session again, or a clip of a repetition.

If a live session was interrupted by a crash, it is finished first.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.cli import DONE, NO_REPETITION
from formcheck.cli.analyze_command import progress_bar
from formcheck.cli.history_command import add_to_history
from formcheck.cli.lines import escaped, say
from formcheck.data.errors import SourceError
from formcheck.data.numbers import count_words
from formcheck.report.formats import letters_lacking, render
from formcheck.store.journal import HistoryTarget
from formcheck.store.result_files import FILE_OF, MADE_AT_THE_END, open_session, write_report
from formcheck.store.results_folder import sweep_inside
from formcheck.store.session_file import FILE_NAME
from formcheck.store.unfinished import finish

if TYPE_CHECKING:
    from formcheck.data.session import Session


def report_session(
    session: Path,
    *,
    file_format: str,
    name: str,
    notes: str,
    out: Path | None,
    film: Path | None,
    as_json: bool,
) -> int:
    """Write the report, print its path, and return the exit code.

    A live session that was interrupted is finished first and added to its history. The exit code is
    then 4 if it has no repetition.

    Parameters
    ----------
    session
        The folder of a session, or its ``session.json``.
    file_format
        ``html``, ``pdf``, ``md``, ``csv`` or ``json``.
    name, notes
        The person's name and remarks to show in the report.
    out
        The file to write.
    film
        The original film, to draw the annotated film again.
    as_json
        Print the report's data and write nothing.

    Raises
    ------
    FormcheckError
        The session cannot be read or the report cannot be written.
    """
    folder = session.parent if session.name == FILE_NAME else session
    sweep_inside(folder)
    with progress_bar(at_once=False) as stages:
        cut_short = finish(session, partial(_add_to_named_history, folder), stages.drawing)
        if film is not None:
            from formcheck.store.kept_film import draw_again

            draw_again(folder, film, stages.drawing)
    saved = open_session(session)
    count = len(saved.session.reps)
    if cut_short:
        recovered = count_words(count, saved.session.exercise.effort)
        say("this session had been interrupted", f"Recovered {recovered}")
    if as_json:
        data = render(saved.session, "json", saved.stills, name=name, notes=notes)
        sys.stdout.write(data.decode())
    else:
        path = saved.folder / FILE_OF[file_format]
        just_made = (
            cut_short and out is None and file_format in MADE_AT_THE_END and not (name or notes)
        )
        if not just_made:  # it is not written twice: the disk may be full
            path = write_report(saved, file_format, out, name=name, notes=notes)
        sys.stdout.write(f"{escaped(str(path))}\n")
        lacking = letters_lacking(saved.session, file_format, name=name, notes=notes)
        if lacking:
            say(
                f"the PDF shows ? for characters that its typeface lacks: {' '.join(lacking)}",
                "The page (--format html) shows them",
            )
    return NO_REPETITION if cut_short and not count else DONE


def write_clip_of(
    session: Path, which: str, *, out: Path | None, film: Path | None, slow: float
) -> int:
    """Write the film of one repetition, print its path, and return the exit code.

    Parameters
    ----------
    session
        The folder of a session, or its ``session.json``.
    which
        The repetition: its number, ``best``, ``worst`` or ``typical``.
    out
        The file to write; by default, in the folder of the session.
    film
        The original film; by default, the annotated film is used.
    slow
        How many times slower the clip is than the movement.

    Raises
    ------
    FormcheckError
        The session or the film cannot be used, or the clip cannot be written.
    """
    from formcheck.app.clips import require_mp4, write_clip
    from formcheck.app.pairing import NamedSession, find_rep

    saved = open_session(session)
    rep = find_rep(NamedSession(saved.session, saved.folder.resolve().name), which)
    path = saved.folder / f"rep_{rep.index:02d}.mp4" if out is None else out
    require_mp4(path)
    with progress_bar(at_once=False) as stages:
        try:
            write_clip(saved, rep, path, film=film, slow=slow, progress=stages.drawing)
        except SourceError as error:
            error.hint = f"{error.hint.rstrip('.')} (--video)."
            raise
    sys.stdout.write(f"{escaped(str(path))}\n")
    return DONE


def _add_to_named_history(folder: Path, session: Session, history_target: HistoryTarget) -> None:
    """Add a session to the history named in its journal, unless that file does not exist."""
    if history_target.db is not None and not history_target.db.is_file():
        say(
            f"not added to the history: there is no file {history_target.db}",
            "Use `formcheck history add` to add it to another history",
        )
        return
    line = add_to_history(
        session, None, person=history_target.person, db=history_target.db, folder=folder
    )
    if line is not None:
        say(line)
