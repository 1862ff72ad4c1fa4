"""A plan by days put on the clock, one day after the other (§4)."""

from collections import Counter

from ortools.sat.python import cp_model

from handover.workdays import slot_starts
from solver.schedule.days import Days, Met
from solver.schedule.diary import Booking, Bookings, Diary
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Task
from solver.schedule.search import DaySearch
from solver.schedule.slots import SlotModel, Wish, candidates

WORK = 2.5
"""Deterministic time for one day."""


def on_the_clock(search: DaySearch) -> dict[str, Bookings]:
    """A schedule that follows the plan by days as far as it can: each day its meetings and visits, then the summaries
    of the meetings to come, the nearest first, and the sign-offs that are open."""
    days, plan = search.days, search.plan
    problem = days.problem
    diary = Diary(problem)
    made: dict[str, Bookings] = {}
    a_day = len(slot_starts(problem.engagement, problem.days[0])) // problem.length[SUMMARY]
    for number, day in enumerate(problem.days):
        within = ((1 << problem.stride) - 1) << problem.base(day)
        wishes = []
        waiting = Counter[str]()
        for index in sorted(plan, key=lambda index: (plan[index].day, index)):
            task = problem.tasks[index]
            booked = made.get(task.family_id, {})
            kinds = _kinds(task, plan[index], number, booked)
            if SUMMARY in kinds:
                # no more than could be written in a day: the others would only widen the search
                waiting[task.giver] += 1
                if waiting[task.giver] > a_day:
                    kinds.remove(SUMMARY)
            wish = _wish(diary, task, plan[index], kinds, booked, within)
            if any(wish.candidates.values()):
                wishes.append(wish)
        model = SlotModel(diary, wishes)
        due = {problem.tasks[index].family_id: met for index, met in plan.items()}
        model.maximise(lambda task, booking, due=due: _worth(task, booking, due[task.family_id]))
        solver = search.solver(WORK)
        if solver.solve(model.model, search.callback()) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            for family_id, bookings in model.found(solver).items():
                made.setdefault(family_id, {}).update(bookings)
        by_id = {wish.task.family_id: wish for wish in wishes}
        for family_id, wish in by_id.items():
            for booking in made.get(family_id, {}).values():
                if booking not in wish.booked.values():
                    diary.book(wish.task, booking)
    return {family_id: booked for family_id, booked in made.items() if MEETING in booked}


def _kinds(task: Task, met: Met, number: int, booked: Bookings) -> list[str]:
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
