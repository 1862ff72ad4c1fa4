"""A plan read back from the files that `handover plan --out` wrote, and from nothing else."""

import csv
import json
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from handover.engagement import Engagement
from handover.plan import Allocation, Appointment, Flag, Level, Plan


def rows(out: Path, table: str) -> list[dict[str, str]]:
    with (out / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def plan_of(out: Path, engagement: Engagement) -> Plan:
    """The plan that a folder tells of; shares of points that JSON rounds become the fractions they stand for."""
    told = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    whatever = told["changes_whatever_the_caseloads"] | {"name": "changes_whatever_the_caseloads"}
    return Plan(
        engagement=told["engagement"],
        input_sha256=told["input_sha256"],
        seed=told["seed"],
        booked_from=engagement.settings.window_start,
        versions=told["versions"],
        seconds=told["seconds"],
        levels=tuple(_level(level) for level in told["levels"]),
        changes_whatever_the_caseloads=_level(whatever),
        allocations=tuple(_allocation(row) for row in rows(out, "handover_schedule")),
        appointments=tuple(sorted(_appointments(rows(out, "diary")), key=lambda a: (a.start, a.family_id, a.kind))),
        flags=tuple(Flag(r["severity"], r["subject"], r["matter"], r["action"]) for r in rows(out, "flags")),
        plan_id=told["plan_id"],
    )


def _level(told: dict[str, float]) -> Level:
    value, bound = (Fraction(str(told[key])).limit_denominator(5000) for key in ("value", "bound"))
    assert told["proven"] == (value == bound)
    return Level(str(told["name"]), value, bound, told["seconds"])


def _allocation(row: dict[str, str]) -> Allocation:
    return Allocation(
        row["child_id"],
        row["family_id"],
        row["from_worker_id"],
        row["to_worker_id"] or None,
        row["interim_worker_id"] or None,
        date.fromisoformat(row["responsible_from"][:10]) if row["responsible_from"] else None,
        int(row["changes"] or 0),
        int(row["prior_changes"]),
        row["known"] == "yes",
        row["why"],
    )


def _appointments(diary: list[dict[str, str]]) -> list[Appointment]:
    """One appointment of the two rows of a meeting or visit; who hands over is at the summary."""
    giver = {row["family_id"]: row["worker_id"] for row in diary if row["kind"] == "summary"}
    found = []
    for row in diary:
        shared = row["kind"] in ("meeting", "joint_visit")
        if shared and row["worker_id"] != giver.get(row["family_id"]):
            continue
        start, end = (datetime.fromisoformat(row[key]) for key in ("start", "end"))
        other = row["with_worker_id"] or None
        found.append(Appointment(row["family_id"], row["kind"], start, end, row["worker_id"], other))
    return found
