"""Arithmetic on few numbers, as numpy does it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formcheck.data.arrays import median_of, medians_of, percentile_of, share_of


@pytest.mark.parametrize("count", [1, 2, 3, 10, 301])
@pytest.mark.parametrize("pct", [0, 5, 33, 50, 90, 100])
def test_a_percentile_is_that_of_numpy_to_the_last_digit(count: int, pct: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert percentile_of(values, pct) == float(np.percentile(values, pct))


def test_a_percentile_of_nothing_or_of_what_is_unknown_is_unknown() -> None:
    assert math.isnan(percentile_of(np.array([]), 50))
    assert math.isnan(percentile_of(np.array([1.0, math.nan, 2.0]), 5))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 301])
def test_a_median_is_that_of_numpy_to_the_last_digit(count: int) -> None:
    values = np.random.default_rng(count).normal(size=(count, 5, 2))
    assert median_of(values[:, 0, 0]) == float(np.median(values[:, 0, 0]))
    assert median_of(values[:, 0, 0].tolist()) == float(np.median(values[:, 0, 0]))
    np.testing.assert_array_equal(medians_of(values), np.median(values, axis=0))


def test_a_median_with_an_unknown_number_is_unknown_and_so_is_that_of_none() -> None:
    assert math.isnan(median_of(np.array([])))
    assert math.isnan(median_of(np.array([1.0, math.nan, 2.0])))
    some_unknown = np.array([[1.0, 1.0], [math.nan, 2.0], [3.0, 3.0]])
    np.testing.assert_array_equal(medians_of(some_unknown), [math.nan, 2.0])


@pytest.mark.parametrize("which", [[True], [False, True, True], [False] * 7])
def test_a_share_is_the_mean(which: list[bool]) -> None:
    assert share_of(np.array(which)) == np.array(which).mean()


def test_the_share_of_none_is_none() -> None:
    assert share_of(np.array([], dtype=bool)) == 0.0
