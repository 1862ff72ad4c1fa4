"""A solver under a watch ends when the watch says so, also while it finds nothing."""

import signal
from dataclasses import replace
from math import inf
from random import Random
from threading import Event

import pytest
from ortools.sat.python import cp_model

from handover.errors import NoUsablePlan
from handover.flags import flags
from handover.plan import Limits
from handover.synthetic import synthetic
from handover.verify import verify
from solver.allocate import allocate
from solver.assignment import excess
from solver.interim import choose_interim
from solver.planner import make_plan
from solver.program import Found, Ints, Searcher
from solver.schedule.bounds import FEW
from solver.schedule.days import Days
from solver.schedule.greedy import greedy
from solver.schedule.problem import problem
from solver.schedule.relax import relaxed
from solver.schedule.search import DaySearch
from solver.stopping import heeded, solve
from solver.watch import Watch
from tests.plans import first_fit

LONG = 60.0
"""Deterministic time that the model below never gets through without a stop."""


def hopeless() -> cp_model.CpModel:
    """A market split instance: equations over yes or no, with no solution that a solver finds or rules out soon."""
    random, model = Random(1), cp_model.CpModel()
    lits = [model.new_bool_var("") for _ in range(40)]
    for _ in range(5):
        weights = [random.randrange(100) for _ in lits]
        model.add(cp_model.LinearExpr.weighted_sum(lits, weights) == sum(weights) // 2)
    return model


def stopped_at(watch: Watch) -> float:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = LONG
    assert solve(solver, hopeless(), watch) == cp_model.UNKNOWN
    return float(solver.response_proto.deterministic_time)


def test_an_interrupt_is_heard_by_a_solver_that_finds_nothing() -> None:
    watch = Watch.lasting(10**6)
    watch.interrupted.set()
    assert stopped_at(watch) < LONG


def test_a_watch_that_has_run_out_ends_the_solver() -> None:
    assert stopped_at(Watch.lasting(0)) < LONG


def test_an_interrupt_is_heard_by_a_relaxation() -> None:
    watch = Watch.lasting(10**6)
    model = hopeless()
    assert relaxed(model, watch) is not None
    watch.interrupted.set()
    assert relaxed(model, watch) is None


def test_what_a_watch_stops_is_told_so_while_it_runs() -> None:
    watch, told = Watch.lasting(10**6), Event()
    with heeded(watch, told.set):
        assert not told.is_set()
        watch.interrupted.set()
        assert told.wait(60)


def test_a_solver_leaves_ctrl_c_to_whoever_listened_before_it() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        model = cp_model.CpModel()
        model.maximize(model.new_int_var(0, 9, ""))
        solve(cp_model.CpSolver(), model, Watch.lasting(600))
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]


def test_a_proof_of_the_schedule_that_is_cut_off_at_once_is_no_fault_and_no_bound() -> None:
    made = synthetic(480, 4, 4)
    to_worker = first_fit(made)
    work = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    assert len(work.tasks) > FEW, "a small schedule is proven otherwise"

    class CutOff(Searcher):
        """As a child that is ended by the clock before it says anything."""

        def search(self, *_: object, **__: object) -> Found:
            return Found(None, -inf, "clock")

    search = DaySearch(Days(work), greedy(work, Watch.lasting(60)), CutOff(), Watch.lasting(60), 0)
    assert search._whole("unvisited", search.figures["unvisited"]) == 0


def test_who_stops_it_before_there_is_anything_gets_no_plan_rather_than_any() -> None:
    watch = Watch.lasting(10**6)
    watch.interrupted.set()
    with pytest.raises(NoUsablePlan):
        make_plan(synthetic(24, 1, 1), Limits(), watch)


def test_the_first_allocation_is_not_finished_for_who_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, placed = Watch.lasting(10**6), list[Ints]()

    def stopped(load: Ints, low: Ints, high: Ints) -> Ints:
        placed.append(load)
        watch.interrupted.set()
        return excess(load, low, high)

    monkeypatch.setattr("solver.allocate.excess", stopped)
    with pytest.raises(NoUsablePlan):
        allocate(synthetic(24, 1, 1), watch)
    assert 0 < len(placed) <= 2, "the bands of the worker and of the team, for one family"


def test_a_plan_without_time_is_whole_and_says_that_the_clock_stopped_it() -> None:
    made = synthetic(24, 1, 1)
    plan = make_plan(made, Limits(), Watch.lasting(0))
    plan = replace(plan, flags=flags(made, plan), plan_id="P0001")
    assert not plan.unallocated
    assert {level.stopped for level in plan.levels if not level.proven} == {"clock"}
    assert verify(made, plan) == ()
