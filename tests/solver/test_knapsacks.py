"""Bounds from knapsacks: held against every assignment of tiny instances, and above what a relaxation gives."""

from itertools import product
from random import Random

import numpy as np

from solver.knapsacks import Knapsacks
from solver.program import Floats, Ints
from solver.watch import Watch

FAMILIES, WORKERS = 6, 3


def instance(seed: int) -> tuple[Knapsacks, dict[tuple[int, ...], float]]:
    """A tiny instance, and the cost of every assignment it allows."""
    random = Random(seed)
    cost = np.array([[random.randint(10, 40) for _ in range(WORKERS)] for _ in range(FAMILIES)], float)
    points = np.array([[random.randint(3, 20) for _ in range(WORKERS)] for _ in range(FAMILIES)])
    room = np.array([random.randint(20, 40) for _ in range(WORKERS)])
    pairs = np.array([[random.random() < 0.9 for _ in range(WORKERS)] for _ in range(FAMILIES)])
    knapsacks = Knapsacks(cost, points, pairs, room)
    return knapsacks, {
        chosen: sum(float(cost[f, w]) for f, w in enumerate(chosen))
        for chosen in product(range(WORKERS), repeat=FAMILIES)
        if all(pairs[f, w] for f, w in enumerate(chosen)) and fits(chosen, points, room)
    }


def fits(chosen: tuple[int, ...], points: Ints, room: Ints) -> bool:
    load = np.zeros(WORKERS)
    for family, worker in enumerate(chosen):
        load[worker] += points[family, worker]
    return bool((load <= room).all())


def test_no_assignment_costs_less_than_the_bound_nor_than_its_pairs() -> None:
    tried = tight = 0
    for seed in range(60):
        knapsacks, every = instance(seed)
        if not every:
            continue
        least = min(every.values())
        bound, total = knapsacks.bound(knapsacks.cost.min(axis=1), least, Watch.lasting(60))
        assert bound <= least + 1e-6, f"seed {seed}"
        for chosen, cost in every.items():
            assert all(total[f, w] <= cost + 1e-6 for f, w in enumerate(chosen)), f"seed {seed}: {chosen}"
        tried += 1
        tight += bound > least - 0.999
    assert tried > 30
    assert tight > tried * 2 / 3, "a bound this far off proves nothing"


def test_pairs_that_may_not_be_cost_without_end() -> None:
    knapsacks, _ = instance(1)
    closed: Floats = np.where(knapsacks.pairs, 0.0, np.inf)
    total = knapsacks.bound(knapsacks.cost.min(axis=1), 100.0, Watch.lasting(60))[1]
    assert (~np.isfinite(closed)).any()
    assert not np.isfinite(total[~knapsacks.pairs]).any()
    assert np.isfinite(total[knapsacks.pairs & (knapsacks.points <= knapsacks.room)]).all()
