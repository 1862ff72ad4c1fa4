"""Allocations too large for a search over every pair: a county with hundreds of workers and millions of pairs.

The linear relaxation is solved over a pool of pairs, and every pair outside the pool is priced against its dual prices
(column generation; Lübbecke and Desrosiers, Operations Research 53, 2005). What the prices say of all pairs together is
a true bound whether or not the pool has all that matter. The few families that the relaxation splits between workers
are then settled by a mixed-integer search, the others staying where the relaxation puts them.
"""

import time
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

import numpy as np

from handover.plan import Level
from solver.assignment import Assignment
from solver.levels import Levels
from solver.program import Bools, Floats, Ints, Relaxed, relax
from solver.relaxation import TOLERANCE, LevelProgram
from solver.watch import Watch

LARGE = 60_000
"""Pairs above which a search over every pair is out of reach."""
POOL = 12
"""Pairs of each family in the first pool."""
PRICED_IN = 8
"""Pairs of each family that one round of pricing may add."""
ROUNDS = 12
"""Rounds of pricing at most; what they leave out loosens the bound and nothing else."""
OUTSIDE = 1000.0
"""What a point outside the bands weighs against a change: more than any exchange of families could win."""
WEIGHTS = {"changes": 1.0, "burden": 0.01, "strangers": 0.001, "unknown": 0.0003}
"""How the levels of cost weigh in one sum: a change against a hundred prior changes."""
NODES = 400
"""Branch-and-bound nodes of the search over the split families."""


def is_large(problem: Assignment) -> bool:
    """True when the problem has more pairs than a search over all of them can take."""
    return int(problem.eligible.sum()) > LARGE


def settle_large(levels: Levels, problem: Assignment, watch: Watch) -> None:
    """Improve the assignment that `levels` holds and report all nine levels, `changes` with a bound close by.

    Levels after `changes` are kept in mind by their weights and reported as they stand, with no bound but 0.
    """
    start = time.monotonic()
    changes_only = {"changes": 1.0, "outside_bands": OUTSIDE}
    weights = WEIGHTS | {"outside_bands": OUTSIDE}
    # half of the time for the bound, a part of the rest for the finer weights, what is left for the split families
    bound, pool, coarse = priced(problem, first_pool(problem, levels.chosen), changes_only, watch.part(0.5))
    _, pool, fine = priced(problem, pool, weights, watch.part(0.4), rounds=2)
    split = coarse if fine is None else fine
    if split is not None:
        search_split(levels, problem, pool, split, weights, watch)
    figures = problem.figures(levels.chosen)
    seconds = round(time.monotonic() - start, 3)
    least = {
        "unallocated": Fraction(int(problem.children[problem.stranded].sum())),
        "unallocated_points": Fraction(int(problem.weight[problem.stranded].sum())),
    }
    settled = all(figures[name] == value for name, value in least.items())
    if settled and figures["outside_bands"] == 0:
        least["changes"] = Fraction(max(0, ceil(bound - TOLERANCE * max(1.0, abs(bound)))))
    for name, value in figures.items():
        reached = min(least.get(name, Fraction(0)), value)
        stopped = "" if reached == value else watch.stopped() or "work limit"
        levels.held[name] = value
        levels.done.append(Level(name, value, reached, seconds if name == "changes" else 0.0, stopped))


def first_pool(problem: Assignment, chosen: Ints) -> Bools:
    """For each family the pairs that cost it least, spread over the workers who cost the same, and its present one."""
    families, workers = problem.eligible.shape
    size = min(POOL, workers)
    spread = (np.arange(families)[:, None] * 7919 + np.arange(workers)[None, :] * 104729) % 1009 / 1009
    cost = np.where(problem.eligible, next(iter(problem.costs.values())) + spread / 2, np.inf)
    pool = np.zeros(problem.eligible.shape, bool)
    np.put_along_axis(pool, np.argpartition(cost, size - 1, axis=1)[:, :size], values=True, axis=1)
    placed = np.flatnonzero(chosen >= 0)
    pool[placed, chosen[placed]] = True
    return pool & problem.eligible


def priced(
    problem: Assignment, pool: Bools, weights: Mapping[str, float], watch: Watch, rounds: int = ROUNDS
) -> tuple[float, Bools, Floats | None]:
    """A bound for the weighted sum over all pairs, the pool the pricing came to, and the relaxation's pairs (F, W).

    The bound is the relaxation's value less what pairs outside the pool could still save: each family takes one pair.
    """
    cost = sum((weight * problem.costs[name] for name, weight in weights.items() if name in problem.costs), np.zeros(1))
    best, shares = 0.0, None
    for _ in range(rounds):
        level = LevelProgram(problem, pool, "outside_bands", {}, may_leave_out=False)
        relaxed = relax(level.program(weights), watch)
        if relaxed is None:
            break
        shares = np.zeros(pool.shape)
        shares[level.shape.family, level.shape.worker] = relaxed.x[: len(level.shape.family)]
        reduced = np.where(problem.eligible, cost - _prices(problem, relaxed), np.inf)
        saving = np.minimum(0.0, reduced.min(axis=1, where=problem.eligible, initial=0.0))
        best = max(best, relaxed.value + float(saving.sum()))
        if saving.min(initial=0.0) > -TOLERANCE or watch.stopped():
            break
        reduced[pool] = np.inf
        size = min(PRICED_IN, pool.shape[1])
        add = np.zeros_like(pool)
        np.put_along_axis(add, np.argpartition(reduced, size - 1, axis=1)[:, :size], values=True, axis=1)
        pool = pool | (add & (reduced < -TOLERANCE))
    return best, pool, shares


def _prices(problem: Assignment, relaxed: Relaxed) -> Floats:
    """What the relaxation's dual prices credit each pair with (F, W): its family's row and its worker's load."""
    here = ~problem.stranded
    families, workers = int(here.sum()), len(problem.capacity)
    family = np.zeros(len(here))
    family[here] = relaxed.price[:families]
    load = relaxed.price[families : families + workers]
    return family[:, None] + problem.points * load[None, :]


def search_split(
    levels: Levels, problem: Assignment, pool: Bools, shares: Floats, weights: Mapping[str, float], watch: Watch
) -> None:
    """Settle the families that the relaxation splits; the others stay where it puts them whole."""
    whole = shares > 1 - TOLERANCE
    settled = np.asarray(whole.any(axis=1)).reshape(-1, 1)
    pairs = np.where(settled, whole, pool)
    level = LevelProgram(problem, pairs, "outside_bands", {}, may_leave_out=False)
    levels.search_weighted(level, weights, watch, NODES)
