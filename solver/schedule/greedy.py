"""A first complete schedule at once: what is shown if the search is stopped, and where it starts from (§4)."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from solver.schedule.diary import Bookings, Diary, meet, sign, visit
from solver.schedule.figures import schedule_figures
from solver.schedule.problem import VISIT, Problem, Task
from solver.watch import Watch

FAR = date.max
SPARE = 3
"""Visits to spare below which a receiving worker counts as short of time."""


Order = Callable[[Task], tuple[object, ...]]


def greedy(problem: Problem, watch: Watch | None = None) -> dict[str, Bookings]:
    """The best of some schedules, by several orders of the families; the first alone where the watch has run out.

    First each family has its visit booked with its meeting; those who hand over and find no time for all their families
    then hold all their meetings first, until nobody new runs short.
    """
    tries: list[dict[str, Bookings]] = []
    for order in _orders(problem):
        short: set[str] = set()
        while True:
            if tries and watch is not None and watch.stopped():
                return _best(problem, tries)
            made = _fill(problem, short, order)
            tries.append(made)
            more = {task.giver for task in problem.tasks if task.family_id not in made} - short
            if not more:
                break
            short |= more
    tries.append(_fill(problem, {task.giver for task in problem.tasks}, _urgency))
    return _best(problem, tries)


def _best(problem: Problem, tries: Iterable[dict[str, Bookings]]) -> dict[str, Bookings]:
    return min(tries, key=lambda made: [*schedule_figures(problem, made).values()])


def _orders(problem: Problem) -> tuple[Order, ...]:
    """Orders worth a try: the most urgent first, the gravest first, those of receivers short of time first."""
    wanted = Counter(task.receiver for task in problem.tasks if task.due)
    a_day = problem.engagement.settings.handover.visits_a_day

    def room(worker_id: str) -> int:
        return a_day * sum(bool(problem.offsets(worker_id, VISIT, day, gives=False)) for day in problem.days)

    scarce = {worker_id for worker_id, count in wanted.items() if 0 < room(worker_id) < count + SPARE}
    return (
        _urgency,
        lambda task: (not task.visits_due, -task.weight, _urgency(task)),
        lambda task: (task.receiver not in scarce, -task.weight, _urgency(task)),
        lambda task: (task.receiver not in scarce, _urgency(task)),
    )


def _urgency(task: Task) -> tuple[date, date, int, str]:
    return (min(task.visits_due, default=FAR), task.hearing or FAR, -task.weight, task.family_id)


def _fill(problem: Problem, meetings_first: set[str], order: Order) -> dict[str, Bookings]:
    diary = Diary(problem)
    made: dict[str, Bookings] = {}
    in_order = sorted(problem.tasks, key=lambda task: (task.giver not in meetings_first, order(task)))
    for task in in_order:
        booked = meet(diary, task)
        if booked is not None:
            made[task.family_id] = booked
            if task.giver not in meetings_first:
                visit(diary, task, booked)
    met = [task for task in in_order if task.family_id in made]
    for task in sorted(met, key=lambda task: (-task.weight, _urgency(task))):
        if VISIT not in made[task.family_id]:
            visit(diary, task, made[task.family_id])
    for task in sorted(met, key=_urgency):
        sign(diary, task, made[task.family_id])
    return made
