"""The mobilisation: its tasks (those of the engagement, or the built-in ones), and whom a delay would hold up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from handover.clearance import meets_from, ready_on, stands_for
from handover.engagement import Engagement, Task, Worker
from handover.network import Network, Times
from handover.standard_tasks import standard_tasks, template
from handover.workdays import DAY, is_working, next_working

SOON = 3
"""Working days after today within which a task is due."""
Dates = Mapping[str, tuple[date, date]]
"""`meets_from` and `ready_on` by worker id. §2."""


@dataclass(frozen=True)
class Gates:
    """Ids of the tasks that a worker's `meets_from` and `ready_on` wait for."""

    meets: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mobilisation:
    """An engagement's tasks as they stand on a day. `done`: what was recorded since, by task id."""

    engagement: Engagement
    today: date
    done: Mapping[str, date] = field(default_factory=dict)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The engagement's own tasks; the built-in ones where it has none. In order of id."""
        given = self.engagement.tasks or standard_tasks(self.engagement, self.today)
        return tuple(replace(t, done_on=t.done_on or self.done.get(t.task_id)) for t in given)

    @cached_property
    def network(self) -> Network:
        """The tasks as a network."""
        settings = self.engagement.settings
        return Network(self.tasks, self.engagement.closed_days, settings.window_start)

    @cached_property
    def open_tasks(self) -> tuple[Task, ...]:
        """The tasks that are not done."""
        return tuple(task for task in self.tasks if task.done_on is None)

    @cached_property
    def times(self) -> Mapping[str, Times]:
        """Days and slack of every task, by id."""
        return self.network.times()

    @cached_property
    def soon(self) -> date:
        """The third working day after today."""
        days = self.network.days
        return days.day(days.before(self.today + DAY) + SOON - 1)

    def is_working(self, day: date) -> bool:
        """True on a working day of the engagement."""
        return is_working(day, self.engagement.closed_days)

    def status(self, task_id: str) -> str:
        """`done`; `late`: its day is over; `due`: today or in the next three working days; `open`: later."""
        if self.network.task[task_id].done_on is not None:
            return "done"
        finish = self.network.finish(task_id)
        return "late" if finish < self.today else "due" if finish <= self.soon else "open"

    def days_late(self, task_id: str) -> int:
        """Working days since an open task was due; 0 while its day is not over."""
        days = self.network.days
        late = days.before(self.today) - days.before(self.network.finish(task_id))
        return late if late > 0 and self.status(task_id) == "late" else 0

    @cached_property
    def not_ready(self) -> tuple[Worker, ...]:
        """Cleared or not, the incoming and staying people who are ready only after go-live, by id."""
        live = self.engagement.settings.go_live
        people = (w for w in self.engagement.workers if w.side != "outgoing" and w.worker_id in self.dates)
        return tuple(w for w in people if self.dates[w.worker_id][1] > live)

    @cached_property
    def dates(self) -> Dates:
        """`meets_from` and `ready_on` as a plan reckons them, of everybody who has both. §2."""
        found = {}
        for worker in self.engagement.workers:
            meets, ready = meets_from(worker, self.engagement), ready_on(worker, self.engagement)
            if meets is not None and ready is not None:
                found[worker.worker_id] = (meets, ready)
        return found

    @cached_property
    def gates(self) -> Mapping[str, Gates]:
        """What each worker waits for. A built-in task that ends after the worker's day, which the contract's columns
        alone settle, is no part of it."""
        found = {}
        for worker_id, (meets, ready) in self.dates.items():
            wanted = self._gates_of(worker_id)
            found[worker_id] = Gates(
                tuple(t for t in wanted.meets if self.network.finish(t) <= meets),
                tuple(t for t in wanted.ready if self.network.finish(t) <= ready),
            )
        return found

    def _gates_of(self, worker_id: str) -> Gates:
        if self.engagement.tasks:
            tasks = self.engagement.tasks_of.get(worker_id, ())
            meets = tuple(t.task_id for t in tasks if stands_for(t, "dbs_issued_on"))
            return Gates(meets, tuple(t.task_id for t in tasks))
        return Gates(self._standard_gates(worker_id, "meets"), self._standard_gates(worker_id, "ready"))

    def _standard_gates(self, worker_id: str, gate: str) -> tuple[str, ...]:
        ids = [f"{entry['id']}.{worker_id}" for entry in template()["worker"] if gate in entry.get("gates", ())]
        return tuple(task_id for task_id in ids if task_id in self.network.task)

    def delayed(self, task_id: str, days: int) -> Dates:
        """Whose `meets_from` or `ready_on` would be another day, and which, if an open task were done so many working
        days late (where it is overdue: so many after today)."""
        ends = self.network.finishes_if_late(task_id, days, self.today)
        changed = {}
        for worker_id in sorted({w for t in ends for w in self._waiting.get(t, ())}):
            now, gates = self.dates[worker_id], self.gates[worker_id]
            then = (
                self._first_day(now[0], [ends[t] for t in gates.meets if t in ends]),
                self._first_day(now[1], [ends[t] for t in gates.ready if t in ends]),
            )
            if then != now:
                changed[worker_id] = then
        return changed

    @cached_property
    def _waiting(self) -> Mapping[str, Sequence[str]]:
        """Ids of the workers who wait for a task."""
        found: dict[str, list[str]] = {}
        for worker_id, gates in self.gates.items():
            for task_id in {*gates.meets, *gates.ready}:
                found.setdefault(task_id, []).append(worker_id)
        return found

    def _first_day(self, now: date, ends: Sequence[date]) -> date:
        days = self.network.days
        return max(now, days.day(days.before(max(ends, default=now))))

    def critical_path_of(self, worker_id: str) -> tuple[str, ...]:
        """The chain of open tasks that the worker's `ready_on` waits for; () where no open task settles it."""
        return self.network.critical_path(self._last_of(worker_id))

    def _last_of(self, worker_id: str) -> Sequence[str]:
        """The tasks that end on the day on which the worker is ready; none where something else settles that day."""
        if worker_id not in self.gates:
            return ()
        ready, days = self.dates[worker_id][1], self.network.days
        return [t for t in self.gates[worker_id].ready if days.before(self.network.finish(t)) == days.before(ready)]

    @cached_property
    def critical_for(self) -> Mapping[str, tuple[str, ...]]:
        """By task id, the workers who are ready a day later for each day that it slips."""
        found: dict[str, tuple[str, ...]] = {}
        for worker_id in self.dates:
            for task_id in self.network.without_slack(self._last_of(worker_id)):
                found[task_id] = (*found.get(task_id, ()), worker_id)
        return found

    def critical(self, task_id: str) -> bool:
        """True where any slip makes a worker ready later, or the whole finish later."""
        return task_id in self.critical_for or self.times[task_id].critical


