"""With the figures as they are, families with the nearest conference or hearing go first (§4)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from solver.schedule.diary import Bookings, Diary, meet, sign, visit
from solver.schedule.figures import introduced, schedule_figures
from solver.schedule.problem import MEETING, Problem, Task
from solver.schedule.slots import diary_of
from solver.watch import Watch

PASSES = 3


def nearest_first(problem: Problem, made: Mapping[str, Bookings], watch: Watch) -> dict[str, Bookings]:
    """The same schedule with families introduced earlier the nearer their hearing is: booked anew alone, or before a
    family of the same people that can wait. No level gets worse, and nobody with a nearer hearing waits longer."""
    made = {family_id: dict(booked) for family_id, booked in made.items()}
    diary = diary_of(problem, made)
    near: dict[str, list[Task]] = defaultdict(list)
    for task in problem.tasks:
        near[task.giver].append(task)
        near[task.receiver].append(task)
    waiting = sorted((t for t in problem.tasks if t.hearing is not None), key=_urgency)
    for _ in range(PASSES):
        gained = False
        for task in waiting:
            if watch.stopped():
                return made
            gained |= _again(problem, diary, made, (task,))
            # who is introduced before the family and can wait, the one who was first before the others
            others = {t.family_id: t for t in (*near[task.giver], *near[task.receiver]) if _urgency(t) > _urgency(task)}
            for other in sorted(others.values(), key=lambda t: _slot(t, made)):
                if _slot(other, made) < _slot(task, made):
                    gained |= _again(problem, diary, made, (task, other))
        if not gained:
            break
    return made


def _urgency(task: Task) -> tuple[date, str]:
    return (task.hearing or date.max, task.family_id)


def _slot(task: Task, made: Mapping[str, Bookings]) -> int:
    slot = introduced(task, made.get(task.family_id, {}))
    return 1 << 40 if slot is None else slot


def _again(problem: Problem, diary: Diary, made: dict[str, Bookings], tasks: tuple[Task, ...]) -> bool:
    """Book some families anew, one after the other; kept only where the first gains and nothing is lost."""
    before = {task.family_id: made.get(task.family_id, {}) for task in tasks}
    for task in tasks:
        _cancel(diary, task, before[task.family_id])
    after: dict[str, Bookings] = {}
    for task in tasks:
        booked = meet(diary, task)
        if booked is not None:
            after[task.family_id] = booked
            if task is tasks[0] and booked[MEETING].start >= _slot(task, before):
                break  # the visit only comes after: nothing to gain
            visit(diary, task, booked)
            sign(diary, task, booked)
    if _better(problem, tasks, before, after):
        for task in tasks:
            made.pop(task.family_id, None)
        made.update(after)
        return True
    for task in tasks:
        _cancel(diary, task, after.get(task.family_id, {}))
    for task in tasks:
        for booking in before[task.family_id].values():
            diary.book(task, booking)
    return False


def _cancel(diary: Diary, task: Task, booked: Bookings) -> None:
    for booking in booked.values():
        diary.cancel(task, booking)


def _better(
    problem: Problem, tasks: Iterable[Task], before: Mapping[str, Bookings], after: Mapping[str, Bookings]
) -> bool:
    tasks = tuple(tasks)
    figures = [[*schedule_figures(problem, made, tasks).values()] for made in (after, before)]
    if figures[0] > figures[1] or _slot(tasks[0], after) >= _slot(tasks[0], before):
        return False
    return all(_in_time(problem, t, after) or not _in_time(problem, t, before) for t in tasks)


def _in_time(problem: Problem, task: Task, made: Mapping[str, Bookings]) -> bool:
    slot = introduced(task, made.get(task.family_id, {}))
    return task.hearing is None or (slot is not None and problem.day_of(slot) <= task.hearing)
