"""One program of a level searched in rounds: from both ends at once; up from the bound, a stride at a time and in two
ways at once; and what is then left, with all the time it takes.

From both ends: down from the best solution known goes HiGHS, and what it finds is heard on the way; up from the bound
goes SCIP, for just above the bound hardly a column can still matter (reduced-cost fixing; Nemhauser and Wolsey, Integer
and Combinatorial Optimization, 1988, II.5). Where they meet the level is proven, though neither may be near its end.
Where the search down comes to nothing, one for the stride above that of the search up takes its place. How long a
proof takes is much a matter of luck, so two ways of one stride are quicker than one (algorithm portfolios;
Gomes and Selman 2001).

A distance in parts of a point has no steps to walk up by. What workers are off their fair shares is therefore counted
from whole shares too, near the best solution known (`solver.kinds.WholeShares`): then there are, of two points each;
one search goes up by these while HiGHS goes down.

Each level held has a row of its own: what its reduced costs leave a solution. Without it HiGHS takes up to four times
as long, for a level's relaxation is the looser the more is held above it.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from math import ceil
from threading import Event
from typing import TypeVar

import numpy as np

from solver.kinds import KindProgram, WholeShares
from solver.narrow import sharing, up_to, without
from solver.program import POLL, Floats, Found, Program, Searcher, Way, relax, seconds_of, steps_in
from solver.relaxation import TOLERANCE
from solver.watch import Either, Watch, silent

DOWNWARDS, UPWARDS, AHEAD = 200_000, 500_000, 300_000
"""How far the clocks of the searches from both ends may come before the walk begins: down; up; and down, where that has
come to nothing, with a stride ahead of the search upwards."""
WALK = {Way.PROVING: 10_000, Way.BRANCHING: 40_000}
"""Nodes of either way to search a stride of the walk up from the bound."""
NODES = {Way.HIGHS: 50_000, Way.FINDING: 20_000, Way.PROVING: 25_000, Way.BRANCHING: 40_000}
"""Nodes of any other search. All of these are limits that repeat where the clock would not."""
LOOK = {Way.FINDING: 50}
"""Nodes of the search for a better solution before its distance is walked up to."""
FINDING = {Way.FINDING: NODES[Way.FINDING]}
LAST = {
    "team_imbalance": {Way.FINDING: 100, Way.PROVING: NODES[Way.PROVING]},
    "worker_imbalance": {Way.SCIP: 250_000},
}
"""Nodes of each way, one after another, beside HiGHS; in the last round by level, where they are others."""
STRIDE = 2
"""How far above a level's bound a solution is searched at a time at most."""
HEAD_START = 0.5
"""Seconds after which the second of two searches begins: not at all where the first is done by then."""
COUNTED = 10_000
"""Steps by which the work is counted that two searches took to meet: the one behind need not come any nearer than that
before it is known where they met."""
HANDICAP = 3000
"""Steps that the second of two searches is behind from the start: what a head start comes to."""
PACE = {Way.HIGHS: 1, Way.PROVING: 2, Way.BRANCHING: 1, Way.SCIP: 2, Way.FINDING: 2}
"""What a step counts in each way: SCIP's with cuts take twice as long."""

T = TypeVar("T")


@dataclass
class Side:
    """One of two searches from both ends: how far it is (`clock`: by its work, which repeats where time does not), each
    better bound and each better solution with the clock at which it had it, and the value of that."""

    clock: float
    bounds: list[tuple[float, float]] = field(default_factory=list)
    better: list[tuple[float, float, Floats]] = field(default_factory=list)
    end: float = 0
    """Its clock when it was over."""

    @property
    def bound(self) -> float:
        """The best so far; none is infinite."""
        return self.bounds[-1][1] if self.bounds else -np.inf

    def rise(self, bound: float) -> None:
        """Keep a bound that is better, with the clock as it is."""
        if bound > self.bound:
            self.bounds.append((self.clock, bound))

    def proved(self, enough: Callable[[float], bool]) -> float:
        """When it first had a bound that is enough (infinite: not yet)."""
        return next((clock for clock, bound in self.bounds if enough(bound)), np.inf)

    def had(self, most: float) -> tuple[float, Floats | None]:
        """When it first had a solution up to a value (infinite: not yet), and that."""
        return next(((clock, x) for clock, value, x in self.better if value <= most), (np.inf, None))


