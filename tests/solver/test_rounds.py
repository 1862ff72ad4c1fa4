"""A program searched from both sides: which of two searches is heard, and what no search may make of a program."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver import rounds
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Floats, Found, Searcher, Way, relax
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
        return self.answer if (given[3] is None) == self.asked_without else Found(None, -np.inf, "work limit")


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
                found = walking(program, level, worst.x, searcher)._walk_up(10**6, Way.PROVING, WATCH)
                assert (found.bound, found.stopped) == (pytest.approx(least.bound), ""), f"seed {seed}: {level}"
                again = walking(program, level, least.x, searcher)._walk_up(10**6, Way.PROVING, WATCH)
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
    found = walking(program, "changes", hint, open_)._walk_up(1, Way.PROVING, WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")
    answers = iter([Found(None, np.inf, ""), Found(None, -np.inf, "work limit")])
    monkeypatch.setattr(open_, "search", lambda *_, **__: next(answers))
    found = walking(program, "changes", hint, open_)._walk_up(1, Way.PROVING, WATCH)
    assert (found.bound, found.stopped) == (rounds.STRIDE + 1, "work limit")


def ended(watch: Watch) -> Found:
    """What a search comes to that only ends when it is told to."""
    while not watch.interrupted.is_set():
        assert watch.left() > 0, "nobody ended it"
    return Found(None, 0.0, "interrupt")


def test_of_two_searches_the_second_is_ended_once_the_first_is_done_and_else_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    watch, told = Watch.lasting(60), list[str]()
    proven, open_ = Found(None, np.inf, ""), Found(None, 3.0, "work limit")

    def after_the_second_began(found: Found) -> Callable[[Watch], Found]:
        def first(_: Watch) -> Found:
            assert begun.wait(60)
            return found

        return first

    def second(heard: Watch) -> Found:
        begun.set()
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


def test_an_error_of_one_search_is_not_kept_back_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)

    def broken(_: Watch) -> Found:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(broken, ended, Watch.lasting(60))
    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(lambda _: Found(None, 0.0, "work limit"), broken, Watch.lasting(60))
