"""An engagement's allocation as arrays. Every figure comes from the contract's own functions, asked once for each kind
of child and worker rather than for each of millions of pairs."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from handover.caseload import fair_shares, family_points, team_bands, team_fair_shares, worker_bands
from handover.clearance import can_take, ready_on, receiving_workers
from handover.continuity import changes, introduction_weight, known_workers, meets_too_late, prior_changes
from handover.engagement import Child, Engagement, Family, Worker
from solver.assignment import Assignment
from solver.program import Bools, Ints

UNLIMITED = 10**7
"""Points that stand for "no `max_points`"."""


def assignment(engagement: Engagement) -> Assignment:
    """The engagement's allocation: F families and W receiving workers in order of id, teams likewise."""
    workers, families = receiving_workers(engagement), engagement.families
    bands, team_band = worker_bands(engagement), team_bands(engagement)
    fair, team_fair = fair_shares(engagement), team_fair_shares(engagement)
    team_number = {team.team_id: n for n, team in enumerate(engagement.teams)}
    points = np.array([[family_points(f, engagement)] for f in families], np.int64).reshape(-1, 1)
    most = [UNLIMITED if w.max_points is None else w.max_points for w in workers]
    costs, kind = _costs(engagement, workers)
    return Assignment(
        _eligible(engagement, workers),
        # a column at least: families weigh what they do also where nobody receives any
        np.broadcast_to(points, (len(families), max(1, len(workers)))),
        np.array([len(f.children) for f in families], np.int64),
        np.array(most, np.int64),
        np.array([bands[w.worker_id].floor for w in workers], np.int64),
        np.array([bands[w.worker_id].high for w in workers], np.int64),
        np.array([team_number[str(w.team_id)] for w in workers], np.int64),
        kind,
        np.array([team_band[t.team_id].low for t in engagement.teams], np.int64),
        np.array([team_band[t.team_id].high for t in engagement.teams], np.int64),
        tuple(fair[w.worker_id] for w in workers),
        tuple(team_fair[t.team_id] for t in engagement.teams),
        costs,
    )


def _eligible(engagement: Engagement, workers: tuple[Worker, ...]) -> Bools:
    """Who may take whom (F, W): families are asked once for each set of needs, and beside that about those whom their
    own rules name."""
    column_of = {worker.worker_id: column for column, worker in enumerate(workers)}
    named: dict[str, set[str]] = defaultdict(set)
    for rule in engagement.rules:
        named[rule.child_id].add(str(rule.worker_id))
    asked: dict[frozenset[str], Bools] = {}
    found = np.zeros((len(engagement.families), len(workers)), bool)
    for row, family in enumerate(engagement.families):
        needs = frozenset(need for child in family.children for need in child.needs)
        if needs not in asked:
            unruled = Family("", tuple(replace(child, child_id="") for child in family.children))
            asked[needs] = np.array([can_take(unruled, worker, engagement) for worker in workers], bool)
        # where one must be taken by somebody, nobody else may
        if not any(child.child_id in engagement.always for child in family.children):
            found[row] = asked[needs]
        for worker_id in {w for child in family.children for w in named.get(child.child_id, ())}:
            if worker_id in column_of:
                found[row, column_of[worker_id]] = can_take(family, engagement.worker[worker_id], engagement)
    return found


def _costs(engagement: Engagement, workers: tuple[Worker, ...]) -> tuple[dict[str, Ints], Ints]:
    """What each pair counts at each level of cost (F, W), and the workers' kinds (W): alike but for whom they know."""
    families = engagement.families
    row_of = {child.child_id: row for row, family in enumerate(families) for child in family.children}
    column_of = {worker.worker_id: column for column, worker in enumerate(workers)}
    child_kinds, child_kind = _kinds(engagement.children, lambda c: c.expected_close_on)
    worker_kinds, worker_kind = _kinds(workers, lambda w: (ready_on(w, engagement), w.available_to))
    made = np.array(
        [[changes(replace(c, worker_id=""), w, engagement) for w in worker_kinds] for c in child_kinds], np.int64
    ).reshape(len(child_kinds), len(worker_kinds))
    too_late = np.array([meets_too_late(worker, engagement) for worker in workers], np.int64)
    children, burdens = (np.zeros((len(families), len(child_kinds)), np.int64) for _ in range(2))
    size, weight = (np.zeros((len(families), 1), np.int64) for _ in range(2))
    for child, kind in zip(engagement.children, child_kind, strict=True):
        row = row_of[child.child_id]
        children[row, kind] += 1
        burdens[row, kind] += prior_changes(child, engagement)
        size[row] += 1
        weight[row] += introduction_weight(child, engagement)
    costs = {
        "changes": np.take(children @ made, worker_kind, axis=1),
        "burden": np.take(burdens @ made, worker_kind, axis=1),
        "strangers": weight * too_late,
        "unknown": np.repeat(size, len(workers), axis=1),
    }
    for child, kind in zip(engagement.children, child_kind, strict=True):
        row, holder = row_of[child.child_id], column_of.get(child.worker_id)
        if holder is not None:
            spared = changes(child, workers[holder], engagement) - made[kind, worker_kind[holder]]
            costs["changes"][row, holder] += spared
            costs["burden"][row, holder] += prior_changes(child, engagement) * spared
        for column in [column_of[w] for w in known_workers(child, engagement) if w in column_of]:
            costs["unknown"][row, column] -= 1
            costs["strangers"][row, column] -= introduction_weight(child, engagement) * too_late[column]
    _, kind = np.unique(np.vstack([made[:, worker_kind], too_late]), axis=1, return_inverse=True)
    return costs, kind.astype(np.int64).reshape(-1)


T = TypeVar("T", Child, Worker)


def _kinds(things: tuple[T, ...], key: Callable[[T], object]) -> tuple[list[T], Ints]:
    """One of each kind, and the number of each thing's kind."""
    number: dict[object, int] = {}
    one: list[T] = []
    of = []
    for thing in things:
        if key(thing) not in number:
            number[key(thing)] = len(one)
            one.append(thing)
        of.append(number[key(thing)])
    return one, np.array(of, np.int64)
