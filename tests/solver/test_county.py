"""The way for large allocations: bounds from prices, held against the exact search and against every pair."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver import allocate, county
from solver.allocate import best, each_its_best, filled_in_turn, least_changes
from solver.assignment import NOBODY
from solver.cases import assignment
from solver.county import LARGE, guide, is_large, least_large, place, report, settle_large
from solver.exchanges import Exchanges
from solver.kinds import Kinds
from solver.levels import Levels
from solver.program import Found, Searcher
from solver.watch import Watch


@pytest.fixture(scope="module")
def searcher() -> Iterator[Searcher]:
    with Searcher() as child:
        yield child


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_large_way_keeps_to_its_bounds_and_close_to_the_exact_search(seed: int, searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, seed))
    watch = Watch.lasting(120)
    exact = best(problem, searcher, watch, 0)
    large = Levels(problem, filled_in_turn(problem), searcher, watch)
    settle_large(large, problem, searcher, watch, 0)
    assert [level.name for level in large.done] == [level.name for level in exact.done]
    assert {level.name: level.value for level in large.done} == problem.figures(large.chosen)
    least = {level.name: level for level in exact.done}["changes"]
    level = {level.name: level for level in large.done}["changes"]
    assert least.proven
    assert problem.possible(large.chosen)
    assert problem.figures(large.chosen)["outside_bands"] == 0
    assert least.value * Fraction(19, 20) <= level.bound <= least.value <= level.value
    assert level.value <= least.value * Fraction(21, 20)


@pytest.mark.parametrize(("children", "teams"), [(480, 4), (960, 8), (2000, 16)])
def test_the_relaxation_that_guides_is_made_whole_by_a_search_and_not_by_rounding(
    children: int, teams: int, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Found] = []
    search = searcher.search
    monkeypatch.setattr(searcher, "search", lambda *of, **named: found.append(search(*of, **named)) or found[-1])
    kinds = Kinds(assignment(synthetic(children, teams, 1)))
    assert guide(kinds, searcher, Watch.lasting(600), seed=0) is not None
    assert [one.x is not None for one in found] == [True]


def test_bounds_of_the_large_way_hold_for_the_values_above_them(searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, 4))
    exact = best(problem, searcher, Watch.lasting(120), 0)
    assert all(level.proven for level in exact.done)
    again = Levels(problem, exact.chosen, searcher, Watch.lasting(120))
    report(again, Kinds(problem), Watch.lasting(120), 0.0, "")
    for level, best_level in zip(again.done, exact.done, strict=True):
        assert level.value == best_level.value
        assert level.bound <= best_level.value, level.name
        assert level.proven or level.stopped, level.name
    assert sum(level.bound for level in again.done[3:7]) > 0


def test_nothing_is_claimed_where_bands_cannot_be_held(searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, 4))
    problem = replace(problem, high=problem.high // 3, team_high=problem.team_high // 3)
    large = Levels(problem, filled_in_turn(problem), searcher, Watch.lasting(60))
    settle_large(large, problem, searcher, Watch.lasting(60), 0)
    assert problem.figures(large.chosen)["outside_bands"] > 0
    assert all(level.bound == 0 for level in large.done[2:])


def test_a_search_that_the_clock_cut_short_says_so(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(60, 2, 5))
    monkeypatch.setattr(Exchanges, "polish", lambda *_: "clock")  # its part of the time was over, not the whole
    large = Levels(problem, filled_in_turn(problem), searcher, Watch.lasting(60))
    settle_large(large, problem, searcher, Watch.lasting(60), 0)
    assert {level.stopped for level in large.done if not level.proven} == {"clock"}


def test_a_watch_that_has_run_out_still_gives_every_level(searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, 5))
    large = Levels(problem, filled_in_turn(problem), searcher, Watch.lasting(0))
    settle_large(large, problem, searcher, Watch.lasting(0), 0)
    assert len(large.done) == 9
    assert problem.possible(large.chosen)
    assert all(level.proven or level.stopped == "clock" for level in large.done)


def test_the_least_changes_of_a_large_one_without_bands_keep_to_the_exact_ones(searcher: Searcher) -> None:
    problem = assignment(synthetic(60, 2, 5))
    # nobody may hold much more than their fair share, so that not every child stays
    problem = replace(
        problem, capacity=np.array([int(share * Fraction(21, 20)) + 1 for share in problem.fair], np.int64)
    )
    levels = best(problem, searcher, Watch.lasting(120), 0)
    exact = least_changes(problem, levels, searcher, Watch.lasting(120), 0)
    assert exact.proven
    assert exact.value > 0
    free = replace(problem, low=0 * problem.low, high=problem.capacity, team_low=0 * problem.team_low)
    free = replace(free, team_high=np.full_like(free.team_high, 10**6))
    level = least_large("whatever", free, [filled_in_turn(free)], Watch.lasting(120), 0)
    assert level.name == "whatever"
    assert exact.value * Fraction(9, 10) <= level.bound <= exact.value <= level.value <= exact.value * Fraction(21, 20)
    assert level.proven or level.stopped == "work limit"


def test_no_bound_is_claimed_for_the_least_changes_while_somebody_is_left_out() -> None:
    problem = assignment(synthetic(60, 2, 5))
    problem = replace(problem, capacity=problem.capacity * 0 + 30, high=problem.capacity * 0 + 30)
    chosen = filled_in_turn(problem)
    assert (chosen == NOBODY).any()
    assert least_large("whatever", problem, [chosen], Watch.lasting(60), 0).bound == 0


def test_families_without_a_choice_are_placed_before_heavier_ones() -> None:
    problem = assignment(synthetic(60, 2, 5))
    # the lightest family may go to the first worker alone, who has room for one family only
    light = int(np.argmin(problem.weight))
    allowed = problem.eligible.copy()
    allowed[light] = False
    allowed[light, 0] = True
    capacity = problem.capacity.copy()
    capacity[0] = problem.weight.max()
    problem = replace(problem, capacity=capacity, eligible=problem.eligible | allowed)
    target = np.zeros(len(capacity))
    target[0] = 10**6  # and is the first choice of all others
    assert place(problem, allowed, target)[light] == 0


def test_the_size_decides_the_way() -> None:
    assert not is_large(assignment(synthetic(60, 2, 1)))
    assert assignment(synthetic(2000, 17, 1)).eligible.sum() > LARGE


def test_each_its_best_goes_by_eligible_workers_alone() -> None:
    problem = assignment(synthetic(60, 2, 6))
    chosen = each_its_best(problem)
    placed = np.flatnonzero(chosen >= 0)
    assert problem.eligible[placed, chosen[placed]].all()
    worst = np.where(problem.eligible, problem.costs["changes"], 99).min(axis=1)
    assert (problem.costs["changes"][placed, chosen[placed]] == worst[placed]).all()


@pytest.mark.parametrize("why", ["clock", "interrupt"])
def test_no_kinds_are_made_once_the_watch_is_over(
    why: str, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = assignment(synthetic(60, 2, 1))
    levels = Levels(problem, filled_in_turn(problem), searcher, over := Watch.lasting(0 if why == "clock" else 60))
    if why == "interrupt":
        over.interrupted.set()
    monkeypatch.setattr(county, "Kinds", None)
    settle_large(levels, problem, searcher, over, 0)
    figures = problem.figures(levels.chosen)
    assert {level.name: level.value for level in levels.done} == figures
    assert all(level.proven or level.stopped == why for level in levels.done)
    least = least_large("whatever", problem, [levels.chosen], over, 0)
    assert (least.value, least.bound, least.stopped) == (figures["changes"], 0, why)


def test_a_large_allocation_without_time_starts_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    made = synthetic(60, 2, 1)
    monkeypatch.setattr(allocate, "is_large", lambda _: True)
    monkeypatch.setattr(Searcher, "_start", None)
    given = allocate.allocate(made, Watch.lasting(0))
    assert all(worker is not None for worker in given.to_worker.values())
    assert {level.stopped for level in given.levels if not level.proven} == {"clock"}
