"""Check whether the person does the exercise that the user named, and add a note if not.

The recogniser (:mod:`formcheck.motion.recognition`) runs beside the analyzer. The exercise that was
named is measured in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.exercise import Exercise, LookAlike
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Note
from formcheck.motion.assemble import JUDGED_ALIKE, either_of, percent
from formcheck.motion.light import UNKNOWN_LIGHT, Light
from formcheck.motion.recognition import Recognition, Recognizer, with_article


class LookCheck:
    """Takes the poses of a session in order; says at the end if they show another exercise.

    Parameters
    ----------
    named
        The exercise that the user named; one that cannot be recognised is not checked.
    exercises, look_alikes
        What it may be instead: exercises, and movements that could be taken for one.
    """

    def __init__(
        self, named: Exercise, exercises: Sequence[Exercise], look_alikes: Sequence[LookAlike]
    ) -> None:
        self._named = named
        self._recognizer = Recognizer(exercises, look_alikes)
        self._found: Recognition | None = None

    def update(self, sample: PoseSample, light: Light = UNKNOWN_LIGHT) -> None:
        """Take one pose; times must increase. ``light`` is that of the film so far."""
        if self._found is None and self._named.recognised_by:
            self._found = self._recognizer.update(sample, light)

    def notes(self) -> tuple[Note, ...]:
        """Return one note if it looks like something other than the named exercise, else none.

        When the view cannot tell the named exercise from another one, there is a note only if the
        other one is likelier.
        """
        if not self._named.recognised_by:
            return ()
        found = self._found or self._recognizer.finish()
        named = with_article(self._named.title)
        if found.looks_like in (None, named):
            return ()
        text = f"This looks like {either_of(found)}. It was measured as {named}."
        if named in found.either:
            likelier = percent(found.looks_like_probability)
            text = (
                f"This looks more like {found.looks_like} ({likelier}). It was measured as "
                f"{named}; {JUDGED_ALIKE}."
            )
        return (Note(kind="looks_like", text=text),)
