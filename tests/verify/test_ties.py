"""The checker counts the figures of broken ties itself."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from handover.clearance import can_take, receiving_workers
from handover.plan import TIE_FIGURES, Level
from handover.ties import tie_figures
from handover.verify import verify
from handover.verify.facts import Facts
from handover.verify.ties import tie_figures as figures_of_the_checker
from tests.builders import tiny_engagement
from tests.solver.test_ties import with_homes_and_languages
from tests.verify.handmade import a_good_plan, an_engagement


def test_both_count_the_same() -> None:
    seen = dict.fromkeys(TIE_FIGURES, 0)
    for seed in range(150):
        random = Random(seed)
        made = with_homes_and_languages(tiny_engagement(random), random)
        to_worker = {}
        for family in made.families:
            able = [w.worker_id for w in receiving_workers(made) if can_take(family, w, made)]
            to_worker[family.family_id] = random.choice([None, *able])
        found = tie_figures(to_worker, made)
        assert figures_of_the_checker(Facts(made), to_worker) == found, seed
        for name in seen:
            seen[name] += found[name] > 0
    assert min(seen.values()) > 10, seen


@pytest.mark.parametrize(("pairs", "faults"), [(6, 0), (5, 1), (7, 1)])
def test_a_figure_better_or_worse_than_the_plan_is_found(pairs: int, faults: int) -> None:
    # O1 to W1 (F1) and W2 (F4); O2 to W6 (C03), W3 (F2), W1 (C09) and W2 (C10); C08 and C11 stay with W4
    plan = a_good_plan()
    plan = replace(plan, levels=(*plan.levels, Level("pairs", Fraction(pairs), Fraction(0))))
    found = [finding for finding in verify(an_engagement(), plan) if "pairs" in finding]
    assert found == [f"Level pairs: the plan says {pairs}, but reaches 6."] * faults
