"""The search through the levels: what it reports of each is what the assignment it gives reaches."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
import pytest

from handover.plan import Level
from handover.synthetic import synthetic
from solver.allocate import filled_in_turn
from solver.cases import assignment
from solver.levels import Levels
from solver.program import FEW, Found, Searcher, seconds_of, steps_in
from solver.watch import WORK_SHARE, Watch
from tests.builders import a_child, a_engagement, a_worker


def test_a_level_that_comes_out_better_while_a_later_one_is_searched_is_reported_as_it_came_out() -> None:
    # W1 holds C1 now: with W2 it is 1 change and 1 unknown, with W1 none of either
    problem = assignment(a_engagement([a_child("C1", "W1")], [a_worker("W1", side="staying"), a_worker("W2")]))
    with Searcher() as searcher:
        levels = Levels(problem, np.array([1]), searcher, Watch.lasting(60))
        levels.may_leave_out = False
        levels.held["changes"] = Fraction(1)
        levels.done.append(Level("changes", Fraction(1), Fraction(0), stopped="work limit"))
        levels.minimise("unknown")
    assert levels.chosen.tolist() == [0]
    assert [(level.name, level.value, level.stopped) for level in levels.done] == [
        ("changes", 0, ""),
        ("unknown", 0, ""),
    ]
    assert levels.held == {"changes": 0, "unknown": 0}


def test_a_level_below_strangers_leaves_time_and_work_to_those_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = assignment(a_engagement([a_child("C1", "W1")], [a_worker("W1", side="staying"), a_worker("W2")]))
    left, work = dict[str, float](), dict[str, float]()

    def timed(self: Levels, name: str) -> tuple[Fraction, str]:
        left[name] = round(self._watch.left() / 1000, 2)
        work[name] = round(self._watch.work.left / (WORK_SHARE * 1000), 3)
        self._watch.work.done(0.2 * WORK_SHARE * 1000)
        return Fraction(0), "clock"

    monkeypatch.setattr(Levels, "_improve", timed)
    watch = Watch.lasting(1000)
    levels = Levels(problem, np.array([0]), Searcher(), watch)
    levels.run(["strangers", "unknown", "team_imbalance", "worker_imbalance"])
    assert left == {"strangers": 1, "unknown": 0.6, "team_imbalance": 0.75, "worker_imbalance": 1}
    # each takes a fifth of all the work: the last one has a share of its own, be it left or not
    assert work == {"strangers": 1, "unknown": 0.4, "team_imbalance": 0.45, "worker_imbalance": 0.4}
    levels.run(["worker_imbalance"])
    assert work["worker_imbalance"] == 0.3


class Laborious(Searcher):
    """Finds nothing, a thousand steps at a time."""

    def search(self, *_: Any, enough: Callable[[Found], bool] = bool, **__: Any) -> Found:
        """What it was at when that was enough, or after a hundred thousand."""
        for work in range(1000, 100_001, 1000):
            if enough(found := Found(None, -inf, "", work)):
                return replace(found, stopped="enough")
        return replace(found, stopped="work limit")


def test_a_search_among_pairs_takes_its_work_from_what_is_left_and_no_more_than_that() -> None:
    problem = assignment(synthetic(24, 2, 1))
    chosen = filled_in_turn(problem)
    for left in (100.0, 3.0):
        done = min(100_000, steps_in(left, FEW) // 1000 * 1000 + 1000)
        watch = Watch.lasting(60).working(left)
        levels = Levels(problem, chosen, Laborious(), watch)
        found = levels._search("changes", problem.eligible, 10)
        assert found == (-inf, "work limit")
        assert left - watch.work.left == pytest.approx(min(left, seconds_of(done, FEW)), abs=1e-3)


def test_nothing_is_searched_for_when_the_work_is_used_up_and_the_relaxation_still_bounds_the_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = assignment(synthetic(24, 2, 1))
    monkeypatch.setattr(Levels, "_search", None)
    levels = Levels(problem, filled_in_turn(problem), Laborious(), Watch.lasting(60).working(0.0))
    levels.may_leave_out = False
    levels.held["outside_bands"] = Fraction(0)
    levels.minimise("changes")
    (level,) = levels.done
    assert (level.proven, level.stopped) == (False, "work limit")
    assert 0 < level.bound < level.value
