"""One program of a level searched in rounds: briefly; from the bound up, a stride at a time; and what is then left, for
a better solution and for a proof that there is none. The last two in two ways at once.

Each round has the best and the bound of the one before. The nearer these are, the fewer columns could still matter
(reduced-cost fixing; Nemhauser and Wolsey, Integer and Combinatorial Optimization, 1988, II.5), and the shorter is a
search begun anew. How long a proof takes is much a matter of luck, so two ways of one stride are quicker than one
(algorithm portfolios; Gomes and Selman 2001).
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial
from math import ceil, floor
from threading import Event

import numpy as np

from solver.kinds import KindProgram
from solver.program import Floats, Found, Ints, Program, Relaxed, Searcher, Way, relax
from solver.relaxation import TOLERANCE
from solver.watch import Either, Watch, silent

BRIEF = 200
"""Branch-and-bound nodes of the first search, by HiGHS: most levels need no more."""
BEGINNING = 300
"""Nodes of the search for a better solution beside it."""
WALK = {Way.PROVING: 10_000, Way.BRANCHING: 40_000}
"""Nodes of either way to search a stride of the walk up from the bound."""
LAST = {Way.SCIP: 25_000, Way.FINDING: 20_000}
"""Nodes of the last round: of the search for a proof, and of that for a better solution. Limits that repeat where the
clock would not."""
STRIDE = 2
"""How far above a level's bound a solution is searched at a time at most."""
SHARES = 60
"""In what part of its level's unit a reduced cost is counted in a row of whole numbers."""
HEAD_START = 0.5
"""Seconds after which the second of two searches begins: not at all where the first is done by then."""
HANDICAP = 3000
"""Steps of the simplex method that the second of two ways is behind from the start: what a head start comes to."""
PACE = {Way.PROVING: 2, Way.BRANCHING: 1, Way.SCIP: 2, Way.FINDING: 2}
"""What a step counts in each way: with cuts it takes twice as long."""
UNHEARD = Found(None, -np.inf, "unheard")
"""What a search ended by the other's answer says."""


