"""Levels by kinds, told apart where families cannot be packed: the best of each level, and never a bound above it."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from handover.plan import ALLOCATION_LEVELS
from handover.synthetic import synthetic
from solver import rounds
from solver.assignment import Assignment
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.program import FEW, Found, Searcher, Way, seconds_of
from solver.refine import STEPS, Refinement, refinable
from solver.rounds import Rounds
from solver.watch import Watch
from tests.builders import tiny_engagement
from tests.solver.brute import within_bands

LEVELS = ALLOCATION_LEVELS[3:]


UP = (Way.PROVING, Way.BRANCHING)
"""The ways in which a level is searched from its bound up."""


class Overtaxed(Searcher):
    """Answers in some ways alone; its brief search has a bound, not even the best, and its search for better solutions
    has no proof where another way answers too."""

    def __init__(self, *ways: Way) -> None:
        super().__init__()
        self.ways = ways

    @property
    def second(self) -> Searcher:
        """Another one, overtaxed as this is."""
        self._second = self._second or Overtaxed(*self.ways)
        return self._second

    def search(self, *given: Any, way: Way = Way.HIGHS, **limits: Any) -> Found:
        """As the searcher's own, or less."""
        # from the bound up distances are not searched
        instead = way is Way.SCIP and given[2].endswith("imbalance") and not {*self.ways}.isdisjoint(UP)
        if way not in (Way.HIGHS, *self.ways) and not instead:
            return Found(None, -np.inf, "work limit")
        found = super().search(*given, way=way, **limits)
        if way is Way.HIGHS:
            return Found(None, found.bound - 3, "work limit")
        return Found(found.x, -np.inf, "work limit") if way is Way.FINDING and len(self.ways) > 1 else found


@pytest.fixture(params=[(), (Way.SCIP,), (Way.FINDING,), *((Way.FINDING, way) for way in UP)], ids=str)
def searcher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Searcher]:
    """By whom everything is solved: in the brief search, in the rounds after it in a single way, or by one that finds
    what another proves."""
    monkeypatch.setattr(rounds, "HEAD_START", 0)
    with Overtaxed(*request.param) if request.param else Searcher() as made:
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
    assert kinds.kinds == 3


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


@pytest.mark.parametrize(("bound", "stopped"), [(5.0, ""), (4.0, "clock")], ids=["proven", "cut short"])
def test_what_cannot_be_packed_is_traded_near_by_and_a_value_at_the_bound_needs_no_other_proof(
    bound: float, stopped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = np.tile(np.array([1, 1, 2]), (5, 1))
    changes[4] = 1
    problem = replace(even_families_in_odd_bands(), costs={"changes": changes})
    searches: list[str] = []
    packed: list[bool] = []
    pack = Refinement._pack

    def all_with_the_two(self: Rounds, _: Watch) -> Found:
        searches.append(self._level)
        return Found(self._program.point(np.array([0, 0, 0, 1, 1])), bound, stopped)

    def not_at_first(self: Refinement, program: KindProgram, *rest: Any) -> Any:
        found = pack(self, program, *rest)
        packed.append(found is not None)
        if packed.count(True) == 1:
            rest[-1].append(0)
            return None
        return found

    monkeypatch.setattr(Rounds, "search", all_with_the_two)
    monkeypatch.setattr(Refinement, "_pack", not_at_first)
    watch = Watch.lasting(60).working(100.0)
    with Searcher() as searcher:
        search = searcher.search
        monkeypatch.setattr(searcher, "search", lambda *of, **how: replace(search(*of, **how), work=20_000))
        found = Refinement(problem, searcher).best("changes", {}, problem.eligible, None, watch)
    assert found.chosen is not None
    assert (problem.figures(found.chosen)["changes"], found.chosen[4]) == (5, 2)
    # two searches near by
    assert 100 - watch.work.left == pytest.approx(2 * seconds_of(20_000, FEW))
    assert (found.bound, found.stopped, searches) == (bound, stopped, ["changes"])
    assert packed == [False, True, True], "what was near by, but could not be packed either, was not changed further"


def test_what_was_traded_near_by_is_the_best_where_no_better_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, known = even_families_in_odd_bands(), list[float | None]()
    search = Rounds.search

    def told(self: Rounds, watch: Watch) -> Found:
        known.append(None if self._hint is None else float(self._first.cost @ self._hint))
        return search(self, watch)

    monkeypatch.setattr(Rounds, "search", told)
    with Searcher() as searcher:
        found = Refinement(problem, searcher).best("changes", {}, problem.eligible, None, Watch.lasting(60))
    assert found.chosen is not None
    assert problem.figures(found.chosen)["changes"] == 6
    assert known == [None, 6.0]


@pytest.mark.parametrize(("open_", "again"), [(0.0, ()), (0.5, ("team_imbalance", "worker_imbalance"))])
@pytest.mark.parametrize("level", ["changes", "team_imbalance", "worker_imbalance"])
def test_what_is_traded_near_by_ends_the_search_of_a_level_where_nothing_can_lie_below(
    level: str, open_: float, again: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, searches, packs = even_families_in_odd_bands(), list[str](), list[bool]()
    search, pack = Rounds.search, Refinement._pack

    def counted(self: Rounds, watch: Watch) -> Found:
        searches.append(self._level)
        found = search(self, watch)
        return replace(found, bound=found.bound - open_) if len(searches) == 1 else found

    def not_at_first(self: Refinement, *given: Any) -> Any:
        packs.append(True)
        if len(packs) > 1:
            return pack(self, *given)
        given[-1].append(0)
        return None

    monkeypatch.setattr(Rounds, "search", counted)
    monkeypatch.setattr(Refinement, "_pack", not_at_first)
    held = {} if level == "changes" else {"changes": Fraction(6)}
    with Searcher() as searcher:
        refinement = Refinement(replace(problem, high=np.array([4, 4, 100])), searcher)
        found = refinement.best(level, held, problem.eligible, None, Watch.lasting(60))
    assert found.chosen is not None
    # half a child is no child, but half a point may be a distance
    assert searches == [level] * (2 if level in again else 1)
    still_open = 0.0 if level in again else open_
    assert float(problem.figures(found.chosen)[level]) == pytest.approx(found.bound + still_open)
    assert not found.stopped


def test_what_a_search_cut_short_found_and_does_not_fit_is_traded_near_by_in_the_time_left_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, left = even_families_in_odd_bands(), list[float]()

    def cut_short(self: Rounds, watch: Watch) -> Found:
        left.append(watch.left())
        return Found(self._program.point(np.array([0, 0, 0, 1, 1])), 4.0, "clock")

    monkeypatch.setattr(Rounds, "search", cut_short)
    with Searcher() as searcher:
        refinement = Refinement(problem, searcher)
        known = np.array([0, 0, 1, 2, 2]), 6.0
        found = refinement.best("changes", {}, problem.eligible, known, Watch.lasting(1000))
    assert found.chosen is not None
    assert problem.figures(found.chosen)["changes"] == 6
    assert (found.bound, found.stopped) == (4.0, "clock")
    assert [round(seconds, -1) for seconds in left] == [900]


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


def test_families_that_weigh_different_points_with_each_worker_have_no_kinds() -> None:
    problem = assignment(tiny_engagement(Random(4), 6, 5))
    assert refinable(problem)
    points = problem.points.copy()
    points[0, 0] += 1
    assert not refinable(replace(problem, points=points))
