"""Settings: what is taken, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.data.errors import UsageError
from formcheck.data.settings import BandSettings, Settings, load_settings, settings_from


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "cutoff_hz = 5\n[bands.trunk_lean_deg]\ngood = [-4, 4]\nwatch = [-8, inf]\n",
        encoding="utf-8",
    )
    settings = load_settings(path)
    assert settings.cutoff_hz == 5.0
    assert settings.bands["trunk_lean_deg"] == BandSettings((-4.0, 4.0), (-8.0, float("inf")))
    assert settings.max_gap_s == Settings().max_gap_s


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"cutof_hz": 5}, "there is no setting 'cutof_hz'"),
        ({"cutoff_hz": "5"}, "cutoff_hz: expected `float`, got `str`"),
        ({"cutoff_hz": True}, "expected `float`, got `bool`"),
        ({"cutoff_hz": -1}, "expected `float` >= 0.0"),
        ({"cutoff_hz": float("nan")}, "expected `float` >= 0.0"),
        ({"cutoff_hz": 10**5000}, "out of range"),
        ({"cutoff_hz": "x" * 5000}, "expected `float`"),
        ({"bands": 3}, "bands: expected `object`, got `int`"),
        ({"bands": {"kasr": {"good": [0, 10**400], "watch": [0, 1]}}}, "out of range"),
        ({"bands": {"kasr": {"good": [0, 1]}}}, "missing required field `watch`"),
        ({"bands": {"kasr": {"good": [0, 1, 2], "watch": [0, 1]}}}, "length 2"),
        ({"bands": {"kasr": {"good": [0, 5], "watch": [1, 4]}}}, "must contain"),
        ({"bands": {"kasr": {"good": [0, float("nan")], "watch": [0, 4]}}}, "must contain"),
    ],
)
def test_what_does_not_fit_is_refused(data: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        settings_from(data)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        load_settings(tmp_path / "none.toml")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("knee_limit = 3", encoding="utf-8")
    with pytest.raises(UsageError, match=r"wrong\.toml: there is no setting 'knee_limit'"):
        load_settings(wrong)
    broken = tmp_path / "broken.toml"
    broken.write_text("a = = b", encoding="utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_settings(broken)


def test_lists_within_lists_without_end_are_refused(tmp_path: Path) -> None:
    deep = tmp_path / "deep.toml"
    deep.write_text(f"bands = {'[' * 5000}", encoding="utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_settings(deep)
