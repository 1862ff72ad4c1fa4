"""Who must be told that a child's social worker changes, and by when: the family, the independent reviewing officer of
a looked-after child, the court where proceedings are live."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from handover.engagement import Child, Engagement, Family
from handover.plan import Allocation, Plan
from handover.workdays import DAY, is_working, next_working

TOLD = ("family", "reviewing_officer", "court")
"""Whom a notice goes to."""


@dataclass(frozen=True)
class Notice:
    """One thing to be told: to whom, by which day, about which children of a family, and for which event before.

    `to_worker_id` None: nobody receives them yet. `event_on` is the joint visit, review or hearing that sets the day,
    None where go-live does.
    """

    family_id: str
    told: str
    by: date
    children: tuple[str, ...]
    from_worker_ids: tuple[str, ...]
    to_worker_id: str | None
    interim_worker_id: str | None
    responsible_from: date | None
    event_on: date | None


def notices(engagement: Engagement, plan: Plan) -> tuple[Notice, ...]:
    """Every notice of a plan, the most urgent first; a family whose children all stay with their worker has none."""
    found = [notice for family in engagement.families for notice in _of_family(family, engagement, plan)]
    return tuple(sorted(found, key=lambda n: (n.by, n.family_id, TOLD.index(n.told))))


def changing(family: Family, plan: Plan) -> tuple[Allocation, ...]:
    """The siblings who do not stay with the worker who holds them now, an unallocated one among them."""
    given = (plan.allocation_of[child.child_id] for child in family.children)
    return tuple(a for a in given if a.to_worker_id != a.from_worker_id)


def _of_family(family: Family, engagement: Engagement, plan: Plan) -> Iterator[Notice]:
    moves = changing(family, plan)
    if not moves:
        return
    visit = plan.appointments_of.get(family.family_id, {}).get("joint_visit")
    yield _notice("family", moves, visit.start.date() if visit else None, engagement, plan)
    children = [engagement.child[a.child_id] for a in moves]
    looked_after = {c.child_id for c in children if c.plan == "looked_after"}
    if looked_after:
        on = _next(children, "looked_after_review", engagement)
        theirs = tuple(a for a in moves if a.child_id in looked_after)
        yield _notice("reviewing_officer", theirs, on, engagement, plan)
    live = {c.child_id for c in children if c.plan == "court" or _next([c], "court_hearing", engagement)}
    if live:
        on = _next(children, "court_hearing", engagement)
        yield _notice("court", tuple(a for a in moves if a.child_id in live), on, engagement, plan)


def _next(children: list[Child], kind: str, engagement: Engagement) -> date | None:
    """The first event of a kind from the start of the window on."""
    since = engagement.settings.window_start
    events = (e for c in children for e in engagement.events_of.get(c.child_id, ()) if e.kind == kind and e.on >= since)
    return min((e.on for e in events), default=None)


def _notice(
    told: str, moves: tuple[Allocation, ...], event_on: date | None, engagement: Engagement, plan: Plan
) -> Notice:
    """To be told by the last working day before the event or go-live, whichever is first; not before the first day that
    may be booked."""
    first = next_working(plan.booked_from, engagement.closed_days)
    until = min(event_on or date.max, engagement.settings.go_live)
    day = until - DAY
    while day > first and not is_working(day, engagement.closed_days):
        day -= DAY
    return Notice(
        moves[0].family_id,
        told,
        max(day, first),
        tuple(a.child_id for a in moves),
        tuple(dict.fromkeys(a.from_worker_id for a in moves)),
        moves[0].to_worker_id,
        next((a.interim_worker_id for a in moves if a.interim_worker_id), None),
        max((a.responsible_from for a in moves if a.responsible_from), default=None),
        event_on if event_on == until else None,
    )
