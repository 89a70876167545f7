"""What is done at one's own pace between exercises: counted by a tap or a key, and not measured."""

from __future__ import annotations

from formcheck.data.exercise import SelfPaced

STAIRS = SelfPaced(
    id="stairs",
    title="Stairs",
    lasts_s=60.0,
    set_up=(
        "Stairs or stadium steps with a rail, dry and well lit.",
        "Up and down is one time.",
    ),
)

SELF_PACED = (STAIRS,)
