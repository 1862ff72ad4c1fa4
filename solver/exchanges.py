"""Better assignments by exchange: a few workers share their families out anew by a small exact model, again and again.

Everybody else keeps what they hold, so each model is small whatever the size of the whole; how many are solved and how
long each may search is counted in the solver's own work, so that the result repeats (large neighbourhood search; Shaw
1998).
"""

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
from ortools.sat.python import cp_model

from solver.assignment import NOBODY, Assignment, excess
from solver.program import Bools, Ints
from solver.watch import Watch

WORK = 0.2
"""Deterministic time of one model, in the solver's own unit (about a second)."""


class Exchanges:
    """An assignment being improved; `chosen` is the best so far.

    `weights`: what a unit of each level counts, whole numbers; `outside_bands` among them makes bands soft, without it
    nothing may lie outside. `held`: the most that a level of cost may come to. `pairs` (F, W): who may take whom here.
    """

    def __init__(
        self,
        problem: Assignment,
        chosen: Ints,
        weights: Mapping[str, int],
        held: Mapping[str, int] | None = None,
        pairs: Bools | None = None,
    ) -> None:
        self.problem = problem
        self.chosen = chosen.copy()
        self.weights, self.held = weights, held or {}
        self.pairs = problem.eligible if pairs is None else pairs & problem.eligible
        self.load, self.team_load = problem.loads(chosen)
        self.work = 0.0

    def run(self, groups: Sequence[Sequence[int]], watch: Watch) -> int:
        """Let each group of workers exchange in turn until the watch stops it; how many groups gained by it."""
        return sum(self._exchange(sorted(group)) for group in groups if not watch.stopped())

    def outside(self) -> tuple[Ints, Ints]:
        """Points outside the band of each worker (W) and each team (T)."""
        problem = self.problem
        workers = excess(self.load, problem.low, np.minimum(problem.high, problem.capacity))
        return workers, excess(self.team_load, problem.team_low, problem.team_high)

    def _exchange(self, group: Sequence[int]) -> bool:
        problem, model = self.problem, cp_model.CpModel()
        families = np.flatnonzero(np.isin(self.chosen, group))
        members = np.asarray(group, np.int64)
        rows, columns = np.nonzero(self.pairs[np.ix_(families, members)])
        family, worker = families[rows], members[columns]
        now = self.chosen[family] == worker
        if int(now.sum()) != len(families):
            return False
        goes = [model.new_bool_var("") for _ in family]
        of_family: dict[int, list[cp_model.IntVar]] = {}
        for number, var in zip(family.tolist(), goes, strict=True):
            of_family.setdefault(number, []).append(var)
        for options in of_family.values():
            model.add_exactly_one(options)
        goal = self._loads(model, goes, worker, problem.points[family, worker], group)
        before = self._outside_of(group) * self.weights.get("outside_bands", 0)
        whole = {name: int(n[self._placed, self.chosen[self._placed]].sum()) for name, n in problem.costs.items()}
        for name, cost in problem.costs.items():
            count = cost[family, worker]
            here = int(count[now].sum())
            if name in self.held and count.any():
                total = cp_model.LinearExpr.weighted_sum(goes, count.tolist())
                model.add(total <= max(here, self.held[name] - whole[name] + here))
            if name in self.weights:
                goal.append((self.weights[name], cp_model.LinearExpr.weighted_sum(goes, count.tolist())))
                before += self.weights[name] * here
        for var, is_now in zip(goes, now.tolist(), strict=True):
            model.add_hint(var, is_now)
        model.minimize(sum(weight * part for weight, part in goal))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.catch_sigint_signal = False
        solver.parameters.max_deterministic_time = WORK
        status = solver.solve(model)
        self.work += solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or round(solver.objective_value) >= before:
            return False
        taken = np.array([solver.boolean_value(var) for var in goes])
        self.chosen[family[taken]] = worker[taken]
        self.load, self.team_load = problem.loads(self.chosen)
        return True

    @property
    def _placed(self) -> Ints:
        return np.flatnonzero(self.chosen != NOBODY)

    def _outside_of(self, group: Sequence[int]) -> int:
        workers, teams = self.outside()
        return int(workers[list(group)].sum() + teams[np.unique(self.problem.team[list(group)])].sum())

    def _loads(
        self,
        model: cp_model.CpModel,
        goes: Sequence[cp_model.IntVar],
        worker: Ints,
        points: Ints,
        group: Sequence[int],
    ) -> list[tuple[int, cp_model.LinearExprT]]:
        """Hold each worker and each team to its band, or as near as they are now; what lies outside, weighted."""
        problem, weight = self.problem, self.weights.get("outside_bands", 0)
        most = np.minimum(problem.high, problem.capacity)
        goal: list[tuple[int, cp_model.LinearExprT]] = []
        load: dict[int, cp_model.LinearExprT] = {}

        def banded(total: cp_model.LinearExprT, low: int, high: int, limit: int) -> None:
            if not weight:
                model.add_linear_constraint(total, low, high)
                return
            out = model.new_int_var(0, 10**6, "")
            model.add(total <= high + out)
            model.add(total >= low - out)
            model.add(total <= limit)
            goal.append((weight, out))

        for member in group:
            mine = np.flatnonzero(worker == member)
            load[member] = cp_model.LinearExpr.weighted_sum([goes[n] for n in mine.tolist()], points[mine].tolist())
            banded(load[member], int(problem.low[member]), int(most[member]), int(problem.capacity[member]))
        for team in np.unique(problem.team[list(group)]).tolist():
            members = [member for member in group if problem.team[member] == team]
            rest = int(self.team_load[team] - self.load[members].sum())
            low, high = int(problem.team_low[team]), int(problem.team_high[team])
            banded(sum(load[m] for m in members) + rest, low, high, 10**9)
        return goal


def groups_around(exchanges: Exchanges, size: int, random: Random, among: Ints | None = None) -> list[list[int]]:
    """A group of workers around each who lies outside their band or whose team does; around some, where nobody does.

    `among`: only workers of the same number (W) exchange.
    """
    problem = exchanges.problem
    workers, teams = exchanges.outside()
    wanted = np.flatnonzero((workers > 0) | (teams[problem.team] > 0)).tolist()
    everybody = list(range(len(problem.capacity)))
    if not wanted:
        wanted = random.sample(everybody, -(-len(everybody) // size))
    random.shuffle(wanted)
    room = exchanges.load < np.minimum(problem.high, problem.capacity)
    groups = []
    for worker in wanted:
        near = np.ones(len(everybody), bool) if among is None else among == among[worker]
        # some of the same team, whose load may be at its limit; some with room: an exchange among the full moves little
        mates = near & (problem.team == problem.team[worker])
        group = {worker}
        for some, up_to in ((mates, size // 3), (near & room, size // 3), (near, size)):
            others = np.flatnonzero(some).tolist()
            group.update(random.sample(others, min(up_to, size - len(group), len(others))))
        groups.append(sorted(group))
    return groups
