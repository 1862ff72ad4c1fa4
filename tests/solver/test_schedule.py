"""The schedule against every schedule there is, against the rules, and against itself run again."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import inf
from random import Random
from time import monotonic, sleep
from typing import Any, ClassVar

import pytest
from ortools.sat.python import cp_model

import solver.schedule
import solver.schedule.bounds as bounds_of_days
import solver.schedule.search as search_by_days
from handover.engagement import Absence, Engagement, Episode, Event, Rule, engagement
from handover.plan import SCHEDULE_LEVELS
from handover.settings import Hours
from handover.synthetic import synthetic
from solver.interim import choose_interim
from solver.program import Found, Program, Searcher
from solver.schedule import Scheduled, clock, mend, schedule
from solver.schedule.bounds import Whole
from solver.schedule.days import DayModel, Days, Met
from solver.schedule.diary import Booking, Bookings
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, Problem, problem
from solver.schedule.search import BY_DAYS, Bound, DaySearch, Effort, day_figures
from solver.watch import Watch
from tests.builders import BANK_HOLIDAYS, Team, a_child, a_engagement, a_manager, a_settings, a_worker
from tests.plans import first_fit
from tests.solver.brute_schedule import best_figures

FRIDAY = date(2022, 11, 25)
THURSDAY = FRIDAY - timedelta(1)
MORNING = Hours(time(9), time(12), None, 30)


def booked(
    engagement: Engagement, to_worker: Mapping[str, str | None], book_from: date | None = None, seconds: float = 60
) -> Scheduled:
    start = book_from or engagement.settings.window_start
    watch = Watch.lasting(seconds)
    return schedule(engagement, to_worker, choose_interim(engagement, to_worker), start, watch, seed=0)


def values(made: Scheduled) -> tuple[int, ...]:
    return tuple(int(level.value) for level in made.levels)


def bounds(made: Scheduled) -> tuple[int, ...]:
    return tuple(int(level.bound) for level in made.levels)


def tiny(random: Random) -> tuple[Engagement, dict[str, str | None]]:
    """Two or three families, one or two short days, people who are away, bound, barred or not cleared."""
    choose, chance = random.choice, random.random
    doubts = [{}, {}, {}, {"available_from": FRIDAY}, {"dbs_issued_on": date(2022, 12, 2)}]
    workers = [
        a_worker(f"W{n}", team_id=choose(["T1", "T2"]), side=choose(["incoming", "staying"]), **choose(doubts))
        for n in (1, 2, 3)
    ]
    managers = [
        a_manager("M1", team_id="T1", **choose(doubts)),
        a_manager("M2", team_id="T2", **choose([{}, {"swe_restrictions": "yes"}])),
    ]
    outgoing = [a_worker(f"O{n}", side="outgoing") for n in (1, 2)]
    holders = ["O1", "O1", "O2", *(w.worker_id for w in workers if w.side == "staying")]
    children = [
        a_child(
            f"C{n}",
            family_id=choose(["F1", None, None]),
            worker_id=choose(holders),
            plan=choose(["child_protection", "child_in_need"]),
        )
        for n in range(1, random.randint(2, 3) + 1)
    ]
    days = [FRIDAY - timedelta(random.randint(0, 1)) for _ in range(9)]
    settings = replace(
        a_settings(
            summary_minutes=choose([30, 60]),
            meeting_minutes=choose([30, 60]),
            joint_visit_minutes=60,
            travel_minutes=choose([0, 30]),
            visits_a_day=choose([1, 2]),
        ),
        # two days for two children: with more there are too many schedules to try
        window_start=FRIDAY - timedelta(random.randint(0, 1) if len(children) < 3 else 0),
        hours=choose([MORNING, Hours(time(9), time(12, 30), (time(10, 30), time(11)), 30)]),
    )
    events = [
        Event(c.child_id, kind, days.pop(), choose([None, time(9, 30)]), 30)
        for c in children
        for kind in ("statutory_visit", "court_hearing")
        if chance() < 0.4
    ]
    absences = [
        Absence(w.worker_id, datetime.combine(day, time(10)), datetime.combine(day, time(choose([11, 12]))))
        for w, day in zip(outgoing + workers, days, strict=False)
        if chance() < 0.3
    ]
    episodes = [
        Episode(c.child_id, worker_id, date(2022, month, 1))
        for c in children
        for month, worker_id in ((3, "P1"), (6, c.worker_id))
        if chance() < 0.5
    ]
    rules = [Rule(c.child_id, choose(["M1", "W1", "W2"]), "never") for c in children if chance() < 0.2]
    made = engagement(
        settings,
        BANK_HOLIDAYS,
        (Team("T1", "One", "M1"), Team("T2", "Two", "M2")),
        tuple(workers + managers + outgoing),
        tuple(children),
        tuple(episodes),
        tuple(events),
        tuple(absences),
        tuple(rules),
    )
    receiving = [w.worker_id for w in workers if "dbs_issued_on" not in w.__dict__ or w.dbs_issued_on is not None]
    return made, {f.family_id: choose([*receiving, None] if chance() < 0.1 else receiving) for f in made.families}


@pytest.mark.parametrize("seed", range(60))
def test_no_schedule_of_a_tiny_engagement_is_better_and_no_bound_is_above_the_best(seed: int) -> None:
    made, to_worker = tiny(Random(seed))
    best = best_figures(made, to_worker, choose_interim(made, to_worker))
    found = booked(made, to_worker)
    assert values(found) == best
    assert all(bound <= value for bound, value in zip(bounds(found), best, strict=True))


def test_a_meeting_that_ends_with_the_last_day_is_proven_to_be_beyond_sign_off() -> None:
    # one morning of three hours: two summaries of half an hour, two meetings of an hour, the second until noon
    made = replace(a_settings(summary_minutes=30, meeting_minutes=60), window_start=FRIDAY, hours=MORNING)
    families = tuple(a_child(f"C{n}", plan="child_in_need") for n in (1, 2))
    workers = (a_worker("W1"), a_manager("M1"), a_worker("O1", side="outgoing"))
    town = engagement(made, BANK_HOLIDAYS, (Team("T1", "One", "M1"),), workers, families, (), (), (), ())
    found = booked(town, {"C1": "W1", "C2": "W1"})
    assert values(found) == (0, 0, 0, 0, 1)
    assert bounds(found) == (0, 0, 0, 0, 1)


def all_on_the_last_day() -> tuple[Problem, dict[str, Bookings]]:
    """Three families who meet on the last of two mornings, until its end: nobody can sign the last of them off."""
    made = replace(a_settings(summary_minutes=30, meeting_minutes=60), window_start=THURSDAY, hours=MORNING)
    families = tuple(a_child(f"C{n}", plan="child_in_need") for n in (1, 2, 3))
    workers = (a_worker("W1"), a_manager("M1"), a_worker("O1", side="outgoing"))
    town = engagement(made, BANK_HOLIDAYS, (Team("T1", "One", "M1"),), workers, families, (), (), (), ())
    task = problem(town, dict.fromkeys(("C1", "C2", "C3"), "W1"), {}, THURSDAY)
    friday = task.base(FRIDAY)
    return task, {
        one.family_id: {SUMMARY: Booking(SUMMARY, n), MEETING: Booking(MEETING, friday + 2 * n, "W1")}
        for n, one in enumerate(task.tasks)
    }


def test_who_would_meet_too_late_for_a_sign_off_meets_earlier_where_that_costs_nothing() -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    assert search._unsigned() == (1, [0, 1, 2])
    search.run()
    assert search._unsigned() == (0, [])
    assert search.figures == dict.fromkeys(BY_DAYS, 0)


def test_who_meets_too_late_changes_places_with_somebody_who_need_not() -> None:
    """W1 has one hour on Thursday, which O2's family has: for one of O1's three it is the only way to a sign-off."""
    made = replace(a_settings(summary_minutes=30, meeting_minutes=60), window_start=THURSDAY, hours=MORNING)
    families = tuple(a_child(f"C{n}", plan="child_in_need", worker_id="O1" if n < 4 else "O2") for n in (1, 2, 3, 4))
    workers = (a_worker("W1"), a_manager("M1"), *(a_worker(o, side="outgoing") for o in ("O1", "O2")))
    away = tuple(
        Absence("W1", datetime.combine(THURSDAY, since), datetime.combine(THURSDAY, until))
        for since, until in ((time(9), time(9, 30)), (time(10, 30), time(12)))
    )
    town = engagement(made, BANK_HOLIDAYS, (Team("T1", "One", "M1"),), workers, families, (), (), away, ())
    task = problem(town, dict.fromkeys(("C1", "C2", "C3", "C4"), "W1"), {}, THURSDAY)
    friday = task.base(FRIDAY)
    starts = (friday, friday + 2, friday + 4, 1)
    late = {
        one.family_id: {SUMMARY: Booking(SUMMARY, n % 3), MEETING: Booking(MEETING, start, "W1")}
        for n, (one, start) in enumerate(zip(task.tasks, starts, strict=True))
    }
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    assert search._unsigned() == (1, [0, 1, 2])
    search.run()
    assert search._unsigned() == (0, [])
    assert search.plan[3].day == 1


@pytest.mark.parametrize(("since", "left"), [(0, (0, [])), (1, (1, [0, 1]))])
def test_a_summary_that_has_to_be_written_first_may_leave_no_time_for_a_sign_off(
    since: int, left: tuple[int, list[int]]
) -> None:
    task, late = all_on_the_last_day()
    del late["C3"]
    two = problem(task.engagement, {"C1": "W1", "C2": "W1", "C3": None}, {}, THURSDAY)
    # before Friday nobody wrote any, and it is Friday already
    search = DaySearch(Days(two), late, None, Watch.lasting(60), 0, since=since)
    assert search._unsigned() == left


def test_whom_nobody_may_sign_off_is_not_planned_anew_for_it() -> None:
    manager = a_manager("M1", swe_restrictions="yes")
    made = a_engagement([a_child("C1")], [a_worker("W1"), manager])
    task = problem(made, {"C1": "W1"}, {}, made.settings.window_start)
    assert not task.tasks[0].signers
    search = DaySearch(Days(task), greedy(task, Watch.lasting(60)), None, Watch.lasting(60), 0)
    assert search._unsigned() == (1, [])
    assert search._sign(0) == 1


def test_the_whole_model_is_not_asked_where_the_plan_by_days_leaves_fewer_unsigned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    search.run()
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(search, "_whole", lambda *of: asked.append(of) or 0)
    assert not search.sign_more({**search.figures, "unsigned": 1})
    monkeypatch.setattr(search, "_unsigned", lambda: (2, []))
    assert not search.sign_more({**search.figures, "unsigned": 2})
    assert asked == [("unsigned", 2)]


@pytest.mark.parametrize("few", [0, 60])
def test_a_plan_under_which_more_can_be_signed_off_is_taken_from_the_whole_model(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, late = all_on_the_last_day()
    monkeypatch.setattr(bounds_of_days, "FEW", few)
    with closing(Searcher()) as searcher:
        search = DaySearch(Days(task), late, searcher, Watch.lasting(60), 0)
        assert search._unsigned()[0] == 1
        assert search._whole("unsigned", 1) == 0
    assert search._unsigned() == (0, [])


def test_sign_offs_are_not_proven_where_a_level_above_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    search.run()
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(search, "_whole", lambda *of: asked.append(of) or 0)
    monkeypatch.setattr(search, "_unsigned", lambda: (2, []))
    search.bounds["unvisited"] = Bound(search.figures["unvisited"] - 1, {})
    assert not search.sign_more({**search.figures, "unsigned": 2})
    assert not asked


@pytest.mark.parametrize(("few", "since"), [(0, 5), (9, 10)])
def test_the_whole_model_is_asked_beside_neighbourhoods_that_are_stuck_and_after_them_where_there_is_little_to_ask(
    few: int, since: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, NeverDone(), Watch.lasting(60), 0, Effort(patience=10))
    search.figures = {**search.figures, "no_meeting": 2}
    tried, heard = list[int](), list[tuple[str, int, int, int]]()

    def asked(*of: Any, steps: int) -> Whole:
        assert steps == bounds_of_days.STEPS
        _, level, held, value, *_, enough = of
        began = len(tried)
        assert held == search.figures
        while not enough(value) and not search.watch.stopped():
            sleep(0.01)
        heard.append((level, value, began, len(tried)))
        return Whole(1, None)

    def in_vain(free: list[int], *_: object) -> bool:
        tried.append(len(free))
        sleep(0.05)
        return False

    monkeypatch.setattr(bounds_of_days, "FEW", few)
    monkeypatch.setattr(search_by_days, "asked", asked)
    monkeypatch.setattr(search, "improve", in_vain)
    monkeypatch.setattr(search, "_neighbourhood", lambda *_: [0])
    assert search._best_of("no_meeting", 0) == 1
    (one,) = heard
    assert (one[0], one[1], one[3]) == ("no_meeting", 2, 10)
    assert since <= one[2] <= since + 1
    # what is at its bound is not asked about
    assert search._best_of("no_meeting", 2) == 2
    assert len(heard) == 1


def test_what_the_whole_model_is_asked_beside_is_over_where_neighbourhoods_reach_the_bound_of_the_relaxation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, NeverDone(), Watch.lasting(60), 0, Effort(patience=10))
    search.figures = {**search.figures, "no_meeting": 2}
    tried, ended = list[int](), list[bool]()

    def asked(*of: Any, **_: int) -> Whole:
        until = monotonic() + 5
        while not of[-1](0) and monotonic() < until:
            sleep(0.01)
        ended.append(of[-1](0))
        return Whole(0, None)

    def better_at_last(free: list[int], *_: object) -> bool:
        tried.append(len(free))
        search.figures["no_meeting"] = 1 if len(tried) > 6 else 2
        return False

    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    monkeypatch.setattr(search_by_days, "asked", asked)
    monkeypatch.setattr(search, "improve", better_at_last)
    monkeypatch.setattr(search, "_neighbourhood", lambda *_: [0])
    assert search._best_of("no_meeting", 1) == 1
    assert ended == [True]
    assert len(tried) == 7


def test_the_whole_model_is_asked_for_less_than_there_is() -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    assert search.figures["no_meeting"] == 0
    ours = search.days, "no_meeting", dict[str, int]()
    assert bounds_of_days.asked(*ours, 0, NeverDone(), search.watch, 0) == Whole(0, None)
    found = bounds_of_days.asked(*ours, 3, NeverDone(), search.watch, 0)
    assert found.bound == 0
    assert found.plan is not None
    assert len(found.plan) == 3


def test_the_whole_model_is_not_asked_of_a_level_below_one_that_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, NeverDone(), Watch.lasting(60), 0)
    search.bounds["no_meeting"] = Bound(search.figures["no_meeting"] - 1, {})
    search.figures = {**search.figures, "unvisited": 9}
    monkeypatch.setattr(search_by_days, "asked", lambda *_, **__: Whole(9, None))
    monkeypatch.setattr(search, "improve", lambda *_: False)
    assert search._best_of("unvisited", 0) == 0
    search.bounds["no_meeting"] = Bound(search.figures["no_meeting"], {})
    assert search._best_of("unvisited", 0) == 9


def test_the_whole_model_is_asked_within_limits_of_work_and_until_its_bound_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, _ = all_on_the_last_day()
    value = len(task.tasks)
    heard, limits = list[int](), dict[str, Any]()

    class Told(Searcher):
        """One that tells of one less than the value, and then of far more."""

        def search(self, *_: Any, enough: Any, **named: Any) -> Found:
            limits.update(named)
            # the program leaves out what the level counts when nobody meets
            for bound in (value - 1.0, value + 99.0):
                enough(Found(None, bound - len(task.tasks), ""))
            return Found(None, inf, "")

    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    watch = Watch.lasting(60)
    ours = Days(task), "no_meeting", dict[str, int](), value, Told(), watch, 7
    found = bounds_of_days.asked(*ours, lambda bound: bool(heard.append(bound)))
    assert found == Whole(value, None)
    assert (limits["nodes"], limits["steps"], limits["seed"]) == (bounds_of_days.NODES, bounds_of_days.STEPS, 7)
    assert heard == [value - 1, value]


@pytest.mark.parametrize(("stopped", "cut"), [("clock", "clock"), ("interrupt", "interrupt"), ("work limit", "")])
def test_the_clock_is_said_to_have_ended_a_proof_where_the_search_says_so(
    stopped: str, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ending(Searcher):
        def search(self, *_: Any, **__: Any) -> Found:
            return Found(None, -inf, stopped)

    task, _ = all_on_the_last_day()
    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    search = DaySearch(Days(task), {}, Ending(), Watch.lasting(60), 0)
    assert search._whole("no_meeting", 3) == 0
    assert search.cut == cut


def test_of_the_whole_model_only_a_plan_is_taken_that_is_better_at_the_level_asked_about() -> None:
    """As good a one may have been heard of or not by the time that the search was ended."""
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    before, other = search.plan, dict.fromkeys(search.plan, Met(0, relayed=False, visit=None))
    assert day_figures(search.days, other) == search.figures
    assert search._heard(Whole(0, other, "clock"), "no_meeting") == 0
    assert search.plan is before
    assert search.cut == "clock"
    search.give_up([0], {})
    assert search._heard(Whole(0, other), "no_meeting") == 0
    assert search.plan is other


def test_what_a_plan_by_days_promised_is_sought_where_it_came_out_worse_than_the_first_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, to_worker = tiny(Random(0))
    asked: list[Mapping[str, Bookings]] = []
    monkeypatch.setattr(solver.schedule, "ROUNDS", 0)
    monkeypatch.setattr(solver.schedule, "NEAR", 0)
    monkeypatch.setattr(DaySearch, "sign_more", lambda *_: False)
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    first = greedy(task, Watch.lasting(60))
    monkeypatch.setattr(solver.schedule, "_promised", lambda _, before: asked.append(before) or before)
    monkeypatch.setattr(solver.schedule, "on_the_clock", lambda _: {})
    assert values(booked(made, to_worker)) == tuple(schedule_figures(task, first).values())
    assert asked == [{}]
    monkeypatch.setattr(solver.schedule, "on_the_clock", lambda _: first)
    booked(made, to_worker)
    assert asked == [{}]


def test_a_plan_by_days_under_which_more_can_be_signed_off_is_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    made, to_worker = tiny(Random(0))
    usual = booked(made, to_worker)
    first, told, on_the_clock = [True], iter((True, False)), solver.schedule.on_the_clock
    monkeypatch.setattr(solver.schedule, "ROUNDS", 0)
    monkeypatch.setattr(solver.schedule, "NEAR", 0)
    monkeypatch.setattr(solver.schedule, "greedy", lambda *_: {})
    monkeypatch.setattr(
        solver.schedule, "on_the_clock", lambda search: {} if first and first.pop() else on_the_clock(search)
    )
    monkeypatch.setattr(DaySearch, "sign_more", lambda *_: next(told))
    assert values(booked(made, to_worker)) == values(usual)
    assert usual.appointments


@pytest.mark.parametrize("left", [1, 2])
def test_a_search_for_sign_offs_ends_that_gains_nothing_and_keeps_its_plan_where_another_leaves_more_unsigned(
    left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0)
    before = dict(search.plan)
    tried: list[list[int]] = []

    def forget(free: list[int], *_: object, signs: bool) -> bool:
        assert signs
        assert len(tried) < search._effort.patience // 2
        tried.append(free)
        search.plan = dict.fromkeys(before, Met(1, relayed=False, visit=1))
        return False

    monkeypatch.setattr(search, "improve", forget)
    monkeypatch.setattr(search, "_unsigned", lambda: (1 if search.plan == before else left, [0, 1, 2]))
    assert search._sign(0) == 1
    assert (search.plan == before) == (left > 1)
    assert tried == [[0, 1, 2]] * (search._effort.patience // 2)


@pytest.mark.parametrize("seed", range(40))
def test_as_many_go_unsigned_by_days_as_the_whole_model_says_and_those_named_are_among_them(seed: int) -> None:
    made, to_worker = tiny(Random(seed))
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    days = Days(task)
    search = DaySearch(days, greedy(task, Watch.lasting(60)), None, Watch.lasting(60), 0)
    whole = DayModel(days, range(len(task.tasks)), {}, signs=True)
    whole.keep_before(len(task.days), search.plan)
    whole.model.minimize(whole.levels["unsigned"])
    solver = search.solver(60)
    assert solver.solve(whole.model) == cp_model.OPTIMAL
    left, late = search._unsigned()
    assert left == round(solver.objective_value)
    beyond = [i for i, one in enumerate(task.tasks) if i not in search.plan or not one.signers]
    assert bool(late) == (left > len(beyond))
    assert not set(late) & set(beyond)


def test_whoever_listens_is_told_whole_figures_of_a_level_never_above_their_bound() -> None:
    made = synthetic(16, 1, 2, "one-week")
    heard: list[tuple[str, Fraction, Fraction]] = []

    def hear(level: str, value: Fraction | None, bound: Fraction | None) -> None:
        if value is not None and bound is not None:
            heard.append((level, value, bound))

    schedule(made, first_fit(made), {}, made.settings.window_start, Watch.lasting(600, progress=hear), seed=0)
    assert {"no_meeting", "unvisited", "uncovered_visits", "relayed"} <= {level for level, _, _ in heard}
    assert all(0 <= bound <= value for _, value, bound in heard)


class AtOnce(Executor):
    """Does what it is handed before anything else."""

    def submit(self, call: Any, /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(call(*args, **named))
        return done


def test_a_bound_sought_beside_the_search_does_not_hang_on_how_far_the_search_is() -> None:
    """W1 meets nobody before go-live: C1's meeting is relayed, though at first, when nothing is planned, none is."""
    made = a_engagement([a_child("C1")], [a_worker("W1", dbs_issued_on=date(2022, 11, 28))])
    task = problem(made, {"C1": "W1"}, {}, made.settings.window_start)
    search = DaySearch(Days(task), {}, None, Watch.lasting(60), 0)
    ahead = search._look_ahead(AtOnce())
    assert {level: ahead[level].result().bound for level in ahead} == {
        "no_meeting": 0,
        "unvisited": 1,
        "uncovered_visits": 0,
        "relayed": 1,
        "unsigned": 0,
    }


