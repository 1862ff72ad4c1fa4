"""The work that a search may do: counted from what is left, part by part, whatever the clock says."""

import time
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any

import pytest
from ortools.sat.python import cp_model

from handover.engagement import Engagement
from handover.plan import Limits
from handover.synthetic import synthetic
from solver import planner
from solver.allocate import Allocated, allocate
from solver.planner import make_plan
from solver.program import FEW, seconds_of, steps_in
from solver.schedule import Scheduled, schedule
from solver.stopping import SECONDS, SET_UP, single, solve
from solver.watch import WORK_SHARE, Watch, Work


def test_the_work_of_a_part_is_taken_from_the_whole_and_runs_out_for_the_part_alone() -> None:
    watch = Watch.lasting(100)
    assert watch.work.left == WORK_SHARE * 100 < 100
    part = watch.part(0.5, 0.25)
    assert part.work.left == WORK_SHARE * 25
    part.work.done(WORK_SHARE * 25)
    assert (part.work.left, watch.work.left) == (0, WORK_SHARE * 75)
    assert (part.spent(), part.stopped(), watch.spent()) == ("work limit", "", "")
    part.work.done(WORK_SHARE * 100)
    assert watch.spent() == "work limit"
    # more than is left can be had, and is missed by nobody
    assert watch.working(5).work.left == 5
    assert watch.part(0.5).work.left == 0


def test_time_and_a_stop_end_what_has_work_left() -> None:
    watch = Watch.lasting(0)
    assert Watch(watch.until).work.left == inf
    assert watch.spent() == "clock"
    watch.interrupted.set()
    assert watch.spent() == "interrupt"


def test_work_done_at_once_comes_to_the_same_sum_in_any_order() -> None:
    done = [0.1, 0.7, 1e-5, 12.3456789, 3.3] * 40
    left = set()
    for order in (done, done[::-1]):
        work = Work(10_000)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work.done, order))
        left.add(work.left)
    assert len(left) == 1
    assert left.pop() == pytest.approx(10_000 - sum(done), abs=1e-3)


def test_steps_and_seconds_of_work_are_two_ways_to_say_the_same() -> None:
    for seconds in (0.5, 2.0, 30.0):
        for columns in (20, 3000):
            assert seconds_of(steps_in(seconds, columns), columns) == pytest.approx(seconds)
    assert steps_in(0, 1) == 0
    assert steps_in(inf, 1) == inf


def test_a_step_is_the_more_work_the_more_columns_there_are_and_never_none() -> None:
    assert seconds_of(1000, 6000) == pytest.approx(2 * seconds_of(1000, 3000))
    assert seconds_of(1000, 1) == seconds_of(1000, FEW) > 0


def test_what_a_solver_did_is_taken_from_the_work_whatever_time_it_took() -> None:
    model = cp_model.CpModel()
    lits = [model.new_bool_var("") for _ in range(40)]
    for n in range(39):
        model.add_at_most_one(lits[n : n + 2])
    model.maximize(sum(lits))
    taken = list[float]()
    for side_by_side in (1, 2):
        for pause in (0.0, 0.1):
            watch = Watch.lasting(60)
            solver = single(10.0, 0)
            time.sleep(pause)
            solve(solver, model, watch, side_by_side)
            work = SET_UP + SECONDS * solver.response_proto.deterministic_time
            taken.append((WORK_SHARE * 60 - watch.work.left) * side_by_side)
    assert taken == [pytest.approx(work, abs=1e-5)] * 4


def test_an_allocation_that_uses_up_all_the_work_leaves_the_schedule_some(monkeypatch: pytest.MonkeyPatch) -> None:
    made, given, spent = synthetic(24, 1, 1), list[float](), list[float]()

    def laborious(made: Engagement, watch: Watch, seed: int) -> Allocated:
        given.append(watch.work.left)
        watch.work.done(spent[-1])
        return allocate(made, Watch.lasting(60), seed)

    def booked(*of: Any) -> Scheduled:
        given.append(of[-2].work.left)
        return schedule(*of)

    monkeypatch.setattr(planner, "allocate", laborious)
    monkeypatch.setattr(planner, "schedule", booked)
    for used, left in ((50.0, 100 * WORK_SHARE - 50), (80.0, planner.SCHEDULE_WORK)):
        given.clear()
        spent.append(used)
        make_plan(made, Limits(), Watch.lasting(100))
        assert given == [pytest.approx(planner.ALLOCATION_WORK * WORK_SHARE * 100), pytest.approx(left, abs=1)]
