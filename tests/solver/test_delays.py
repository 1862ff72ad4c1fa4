"""Prices of delays against every schedule there is, and worked by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from handover.clearance import meets_from, ready_on
from handover.delays import Effect, Harm
from handover.engagement import Absence, Engagement, Episode, Event, Rule
from handover.mobilisation import with_dates
from handover.plan import Limits, Plan
from handover.workdays import DAY, at, next_working
from solver.delays import Delays, _bookings, rebook
from solver.delays.rebook import Rebooking, figures
from solver.interim import choose_interim
from solver.planner import allocations, make_plan
from solver.schedule import schedule
from solver.schedule.problem import problem
from solver.schedule.search import DaySearch
from solver.watch import Watch
from tests.builders import CONTRACT_END, GO_LIVE, LAST_DAY, WINDOW_START, a_child, a_engagement, a_settings, a_worker
from tests.plans import a_plan
from tests.solver.brute_schedule import best_figures
from tests.solver.test_schedule import tiny

LEVELS = ("no_meeting", "unvisited", "uncovered_visits", "relayed")
THURSDAY = LAST_DAY - DAY
MONDAY, TUESDAY, FRIDAY = GO_LIVE, date(2022, 11, 29), date(2022, 12, 2)


def planned(made: Engagement, to_worker: Mapping[str, str | None]) -> Plan:
    interim = choose_interim(made, to_worker)
    booked = schedule(made, to_worker, interim, made.settings.window_start, Watch.lasting(60), seed=0)
    plan = a_plan(made, to_worker, booked.appointments)
    levels = tuple(level for level in plan.levels if level.name not in {b.name for b in booked.levels})
    return replace(plan, levels=levels + booked.levels, allocations=allocations(made, to_worker, interim))


def prices(made: Engagement, to_worker: Mapping[str, str | None]) -> Delays:
    return Delays(made, planned(made, to_worker), Watch.lasting(60))


@pytest.mark.parametrize("seed", range(40))
def test_no_schedule_of_a_tiny_engagement_makes_a_delay_cheaper(seed: int) -> None:
    random = Random(seed)
    made, to_worker = tiny(random)
    worker = random.choice([w for w in made.workers if w.side != "outgoing"])
    meets, ready = meets_from(worker, made), ready_on(worker, made)
    assert meets is not None
    assert ready is not None
    meets = next_working(meets + DAY * random.randint(0, 2), made.closed_days)
    changed = {worker.worker_id: (meets, max(meets, ready))}
    before = best_figures(made, to_worker, choose_interim(made, to_worker))
    late = with_dates(made, changed)
    after = best_figures(late, to_worker, choose_interim(late, to_worker))
    effect = prices(made, to_worker).price(changed)
    assert [getattr(effect.harm, name) for name in LEVELS] == [a - b for a, b in zip(after, before, strict=True)][:4]
    # of 13 it cannot be seen worker by worker: two workers' families need the same hour of who hands over
    assert bool(effect.unproven) == (seed == 13)


def two_workers(**of_first: object) -> tuple[Engagement, dict[str, str | None]]:
    """Children 1 and 2 of O1 go to W1, child 3 to W2; child 1 was changed once before, in June 2022."""
    made = a_engagement(
        [a_child("C1"), a_child("C2"), a_child("C3")],
        [a_worker("W1", **of_first), a_worker("W2")],
        history=[Episode("C1", "P1", date(2022, 1, 3), date(2022, 6, 1)), Episode("C1", "O1", date(2022, 6, 1))],
    )
    return made, {"C1": "W1", "C2": "W1", "C3": "W2"}


def test_ready_a_day_after_go_live_gives_each_child_one_change_more_and_a_day_of_waiting() -> None:
    effect = prices(*two_workers()).price({"W1": (WINDOW_START, TUESDAY)})
    # two children, each one change more; the first with one change before; held by W2 for the Monday
    assert effect.harm == Harm(changes=2, burden=1, interim=2, days_waiting=2)
    assert effect.children == ("C1", "C2")
    assert not effect.unproven


def test_ready_on_go_live_is_in_time() -> None:
    assert prices(*two_workers()).price({"W1": (WINDOW_START, MONDAY)}) == Effect()


def test_a_worker_late_already_costs_the_days_alone() -> None:
    made, to_worker = two_workers(laptop_on=TUESDAY)
    effect = prices(made, to_worker).price({"W1": (WINDOW_START, FRIDAY)})
    # from Tuesday to Friday, three working days more for two children
    assert effect.harm == Harm(days_waiting=6)
    assert effect.children == ("C1", "C2")


def test_in_time_after_all_saves_what_being_late_cost() -> None:
    made, to_worker = two_workers(laptop_on=TUESDAY)
    effect = prices(made, to_worker).price({"W1": (WINDOW_START, MONDAY)})
    assert effect.harm == Harm(changes=-2, burden=-1, interim=-2, days_waiting=-2)
    assert not effect.children


def test_who_can_meet_after_all_saves_the_meetings_and_visits() -> None:
    made, to_worker = two_workers(dbs_issued_on=MONDAY)
    effect = prices(made, to_worker).price({"W1": (WINDOW_START, MONDAY)})
    assert effect.harm == Harm(unvisited=-3, relayed=-2, no_visit=-2)
    assert not effect.unproven


def test_the_visit_with_a_day_to_keep_goes_first_where_there_is_one_a_day() -> None:
    made, to_worker = two_workers()
    due = Event("C2", "statutory_visit", THURSDAY)
    made = replace(made, settings=a_settings(visits_a_day=1), events=(due,))
    # C2's on Thursday and C1's on Friday, although C1 is the graver
    assert prices(made, to_worker).price({"W1": (THURSDAY, THURSDAY)}) == Effect()


def test_who_cannot_meet_before_go_live_is_stood_in_for_and_visits_nobody() -> None:
    effect = prices(*two_workers()).price({"W1": (MONDAY, MONDAY)})
    # each child on a joint-visit plan weighs 1 + its changes before: 2 and 1
    assert effect.harm == Harm(unvisited=3, relayed=2, no_visit=2)
    assert effect.children == ("C1", "C2")


def test_whoever_stood_in_for_others_is_stood_in_for() -> None:
    made = a_engagement(
        [a_child("C1")],
        [a_worker("W1", dbs_issued_on=MONDAY), a_worker("W2")],
        rules=[Rule("C1", "M1", "never")],
    )
    price = prices(made, {"C1": "W1"})
    assert price.price({"W2": (WINDOW_START, TUESDAY)}) == Effect()
    # neither the manager nor anybody else of the team is left to meet the outgoing worker
    assert price.price({"W2": (MONDAY, MONDAY)}).harm == Harm(no_meeting=1, relayed=-1)


def test_a_worker_not_ready_within_the_contract_leaves_the_children_with_nobody() -> None:
    effect = prices(*two_workers()).price({"W1": (WINDOW_START, next_working(CONTRACT_END + DAY, frozenset()))})
    assert (effect.harm.nobody, effect.harm.interim) == (2, 0)
    assert effect.children == ("C1", "C2")


def test_children_whom_nobody_may_hold_in_between_are_left_with_nobody() -> None:
    made = a_engagement([a_child("C1")], [a_worker("W1")], rules=[Rule("C1", "M1", "never")])
    harm = prices(made, {"C1": "W1"}).price({"W1": (WINDOW_START, TUESDAY)}).harm
    assert harm == Harm(nobody=1, changes=1, days_waiting=1)


def test_days_gone_by_are_not_booked() -> None:
    made, to_worker = two_workers()
    away = Absence("O1", at(LAST_DAY, time()), at(GO_LIVE, time()))
    made = replace(made, absences=(away,))
    plan, changed = planned(made, to_worker), {"W1": (MONDAY, MONDAY)}
    # W2 could stand in on any day but the last
    assert Delays(made, plan, Watch.lasting(60)).price(changed).harm == Harm(unvisited=3, relayed=2, no_visit=2)
    on_the_last_day = Delays(made, plan, Watch.lasting(60), since=LAST_DAY).price(changed)
    assert on_the_last_day.harm == Harm(no_meeting=2, unvisited=3, no_visit=2)


def test_on_a_saturday_the_week_before_it_has_gone_by() -> None:
    made, to_worker = two_workers()
    saturday = WINDOW_START + 5 * DAY
    away = Absence("O1", at(saturday, time()), at(GO_LIVE, time()))
    made = replace(made, absences=(away,))
    plan, changed = planned(made, to_worker), {"W1": (MONDAY, MONDAY)}
    assert Delays(made, plan, Watch.lasting(60), since=saturday - DAY).price(changed).harm.relayed == 2
    assert Delays(made, plan, Watch.lasting(60), since=saturday).price(changed).harm.no_meeting == 2
    # so it has once the window is over
    assert Delays(made, plan, Watch.lasting(60), since=GO_LIVE).price(changed).harm.no_meeting == 2


@pytest.mark.parametrize("seed", range(20))
def test_booked_anew_for_everybody_what_is_before_today_stays_and_nothing_is_put_there(seed: int) -> None:
    made, to_worker = tiny(Random(seed))
    interim = choose_interim(made, to_worker)
    task = problem(made, to_worker, interim, made.settings.window_start)
    plan = planned(made, to_worker)
    booked = _bookings(task, plan)
    for day in task.days:
        since = task.base(day)
        again = Rebooking(task, booked, {}, (-1, 0, 0, 0), Watch.lasting(60), 0, since)
        again.run()
        past = [
            {f: {k: b for k, b in found.items() if b.start < since} for f, found in all_of.items()}
            for all_of in (booked, again.made)
        ]
        assert past[0] == past[1]
        assert again.figures <= figures(task, booked)
        assert again.bound <= again.figures


@pytest.mark.parametrize("seed", [84, 104, 149, 172, 193])
def test_what_the_days_promise_and_the_clock_cannot_keep_is_planned_again(seed: int) -> None:
    """From nothing booked: put on the clock at once, day by day, each of these would lose a meeting or a visit."""
    made, to_worker = tiny(Random(seed))
    interim = choose_interim(made, to_worker)
    task = problem(made, to_worker, interim, made.settings.window_start)
    again = Rebooking(task, {}, {}, (-1, 0, 0, 0), Watch.lasting(60))
    again.run()
    assert again.figures == best_figures(made, to_worker, interim)[:4]


def test_the_search_by_days_for_a_delay_is_handed_the_bounds_known_and_what_it_misses_is_sought_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """W1 meets nobody before go-live: both meetings are relayed. That one must be is known, that both must is found."""
    handed = []

    def search(*rest: Any, known: Mapping[str, int], **more: Any) -> DaySearch:
        handed.append(known)
        return DaySearch(*rest, known=known, **more)

    monkeypatch.setattr(rebook, "DaySearch", search)
    made, to_worker = two_workers(dbs_issued_on=MONDAY)
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    booked = _bookings(task, planned(made, to_worker))
    again = Rebooking(task, booked, {}, (0, 3, 0, 1), Watch.lasting(60))
    again.run()
    assert handed == [dict(zip(LEVELS, (0, 3, 0, 1), strict=True)), {}]
    assert (again.figures, again.bound, again.unproven) == ((0, 3, 0, 2), (0, 3, 0, 2), ())


@pytest.mark.parametrize("seed", range(12))
def test_a_new_plan_makes_as_few_changes_as_one_made_from_nothing(seed: int) -> None:
    random = Random(seed)
    made, _ = tiny(random)
    plan = make_plan(made, Limits(), Watch.lasting(60))
    worker = random.choice([w for w in made.workers if w.side != "outgoing"])
    late = next_working(GO_LIVE + DAY, made.closed_days)
    changed = {worker.worker_id: (late, late)}
    new = Delays(made, plan, Watch.lasting(60)).replanned(changed, Watch.lasting(60))
    fresh = make_plan(with_dates(made, changed), Limits(), Watch.lasting(60))
    for name in ("changes", "burden"):
        assert int(plan.level[name].value) + getattr(new.harm, name) == int(fresh.level[name].value)


def test_a_new_plan_leaves_the_days_gone_by_and_counts_who_goes_to_somebody_else() -> None:
    """W1 late by a day: all three children to W2 who is in time, but for the bands; the meetings of the past stand."""
    made, to_worker = two_workers()
    made = replace(made, settings=a_settings(worker_band=Fraction(1), team_band=Fraction(1)))
    plan, changed = planned(made, to_worker), {"W1": (WINDOW_START, TUESDAY)}
    new = Delays(made, plan, Watch.lasting(60)).replanned(changed, Watch.lasting(60))
    assert (new.harm, new.others, new.unproven) == (Harm(), 2, ())
    # on go-live the two have met W1, who now only relays, and W2 visits nobody any more
    gone = Delays(made, plan, Watch.lasting(60), since=GO_LIVE).replanned(changed, Watch.lasting(60))
    assert gone.harm == Harm(unvisited=3, relayed=2, no_visit=2)


def test_what_took_place_is_not_done_again() -> None:
    """A summary takes half a day here: on the last day there is time to meet and visit, not to write it again."""
    made, to_worker = two_workers()
    made = replace(made, settings=a_settings(summary_minutes=240, visits_a_day=3))
    changed = {"W1": (LAST_DAY, LAST_DAY)}
    late = Delays(made, planned(made, to_worker), Watch.lasting(60), since=LAST_DAY)
    assert late.price(changed) == Effect()


def test_pricing_tells_how_many_are_priced_and_not_the_levels_of_two_at_once() -> None:
    """The one of the tiny engagements above for which everybody is booked anew."""
    made, to_worker = tiny(Random(13))
    heard: list[str] = []
    watch = Watch.lasting(60, progress=lambda what, *_: heard.append(what))
    workers = [w.worker_id for w in made.workers if w.side != "outgoing"]
    days = [made.settings.window_start + DAY * n for n in range(3)]
    Delays(made, planned(made, to_worker), watch).prices([{w: (day, day)} for w in workers for day in days])
    assert heard == ["delays priced"] * len(workers) * len(days)


def test_days_that_come_to_the_same_are_priced_once() -> None:
    price = prices(*two_workers())
    once = price.price({"W1": (WINDOW_START, TUESDAY)})
    assert price.price({"W1": (WINDOW_START, TUESDAY), "W2": (WINDOW_START, WINDOW_START)}) is once


def test_a_price_that_the_clock_stopped_is_not_called_proven() -> None:
    made, to_worker = two_workers()
    stopped = Delays(made, planned(made, to_worker), Watch.lasting(0))
    effect = stopped.price({"W1": (MONDAY, MONDAY)})
    assert effect.unproven == LEVELS[1:]
