"""What must be done by when for a worker to be ready on go-live."""

from dataclasses import dataclass
from datetime import date

from handover.clearance import READY_DATES
from handover.mobilisation import Mobilisation

EQUIPMENT = tuple(name for name in READY_DATES if name != "available_from")


@dataclass(frozen=True)
class Needed:
    """What is done too late as it stands, and the last day on which it would be in time.

    `what` is a task's id, or, where no task stands for it, the worker's column.
    """

    what: str
    now: date
    by: date


def starts_too_late(made: Mobilisation, worker_id: str) -> bool:
    """True for a worker who is there only after go-live: no task mends that."""
    start = made.engagement.worker[worker_id].available_from
    return start is not None and start > made.engagement.settings.go_live


def needed(made: Mobilisation, worker_id: str) -> tuple[Needed, ...]:
    """What would have to be done sooner, and by when, for the worker to be ready on go-live; the nearest day first.

    A task that others wait for must leave them their days of work.
    """
    live, days, network = made.engagement.settings.go_live, made.network.days, made.network
    latest: dict[str, int] = {}
    waiting = [(task_id, days.before(live)) for task_id in made.gates[worker_id].ready]
    while waiting:
        task_id, last = waiting.pop()
        task = network.task[task_id]
        if task.done_on is None and last < latest.get(task_id, last + 1):
            latest[task_id] = last
            waiting.extend((before, last - task.days) for before in task.after if before in network.task)
    found = [
        Needed(task_id, network.finish(task_id), days.day(last))
        for task_id, last in latest.items()
        if days.before(network.finish(task_id)) > last
    ]
    if not found:
        worker = made.engagement.worker[worker_id]
        columns = {name: getattr(worker, name) for name in EQUIPMENT}
        found = [Needed(name, day, live) for name, day in columns.items() if day is not None and day > live]
    return tuple(sorted(found, key=lambda n: (n.by, n.what)))
