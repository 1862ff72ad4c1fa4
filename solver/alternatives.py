"""What else could be done for a family: whole plans in which another worker takes it, the rest made anew (§3, §4).

Which workers cost least is found by an exchange of families among a few workers at a time, exactly and at every level
(large neighbourhood search; Shaw 1998). For the least of these the nine levels are then searched over all families,
from that exchange on. What the plan as it stands has proven helps: as long as the levels above agree, no plan under one
more condition can beat a bound of the plan without it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from queue import SimpleQueue
from random import Random

import numpy as np

from handover.clearance import receiving_workers
from handover.engagement import Engagement
from handover.plan import ALLOCATION_LEVELS, Level, Plan
from handover.ties import tie_figures
from solver.assignment import NOBODY, Assignment
from solver.cases import assignment
from solver.county import is_large
from solver.interim import choose_interim
from solver.levels import Levels
from solver.planner import allocations, versions
from solver.program import Bools, Ints, Searcher
from solver.schedule.again import schedule_again
from solver.watch import Watch

FIRST = 3
"""Levels before `changes`: settled together where all can be as in the plan."""
NODES, MORE_NODES = 100, 1000
"""Branch-and-bound nodes to find that, in one exchange and among all families."""
LANES = 2
"""Alternatives worked out side by side, on however many cores: their order decides nothing."""
TOGETHER = 4
"""Workers who exchange families while the alternatives are compared."""
ROUNDS = 2
"""Exchanges tried for each worker while they are compared."""
COMPARE_SHARE, ALLOCATION_SHARE, LEVEL_SHARE = 0.3, 0.6, 0.5
"""Shares of the time left that comparing, the allocation of one alternative, and one level of it may use up."""
FORCED = 10**4
"""Children that the family counts as while it must not be left out."""


@dataclass(frozen=True)
class Alternatives:
    """The plans, the least first in the order of §3, each with the worker whom it gives the family to; how many other
    receiving workers can take the family; and how many of these there was time to compare.

    A plan's bounds hold for plans that give the family to this worker. Plans have no id and no flags.
    """

    plans: tuple[tuple[str, Plan], ...]
    able: int
    compared: int


@dataclass(frozen=True)
class _Asked:
    """The question: a plan, its allocation as an assignment (F), and the family (its row) that is to go elsewhere."""

    engagement: Engagement
    plan: Plan
    problem: Assignment
    chosen: Ints
    family: int

    def fixed(self, worker: int) -> Assignment:
        """The problem with the family fixed to a worker (a column)."""
        eligible = self.problem.eligible.copy()
        eligible[self.family] = False
        eligible[self.family, worker] = True
        children = self.problem.children.copy()
        children[self.family] = FORCED
        return replace(self.problem, eligible=eligible, children=children)

    def moved(self, worker: int) -> Ints:
        """The plan with the family moved to the worker; where `max_points` stands against it, others are left out."""
        chosen = self.chosen.copy()
        chosen[self.family] = worker
        points, most = self.problem.points[:, worker], self.problem.capacity[worker]
        others = [f for f in np.flatnonzero(chosen == worker).tolist() if f != self.family]
        for other in sorted(others, key=lambda f: (points[f], f)):
            if points[chosen == worker].sum() <= most:
                break
            chosen[other] = NOBODY
        return chosen


def alternatives(
    engagement: Engagement, plan: Plan, family_id: str, watch: Watch, most: int = 5, also: str | None = None
) -> Alternatives:
    """The plans, at most `most`, that cost least among those that give the family to another worker than `plan` does;
    and beyond these the one that gives it to worker `also`, if they can take it.

    `plan` must keep every rule for the engagement; so do the plans that are made.
    """
    ids = [w.worker_id for w in receiving_workers(engagement)]
    number: Mapping[str | None, int] = {None: NOBODY} | {worker_id: n for n, worker_id in enumerate(ids)}
    given = [number[plan.allocation_of[f.children[0].child_id].to_worker_id] for f in engagement.families]
    row = next(n for n, family in enumerate(engagement.families) if family.family_id == family_id)
    asked = _Asked(engagement, plan, assignment(engagement), np.array(given, np.int64), row)
    others = _cheapest_first(asked)
    with _searchers() as free, ThreadPoolExecutor(LANES) as lanes:
        compared = Watch(watch.part(COMPARE_SHARE).until, watch.interrupted)

        def compare(worker: int) -> Ints | None:
            watch.progress("workers compared", Fraction(others.index(worker)), None)
            if compared.stopped() and worker != number.get(also, NOBODY):
                return None
            with _one_of(free) as searcher:
                return _exchanged(asked, worker, searcher, compared)

        found = {w: start for w, start in zip(others, lanes.map(compare, others), strict=True) if start is not None}
        order = sorted(found, key=lambda w: [*asked.problem.figures(found[w]).values()])
        picked = order[:most]
        picked += [w for w in order[most:] if ids[w] == also]
        began, left = time.monotonic(), watch.left()
        rounds = -(-len(picked) // LANES)

        def make(place: int) -> Plan:
            # each round of lanes has its share of the time, and what the one before it did not need
            watch.progress("alternatives begun", Fraction(place + 1), None)
            until = began + left * (place // LANES + 1) / rounds
            with _one_of(free) as searcher:
                worker = picked[place]
                return _plan(asked, worker, found[worker], searcher, replace(watch, until=until))

        plans = [*lanes.map(make, range(len(picked)))]
    made = sorted(zip((ids[w] for w in picked), plans, strict=True), key=lambda pair: _figures(pair[1]))
    return Alternatives(tuple(made), len(others), len(found))


def _figures(plan: Plan) -> list[Fraction]:
    return [level.value for level in plan.levels]


@contextmanager
def _searchers() -> Iterator["SimpleQueue[Searcher]"]:
    """A searcher for each lane, in a queue; each starts its process when it is first asked."""
    free: SimpleQueue[Searcher] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(LANES):
            free.put(stack.enter_context(closing(Searcher())))
        yield free


@contextmanager
def _one_of(free: "SimpleQueue[Searcher]") -> Iterator[Searcher]:
    searcher = free.get()
    try:
        yield searcher
    finally:
        free.put(searcher)


def _cheapest_first(asked: _Asked) -> list[int]:
    """The other workers who can take the family, by what the family itself would cost with them, the emptiest first."""
    problem, family = asked.problem, asked.family
    load, _ = problem.loads(asked.chosen)
    able = [w for w in np.flatnonzero(problem.eligible[family]).tolist() if w != asked.chosen[family]]
    able = [w for w in able if problem.points[family, w] <= problem.capacity[w]]
    return sorted(
        able, key=lambda w: ([int(c[family, w]) for c in problem.costs.values()], int(load[w]) - problem.fair[w])
    )


def _exchanged(asked: _Asked, worker: int, searcher: Searcher, watch: Watch) -> Ints:
    """The plan with the family moved, and families exchanged among a few workers until every level is as before, or a
    few times; no level is proven by it."""
    problem, chosen = asked.fixed(worker), asked.moved(worker)
    before = asked.problem.figures(asked.chosen)
    random = Random(f"{asked.plan.seed} {asked.family} {worker}")  # noqa: S311 - a search, not a secret
    mine = [w for w in dict.fromkeys((worker, int(asked.chosen[asked.family]))) if w != NOBODY]
    rest = [w for w in range(len(problem.capacity)) if w not in mine]
    for _ in range(ROUNDS):
        group = [*mine, *random.sample(rest, min(TOGETHER - len(mine), len(rest)))]
        narrow = replace(problem, eligible=problem.eligible & _within(asked, chosen, group))
        levels = Levels(narrow, chosen, searcher, watch, asked.plan.seed)
        if _holds_first(asked, levels, NODES):
            chosen = _settled(asked, levels, ALLOCATION_LEVELS[FIRST:]).chosen
        if asked.problem.figures(chosen) == before or watch.stopped():
            break
    return chosen


def _within(asked: _Asked, chosen: Ints, group: list[int]) -> Bools:
    """Pairs (F, W) of an exchange: families of a group, and those it left out, to the group; all others stay."""
    pairs = np.zeros(asked.problem.eligible.shape, bool)
    placed = np.flatnonzero(chosen != NOBODY)
    pairs[placed, chosen[placed]] = True
    free = np.isin(chosen, group) | ((chosen == NOBODY) & (asked.chosen != NOBODY))
    pairs[np.ix_(np.flatnonzero(free), np.array(group))] = True
    return pairs


def _holds_first(asked: _Asked, levels: Levels, nodes: int) -> bool:
    """Settle the first levels, who is left out and what lies outside the bands, as the plan has them, where it has
    proven them best and that can be had again; True when it was."""
    first = [asked.plan.level[name] for name in ALLOCATION_LEVELS[:FIRST]]
    values = {level.name: level.value for level in first}
    if not all(level.proven for level in first) or not levels.find(values, nodes):
        return False
    levels.settle(values, 0.0)
    levels.may_leave_out = bool((levels.chosen[~levels.problem.stranded] == NOBODY).any())
    return True


class _Paced(Levels):
    """Levels of which none may use up more than a share of the time that is left."""

    def minimise(self, name: str) -> None:
        """Minimise one level within its share."""
        whole, self._watch = self._watch, self._watch.part(LEVEL_SHARE)
        super().minimise(name)
        self._watch = whole


def _settled(asked: _Asked, levels: Levels, names: Sequence[str]) -> Levels:
    """The levels named, of a problem that differs from the plan's by one more condition; those before them are as in
    the plan. As long as the levels above are, its bounds hold here too, and a level at its bound needs no search."""
    same = True
    for name in names:
        before, value = asked.plan.level[name], levels.problem.figures(levels.chosen)[name]
        if same and value == before.bound:
            levels.settle({name: value}, 0.0)
        else:
            levels.minimise(name)
            if same:
                levels.done[-1] = _bounded(levels.done[-1], before.bound)
        same = same and levels.done[-1].value == before.value
        if name == "unallocated_points":
            levels.may_leave_out = bool((levels.chosen[~levels.problem.stranded] == NOBODY).any())
    return levels


def _bounded(level: Level, bound: Fraction) -> Level:
    """The level with another bound that holds as well."""
    best = max(level.bound, min(bound, level.value))
    return replace(level, bound=best, stopped="" if best == level.value else level.stopped)


def _plan(asked: _Asked, worker: int, start: Ints, searcher: Searcher, watch: Watch) -> Plan:
    """The whole plan in which the worker takes the family: allocation from `start` on, interim workers, schedule."""
    began = time.monotonic()
    engagement, plan = asked.engagement, asked.plan
    quiet = Watch(watch.until, watch.interrupted)
    chosen, levels = _allocated(asked, asked.fixed(worker), start, searcher, quiet.part(ALLOCATION_SHARE))
    ids = [w.worker_id for w in receiving_workers(engagement)]
    to_worker = {
        family.family_id: None if column == NOBODY else ids[column]
        for family, column in zip(engagement.families, chosen.tolist(), strict=True)
    }
    interim = choose_interim(engagement, to_worker)
    booked = schedule_again(engagement, plan, to_worker, interim, searcher, quiet)
    ties = (Level(name, value, Fraction(0)) for name, value in tie_figures(to_worker, engagement).items())
    return replace(
        plan,
        versions=versions(),
        seconds=round(time.monotonic() - began, 3),
        levels=(*levels, *booked.levels, *ties),
        allocations=allocations(engagement, to_worker, interim),
        appointments=booked.appointments,
        flags=(),
        remedies=(),
        plan_id="",
        made_at=None,
        made_by="",
    )


def _allocated(
    asked: _Asked, problem: Assignment, start: Ints, searcher: Searcher, watch: Watch
) -> tuple[Ints, tuple[Level, ...]]:
    """The best assignment found from `start` on, and its levels."""
    if not is_large(problem):
        levels = _Paced(problem, start, searcher, watch, asked.plan.seed)
        first = FIRST if _holds_first(asked, levels, MORE_NODES) else 0
        _settled(asked, levels, ALLOCATION_LEVELS[first:])
        return levels.chosen, tuple(levels.done)
    # a search over every pair is out of reach: the exchange stands, with the plan's bounds as far as they hold
    found, same = [], True
    for name, value in problem.figures(start).items():
        before = asked.plan.level[name]
        bound = min(before.bound, value) if same else Fraction(0)
        found.append(Level(name, value, bound, 0.0, "" if bound == value else "work limit"))
        same = same and value == before.value
    return start, tuple(found)
