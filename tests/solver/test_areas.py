"""Visits in one area on one day, where that costs nothing."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from handover.engagement import Event
from handover.journeys import visit_trips
from handover.plan import SCHEDULE_LEVELS
from handover.synthetic import synthetic
from solver.schedule.areas import one_area_a_day
from solver.schedule.diary import Booking, Bookings
from solver.schedule.figures import introduced, schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.mend import fits_together
from solver.schedule.problem import MEETING, SUMMARY, VISIT, Problem, problem
from solver.watch import Watch
from tests.builders import WINDOW_START, a_child, a_engagement, a_worker
from tests.plans import first_fit


def trips(of: Problem, made: Mapping[str, Bookings]) -> int:
    family = {f.family_id: f for f in of.engagement.families}
    visits = [(t, made[t.family_id][VISIT]) for t in of.tasks if VISIT in made.get(t.family_id, {})]
    return visit_trips((t.receiver, of.day_of(b.start), family[t.family_id]) for t, b in visits)


@pytest.mark.parametrize("seed", [1, 3])
def test_fewer_trips_cost_no_level_no_hearing_and_nobodys_time(seed: int) -> None:
    made = synthetic(100, 2, seed)
    task = problem(made, first_fit(made), {}, made.settings.window_start)
    before = greedy(task)
    after = one_area_a_day(task, before, Watch.lasting(600))
    assert trips(task, after) < trips(task, before)
    old, new = (schedule_figures(task, one) for one in (before, after))
    assert all(new[level] <= old[level] for level in SCHEDULE_LEVELS)
    assert fits_together(task, after, list(task.tasks))
    for one in task.tasks:
        if one.hearing is not None and one.family_id in before:
            first, now = (introduced(one, x[one.family_id]) for x in (before, after))
            assert (now is None) == (first is None)
            assert first is None or now is None or now <= first


def three_visits(*events: Event) -> tuple[Problem, dict[str, Bookings]]:
    """C1 (HR2) is visited on Tuesday, C2 (HR4) and C3 (HR2) on Wednesday, two visits a day being the most."""
    homes = {"C1": "HR2 0LD", "C2": "HR4 0HL", "C3": "HR2 0NF"}
    made = a_engagement(
        workers=[a_worker("W1"), a_worker("O1", side="outgoing")],
        children=[a_child(c, postcode=p, plan="child_protection") for c, p in homes.items()],
        events=events,
    )
    task = problem(made, dict.fromkeys(homes, "W1"), {}, WINDOW_START)
    monday, tuesday, wednesday = (task.base(WINDOW_START + timedelta(n)) for n in range(3))
    booked: dict[str, Bookings] = {}
    visits = {"C1": tuesday + 4, "C2": wednesday, "C3": wednesday + 8}
    for n, child in enumerate(homes):
        booked[child] = {
            SUMMARY: Booking(SUMMARY, monday + (0, 2, 4)[n]),
            MEETING: Booking(MEETING, (monday + 8, monday + 10, monday + 14)[n], "W1"),
            VISIT: Booking(VISIT, visits[child], "W1"),
        }
    return task, booked


def test_a_visit_trades_its_day_with_one_in_another_area_when_the_day_is_full() -> None:
    task, booked = three_visits()
    after = one_area_a_day(task, booked, Watch.lasting(60))
    day = {child: task.day_of(bookings[VISIT].start) for child, bookings in after.items()}
    tuesday, wednesday = (WINDOW_START + timedelta(n) for n in (1, 2))
    assert day == {"C1": wednesday, "C2": tuesday, "C3": wednesday}


def test_a_visit_that_covers_a_statutory_one_is_not_put_off() -> None:
    # C1's visit is due by Tuesday: it stays, and C3 joins it
    task, booked = three_visits(Event("C1", "statutory_visit", WINDOW_START + timedelta(1)))
    after = one_area_a_day(task, booked, Watch.lasting(60))
    day = {child: task.day_of(bookings[VISIT].start) for child, bookings in after.items()}
    assert day["C1"] == day["C3"] == WINDOW_START + timedelta(1)