def with_done(made: Engagement, done: Mapping[str, date]) -> Engagement:
    """The engagement with what was recorded of its own tasks; a `done_on` of the task's own stands."""
    return replace(made, tasks=tuple(replace(t, done_on=t.done_on or done.get(t.task_id)) for t in made.tasks))


def known_on(made: Engagement, day: date) -> Engagement:
    """The engagement as it was known on a day: a task done only after it is not done."""
    later = (t.task_id for t in made.tasks if t.done_on is not None and t.done_on > day)
    return without_done(made, frozenset(later))


def without_done(made: Engagement, task_ids: Collection[str]) -> Engagement:
    """The engagement with some of its own tasks not done."""
    return replace(made, tasks=tuple(replace(t, done_on=None) if t.task_id in task_ids else t for t in made.tasks))


def lapsing(made: Engagement) -> tuple[tuple[Worker, date], ...]:
    """People of the incoming teams whose registration lapses from go-live to before the contract ends, each with the
    day to look at the register again: the first working day without it.

    Renewal closes on 30 November; Social Work England takes who has not renewed off the register on 1 December.
    """
    settings = made.settings
    found = []
    for worker in made.workers:
        until = worker.swe_registered_until
        if worker.side != "outgoing" and until is not None and settings.go_live <= until < settings.contract_end:
            found.append((worker, next_working(until + DAY, made.closed_days)))
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0].worker_id)))


def with_dates(before: Engagement, dates: Dates) -> Engagement:
    """The engagement if these people could meet and hold cases from these days, and nothing else were otherwise.

    Everybody's days are written into the columns of workers.csv, and the tasks are left out: what a plan would be made
    from.
    """
    return replace(before, workers=tuple(_dated(w, before, dates) for w in before.workers), tasks=())


def _dated(worker: Worker, before: Engagement, dates: Dates) -> Worker:
    meets, ready = dates.get(worker.worker_id) or (meets_from(worker, before), ready_on(worker, before))
    if meets is None or ready is None:
        return worker
    start = worker.available_from if worker.available_from is None or worker.available_from <= meets else meets
    return replace(
        worker,
        available_from=start,
        dbs_issued_on=meets,
        laptop_on=ready,
        system_access_on=ready,
        induction_on=ready,
    )
