"""Arithmetic on few numbers, as numpy does it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.data.arrays import percentile_of


@pytest.mark.parametrize("count", [1, 2, 3, 10, 301])
@pytest.mark.parametrize("pct", [0, 5, 33, 50, 90, 100])
def test_a_percentile_is_that_of_numpy_to_the_last_digit(count: int, pct: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert percentile_of(values, pct) == float(np.percentile(values, pct))


def test_a_percentile_of_nothing_or_of_what_is_unknown_is_unknown() -> None:
    assert math.isnan(percentile_of(np.array([]), 50))
    assert math.isnan(percentile_of(np.array([1.0, math.nan, 2.0]), 5))
