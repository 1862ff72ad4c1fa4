"""Solve the levels of an assignment in order: each held while the next is minimised, bounded and, if possible, proven.

A level's linear relaxation gives a bound and a reduced cost for each pair. A plan better than a value must consist of
pairs whose reduced cost fits between the bound and that value, so the search runs on these pairs alone: first a narrow
window above the bound, wider only when the window is not enough for a proof (reduced-cost fixing; Nemhauser and Wolsey,
Integer and Combinatorial Optimization, 1988, II.5). What a level rules out stays out for the levels below it.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, inf, isfinite

import numpy as np

from handover.plan import Level
from solver.assignment import Assignment
from solver.knapsack_search import settled
from solver.knapsacks import Knapsacks
from solver.program import Bools, Floats, Found, Ints, Relaxed, Searcher, relax, seconds_of, steps_in
from solver.refine import Refinement, refinable
from solver.relaxation import TOLERANCE, LevelProgram
from solver.watch import Watch

WINDOW = 0.02
"""First window above the bound, as a share of the bound."""
LEAST_WINDOW = 2.0
"""First window above the bound at least, in the level's unit."""
NODES = 4000
"""Branch-and-bound nodes of one search: a limit that repeats where the clock would not."""
PART_OF_TIME = {"unknown": 0.6, "team_imbalance": 0.75}
PART_OF_WORK = {"unknown": 0.5, "team_imbalance": 0.75}
"""Shares of the time and work left that a level may use up, so that the levels below it are not left as they happen to
be."""
LAST_WORK = 0.3
"""Share of all the work that the last level may take, be it left or not: begun, it had better be proven."""
AIM = 1.003
"""What the knapsacks' prices aim at, as a multiple of the relaxation."""


