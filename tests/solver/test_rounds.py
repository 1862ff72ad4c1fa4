"""A program searched from both sides: which of two searches is heard, and what no search may make of a program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from math import ceil
from threading import Event
from time import sleep
from typing import Any

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver import rounds
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import FEW, Bools, Floats, Found, Ints, Program, Searcher, Way, relax, seconds_of, steps_in
from solver.rounds import Rounds
from solver.watch import Watch
from tests.solver.brute import within_bands

WATCH = Watch(Watch.lasting(600).until)
SPENT = Found(None, -np.inf, "work limit")


class Answering(Searcher):
    """Has one answer, to whatever is asked with a known solution or to whatever is asked without one."""

    def __init__(self, answer: Found, asked_without: bool = False) -> None:
        super().__init__()
        self.answer, self.asked_without = answer, asked_without

    @property
    def second(self) -> Searcher:
        """Itself: it starts nothing."""
        return self

    def search(self, *given: Any, **_: Any) -> Found:
        """The answer, or none."""
        without = len(given) < 4 or given[3] is None
        return self.answer if without == self.asked_without else Found(None, -np.inf, "work limit")


@pytest.mark.parametrize("answer", [Found(None, np.inf, ""), Found(None, -np.inf, "the search failed")], ids=str)
def test_no_answer_of_a_solver_makes_a_known_solution_the_best_without_a_bound(
    answer: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    # each to the one who costs it most: far above the least
    dear = np.where(problem.eligible, problem.costs["changes"], -1).argmax(axis=1)
    hint = program.point(np.where(problem.stranded, -1, dear))
    assert hint is not None
    found = Rounds(program, "changes", -np.inf, hint, Answering(answer), 0).search(Watch.lasting(60))
    assert (found.x, found.stopped) == (None, "work limit")
    assert found.bound < program.cost("changes") @ hint


def walking(program: KindProgram, level: str, best: Floats, searcher: Searcher) -> Rounds:
    """Rounds that know no bound but 0, and a solution."""
    made = Rounds(program, level, 0.0, best, searcher, 0)
    relaxed = relax(program.program(), WATCH)
    assert relaxed is not None
    made._relaxed, made._watch = relaxed, WATCH
    return made


def searched(searcher: Searcher) -> Iterator[tuple[str, KindProgram, str, Floats, Floats]]:
    """Programs of tiny engagements: where each is from, the program, its level, and its best and its worst solution."""
    for seed, problem, best in within_bands(range(75)):
        for level, held in (("changes", {}), ("burden", {"changes": best["changes"]})):
            program = KindProgram(Kinds(problem), {level: 1.0}, held)
            asked = program.program()
            least = searcher.search(asked, WATCH, level)
            worst = searcher.search(replace(asked, cost=-asked.cost), WATCH, level)
            assert least.x is not None
            assert worst.x is not None
            yield f"seed {seed}: {level}", program, level, least.x, worst.x


def distances(searcher: Searcher, seeds: range, *levels: str) -> Iterator[tuple[str, KindProgram, str, Floats, Floats]]:
    """The same of distances: instead of the worst any solution, its distance as small as its own loads allow."""
    for seed, problem, _ in within_bands(seeds):
        for level in levels:
            program = KindProgram(Kinds(problem), {level: 1.0}, {})
            asked = program.program()
            least = searcher.search(asked, WATCH, level)
            any_cost = np.random.default_rng(seed).random(len(asked.cost)) * (asked.cost == 0)
            some = searcher.search(replace(asked, cost=any_cost + asked.cost / 1000), WATCH, level)
            assert least.x is not None
            assert some.x is not None
            yield f"seed {seed}: {level}", program, level, least.x, some.x


def test_a_walk_up_from_the_bound_ends_at_the_best_and_never_beyond_it() -> None:
    far = 0
    with Searcher() as searcher:
        for where, program, level, least, worst in searched(searcher):
            value = program.cost(level) @ least
            if value <= 0:  # nothing lies between the bound and the best
                continue
            found = walking(program, level, worst, searcher)._walk(WATCH)
            assert (found.bound, found.stopped) == (pytest.approx(value), ""), where
            again = walking(program, level, least, searcher)._walk(WATCH)
            assert (again.x, again.bound) == (None, pytest.approx(value)), where
            far += value > rounds.STRIDE + 1
    assert far > 10, "no walk here takes more than a stride"


class Without(Searcher):
    """Has no time for some ways."""

    def __init__(self, *ways: Way) -> None:
        super().__init__()
        self.ways = ways

    @property
    def second(self) -> Searcher:
        """Another without time for them."""
        if self._second is None:
            self._second = Without(*self.ways)
        return self._second

    def search(self, *given: Any, way: Way = Way.HIGHS, **limits: Any) -> Found:
        """What is found, or nothing."""
        return SPENT if way in self.ways else super().search(*given, way=way, **limits)


@pytest.mark.parametrize("ways", [(), (Way.HIGHS,)], ids=str)
def test_a_distance_is_reached_and_proven_by_its_steps_whatever_whole_shares_they_are_counted_from(
    ways: tuple[Way, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    monkeypatch.setattr(rounds, "LAST", {"worker_imbalance": {}})
    level, better, strides = "worker_imbalance", 0, 0

    class Brief(Without):
        def search(self, *given: Any, way: Way = Way.HIGHS, **limits: Any) -> Found:
            nonlocal strides
            strides += way is Way.BRANCHING
            return super().search(*given, way=way, **limits)

        @property
        def second(self) -> Searcher:
            self._second = self._second or Brief(*self.ways)
            return self._second

    # what it looks for is not found: all is left to the steps
    with Searcher() as plain, Brief(Way.FINDING, *ways) as searcher:
        for where, program, _, least, worst in distances(plain, range(150), level):
            value = program.cost(level) @ least
            for known in (worst, least):
                found = walking(program, level, known, searcher)._last(WATCH)
                reached = known if found.x is None else found.x
                assert not found.stopped
                assert program.cost(level) @ reached == pytest.approx(value, abs=1e-5), where
                assert found.bound == pytest.approx(value, abs=1e-5), where
                better += found.x is not None
    assert better > 5, "too few first solutions here could be bettered"
    assert strides > 50 or not ways, "too few here have anything to rule out"


def rows_of(program: Program, columns: Ints) -> dict[int, tuple[float, float]]:
    """The rows over just these columns, each entry a one: their limits."""
    over = [program.entry_column[program.entry_row == row] for row in range(len(program.row_low))]
    same = [row for row, used in enumerate(over) if np.array_equal(np.sort(used), columns)]
    assert all((program.entry[program.entry_row == row] == 1).all() for row in same)
    return {row: (program.row_low[row], program.row_high[row]) for row in same}


def test_a_stride_to_a_distance_ends_below_the_next_step_and_allows_as_many_points_short_as_it_is_worth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    level, problem = "worker_imbalance", assignment(synthetic(24, 2, 1))
    # each worker a kind: all that a box holds is on one side of its fair share
    problem = replace(problem, kind=np.arange(len(problem.capacity)))
    program = KindProgram(Kinds(problem), {level: 1.0}, {})
    some = [program.point(np.where(problem.stranded, -1, pick(problem.eligible))) for pick in (last_of, first_of)]
    cheap, dear = sorted((x for x in some if x is not None), key=lambda x: float(program.cost(level) @ x))
    made = walking(program, level, dear, Answering(replace(SPENT, x=cheap)))
    stale = made._held
    strides = list[tuple[float, float]]()
    monkeypatch.setattr(Rounds, "_climb", lambda *_: strides.append((made._step, made._value)) or "work limit")
    assert made._to_distance(np.inf, rounds.Side(0), made._searcher, WATCH) == "work limit"
    # what was found by looking is what the steps run through
    assert (strides, made._step) == ([(2, program.cost(level) @ dear)], 2)
    assert made._shares is not None
    assert (made._shares.points == program.whole_shares(cheap).points).all()
    value = float(program.cost(level) @ cheap)
    short = int(np.maximum(0, made._shares.points - cheap[program.box]).sum())
    assert made._shares.apart + 2 * short == pytest.approx(value)
    # the last below the solution known, and as many steps above a bound as a stride is long
    assert made._next_stride(value - 1, value) == pytest.approx(value - 2)
    assert made._next_stride(value - 20, value) == pytest.approx(value - 20 + 2 * rounds.STRIDE)
    assert made._next_stride(value - 20.5, value) == pytest.approx(value - 20 + 2 * rounds.STRIDE)
    stride = made._stride(value - 6, value)
    assert len(stride.row_low) > len(stale.row_low)
    assert [*rows_of(stride, program.short).values()] == [(-np.inf, short - 3)]
    (_, most), *_ = rows_of(stride, program.distance).values()
    assert value - 4 - 1 / problem.grain < most < value - 4
    assert stride.whole[program.loads].all()
    (_, most), *_ = rows_of(made._stride(value - 2, value - 1), program.distance).values()
    assert most < value - 1
    for n, column in enumerate(program.short.tolist()):
        row = stride.entry_row[stride.entry_column == column][0]
        assert stride.row_low[row] == made._shares.points[n]


@pytest.mark.parametrize("stopped", ["", "work limit"])
def test_a_solution_in_a_stride_that_was_cut_short_proves_nothing(stopped: str) -> None:
    level, problem = "changes", assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {level: 1.0}, {})
    some = [program.point(np.where(problem.stranded, -1, pick(problem.eligible))) for pick in (last_of, first_of)]
    cheap, dear = sorted((x for x in some if x is not None), key=lambda x: float(program.cost(level) @ x))
    made = walking(program, level, dear, Answering(Found(cheap, 1.0, stopped), asked_without=True))
    side, value = rounds.Side(0), float(program.cost(level) @ cheap)
    made._bound = value - 1
    assert made._up(np.inf, side, made._searcher, WATCH) == stopped
    assert side.better[-1][2] is cheap
    assert side.bound == (value - 1 if stopped else value)


def first_of(eligible: Bools) -> Ints:
    """For each family the first worker who may take it."""
    return np.asarray(eligible.argmax(axis=1))


def last_of(eligible: Bools) -> Ints:
    """For each family the last worker who may take it."""
    return np.asarray(eligible.shape[1] - 1 - eligible[:, ::-1].argmax(axis=1))


@pytest.mark.parametrize("ways", [(), (Way.HIGHS,), (Way.PROVING,)], ids=str)
def test_searches_from_both_ends_meet_at_the_best_and_so_does_either_alone(
    ways: tuple[Way, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    better = 0
    with Searcher() as plain, Without(*ways) as searcher:
        for where, program, level, least, worst in searched(plain):
            value = program.cost(level) @ least
            for known in (worst, least):
                found = walking(program, level, known, searcher)._from_both_ends(WATCH)
                reached = known if found.x is None else found.x
                assert (found.bound, found.stopped) == (pytest.approx(value), ""), where
                assert program.cost(level) @ reached == pytest.approx(value), where
                better += found.x is not None
    assert better > 5, "too few first solutions here could be bettered"


def test_a_stride_that_is_not_searched_to_its_end_bounds_no_more_than_what_was_ruled_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    open_ = Answering(Found(None, 1000.0, "work limit"), asked_without=True)
    found = walking(program, "changes", hint, open_)._walk(WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")
    answers = chain([Found(None, np.inf, "")], repeat(Found(None, -np.inf, "work limit")))
    monkeypatch.setattr(open_, "search", lambda *_, **__: next(answers))
    found = walking(program, "changes", hint, open_)._walk(WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")


def test_a_window_no_wider_than_a_stride_is_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    made = walking(program, "changes", hint, Searcher())
    races = list[Program]()

    def race(stride: Program, _: Watch) -> Found:
        races.append(stride)
        return Found(None, np.inf, "")

    monkeypatch.setattr(made, "_race", race)
    value = int(program.cost("changes") @ hint)
    for wide, count in ((rounds.STRIDE, 1), (rounds.STRIDE + 1, 2)):
        races.clear()
        # one value more than a stride is wide: its first is the one that the search begins from
        made._bound = value - 1 - wide
        assert made._walk(WATCH).bound == value
        assert len(races) == count


@pytest.mark.parametrize("level", ["changes", "team_imbalance", "worker_imbalance"])
def test_the_last_round_proves_what_workers_are_off_by_their_loads_too(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {level: 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    asked = dict[Way, Program]()

    ways = {"team_imbalance": (Way.FINDING, Way.PROVING), "worker_imbalance": (Way.FINDING, Way.BRANCHING, Way.SCIP)}
    beside = ways.get(level, (Way.FINDING,))
    nodes = rounds.NODES | rounds.LAST.get(level, {}) | (rounds.LOOK if level == "worker_imbalance" else {})

    class Asked(Answering):
        def search(self, *given: Any, way: Way = Way.HIGHS, **limits: Any) -> Found:
            asked[way] = given[0]
            assert limits["nodes"] == nodes[way]
            # up by steps there is no solution to begin from
            assert given[3] is (None if way is Way.BRANCHING else hint)
            return self.answer

    walking(program, level, hint, Asked(Found(None, 0.0, "work limit")))._last(WATCH)
    usual = program.program().whole
    assert asked.keys() == {Way.HIGHS, *beside}
    others = np.setdiff1d(np.arange(len(usual)), program.loads)
    for way, by in asked.items():
        assert (by.whole == usual)[others].all()
        assert (by.whole == usual).all() or way in (Way.SCIP, Way.PROVING, Way.BRANCHING)
        assert by.whole[program.loads].all() or way in (Way.HIGHS, Way.FINDING)


def test_a_proof_beside_begins_from_what_the_look_before_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    on = ground(Telling([], SPENT), Telling([], SPENT), monkeypatch)
    asked = list[tuple[Way, Any]]()
    looked = replace(SPENT, x=on.same[0], work=700)

    class Asked(Searcher):
        def search(self, *given: Any, way: Way = Way.HIGHS, enough: Callable[[Found], bool] = bool, **_: Any) -> Found:
            asked.append((way, given[3]))
            enough(replace(NOTHING, work=700))
            return looked if way is Way.FINDING else replace(NOTHING, x=on.less, work=700)

    side, _ = on.made._sides = rounds.Side(0), rounds.Side(0)
    ways = {Way.FINDING: 1, Way.PROVING: 1, Way.SCIP: 1}
    assert on.made._beside_it(ways, np.inf, side, Asked(), WATCH) == ""
    # and counts its work from there; nothing more is asked once it is done
    assert [(way, hint is on.same[0]) for way, hint in asked] == [(Way.FINDING, False), (Way.PROVING, True)]
    found_at = [(clock, x is on.less) for clock, _, x in side.better]
    pace = rounds.PACE
    begun = pace[Way.FINDING] * 700
    assert found_at == [(begun, False), (begun + pace[Way.PROVING] * 700, True)]
    assert side.bound == on.value - 2


def test_the_last_round_alone_finds_the_least_distance_and_proves_it() -> None:
    better = 0
    with Searcher() as searcher:
        for where, program, level, least, worst in distances(searcher, range(60), "team_imbalance", "worker_imbalance"):
            value = program.cost(level) @ least
            found = walking(program, level, worst, searcher)._last(WATCH)
            assert not found.stopped
            x = worst if found.x is None else found.x
            assert program.cost(level) @ x == pytest.approx(value, abs=1e-5), where
            assert found.bound == pytest.approx(value, abs=1e-5), where
            better += bool(program.cost(level) @ worst > value + 1e-5)
    assert better > 3, "too few first solutions here could be bettered"


class Racing(Searcher):
    """Says after how much work it is done, and with what; begins once `after` is set, and ends early if told to."""

    def __init__(self, way: Way, found: Found, after: Event | None = None) -> None:
        super().__init__()
        self.way, self.found, self.after, self.begun = way, found, after, Event()

    def search(self, *given: Any, way: Way = Way.HIGHS, enough: Callable[[Found], bool] = bool, **_: Any) -> Found:
        """Its answer, unless it had done enough or was told to end."""
        assert way is self.way
        watch = given[1]
        self.begun.set()
        while self.after is not None and not self.after.is_set():
            assert watch.left() > 0, "nobody ended it"
            # it has done nearly all its work by now
            if enough(Found(None, -np.inf, "", self.found.work - 1)) or watch.interrupted.is_set():
                return Found(None, 1.0, "enough")
        return self.found


def raced(
    first: Found, second: Found, monkeypatch: pytest.MonkeyPatch, waits: int | None = None, head_start: float = 0
) -> tuple[Found, Racing, Racing]:
    """What a race comes to, of which one waits (0, 1; None: neither) until it is ended."""
    monkeypatch.setattr(rounds, "HEAD_START", head_start)
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    one = Racing(Way.PROVING, first, Event() if waits == 0 else None)
    one._second = two = Racing(Way.BRANCHING, second, Event() if waits == 1 else None)
    found = Rounds(program, "changes", 0.0, None, one, 0)._race(program.program(), Watch.lasting(60))
    return found, one, two


def solved(work: int) -> Found:
    """A best solution after so much work."""
    return Found(np.array([float(work)]), 5.0, "", work)


BEHIND = rounds.HANDICAP
"""Work that the second is behind."""
NONE = Found(None, np.inf, "", 10**6)


def test_of_two_ways_the_one_that_took_less_work_is_heard_whichever_is_first_by_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # each step of the first counts twice; the second is some steps behind
    much = BEHIND + 1000
    for first, second, waits, best in (
        (solved(much), solved(2 * much - BEHIND - 10), None, 1),
        (solved(much), solved(2 * much - BEHIND), None, 0),
        (solved(much), solved(2 * much - BEHIND + 10), 1, 0),
        (solved(much + 10), solved(2 * much - BEHIND), 0, 1),
    ):
        found, *_ = raced(first, second, monkeypatch, waits)
        assert found is (first, second)[best], f"{first}, {second}"


def test_of_two_ways_that_are_cut_short_the_better_bound_and_solution_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    level, problem = "changes", assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {level: 1.0}, {})
    some = [program.point(np.where(problem.stranded, -1, pick(problem.eligible))) for pick in (last_of, first_of)]

    class Cut(Answering):
        def search(self, *_: Any, way: Way = Way.HIGHS, **__: Any) -> Found:
            one = [*rounds.WALK].index(way)
            return Found(some[one], [3.0, 2.0][one], "work limit")

    for known in some:
        assert known is not None
        made = Rounds(program, level, 0.0, known, Cut(SPENT), 0)
        found = made._race(program.program(), WATCH)
        assert found.x is min((x for x in some if x is not None), key=made._cost)
        assert (found.bound, found.stopped) == (3.0, "work limit")
        some.reverse()


def test_that_there_is_no_solution_is_heard_from_either_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    none = replace(NONE, work=rounds.COUNTED // 4)
    for first, second, waits in ((none, solved(1), 1), (solved(10**7), none, 0)):
        found, *_ = raced(first, second, monkeypatch, waits)
        assert found is none


def test_where_there_is_no_solution_the_other_way_need_not_come_nearer_than_work_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a step of the first counts twice
    none = replace(NONE, work=rounds.COUNTED)
    near = Found(None, np.inf, "", 2 * rounds.COUNTED - BEHIND + 2)
    assert raced(none, near, monkeypatch, 1)[0] is none
    far = replace(near, work=2 * rounds.COUNTED - BEHIND - 1)
    assert raced(none, far, monkeypatch)[0] is far


def test_a_race_takes_its_work_from_what_is_left_and_no_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    for left, stopped in ((100.0, "interrupt"), (3.0, "enough")):
        watch = Watch.lasting(60).working(left)
        down, up = (Telling(many(NOTHING, 300), Found(None, 5.0, "interrupt", 29_900)) for _ in range(2))
        on = ground(down, up, monkeypatch)
        assert on.made._race(on.made._first, watch).stopped == stopped
        # by the way that got further: the first counts twice what it did, and is ended where no more is left
        counted = ceil(min(2 * 29_900, steps_in(left, FEW)) / rounds.COUNTED) * rounds.COUNTED
        assert left - watch.work.left == pytest.approx(min(left, seconds_of(counted, FEW)), abs=1e-3), left


def test_where_two_searches_meet_is_counted_the_same_whichever_is_the_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = set()
    for slow in (0, 1):
        ended = replace(SPENT, work=60_000)
        down, up = Telling([], ended, 0.2 * (slow == 0)), Telling([], ended, 0.2 * (slow == 1))
        on = ground(down, up, monkeypatch)
        monkeypatch.setattr(on.made, "_up", partial(on.made._beside_it, rounds.FINDING))
        # down proves it after 45,000 steps; up, whose steps count twice, before: it is waited for where it is slow
        down.told = many(NOTHING, 450) + many(replace(NOTHING, bound=on.value, work=45_000), 100)
        up.told = many(NOTHING, 150) + many(replace(NOTHING, bound=on.value, work=15_000), 300)
        watch = Watch.lasting(60).working(100.0)
        found = on.made._from_both_ends(watch)
        assert (found.x, found.bound, found.stopped) == (None, on.value, ""), slow
        counted.add(round(100 - watch.work.left, 3))
    assert counted == {round(seconds_of(30_000, FEW), 3)}


def test_no_round_is_begun_when_the_work_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = Telling(many(NOTHING), SPENT), Telling(many(NOTHING), SPENT)
    on = ground(down, up, monkeypatch)
    watch = Watch.lasting(60).working(0.0)
    found = on.made.search(watch)
    assert (found.x, found.stopped, watch.stopped()) == (None, "work limit", "")
    assert 0 < found.bound < on.value
    assert on.made._walk(watch).stopped == "work limit"
    assert down.heard == up.heard == 0


@pytest.mark.parametrize("once", ["_from_both_ends", "_last"])
def test_no_search_goes_further_than_the_work_left(once: str, monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = Telling(many(NOTHING), SPENT), Telling(many(NOTHING), SPENT)
    on = ground(down, up, monkeypatch)
    watch = Watch.lasting(60).working(3.0)
    assert getattr(on.made, once)(watch).stopped
    most = int(steps_in(3.0, FEW))
    # a step upwards counts twice, and the search begins behind
    assert (down.heard, up.heard) == (most // 100 + 2, (most - BEHIND) // 200 + 2)


@pytest.mark.parametrize(("ups", "counted"), [(10_000, 40_000), (58_000, 60_000)])
def test_of_two_searches_that_do_not_meet_the_longer_is_counted(
    ups: int, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # one begun counts as a whole of what is counted by; a step upwards as one
    down, up = Telling([], replace(SPENT, work=39_900)), Telling(many(NOTHING, ups // 100), replace(SPENT, work=ups))
    on = ground(down, up, monkeypatch)
    monkeypatch.setattr("solver.program.FEW", 1)
    watch = Watch.lasting(60).working(100.0)
    assert on.made._from_both_ends(watch).stopped
    # by the columns of their program
    assert 100 - watch.work.left == pytest.approx(seconds_of(counted, len(on.made._first.cost)), abs=1e-3)


def test_a_race_is_counted_by_the_way_that_took_less_work(monkeypatch: pytest.MonkeyPatch) -> None:
    # the second is done only after much more than the first, which says that there is none
    first, second = Telling([], replace(NONE, work=12_500)), Telling([], replace(SPENT, work=42_000))
    on = ground(first, second, monkeypatch)
    watch = Watch.lasting(60).working(100.0)
    assert on.made._race(on.made._first, watch).bound == np.inf
    assert 100 - watch.work.left == pytest.approx(seconds_of(20_000, FEW), abs=1e-3)


def test_a_way_that_is_done_is_heard_where_the_other_has_used_up_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = Found(np.zeros(1), 3.0, "work limit", 10)
    assert raced(open_, solved(10**6), monkeypatch)[0].x == [10**6]
    assert raced(solved(10**6), open_, monkeypatch)[0].x == [10**6]


def test_of_two_ways_that_are_not_done_the_better_bound_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Found(None, 3.0, "work limit"), Found(None, 2.0, "work limit")
    for one, two in ((first, second), (second, first)):
        found, *_ = raced(one, two, monkeypatch)
        assert (found.x, found.bound, found.stopped) == (None, 3.0, "work limit")


def test_a_second_way_is_only_left_out_where_the_first_was_done_with_little_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for work, left_out in ((BEHIND // 2, True), (BEHIND, False)):
        found, _, second = raced(solved(work), solved(1), monkeypatch, head_start=0.2)
        assert second.begun.is_set() is not left_out
        assert found.work == (work if left_out else 1)


class Telling(Searcher):
    """Tells one thing after the other and then its answer; after a pause, so that the other is first."""

    def __init__(self, told: list[Found], answer: Found, pause: float = 0) -> None:
        super().__init__()
        self.told, self.answer, self.pause, self.heard = told, answer, pause, 0

    def search(self, *given: Any, enough: Callable[[Found], bool] = bool, **_: Any) -> Found:
        """The answer, unless it told enough before."""
        sleep(self.pause)
        for found in self.told:
            self.heard += 1
            if enough(found):
                return replace(found, stopped="enough")
            if given[1].interrupted.is_set():
                return replace(found, stopped="interrupt")
        return self.answer


@dataclass
class Ground:
    """Where searches meet: a level, a solution known and two better ones that cost the same, or two less."""

    made: Rounds
    same: tuple[Floats, Floats]
    less: Floats
    value: float


def ground(first: Searcher, second: Searcher, monkeypatch: pytest.MonkeyPatch, head_start: float = 0) -> Ground:
    """Searches from both ends, with the answers of two searchers."""
    monkeypatch.setattr(rounds, "HEAD_START", head_start)
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    dear = np.where(problem.eligible, problem.costs["changes"], -1).argmax(axis=1)
    hint = program.point(np.where(problem.stranded, -1, dear))
    assert hint is not None
    first._second = second
    cost = program.cost("changes")
    ones = np.flatnonzero(cost == 1)[:4]

    def lower(*columns: int) -> Floats:
        x = hint.copy()
        x[list(columns)] -= 1
        return x

    made = walking(program, "changes", hint, first)
    return Ground(made, (lower(ones[0]), lower(ones[1])), lower(ones[2], ones[3]), float(cost @ hint))


def many(found: Found, count: int = 400) -> list[Found]:
    """The same told often, each time with a hundred steps more."""
    return [replace(found, work=found.work + 100 * n) for n in range(count)]


NOTHING = Found(None, -np.inf, "")


def test_a_bound_of_the_one_and_a_solution_of_the_other_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = Telling([], SPENT), Telling([], SPENT)
    on = ground(down, up, monkeypatch)
    down.told = many(replace(NOTHING, x=on.same[0], work=10))
    # all below the solution is ruled out, a stride at a time; nothing more is asked once that is met
    up.answer = Found(None, np.inf, "", 1)
    found = on.made._from_both_ends(WATCH)
    assert (found.x is on.same[0], found.bound, found.stopped) == (True, on.value - 1, "")


@pytest.mark.parametrize("slow", [0, 1])
def test_the_solution_that_took_less_work_is_kept_whichever_search_is_the_faster(
    slow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = rounds.HANDICAP + 2 * 500
    for work, kept in ((late - 1, 0), (late + 1, 1)):
        down, up = Telling([], SPENT, 0.2 * (slow == 0)), Telling([], SPENT, 0.2 * (slow == 1))
        on = ground(down, up, monkeypatch)
        on.made._bound = on.value - 1
        down.told = [replace(NOTHING, work=50 * n) for n in range(work // 50)]
        down.told += many(replace(NOTHING, x=on.same[0], work=work))
        up.told, up.answer = many(NOTHING, 5), Found(on.same[1], on.value - 1, "", 500)
        # without a bound to count from, the other one searches for a solution
        monkeypatch.setattr(on.made, "_up", partial(on.made._beside_it, rounds.FINDING))
        found = on.made._from_both_ends(WATCH)
        assert (found.bound, found.stopped) == (on.value - 1, "")
        assert found.x is on.same[kept], f"{work}, {slow}"


def test_what_is_found_after_more_work_than_there_is_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = Telling([], SPENT), Telling([], SPENT)
    on = ground(down, up, monkeypatch)
    down.told = [
        replace(NOTHING, x=on.same[0], bound=on.value - 3, work=rounds.DOWNWARDS),
        replace(NOTHING, x=on.less, bound=on.value - 1, work=rounds.DOWNWARDS + 1),
    ]
    found = on.made._from_both_ends(WATCH)
    assert (found.x is on.same[0], bool(found.stopped)) == (True, True)
    # of the bounds, too, what was told before
    assert found.bound == on.value - 3
    up.told, up.answer = [replace(NOTHING, work=rounds.UPWARDS)], Found(None, np.inf, "", 1)
    down.told = []
    assert on.made._from_both_ends(WATCH).bound == on.made._bound


class ByTurns(Telling):
    """Tells by turn of being asked what it was given for that, and answers; the last turn is as often as there are
    more."""

    def __init__(self, *turns: tuple[list[Found], Found], pause: float = 0) -> None:
        super().__init__([], SPENT, pause)
        self.turns, self.ways = turns, list[Way]()

    def search(self, *given: Any, way: Way = Way.HIGHS, **limits: Any) -> Found:
        """The answer of its turn, unless it told enough before."""
        self.ways.append(way)
        self.told, self.answer = self.turns[min(len(self.ways), len(self.turns)) - 1]
        self.heard = 0
        return super().search(*given, **limits)


AT_LIMIT = [replace(NOTHING, work=rounds.DOWNWARDS - 1), replace(NOTHING, work=rounds.DOWNWARDS + 1)], SPENT
UNENDING = [replace(NOTHING, work=1)] * 100_000, SPENT


def none_in(steps: int) -> tuple[list[Found], Found]:
    """A search that says after so many steps that there is no solution."""
    return many(NOTHING, steps // 100 + 1), Found(None, np.inf, "", steps)


def two_strides_below(down: ByTurns, up: ByTurns, monkeypatch: pytest.MonkeyPatch) -> tuple[Ground, list[float]]:
    """Where the value less two, for which there is a solution, is in the second stride above the bound; and up to where
    strides are searched."""
    on, strides = ground(down, up, monkeypatch), list[float]()
    stride = on.made._stride
    on.made._bound = on.value - 2 - (rounds.STRIDE + 1)
    monkeypatch.setattr(on.made, "_stride", lambda most, value: strides.append(most - on.value) or stride(most, value))
    return on, strides


@pytest.mark.parametrize("slow", [0, 1])
def test_where_the_search_down_comes_to_nothing_it_looks_a_stride_ahead_of_the_one_up(
    slow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = ByTurns(AT_LIMIT, UNENDING, pause=0.2 * (slow == 0))
    # the lower stride takes up more than the limit down, as the clocks are
    up = ByTurns(none_in(rounds.DOWNWARDS // 2 + 10_000), UNENDING, pause=0.2 * (slow == 1))
    on, strides = two_strides_below(down, up, monkeypatch)
    down.turns = AT_LIMIT, (many(NOTHING, 100), Found(on.less, on.value - 2, "", 10_000))
    watch = WATCH.working(100.0)
    found = on.made._from_both_ends(watch)
    assert (found.x is on.less, found.bound, found.stopped) == (True, on.value - 2, "")
    assert down.ways == [Way.HIGHS, Way.BRANCHING]
    assert strides == [-3, -1, -1][: len(strides)]
    # of the search down all that it did, and of the one up, where a step counts twice, the half
    assert 100 - watch.work.left == pytest.approx(seconds_of(210_000, FEW), abs=1e-3)


@pytest.mark.parametrize("slow", [0, 1])
def test_a_search_ahead_begins_above_the_stride_that_was_begun_by_then(
    slow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = ByTurns(AT_LIMIT, UNENDING, pause=0.2 * (slow == 0))
    # so the upper stride is begun before, and nothing is left above it
    up = ByTurns(none_in(10_000), (many(NOTHING, 3000), SPENT), pause=0.2 * (slow == 1))
    on, strides = two_strides_below(down, up, monkeypatch)
    found = on.made._from_both_ends(WATCH)
    assert (found.bound, bool(found.stopped)) == (on.value - 2, True)
    assert (down.ways, strides) == ([Way.HIGHS], [-3, -1])


def test_a_search_ahead_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = ByTurns(AT_LIMIT, (many(NOTHING, 3000), SPENT)), ByTurns((many(NOTHING, 3000), SPENT))
    on, _ = two_strides_below(down, up, monkeypatch)
    watch = WATCH.working(100.0)
    assert on.made._from_both_ends(watch).stopped
    assert (down.ways, down.heard) == ([Way.HIGHS, Way.BRANCHING], (rounds.AHEAD - rounds.DOWNWARDS) // 100 + 2)
    assert 100 - watch.work.left == pytest.approx(seconds_of(rounds.AHEAD, FEW), abs=1e-3)


@pytest.mark.parametrize("why", ["too little work left", "over by itself", "it was found"])
def test_nothing_is_searched_ahead_where_the_search_down_did_not_come_to_nothing_at_its_limit(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    down, up = ByTurns(AT_LIMIT, UNENDING), ByTurns((many(NOTHING, 3000), SPENT))
    on, _ = two_strides_below(down, up, monkeypatch)
    left = 100.0
    if why == "too little work left":
        left = seconds_of(rounds.DOWNWARDS - 10_000, FEW)
    elif why == "over by itself":
        down.turns = (many(NOTHING, 100), SPENT), UNENDING
    else:
        # far above the bound that the search up has come to
        on.made._bound -= 2 * (rounds.STRIDE + 1)
        found = replace(NOTHING, x=on.less, bound=on.value - 2)
        down.turns = (many(found, 100) + [replace(found, work=10_000)] * 100_000, SPENT), UNENDING
    on.made._from_both_ends(WATCH.working(left))
    assert down.ways == [Way.HIGHS]


def test_a_search_ahead_does_not_wait_for_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Searcher):
        def search(self, *_: Any, **__: Any) -> Found:
            raise RuntimeError("broken")

    on = ground(ByTurns(AT_LIMIT, (many(NOTHING, 3000), SPENT)), Broken(), monkeypatch)
    with pytest.raises(RuntimeError, match="broken"):
        on.made._from_both_ends(WATCH)
    assert on.made._sides[1].clock == np.inf


def test_what_a_limit_leaves_of_the_work_is_no_more_than_it_is_counted_by_and_goes_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [replace(NOTHING, work=work) for work in (31_000, 50_000)], SPENT
    down, up = ByTurns(told, UNENDING), ByTurns(told, UNENDING)
    on = ground(down, up, monkeypatch)
    watch = WATCH.working(seconds_of(3 * rounds.COUNTED + 14_000, FEW))
    assert on.made.search(watch).stopped == "work limit"
    assert watch.work.left == 0
    assert (down.ways, len(up.ways)) == ([Way.HIGHS], 1)


def test_a_second_search_is_not_begun_where_the_first_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    down, up = Telling([], SPENT), Telling(many(NOTHING), SPENT)
    on = ground(down, up, monkeypatch, head_start=60)
    down.answer = Found(on.same[0], on.value - 1, "", 10)
    assert on.made._from_both_ends(WATCH).x is on.same[0]
    assert not up.heard


@pytest.mark.parametrize("broken", [0, 1])
def test_an_error_of_one_search_is_not_kept_back_by_the_other(broken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Searcher):
        def search(self, *_: Any, **__: Any) -> Found:
            raise RuntimeError("broken")

    other = Telling([], SPENT)
    on = ground(*((Broken(), other) if broken == 0 else (other, Broken())), monkeypatch)
    with pytest.raises(RuntimeError, match="broken"):
        on.made._from_both_ends(WATCH)
    with pytest.raises(RuntimeError, match="broken"):
        on.made._race(on.made._first, WATCH)
