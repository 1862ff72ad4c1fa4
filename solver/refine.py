"""Levels proven on a smaller program that is refined only where it promises too much.

Workers alike in the families they may take, and in cost at a level and those above it, begin as one kind
(`solver.kinds`). The best of that program is a true bound; where its families can be packed into the bands of each
worker, it is also reached, and so proven. Where a kind's families cannot be packed, whole families are counted in steps
of points, or its workers told apart, and the program is solved anew: the rest stays small (abstraction and refinement;
Clarke and others 2000). The bound of every step holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from solver.assignment import NOBODY, Assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Bools, Floats, Ints, Searcher, seconds_of
from solver.relaxation import TOLERANCE
from solver.rounds import Rounds
from solver.watch import Watch

PACKING = 2.0
"""Deterministic time of one packing, in the solver's own unit (about a second)."""
MATTER = ("changes", "burden", "strangers", "unknown", "team_imbalance")
"""The levels that a bound depends on, all bands being held."""
OFTEN = 50
"""One in so many families must share what it asks of a worker for kinds to be told apart by it."""
BRIEF = 200
"""Branch-and-bound nodes of a search among the few pairs that could mend what did not fit."""
SEARCHING = 0.9
"""Share of the time left for the search of a program; the rest is for mending what it found and does not fit."""
STEPS = (2, 3, 4, 5, 6, 7, 8)
"""In how many points whole families are counted where they did not fit."""


@dataclass(frozen=True)
class Refined:
    """An assignment that reaches what the program promised or came nearest to it (None: there is none better than what
    was known, or it was not found), a true bound on the level, and what ended the search (blank: it ended by itself).
    """

    chosen: Ints | None
    bound: float
    stopped: str


def refinable(problem: Assignment) -> bool:
    """True when a family weighs the same with every worker, as `Kinds` asks."""
    return len(problem.capacity) > 0 and bool((problem.points == problem.weight[:, None]).all())


class Refinement:
    """The kinds of a problem, told apart further whenever a level asks for it. For allocations within all bands that
    leave out only families nobody may take."""

    def __init__(self, problem: Assignment, searcher: Searcher, seed: int = 0) -> None:
        asks, count = np.unique(problem.eligible, axis=0, return_counts=True)
        self.problem = problem
        self._asks = asks[count * OFTEN >= len(problem.eligible)]
        self._apart = np.zeros(len(problem.capacity), np.int64)
        self._searcher, self._seed = searcher, seed
        self._bounds: dict[tuple[object, ...], float] = {}
        self._last: tuple[tuple[str, ...], Kinds] | None = None
        self._steps: tuple[int, ...] = ()

    def kinds(self, names: Iterable[str]) -> Kinds:
        """The kinds that some levels of cost tell apart, and what has been told apart so far."""
        problem = self.problem
        costs = {name: cost for name, cost in problem.costs.items() if name in set(names)}
        if self._last is None or self._last[0] != tuple(costs):
            of_kind = [problem.kind == kind for kind in range(int(problem.kind.max(initial=-1)) + 1)]
            usual = [np.concatenate([cost[:, kind].max(axis=1) for cost in costs.values()]) for kind in of_kind]
            alike = np.unique(np.array(usual), axis=0, return_inverse=True)[1].reshape(-1)
            kind = _numbered(alike[problem.kind], self._asks, self._apart)
            self._last = tuple(costs), Kinds(replace(problem, costs=costs, kind=kind))
        return self._last[1]

    def best(
        self, level: str, held: Mapping[str, Fraction], pairs: Bools, known: tuple[Ints, float] | None, watch: Watch
    ) -> Refined:
        """The best of a level with the levels above held, among `pairs` (F, W). `known`: an assignment that holds them,
        and the value from which on a bound proves it best."""
        kept = (level, *sorted((name, value) for name, value in held.items() if name in MATTER))
        bound = self._bounds.get(kept, -np.inf)
        mended: Ints | None = None
        while True:
            program = KindProgram(self.kinds((level, *held)), {level: 1.0}, held, pairs, steps=self._steps)
            hint = None if known is None else program.point(known[0])
            rounds = Rounds(program, level, bound, hint, self._searcher, self._seed)
            found = rounds.search(watch.part(SEARCHING))
            self._bounds[kept] = bound = max(bound, found.bound)
            if found.x is None or (known is not None and bound > known[1]):
                return Refined(mended, bound, found.stopped)
            torn: list[int] = []
            packed = self._pack(program, found.x, level, held, torn)
            if packed is not None or watch.stopped() or not torn:
                return Refined(mended if packed is None else packed, bound, found.stopped or watch.stopped())
            reached = max(bound, float(program.cost(level) @ found.x))
            near = self._nearby(program, found.x, torn, level, held, pairs, reached, watch)
            if near is not None and (known is None or near[1] < known[1]):
                known, mended = near, near[0]
                if bound > known[1]:
                    return Refined(mended, bound, "")
            if found.stopped:
                return Refined(mended, bound, found.stopped)

    def _nearby(
        self,
        program: KindProgram,
        x: Floats,
        torn: list[int],
        level: str,
        held: Mapping[str, Fraction],
        pairs: Bools,
        reached: float,
        watch: Watch,
    ) -> tuple[Ints, float] | None:
        """An assignment among the few pairs that change what could not be packed (`torn`, by `x`), and the value from
        which on a bound proves it best; None where none is found. What is as good as was `reached` by `x`, and cannot
        be packed either, is changed further."""
        close = np.zeros_like(pairs)
        while torn and not watch.stopped():
            close |= program.trading(x, torn)
            if not self._steps and any(program.overfull(x, step)[torn].any() for step in STEPS):
                self._steps = STEPS
            self._tell_apart(program.kinds, torn)
            program = KindProgram(self.kinds((level, *held)), {level: 1.0}, held, pairs & close, steps=self._steps)
            found = self._searcher.search(program.program(reached), watch, level, nodes=BRIEF, seed=self._seed)
            watch.work.done(seconds_of(found.work, program.columns))
            if found.x is None:
                return None
            x, torn = found.x, []
            packed = self._pack(program, x, level, held, torn)
            if packed is not None:
                below = self.problem.figures(packed)[level] - Fraction(1, self.problem.grain_of(level))
                return packed, float(below) + TOLERANCE
            if program.cost(level) @ x > reached + TOLERANCE:
                return None
        return None

    def _pack(
        self, program: KindProgram, x: Floats, level: str, held: Mapping[str, Fraction], torn: list[int]
    ) -> Ints | None:
        """Families to single workers as the program has them by kind; None, and the kinds at fault in `torn`, where
        bands do not allow it."""
        problem, kinds = self.problem, program.kinds
        allowed, _ = program.allowed(np.where(np.arange(len(x)) < program.box[0], np.rint(x), x))
        loads = np.rint(x[program.team])
        reached = held.get("team_imbalance")
        if level == "team_imbalance":
            distances = [abs(int(n) - share) for n, share in zip(loads, problem.team_fair, strict=True)]
            reached = max(distances, default=Fraction(0))
        limits = problem.team_limits(reached)
        off = x[program.distance] if level == "worker_imbalance" else np.full(len(program.distance), np.inf)
        packed = _packed(problem, allowed, np.arange(len(problem.capacity)), limits, off.sum())
        if packed is not None:
            return packed
        several = [k for k in range(kinds.kinds) if (kinds.kind == k).sum() > 1]
        anything = np.zeros(len(loads)), np.full(len(loads), np.inf)
        members = {kind: np.flatnonzero(kinds.kind == kind) for kind in several}
        for kind in several:
            most_off = off[kinds.box_kind == kind].sum()
            if _packed(problem, allowed, members[kind], anything, most_off) is None:
                torn.append(kind)
        if several and not torn:  # each packs alone, and only the teams forbid it together
            torn.append(max(several, key=lambda kind: len(members[kind])))
        return None

    def _tell_apart(self, kinds: Kinds, torn: list[int]) -> None:
        """Tell the workers of some kinds apart: by team where they are of several, else one by one."""
        for kind in torn:
            members = np.flatnonzero(kinds.kind == kind)
            teams = self.problem.team[members]
            by = teams if len(np.unique(teams)) > 1 else members
            self._apart[members] = self._apart.max() + 1 + by
        self._last = None


