"""A schedule searched in parts: nobody in two places across parts, never worse than the first, bounds that are true."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from handover.flags import flags
from handover.plan import SCHEDULE_LEVELS, Limits
from handover.synthetic import synthetic
from handover.verify import verify
from solver import make_plan
from solver import schedule as rooms
from solver.interim import choose_interim
from solver.schedule import parts
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.problem import problem
from solver.watch import Watch
from tests.plans import first_fit
from tests.solver.brute_schedule import best_figures
from tests.solver.test_schedule import booked, bounds, tiny, values


@pytest.fixture(autouse=True)
def each_team_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "LARGE", 0)
    monkeypatch.setattr(parts, "PART", 1)


@pytest.mark.parametrize("seed", range(30))
def test_the_bounds_of_the_parts_together_are_not_above_the_best_schedule(seed: int) -> None:
    made, to_worker = tiny(Random(seed))
    best = best_figures(made, to_worker, choose_interim(made, to_worker))
    found = booked(made, to_worker)
    assert values(found) >= best
    assert all(bound <= value for bound, value in zip(bounds(found), best, strict=True))


def test_parts_share_people_and_never_their_time() -> None:
    made = synthetic(70, 3, 4, "one-week")
    plan = make_plan(made, Limits(), Watch.lasting(600))
    assert verify(made, replace(plan, flags=flags(made, plan))) == ()
    to_worker = {a.family_id: a.to_worker_id for a in plan.allocations}
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    assert len(parts.divided(task)) == len({made.worker[t.receiver].team_id for t in task.tasks}) > 1
    first = [*schedule_figures(task, greedy(task)).values()]
    assert [plan.level[name].value for name in SCHEDULE_LEVELS] < first


def test_the_schedule_is_the_same_however_far_the_bounds_are_ahead_of_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = synthetic(40, 3, 4, "one-week")
    beside = booked(made, first_fit(made))
    monkeypatch.setattr(parts, "ThreadPoolExecutor", AllFirst)
    before = booked(made, first_fit(made))
    assert before.appointments == beside.appointments
    assert [(v.value, v.bound, v.stopped) for v in before.levels] == [
        (v.value, v.bound, v.stopped) for v in beside.levels
    ]


class AllFirst(ThreadPoolExecutor):
    """Does what it is given at once, before the giver goes on."""

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Any:
        done = super().submit(work, *given, **named)
        done.result()
        return done


def test_without_time_the_first_schedule_stands_and_no_part_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(rooms, "Parts")  # a county's parts take a second to make
    made, to_worker = tiny(Random(3))
    found = booked(made, to_worker, seconds=0)
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    assert values(found) == tuple(schedule_figures(task, greedy(task, Watch.lasting(0))).values())
    assert set(bounds(found)) == {0}
    assert {level.stopped for level in found.levels if not level.proven} == {"clock"}


def test_small_teams_are_joined_with_those_they_share_people_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 20)
    made = synthetic(100, 5, 1)
    to_worker = first_fit(made)
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    found = parts.divided(task)
    assert sorted(t.family_id for part in found for t in part) == sorted(t.family_id for t in task.tasks)
    assert 1 < len(found) < 5
    assert min(map(len, found)) >= 20


def test_the_work_of_parts_is_not_counted() -> None:
    made = synthetic(70, 3, 4, "one-week")
    to_worker = first_fit(made)
    start, interim = made.settings.window_start, choose_interim(made, to_worker)
    task = problem(made, to_worker, interim, start)
    watch = Watch.lasting(600).working(0.0)
    found = rooms.schedule(made, to_worker, interim, start, watch, seed=0)
    assert values(found) < tuple(schedule_figures(task, greedy(task)).values())
    assert found.appointments == booked(made, to_worker, seconds=600).appointments
