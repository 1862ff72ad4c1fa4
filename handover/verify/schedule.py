"""The appointments: who, when, in which order, and nobody in two places (§4)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate

from handover.plan import Appointment, Plan
from handover.verify.allocation import ToWorker
from handover.verify.facts import HEARINGS, Facts


def schedule_figures(facts: Facts, plan: Plan, to_worker: ToWorker) -> dict[str, Fraction]:
    """Value of each schedule level by name, in the contract's order. §4."""
    count = dict.fromkeys(("no_meeting", "unvisited", "uncovered_visits", "relayed", "unsigned"), 0)
    booked = _by_family(plan)
    settings = facts.engagement.settings
    for family_id, worker_id in to_worker.items():
        if worker_id is None or facts.hands_over(family_id, worker_id) is None:
            continue
        mine = booked.get(family_id, {})
        meeting, visit = mine.get("meeting"), mine.get("joint_visit")
        count["no_meeting"] += meeting is None
        count["relayed"] += meeting is not None and meeting.with_worker_id != worker_id
        count["unsigned"] += "sign_off" not in mine
        if not facts.visit_due(family_id):
            continue
        for child in facts.families[family_id]:
            if visit is None and child.plan in settings.handover.joint_visit_for:
                count["unvisited"] += 1 + facts.prior[child.child_id]
            for event in facts.events.get(child.child_id, ()):
                due = event.kind == "statutory_visit" and settings.window_start <= event.on < settings.go_live
                count["uncovered_visits"] += due and (visit is None or visit.start.date() > event.on)
    return {name: Fraction(value) for name, value in count.items()}