class Rounds:
    """The search of one program, from a solution of it (`hint`; None: none is known) and a bound (`least`)."""

    def __init__(
        self, program: KindProgram, level: str, least: float, hint: Floats | None, searcher: Searcher, seed: int
    ) -> None:
        self._program, self._level, self._searcher, self._seed = program, level, searcher, seed
        # the row for the bound known is for the first search alone
        self._first = program.program(least)
        self._hint = self._best = hint
        self._bound = least
        # a cost in whole numbers that is lower is lower by one; a distance may be lower by less than a solver can tell
        self._whole_numbers = level in program.kinds.problem.costs

    def search(self, watch: Watch) -> Found:
        """A better solution than the hint (None: there is none, or it was not found), and a bound."""
        relaxed = relax(self._program.program(), watch)
        if relaxed is None:
            return self._ask(self._searcher, self._first, BRIEF, Way.HIGHS, watch)
        # near the bound of a program that differed little there is no need for the brief search
        near = int(np.isfinite(self._bound) and self._walkable)
        self._relaxed, self._watch = relaxed, watch
        self._raise(relaxed.value)
        stopped = "work limit"
        for once in (self._brief, self._walk, self._last)[near:]:
            # that there is no solution at all can be no answer once there is one
            heard = [one for one in once(watch) if self._best is None or one.bound < np.inf]
            self._best = min(
                (x for x in (self._best, *(one.x for one in heard)) if x is not None), key=self._cost, default=None
            )
            self._raise(*(one.bound for one in heard))
            if self._value <= self._bound + TOLERANCE or (heard and not all(one.stopped for one in heard)):
                stopped = ""
            if not stopped or watch.stopped():
                break
        best = None if self._best is self._hint else self._best
        return Found(best, min(self._bound, self._value), stopped and (watch.stopped() or stopped))

    def _brief(self, watch: Watch) -> tuple[Found, ...]:
        """By HiGHS, and for a better solution beside it."""
        brief = partial(self._ask, self._searcher, self._first, BRIEF, Way.HIGHS)
        return _side_by_side(brief, partial(self._improve, BEGINNING), watch)

    def _walk(self, watch: Watch) -> tuple[Found, ...]:
        """From the bound up, where that can be."""
        return (self._walk_up(watch),) if self._walkable else ()

    def _last(self, watch: Watch) -> tuple[Found, ...]:
        """All that is left, for a proof, and for a better solution beside it; for the proof of a distance by the loads
        that it grows with, too."""
        program, of_load = _without(self._held, self._relaxed, self._value), np.zeros_like(self._first.whole)
        of_load[self._program.loads] = not self._whole_numbers
        programs = replace(program, whole=program.whole | of_load), program
        return (self._race(programs, LAST, self._best, watch),)

    @property
    def _walkable(self) -> bool:
        """Whether values can be counted from the bound up, to that of a solution known."""
        return self._whole_numbers and self._best is not None

    def _cost(self, x: Floats) -> float:
        return float(self._first.cost @ x)

    @property
    def _value(self) -> float:
        return np.inf if self._best is None else self._cost(self._best)

    def _raise(self, *bounds: float) -> None:
        bound = max([self._bound, *bounds])
        self._bound = ceil(bound - TOLERANCE) if self._whole_numbers and np.isfinite(bound) else bound

    def _ask(self, searcher: Searcher, program: Program, nodes: int, way: Way, watch: Watch) -> Found:
        return searcher.search(program, watch, self._level, self._best, nodes=nodes, seed=self._seed, way=way)

    def _improve(self, nodes: int, watch: Watch) -> Found:
        """A better solution, with most of the time for finding one."""
        program = _without(self._held, self._relaxed, self._value)
        return self._ask(self._searcher.second, program, nodes, Way.FINDING, watch)

    def _walk_up(self, watch: Watch) -> Found:
        """A proof that there is no better solution, or one, from the bound up: what is well below the best is soon
        ruled out, and what is just above the bound soon searched."""
        none_below, top = int(self._bound), floor(self._value - 1 + TOLERANCE)
        while none_below <= top:
            most = min(top, none_below + STRIDE)
            program = _up_to(self._held, self._relaxed, most)
            stride = _sharing(program, self._relaxed, most, self._program.loads)
            found = self._race((stride, stride), WALK, None, watch)
            if found.stopped:
                return replace(found, bound=max(none_below, min(found.bound, most + 1)))
            if found.x is not None:
                return found
            none_below = most + 1
        return Found(None, none_below, "")

    def _race(
        self, programs: tuple[Program, Program], ways: Mapping[Way, int], hint: Floats | None, watch: Watch
    ) -> Found:
        """What the better of two ways (and the nodes of each) comes to on one question, put as the program of each.
        That there is no solution is heard from either; else the way that took less work is, whichever was first by the
        clock."""
        done = [np.inf, np.inf]

        def run(one: int, searcher: Searcher, heard: Watch) -> Found:
            way, nodes = [*ways.items()][one]
            behind, pace = HANDICAP * one, PACE[way]
            found = searcher.search(
                programs[one],
                heard,
                self._level,
                hint,
                nodes=nodes,
                seed=self._seed,
                way=way,
                outdone=lambda work: behind + pace * work > done[1 - one],
            )
            if not found.stopped:
                done[one] = -np.inf if found.bound == np.inf else behind + pace * found.work
            return found

        with _beside(partial(run, 1, self._searcher.second), watch) as (second, ended):
            first = run(0, self._searcher, watch)
            if done[0] <= HANDICAP:
                ended.set()
        found = first, second.result()
        if min(done) < np.inf:
            return found[0 if done[0] <= done[1] else 1]
        better = min((one.x for one in found if one.x is not None), key=self._cost, default=None)
        return Found(better, max(one.bound for one in found), first.stopped)

    @cached_property
    def _held(self) -> Program:
        """The program with a row for each level of cost held: the reduced costs that a solution may use up together,
        between the relaxation of that level and its value."""
        program, above = self._program, dict[str, Fraction]()
        whole = program.program()
        for name, value in program.held.items():
            if name in program.kinds.problem.costs:
                of_level = KindProgram(program.kinds, {name: 1.0}, above, program.pairs, steps=program.steps)
                relaxed = relax(of_level.program(), self._watch)
                if relaxed is not None:
                    whole = _sharing(whole, relaxed, float(value), program.loads)
            above[name] = value
        return whole


def _side_by_side(
    prove: Callable[[Watch], Found], improve: Callable[[Watch], Found], watch: Watch
) -> tuple[Found, Found]:
    """What two searches find at the same time, each within its own work. Once the first is done the second is ended
    unheard: so what is found does not hang on which of them is faster today."""
    with _beside(improve, watch) as (second, ended):
        first = prove(watch)
        if not first.stopped:
            ended.set()
    return first, second.result() if first.stopped else UNHEARD


@contextmanager
def _beside(search: Callable[[Watch], Found], watch: Watch) -> Iterator[tuple[Future[Found], Event]]:
    """A search that begins a little later, while something else is done, and tells nobody how far it is; and the switch
    that ends it."""
    ended = Either(watch.interrupted)

    def later() -> Found:
        heard = replace(watch, interrupted=ended, progress=silent)
        return UNHEARD if ended.wait(HEAD_START) or heard.stopped() else search(heard)

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(later)
        try:
            yield second, ended
        except BaseException:
            ended.set()
            raise


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
