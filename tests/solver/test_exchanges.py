"""Exchanges of families among a few workers: they gain, and nobody outside the group is touched."""

from random import Random

import numpy as np

from handover.synthetic import synthetic
from solver.allocate import filled_in_turn
from solver.assignment import Assignment
from solver.cases import assignment
from solver.exchanges import Exchanges, groups_around
from solver.program import Ints
from solver.watch import Watch

WEIGHTS = {"outside_bands": 1000, "changes": 1}


def first(children: int = 240) -> tuple[Assignment, Ints]:
    problem = assignment(synthetic(children, 2, 7))
    return problem, filled_in_turn(problem)


def count(problem: Assignment, chosen: Ints) -> int:
    figures = problem.figures(chosen)
    return sum(weight * int(figures[name]) for name, weight in WEIGHTS.items())


def test_each_exchange_gains_and_leaves_everybody_else_alone() -> None:
    problem, chosen = first()
    exchanges = Exchanges(problem, chosen, WEIGHTS)
    gained = 0
    for group in [(0, 1, 2, 6, 7), (3, 4, 5, 8, 9), (0, 3, 6, 9, 10), (1, 4, 7, 10, 11)]:
        before = exchanges.chosen.copy()
        found = exchanges.run([group], Watch.lasting(60))
        gained += found
        after = exchanges.chosen
        assert (count(problem, after) < count(problem, before)) == bool(found)
        assert np.isin(before[after != before], group).all()
        assert np.isin(after[after != before], group).all()
        assert problem.possible(after)
        assert (exchanges.load == problem.loads(after)[0]).all()
    assert gained


def test_a_level_that_is_held_is_not_given_up_for_another() -> None:
    problem, chosen = first()
    changes = int(problem.figures(chosen)["changes"])
    loose = Exchanges(problem, chosen, {"outside_bands": 1000, "unknown": 1})
    firm = Exchanges(problem, chosen, {"outside_bands": 1000, "unknown": 1}, {"changes": changes})
    groups = [tuple(Random(n).sample(range(12), 6)) for n in range(8)]
    loose.run(groups, Watch.lasting(60))
    firm.run(groups, Watch.lasting(60))
    assert problem.figures(loose.chosen)["changes"] > changes
    assert problem.figures(firm.chosen)["changes"] <= changes
    assert problem.figures(firm.chosen)["unknown"] < problem.figures(chosen)["unknown"]


def test_bands_that_are_broken_are_mended_around_the_worker_who_breaks_them() -> None:
    problem, chosen = first()
    worker = int(np.argmax(problem.eligible.sum(axis=0)))
    heavy = chosen.copy()
    heavy[problem.eligible[:, worker]] = np.where(
        np.arange(problem.eligible[:, worker].sum()) % 3 == 0, worker, heavy[problem.eligible[:, worker]]
    )
    exchanges = Exchanges(problem, heavy, WEIGHTS)
    assert exchanges.outside()[0][worker] > 0
    random = Random(1)
    for _ in range(12):
        groups = groups_around(exchanges, 6, random)
        exchanges.run(groups, Watch.lasting(60))
    assert exchanges.outside()[0][worker] == 0


def test_nobody_is_moved_when_the_watch_has_run_out() -> None:
    problem, chosen = first()
    exchanges = Exchanges(problem, chosen, WEIGHTS)
    assert exchanges.run([range(12)], Watch.lasting(0)) == 0
    assert (exchanges.chosen == chosen).all()


def test_groups_form_around_those_outside_their_bands_and_stay_among_their_kind_where_asked() -> None:
    problem, chosen = first()
    exchanges = Exchanges(problem, chosen, WEIGHTS)
    workers, teams = exchanges.outside()
    wanted = set(np.flatnonzero((workers > 0) | (teams[problem.team] > 0)).tolist())
    groups = groups_around(exchanges, 4, Random(0), problem.kind)
    if wanted:
        assert all(wanted & set(group) for group in groups)
    assert all(len({int(problem.kind[w]) for w in group}) == 1 for group in groups)
    assert all(1 <= len(group) <= 4 for group in groups)
