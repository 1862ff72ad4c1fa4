"""The rows of the report's tables, every cell as it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from handover.british import dates_in, figure, number_day, short_day
from handover.engagement import Engagement
from handover.flags import kind_of
from handover.outputs.report.counts import Busyness, Hearing
from handover.outputs.report.words import KINDS, MODES, PLANS
from handover.outputs.tables import plain, tables
from handover.outputs.workbook.words import person, requirement
from handover.plan import Plan
from handover.summary import Load, NotReady

Row = tuple[str, ...]

SCHEDULE_HEAD = (
    "Child",
    "Plan",
    "Now with",
    "Goes to",
    "From",
    "Changes before",
    "Changes now",
    "Known",
    "Handover meeting",
    "Joint visit",
    "Signed off",
    "Flags",
    "Why",
)
LOAD_HEAD = ("Name", "Place in the band", "FTE", "Children", "Points", "Fair share", "Band", "Held in between")


@dataclass(frozen=True)
class Cell:
    """What a cell says in its lines, and what it is sorted by."""

    lines: Row
    by: str = ""


def schedule(engagement: Engagement, plan: Plan) -> Iterator[tuple[Cell, ...]]:
    """One row for each child, as wide as `SCHEDULE_HEAD`."""
    (table,) = (t for t in tables(engagement, plan) if t.name == "handover_schedule")
    names = [column.name for column in table.columns]
    for values in table.rows:
        row = dict(zip(names, values, strict=True))
        yield tuple(_cells(row, engagement))


def _cells(row: dict[str, Any], engagement: Engagement) -> Iterator[Cell]:
    child, family, interim = row["child_id"], row["family_id"], row["interim_worker_id"]
    yield Cell((child,) if child == family else (child, f"family {family}"), child)
    yield Cell((PLANS[row["plan"]],))
    yield Cell((person(row["from_worker_id"], engagement) or "",))
    to = row["to_worker_id"]
    yield Cell((person(to, engagement) or "", engagement.team[row["to_team_id"]].name) if to else ("nobody",))
    starts = _day(row["responsible_from"])
    yield Cell((*starts.lines, f"until then {person(interim, engagement)}") if interim else starts.lines, starts.by)
    yield Cell((str(row["prior_changes"]),))
    yield Cell(("" if row["changes"] is None else str(row["changes"]),))
    yield Cell((row["known"] or "",))
    mode = MODES.get(row["meeting_mode"], "")
    if row["meeting_mode"] == "relayed":
        mode += f" {person(row['meeting_with'], engagement)}"
    yield _moment(row["meeting_start"], mode)
    yield _moment(row["joint_visit_start"])
    yield _moment(row["sign_off_start"], person(row["signed_off_by"], engagement) or "")
    yield Cell(tuple(row["flags"].split("; ")))
    yield Cell((dates_in(row["why"]),))


def loads(found: Sequence[Load]) -> Iterator[Row]:
    """Rows under `LOAD_HEAD`."""
    for load in found:
        yield (
            f"{load.name} ({load.worker_id or load.team_id})",
            load.place,
            f"{plain(load.fte):f}",
            f"{load.children:,}",
            f"{load.points:,}",
            figure(load.fair_share),
            f"{load.low:,} to {load.high:,}",
            f"{load.interim_children:,}",
        )


def busyness(found: Sequence[Busyness]) -> Iterator[Row]:
    """A row each: the name, the figure of every period, the total."""
    for one in found:
        yield (f"{one.name} ({one.key})", *map(figure, one.by_period), figure(one.total))


def hearings(found: Sequence[Hearing], engagement: Engagement) -> Iterator[Row]:
    """A row for each family: when, what, who receives it, and whether they are introduced before."""
    for hearing in found:
        to, met = hearing.case.to_worker, hearing.introduced_on
        first = f"first on {number_day(met)}" if met else "not in the window"
        said = {
            "introduced": f"Yes, {first}",
            "not_introduced": f"No, {first}",
            "same_worker": "Not needed: keeps the same worker",
            "nobody": "No receiving worker",
        }
        yield (
            hearing.case.family.family_id,
            short_day(hearing.event.on),
            f"{KINDS[hearing.event.kind]} of {hearing.event.child_id}",
            person(to.worker_id if to else None, engagement) or "",
            said[hearing.outcome],
        )


def matters(plan: Plan, severity: str) -> Iterator[Row]:
    """Flags of a severity by kind: about whom, the matter, what to do."""
    for flag in sorted((f for f in plan.flags if f.severity == severity), key=lambda f: (kind_of(f), f.subject)):
        yield flag.subject, dates_in(flag.matter), dates_in(flag.action)


def not_ready(found: Sequence[NotReady], engagement: Engagement) -> Iterator[Row]:
    """Who is not cleared, or cannot receive cases, and why."""
    for one in found:
        said = "cleared, but cannot receive cases" if one.cleared else "not cleared"
        role, team = one.role.replace("_", " "), engagement.team[one.team_id].name
        why = ", ".join(map(requirement, one.failed))
        yield f"{one.name} ({one.worker_id}), {role}, {team}", f"{said}: {why}"


def _day(on: date | None) -> Cell:
    return Cell((number_day(on),), on.isoformat()) if on else Cell(("",))


def _moment(at: datetime | None, beside: str = "") -> Cell:
    found = (*([f"{number_day(at)} {at:%H:%M}"] if at else []), *([beside] if beside else []))
    return Cell(found, at.isoformat(timespec="minutes") if at else "")
