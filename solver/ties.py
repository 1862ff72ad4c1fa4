"""Ties broken to people's good once the nine levels are settled: fewer new faces, a shared language, short journeys.

Three workers at a time exchange their families by a small exact model: each keeps exactly the points they hold, and
every level counted by pairs keeps its sum, so none of the nine figures can move. Workers who receive from the same
outgoing workers are taken together, for there a pair can be saved. Nothing is proven; the exchanges tried are limited
by their number and by the solver's own count of its work, so that the result repeats (large neighbourhood search; Shaw
1998).
"""

import time
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from random import Random

import numpy as np
from ortools.sat.python import cp_model

from handover.clearance import receiving_workers
from handover.engagement import Engagement
from handover.handovers import hands_over
from handover.journeys import journey
from handover.plan import TIE_FIGURES, Level
from handover.ties import could_share_language, shares_language, tie_figures
from solver.assignment import NOBODY, Assignment
from solver.program import Ints
from solver.watch import Watch

TOGETHER = 3
"""Workers who exchange families in one model."""
TRIES_A_WORKER, MOST_TRIES = 6, 300
"""How many models are solved for each worker, and in all."""
WORK, WORK_A_WORKER, MOST_WORK = 0.03, 0.06, 4.0
"""Deterministic time of one model, of all for each worker, and in all, in the solver's own unit (a few seconds)."""


def break_ties(
    problem: Assignment, chosen: Ints, engagement: Engagement, watch: Watch, seed: int = 0
) -> tuple[Ints, tuple[Level, ...]]:
    """An assignment (a worker's number for each family's, as in the problem) with the same nine figures and its ties
    broken; and the figures of `TIE_FIGURES` as levels, for which no proof is sought. §3."""
    start = time.monotonic()
    found, stopped = chosen, watch.stopped()
    if not stopped:
        ties = Ties(problem, chosen, engagement)
        stopped = ties.run(watch, seed)
        found = ties.chosen
    assert problem.possible(found)
    assert problem.figures(found) == problem.figures(chosen)
    ids = [w.worker_id for w in receiving_workers(engagement)]
    to_worker = {
        family.family_id: None if worker == NOBODY else ids[worker]
        for family, worker in zip(engagement.families, found.tolist(), strict=True)
    }
    figures = tie_figures(to_worker, engagement)
    seconds = round((time.monotonic() - start) / len(figures), 3)
    levels = (Level(n, figures[n], Fraction(0), seconds, stopped if figures[n] else "") for n in TIE_FIGURES)
    return found, tuple(levels)


def keep_names(
    problem: Assignment, chosen: Ints, announced: Ints, engagement: Engagement, watch: Watch, seed: int = 0
) -> Ints:
    """An assignment with the same nine figures, with fewer children who go to somebody else than was announced (a
    worker's number for each family's, NOBODY: no name) as far as exchanges find them; of equals, by ties."""
    ties = Ties(problem, chosen, engagement, announced)
    ties.run(watch, seed)
    assert problem.possible(ties.chosen)
    assert problem.figures(ties.chosen) == problem.figures(chosen)
    return ties.chosen


