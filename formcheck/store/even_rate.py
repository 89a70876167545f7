"""Converts poses to a fixed rate, for file formats such as C3D that have a rate but no times.

A *look* is one run of the pose model on a frame. There are more looks during a movement than at
rest, so their times are not evenly spaced. :class:`EvenRows` gives each look its own row in a table
with a fixed rate. The rows between two looks are interpolated, and ``looked_at`` says which rows
are looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.data.arrays import BoolArray, FloatArray, percentile_of
from formcheck.motion.analyzer import LONGEST_GAP_S

SHORT_STEP_PCT = 5.0
"""The rate is calculated from this percentile of the times between two looks. The shortest time is
not used, because with an irregular camera a few are too short. Our choice."""


@dataclass(frozen=True)
class EvenRows:
    """The rows of the looks in a table with a fixed rate.

    Attributes
    ----------
    rate_hz
        Rows a second; 0 if it is not known.
    t_s
        Times of the N looks.
    places
        The row of each look: the one nearest to its time. The first is row 0, and no two looks
        have the same row.
    """

    rate_hz: float
    t_s: FloatArray
    places: npt.NDArray[np.int64]

    @classmethod
    def of(cls, t_s: FloatArray, film_hz: float | None) -> EvenRows:
        """Find a rate at which each look has its own row.

        It starts at the rate of the closest looks, and is doubled until no two looks share a row.

        Parameters
        ----------
        t_s
            Times of the looks, increasing; shape (N,).
        film_hz
            Median rate of the film; ``None`` when it is not known. The pose model looks at every
            n-th frame, so the rate starts at ``film_hz`` divided by a whole number.
        """
        if len(t_s) < 2:
            return cls(film_hz or 0.0, t_s, np.zeros(len(t_s), dtype=np.int64))
        step_s = percentile_of(np.diff(t_s), SHORT_STEP_PCT)
        rate_hz = film_hz / max(1, round(film_hz * step_s)) if film_hz else 1.0 / step_s
        while (np.diff(places := _places(t_s, rate_hz)) < 1).any():
            rate_hz *= 2.0
        return cls(rate_hz, t_s, places)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.places[-1]) + 1 if len(self.places) else 0

    @property
    def looked_at(self) -> BoolArray:
        """Which rows are looks, shape (rows,)."""
        looked = np.zeros(len(self), dtype=bool)
        looked[self.places] = True
        return looked

    @property
    def row_t_s(self) -> FloatArray:
        """Time of each row, shape (rows,): for a look its true time, else the time by the rate."""
        if len(self.t_s) < 2:
            return self.t_s
        t_s: FloatArray = self.t_s[0] + np.arange(len(self)) / self.rate_hz
        t_s[self.places] = self.t_s
        return t_s

    def filled(self, values: FloatArray) -> FloatArray:
        """Interpolate values of looks linearly to every row.

        Parameters
        ----------
        values
            Shape (N, ...). NaN stays, and makes the rows beside it NaN up to the next look. So does
            a step between looks that is longer than
            :data:`~formcheck.motion.analyzer.LONGEST_GAP_S`: nothing is known of that time.

        Returns
        -------
        Shape (rows, ...).
        """
        rows = np.arange(len(self))
        after = np.searchsorted(self.places, rows)
        before = np.where(self.looked_at, after, after - 1)
        lasts_s = self.t_s[after] - self.t_s[before]
        since_s = self.row_t_s - self.t_s[before]
        share = np.divide(since_s, lasts_s, out=np.zeros(len(self)), where=lasts_s > 0)
        share[lasts_s > LONGEST_GAP_S] = np.nan
        share = share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1.0 - share) * values[before] + share * values[after])


def _places(t_s: FloatArray, rate_hz: float) -> npt.NDArray[np.int64]:
    return np.asarray(np.rint((t_s - t_s[0]) * rate_hz).astype(np.int64))