class Levels:
    """A search through the levels of one assignment; `chosen` is the best complete assignment so far.

    `held` has the value of every level done, `done` what is reported of each, `pairs` the pairs that can still matter.
    """

    def __init__(self, problem: Assignment, chosen: Ints, searcher: Searcher, watch: Watch, seed: int = 0) -> None:
        self.problem = problem
        self.chosen = chosen
        self.held: dict[str, Fraction] = {}
        self.done: list[Level] = []
        self.pairs = problem.eligible.copy()
        self.may_leave_out = True
        self._searcher = searcher
        self._watch = watch
        self._work = watch.work.left
        self._seed = seed

    @cached_property
    def _refinement(self) -> Refinement | None:
        return Refinement(self.problem, self._searcher, self._seed) if refinable(self.problem) else None

    def settle(self, value: Mapping[str, Fraction], seconds: float) -> None:
        """Take levels as done at values that are known to be least."""
        for name, least in value.items():
            self.held[name] = least
            self.done.append(Level(name, least, least, seconds))

    def find(self, values: Mapping[str, Fraction], nodes: int = NODES) -> bool:
        """Look for an assignment with the first levels at these values, cheap at the next level; True when found."""
        name = next(iter(self.problem.costs))
        if self._reaches(values, self.chosen):
            self.may_leave_out = False
            return True
        if self._refinement is not None:
            refined = self._refinement.best(name, {}, self.pairs, None, self._watch)
            if refined.chosen is not None and self._reaches(values, refined.chosen):
                self.chosen, self.may_leave_out = refined.chosen, False
                return True
            if refined.bound == inf:
                return False
        level = LevelProgram(self.problem, self.pairs, name, values, may_leave_out=False)
        relaxed = relax(level.program(), self._watch)
        if relaxed is None:
            return False
        reduced = self._reduced_costs(level, relaxed)
        pairs = self.pairs & (reduced <= max(LEAST_WINDOW, WINDOW * abs(relaxed.value)))
        level = LevelProgram(self.problem, pairs, name, values, may_leave_out=False)
        found = self._searcher.search(level.program(), self._watch, name, nodes=nodes, seed=self._seed)
        if found.x is None or not self._reaches(values, level.chosen(found.x)):
            return False
        self.chosen = level.chosen(found.x)
        self.may_leave_out = False
        return True

    def _reaches(self, values: Mapping[str, Fraction], chosen: Ints) -> bool:
        figures = self.problem.figures(chosen)
        return self.problem.possible(chosen) and all(figures[name] <= value for name, value in values.items())

    def run(self, names: Iterable[str]) -> None:
        """Minimise the levels named, in order."""
        for name in names:
            self.minimise(name)

    def minimise(self, name: str) -> None:
        """Minimise one level, the ones above held, and hold it at what was reached."""
        start, watch = time.monotonic(), self._watch
        self._watch = watch.part(PART_OF_TIME.get(name, 1.0), PART_OF_WORK.get(name, 1.0))
        if name == "worker_imbalance":
            self._watch = watch.working(max(watch.work.left, LAST_WORK * self._work))
        bound, stopped = self._improve(name)
        self._watch = watch
        value = self.problem.figures(self.chosen)[name]
        self.held[name] = value
        self.done.append(Level(name, value, min(bound, value), round(time.monotonic() - start, 3), stopped))
        if name == "unallocated_points":
            # nobody is left out by choice any more: the columns for it can go
            self.may_leave_out = bool((self.chosen[~self.problem.stranded] < 0).any())

    def _improve(self, name: str) -> tuple[Fraction, str]:
        stopped = self._watch.stopped()
        if stopped:
            return Fraction(0), stopped
        value = self.problem.figures(self.chosen)[name]
        whole = self._program(name, self.pairs)
        relaxed = relax(whole.program(), self._watch)
        if relaxed is None:
            return Fraction(0), self._watch.stopped() or "clock"
        least = relaxed.value + whole.constant(name)
        bound = self._round_up(name, least, value)
        reduced = self._reduced_costs(whole, relaxed)
        width = max(LEAST_WINDOW, WINDOW * abs(least))
        stopped = ""
        if bound < value and self._refined(name):
            refined, stopped = self._refine(name, value)
            value = self.problem.figures(self.chosen)[name]
            bound = max(bound, self._round_up(name, refined, value))
            # what the work did not reach there may be reached here
            stopped = "" if stopped == "work limit" else stopped
        stopped = stopped or self._watch.spent()
        if bound < value and not stopped and self._is_plain(name):
            chosen, known = self._by_knapsacks(name, relaxed, least, value)
            if chosen is not None:
                self._take(name, chosen)
            value = self.problem.figures(self.chosen)[name]
            bound, stopped = max(bound, min(known, value)), self._watch.stopped()
        while bound < value and not stopped:
            top = min(float(self._round_up(name, least, value)) + width, float(self._below(name, value)))
            narrow = self.pairs & (reduced <= top - least + TOLERANCE)
            proven, stopped = self._search(name, narrow, NODES)
            value = self.problem.figures(self.chosen)[name]
            bound = max(bound, min(self._round_up(name, proven, value), self._beyond(name, top, value)))
            width *= 4
        self.pairs &= reduced <= float(value) - least + TOLERANCE
        return bound, "" if bound == value else stopped

    def _is_plain(self, name: str) -> bool:
        """Whether a level is a generalised assignment and nothing more: one level of cost, and capacities."""
        problem = self.problem
        free = not problem.low.any() and not problem.team_low.any() and (problem.high >= problem.capacity).all()
        alone = list(problem.costs) == [name] and not self.may_leave_out and self.held.get("outside_bands") == 0
        placed = not problem.stranded.any() and (problem.team_high >= problem.capacity.sum()).all()
        return bool(alone and free and placed)

    def _by_knapsacks(self, name: str, relaxed: Relaxed, least: float, value: Fraction) -> tuple[Ints | None, Fraction]:
        """A better assignment (None: there is none, or it was not found) of a plain level, and a bound."""
        problem = self.problem
        knapsacks = Knapsacks(problem.costs[name].astype(float), problem.points, self.pairs, problem.capacity)
        price = relaxed.price[: len(problem.children)]  # its first rows are the families' places
        bound, total = knapsacks.bound(price, AIM * least, self._watch)
        known = int(self._round_up(name, bound, value))
        chosen, proven = settled(knapsacks, total, price, known, int(value), self._watch)
        return chosen, Fraction(proven)

    def _refined(self, name: str) -> bool:
        """Whether a level can be solved by kinds of worker: bands held, nobody left out by choice."""
        bands = self.held.get("outside_bands") == 0 and not self.may_leave_out
        return bands and self._refinement is not None and (name in self.problem.costs or name.endswith("imbalance"))

    def _refine(self, name: str, value: Fraction) -> tuple[float, str]:
        """Solve a level by kinds of worker; its bound, and what ended the search."""
        assert self._refinement is not None
        held = {above: least for above, least in self.held.items() if above in self.problem.figures(self.chosen)}
        enough = float(self._below(name, value)) + TOLERANCE
        refined = self._refinement.best(name, held, self.pairs, (self.chosen, enough), self._watch)
        if refined.chosen is not None:
            self._take(name, refined.chosen)
        return refined.bound, refined.stopped

    def _search(self, name: str, pairs: Bools, nodes: int) -> tuple[float, str]:
        """Look for a better assignment among the pairs; the bound proven for them, and what ended the search."""
        level = self._program(name, pairs)
        program = level.program()
        hint = level.point(self.chosen)
        columns, work = len(program.cost), self._watch.work
        most = steps_in(work.left, columns)

        def enough(found: Found) -> bool:
            return found.work > most

        found = self._searcher.search(program, self._watch, name, hint, nodes=nodes, seed=self._seed, enough=enough)
        work.done(seconds_of(found.work, columns))
        if found.x is not None:
            self._take(name, level.chosen(found.x))
        return found.bound + level.constant(name), "work limit" if found.stopped == "enough" else found.stopped

    def _take(self, name: str, chosen: Ints) -> None:
        """Keep an assignment if it truly holds the levels above and is better at this one."""
        found, best = self.problem.figures(chosen), self.problem.figures(self.chosen)
        holds = all(found[above] <= value for above, value in self.held.items())
        if holds and self.problem.possible(chosen) and found[name] < best[name]:
            self.chosen = chosen
            # what a level above could not prove may have come out better with it
            self.held = {above: found[above] for above in self.held}
            self.done = [_as_found(level, found[level.name]) for level in self.done]

    def _program(self, name: str, pairs: Bools) -> LevelProgram:
        return LevelProgram(self.problem, pairs, name, self.held, self.may_leave_out)

    def _reduced_costs(self, level: LevelProgram, relaxed: Relaxed) -> Floats:
        reduced = np.full(self.pairs.shape, np.inf)
        shape = level.shape
        reduced[shape.family, shape.worker] = relaxed.reduced_cost[: len(shape.family)]
        return reduced

    def _below(self, name: str, value: Fraction) -> Fraction:
        """The next value below that a level could have."""
        return value - Fraction(1, self.problem.grain_of(name))

    def _beyond(self, name: str, top: float, value: Fraction) -> Fraction:
        """The least value that an assignment outside the window up to `top` can have; never above `value`."""
        grain = self.problem.grain_of(name)
        slack = TOLERANCE * max(1.0, abs(top))
        if 2 * slack * grain >= 1:
            return self._round_up(name, top, value)
        return min(value, Fraction(floor((top + slack) * grain) + 1, grain))

    def _round_up(self, name: str, bound: float, value: Fraction) -> Fraction:
        return round_up(bound, value, self.problem.grain_of(name))


def _as_found(level: Level, value: Fraction) -> Level:
    """The level at the value of the assignment kept; nothing stopped it if that is its bound."""
    return replace(level, value=value, stopped="" if value == level.bound else level.stopped)


def round_up(bound: float, value: Fraction, grain: int) -> Fraction:
    """The least figure that is a whole multiple of 1/grain at or above a bound from floating-point work; a true bound,
    never above `value`."""
    if not isfinite(bound):
        return value if bound > 0 else Fraction(0)
    slack = TOLERANCE * max(1.0, abs(bound))
    if 2 * slack * grain >= 1:
        # the grain is finer than the arithmetic: round down to stay a true bound
        return min(value, Fraction(max(0, floor((bound - slack) * 10**4)), 10**4))
    return min(value, Fraction(max(0, ceil((bound - slack) * grain)), grain))
