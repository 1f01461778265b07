"""The kit finds what is wrong, and says which rule is broken and at which step."""

import pytest
from faults import PLANTED
from scenes import SECRETS

from volant.testing.kit_cast import Cast
from volant.testing.kit_life import play
from volant.testing.kit_plan import Plan
from volant.testing.kit_rules import violations


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_named(name, tmp_path):
    planted = PLANTED[name]
    cast = Cast(
        build=planted.build, work=planted.work, service=planted.service, launchers=lambda _: {}, root=tmp_path,
        older=planted.older, secrets=SECRETS,
    )  # fmt: skip

    calm = play(cast, Plan())
    lives = [calm if plan.is_calm else play(cast, plan) for plan in planted.scenario(calm)]
    told = [str(each) for life in lives for each in violations(life, calm)]

    found = [text for text in told if text.startswith(f"rule {planted.rule} (")]
    assert [text for text in found if planted.seen in text and planted.step in text.rpartition("at step: ")[2]], told


def test_there_are_more_than_twenty_of_them():
    assert len(PLANTED) > 20
