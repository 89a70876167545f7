from __future__ import annotations

import pytest
from report_reading import plain
from session_examples import GAP, KNEE, LEAN, TEMPO

from formcheck.data.numbers import (
    MINUS,
    decimals_for,
    good_of,
    limit_text,
    measured,
    number,
    shown_difference,
    unit_after,
)

DESCENT = TEMPO[0]


def test_numbers_have_a_true_minus_and_no_minus_zero() -> None:
    assert number(-3.14159, 1) == f"{MINUS}3.1"
    assert number(-0.04, 1) == "0.0"
    assert number(2.0, 1, signed=True) == "+2.0"
    assert number(0.04, 1, signed=True) == "0.0"


def test_a_measurement_is_written_with_its_error_and_unit() -> None:
    assert plain(measured(11.53, KNEE, 2.13)) == "+11.5 ± 2.1°", "a change has its sign"
    assert plain(measured(-3.0, LEAN, 1.0)) == "-3.0 ± 1.0°"
    assert plain(measured(0.914, GAP, 0.05)) == "0.91 ± 0.05"
    assert plain(measured(2.55, DESCENT)) == "2.5 s"
    assert plain(measured(None, KNEE)) == "-"
    assert plain(measured(4.04, KNEE, decimals=1, signed=False)) == "4.0°"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.96, "1.96 s"), (1.999, "1.999 s"), (2.04, "2.0 s"), (0.97, "0.97 s"), (1.0, "1.0 s")],
)
def test_rounding_moves_no_number_across_a_limit(value: float, shown: str) -> None:
    assert plain(measured(value, DESCENT)) == shown


def test_no_error_is_shown_as_zero() -> None:
    assert plain(measured(2.6, DESCENT, 0.03)) == "2.6 ± 0.03 s"
    assert plain(measured(2.6, DESCENT, 0.0)) == "2.6 ± 0.0 s"
    assert decimals_for(2.6, DESCENT) == 1


def test_errors_below_each_other_have_the_same_decimals() -> None:
    close, clear = (plain(measured(value, DESCENT, 0.24)) for value in (1.96, 2.6))
    assert (close, clear) == ("1.96 ± 0.2 s", "2.6 ± 0.2 s")


def test_a_difference_is_that_of_the_rounded_numbers() -> None:
    assert shown_difference(1.04, 2.06, (1, 1)) == 1.1
    assert shown_difference(2.06, 1.04, (1, 1)) == -1.1


def test_units_and_limits() -> None:
    assert plain(f"8{unit_after('°')} 8{unit_after('%')} 8{unit_after('')}") == "8° 8 % 8"
    assert [limit_text(value) for value in (8.0, 0.9, 0.75, 1.75)] == ["8", "0.9", "0.75", "1.75"]


def test_none_judged_is_not_none_good() -> None:
    assert [good_of(2, 4), good_of(0, 4), good_of(0, 0)] == ["2 of 4", "0 of 4", "not judged"]