def _numbered(*rows: Ints | Bools) -> Ints:
    """A number for each column of some rows, the same for equal columns."""
    number = np.unique(np.vstack(rows), axis=1, return_inverse=True)[1]
    return number.astype(np.int64).reshape(-1)


def _packed(
    problem: Assignment, allowed: Bools, members: Ints, limits: tuple[Floats, Floats], most_off: float
) -> Ints | None:
    """Families allowed to some workers, packed into their bands and the limits of their teams, the points away from
    their fair shares at most `most_off` together; None where they cannot, or the work for it is used up."""
    from ortools.sat.python import cp_model  # noqa: PLC0415 - slow to import, and not always needed

    model = cp_model.CpModel()
    families, columns = np.nonzero(allowed[:, members])
    workers = members[columns]
    goes = [model.new_bool_var("") for _ in families]
    options: dict[int, list[cp_model.IntVar]] = {}
    for family, var in zip(families.tolist(), goes, strict=True):
        options.setdefault(family, []).append(var)
    for variables in options.values():
        model.add_exactly_one(variables)
    most = np.minimum(problem.high, problem.capacity)
    load: dict[int, cp_model.IntVar] = {}
    for worker in members.tolist():
        mine = np.flatnonzero(workers == worker)
        if problem.low[worker] > most[worker]:
            return None
        load[worker] = model.new_int_var(int(problem.low[worker]), int(most[worker]), "")
        points = problem.weight[families[mine]].tolist()
        model.add(cp_model.LinearExpr.weighted_sum([goes[n] for n in mine.tolist()], points) == load[worker])
    if np.isfinite(most_off):
        off = []
        for worker, points in load.items():
            off.append(model.new_int_var(0, 10**15, ""))
            fair = int(problem.fair[worker] * problem.grain)
            model.add(off[-1] >= problem.grain * points - fair)
            model.add(off[-1] >= fair - problem.grain * points)
        model.add(sum(off) <= int((most_off + TOLERANCE) * problem.grain))
    for team in np.unique(problem.team[members]).tolist():
        low, high = limits[0][team], min(limits[1][team], 10.0**12)
        together = sum(load[worker] for worker in members.tolist() if problem.team[worker] == team)
        model.add_linear_constraint(together, int(np.ceil(low - TOLERANCE)), int(np.floor(high + TOLERANCE)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.max_deterministic_time = PACKING
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = np.full(len(problem.children), NOBODY)
    taken = np.array([solver.boolean_value(var) for var in goes], bool)
    chosen[families[taken]] = workers[taken]
    return chosen
