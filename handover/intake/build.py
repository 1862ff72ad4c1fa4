"""From rows without a problem to the Engagement (contract §1)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from handover.clearance import READY_DATES
from handover.closed import settled
from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Task, Team, Worker, engagement
from handover.intake.rows import Rows
from handover.intake.settings_file import build_settings


def build(settings: Mapping[str, Any], tables: Mapping[str, Rows]) -> Engagement:
    """The engagement, closed days settled. Only for settings and rows that nothing was found wrong with."""

    def values(name: str) -> list[dict[str, Any]]:
        return [dict(row.values) for row in tables[name].rows]

    workers = tuple(_worker(row) for row in values("workers"))
    rules = (Rule(**row | ({"worker_id": None} if row["rule"] == "separate" else {})) for row in values("rules"))
    found = build_settings(settings)
    dates = [day for worker in workers for name in READY_DATES if (day := getattr(worker, name)) is not None]
    tasks = tuple(Task(**row) for row in values("tasks"))
    dates += [day for task in tasks for day in (task.not_before, task.done_on) if day is not None]
    return engagement(
        found,
        settled(found.window_start, found.contract_end, dates, found.closed),
        tuple(Team(**row) for row in values("teams")),
        workers,
        tuple(Child(**row) for row in values("children")),
        tuple(Episode(**row) for row in values("history")),
        tuple(Event(**row) for row in values("events")),
        tuple(_absence(**row) for row in values("absences")),
        tuple(rules),
        tasks,
    )


def _worker(row: dict[str, Any]) -> Worker:
    """An outgoing worker has no incoming team, whatever the cell says."""
    return Worker(**row | ({"team_id": None} if row["side"] == "outgoing" else {}))


def _absence(worker_id: str, start: date, end: date, reason: str) -> Absence:
    """Two dates: whole days, both included, so up to the midnight after the last."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return Absence(worker_id, start, end, reason)
    midnight = time.min
    return Absence(
        worker_id, datetime.combine(start, midnight), datetime.combine(end + timedelta(days=1), midnight), reason
    )
