"""The way for large allocations: bounds from prices, held against the exact search and against every pair."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver.allocate import best, each_its_best, filled_in_turn
from solver.cases import assignment
from solver.county import LARGE, OUTSIDE, first_pool, is_large, priced, settle_large
from solver.levels import Levels
from solver.program import Searcher
from solver.watch import Watch

CHANGES_ONLY = {"changes": 1.0, "outside_bands": OUTSIDE}


@pytest.fixture(scope="module")
def searcher() -> Iterator[Searcher]:
    with Searcher() as child:
        yield child


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_large_way_keeps_to_its_bound_and_close_to_the_exact_search(seed: int, searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, seed))
    watch = Watch.lasting(60)
    exact = best(problem, searcher, watch, 0)
    large = Levels(problem, filled_in_turn(problem), searcher, watch)
    settle_large(large, problem, watch)
    least = {level.name: level for level in exact.done}["changes"]
    level = {level.name: level for level in large.done}["changes"]
    assert least.proven
    assert problem.possible(large.chosen)
    assert problem.figures(large.chosen)["outside_bands"] == 0
    assert level.bound <= least.value <= level.value
    assert level.value <= least.value * Fraction(11, 10)


def test_a_pool_that_lacks_pairs_gives_a_bound_for_all_pairs() -> None:
    problem = assignment(synthetic(60, 2, 4))
    chosen = filled_in_turn(problem)
    alone = np.zeros_like(problem.eligible)
    alone[np.arange(len(chosen)), chosen] = True
    watch = Watch.lasting(60)
    poor, _, _ = priced(problem, alone, CHANGES_ONLY, watch, rounds=1)
    full, _, _ = priced(problem, problem.eligible, CHANGES_ONLY, watch)
    assert poor <= full + 1e-6


def test_pricing_brings_in_what_a_poor_pool_lacks() -> None:
    problem = assignment(synthetic(60, 2, 5))
    watch = Watch.lasting(60)
    small = first_pool(problem, filled_in_turn(problem))
    bound, pool, _ = priced(problem, small, CHANGES_ONLY, watch, rounds=50)
    full, _, _ = priced(problem, problem.eligible, CHANGES_ONLY, watch)
    assert bound == pytest.approx(full, abs=1e-4)
    assert (pool & ~problem.eligible).sum() == 0


def test_the_size_decides_the_way() -> None:
    assert not is_large(assignment(synthetic(60, 2, 1)))
    assert assignment(synthetic(2000, 17, 1)).eligible.sum() > LARGE


def test_each_its_best_goes_by_eligible_workers_alone() -> None:
    problem = assignment(synthetic(60, 2, 6))
    chosen = each_its_best(problem)
    placed = np.flatnonzero(chosen >= 0)
    assert problem.eligible[placed, chosen[placed]].all()
    worst = np.where(problem.eligible, problem.costs["changes"], 99).min(axis=1)
    assert (problem.costs["changes"][placed, chosen[placed]] == worst[placed]).all()
