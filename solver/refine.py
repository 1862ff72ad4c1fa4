"""Levels proven on a smaller program that is refined only where it promises too much.

Workers alike in the families they may take, and in cost at a level and those above it, begin as one kind
(`solver.kinds`). The best of that program is a true bound; where its families can be packed into the bands of each
worker, it is also reached, and so proven. Where a kind's families cannot be packed, whole families are counted in steps
of points, or its workers told apart, and the program is solved anew: the rest stays small (abstraction and refinement;
Clarke and others 2000). The bound of every step holds.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, partial
from math import ceil, floor

import numpy as np

from solver.assignment import NOBODY, Assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Bools, Floats, Found, Ints, Program, Relaxed, Searcher, Way, relax
from solver.relaxation import TOLERANCE
from solver.watch import Either, Watch, silent

BRIEF = 200
"""Branch-and-bound nodes of the first search, by HiGHS: most levels need no more."""
ROUNDS = (
    (BRIEF, Way.HIGHS, 300),
    (1500, Way.PROVING, 1200),
    (4000, Way.SCIP, 3000),
    (10_000, Way.PROVING, 8000),
    (25_000, Way.SCIP, 20_000),
)
"""One round after another: nodes and way of the search for a proof, and nodes of the search for a better solution
beside it. Limits that repeat where the clock would not."""
NEAR = 8.0
"""From how far above its bound the best is no longer searched at large, in the level's unit."""
STRIDE = 2
"""How far above a level's bound a solution is searched at a time at most."""
SHARES = 60
"""In what part of its level's unit a reduced cost is counted in a row of whole numbers."""
PACKING = 2.0
"""Deterministic time of one packing, in the solver's own unit (about a second)."""
MATTER = ("changes", "burden", "strangers", "unknown", "team_imbalance")
"""The levels that a bound depends on, all bands being held."""
OFTEN = 50
"""One in so many families must share what it asks of a worker for kinds to be told apart by it."""
STEPS = (2, 3, 4, 5, 6, 7, 8)
"""In how many points whole families are counted where they did not fit."""
HEAD_START = 0.5
"""Seconds after which the second of two searches begins: not at all where the first is done by then."""
UNHEARD = Found(None, -np.inf, "unheard")
"""What a search ended by the other's answer says."""


