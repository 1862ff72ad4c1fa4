"""Exchanges between two workers: the best there is for the two, within bands and rules, and the same every time."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

from handover.synthetic import synthetic
from solver.allocate import filled_in_turn
from solver.assignment import NOBODY, Assignment
from solver.cases import assignment
from solver.exchanges import Exchanges
from solver.program import Ints
from solver.watch import Watch

WEIGHTS = {"outside_bands": 1000, "changes": 10, "unknown": 1}
LONG = Watch.lasting(600)


def tiny(weight: list[int], capacity: int, high: int, changes: Ints) -> Assignment:
    """Two workers of one team who can take every family; unknown to all."""
    families = len(weight)
    return Assignment(
        np.ones((families, 2), bool),
        np.broadcast_to(np.array(weight)[:, None], (families, 2)),
        np.ones(families, np.int64),
        np.array([capacity, capacity]),
        np.array([0, 0]),
        np.array([high, high]),
        np.array([0, 0]),
        np.array([0, 0]),
        np.array([0]),
        np.array([10**6]),
        (Fraction(sum(weight), 2),) * 2,
        (Fraction(sum(weight)),),
        {"changes": changes},
    )


def count(problem: Assignment, chosen: Ints) -> int:
    figures = problem.figures(chosen)
    return sum(weight * int(figures[name]) for name, weight in WEIGHTS.items() if name in figures)


def heavy(children: int = 240) -> tuple[Assignment, Ints]:
    """An engagement's problem, and an assignment that one worker breaks every band by."""
    problem = assignment(synthetic(children, 2, 7))
    chosen = filled_in_turn(problem)
    worker = int(np.argmax(problem.eligible.sum(axis=0)))
    able = np.flatnonzero(problem.eligible[:, worker])
    chosen[able[::3]] = worker
    return problem, chosen


@pytest.mark.parametrize("seed", range(40))
def test_what_two_workers_come_to_is_the_best_of_all_ways_to_share(seed: int) -> None:
    random = Random(seed)
    weight = [random.randint(1, 9) for _ in range(random.randint(1, 9))]
    high = sum(weight) // 2 + random.randint(0, 3)
    problem = tiny(weight, high + random.randint(5, 9), high, np.array([[random.randint(0, 3)] * 2 for _ in weight]))
    problem.costs["changes"][:, 1] = [random.randint(0, 3) for _ in weight]
    every = [np.array(way) for way in product((0, 1), repeat=len(weight))]
    ways = [way for way in every if problem.possible(way)]
    exchanges = Exchanges(problem, random.choice(ways), WEIGHTS)
    assert exchanges.polish(100, LONG, random) == ""
    assert problem.possible(exchanges.chosen)
    assert count(problem, exchanges.chosen) == min(count(problem, way) for way in ways)


def test_bands_that_are_broken_are_mended_and_no_rule_is_broken_for_it() -> None:
    problem, chosen = heavy()
    exchanges = Exchanges(problem, chosen, WEIGHTS)
    assert exchanges.outside()[0].sum() > 0
    exchanges.mend(10**6, LONG)
    assert problem.possible(exchanges.chosen)
    assert problem.figures(exchanges.chosen)["outside_bands"] == 0
    assert sum(part.sum() for part in exchanges.outside()) == 0


def test_workers_of_different_kinds_do_not_exchange_where_that_is_asked() -> None:
    problem, chosen = heavy()
    exchanges = Exchanges(problem, chosen, {"outside_bands": 1})
    exchanges.mend(10**6, LONG, problem.kind)
    assert (exchanges.chosen != chosen).any()
    assert (problem.kind[exchanges.chosen] == problem.kind[chosen]).all()


def test_nobody_goes_to_a_worker_who_is_left_out() -> None:
    problem, chosen = heavy()
    # but for who holds them now, families may go to the first half of the workers alone
    pairs = np.zeros_like(problem.eligible)
    pairs[:, : pairs.shape[1] // 2] = True
    pairs[np.arange(len(chosen)), chosen] = True
    exchanges = Exchanges(problem, chosen, WEIGHTS, pairs)
    exchanges.mend(10**5, LONG)
    exchanges.polish(10**4, LONG, Random(1))
    moved = exchanges.chosen != chosen
    assert moved.any()
    assert (exchanges.chosen[moved] < pairs.shape[1] // 2).all()
    assert problem.eligible[np.arange(len(chosen)), exchanges.chosen].all()


def test_others_make_room_where_nobody_can_help_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(synthetic(240, 2, 5))
    # nobody may hold more than their fair share, and one holds far more
    problem = replace(problem, high=np.array([-(-share // 1) for share in problem.fair], np.int64))
    chosen = filled_in_turn(problem)
    chosen[np.flatnonzero(problem.eligible[:, 0])[::3]] = 0
    bands = []
    for often in (60, 1):
        monkeypatch.setattr("solver.exchanges.STUCK", often)
        exchanges = Exchanges(problem, chosen, {"outside_bands": 1})
        exchanges.mend(10**5, LONG, problem.kind)
        bands.append(problem.figures(exchanges.chosen)["outside_bands"])
    assert bands[0] < bands[1]


def test_a_family_that_nobody_has_room_for_is_seated_when_two_can_make_room() -> None:
    # at most 10 each: 6 | 4 5, and 5 more has room with neither until 4 moves
    problem = tiny([6, 4, 5, 5], 10, 10, np.ones((4, 2), np.int64))
    exchanges = Exchanges(problem, np.array([0, 1, 1, NOBODY]), WEIGHTS)
    exchanges.seat(LONG)
    assert (exchanges.chosen != NOBODY).all()
    assert problem.possible(exchanges.chosen)
    assert sum(part.sum() for part in exchanges.outside()) == 0


def test_a_family_for_whom_there_is_no_room_stays_out_and_nobody_else_is_moved() -> None:
    problem = tiny([6, 4, 5, 8], 10, 10, np.ones((4, 2), np.int64))
    first = np.array([0, 1, 1, NOBODY])
    exchanges = Exchanges(problem, first, WEIGHTS)
    exchanges.seat(LONG)
    assert (exchanges.chosen == first).all()


def test_nobody_is_moved_when_the_watch_has_run_out_and_it_is_said() -> None:
    problem, chosen = heavy()
    exchanges = Exchanges(problem, chosen, WEIGHTS)
    over = Watch.lasting(0)
    assert exchanges.mend(1000, over) == "clock"
    assert exchanges.polish(1000, over, Random(0)) == "clock"
    assert (exchanges.chosen == chosen).all()


def test_the_work_is_limited_and_comes_to_the_same_every_time() -> None:
    problem, chosen = heavy()
    found = []
    for _ in range(2):
        exchanges = Exchanges(problem, chosen, WEIGHTS)
        exchanges.mend(60, LONG)
        exchanges.polish(120, LONG, Random(3))
        assert 0 < exchanges.work < 60 + 120 + 2 * len(problem.capacity)
        found.append(exchanges.chosen)
    assert (found[0] == found[1]).all()
