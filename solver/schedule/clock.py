"""A plan by days put on the clock, one day after the other (§4)."""

from collections import Counter
from collections.abc import Mapping

from ortools.sat.python import cp_model

from handover.workdays import slot_starts
from solver.schedule.days import Met
from solver.schedule.diary import Booking, Bookings, Diary
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Task
from solver.schedule.search import DaySearch
from solver.schedule.slots import SlotModel, Wish, candidates, diary_of
from solver.stopping import solve

WORK = 2.5
"""Deterministic time for one day."""
TRIES = 4
"""How often a day is booked before what finds no time on it is left to the days after."""


def on_the_clock(search: DaySearch) -> dict[str, Bookings]:
    """A schedule that follows the plan by days as far as it can: each day its meetings and visits, then the summaries
    of the meetings to come, the nearest first, and the sign-offs that are open. What finds no time is planned anew, on
    other days, before the next day is booked."""
    made: dict[str, Bookings] = {family_id: dict(bookings) for family_id, bookings in search.past.items()}
    for number in range(search.since, len(search.days.problem.days)):
        if search.watch.stopped():
            break
        for attempt in range(1, TRIES + 1):
            booked = _book_day(search, number, made)
            lost = [index for index, met in search.plan.items() if _lost(search, index, met, number, booked)]
            if not lost:
                break
            search.learn(lost, number, number if attempt < TRIES else number + 1, booked if attempt == TRIES else made)
        made = booked
    return {family_id: bookings for family_id, bookings in made.items() if MEETING in bookings}


def _lost(search: DaySearch, index: int, met: Met, number: int, made: Mapping[str, Bookings]) -> bool:
    booked = made.get(search.days.problem.tasks[index].family_id, {})
    return (met.day == number and MEETING not in booked) or (met.visit == number and VISIT not in booked)


def _book_day(search: DaySearch, number: int, made: Mapping[str, Bookings]) -> dict[str, Bookings]:
    """The bookings so far, and those of one more day."""
    problem, plan = search.days.problem, search.plan
    diary = diary_of(problem, made)
    within = ((1 << problem.stride) - 1) << problem.base(problem.days[number])
    a_day = len(slot_starts(problem.engagement, problem.days[0])) // problem.length[SUMMARY]
    wishes, waiting = [], Counter[str]()
    for index in sorted(plan, key=lambda index: (plan[index].day, index)):
        task = problem.tasks[index]
        booked = made.get(task.family_id, {})
        kinds = _kinds(plan[index], number, booked)
        if SUMMARY in kinds:
            # no more than could be written in a day: the others would only widen the search
            waiting[task.giver] += 1
            if waiting[task.giver] > a_day:
                kinds.remove(SUMMARY)
        wish = _wish(diary, task, plan[index], kinds, booked, within)
        if any(wish.candidates.values()):
            wishes.append(wish)
    found = {family_id: dict(booked) for family_id, booked in made.items()}
    model = SlotModel(diary, wishes)
    model.maximise(lambda task, booking: _worth(task, booking, plan[problem.index[task.family_id]]))
    solver = search.solver(WORK)
    if solve(solver, model.model, search.watch) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for family_id, bookings in model.found(solver).items():
            found.setdefault(family_id, {}).update(bookings)
    return found


def _kinds(met: Met, number: int, booked: Bookings) -> list[str]:
    """What may be booked for the task on a day (number)."""
    kinds = []
    if SUMMARY not in booked and number <= met.day:
        kinds.append(SUMMARY)
    if MEETING not in booked and number == met.day:
        kinds.append(MEETING)
    if VISIT not in booked and number == met.visit:
        kinds.append(VISIT)
    if SIGN_OFF not in booked and (MEETING in booked or number == met.day):
        kinds.append(SIGN_OFF)
    return kinds


def _wish(diary: Diary, task: Task, met: Met, kinds: list[str], booked: Bookings, within: int) -> Wish:
    found = candidates(diary, task, kinds, within)
    if MEETING in found:
        direct = not met.relayed
        found[MEETING] = tuple(b for b in found[MEETING] if (b.other == task.receiver) == direct)
    return Wish(task, found, dict(booked))


def _worth(task: Task, booking: Booking, met: Met) -> int:
    if booking.kind == MEETING:
        return 10**6
    if booking.kind == VISIT:
        return 10**5 * (1 + task.weight)
    return 100 if booking.kind == SIGN_OFF else 1000 + 50 * (30 - min(met.day, 30))
