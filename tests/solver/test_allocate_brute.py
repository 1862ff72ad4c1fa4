"""The solver's allocations of hundreds of tiny engagements against every allocation there is (contract §3)."""

from functools import cache
from random import Random

import pytest

from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.plan import ALLOCATION_LEVELS
from solver.allocate import Allocated, allocate
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement
from tests.solver.brute import best_allocation, best_changes_whatever_the_caseloads, in_order

SEEDS = range(200)
BATCHES = [SEEDS[n : n + 25] for n in range(0, len(SEEDS), 25)]
"""A batch a test: enough to see where it fails without a line for each."""


@cache
def solved(seed: int) -> tuple[Engagement, Allocated]:
    # every third with more and smaller families, where bands can be held
    made = tiny_engagement(Random(seed), 6, 3 if seed % 3 else 5)
    return made, allocate(made, Watch.lasting(60), 0)


def hold_against_every_allocation(made: Engagement, found: Allocated, which: str = "") -> None:
    values = {level.name: level.value for level in found.levels}
    assert tuple(values) == ALLOCATION_LEVELS, which
    assert values == allocation_figures(found.to_worker, made), f"{which}: values are not the allocation's"
    best = best_allocation(made)
    assert in_order(values) >= in_order(best), f"{which}: better than any allocation the rules allow"
    for n, level in enumerate(found.levels):
        # a bound holds given the values reached above it
        if any(values[name] != best[name] for name in ALLOCATION_LEVELS[:n]):
            break
        assert level.bound <= best[level.name], f"{which}: {level.name}: bound above the best"
        assert not level.proven or level.value == best[level.name], f"{which}: {level.name}: proven, not the best"


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_no_allocation_is_better_than_the_solvers(seeds: range) -> None:
    for seed in seeds:
        hold_against_every_allocation(*solved(seed), f"seed {seed}")


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_every_level_of_a_tiny_engagement_is_proven(seeds: range) -> None:
    for seed in seeds:
        unproven = [level.name for level in solved(seed)[1].levels if not level.proven]
        assert unproven == [], f"seed {seed}"


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_the_changes_that_no_caseload_could_avoid_are_the_least_there_are(seeds: range) -> None:
    for seed in seeds:
        made, found = solved(seed)
        level = found.changes_whatever_the_caseloads
        assert level.proven, f"seed {seed}"
        assert level.value == best_changes_whatever_the_caseloads(made), f"seed {seed}"


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_no_family_goes_to_somebody_who_may_not_take_it(seeds: range) -> None:
    for seed in seeds:
        made, found = solved(seed)
        assert set(found.to_worker) == set(made.family), f"seed {seed}"
        receiving = receiving_workers(made)
        loads = dict.fromkeys(receiving, 0)
        for family_id, worker_id in found.to_worker.items():
            if worker_id is None:
                continue
            family, worker = made.family[family_id], made.worker[worker_id]
            assert worker in receiving, f"seed {seed}: {worker_id} receives nobody"
            assert can_take(family, worker, made), f"seed {seed}: {worker_id} cannot take {family_id}"
            defaults = made.settings.workload.points
            loads[worker] += sum(defaults[c.plan] if c.points is None else c.points for c in family.children)
        for worker, load in loads.items():
            assert worker.max_points is None or load <= worker.max_points, f"seed {seed}: {worker.worker_id}"


def test_without_any_receiving_worker_every_child_is_left_out_with_its_points() -> None:
    made = a_engagement((a_child("C1"), a_child("C2", points=7)), (a_worker("W1", swe_number=""),))
    found = allocate(made, Watch.lasting(60), 0)
    assert [int(level.value) for level in found.levels] == [2, 11, 0, 0, 0, 0, 0, 0, 0]
    hold_against_every_allocation(made, found)


def test_a_band_with_no_whole_point_in_it_is_counted_and_not_an_error() -> None:
    # 4 points, fair 4/3 each, band 10%, floor 0.8: at least 2 (1.07 up) and at most 1 (1.47 down)
    workers = [a_worker(f"W{n}") for n in (1, 2, 3)]
    made = a_engagement(workers=workers, worker_band="0.1", worker_floor="0.8")
    found = allocate(made, Watch.lasting(60), 0)
    # one worker 3 above, two of them 2 below
    assert found.levels[2].value == 7
    hold_against_every_allocation(made, found)


def test_a_worker_who_may_hold_nothing_takes_nobody() -> None:
    made = a_engagement(workers=(a_worker("W1", max_points=0), a_worker("W2")))
    found = allocate(made, Watch.lasting(60), 0)
    assert found.to_worker == {"C1": "W2"}
    hold_against_every_allocation(made, found)