Run = Callable[[Side, Searcher, Watch], str]
"""Searches for a side, and says what stopped it (blank: nothing)."""


class Rounds:
    """The search of one program, from a solution of it (`hint`; None: none is known) and a bound (`least`)."""

    def __init__(
        self, program: KindProgram, level: str, least: float, hint: Floats | None, searcher: Searcher, seed: int
    ) -> None:
        self._program, self._level, self._searcher, self._seed = program, level, searcher, seed
        # the row for the bound known is for the search downwards alone
        self._first = program.program(least)
        self._hint = self._best = hint
        self._bound, self._columns = least, program.columns
        self._shares: WholeShares | None = None
        # a cost in whole numbers that is lower is lower by one; a distance may be lower by less than a solver can tell
        self._whole_numbers = level in program.kinds.problem.costs
        self._sides = Side(0), Side(HANDICAP)

    def search(self, watch: Watch) -> Found:
        """A better solution than the hint (None: there is none, or it was not found), and a bound."""
        relaxed = relax(self._program.program(), watch)
        if relaxed is None:
            nodes = NODES[Way.HIGHS]
            return self._searcher.search(self._first, watch, self._level, self._hint, nodes=nodes, seed=self._seed)
        self._relaxed, self._watch = relaxed, watch
        self._bound = self._up_to_whole(max(self._bound, relaxed.value))
        stopped, least = "work limit", 0
        for once in (self._from_both_ends, self._walk, self._last) if self._whole_numbers else (self._last,):
            if steps_in(watch.work.left, self._columns) < least:
                # less than it is counted by, once a limit has ended a search
                watch.work.done(watch.work.left)
            if watch.spent():
                break
            found, least = once(watch), COUNTED
            self._best = min((x for x in (self._best, found.x) if x is not None), key=self._cost, default=None)
            self._bound = self._up_to_whole(max(self._bound, found.bound))
            if self._value <= self._bound + TOLERANCE or not found.stopped:
                stopped = ""
            if not stopped:
                break
        best = None if self._best is self._hint else self._best
        return Found(best, min(self._bound, self._value), stopped and (watch.stopped() or stopped))

    def _from_both_ends(self, watch: Watch) -> Found:
        """Down, and up; where there is nothing to go up to, for a solution instead."""
        most = steps_in(watch.work.left, self._columns)
        down, up, ahead = (min(limit, most) for limit in (DOWNWARDS, UPWARDS, AHEAD))
        if self._best is None:
            return self._meeting(partial(self._down, down), partial(self._beside_it, FINDING, down), watch)
        return self._meeting(partial(self._down_then_ahead, down, ahead), partial(self._up, up), watch)

    def _walk(self, watch: Watch) -> Found:
        """Up from the bound, a stride at a time, until a solution is found or none is left better than the one known:
        what is well below the best is soon ruled out, and what is just above the bound soon searched."""
        if self._best is None:
            return Found(None, self._bound, "work limit")
        none_below = self._bound
        while none_below < self._value - TOLERANCE:
            if stopped := watch.spent():
                return Found(None, none_below, stopped)
            most = self._next_stride(none_below, self._value)
            found = self._race(self._stride(most, self._value), watch)
            if found.stopped:
                return replace(found, bound=max(none_below, min(found.bound, most + self._step)))
            if found.x is not None:
                return found
            none_below = most + self._step
        return Found(None, none_below, "")

    def _last(self, watch: Watch) -> Found:
        """All that is left: down, and for better solutions; or for the proof of a distance, by its steps where it has
        them, else by the loads that it grows with after a brief look for better solutions."""
        by_steps = len(self._program.short) and self._best is not None
        other = self._to_distance if by_steps else partial(self._beside_it, LAST.get(self._level, FINDING))
        most = steps_in(watch.work.left, self._columns)
        return self._meeting(partial(self._down, most), partial(other, most), watch)

    def _meeting(self, down: Run, other: Run, watch: Watch) -> Found:
        """What two searches come to together."""
        self._sides = Side(0), Side(HANDICAP)
        first, second = self._sides

        def run(search: Run, side: Side, searcher: Searcher, heard: Watch) -> str:
            try:
                return search(side, searcher, heard)
            finally:
                side.end, side.clock = side.clock, np.inf

        with _beside(partial(run, other, second, self._searcher.second), watch) as (also, ended):
            stopped = run(down, first, self._searcher, watch)
            if self._met() is not None:
                ended.set()
        also.result()
        better = min((one for side in self._sides for one in side.better), key=lambda one: one[1], default=None)
        bound, most = max(first.bound, second.bound), _all_strides(max(first.end, second.end))
        found = self._met() or Found(better and better[2], bound, stopped or "work limit", most)
        # a long search upwards is as quick by the step as the one down
        work = max(min(found.work, _all_strides(first.end)), min(found.work, _all_strides(second.end)) / 2)
        watch.work.done(seconds_of(work, self._columns))
        return found

    def _met(self) -> Found | None:
        """What the two searches prove together, with the solution of the one that took less work for it, and the work
        of that; None as long as that is open or hangs on which of them is the faster today."""
        value = self._least

        def proves(bound: float) -> bool:
            return self._up_to_whole(bound) >= value - TOLERANCE

        proved = 0.0 if proves(self._bound) else min(side.proved(proves) for side in self._sides)
        first, x = min((side.had(value + TOLERANCE) for side in self._sides), key=lambda had: had[0])
        first = 0.0 if x is None else first
        if np.isinf(proved) or any(side.clock < max(first, _in_strides(proved)) for side in self._sides):
            return None
        return Found(x, value, "", _in_strides(max(first, proved)))

    def _down(self, limit: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """From the solution known, for better ones and for a proof."""
        program = without(self._with_held(self._first), self._relaxed, self._value)
        return self._searched(side, searcher, program, watch, Way.HIGHS, NODES[Way.HIGHS], limit)

    def _down_then_ahead(self, down: float, ahead: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """From the solution known; where that has come to nothing, for one in the stride above the one that the other
        search was at by then, by its clock."""
        stopped, other = self._down(down, side, searcher, watch), self._sides[1]
        if stopped != "enough" or ahead <= down or self._met() is not None:
            return stopped
        while other.clock < side.clock and not watch.stopped():
            watch.interrupted.wait(POLL)
        value = self._least_of(side)
        bound = max((bound for clock, bound in other.bounds if clock < side.clock), default=self._bound)
        above = self._next_stride(bound, value) + self._step
        if above > value - TOLERANCE or watch.stopped():
            return stopped
        start, pace = side.clock, PACE[Way.BRANCHING]

        def enough(found: Found) -> bool:
            side.clock = min(ahead, start + pace * found.work)
            return side.clock >= ahead or self._met() is not None

        stride = self._stride(self._next_stride(above, value), value)
        found = self._ask(searcher, stride, None, watch, Way.BRANCHING, WALK[Way.BRANCHING], enough)
        enough(found)
        self._keep(side, found.x)
        return found.stopped

    def _beside_it(self, nodes: Mapping[Way, int], limit: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """From the solution known, in one way after another; with whole loads in all but the search for solutions."""
        program, stopped = without(self._held, self._relaxed, self._value), ""
        for way, most in nodes.items():
            asked = program if way is Way.FINDING else self._by_loads(program)
            stopped = self._searched(side, searcher, asked, watch, way, most, limit)
            if stopped != "work limit":
                break
        return stopped

    def _to_distance(self, limit: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """Up to a distance, by its steps: these are counted from whole shares near the best solution, and are the surer
        the better that is; so a brief look for a better one goes first."""
        stopped = self._beside_it(LOOK, limit, side, searcher, watch)
        if stopped == "work limit":
            near = side.better[-1][2] if side.better else self._best
            assert near is not None
            self._shares = self._program.whole_shares(near)
            del self._held  # made without them
            stopped = self._climb(Way.BRANCHING, limit, side, searcher, watch)
        return self._beside_it(LAST[self._level], limit, side, searcher, watch) if stopped == "work limit" else stopped

    def _up(self, limit: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """From the bound, as far as its clock may come."""
        return self._climb(Way.PROVING, limit, side, searcher, watch)

    def _climb(self, way: Way, limit: float, side: Side, searcher: Searcher, watch: Watch) -> str:
        """From the bound, until a solution is found or none is left that is better than the one known."""
        # beside HiGHS, whose steps are the quickest, SCIP's count the same with cuts and without
        value, pace = self._least_of(side), PACE[Way.PROVING]
        side.rise(self._bound)
        stopped = ""
        while side.bound < value - TOLERANCE and not stopped:
            most, start = self._next_stride(side.bound, value), side.clock

            def enough(found: Found, start: float = start) -> bool:
                side.clock = start + pace * found.work
                return side.clock > limit or self._met() is not None

            found = self._ask(searcher, self._stride(most, value), None, watch, way, NODES[way], enough)
            side.clock, stopped = start + pace * found.work, found.stopped
            if found.x is not None:
                self._keep(side, found.x)
                value = min(value, self._cost(found.x))
            if not stopped:
                side.rise(min(value, most + self._step))
        return stopped

    def _searched(
        self,
        side: Side,
        searcher: Searcher,
        program: Program,
        watch: Watch,
        way: Way,
        nodes: int,
        limit: float,
    ) -> str:
        """Search a program from the best solution known or the side's own, as far as its clock may come; what stopped
        that."""
        start, hint = side.clock, side.better[-1][2] if side.better else self._best

        def enough(found: Found) -> bool:
            clock = start + PACE[way] * found.work
            if clock > limit:
                return True
            side.clock = clock
            self._keep(side, found.x)
            if np.isfinite(found.bound):
                side.rise(found.bound)
            return self._met() is not None

        found = self._ask(searcher, program, hint, watch, way, nodes, enough)
        enough(found)
        # that there is no solution at all can be no answer once there is one
        if not found.stopped and (found.x is not None or self._best is None):
            side.rise(self._least)
        return found.stopped

    def _race(self, stride: Program, watch: Watch) -> Found:
        """What the better of two ways comes to on one stride. That there is no solution is heard from either; else the
        way that took less work is, whichever was first by the clock."""
        done, ends, heard_until = [np.inf, np.inf], [0, 0], [steps_in(watch.work.left, self._columns)] * 2

        def run(one: int, searcher: Searcher, heard: Watch) -> Found:
            way, behind = [*WALK][one], HANDICAP * one

            def enough(found: Found) -> bool:
                return behind + PACE[way] * found.work > heard_until[1 - one]

            found = self._ask(searcher, stride, None, heard, way, WALK[way], enough)
            ends[one] = behind + PACE[way] * found.work
            if not found.stopped:
                done[one] = ends[one]
                heard_until[one] = _in_strides(ends[one]) if found.bound == np.inf else ends[one]
            return found

        with _beside(partial(run, 1, self._searcher.second), watch) as (second, ended):
            first = run(0, self._searcher, watch)
            if done[0] <= HANDICAP:
                ended.set()
        other = second.result() or Found(None, -np.inf, "unheard")
        work = _in_strides(min(done)) if min(done) < np.inf else _all_strides(max(ends))
        watch.work.done(seconds_of(work, self._columns))
        if min(done) < np.inf:
            return first if done[0] <= done[1] else other
        best = min((one.x for one in (first, other) if one.x is not None), key=self._cost, default=None)
        return Found(best, max(first.bound, other.bound), first.stopped)

    def _ask(
        self,
        searcher: Searcher,
        program: Program,
        hint: Floats | None,
        watch: Watch,
        way: Way,
        nodes: int,
        enough: Callable[[Found], bool],
    ) -> Found:
        level, seed = self._level, self._seed
        return searcher.search(program, watch, level, hint, nodes=nodes, seed=seed, way=way, enough=enough)

    @property
    def _step(self) -> int:
        """By how much values differ at least: with whole shares, those that a distance is counted by."""
        return 1 if self._shares is None else 2

    def _next_stride(self, bound: float, value: float) -> float:
        """Up to where to search above a bound: a few steps, yet below the value of the best solution."""
        step, apart = self._step, 0.0 if self._shares is None else self._shares.apart
        first = apart + step * ceil((bound - apart - TOLERANCE) / step)
        last = apart + step * (ceil((value - apart - TOLERANCE) / step) - 1)
        return min(last, first + step * STRIDE)

    def _stride(self, most: float, value: float) -> Program:
        """The program of which only solutions up to `most` count; of a distance those that are below the next step and
        the best `value`, with no more points short of whole shares than the step is worth."""
        program = self._held
        if self._shares is not None:
            short = self._program.short
            points = round((most - self._shares.apart) / self._step)
            program = self._by_loads(program.with_at_most(short, np.ones(len(short)), points))
            grain = self._program.kinds.problem.grain_of(self._level)
            most = min(value, most + self._step) - 0.5 / grain
        return sharing(up_to(program, self._relaxed, most), self._relaxed, most, self._program.loads)

    def _by_loads(self, program: Program) -> Program:
        """The program with whole loads: they are so anyway, and are what a distance grows with."""
        of_load = np.zeros_like(program.whole)
        of_load[self._program.loads] = True
        return replace(program, whole=program.whole | of_load)

    def _keep(self, side: Side, x: Floats | None) -> None:
        """Keep a solution that is better than all that the side had."""
        if x is not None and self._cost(x) < self._least_of(side) - TOLERANCE:
            side.better.append((side.clock, self._cost(x), x))

    @property
    def _least(self) -> float:
        """The value of the best solution that the two searches have, or that was known before."""
        return min(self._least_of(side) for side in self._sides)

    def _least_of(self, side: Side) -> float:
        """The value of the best solution that a search has, or that was known before."""
        return min([self._value, *(value for _, value, _ in side.better)])

    def _cost(self, x: Floats) -> float:
        return float(self._first.cost @ x)

    @property
    def _value(self) -> float:
        return np.inf if self._best is None else self._cost(self._best)

    def _up_to_whole(self, bound: float) -> float:
        return ceil(bound - TOLERANCE) if self._whole_numbers and np.isfinite(bound) else bound

    @cached_property
    def _held(self) -> Program:
        """The program with a row for each level held."""
        return self._with_held(self._program.program(shares=self._shares))

    def _with_held(self, whole: Program) -> Program:
        """A program with a row for each level of cost held: the reduced costs that a solution may use up together,
        between the relaxation of that level and its value."""
        program, above = self._program, dict[str, Fraction]()
        for name, value in program.held.items():
            if name in program.kinds.problem.costs:
                of_level = KindProgram(program.kinds, {name: 1.0}, above, program.pairs, steps=program.steps)
                relaxed = relax(of_level.program(), self._watch)
                if relaxed is not None:
                    whole = sharing(whole, relaxed, float(value), program.loads)
            above[name] = value
        return whole


@contextmanager
def _beside(search: Callable[[Watch], T], watch: Watch) -> Iterator[tuple[Future[T | None], Event]]:
    """A search that begins a little later (None: it was not needed), while something else is done, and tells nobody how
    far it is; and the switch that ends it."""
    ended = Either(watch.interrupted)

    def later() -> T | None:
        heard = replace(watch, interrupted=ended, progress=silent)
        return None if ended.wait(HEAD_START) or heard.stopped() else search(heard)

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(later)
        try:
            yield second, ended
        except BaseException:
            ended.set()
            raise


def _in_strides(work: float) -> int:
    """Work in whole strides of those it is counted by, those begun left out: what repeats of two searches that met."""
    return int(work // COUNTED) * COUNTED


def _all_strides(work: float) -> int:
    """Work in strides, one begun counted as a whole: of a search that a limit ended nothing much is left to do."""
    return ceil(work / COUNTED) * COUNTED
