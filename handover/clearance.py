"""Who is cleared, from when they may meet and be ready, and who may receive which family (contract §2)."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from handover.engagement import Engagement, Family, Task, Worker, once, once_each
from handover.network import finishes
from handover.workdays import next_working, whole_years

SWE_NUMBER = re.compile(r"SW[1-9][0-9]{0,5}")
DBS_NUMBER = re.compile(r"[0-9]{12}")
READY_DATES = ("available_from", "dbs_issued_on", "laptop_on", "system_access_on", "induction_on")
"""Columns of a worker that settle `meets_from` and `ready_on`. §2."""
STANDS_FOR = {
    "dbs_issued_on": "dbs",
    "laptop_on": "laptop",
    "system_access_on": "system access",
    "induction_on": "induction",
}
"""The word in a task's name by which it stands for a column of the worker."""


def _failed_checks(worker: Worker, engagement: Engagement) -> tuple[str, ...]:
    """Columns and requirement keys that keep a person from being cleared, in the contract's order. §2."""
    settings = engagement.settings
    go_live = settings.go_live
    failed = []
    if not SWE_NUMBER.fullmatch("".join(worker.swe_number.split()).upper()):
        failed.append("swe_number")
    if worker.swe_registered_until is None or worker.swe_registered_until < go_live:
        failed.append("swe_registered_until")
    if worker.swe_restrictions != "no":
        failed.append("swe_restrictions")
    if not DBS_NUMBER.fullmatch(worker.dbs_number):
        failed.append("dbs_number")
    if worker.dbs_issued_on is None:
        failed.append("dbs_issued_on")
    needed = settings.requirements.years_qualified(worker.role)
    if worker.qualified_on is None or whole_years(worker.qualified_on, go_live) < needed:
        failed.append("years_qualified")
    if worker.role == "team_manager":
        needed = settings.requirements.team_manager_years_managing
        if worker.managing_since is None or whole_years(worker.managing_since, go_live) < needed:
            failed.append("years_managing")
    return tuple(failed)


# bound so, and not by a decorator, that `make mutants` still comes to the formula
failed_checks = once_each(_failed_checks)


def cleared(worker: Worker, engagement: Engagement) -> bool:
    """True when registration, DBS and experience all hold on go-live. §2."""
    return not failed_checks(worker, engagement)


def _meets_from(worker: Worker, engagement: Engagement) -> date | None:
    """First working day on which the person may meet families; None without `dbs_issued_on`. §2.

    Where the worker has tasks with DBS in their name, these count beside the columns of the contract.
    """
    tasks = engagement.tasks_of.get(worker.worker_id, ())
    about = [task for task in tasks if stands_for(task, "dbs_issued_on")] if tasks else ()
    return _first_day(worker, ("dbs_issued_on",), about, engagement)


meets_from = once_each(_meets_from)


def _ready_on(worker: Worker, engagement: Engagement) -> date | None:
    """First working day with DBS, laptop, system access and induction all in place; None without DBS date. §2.

    Where the worker has tasks, all of them count beside the columns of the contract.
    """
    return _first_day(worker, tuple(STANDS_FOR), engagement.tasks_of.get(worker.worker_id, ()), engagement)


ready_on = once_each(_ready_on)


def stands_for(task: Task, column: str) -> bool:
    """True for a task that by its name is about what the column dates."""
    return STANDS_FOR[column] in task.name.lower()


def _first_day(worker: Worker, columns: Iterable[str], tasks: Sequence[Task], engagement: Engagement) -> date | None:
    """First working day on or after `available_from`, the columns and the earliest finish of the tasks.

    A column gives way where every task that stands for it is done: that is the later news.
    """
    if worker.dbs_issued_on is None:
        return None
    if tasks:
        columns = [column for column in columns if not _overtaken(column, tasks)]
    days = [day for column in columns if (day := getattr(worker, column)) is not None]
    days += [finishes(engagement)[task.task_id] for task in tasks]
    start = worker.available_from or engagement.settings.window_start
    return next_working(max([start, *days]), engagement.closed_days)


def _overtaken(column: str, tasks: Sequence[Task]) -> bool:
    about = [task.done_on is not None for task in tasks if stands_for(task, column)]
    return bool(about) and all(about)


def _failed(worker: Worker, engagement: Engagement) -> tuple[str, ...]:
    """All that keeps a person from receiving cases: failed checks, then `ready_on`, `available_to`. §2, §5.

    The last two are asked of social workers alone; a manager receives no cases.
    """
    missing = failed_checks(worker, engagement)
    if worker.role != "social_worker":
        return missing
    settings = engagement.settings
    ready = ready_on(worker, engagement)
    late = ("ready_on",) if ready is not None and ready > settings.contract_end else ()
    starts = max(ready or settings.go_live, settings.go_live)
    gone = ("available_to",) if worker.available_to is not None and worker.available_to < starts else ()
    return missing + late + gone


failed = once_each(_failed)


def receives(worker: Worker, engagement: Engagement) -> bool:
    """True for a receiving worker: an incoming or staying social worker whom nothing keeps from it. §2."""
    return worker.role == "social_worker" and worker.side != "outgoing" and not failed(worker, engagement)


def _receiving_workers(engagement: Engagement) -> tuple[Worker, ...]:
    """Receiving workers in order of id."""
    return tuple(w for w in engagement.workers if receives(w, engagement))


receiving_workers = once(_receiving_workers)


def bars(family: Family, worker: Worker, engagement: Engagement) -> tuple[str, ...]:
    """What stands between a family and a receiving worker, in words; empty when they can take it. §2."""
    found = []
    missing = sorted({need for child in family.children for need in child.needs} - set(worker.skills))
    if missing:
        found.append(f"lacks {', '.join(missing)}")
    for child in family.children:
        if (child.child_id, worker.worker_id) in engagement.never:
            found.append(f"{child.child_id} must never go to {worker.worker_id}")
        always = engagement.always.get(child.child_id)
        if always is not None and always != worker.worker_id:
            found.append(f"{child.child_id} must always go to {always}")
    return tuple(found)


def can_take(family: Family, worker: Worker, engagement: Engagement) -> bool:
    """True when the worker has every skill needed and no sibling's rule stands against it. §2."""
    return not bars(family, worker, engagement)
