"""The solver's allocations of hundreds of tiny engagements against every allocation there is (contract §3)."""

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


def hold_against_the_rules(made: Engagement, found: Allocated, which: str = "") -> None:
    assert set(found.to_worker) == set(made.family), which
    receiving = receiving_workers(made)
    loads = dict.fromkeys(receiving, 0)
    for family_id, worker_id in found.to_worker.items():
        if worker_id is None:
            continue
        family, worker = made.family[family_id], made.worker[worker_id]
        assert worker in receiving, f"{which}: {worker_id} receives nobody"
        assert can_take(family, worker, made), f"{which}: {worker_id} cannot take {family_id}"
        defaults = made.settings.workload.points
        loads[worker] += sum(defaults[c.plan] if c.points is None else c.points for c in family.children)
    for worker, load in loads.items():
        assert worker.max_points is None or load <= worker.max_points, f"{which}: {worker.worker_id}"


# one test for all that is asked of an allocation: tests run side by side would each solve it again
@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_no_allocation_the_rules_allow_is_better_than_the_solvers_and_every_level_is_proven(seeds: range) -> None:
    for seed in seeds:
        # every third with more and smaller families, where bands can be held
        made = tiny_engagement(Random(seed), 6, 3 if seed % 3 else 5)
        found = allocate(made, Watch.lasting(60), 0)
        which = f"seed {seed}"
        hold_against_the_rules(made, found, which)
        hold_against_every_allocation(made, found, which)
        assert [level.name for level in found.levels if not level.proven] == [], which
        whatever = found.changes_whatever_the_caseloads
        assert whatever.proven, which
        assert whatever.value == best_changes_whatever_the_caseloads(made), which


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