@pytest.mark.parametrize(("more", "bound"), [(0, 1), (-1, 0)])
def test_what_was_proven_of_sign_offs_is_not_kept_where_a_level_above_came_out_higher(more: int, bound: int) -> None:
    made = a_engagement([a_child("C1")], [a_worker("W1")])
    task = problem(made, {"C1": "W1"}, {}, made.settings.window_start)
    search = DaySearch(Days(task), {}, None, Watch.lasting(60), 0)
    figures = {**search.figures, "unsigned": 2}
    search.bounds["unsigned"] = Bound(1, {**search.figures, "unvisited": search.figures["unvisited"] + more})
    search.sign_more(figures)
    # with C1 as it is now left out, nobody proves that it must stay unsigned
    assert search.bounds["unsigned"] == Bound(bound, {name: figures[name] for name in BY_DAYS})


def test_what_the_days_prove_to_be_had_is_booked_and_signed_off_where_a_schedule_falls_short_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    booked_again = signed = 0
    monkeypatch.setattr(solver.schedule, "ROUNDS", 0)  # nothing is mended after it
    monkeypatch.setattr(solver.schedule, "NEAR", 0)
    for seed in range(12):
        made, to_worker = tiny(Random(seed))
        task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
        with closing(Searcher()) as searcher:
            search = DaySearch(Days(task), {}, searcher, Watch.lasting(600), 0)
            search.run()
            assert not solver.schedule._near(search, {}), "too far off to be searched for"
            monkeypatch.setattr(solver.schedule, "NEAR", 100)
            assert solver.schedule._near(search, {}) == any(
                schedule_figures(task, {})[n] > search.bounds[n].bound for n in BY_DAYS
            )
            found = solver.schedule._promised(search, {})
            assert not solver.schedule._near(search, found), "nothing is left to be searched for"
            monkeypatch.setattr(solver.schedule, "NEAR", 0)
        if not found:
            continue
        figures = schedule_figures(task, found)
        promised = day_figures(search.days, search.promised)
        assert {name: figures[name] for name in BY_DAYS} == {name: promised[name] for name in BY_DAYS}, f"seed {seed}"
        booked_again += 1
        signed += sum(SIGN_OFF in booked for booked in found.values())
    assert booked_again > 3
    assert signed > 0


