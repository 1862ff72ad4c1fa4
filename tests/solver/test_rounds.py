"""A program searched from both sides: which of two searches is heard, and what no search may make of a program."""

from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver import rounds
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Found, Searcher
from solver.rounds import Rounds
from solver.watch import Watch


class Answering(Searcher):
    """Has one answer wherever a known solution is handed over."""

    def __init__(self, answer: Found) -> None:
        super().__init__()
        self.answer = answer

    @property
    def second(self) -> Searcher:
        """Itself: it starts nothing."""
        return self

    def search(self, *given: Any, **_: Any) -> Found:
        """The answer, or none."""
        return Found(None, -np.inf, "work limit") if given[3] is None else self.answer


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


def test_a_second_search_is_not_begun_where_the_first_is_done_at_once() -> None:
    proven = Found(None, np.inf, "")
    found = rounds._side_by_side(lambda _: proven, lambda _: pytest.fail("begun"), Watch.lasting(60))
    assert found == (proven, rounds.UNHEARD)


def test_an_error_of_one_search_is_not_kept_back_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "HEAD_START", 0)

    def broken(_: Watch) -> Found:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(broken, ended, Watch.lasting(60))
    with pytest.raises(RuntimeError, match="broken"):
        rounds._side_by_side(lambda _: Found(None, 0.0, "work limit"), broken, Watch.lasting(60))
