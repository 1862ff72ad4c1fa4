"""Everybody's diary as an iCalendar file of their own (RFC 5545), for Outlook, Google or a phone.

Diaries are seen by more people than case files are: no child's name, plan or address is in them. An appointment says
what it is and with which colleague. The family's reference, which of a child alone is the child's, stands in the notes,
and every event is private: others see that its owner is busy, and no more. Times are UTC, right on either side of a
change of the clocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from handover.engagement import Engagement
from handover.outputs.names import file_name
from handover.plan import Plan

HERE = ZoneInfo("Europe/London")
"""Whose clocks appointments go by."""
WORDS = {
    "summary": "Write the handover summary",
    "meeting": "Handover meeting",
    "joint_visit": "Joint visit",
    "sign_off": "Sign off a handover",
}


@dataclass(frozen=True, order=True)
class _Entry:
    """One appointment in one person's diary. The first three say which it is, whenever it is held."""

    worker_id: str
    family_id: str
    kind: str
    start: datetime
    end: datetime
    other: str | None

    @property
    def which(self) -> tuple[str, str, str]:
        return self.worker_id, self.family_id, self.kind


def diaries(engagement: Engagement, plan: Plan, earlier: Sequence[Plan] = ()) -> Mapping[str, bytes]:
    """A file for everybody who has an appointment, or had one in an `earlier` stored plan (the oldest first).

    An appointment keeps its UID from plan to plan, and SEQUENCE counts the plans, so that a calendar takes the later
    one. What the plan no longer has is CANCELLED, unless it lies in the past that the plan leaves alone.
    """
    uid = _uids([*earlier, plan])
    now = {entry.which: entry for entry in _entries(plan)}
    gone = {e.which: e for old in earlier for e in _entries(old) if e.which not in now and not _over(e, plan)}
    files = {}
    for worker_id in sorted({which[0] for which in (*now, *gone)}):
        calendar = _calendar(worker_id, engagement, plan)
        mine = [(e, e.which in now) for e in (*now.values(), *gone.values()) if e.worker_id == worker_id]
        for entry, stands in sorted(mine, key=lambda pair: (pair[0].start, pair[0].which)):
            calendar.add_component(_event(entry, stands, uid[entry.which], len(earlier), engagement, plan))
        files[f"{file_name(worker_id)}.ics"] = calendar.to_ical()
    return files


def _entries(plan: Plan) -> Iterator[_Entry]:
    for a in plan.appointments:
        yield _Entry(a.worker_id, a.family_id, a.kind, a.start, a.end, a.with_worker_id)
        if a.with_worker_id is not None:
            yield _Entry(a.with_worker_id, a.family_id, a.kind, a.start, a.end, a.worker_id)


def _over(entry: _Entry, plan: Plan) -> bool:
    """True for what was over when the plan was made, on days the plan did not touch."""
    return entry.start.date() < plan.booked_from and plan.made_at is not None and entry.start < _naive(plan.made_at)


def _uids(plans: Sequence[Plan]) -> Mapping[tuple[str, str, str], str]:
    """A UID for each entry, from its place in the plan it was first in: it tells nothing of the family, and is the same
    under pseudonyms. Nobody is in two places, so time and person say which it is."""
    found: dict[tuple[str, str, str], str] = {}
    for plan in plans:
        new = [e for e in _entries(plan) if e.which not in found]
        for number, entry in enumerate(sorted(new, key=lambda e: (e.start, e.worker_id))):
            place = f"{plan.input_sha256} {plan.plan_id} {plan.made_at} {number}"
            found[entry.which] = str(uuid5(NAMESPACE_OID, place))
    return found


def _calendar(worker_id: str, engagement: Engagement, plan: Plan) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//handover//case handover//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Handover: {_name(worker_id, engagement)}")
    if plan.trail_head:
        calendar.add("x-wr-caldesc", f"Plan {plan.plan_id}. Trail: {plan.trail_head}")
    return calendar


def _event(entry: _Entry, stands: bool, uid: str, sequence: int, engagement: Engagement, plan: Plan) -> Event:
    event = Event()
    summary = WORDS[entry.kind] + (f" with {_name(entry.other, engagement)}" if entry.other else "")
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", _utc(plan.made_at or datetime(2000, 1, 1, tzinfo=UTC)))
    event.add("dtstart", _utc(entry.start.replace(tzinfo=HERE)))
    event.add("dtend", _utc(entry.end.replace(tzinfo=HERE)))
    event.add("summary", summary if stands else f"Cancelled: {summary}")
    event.add("description", _notes(entry, engagement, plan))
    event.add("status", "CONFIRMED" if stands else "CANCELLED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE" if stands else "TRANSPARENT")
    return event


def _name(worker_id: str, engagement: Engagement) -> str:
    """A person's name on one line; the id of somebody whom this version of the engagement does not know."""
    worker = engagement.worker.get(worker_id)
    return " ".join((worker.name if worker else worker_id).split())


def _notes(entry: _Entry, engagement: Engagement, plan: Plan) -> str:
    """What the person must know beside time and colleague, and no more."""
    travel = engagement.settings.handover.travel_minutes
    lines = [f"Family reference: {entry.family_id}."]
    if entry.kind == "joint_visit" and travel:
        lines.append(f"Keep {travel} minutes free before and after, for travel.")
    return "\n".join([*lines, f"From plan {plan.plan_id}."])


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _naive(moment: datetime) -> datetime:
    """The moment on a clock on the wall, as appointments are."""
    return _utc(moment).astimezone(HERE).replace(tzinfo=None)