def test_nothing_is_searched_for_that_the_plan_by_days_did_not_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    task, _ = all_on_the_last_day()
    search = DaySearch(Days(task), {}, None, Watch.lasting(60), 0, known=dict.fromkeys(SCHEDULE_LEVELS, 0))
    search.run()
    monkeypatch.setattr(solver.schedule, "NEAR", len(task.tasks))
    assert solver.schedule._near(search, {})
    search.promised = {}
    assert not solver.schedule._near(search, {})


class NeverDone(Searcher):
    """A search that takes all the time it is given, and comes to nothing."""

    given: ClassVar[list[float]] = []

    def search(self, _program: Program, watch: Watch, *_: Any, **__: Any) -> Found:
        self.given.append(watch.left())
        while not watch.stopped():
            sleep(0.01)
        return Found(None, -inf, watch.stopped())


@pytest.mark.parametrize("seed", [10, 26])
def test_a_proof_that_does_not_end_leaves_time_to_book_what_is_planned(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, to_worker = tiny(Random(seed))
    task = problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start)
    usual, first = values(booked(made, to_worker)), schedule_figures(task, greedy(task, Watch.lasting(60)))
    assert usual < tuple(first.values()), "nothing to be gained by a plan by days"
    monkeypatch.setattr(solver.schedule, "Searcher", NeverDone)
    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    monkeypatch.setattr(DaySearch, "_relaxation", lambda *_: 0)
    monkeypatch.setattr(DaySearch, "_look_ahead", lambda *_: {name: Ended(Bound(0, {})) for name in SCHEDULE_LEVELS})
    NeverDone.given.clear()
    found = booked(made, to_worker, seconds=5)
    assert NeverDone.given
    assert max(NeverDone.given) < 5 / 3, "more than a third of the time for one proof"
    assert values(found) == usual
    assert {level.stopped for level in found.levels if not level.proven} == {"clock"}


