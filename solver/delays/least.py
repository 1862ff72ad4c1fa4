"""What no schedule can do better, receiving worker by receiving worker (a bound on the levels of §4).

A schedule's figures are sums over families. Each receiving worker's families are therefore given everybody's whole
time, as if there were no others: added up, the best that each could have is a bound in the order of the levels, for a
sum is smallest, in that order too, when each part is.
"""

from collections import defaultdict
from datetime import date
from math import ceil
from typing import Any

from ortools.sat.python import cp_model

from handover.clearance import meets_from
from handover.engagement import Engagement
from solver.schedule.days import DayModel, Days, Met
from solver.schedule.problem import Task
from solver.stopping import single, solve
from solver.watch import Watch

LEVELS = ("no_meeting", "unvisited", "uncovered_visits", "relayed")
"""The levels of the schedule that are priced: sign-offs come after them, and yield."""
Figures = tuple[int, int, int, int]
"""The four levels in order; figures of the families of one worker, or of all, compare as the contract does."""
WORK = 1.5
"""Deterministic time for the families of one receiving worker."""


class Least:
    """Bounds by receiving worker, each found once for the same families and the same days of all who matter to them."""

    def __init__(self, seed: int, watch: Watch) -> None:
        self._seed, self._watch = seed, watch
        self._known: dict[Any, Figures] = {}

    def of(self, days: Days) -> dict[str, Figures]:
        """The bound of each receiving worker's families, by worker id."""
        mine: dict[str, list[int]] = defaultdict(list)
        for index, task in enumerate(days.problem.tasks):
            mine[task.receiver].append(index)
        meets: dict[str, date | None] = {}
        found = {}
        for receiver, indices in mine.items():
            tasks = [days.problem.tasks[i] for i in indices]
            key = (tuple(tasks), _days(tasks, days.problem.engagement, meets))
            if key not in self._known:
                self._known[key] = least(days, indices, self._seed, self._watch)
            found[receiver] = self._known[key]
        return found


def _days(tasks: list[Task], engagement: Engagement, known: dict[str, date | None]) -> tuple[object, ...]:
    people = sorted({w for task in tasks for w in (task.giver, task.receiver, *task.relays)})
    for worker_id in people:
        if worker_id not in known:
            known[worker_id] = meets_from(engagement.worker[worker_id], engagement)
    return tuple(known[worker_id] for worker_id in people)


def least(days: Days, indices: list[int], seed: int, watch: Watch) -> Figures:
    """A bound on the four figures of some tasks, as if nobody had any other."""
    return least_of(DayModel(days, indices, {}), [days.problem.tasks[i] for i in indices], seed, watch)[0]


def least_of(model: DayModel, tasks: list[Task], seed: int, watch: Watch) -> tuple[Figures, dict[int, Met]]:
    """A bound on the four figures of a model's tasks, and the days that come nearest to it."""
    sizes = weights(radices(tasks))
    model.model.minimize(cp_model.LinearExpr.weighted_sum([model.levels[name] for name in LEVELS], list(sizes)))
    solver = single(WORK, seed)
    solver.parameters.linearization_level = 2
    status = solve(solver, model.model, watch)
    bound = 0 if status == cp_model.UNKNOWN else max(0, ceil(solver.best_objective_bound - 1e-6))
    found = model.found(solver.value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else {}
    figures = []
    for size in sizes:
        value, bound = divmod(bound, size)
        figures.append(value)
    return (figures[0], figures[1], figures[2], figures[3]), found


def total(figures: Figures, sizes: tuple[int, ...]) -> int:
    """One sum of the figures, which compares as their order does."""
    return sum(n * size for n, size in zip(figures, sizes, strict=True))


def radices(tasks: list[Task]) -> tuple[int, ...]:
    """One more than the most that each level can be for the tasks."""
    return (
        1 + len(tasks),
        1 + sum(task.weight for task in tasks),
        1 + sum(len(task.visits_due) for task in tasks),
        1 + len(tasks),
    )


def weights(radix: tuple[int, ...]) -> tuple[int, ...]:
    """Weights with which one sum of the levels compares as their order does."""
    found = [1]
    for size in reversed(radix[1:]):
        found.append(found[-1] * size)
    return tuple(reversed(found))
