"""Who holds a child from go-live until the receiving worker is ready (contract §4)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import networkx as nx
from ortools.sat.python import cp_model

from handover.caseload import family_points, points
from handover.continuity import known_workers
from handover.engagement import Engagement
from handover.handovers import held_in_between, interim_candidates
from solver.watch import Watch

PROOF_LIMIT = 60.0
"""Deterministic time for one question of the search: far above what a team of any real size takes."""


@dataclass(frozen=True)
class _Held:
    """A family to be held in between: its points, who may hold it, and how many of its children know each of them."""

    family_id: str
    points: int
    candidates: tuple[str, ...]
    knows: Mapping[str, int]


def choose_interim(
    engagement: Engagement, to_worker: Mapping[str, str | None], watch: Watch | None = None
) -> Mapping[str, str | None]:
    """The interim worker of each family with a child held in between, by family id; None where nobody can. §4.

    Within the first group that has anybody, the heaviest day-one load (own and interim points by fte) is the least
    there can be, always. Ties go to who is known to most of the children, as far as the watch allows, then to the more
    even load.
    """
    own: dict[str, int] = defaultdict(int)
    waiting: list[_Held] = []
    chosen: dict[str, str | None] = {}
    for family in engagement.families:
        receiver_id = to_worker[family.family_id]
        if receiver_id is None:
            continue
        own[receiver_id] += family_points(family, engagement)
        receiver = engagement.worker[receiver_id]
        held = held_in_between(family, receiver, engagement)
        if not held:
            continue
        chosen[family.family_id] = None
        candidates = tuple(w.worker_id for w in interim_candidates(family, receiver, engagement))
        if candidates:
            known = [known_workers(child, engagement) for child in family.children]
            weight = sum(points(child, engagement) for child in held)
            knows = {w: sum(w in k for k in known) for w in candidates}
            waiting.append(_Held(family.family_id, weight, candidates, knows))
    fte = {w.worker_id: w.fte for w in engagement.workers}
    for group in _apart(waiting):
        chosen.update(_spread(group, own, fte, watch))
    return chosen


def _apart(waiting: list[_Held]) -> list[list[_Held]]:
    """Groups of families that share no candidate with one another, each in order of family id."""
    shared: nx.Graph[tuple[str, str]] = nx.Graph()
    for held in waiting:
        shared.add_edges_from((("family", held.family_id), ("worker", w)) for w in held.candidates)
    by_id = {held.family_id: held for held in waiting}
    groups = [sorted(name for kind, name in part if kind == "family") for part in nx.connected_components(shared)]
    return [[by_id[family_id] for family_id in group] for group in sorted(groups)]


def _spread(
    group: list[_Held], own: Mapping[str, int], fte: Mapping[str, Fraction], watch: Watch | None
) -> dict[str, str]:
    """The families spread so that the heaviest load is least, exactly: a search over all loads that can occur, upwards
    from the least at which there is room for all together, which can mostly be had."""
    workers = sorted({w for held in group for w in held.candidates})
    total = sum(held.points for held in group)
    idle = max(own.get(w, 0) / fte[w] for w in workers)
    found = _lightest_first(group, own, fte)
    most = _heaviest(found, group, own, fte, workers)
    loads = sorted(
        {points / fte[w] for w in workers for points in range(ceil(idle * fte[w]), floor(most * fte[w]) + 1)}
    )

    def has_room(load: Fraction) -> bool:
        return sum(floor(load * fte[w]) - own.get(w, 0) for w in workers) >= total

    low, high = bisect_left(loads, True, key=has_room), len(loads) - 1
    middle = low
    while low < high:
        better = _within(loads[middle], group, own, fte)
        if better is None:
            low = middle + 1
        else:
            found, high = better, middle
        middle = (low + high) // 2
    if watch is None or not watch.stopped():
        found = _best_known(loads[low], group, own, fte) or found
    return _even_out(found, group, own, fte)


def _lightest_first(group: list[_Held], own: Mapping[str, int], fte: Mapping[str, Fraction]) -> dict[str, str]:
    load = dict(own)
    found = {}
    for held in sorted(group, key=lambda h: (-h.points, h.family_id)):
        worker = min(held.candidates, key=lambda w: ((load.get(w, 0) + held.points) / fte[w], w))
        load[worker] = load.get(worker, 0) + held.points
        found[held.family_id] = worker
    return found


def _loads(found: Mapping[str, str], group: list[_Held], own: Mapping[str, int]) -> dict[str, int]:
    load = dict(own)
    for held in group:
        worker = found[held.family_id]
        load[worker] = load.get(worker, 0) + held.points
    return load


def _heaviest(
    found: Mapping[str, str],
    group: list[_Held],
    own: Mapping[str, int],
    fte: Mapping[str, Fraction],
    workers: list[str],
) -> Fraction:
    load = _loads(found, group, own)
    return max(load.get(w, 0) / fte[w] for w in workers)


def _within(
    most: Fraction, group: list[_Held], own: Mapping[str, int], fte: Mapping[str, Fraction]
) -> dict[str, str] | None:
    """A spread in which nobody's load is above `most`; None: there is none. Families that are alike are only counted in
    the search, and then dealt out in order: which of them goes where would be a question of its own."""
    model = cp_model.CpModel()
    taken: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
    alike: dict[tuple[int, tuple[str, ...]], list[str]] = defaultdict(list)
    for held in group:
        alike[held.points, held.candidates].append(held.family_id)
    goes = {}
    for (weight, candidates), families in alike.items():
        for w in candidates:
            goes[weight, candidates, w] = model.new_int_var(0, len(families), "")
            taken[w].append(weight * goes[weight, candidates, w])
        model.add(sum(goes[weight, candidates, w] for w in candidates) == len(families))
    _hold(model, taken, most, own, fte)
    solver = _solved(model)
    if solver is None:
        return None
    found: dict[str, str] = {}
    for (weight, candidates, w), some in goes.items():
        found.update((alike[weight, candidates].pop(), w) for _ in range(solver.value(some)))
    return found


def _best_known(
    most: Fraction, group: list[_Held], own: Mapping[str, int], fte: Mapping[str, Fraction]
) -> dict[str, str] | None:
    """The spread in which nobody's load is above `most` with the most children known to who holds them; None: there is
    no spread."""
    model = cp_model.CpModel()
    taken: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
    holds = {}
    for held in group:
        for w in held.candidates:
            holds[held.family_id, w] = model.new_bool_var("")
            taken[w].append(held.points * holds[held.family_id, w])
        model.add_exactly_one(holds[held.family_id, w] for w in held.candidates)
    _hold(model, taken, most, own, fte)
    model.maximize(sum(held.knows[w] * holds[held.family_id, w] for held in group for w in held.candidates))
    solver = _solved(model)
    if solver is None:
        return None
    return {family_id: w for (family_id, w), held in holds.items() if solver.boolean_value(held)}


def _hold(
    model: cp_model.CpModel,
    taken: Mapping[str, list[cp_model.LinearExprT]],
    most: Fraction,
    own: Mapping[str, int],
    fte: Mapping[str, Fraction],
) -> None:
    for w, parts in taken.items():
        model.add(sum(parts) <= floor(most * fte[w]) - own.get(w, 0))


def _solved(model: cp_model.CpModel) -> cp_model.CpSolver | None:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_deterministic_time = PROOF_LIMIT
    return solver if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _even_out(
    found: dict[str, str], group: list[_Held], own: Mapping[str, int], fte: Mapping[str, Fraction]
) -> dict[str, str]:
    """Families passed on one at a time to a lighter worker as well known, as long as the two loads come closer."""
    found = dict(found)
    load = _loads(found, group, own)
    moved = True
    while moved:
        moved = False
        for held in group:
            now = found[held.family_id]
            for w in held.candidates:
                after = (load.get(w, 0) + held.points) / fte[w]
                if held.knows[w] >= held.knows[now] and after < load[now] / fte[now]:
                    load[now] -= held.points
                    load[w] = load.get(w, 0) + held.points
                    found[held.family_id] = now = w
                    moved = True
    return found
