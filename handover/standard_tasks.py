"""The built-in tasks of a mobilisation, for an engagement without a tasks.csv: `mobilisation.toml`, made out for it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from handover.engagement import Engagement, Task, Worker
from handover.network import order
from handover.workdays import WorkingDays

TEMPLATE = "mobilisation.toml"
EQUIPMENT = ("laptop_on", "system_access_on", "induction_on")
"""Columns of workers.csv in which a blank means that it is in place already. §2."""


@cache
def template() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The built-in tasks as the file in the package has them: by section, `engagement`, `team` and `worker`."""
    found: dict[str, list[dict[str, Any]]] = tomllib.loads((files("handover") / TEMPLATE).read_text(encoding="utf-8"))
    return found


def standard_tasks(made: Engagement, today: date) -> tuple[Task, ...]:
    """The built-in tasks for one engagement, each ending on the day that workers.csv fixes for it; done if that is not
    after `today`.

    Where the work and what comes before it do not fit in front of that day, the days of work are cut to what does, and
    what ends too late is not waited for: whoever gave the day has thought of it.
    """
    days = WorkingDays(made.closed_days)
    raw = {task.task_id: (task, fixed) for task, fixed in _raw(made, days)}
    begun = {entry["id"] for entry in template()["engagement"] if entry.get("before_the_window")}
    free: dict[str, int] = {}
    found = []
    for task_id in order({task_id: task.after for task_id, (task, _) in raw.items()}):
        task, fixed = raw[task_id]
        after = tuple(before for before in task.after if before in raw)
        if fixed is not None:
            end = days.before(fixed) + 1
            after = tuple(before for before in after if free[before] < end)
            work = min([task.days, *(end - free[before] for before in after)])
            done = fixed if fixed <= today else None
            task = replace(task, days=work, not_before=days.day(end - work), done_on=done)
        first = None if after else made.settings.window_start
        bounds = [days.before(day) for day in (task.not_before or first,) if day]
        free[task_id] = max([*bounds, *(free[before] for before in after)]) + task.days
        if task_id in begun and today >= made.settings.window_start:
            task = replace(task, done_on=days.day(free[task_id] - 1))
        found.append(replace(task, after=after))
    return tuple(sorted(found, key=lambda task: task.task_id))


def _raw(made: Engagement, days: WorkingDays) -> Iterator[tuple[Task, date | None]]:
    """Each built-in task as the template says, and the day that workers.csv fixes for it."""
    for entry in template()["engagement"]:
        yield _instance(entry, "", made, None, days), None
    for team in made.teams:
        manager = made.worker[team.manager_id]
        for entry in template()["team"]:
            yield _instance(entry, team.team_id, made, manager, days), _fixed(entry, manager, made)
    for worker in made.workers:
        for entry in template()["worker"]:
            if worker.side in entry.get("sides", ("incoming", "staying")) and not _in_place(entry, worker):
                yield _instance(entry, worker.worker_id, made, worker, days), _fixed(entry, worker, made)


def _instance(
    entry: Mapping[str, Any], subject: str, made: Engagement, person: Worker | None, days: WorkingDays
) -> Task:
    def named(reference: str) -> str:
        scope, _, name = reference.rpartition(".")
        of = {"": "", "worker": subject, "team": person.team_id if person else ""}[scope]
        return f"{name}.{of}" if of else name

    begins = None
    if "from" in entry:
        anchor = _starts(person, made) if entry["from"] == "starts" else getattr(made.settings, entry["from"])
        begins = days.day(days.before(anchor) + entry.get("offset", 0))
    return Task(
        named("worker." + entry["id"]),
        entry["name"],
        subject or None,
        entry["owner"],
        entry["days"],
        tuple(sorted(named(before) for before in entry.get("after", ()))),
        begins,
    )


def _starts(person: Worker | None, made: Engagement) -> date:
    return (person.available_from if person else None) or made.settings.window_start


def _fixed(entry: Mapping[str, Any], person: Worker, made: Engagement) -> date | None:
    column = entry.get("fixed_by")
    if column is None:
        return None
    return _starts(person, made) if column == "starts" else getattr(person, column)


def _in_place(entry: Mapping[str, Any], worker: Worker) -> bool:
    """A blank laptop, system access or induction is in place already; a blank DBS is not. §2."""
    column = entry.get("fixed_by")
    return column in EQUIPMENT and getattr(worker, column) is None


def fixed_by(task_id: str) -> str | None:
    """The column of workers.csv that dates a built-in task of a person, None for any other task."""
    step, _, subject = task_id.partition(".")
    column = next((entry.get("fixed_by") for entry in template()["worker"] if entry["id"] == step), None)
    return column if subject else None
