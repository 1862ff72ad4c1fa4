"""The tasks of a mobilisation as a network: when each can start and finish, and how much it can slip.

Working days are counted through. A task of d days that starts on one of them finishes on the d-th, and what waits for
it starts on the next. A task of no days is a moment: it is of the day on which the last task before it finishes, or of
its `not_before` where that is later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import networkx as nx

from handover.engagement import Engagement, Task, once
from handover.workdays import DAY, WorkingDays


@dataclass(frozen=True)
class Times:
    """A task's place in the network, days inclusive. `slack`: working days it can slip before the whole finishes later.

    A task that is done has its day and no slack: nothing about it can change.
    """

    start: date
    finish: date
    latest_start: date
    latest_finish: date
    slack: int | None

    @property
    def critical(self) -> bool:
        """True when any slip makes the whole finish later."""
        return self.slack == 0


@dataclass(frozen=True)
class _Span:
    """In numbers of working days: where it starts, the day it finishes on, and the first day of what waits for it."""

    start: int
    finish: int
    free: int


def cycles(after: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """A cycle of each knot of tasks that wait for one another, by task id and the ids it waits for; () without any.

    Each id waits for the one before it, the first for the last; the lowest id of the cycle stands first. Ids that are
    no task of the mapping are passed over.
    """
    graph = _graph(after)
    found = []
    for knot in nx.strongly_connected_components(graph):
        if len(knot) > 1 or any(graph.has_edge(task_id, task_id) for task_id in knot):
            edges = nx.find_cycle(graph.subgraph(sorted(knot)), min(knot))
            ids = [start for start, _ in edges]
            first = ids.index(min(ids))
            found.append((*ids[first:], *ids[:first]))
    return tuple(sorted(found))


def _graph(after: Mapping[str, Collection[str]]) -> "nx.DiGraph[str]":
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(after))
    graph.add_edges_from(
        (before, task_id) for task_id in sorted(after) for before in sorted(after[task_id]) if before in after
    )
    return graph


def order(after: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The tasks so that each stands after those it waits for, otherwise by id.

    Raises networkx.NetworkXUnfeasible where some run in a circle.
    """
    return tuple(nx.lexicographical_topological_sort(_graph(after)))


class Network:
    """Tasks without a cycle, each as early as it can be. `first`: when one begins that waits for nothing."""

    def __init__(self, tasks: Sequence[Task], closed_days: frozenset[date], first: date) -> None:
        """Raises networkx.NetworkXUnfeasible where the tasks run in a circle (intake refuses those)."""
        self.task = {task.task_id: task for task in tasks}
        self.days = WorkingDays(closed_days)
        self._first = first
        after = {task.task_id: task.after for task in tasks}
        self._graph = _graph(after)
        self._order = order(after)
        self._place = {task_id: place for place, task_id in enumerate(self._order)}
        self._waiting: dict[str, Sequence[str]] = {}
        self._early: dict[str, _Span] = {}
        for task_id in self._order:
            self._early[task_id] = self._span(self.task[task_id], self._early)

    def finish(self, task_id: str) -> date:
        """The day on which the task finishes at the earliest, or was done."""
        return self._finish(task_id, self._early)

    def finishes_if_late(self, task_id: str, days: int, today: date | None = None) -> Mapping[str, date]:
        """The earliest finish of every task that moves if an open one finishes so many working days late; where it is
        overdue `today`, so many after today."""
        due = self._early[task_id].finish
        slip = max(due, self.days.before(today) if today else due) + days - due
        spans = dict(self._early)
        moved = {task_id}
        for other in self._after(task_id):
            spans[other] = self._span(self.task[other], spans, slip if other == task_id else 0)
            if spans[other] != self._early[other]:
                moved.add(other)
        return {other: self._finish(other, spans) for other in sorted(moved) if self._open(other)}

    def times(self) -> Mapping[str, Times]:
        """Earliest and latest days and slack of every task, against the day on which the last of them finishes."""
        early = self._early
        end = max((span.free for task_id, span in early.items() if self._open(task_id)), default=0)
        latest: dict[str, int] = {}
        for task_id in reversed(self._order):
            after = self._graph.successors(task_id)
            latest[task_id] = min((latest[a] - self.task[a].days for a in after if self._open(a)), default=end)
        found = {}
        for task_id, span in early.items():
            slack = latest[task_id] - span.free if self._open(task_id) else None
            start, finish = self._start(task_id), self.finish(task_id)
            moved = (self.days.day(span.start + (slack or 0)), self.days.day(span.finish + (slack or 0)))
            found[task_id] = Times(start, finish, *(moved if slack else (start, finish)), slack)
        return found

    def critical_path(self, ends: Collection[str] | None = None) -> tuple[str, ...]:
        """The longest chain of open tasks up to whichever of `ends` (default: all) finishes last, in order: each begins
        as soon as the one before it is done. Of equals the lowest id."""
        last = [t for t in sorted(self.task if ends is None else ends) if self._open(t)]
        if not last:
            return ()
        path = [max(last, key=lambda t: self._early[t].free)]
        while bound := self._bound(path[-1]):
            path.append(bound[0])
        return tuple(reversed(path))

    def without_slack(self, ends: Collection[str]) -> frozenset[str]:
        """The open tasks of which none can slip without one of `ends` finishing later: all of its chains in which each
        begins as soon as the one before it is done."""
        found: set[str] = set()
        waiting = [t for t in ends if self._open(t)]
        while waiting:
            task_id = waiting.pop()
            if task_id not in found:
                found.add(task_id)
                waiting.extend(self._bound(task_id))
        return frozenset(found)

    def _bound(self, task_id: str) -> list[str]:
        """The open tasks by which its first day is settled, in order of id."""
        start = self._early[task_id].start
        return [b for b in sorted(self._graph.predecessors(task_id)) if self._open(b) and self._early[b].free == start]

    def _open(self, task_id: str) -> bool:
        return self.task[task_id].done_on is None

    def _start(self, task_id: str) -> date:
        task = self.task[task_id]
        if task.done_on is None:
            span = self._early[task_id]
            return self.days.day(span.start if task.days else span.finish)
        return min(task.done_on, self.days.day(self._early[task_id].start))

    def _finish(self, task_id: str, spans: Mapping[str, _Span]) -> date:
        return self.task[task_id].done_on or self.days.day(spans[task_id].finish)

    def _after(self, task_id: str) -> Sequence[str]:
        """The task and all that waits for it, each after what it waits for."""
        if task_id not in self._waiting:
            waiting = {task_id} | nx.descendants(self._graph, task_id)
            self._waiting[task_id] = sorted(waiting, key=self._place.__getitem__)
        return self._waiting[task_id]

    def _span(self, task: Task, spans: Mapping[str, _Span], slip: int = 0) -> _Span:
        if task.done_on is not None:
            free = self.days.before(task.done_on + DAY if task.days else task.done_on)
            return _Span(free - task.days, self.days.before(task.done_on), free)
        before = [spans[b] for b in self._graph.predecessors(task.task_id)]
        bound = task.not_before or (None if before else self._first)
        least = [self.days.before(bound)] if bound else []
        start = max([*least, *(b.free for b in before)])
        moment = max([*least, *(b.finish for b in before)])
        finish = start + task.days - 1 if task.days else moment
        return _Span(start, finish + slip, start + task.days + slip)


@once
def finishes(engagement: Engagement) -> Mapping[str, date]:
    """The day on which each of the engagement's own tasks finishes at the earliest, or was done."""
    made = Network(engagement.tasks, engagement.closed_days, engagement.settings.window_start)
    return {task_id: made.finish(task_id) for task_id in made.task}
