"""Levels by kinds, told apart where families cannot be packed: the best of each level, and never a bound above it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from handover.plan import ALLOCATION_LEVELS
from handover.synthetic import synthetic
from solver import refine
from solver.assignment import Assignment
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import Found, Searcher
from solver.refine import STEPS, Refinement, refinable
from solver.watch import Watch
from solver.whole import WholeProgram
from tests.builders import tiny_engagement
from tests.solver.brute import within_bands

LEVELS = ALLOCATION_LEVELS[3:]


class Overtaxed(Searcher):
    """Finds nothing within its nodes: a brief search does not, and where `always`, no other does."""

    always = False

    def search(self, *given: Any, nodes: int | None = None, **named: Any) -> Found:
        """As the searcher's own, or nothing."""
        if self.always or nodes == refine.BRIEF:
            return Found(None, -np.inf, "work limit")
        return super().search(*given, nodes=nodes, **named)


@pytest.fixture(params=["brief", "near the best", "for a proof", "in rounds", "HiGHS"])
def searcher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searcher]:
    """By whom everything is solved: in a brief search by HiGHS, or in the rounds after it by CP-SAT, near the best or
    for a proof, or by HiGHS; `in rounds`, the first finds a solution and no proof, the second the proof alone."""
    way, solve = request.param, WholeProgram.search

    def search(*given: Any, near_the_best: bool = False) -> Found:
        hint = given[1]
        if way == "HiGHS" or (way == "for a proof" and near_the_best) or (way == "in rounds" and hint is not None):
            return Found(None, -np.inf, "work limit")
        found = solve(*given, near_the_best=near_the_best)
        return replace(found, bound=-np.inf, stopped="work limit") if way == "in rounds" and near_the_best else found

    monkeypatch.setattr(WholeProgram, "search", search)
    with Searcher() if way == "brief" else Overtaxed() as made:
        if isinstance(made, Overtaxed):
            made.always = way != "HiGHS"
        yield made


def test_every_level_of_tiny_engagements_is_reached_as_it_is_bounded(searcher: Searcher) -> None:
    solved = told_apart = 0
    for seed, problem, best in within_bands(range(75)):
        solved += 1
        refinement = Refinement(problem, searcher)
        before = refinement.kinds(("changes",)).kinds
        held: dict[str, Fraction] = {}
        for name in LEVELS:
            found = refinement.best(name, held, problem.eligible, None, Watch.lasting(60))
            assert found.chosen is not None, f"seed {seed}: {name}"
            assert problem.possible(found.chosen)
            figures = problem.figures(found.chosen)
            assert figures["outside_bands"] == 0
            assert figures[name] == best[name], f"seed {seed}: {name}"
            assert abs(found.bound - float(best[name])) < 1e-5, f"seed {seed}: {name}"
            assert all(figures[above] <= value for above, value in held.items())
            held[name] = best[name]
        told_apart += refinement.kinds(("changes",)).kinds > before
    assert solved > 20
    assert told_apart > 0, "no engagement here asks for workers of one kind to be told apart"


def test_whole_families_counted_in_steps_leave_every_best_allocation_possible() -> None:
    solved = 0
    with Searcher() as searcher:
        for seed, problem, best in within_bands(range(40)):
            solved += 1
            kinds = Refinement(problem, searcher).kinds(("changes",))
            program = KindProgram(kinds, {"changes": 1.0}, {}, steps=STEPS).program()
            found = searcher.search(program, Watch.lasting(60), "changes")
            assert found.bound <= float(best["changes"]) + 1e-6, f"seed {seed}"
    assert solved > 10


def test_families_of_even_points_are_not_packed_into_the_last_odd_point_of_each_band() -> None:
    problem = even_families_in_odd_bands()
    with Searcher() as searcher:
        refinement = Refinement(problem, searcher)
        found = refinement.best("changes", {}, problem.eligible, None, Watch.lasting(60))
        kinds = refinement.kinds(("changes",))
    # bands of 5 hold 4 points in families of 2: 2 + 2 families at 1 change, the fifth at 2
    assert found.bound == pytest.approx(6)
    assert found.chosen is not None
    assert problem.figures(found.chosen)["changes"] == 6
    assert kinds.kinds == 2, "counting in steps is enough; nobody has to be told apart"


def test_what_is_known_is_bettered_by_one(searcher: Searcher) -> None:
    problem = even_families_in_odd_bands()
    known = np.array([0, 0, 1, 2, 2])
    assert problem.figures(known)["changes"] == 7
    refinement = Refinement(problem, searcher)
    found = refinement.best("changes", {}, problem.eligible, (known, 6.0), Watch.lasting(60))
    assert found.chosen is not None
    assert problem.figures(found.chosen)["changes"] == 6
    again = refinement.best("changes", {}, problem.eligible, (found.chosen, 5.0), Watch.lasting(60))
    assert (again.chosen, again.bound) == (None, pytest.approx(6))


def even_families_in_odd_bands() -> Assignment:
    """Five families of one child and 2 points; two alike workers who cost 1 and hold 5 points, one who costs 2."""
    changes = np.tile(np.array([1, 1, 2]), (5, 1))
    fair = (Fraction(10, 3),) * 3
    return Assignment(
        eligible=np.ones((5, 3), bool),
        points=np.full((5, 3), 2),
        children=np.ones(5, np.int64),
        capacity=np.full(3, 100),
        low=np.zeros(3, np.int64),
        high=np.array([5, 5, 100]),
        team=np.zeros(3, np.int64),
        kind=np.array([0, 0, 1]),
        team_low=np.zeros(1, np.int64),
        team_high=np.array([100]),
        fair=fair,
        team_fair=(Fraction(10),),
        costs={"changes": changes},
    )


