"""What the README promises is what the checks run and what the samples hold."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from formcheck.data.settings import Settings, settings_from

CLIPS = (
    "single_leg_squat_front_both",
    "single_leg_squat_oblique",
    "squat_front",
    "step_down_front_left",
    "step_down_side_left",
)


def commands_in(text: str) -> list[str]:
    return re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)


def test_the_checks_run_the_readmes_own_test_command(root: Path) -> None:
    app, analyze, test = commands_in((root / "README.md").read_text("utf-8"))
    assert app == "python3 -m venv .venv"
    assert test in (root / ".ci" / "run").read_text("utf-8").splitlines()
    sample = re.search(r"sample_videos/\S+", analyze)
    assert sample is not None
    assert (root / sample.group()).is_file()


def test_every_link_within_the_readme_leads_somewhere(root: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (root / "README.md").read_text("utf-8"))
    missing = {target for target in targets if not (root / target).exists()}
    assert targets
    assert missing == set()


def test_the_documented_settings_are_the_true_ones(root: Path) -> None:
    page = (root / "docs" / "command-line.md").read_text("utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    documented = tomllib.loads(example)
    settings = settings_from(documented)
    assert documented.keys() == settings.as_dict().keys()
    # TOML has no word for "none": these two stand there as examples.
    assert msgspec.structs.replace(settings, bands={}, tempo=None) == Settings()


def test_the_samples_are_complete(sample_videos: Path) -> None:
    assert sorted(path.stem for path in sample_videos.glob("*.mp4")) == list(CLIPS)
    described = (sample_videos / "README.md").read_text("utf-8")
    for clip in CLIPS:
        assert f"`{clip}.mp4`" in described


@pytest.mark.parametrize("clip", CLIPS)
def test_each_truth_file_belongs_to_its_clip(clip: str, sample_videos: Path) -> None:
    truth = json.loads((sample_videos / f"{clip}.truth.json").read_text("utf-8"))
    assert truth["clip"] == f"{clip}.mp4"
    assert len(truth["keypoints_px"]["t_s"]) == truth["frames"]
    assert all(rep["stance"] in {"left", "right", "both"} for rep in truth["reps"])