@dataclass(frozen=True)
class Refined:
    """An assignment that reaches what the program promised (None: there is none, or it was not found), a true bound on
    the level, and what ended the search (blank: it ended by itself)."""

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
        while True:
            program = KindProgram(self.kinds((level, *held)), {level: 1.0}, held, pairs, steps=self._steps)
            hint = None if known is None else program.point(known[0])
            found = self._solve(program, level, bound, hint, watch)
            self._bounds[kept] = bound = max(bound, found.bound)
            if found.x is None or (known is not None and bound > known[1]):
                return Refined(None, bound, found.stopped)
            torn: list[int] = []
            packed = self._pack(program, found.x, level, held, torn)
            if packed is not None or found.stopped or watch.stopped() or not torn:
                return Refined(packed, bound, found.stopped or watch.stopped())
            if not self._steps and any(program.overfull(found.x, step)[torn].any() for step in STEPS):
                self._steps = STEPS
            else:
                self._tell_apart(program.kinds, torn)

    def _solve(self, program: KindProgram, level: str, least: float, hint: Floats | None, watch: Watch) -> Found:
        """A better solution of a program than the hint (None: there is none, or it was not found), and a bound. One
        (`least`) is known already.

        What a brief search leaves open is searched in rounds from both sides: for a better solution, and beside it for
        a proof that there is none. Each round has the best and the bound of the one before: the nearer these are, the
        fewer columns could still matter, and the shorter is a search begun anew.
        """
        known = program.program(least)
        relaxed = relax(program.program(), watch)
        if relaxed is None:
            return self._searcher.search(known, watch, level, hint, nodes=BRIEF, seed=self._seed)
        whole = cache(partial(self._with_what_is_held, program, watch))
        # a cost in whole numbers that is lower is lower by one; a distance may be lower by less than a solver can tell
        step = float(level in self.problem.costs)
        best, bound = hint, least

        def improve(nodes: int, heard: Watch) -> Found:
            asked = _without(whole(), relaxed, _value(known, best))
            quiet = replace(heard, progress=silent)
            return self._searcher.second.search(
                asked, quiet, level, best, nodes=nodes, seed=self._seed, way=Way.FINDING
            )

        def prove(nodes: int, way: Way, heard: Watch) -> Found:
            if way is Way.HIGHS:
                return self._searcher.search(known, heard, level, best, nodes=nodes, seed=self._seed)
            far = best is None or (way is Way.SCIP and _value(known, best) - bound > NEAR)
            if not step or far:
                asked = _without(whole(), relaxed, _value(known, best))
                return self._searcher.search(asked, heard, level, best, nodes=nodes, seed=self._seed, way=Way.SCIP)
            none_below, top = ceil(bound - TOLERANCE), floor(_value(known, best) - step + TOLERANCE)
            while True:
                # what is well below the best is soon ruled out, and what is just above the bound soon searched
                most = min((none_below + top) // 2, none_below + STRIDE)
                asked = _sharing(_up_to(whole(), relaxed, most), relaxed, most, program.loads)
                found = self._searcher.search(asked, heard, level, nodes=nodes, seed=self._seed, way=way)
                if found.x is not None and not found.stopped:
                    return found
                if found.stopped or most == top:
                    return replace(found, bound=max(none_below, min(found.bound, most + step)))
                none_below = most + 1

        for nodes, way, more in ROUNDS:
            found, other = _side_by_side(partial(prove, nodes, way), partial(improve, more), watch)
            best, bound = _better(known, best, found.x, other.x), max(bound, found.bound, other.bound)
            proven = _value(known, best) <= bound + TOLERANCE or not found.stopped or not other.stopped
            if proven or watch.stopped():
                break
        stopped = "" if proven else watch.stopped() or "work limit"
        return Found(None if best is hint else best, min(bound, _value(known, best)), stopped)

    def _with_what_is_held(self, program: KindProgram, watch: Watch) -> Program:
        """The program with a row for each level of cost held: the reduced costs that a solution may use up together,
        between the relaxation of that level and its value."""
        whole, above = program.program(), dict[str, Fraction]()
        for name, value in program.held.items():
            if name in self.problem.costs:
                of_level = KindProgram(program.kinds, {name: 1.0}, above, program.pairs, steps=program.steps)
                relaxed = relax(of_level.program(), watch)
                if relaxed is not None:
                    whole = _sharing(whole, relaxed, float(value), program.loads)
            above[name] = value
        return whole

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


def _side_by_side(
    prove: Callable[[Watch], Found], improve: Callable[[Watch], Found], watch: Watch
) -> tuple[Found, Found]:
    """What two searches find at the same time, each within its own work. Once the first is done the second is ended
    unheard: so what is found does not hang on which of them is faster today."""
    ended = Either(watch.interrupted)

    def beside() -> Found:
        return UNHEARD if ended.wait(HEAD_START) else improve(replace(watch, interrupted=ended))

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(beside)
        try:
            first = prove(watch)
            if not first.stopped:
                ended.set()
        except BaseException:
            ended.set()
            raise
    return first, second.result() if first.stopped else UNHEARD


def _value(program: Program, x: Floats | None) -> float:
    return np.inf if x is None else float(program.cost @ x)


def _better(program: Program, *found: Floats | None) -> Floats | None:
    """The best of some solutions, the first of equals."""
    return min((x for x in found if x is not None), key=lambda x: float(program.cost @ x), default=None)


def _without(program: Program, relaxed: Relaxed, value: float) -> Program:
    """The program without the columns that no solution up to a value can use, by the relaxation's reduced costs."""
    dear = program.whole & (program.low == 0) & (relaxed.reduced_cost > value - relaxed.value + TOLERANCE)
    return replace(program, high=np.where(dear, 0.0, program.high))


def _up_to(program: Program, relaxed: Relaxed, value: float) -> Program:
    """The program of which only solutions up to a value count."""
    used = np.flatnonzero(program.cost)
    if not np.isfinite(value) or not len(used):
        return program
    return _without(program.with_at_most(used, program.cost[used], value + TOLERANCE), relaxed, value)


def _sharing(program: Program, relaxed: Relaxed, value: float, loads: Ints) -> Program:
    """The program with a row, in whole numbers, that every solution up to a value of the level relaxed obeys: it costs
    the reduced cost of each column used, and each point of a load short of its limit, more than the relaxation."""
    price = np.floor(np.abs(relaxed.reduced_cost) * SHARES + TOLERANCE) * np.sign(relaxed.reduced_cost)
    counted = np.setdiff1d(np.flatnonzero(program.whole), loads)
    counted = np.r_[counted[price[counted] > 0], loads[price[loads] != 0]]
    price = price[counted]
    limit = np.where(price > 0, program.low[counted], program.high[counted])
    if not len(counted) or not np.isfinite([value, *limit]).all():
        return program
    # one more than that, for what is lost in floating-point work
    most = np.floor((value - relaxed.value) * SHARES) + 1 + float(price @ limit)
    return program.with_at_most(counted, price, most)


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