def schedule_findings(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """Findings about the appointments, one by one, family by family, and person by person. §4."""
    sound: list[Appointment] = []
    for appointment in plan.appointments:
        against = [*_unknown(facts, appointment)] or [*_badly_timed(facts, plan, appointment)]
        yield from (f"{_label(appointment)}: {finding}" for finding in against)
        if not against:
            sound.append(appointment)
    yield from _families(facts, plan, to_worker)
    yield from _two_places(facts, sound)


def _label(appointment: Appointment) -> str:
    names = {"summary": "Summary", "meeting": "Meeting", "joint_visit": "Joint visit", "sign_off": "Sign-off"}
    what = names.get(appointment.kind, "Appointment")
    return f"{what} of family {appointment.family_id} on {appointment.start:%Y-%m-%d at %H:%M}"


def _unknown(facts: Facts, appointment: Appointment) -> Iterator[str]:
    if appointment.family_id not in facts.families:
        yield "the family is not in the engagement."
    if appointment.kind not in _minutes(facts):
        yield f"there is no kind {appointment.kind}."
    for person in (appointment.worker_id, appointment.with_worker_id):
        if person is not None and person not in facts.workers:
            yield f"{person} is not in the engagement."


def _minutes(facts: Facts) -> Mapping[str, int]:
    handover = facts.engagement.settings.handover
    return {
        "summary": handover.summary_minutes,
        "meeting": handover.meeting_minutes,
        "joint_visit": handover.joint_visit_minutes,
        "sign_off": handover.sign_off_minutes,
    }


def _badly_timed(facts: Facts, plan: Plan, appointment: Appointment) -> Iterator[str]:
    """What is wrong with the day, the hours, the slot or the length of one appointment."""
    settings = facts.engagement.settings
    hours = settings.hours
    start, end, day = appointment.start, appointment.end, appointment.start.date()
    if end - start != timedelta(minutes=_minutes(facts)[appointment.kind]):
        yield f"it lasts {end - start}, not {_minutes(facts)[appointment.kind]} minutes."
    if not settings.window_start <= day < settings.go_live:
        yield "it is not in the window."
    elif not facts.is_working(day):
        yield "it is not on a working day."
    if day < plan.booked_from:
        yield f"it is before {plan.booked_from}, from when the plan books."
    if end.date() != day or start.time() < hours.start or end.time() > hours.end:
        yield "it is outside working hours."
    if (start - datetime.combine(day, hours.start)) % timedelta(minutes=hours.slot_minutes):
        yield "it does not start on a slot."
    if hours.break_ is not None and start.time() < hours.break_[1] and end.time() > hours.break_[0]:
        yield "it overlaps the break."


def _by_family(plan: Plan) -> dict[str, dict[str, Appointment]]:
    found: dict[str, dict[str, Appointment]] = defaultdict(dict)
    for appointment in plan.appointments:
        found[appointment.family_id].setdefault(appointment.kind, appointment)
    return found


def _families(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """Findings about each family's appointments together: which there are, their order, who takes part."""
    seen: set[tuple[str, str]] = set()
    for appointment in plan.appointments:
        key = (appointment.family_id, appointment.kind)
        if key in seen:
            yield f"{_label(appointment)}: the family has another."
        seen.add(key)
    interim: dict[str, set[str]] = defaultdict(set)
    for allocation in plan.allocations:
        if allocation.interim_worker_id is not None:
            interim[facts.family_of[allocation.child_id]].add(allocation.interim_worker_id)
    for family_id, mine in _by_family(plan).items():
        if family_id not in facts.families:
            continue
        worker_id = to_worker[family_id]
        giver = None if worker_id is None else facts.hands_over(family_id, worker_id)
        if worker_id is None or giver is None:
            yield f"Family {family_id} has appointments, but nothing is handed over."
            continue
        yield from _order(facts, family_id, mine)
        parties = _Parties(facts, family_id, giver, worker_id, frozenset(interim[family_id]))
        for appointment in mine.values():
            if not [*_unknown(facts, appointment)]:
                yield from (f"{_label(appointment)}: {finding}" for finding in parties.findings(appointment))


def _order(facts: Facts, family_id: str, mine: Mapping[str, Appointment]) -> Iterator[str]:
    summary, meeting, visit, sign_off = (mine.get(k) for k in ("summary", "meeting", "joint_visit", "sign_off"))
    if meeting is not None and summary is None:
        yield f"Family {family_id} has a meeting without a summary before it."
    if meeting is not None and summary is not None and summary.end > meeting.start:
        yield f"{_label(meeting)}: it starts before the summary ends."
    for later in (visit, sign_off):
        if later is not None and meeting is None:
            yield f"{_label(later)}: there is none without a meeting."
        elif later is not None and meeting is not None and meeting.end > later.start:
            yield f"{_label(later)}: it starts before the meeting ends."
    if visit is None:
        return
    if not facts.visit_due(family_id):
        yield f"{_label(visit)}: no child is on a plan that asks for one."
    for child in facts.families[family_id]:
        if any(e.kind in HEARINGS and e.on == visit.start.date() for e in facts.events.get(child.child_id, ())):
            yield f"{_label(visit)}: child {child.child_id} has a conference or hearing that day."


@dataclass(frozen=True)
class _Parties:
    """Who may take part in one family's handover."""

    facts: Facts
    family_id: str
    giver: str
    worker_id: str
    interim: frozenset[str]

    def findings(self, appointment: Appointment) -> Iterator[str]:
        """Who of an appointment should not be there, or not on that day. §4."""
        first, second = appointment.worker_id, appointment.with_worker_id
        day = appointment.start.date()
        if appointment.kind == "sign_off":
            if first not in self._may_sign():
                yield f"{first} may not sign off, but {', '.join(sorted(self._may_sign())[:5]) or 'nobody'}."
            yield from self._not_able(first, day)
        else:
            if first != self.giver:
                yield f"{first} hands over, but by the rules it is {self.giver}."
            yield from self._not_there(first, day)
        if appointment.kind in ("summary", "sign_off"):
            if second is not None:
                yield f"{second} is with them, but it takes one person."
        elif second is None:
            yield "nobody receives the family at it."
        else:
            if second != self.worker_id and appointment.kind == "joint_visit":
                yield f"{second} is there, but the joint visit is by the receiving worker, {self.worker_id}."
            elif second != self.worker_id and not self._may_relay(second):
                yield f"{second} may not relay it."
            yield from self._not_able(second, day)

    def _may_sign(self) -> frozenset[str]:
        managers = self.facts.managers
        barred = self.facts.never.get(self.family_id, frozenset())
        own = managers[str(self.facts.receiving[self.worker_id].team_id)]
        if own in self.facts.cleared and own not in barred:
            return frozenset({own})
        return self.facts.cleared.intersection(managers.values()) - barred

    def _may_relay(self, person: str) -> bool:
        if person == self.giver or person in self.facts.never.get(self.family_id, ()):
            return False
        team_id = self.facts.receiving[self.worker_id].team_id
        colleague = person in self.facts.receiving and self.facts.receiving[person].team_id == team_id
        return colleague or person in self.interim or person == self.facts.managers[str(team_id)]

    def _not_there(self, person: str, day: date) -> Iterator[str]:
        worker = self.facts.workers[person]
        if worker.available_from is not None and day < worker.available_from:
            yield f"{person} is not there before {worker.available_from}."
        yield from self._gone(person, day)

    def _not_able(self, person: str, day: date) -> Iterator[str]:
        if person not in self.facts.cleared:
            yield f"{person} is not cleared."
        elif day < self.facts.meets_from[person]:
            yield f"{person} meets families only from {self.facts.meets_from[person]}."
        yield from self._gone(person, day)

    def _gone(self, person: str, day: date) -> Iterator[str]:
        leaves = self.facts.workers[person].available_to
        if leaves is not None and day > leaves:
            yield f"{person} has left on {leaves}."


def _two_places(facts: Facts, appointments: list[Appointment]) -> Iterator[str]:
    """Findings where a person would be in two places, has no time to travel, or has too many visits on a day. §4."""
    handover = facts.engagement.settings.handover
    travel = timedelta(minutes=handover.travel_minutes)
    busy = _busy(facts)
    diary: dict[str, list[Appointment]] = defaultdict(list)
    for appointment in appointments:
        for person in {appointment.worker_id, appointment.with_worker_id} - {None}:
            diary[str(person)].append(appointment)
    for person, mine in diary.items():
        visits: dict[date, int] = defaultdict(int)
        away = busy.get(person, Away((), ()))
        last: Appointment | None = None
        last_visit: Appointment | None = None
        for appointment in sorted(mine, key=lambda a: (a.start, a.end)):
            is_visit = appointment.kind == "joint_visit"
            around = travel if is_visit else timedelta(0)
            visits[appointment.start.date()] += is_visit
            if away.meets(appointment.start - around, appointment.end + around):
                yield f"{_label(appointment)}: {person} is away or at an event of a child, or on the way."
            for before, gap in ((last, around), (last_visit, travel)):
                if before is not None and appointment.start < before.end + gap:
                    yield f"{_label(appointment)}: {person} is in two places, or on the way: {_label(before)}."
                    break
            if last is None or appointment.end > last.end:
                last = appointment
            if is_visit and (last_visit is None or appointment.end > last_visit.end):
                last_visit = appointment
        for day, count in visits.items():
            if count > handover.visits_a_day:
                yield f"Worker {person} has {count} joint visits on {day}, above visits_a_day."


@dataclass(frozen=True)
class Away:
    """Times a person cannot give, by start, and the latest end of each and all before it."""

    starts: tuple[datetime, ...]
    latest_ends: tuple[datetime, ...]

    def meets(self, start: datetime, end: datetime) -> bool:
        """True when any of the times has a moment between `start` and `end`."""
        before = bisect_left(self.starts, end)
        return before > 0 and self.latest_ends[before - 1] > start


def _busy(facts: Facts) -> Mapping[str, Away]:
    """Absences, and events with a time of the children held now, by worker id. §4."""
    times: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for absence in facts.engagement.absences:
        times[absence.worker_id].append((absence.start, absence.end))
    closing = facts.engagement.settings.hours.end
    for child in facts.engagement.children:
        for event in facts.events.get(child.child_id, ()):
            if event.time is None:
                continue
            start = datetime.combine(event.on, event.time)
            if event.minutes is not None:
                end = start + timedelta(minutes=event.minutes)
            elif event.kind == "court_hearing":
                end = datetime.combine(event.on, closing)
            else:
                end = start + timedelta(minutes=120)
            times[child.worker_id].append((start, end))
    found = {}
    for person, spans in times.items():
        real = sorted(span for span in spans if span[0] < span[1])
        found[person] = Away(tuple(start for start, _ in real), tuple(accumulate((end for _, end in real), max)))
    return found
