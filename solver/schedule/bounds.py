"""What no schedule can beat: bounds of a level by days, given what is held at the levels above (§4)."""

from collections.abc import Mapping

from handover.plan import SCHEDULE_LEVELS
from solver.schedule.days import DayModel, Days
from solver.schedule.relax import relaxed
from solver.watch import Watch


def above(level: str) -> tuple[str, ...]:
    """The levels that come before a level."""
    return SCHEDULE_LEVELS[: SCHEDULE_LEVELS.index(level)]


def whole_model(days: Days, level: str, held: Mapping[str, int]) -> DayModel:
    """The model of all tasks for one level, each level above at most at what it is held at."""
    whole = DayModel(days, range(len(days.problem.tasks)), {}, signs=level == "unsigned")
    for name in above(level):
        whole.model.add(whole.levels[name] <= held[name])
    whole.model.minimize(whole.levels[level])
    return whole


def least(days: Days, level: str, held: Mapping[str, int], watch: Watch) -> int:
    """The relaxation's bound, given what the levels above are held at; 0 when the watch has run out."""
    if watch.stopped():
        return 0
    found = relaxed(whole_model(days, level, held).model, watch)
    return 0 if found is None else max(0, found.bound)


def least_alone(days: Days) -> dict[str, int]:
    """Bounds that need no search: what a family costs that no day is any use to. Relays are not among them, for
    there need be none where a meeting is given up."""
    count = dict.fromkeys(SCHEDULE_LEVELS, 0)
    for task, chances in zip(days.problem.tasks, days.chances, strict=True):
        meets = bool(chances.direct or chances.relayed)
        count["no_meeting"] += not meets
        count["unsigned"] += not meets or not task.signers
        count["unvisited"] += 0 if meets and chances.visit else task.weight
        first = days.problem.days[chances.visit[0]] if meets and chances.visit else None
        count["uncovered_visits"] += sum(first is None or first > due for due in task.visits_due)
    return count


def relayed_alone(days: Days) -> int:
    """Meetings that have to be relayed where every family that can meet does."""
    return sum(bool(chances.relayed) and not chances.direct for chances in days.chances)
