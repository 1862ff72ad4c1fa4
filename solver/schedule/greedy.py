"""A first complete schedule at once: what is shown if the search is stopped, and where it starts from (§4)."""

from datetime import date

from handover.plan import SCHEDULE_LEVELS
from solver.schedule.diary import Bookings, Diary, meet, sign, visit
from solver.schedule.figures import schedule_figures
from solver.schedule.problem import Problem, Task

FAR = date.max


def greedy(problem: Problem) -> dict[str, Bookings]:
    """The better of two schedules: family by family with its visit, or all meetings before the first visit."""
    tries = (_fill(problem, visits_at_once=True), _fill(problem, visits_at_once=False))
    return min(tries, key=lambda made: [schedule_figures(problem, made)[level] for level in SCHEDULE_LEVELS])


def _urgency(task: Task) -> tuple[date, date, int, str]:
    return (min(task.visits_due, default=FAR), task.hearing or FAR, -task.weight, task.family_id)


def _fill(problem: Problem, *, visits_at_once: bool) -> dict[str, Bookings]:
    diary = Diary(problem)
    made: dict[str, Bookings] = {}
    in_order = sorted(problem.tasks, key=_urgency)
    for task in in_order:
        booked = meet(diary, task)
        if booked is not None:
            made[task.family_id] = booked
            if visits_at_once:
                visit(diary, task, booked)
    met = [task for task in in_order if task.family_id in made]
    if not visits_at_once:
        for task in sorted(met, key=lambda task: (-task.weight, _urgency(task))):
            visit(diary, task, made[task.family_id])
    for task in met:
        sign(diary, task, made[task.family_id])
    return made
