"""With the rest equal, families with the nearest conference or hearing go first (§4)."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from handover.engagement import Engagement, Event
from handover.plan import SCHEDULE_LEVELS
from handover.synthetic import synthetic
from solver.schedule import schedule
from solver.schedule.figures import introduced, schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.hearings import nearest_first
from solver.schedule.problem import problem
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_worker


def first_met(engagement: Engagement, to_worker: dict[str, str | None]) -> dict[str, datetime]:
    made = schedule(engagement, to_worker, {}, engagement.settings.window_start, Watch.lasting(60), 0)
    return {a.family_id: a.start for a in made.appointments if a.kind == "meeting"}


def one_giver(hearing_of: str) -> Engagement:
    """Three families of O1, all to W1; one has a hearing on Friday 18 November, in the window's first week."""
    children = [a_child(f"C{n}", plan="child_in_need", worker_id="O1") for n in (1, 2, 3)]
    events = [Event(hearing_of, "court_hearing", date(2022, 11, 18))]
    return a_engagement(children, [a_worker("W1")], events=events)


@pytest.mark.parametrize("hearing_of", ["C1", "C2", "C3"])
def test_the_family_with_a_hearing_meets_its_worker_before_the_others_of_the_same_people(hearing_of: str) -> None:
    met = first_met(one_giver(hearing_of), dict.fromkeys(["C1", "C2", "C3"], "W1"))
    assert min(met, key=lambda family_id: met[family_id]) == hearing_of


def test_the_nearer_of_two_hearings_goes_first() -> None:
    # C3 on the 17th, C1 on the 24th: both could be met on the first day, and in this order
    engagement = one_giver("C3")
    events = (Event("C1", "review_conference", date(2022, 11, 24)), Event("C3", "court_hearing", date(2022, 11, 17)))
    met = first_met(replace(engagement, events=events), dict.fromkeys(["C1", "C2", "C3"], "W1"))
    assert met["C3"] < met["C1"] < met["C2"]


@pytest.mark.parametrize("seed", range(4))
def test_going_first_costs_no_level_and_no_hearing(seed: int) -> None:
    engagement = synthetic(80, 2, seed)
    receiving = [w.worker_id for w in engagement.workers if w.side == "incoming" and w.role == "social_worker"]
    to_worker: dict[str, str | None] = {
        family.family_id: receiving[n % len(receiving)] for n, family in enumerate(engagement.families)
    }
    task = problem(engagement, to_worker, {}, engagement.settings.window_start)
    before = greedy(task)
    after = nearest_first(task, before, Watch.lasting(60))
    old, new = schedule_figures(task, before), schedule_figures(task, after)
    assert [new[name] for name in SCHEDULE_LEVELS] <= [old[name] for name in SCHEDULE_LEVELS]
    for one in task.tasks:
        was, now = (introduced(one, made.get(one.family_id, {})) for made in (before, after))
        if one.hearing is not None and was is not None and task.day_of(was) <= one.hearing:
            assert now is not None
            assert task.day_of(now) <= one.hearing
