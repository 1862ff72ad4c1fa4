"""From an engagement to its allocation: the nine levels of contract §3, and what no caseload rule could avoid."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from handover.caseload import (
    fair_shares,
    family_points,
    team_bands,
    team_fair_shares,
    worker_bands,
)
from handover.clearance import can_take, receiving_workers
from handover.continuity import changes, known_workers, prior_changes, stranger_weight
from handover.engagement import Engagement
from handover.plan import Level
from solver.assignment import NOBODY, Assignment, excess
from solver.levels import Levels
from solver.program import Ints, Searcher
from solver.ties import break_ties
from solver.watch import Watch

UNLIMITED = 10**7
"""Points that stand for "no `max_points`"."""


@dataclass(frozen=True)
class Allocated:
    """Who receives each family (worker id by family id, None: nobody), the nine levels, the least changes with no band
    held, and the figures by which ties were broken."""

    to_worker: Mapping[str, str | None]
    levels: tuple[Level, ...]
    changes_whatever_the_caseloads: Level
    ties: tuple[Level, ...]


def assignment(engagement: Engagement) -> Assignment:
    """The engagement's allocation as arrays: families and receiving workers in order of id, teams likewise."""
    workers, families = receiving_workers(engagement), engagement.families
    bands, team_band = worker_bands(engagement), team_bands(engagement)
    fair, team_fair = fair_shares(engagement), team_fair_shares(engagement)
    team_number = {team.team_id: n for n, team in enumerate(engagement.teams)}
    shape = (len(families), len(workers))
    points = np.array([[family_points(f, engagement)] for f in families], np.int64).reshape(-1, 1)
    costs = {name: np.zeros(shape, np.int64) for name in ("changes", "burden", "strangers", "unknown")}
    eligible = np.zeros(shape, bool)
    for row, family in enumerate(families):
        prior = {child.child_id: prior_changes(child, engagement) for child in family.children}
        known = {child.child_id: known_workers(child, engagement) for child in family.children}
        for column, worker in enumerate(workers):
            eligible[row, column] = can_take(family, worker, engagement)
            for child in family.children:
                made = changes(child, worker, engagement)
                costs["changes"][row, column] += made
                costs["burden"][row, column] += prior[child.child_id] * made
                costs["strangers"][row, column] += stranger_weight(child, worker, engagement)
                costs["unknown"][row, column] += worker.worker_id not in known[child.child_id]
    most = [UNLIMITED if w.max_points is None else w.max_points for w in workers]
    return Assignment(
        eligible,
        # a column at least: families weigh what they do also where nobody receives any
        np.broadcast_to(points, (len(families), max(1, len(workers)))),
        np.array([len(f.children) for f in families], np.int64),
        np.array(most, np.int64),
        np.array([bands[w.worker_id].floor for w in workers], np.int64),
        np.array([bands[w.worker_id].high for w in workers], np.int64),
        np.array([team_number[str(w.team_id)] for w in workers], np.int64),
        np.array([team_band[t.team_id].low for t in engagement.teams], np.int64),
        np.array([team_band[t.team_id].high for t in engagement.teams], np.int64),
        tuple(fair[w.worker_id] for w in workers),
        tuple(team_fair[t.team_id] for t in engagement.teams),
        costs,
    )


def allocate(engagement: Engagement, watch: Watch, seed: int = 0) -> Allocated:
    """The best allocation in the order of contract §3, as far as the watch allows; always a possible one."""
    problem = assignment(engagement)
    with Searcher() as searcher:
        levels = best(problem, searcher, watch, seed)
        whatever = least_changes(problem, levels, searcher, watch, seed)
    chosen, ties = break_ties(problem, levels.chosen, engagement, watch, seed)
    workers = receiving_workers(engagement)
    to_worker = {
        family.family_id: None if column == NOBODY else workers[column].worker_id
        for family, column in zip(engagement.families, chosen.tolist(), strict=True)
    }
    return Allocated(to_worker, tuple(levels.done), whatever, ties)


def best(problem: Assignment, searcher: Searcher, watch: Watch, seed: int) -> Levels:
    """All levels of the problem in order. First in the hope that nobody need be left out and every band can be held:
    where that comes true, the first three levels are settled at once."""
    start = time.monotonic()
    levels = Levels(problem, filled_in_turn(problem), searcher, watch, seed)
    names = [name for name in problem.figures(levels.chosen)]
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
    """`changes_whatever_the_caseloads`: the least changes with as few unallocated, `max_points` held but no band. §3."""
    start = time.monotonic()
    unlimited = np.full_like(problem.team_high, UNLIMITED * max(1, len(problem.capacity)))
    free = replace(
        problem,
        low=np.zeros_like(problem.low),
        high=problem.capacity,
        team_low=np.zeros_like(problem.team_low),
        team_high=unlimited,
    )
    search = Levels(free, levels.chosen, searcher, watch, seed)
    left_out = levels.done[0]
    if left_out.proven:
        search.settle({"unallocated": left_out.value, "outside_bands": Fraction(0)}, 0.0)
    else:
        search.run(["unallocated"])
        search.settle({"outside_bands": Fraction(0)}, 0.0)
    search.may_leave_out = bool((search.chosen[~problem.stranded] == NOBODY).any())
    search.run(["changes"])
    level = search.done[-1]
    return replace(level, name="changes_whatever_the_caseloads", seconds=round(time.monotonic() - start, 3))


def filled_in_turn(problem: Assignment) -> Ints:
    """A first assignment as a service would make it by hand: the heaviest families first, each to the worker who costs
    it least with room in their band, the emptiest of these; beyond the band only when nobody has room."""
    chosen = np.full(len(problem.children), NOBODY)
    load = np.zeros(len(problem.capacity), np.int64)
    team_load = np.zeros(len(problem.team_low), np.int64)
    first = next(iter(problem.costs.values()))
    fair = np.array([float(share) for share in problem.fair])
    for family in np.argsort(-problem.weight, kind="stable").tolist():
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