def test_a_search_by_days_that_does_not_end_leaves_time_to_book_what_is_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, to_worker = tiny(Random(10))
    usual, levels = values(booked(made, to_worker)), DaySearch._levels

    def for_ever(search: DaySearch) -> None:
        levels(search)
        while not search.watch.stopped():
            sleep(0.01)

    monkeypatch.setattr(DaySearch, "_levels", for_ever)
    assert values(booked(made, to_worker, seconds=4)) == usual


class Ended(Future[Bound]):
    """What a search beside this one came to."""

    def __init__(self, bound: Bound) -> None:
        super().__init__()
        self.set_result(bound)


def test_a_search_by_days_has_its_share_of_the_time_and_says_what_ended_it(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    watch = Watch.lasting(1000)
    search = DaySearch(Days(task), late, None, watch, 0)
    seen: list[float] = []
    monkeypatch.setattr(search, "_levels", lambda: seen.append(search.watch.left()))
    search.run(0.3)
    assert 290 < seen[0] <= 300
    assert search.watch is watch
    assert not search.cut
    monkeypatch.setattr(search, "_levels", watch.interrupted.set)
    search.run(0.3)
    assert search.cut == "interrupt"


def test_what_could_not_be_bettered_once_is_not_tried_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, None, Watch.lasting(60), 0, known=dict.fromkeys(SCHEDULE_LEVELS, 0))
    asked: list[int] = []
    monkeypatch.setattr(search, "_sign", lambda bound: asked.append(bound) or 2)
    search.run()
    search.run()
    assert asked == [0, 2]


