"""With the figures as they are, a worker's visits in one area are put on one day (§4)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from handover.journeys import area
from solver.schedule.diary import Booking, Bookings, Diary
from solver.schedule.figures import introduced, schedule_figures
from solver.schedule.problem import MEETING, VISIT, Problem, Task, slots
from solver.schedule.slots import diary_of
from solver.watch import Watch

PASSES = 3


def one_area_a_day(problem: Problem, made: Mapping[str, Bookings], watch: Watch) -> dict[str, Bookings]:
    """The same schedule with fewer trips for joint visits (`visit_trips`). A visit moves to a day when its worker is
    already in its area, alone or in exchange for another. No level gets worse, and nobody with a hearing to come is
    introduced later. Nothing is proven."""
    areas = _Areas(problem, made)
    for _ in range(PASSES):
        gained = False
        for task in problem.tasks:
            if watch.stopped():
                return areas.made
            gained |= areas.joined(task)
        if not gained:
            break
    return areas.made


class _Areas:
    def __init__(self, problem: Problem, made: Mapping[str, Bookings]) -> None:
        self.problem = problem
        self.made = {family_id: dict(booked) for family_id, booked in made.items()}
        self._diary: Diary = diary_of(problem, self.made)
        self._area = {f.family_id: area(f) or f.family_id for f in problem.engagement.families}
        self._visits: dict[str, list[Task]] = defaultdict(list)
        for task in problem.tasks:
            if VISIT in self.made.get(task.family_id, {}):
                self._visits[task.receiver].append(task)

    def joined(self, task: Task) -> bool:
        """Move a visit to a day of another in its area; True when that saves a trip."""
        visits = self._visits[task.receiver]
        if task not in visits:
            return False
        here = self._day(task)
        near = [t for t in visits if t != task and self._area[t.family_id] == self._area[task.family_id]]
        if any(self._day(t) == here for t in near):
            return False
        for day in sorted({self._day(t) for t in near}):
            if self._moved({task: day}):
                return True
            if any(self._moved({task: day, other: here}) for other in visits if self._day(other) == day):
                return True
        return False

    def _day(self, task: Task) -> date:
        return self.problem.day_of(self.made[task.family_id][VISIT].start)

    def _trips(self, worker_id: str, moves: Mapping[Task, date]) -> int:
        visits = self._visits[worker_id]
        return len({(moves.get(task) or self._day(task), self._area[task.family_id]) for task in visits})

    def _moved(self, moves: Mapping[Task, date]) -> bool:
        """Put visits of one worker on other days; kept only where it saves a trip and costs nothing."""
        worker_id = next(iter(moves)).receiver
        if self._trips(worker_id, moves) >= self._trips(worker_id, {}):
            return False
        before = {task: self.made[task.family_id][VISIT] for task in moves}
        for task, booking in before.items():
            self._diary.cancel(task, booking)
        after: dict[Task, Booking] = {}
        for task, day in moves.items():
            found = self._best(task, day, before[task])
            if found is None:
                break
            after[task] = found
            self._diary.book(task, found)
        kept = len(after) == len(moves)
        if not kept:
            for task, booking in after.items():
                self._diary.cancel(task, booking)
            for task, booking in before.items():
                self._diary.book(task, booking)
        for task, booking in after.items() if kept else ():
            self.made[task.family_id][VISIT] = booking
        return kept

    def _best(self, task: Task, day: date, before: Booking) -> Booking | None:
        """The first time for the visit on a day that costs nothing against what it was; None: there is none."""
        if day in task.barred:
            return None
        problem, booked = self.problem, self.made[task.family_id]
        within = ((1 << problem.stride) - 1) << problem.base(day)
        since = booked[MEETING].start + problem.length[MEETING]
        now = {**booked, VISIT: before}
        for start in slots(self._diary.common(task, VISIT, task.receiver) & within):
            moved = {**booked, VISIT: Booking(VISIT, start, task.receiver)}
            if start >= since and self._costs_nothing(task, now, moved):
                return moved[VISIT]
        return None

    def _costs_nothing(self, task: Task, now: Bookings, moved: Bookings) -> bool:
        figures = [schedule_figures(self.problem, {task.family_id: b}, (task,)) for b in (moved, now)]
        if any(figures[0][level] > figures[1][level] for level in figures[0]):
            return False
        later = (introduced(task, moved) or 0) > (introduced(task, now) or 0)
        return task.hearing is None or not later
