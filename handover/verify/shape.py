"""Is the plan made of what a plan is made of? The rules are only asked of a plan whose values have the right kind."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from types import NoneType

from handover.plan import Allocation, Appointment, Flag, Level, Plan

Kinds = Mapping[str, tuple[type, ...]]

PLAN: Kinds = {
    "engagement": (str,),
    "input_sha256": (str,),
    "booked_from": (date,),
    "levels": (tuple,),
    "changes_whatever_the_caseloads": (Level,),
    "allocations": (tuple,),
    "appointments": (tuple,),
    "flags": (tuple,),
}
LEVEL: Kinds = {"name": (str,), "value": (Fraction, int), "bound": (Fraction, int)}
PARTS: Mapping[str, tuple[type, Kinds]] = {
    "levels": (Level, LEVEL),
    "allocations": (
        Allocation,
        {
            "child_id": (str,),
            "family_id": (str,),
            "from_worker_id": (str,),
            "to_worker_id": (str, NoneType),
            "interim_worker_id": (str, NoneType),
            "responsible_from": (date, NoneType),
            "changes": (int,),
            "prior_changes": (int,),
            "known": (bool,),
            "why": (str,),
        },
    ),
    "appointments": (
        Appointment,
        {
            "family_id": (str,),
            "kind": (str,),
            "start": (datetime,),
            "end": (datetime,),
            "worker_id": (str,),
            "with_worker_id": (str, NoneType),
        },
    ),
    "flags": (Flag, {"severity": (str,), "subject": (str,), "matter": (str,), "action": (str,)}),
}


def misshapen(plan: Plan) -> Iterator[str]:
    """A finding for every value of the wrong kind: text where a day should be, nothing where an id should be."""
    wrong = [*_wrong("the plan", plan, PLAN)]
    yield from wrong
    if wrong:
        return
    yield from _wrong("changes_whatever_the_caseloads", plan.changes_whatever_the_caseloads, LEVEL)
    for part, (kind, kinds) in PARTS.items():
        for n, item in enumerate(getattr(plan, part), start=1):
            if type(item) is kind:
                yield from _wrong(f"number {n} of the {part}", item, kinds)
            else:
                yield f"Number {n} of the {part} is {item!r}, which is none."


def _wrong(whose: str, item: object, kinds: Kinds) -> Iterator[str]:
    for field, allowed in kinds.items():
        value = getattr(item, field)
        # a date-time is a date to Python, and True a number: only the very type will do
        if type(value) not in allowed:
            yield f"In {whose}, {field} is {value!r}, not {' or '.join(kind.__name__ for kind in allowed)}."
        elif isinstance(value, datetime) and value.tzinfo is not None:
            yield f"In {whose}, {field} is {value!r}: times are local, without a zone."