@pytest.mark.parametrize("early", [True, False])
def test_what_was_promised_is_booked_before_anything_is_mended_where_it_is_near_and_once(
    early: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, to_worker = tiny(Random(0))
    did: list[str] = []
    near = iter((early, True))
    monkeypatch.setattr(solver.schedule, "_near", lambda *_: next(near))
    for name in ("_promised", "_mended"):
        kept = getattr(solver.schedule, name)
        monkeypatch.setattr(solver.schedule, name, lambda *of, name=name, kept=kept: did.append(name) or kept(*of))
    assert booked(made, to_worker).appointments
    assert did.count("_promised") == 1
    assert did[0] == ("_promised" if early else "_mended")


def test_a_plan_books_what_the_days_prove_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    made, to_worker = tiny(Random(0))
    interim = choose_interim(made, to_worker)
    usual = schedule(made, to_worker, interim, made.settings.window_start, Watch.lasting(600), 0)
    monkeypatch.setattr(solver.schedule, "ROUNDS", 0)
    monkeypatch.setattr(solver.schedule, "NEAR", 100)
    monkeypatch.setattr(solver.schedule, "greedy", lambda *_: {})
    monkeypatch.setattr(solver.schedule, "on_the_clock", lambda _: {})  # nothing comes of the first search
    found = schedule(made, to_worker, interim, made.settings.window_start, Watch.lasting(600), 0)
    assert usual.appointments
    assert values(found)[:4] == values(usual)[:4]


def test_a_schedule_ends_where_its_work_is_used_up_and_comes_out_the_same_however_slow_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = synthetic(80, 1, 1, "one-week")
    to_worker = first_fit(made)
    start, interim = made.settings.window_start, choose_interim(made, to_worker)

    def within(work: float, pause: float = 0.0) -> tuple[Scheduled, float]:
        watch = Watch.lasting(300).working(work)
        improve = DaySearch.improve

        def slowly(self: DaySearch, *given: Any, **others: Any) -> bool:
            sleep(pause)
            return improve(self, *given, **others)

        with monkeypatch.context() as slower:
            slower.setattr(DaySearch, "improve", slowly)
            found = schedule(made, to_worker, interim, start, watch, seed=0)
        assert watch.stopped() == ""
        return found, work - watch.work.left

    (full, needed), (none, _) = within(1000), within(0)
    (some, _), (again, _) = within(needed / 4), within(needed / 4, pause=0.02)
    told = [[(level.name, level.value, level.bound, level.stopped) for level in one.levels] for one in (some, again)]
    assert (some.appointments, told[0]) == (again.appointments, told[1])
    assert values(full) < values(none)
    for one in (none, some):
        assert {level.stopped for level in one.levels} <= {"", "work limit"}
        assert any(level.stopped for level in one.levels)


def test_a_proof_takes_no_more_steps_than_work_is_left_for_and_is_counted_where_it_was_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, late = all_on_the_last_day()
    per_step = 1 / bounds_of_days.STEPS_A_SECOND
    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    for work, given in ((1000.0, bounds_of_days.STEPS), (10.0, int(4.5 * bounds_of_days.STEPS_A_SECOND))):
        for bound in (1, 2):
            watch = Watch.lasting(60).working(work)
            search = DaySearch(Days(task), late, NeverDone(), watch, 0)
            search.figures = {**search.figures, "no_meeting": 2}
            asked_for = list[int]()

            def asked(*_: Any, steps: int, bound: int = bound, asked_for: list[int] = asked_for) -> Whole:
                asked_for.append(steps)
                return Whole(bound, None)

            monkeypatch.setattr(search_by_days, "asked", asked)
            monkeypatch.setattr(search, "_neighbourhoods", lambda *_: None)
            search._best_of("no_meeting", 0)
            assert asked_for == [given]
            assert work - watch.work.left == pytest.approx(given * per_step if bound < 2 else 0, abs=1e-5)


@pytest.mark.parametrize(("left", "most"), [(1000.0, 0.7), (10.0, 0.4), (1.0, 0.35), (0.0, 0.35)])
def test_a_search_by_days_leaves_work_to_book_what_it_plans(
    left: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, late = all_on_the_last_day()
    seen, run = list[tuple[float, ...]](), DaySearch.run

    def shared(self: DaySearch, *shares: float) -> None:
        seen.append(shares)
        run(self, *shares)

    monkeypatch.setattr(DaySearch, "run", shared)
    search = DaySearch(Days(task), late, None, Watch.lasting(60).working(left), 0)
    solver.schedule._searched(task, search, late)
    assert seen[0] == (0.7, pytest.approx(most))


def test_nothing_more_is_begun_when_the_work_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    search = DaySearch(Days(task), late, NeverDone(), Watch.lasting(60).working(0.0), 0)
    search.figures = {**search.figures, "unvisited": 9}
    search.bounds["no_meeting"] = Bound(0, {})

    def begun(*_: Any, **__: Any) -> Any:
        pytest.fail("something was begun")

    monkeypatch.setattr(search, "improve", begun)
    monkeypatch.setattr(search_by_days, "asked", begun)
    monkeypatch.setattr(clock, "as_planned", begun)
    monkeypatch.setattr(clock, "_written", begun)
    monkeypatch.setattr(mend, "solve", begun)
    monkeypatch.setattr(search, "may_gain", lambda *_: True)
    assert search._best_of("unvisited", 1) == 1
    assert search._whole("unvisited", 9) == 0
    assert search._sign(0) == 1
    assert clock.as_promised(search, dict.fromkeys(BY_DAYS, 99)) is None
    monkeypatch.undo()
    monkeypatch.setattr(clock, "_written", begun)
    assert clock.as_planned(search) is None
    mender = mend.Mender(search, late)
    mender.targets = dict.fromkeys(SCHEDULE_LEVELS, -1)
    monkeypatch.setattr(mend, "solve", begun)
    mender.run(3, 3)


def test_what_is_mended_side_by_side_is_counted_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    counted = list[Any]()

    def solved(*given: Any) -> cp_model.CpSolverStatus:
        counted.append(given[3])
        return cp_model.UNKNOWN

    monkeypatch.setattr(mend, "solve", solved)
    mender = mend.Mender(DaySearch(Days(task), late, None, Watch.lasting(60), 0), late)
    mender.targets = {**mender.figures, "no_meeting": -1}
    mender.run(1, 1)
    assert counted == [mend.SIDE_BY_SIDE] * mend.SIDE_BY_SIDE


def test_a_proof_of_sign_offs_is_counted_by_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    task, late = all_on_the_last_day()
    watch = Watch.lasting(60).working(1000.0)
    search = DaySearch(Days(task), late, NeverDone(), watch, 0)
    monkeypatch.setattr(search_by_days, "asked", lambda *_, **__: Whole(0, None))
    assert search._whole("unsigned", 1) == 0
    assert watch.work.left == 1000
    monkeypatch.setattr(bounds_of_days, "FEW", 0)
    assert search._whole("unsigned", 1) == 0
    took = bounds_of_days.STEPS / bounds_of_days.STEPS_A_SECOND
    assert watch.work.left == pytest.approx(1000 - took)
