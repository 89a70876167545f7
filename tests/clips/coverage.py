"""How many errors lie within the stated ones, and how sure that is with so few people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.data.arrays import BoolArray

DRAWS = 2000
INTERVAL_PCT = (5.0, 95.0)
SEED = 14


@dataclass(frozen=True)
class Share:
    """A share in per cent, with the 90 % interval over people; the ends are NaN for one person."""

    pct: float
    low_pct: float
    high_pct: float


def share_of(inside: BoolArray, people: Sequence[str]) -> Share:
    """Give the share of ``inside`` that is true, with its interval by bootstrap over people.

    The errors of one person are alike, so it is people that are drawn, with all their repetitions,
    not repetitions. The draws are the same at every run.

    Parameters
    ----------
    inside
        Shape (N,), N at least 1.
    people
        N names: whose repetition it is.
    """
    names, index = np.unique(np.asarray(people), return_inverse=True)
    hits = np.bincount(index, weights=inside.astype(float))
    counts = np.bincount(index)
    pct = 100.0 * float(hits.sum() / counts.sum())
    if len(names) < 2:
        return Share(pct, float("nan"), float("nan"))
    drawn = np.random.default_rng(SEED).integers(len(names), size=(DRAWS, len(names)))
    shares = 100.0 * hits[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(shares, INTERVAL_PCT)
    return Share(pct, float(low), float(high))
