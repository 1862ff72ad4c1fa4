"""The five figures of a schedule, counted from its bookings (§4)."""

from collections.abc import Iterable, Mapping

from handover.plan import SCHEDULE_LEVELS
from solver.schedule.diary import Bookings
from solver.schedule.problem import MEETING, SIGN_OFF, VISIT, Problem, Task


def schedule_figures(
    problem: Problem, made: Mapping[str, Bookings], of: Iterable[Task] | None = None
) -> dict[str, int]:
    """Value of each schedule level, by name, for the bookings of every family (by family id), or of some. §4."""
    count = dict.fromkeys(SCHEDULE_LEVELS, 0)
    for task in problem.tasks if of is None else of:
        booked = made.get(task.family_id, {})
        meeting, visit = booked.get(MEETING), booked.get(VISIT)
        count["no_meeting"] += meeting is None
        count["relayed"] += meeting is not None and meeting.other != task.receiver
        count["unsigned"] += SIGN_OFF not in booked
        count["unvisited"] += task.weight if visit is None else 0
        on = None if visit is None else problem.day_of(visit.start)
        count["uncovered_visits"] += sum(on is None or on > due for due in task.visits_due)
    return count


def introduced(task: Task, booked: Bookings) -> int | None:
    """The slot on which the family first meets the receiving worker, at a direct meeting or a visit; None: never."""
    met = [b.start for kind, b in booked.items() if kind == VISIT or (kind == MEETING and b.other == task.receiver)]
    return min(met, default=None)
