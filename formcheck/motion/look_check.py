"""Whether a movement looks like the exercise that was named."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.data.exercise import Exercise, LookAlike
from formcheck.data.keypoints import PoseSample
from formcheck.data.session import Note
from formcheck.motion.assemble import JUDGED_ALIKE, either_of, percent
from formcheck.motion.light import UNKNOWN_LIGHT, Light
from formcheck.motion.recognition import Recognition, Recognizer, with_article


class LookCheck:
    """Takes one pose after the other, and says at the end if it looks like something else.

    Used for one session. Times must increase.

    Parameters
    ----------
    named
        The exercise it is measured as; one that is never recognised is not questioned.
    exercises, look_alikes
        What it may look like.
    """

    def __init__(
        self, named: Exercise, exercises: Sequence[Exercise], look_alikes: Sequence[LookAlike]
    ) -> None:
        self._named = named
        self._recognizer = Recognizer(exercises, look_alikes)
        self._found: Recognition | None = None

    def update(self, sample: PoseSample, light: Light = UNKNOWN_LIGHT) -> None:
        """Take one pose; ``light`` is that of the film so far."""
        if self._found is None and self._named.recognised_by:
            self._found = self._recognizer.update(sample, light)

    def notes(self) -> tuple[Note, ...]:
        """Say once what it looks like, if that is not the exercise that was named.

        Where the view does not tell it from another one, only if that is the likelier.
        """
        if not self._named.recognised_by:
            return ()
        found = self._found or self._recognizer.finish()
        named = with_article(self._named.title)
        if found.looks_like in (None, named):
            return ()
        text = f"This looks like {either_of(found)}. It was measured as {named}"
        if named in found.either:
            less = percent(found.or_else_probability)
            text += f", the less likely one ({less}); {JUDGED_ALIKE}"
        text += "."
        return (Note(kind="looks_like", text=text),)
