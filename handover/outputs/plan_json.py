"""A plan's figures and proofs as JSON (contract §5)."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from math import floor

from handover.plan import Level, Plan

PLACES = 6
"""Decimal places of a figure outside; inside it is exact."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def number(exact: Fraction) -> int | float:
    """A figure as a JSON number: whole ones whole, others to six places."""
    return int(exact) if exact.denominator == 1 else float(round(exact, PLACES))


def bound_number(level: Level) -> int | float:
    """A level's bound as a JSON number that is still a bound: rounded down, and below the value unless proven."""
    if level.proven:
        return number(level.value)
    step = Fraction(1, 10**PLACES)
    return number(min(floor(level.bound / step) * step, round(level.value, PLACES) - step))


def level_object(level: Level) -> dict[str, Json]:
    """One level: value, proven lower bound, whether proven, seconds, and what stopped it if anything did."""
    found: dict[str, Json] = {
        "value": number(level.value),
        "bound": bound_number(level),
        "proven": level.proven,
        "seconds": round(level.seconds, 3),
    }
    return found | ({"stopped": level.stopped} if level.stopped else {})


def plan_object(plan: Plan) -> dict[str, Json]:
    """What `plan.json` holds: whose plan, from which input, by which versions, how good, and how far proven. §5."""
    return {
        "plan_id": plan.plan_id,
        "engagement": plan.engagement,
        "input_sha256": plan.input_sha256,
        "versions": jsonable(plan.versions),
        "seed": plan.seed,
        "seconds": round(plan.seconds, 3),
        "levels": [jsonable(level) for level in plan.levels],
        "changes_whatever_the_caseloads": level_object(plan.changes_whatever_the_caseloads),
        "booked_from": plan.booked_from.isoformat(),
        "made_at": plan.made_at.isoformat(timespec="seconds") if plan.made_at else None,
        "made_by": plan.made_by,
        "remedies": list(plan.remedies),
        "trail_head": plan.trail_head,
    }


def plan_json(plan: Plan) -> bytes:
    """`plan.json` as a whole file."""
    return (json.dumps(plan_object(plan), ensure_ascii=False, indent=2) + "\n").encode()


def jsonable(value: object) -> Json:
    """Any of our values as JSON: dataclasses by field name, exact figures as numbers, dates ISO."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction):
        return number(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [jsonable(inner) for inner in value]
    if isinstance(value, Level):
        value = {"name": value.name, **level_object(value)}
    elif is_dataclass(value):
        value = {f.name: getattr(value, f.name) for f in fields(value)}
    if not isinstance(value, Mapping):
        raise TypeError(f"no JSON for {type(value).__name__}")
    return {str(key): jsonable(inner) for key, inner in value.items()}
