"""A program searched from both sides: which of two searches is heard, and what no search may make of a program."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat
from threading import Event
from typing import Any

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver import rounds
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Floats, Found, Program, Searcher, Way, relax
from solver.rounds import Rounds
from solver.watch import Watch
from tests.solver.brute import within_bands

WATCH = Watch.lasting(600)


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


def test_a_walk_up_from_the_bound_ends_at_the_best_and_never_beyond_it() -> None:
    far = 0
    with Searcher() as searcher:
        for seed, problem, best in within_bands(range(75)):
            for level, held in (("changes", {}), ("burden", {"changes": best["changes"]})):
                program = KindProgram(Kinds(problem), {level: 1.0}, held)
                asked = program.program()
                least = searcher.search(asked, WATCH, level)
                worst = searcher.search(replace(asked, cost=-asked.cost), WATCH, level)
                assert least.x is not None
                assert worst.x is not None
                if least.bound <= 0:  # nothing lies between the bound and the best
                    continue
                found = walking(program, level, worst.x, searcher)._walk_up(WATCH)
                assert (found.bound, found.stopped) == (pytest.approx(least.bound), ""), f"seed {seed}: {level}"
                again = walking(program, level, least.x, searcher)._walk_up(WATCH)
                assert (again.x, again.bound) == (None, pytest.approx(least.bound)), f"seed {seed}: {level}"
                far += least.bound > rounds.STRIDE + 1
    assert far > 10, "no walk here takes more than a stride"


def test_a_stride_that_is_not_searched_to_its_end_bounds_no_more_than_what_was_ruled_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    open_ = Answering(Found(None, 1000.0, "work limit"), asked_without=True)
    found = walking(program, "changes", hint, open_)._walk_up(WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")
    answers = chain([Found(None, np.inf, "")], repeat(Found(None, -np.inf, "work limit")))
    monkeypatch.setattr(open_, "search", lambda *_, **__: next(answers))
    found = walking(program, "changes", hint, open_)._walk_up(WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")


def test_a_window_no_wider_than_a_stride_is_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {"changes": 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    made = walking(program, "changes", hint, Searcher())
    races = list[Program]()

    def race(programs: tuple[Program, Program], *_: Any) -> Found:
        races.extend(programs[:1])
        return Found(None, np.inf, "")

    monkeypatch.setattr(made, "_race", race)
    value = int(program.cost("changes") @ hint)
    for wide, count in ((rounds.STRIDE, 1), (rounds.STRIDE + 1, 2)):
        races.clear()
        # one value more than a stride is wide: its first is the one that the search begins from
        made._bound = value - 1 - wide
        assert made._walk_up(WATCH).bound == value
        assert len(races) == count


@pytest.mark.parametrize("level", ["changes", "team_imbalance", "worker_imbalance"])
def test_the_last_round_proves_a_distance_by_its_loads_too(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    problem = assignment(synthetic(24, 2, 1))
    program = KindProgram(Kinds(problem), {level: 1.0}, {})
    hint = program.point(np.where(problem.stranded, -1, problem.eligible.argmax(axis=1)))
    assert hint is not None
    asked = dict[Way, tuple[Program, int, bool]]()

    class Asked(Answering):
        def search(self, *given: Any, way: Way = Way.HIGHS, nodes: int = 0, **_: Any) -> Found:
            asked[way] = given[0], nodes, given[3] is hint
            return self.answer

    walking(program, level, hint, Asked(Found(None, 0.0, "work limit")))._last(WATCH)
    usual = program.program().whole
    assert {way: nodes for way, (_, nodes, _) in asked.items()} == rounds.LAST
    assert all(known for *_, known in asked.values())
    assert (asked[Way.FINDING][0].whole == usual).all()
    assert asked[Way.SCIP][0].whole[program.loads].all() == (level != "changes")
    others = np.setdiff1d(np.arange(len(usual)), program.loads)
    assert (asked[Way.SCIP][0].whole == usual)[others].all()


def test_the_last_round_alone_finds_the_least_distance_and_proves_it() -> None:
    better = 0
    with Searcher() as searcher:
        for seed, problem, _ in within_bands(range(60)):
            for level in ("team_imbalance", "worker_imbalance"):
                program = KindProgram(Kinds(problem), {level: 1.0}, {})
                asked = program.program()
                least = searcher.search(asked, WATCH, level)
                # any solution, its distance as small as its own loads allow
                any_cost = np.random.default_rng(seed).random(len(asked.cost)) * (asked.cost == 0)
                worst = searcher.search(replace(asked, cost=any_cost + asked.cost / 1000), WATCH, level)
                assert least.x is not None
                assert worst.x is not None
                (found,) = walking(program, level, worst.x, searcher)._last(WATCH)
                assert found.x is not None
                assert not found.stopped
                assert asked.cost @ found.x == pytest.approx(asked.cost @ least.x, abs=1e-5), f"seed {seed}: {level}"
                assert found.bound == pytest.approx(asked.cost @ least.x, abs=1e-5), f"seed {seed}: {level}"
                better += bool(asked.cost @ worst.x > asked.cost @ least.x + 1e-5)
    assert better > 3, "too few first solutions here could be bettered"


def ended(watch: Watch) -> Found:
    """What a search comes to that only ends when it is told to."""
    while not watch.interrupted.is_set():
        assert watch.left() > 0, "nobody ended it"
    return Found(None, 0.0, "interrupt")


def test_of_two_searches_the_second_is_ended_once_the_first_is_done_and_else_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    told = list[str]()
    watch = Watch.lasting(60, progress=lambda *_: pytest.fail("the second is not to tell how far it is"))
    proven, open_ = Found(None, np.inf, ""), Found(None, 3.0, "work limit")

    def after_the_second_began(found: Found) -> Callable[[Watch], Found]:
        def first(_: Watch) -> Found:
            assert begun.wait(60)
            return found

        return first

    def second(heard: Watch) -> Found:
        begun.set()
        heard.heard("changes", 1.0, 0.0)
        told.append(ended(heard).stopped)
        return open_

    begun = Event()
    assert rounds._side_by_side(after_the_second_began(proven), second, watch) == (proven, rounds.UNHEARD)
    assert told == ["interrupt"]
    assert rounds._side_by_side(lambda _: open_, lambda _: proven, watch) == (open_, proven)
    assert not watch.interrupted.is_set()


def test_a_second_search_is_not_begun_where_the_first_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 60)
    proven, begun = Found(None, np.inf, ""), Event()

    def first(_: Watch) -> Found:
        begun.wait(0.3)
        return proven

    def second(_: Watch) -> Found:
        begun.set()
        return proven

    assert rounds._side_by_side(first, second, Watch.lasting(60)) == (proven, rounds.UNHEARD)
    assert not begun.is_set()


class Racing(Searcher):
    """Says after how much work it is done, and with what; begins once `after` is set, and ends early if outdone."""

    def __init__(self, way: Way, found: Found, after: Event | None = None) -> None:
        super().__init__()
        self.way, self.found, self.after, self.begun = way, found, after, Event()

    def search(self, *given: Any, way: Way = Way.HIGHS, outdone: Callable[[int], bool] = bool, **_: Any) -> Found:
        """Its answer, unless it was outdone or told to end."""
        assert way is self.way
        watch = given[1]
        self.begun.set()
        while self.after is not None and not self.after.is_set():
            assert watch.left() > 0, "nobody ended it"
            # it has done nearly all its work by now
            if outdone(self.found.work - 1) or watch.interrupted.is_set():
                return Found(None, 1.0, "outdone")
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
    asked = program.program(), program.program()
    found = Rounds(program, "changes", 0.0, None, one, 0)._race(asked, rounds.WALK, None, Watch.lasting(60))
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


def test_that_there_is_no_solution_is_heard_from_either_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for first, second, waits in ((NONE, solved(1), 1), (solved(10**7), NONE, 0)):
        found, *_ = raced(first, second, monkeypatch, waits)
        assert found is NONE


def test_a_way_that_is_done_is_heard_where_the_other_has_used_up_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = Found(np.zeros(1), 3.0, "work limit", 10)
    assert raced(open_, solved(10**6), monkeypatch)[0].x == [10**6]
    assert raced(solved(10**6), open_, monkeypatch)[0].x == [10**6]


def test_of_two_ways_that_are_not_done_the_better_solution_and_bound_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(24, 2, 1))
    cost = KindProgram(Kinds(problem), {"changes": 1.0}, {}).program().cost
    dear, cheap = np.ones(len(cost)), np.zeros(len(cost))
    first, second = Found(dear, 3.0, "work limit"), Found(cheap, 2.0, "work limit")
    for one, two in ((first, second), (second, first)):
        found, *_ = raced(one, two, monkeypatch)
        assert (found.x is cheap, found.bound, found.stopped) == (True, 3.0, "work limit")


def test_a_second_way_is_only_left_out_where_the_first_was_done_with_little_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for work, left_out in ((BEHIND // 2, True), (BEHIND, False)):
        found, _, second = raced(solved(work), solved(1), monkeypatch, head_start=0.2)
        assert second.begun.is_set() is not left_out
        assert found.work == (work if left_out else 1)


def test_an_error_of_one_search_is_not_kept_back_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)

    def broken(_: Watch) -> Found:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(broken, ended, Watch.lasting(60))
    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(lambda _: Found(None, 0.0, "work limit"), broken, Watch.lasting(60))
