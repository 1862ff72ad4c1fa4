"""From an engagement to its allocation: the nine levels of contract §3, and what no caseload rule could avoid."""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from handover.clearance import receiving_workers
from handover.engagement import Engagement
from handover.errors import NoUsablePlan
from handover.plan import Level
from solver.assignment import NOBODY, Assignment, excess
from solver.cases import UNLIMITED, assignment
from solver.county import is_large, least_large, settle_large
from solver.levels import Levels
from solver.program import Ints, Searcher
from solver.ties import break_ties, keep_names
from solver.watch import Watch

WHATEVER = "changes_whatever_the_caseloads"
LEVELS_SHARE = 0.8
"""Share of the time that the levels may use up where announced names are then to be kept."""


@dataclass(frozen=True)
class Allocated:
    """Who receives each family (worker id by family id, None: nobody), the nine levels, the least changes with no band
    held, and the figures by which ties were broken."""

    to_worker: Mapping[str, str | None]
    levels: tuple[Level, ...]
    changes_whatever_the_caseloads: Level
    ties: tuple[Level, ...]


def allocate(engagement: Engagement, watch: Watch, seed: int = 0) -> Allocated:
    """The best allocation in the order of contract §3, as far as the watch allows; always a possible one.

    Raises `NoUsablePlan` when somebody stops it before the first.
    """
    problem = assignment(engagement)
    first = filled_in_turn(problem, watch)
    # a large one may never come to ask for the child, which takes a second of the processor to start
    with closing(Searcher()) if is_large(problem) else Searcher() as searcher:
        levels = best(problem, searcher, watch, seed, first)
        whatever = least_changes(problem, levels, searcher, watch, seed)
    chosen, ties = break_ties(problem, levels.chosen, engagement, watch, seed)
    return Allocated(_by_family(engagement, chosen), tuple(levels.done), whatever, ties)


def allocate_from(
    engagement: Engagement, announced: Mapping[str, str | None], watch: Watch, seed: int = 0
) -> tuple[Mapping[str, str | None], tuple[Level, ...]]:
    """As `allocate`, but searched from names that are announced already (worker id by family id, of receiving workers),
    which are kept where another is no better: who receives each family, and the nine levels."""
    problem = assignment(engagement)
    column = {worker.worker_id: n for n, worker in enumerate(receiving_workers(engagement))}
    names = [announced[family.family_id] for family in engagement.families]
    first = np.array([NOBODY if name is None else column[name] for name in names], np.int64)
    with Searcher() as searcher:
        levels = best(problem, searcher, watch.part(LEVELS_SHARE), seed, first)
    chosen = keep_names(problem, levels.chosen, first, engagement, watch, seed)
    return _by_family(engagement, chosen), tuple(levels.done)


def _by_family(engagement: Engagement, chosen: Ints) -> Mapping[str, str | None]:
    workers = receiving_workers(engagement)
    return {
        family.family_id: None if column == NOBODY else workers[column].worker_id
        for family, column in zip(engagement.families, chosen.tolist(), strict=True)
    }


def best(problem: Assignment, searcher: Searcher, watch: Watch, seed: int, first: Ints | None = None) -> Levels:
    """All levels of the problem in order. First in the hope that nobody need be left out and every band can be held:
    where that comes true, the first three levels are settled at once. `first`: an assignment to search from."""
    start = time.monotonic()
    if first is None or not problem.possible(first):
        first = filled_in_turn(problem)
    levels = Levels(problem, first, searcher, watch, seed)
    if is_large(problem):
        settle_large(levels, problem, searcher, watch, seed)
        return levels
    names = list(problem.figures(levels.chosen))
    out = problem.stranded
    hoped = {
        "unallocated": Fraction(int(problem.children[out].sum())),
        "unallocated_points": Fraction(int(problem.weight[out].sum())),
        "outside_bands": Fraction(0),
    }
    # of a very small share a floor rounds up beyond where the band rounds down: no hope to hold both
    holdable = (problem.low <= problem.high).all() and (problem.team_low <= problem.team_high).all()
    if problem.eligible.any() and holdable and levels.find(hoped):
        levels.settle(hoped, round((time.monotonic() - start) / 3, 3))
        names = names[3:]
    levels.run(names)
    return levels


def least_changes(problem: Assignment, levels: Levels, searcher: Searcher, watch: Watch, seed: int) -> Level:
    """`changes_whatever_the_caseloads`: the least changes with as few unallocated and no band but `max_points`. §3."""
    start = time.monotonic()
    unlimited = np.full_like(problem.team_high, UNLIMITED * max(1, len(problem.capacity)))
    free = replace(
        problem,
        low=np.zeros_like(problem.low),
        high=problem.capacity,
        team_low=np.zeros_like(problem.team_low),
        team_high=unlimited,
    )
    alone = each_its_best(free)
    if free.possible(alone):  # nobody stands in anybody's way
        value = free.figures(alone)["changes"]
        return Level(WHATEVER, value, value, round(time.monotonic() - start, 3))
    if is_large(free):
        return least_large(WHATEVER, free, [levels.chosen, filled_in_turn(free)], watch, seed)
    told = replace(watch, progress=lambda _, value, bound: watch.progress(WHATEVER, value, bound))
    search = Levels(free, levels.chosen, searcher, told, seed)
    left_out = levels.done[0]
    if left_out.proven:
        search.settle({"unallocated": left_out.value, "outside_bands": Fraction(0)}, 0.0)
    else:
        search.run(["unallocated"])
        search.settle({"outside_bands": Fraction(0)}, 0.0)
    search.may_leave_out = bool((search.chosen[~problem.stranded] == NOBODY).any())
    search.run(["changes"])
    level = search.done[-1]
    return replace(level, name=WHATEVER, seconds=round(time.monotonic() - start, 3))


def each_its_best(problem: Assignment) -> Ints:
    """Each family to the worker who costs it least, as if it were the only one."""
    chosen = np.full(len(problem.children), NOBODY)
    here = np.flatnonzero(~problem.stranded)
    cost = np.where(problem.eligible[here], problem.costs["changes"][here], np.iinfo(np.int64).max)
    if len(here):
        chosen[here] = cost.argmin(axis=1)
    return chosen


def filled_in_turn(problem: Assignment, watch: Watch | None = None) -> Ints:
    """A first assignment as a service would make it by hand: the heaviest families first, each to the worker who costs
    it least with room in their band, the emptiest of these; beyond the band only when nobody has room.

    Raises `NoUsablePlan` when somebody stops it before it is complete.
    """
    chosen = np.full(len(problem.children), NOBODY)
    load = np.zeros(len(problem.capacity), np.int64)
    team_load = np.zeros(len(problem.team_low), np.int64)
    first = next(iter(problem.costs.values()))
    fair = np.array([float(share) for share in problem.fair])
    for family in np.argsort(-problem.weight, kind="stable").tolist():
        if watch is not None and watch.interrupted.is_set():
            raise NoUsablePlan
        points = problem.points[family]
        able = problem.eligible[family] & (load + points <= problem.capacity)
        if not able.any():
            continue
        over = excess(load + points, np.zeros_like(load), problem.high)
        over = over + excess(team_load[problem.team] + points, 0 * over, problem.team_high[problem.team])
        order = np.lexsort(((load + points) / np.maximum(fair, 1e-9), first[family], over, ~able))
        worker = order[0]
        chosen[family] = worker
        load[worker] += points[worker]
        team_load[problem.team[worker]] += points[worker]
    return chosen
