"""What the search found for the pages, kept as files: `make docs ANEW=1` searches again, which takes some minutes.

Only the search's own choices are kept: who takes each family, the appointments, the levels with their proofs. What
follows from them is worked out as the program does it now, and the program checks each plan before it stores it.
"""

import json
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from handover.engagement import Engagement
from handover.plan import Appointment, Level, Limits, Plan
from solver import make_plan as searched
from solver.planner import allocations, versions
from solver.watch import Watch

FOLDER = Path(__file__).parent / "kept"
SECONDS = 900
"""For one search: the clock is never to stop a level, so that the plan is the same on any machine."""


def make_plan(engagement: Engagement, limits: Limits, _watch: Watch) -> Plan:
    """The plan for an engagement, as kept; searched for where it is not kept yet, and kept then."""
    day = limits.book_from or engagement.settings.window_start
    path = FOLDER / f"{engagement.input_sha256[:12]}-from-{day}.json"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        path.write_text(_told(searched(engagement, limits, Watch.lasting(SECONDS))), encoding="utf-8", newline="\n")
    return _plan(json.loads(path.read_text(encoding="utf-8")), engagement, limits, day)


def levels(path: Path) -> dict[str, Level]:
    """The levels of a kept plan, by name."""
    return {level.name: level for level in map(_level, json.loads(path.read_text(encoding="utf-8"))["levels"])}


def _told(plan: Plan) -> str:
    """A plan's choices as JSON, a row a line."""
    families = {a.family_id: [a.family_id, a.to_worker_id, a.interim_worker_id] for a in plan.allocations}
    meetings = [
        [a.family_id, a.kind, f"{a.start:%FT%H:%M}", f"{a.end:%FT%H:%M}", a.worker_id, a.with_worker_id]
        for a in plan.appointments
    ]
    tables: dict[str, list[Any]] = {
        "levels": [_row(level) for level in (*plan.levels, plan.changes_whatever_the_caseloads)],
        "families": list(families.values()),
        "appointments": meetings,
        "remedies": list(plan.remedies),
    }
    rows = {name: ",\n".join(json.dumps(row, ensure_ascii=False) for row in table) for name, table in tables.items()}
    return "{" + ",\n".join(f'"{name}": [\n{text}\n]' for name, text in rows.items()) + "}\n"


def _row(level: Level) -> list[str]:
    return [level.name, str(level.value), str(level.bound), level.stopped]


def _level(row: list[str]) -> Level:
    return Level(row[0], Fraction(row[1]), Fraction(row[2]), stopped=row[3])


def _plan(told: dict[str, list[Any]], engagement: Engagement, limits: Limits, day: date) -> Plan:
    *found, whatever = map(_level, told["levels"])
    to_worker = {family: worker for family, worker, _ in told["families"]}
    interim = {family: worker for family, _, worker in told["families"]}
    appointments = (
        Appointment(family, kind, datetime.fromisoformat(start), datetime.fromisoformat(end), one, other)
        for family, kind, start, end, one, other in told["appointments"]
    )
    return Plan(
        engagement=engagement.settings.name,
        input_sha256=engagement.input_sha256,
        seed=limits.seed,
        booked_from=day,
        versions=versions(),
        seconds=0.0,
        levels=tuple(found),
        changes_whatever_the_caseloads=whatever,
        allocations=allocations(engagement, to_worker, interim),
        appointments=tuple(appointments),
        remedies=tuple(told["remedies"]),
    )