def test_a_bound_at_what_is_known_ends_the_search_without_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(24, 2, 1))
    with Searcher() as searcher:
        refinement = Refinement(problem, searcher)
        first = refinement.best("changes", {}, problem.eligible, None, Watch.lasting(60))
        assert first.chosen is not None
        monkeypatch.setattr(Refinement, "_pack", lambda *_: pytest.fail("nothing is left to find"))
        known = first.chosen, first.bound - 0.5
        again = refinement.best("changes", {}, problem.eligible, known, Watch.lasting(60))
    assert again.chosen is None
    assert again.bound == pytest.approx(first.bound)


def test_an_allocation_stands_in_the_program_with_its_own_figures() -> None:
    for seed in range(12):
        problem = assignment(tiny_engagement(Random(seed), 6, 5))
        if not problem.eligible.any():
            continue
        chosen = np.where(problem.stranded, -1, problem.eligible.argmax(axis=1))
        kinds = Kinds(problem)
        program = KindProgram(kinds, {"worker_imbalance": 1.0}, {})
        x = program.point(chosen)
        assert x is not None
        for name, value in problem.figures(chosen).items():
            if name in LEVELS:
                assert program.cost(name) @ x == pytest.approx(float(value)), f"seed {seed}: {name}"
        whole = program.program()
        row = np.zeros(len(whole.row_low))
        np.add.at(row, whole.entry_row, whole.entry * x[whole.entry_column])
        inside = problem.figures(chosen)["outside_bands"] == 0
        if inside:
            assert (row >= whole.row_low - 1e-6).all()
            assert (row <= whole.row_high + 1e-6).all()
            assert (x >= whole.low - 1e-6).all()
            assert (x <= whole.high + 1e-6).all()


def test_a_proof_by_either_is_taken_and_the_better_solution_of_both() -> None:
    program = KindProgram(Kinds(assignment(synthetic(24, 2, 1))), {"changes": 1.0}, {}).program()
    one, other = np.zeros(len(program.cost)), np.zeros(len(program.cost))
    other[np.flatnonzero(program.cost)[0]] = 1  # costs more
    open_, proven = Found(one, 1.0, "work limit"), Found(other, 3.0, "")
    for mine, theirs, expected in (
        (proven, Found(one, 3.0, ""), proven),
        (open_, proven, proven),
        (Found(None, 2.0, "work limit"), Found(None, 1.0, "work limit"), Found(None, 2.0, "work limit")),
        (Found(other, 2.0, "work limit"), open_, Found(one, 2.0, "work limit")),
        (open_, Found(None, np.inf, ""), Found(None, np.inf, "")),
    ):
        refinement = Refinement(assignment(synthetic(24, 2, 1)), Answering(theirs))
        whole = Known(program, np.array([], np.int64), 1, mine)
        found = refinement._side_by_side(whole, program, "changes", 1.0, 1, Watch.lasting(60))
        assert (found.x is expected.x, found.bound, found.stopped) == (True, expected.bound, expected.stopped)


def test_the_search_that_can_say_no_more_is_ended_and_an_error_of_one_is_not_kept_back_by_the_other() -> None:
    program = KindProgram(Kinds(assignment(synthetic(24, 2, 1))), {"changes": 1.0}, {}).program()
    none = Found(None, np.inf, "")
    for mine, theirs in ((None, none), (none, None), (RuntimeError("broken"), None)):
        refinement = Refinement(assignment(synthetic(24, 2, 1)), Waiting(theirs))
        whole = Known(program, np.array([], np.int64), 1, mine)
        if isinstance(mine, RuntimeError):
            with pytest.raises(RuntimeError, match="broken"):
                refinement._side_by_side(whole, program, "changes", 1.0, 1, Watch.lasting(60))
        else:
            assert refinement._side_by_side(whole, program, "changes", 1.0, 1, Watch.lasting(60)) == none
            assert whole.ended == ["interrupt"] * (mine is None)


def ended(watch: Watch) -> Found:
    """What a search comes to that only ends when it is told to."""
    while not watch.interrupted.is_set():
        assert not watch.stopped(), "nobody ended it"
    return Found(None, 0.0, "interrupt")


class Waiting(Searcher):
    """Has one answer, or waits to be ended."""

    def __init__(self, answer: Found | None) -> None:
        super().__init__()
        self.answer = answer

    def search(self, _: Any, watch: Watch, *__: Any, **___: Any) -> Found:
        """The answer, or none."""
        return self.answer or ended(watch)


class Answering(Searcher):
    """Has one answer."""

    def __init__(self, answer: Found) -> None:
        super().__init__()
        self.answer = answer

    def search(self, *_: Any, **__: Any) -> Found:
        """The answer."""
        return self.answer


@dataclass(frozen=True)
class Known(WholeProgram):
    """A program whose answer is known."""

    answer: Found | RuntimeError | None
    ended: list[str] = field(default_factory=list)

    def search(self, *given: Any) -> Found:
        """The answer, or none before it is ended."""
        if isinstance(self.answer, RuntimeError):
            raise self.answer
        if self.answer is None:
            self.ended.append(ended(given[-1]).stopped)
        return self.answer or Found(None, 0.0, "interrupt")


def test_families_that_weigh_different_points_with_each_worker_have_no_kinds() -> None:
    problem = assignment(tiny_engagement(Random(4), 6, 5))
    assert refinable(problem)
    points = problem.points.copy()
    points[0, 0] += 1
    assert not refinable(replace(problem, points=points))