class Ties:
    """An assignment whose ties are being broken; `chosen` is the best so far. Where names are announced, keeping them
    comes before all else."""

    def __init__(
        self, problem: Assignment, chosen: Ints, engagement: Engagement, announced: Ints | None = None
    ) -> None:
        self.problem = problem
        self.chosen = chosen.copy()
        self._announced = np.full_like(chosen, NOBODY) if announced is None else announced
        families, workers = engagement.families, receiving_workers(engagement)
        could_share = [could_share_language(family, workers, engagement) for family in families]

        @cache
        def giver(family: int, worker: int) -> str | None:
            return hands_over(families[family], workers[worker].worker_id)

        @cache
        def others(family: int, worker: int) -> tuple[int, int]:
            apart = could_share[family] and not shares_language(families[family], workers[worker])
            return int(apart), journey(families[family], workers[worker]) or 0

        self._giver, self._others = giver, others
        self._work = 0.0
        # how often each worker's families have changed: three that nothing has happened to need no second look
        self._changed = [0] * len(workers)
        self._from = [self._givers(worker) for worker in range(len(workers))]

    def run(self, watch: Watch, seed: int) -> str:
        """Try exchanges, so many and no more; what cut them short, if anything did."""
        random = Random(seed)  # noqa: S311 - a search, not a secret
        work = min(MOST_WORK, WORK_A_WORKER * len(self._changed))
        placed = np.flatnonzero(self.chosen != NOBODY).tolist()
        seen = set()
        for _ in range(min(MOST_TRIES, TRIES_A_WORKER * len(self._changed)) if placed else 0):
            stopped = watch.stopped() or ("work limit" if self._work >= work else "")
            if stopped:
                return stopped
            # who lost the name announced first: the others have nothing to be given back
            family = random.choice(self._renamed() or placed)
            group = self._group(int(self.chosen[family]), random)
            state = tuple((worker, self._changed[worker]) for worker in group)
            if state not in seen:
                seen.add(state)
                self._exchange(group)
        return ""

    def _group(self, worker: int, random: Random) -> list[int]:
        """The worker and some others, first of those who receive from the same people, in order."""
        others = [other for other in range(len(self._from)) if other != worker]
        random.shuffle(others)
        others.sort(key=lambda other: self._from[worker].isdisjoint(self._from[other]))
        # first of all with whom a name could be given back
        near = self._names_of(worker)
        others.sort(key=lambda other: other not in near)
        return sorted([worker, *others[: TOGETHER - 1]])

    def _names_of(self, worker: int) -> set[int]:
        """Who was announced to the worker's families, and who has those that the worker was announced to."""
        announced = (int(name) for name in self._announced[self.chosen == worker])
        return {*announced, *(int(who) for who in self.chosen[self._announced == worker])} - {NOBODY, worker}

    def _renamed(self) -> list[int]:
        """The families that would go to somebody else than was announced."""
        known = (self._announced != NOBODY) & (self.chosen != NOBODY)
        return [int(family) for family in np.flatnonzero(known & (self.chosen != self._announced))]

    def _renames(self, family: int, worker: int) -> int:
        """Children who would go to somebody else than was announced."""
        name = self._announced[family]
        return 0 if name in (NOBODY, worker) else int(self.problem.children[family])

    def _givers(self, worker: int) -> set[str]:
        """Who hands over to the worker."""
        people = (self._giver(family, worker) for family in np.flatnonzero(self.chosen == worker).tolist())
        return {person for person in people if person is not None}

    def _exchange(self, group: list[int]) -> None:
        """Share the group's families out anew if that is better."""
        problem = self.problem
        families = np.flatnonzero(np.isin(self.chosen, group)).tolist()
        pairs = [(f, w) for f in families for w in group if problem.eligible[f, w]]
        model = cp_model.CpModel()
        goes = {pair: model.new_bool_var("") for pair in pairs}
        for family in families:
            model.add_exactly_one(goes[family, w] for w in group if (family, w) in goes)
        now = {pair: bool(self.chosen[pair[0]] == pair[1]) for pair in pairs}
        for worker in group:
            self._keep(model, goes, now, {p: int(problem.points[p]) for p in pairs if p[1] == worker})
        for cost in problem.costs.values():
            self._keep(model, goes, now, {p: int(cost[p]) for p in pairs})
        met: dict[tuple[str, int], cp_model.IntVar] = {}
        for (family, worker), var in goes.items():
            model.add_hint(var, now[family, worker])
            giver = self._giver(family, worker)
            if giver is not None:
                if (giver, worker) not in met:
                    met[giver, worker] = model.new_bool_var("")
                model.add_implication(var, met[giver, worker])
        # one family without its language outweighs all journeys, one pair all such families, one name all pairs
        language = 1 + sum(max(self._others(f, w)[1] for w in group) for f in families)
        pair = language * (1 + sum(max(self._others(f, w)[0] for w in group) for f in families))
        name = pair * (1 + len(families))
        weight = {p: name * self._renames(*p) + language * self._others(*p)[0] + self._others(*p)[1] for p in pairs}
        model.minimize(pair * sum(met.values()) + sum(weight[p] * var for p, var in goes.items()))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.catch_sigint_signal = False
        # a moment: to look at the watch meanwhile would take longer than many of them
        solver.parameters.max_deterministic_time = WORK
        status = solver.solve(model)
        self._work += solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return
        before = pair * sum(len(self._from[w]) for w in group) + sum(weight[p] for p in pairs if now[p])
        if solver.objective_value < before:
            for (family, worker), var in goes.items():
                if solver.boolean_value(var):
                    self.chosen[family] = worker
            for worker in group:
                self._changed[worker] += 1
                self._from[worker] = self._givers(worker)

    @staticmethod
    def _keep(
        model: cp_model.CpModel,
        goes: Mapping[tuple[int, int], cp_model.IntVar],
        now: Mapping[tuple[int, int], bool],
        count: Mapping[tuple[int, int], int],
    ) -> None:
        """Hold a sum over pairs at what it is now."""
        model.add(sum(n * goes[p] for p, n in count.items() if n) == sum(n for p, n in count.items() if now[p]))
