"""Plans made by the planner's parts are not faulted, and each way to break them is found in them too."""

from functools import cache
from pathlib import Path
from random import Random

import pytest

from handover.engagement import Engagement
from handover.intake import read
from handover.plan import Plan
from handover.synthetic import synthetic
from handover.verify import verify
from tests.breakers import BREAKERS, Breaker
from tests.builders import tiny_engagement
from tests.verify.made import a_made_plan

SMALL = Path(__file__).parents[1] / "data" / "small"


@cache
def made() -> tuple[Engagement, Plan]:
    """Two teams and sixty children, with late starters, hearings and children who stay."""
    engagement = synthetic(60, 2, seed=2)
    return engagement, a_made_plan(engagement)


@pytest.mark.parametrize("seed", range(60))
def test_the_planners_formulas_and_the_checkers_agree(seed: int) -> None:
    engagement = tiny_engagement(Random(seed), max_children=12, max_families=8)
    assert verify(engagement, a_made_plan(engagement, seed)) == ()


def test_a_plan_for_a_folder_is_not_faulted() -> None:
    engagement = read(SMALL).engagement
    assert verify(engagement, a_made_plan(engagement)) == ()


def test_a_plan_for_an_invented_engagement_is_not_faulted() -> None:
    assert verify(*made()) == ()


@pytest.mark.parametrize("breaker", BREAKERS, ids=lambda breaker: breaker.name)
def test_a_made_plan_broken_is_found_out(breaker: Breaker) -> None:
    findings = verify(*breaker.breaks(*made()))
    assert any(breaker.says in finding for finding in findings), findings
