"""Plans for tests of what is said about a plan: any allocation, with appointments booked plainly or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from handover.clearance import can_take, ready_on, receiving_workers
from handover.continuity import changes, known_workers, prior_changes
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.handovers import (
    changing_families,
    hands_over,
    held_in_between,
    interim_candidates,
    joint_visit_due,
    may_hand_over,
    may_receive,
    may_relay,
    may_sign_off,
    unvisited_weight,
    visits_due,
)
from handover.plan import SCHEDULE_LEVELS, Allocation, Appointment, Level, Plan
from handover.why import Reasons
from handover.workdays import slot_starts, window_days


def first_fit(engagement: Engagement) -> dict[str, str | None]:
    """Every family to the first worker who can take it, those with fewest children so far first."""
    load = {w.worker_id: 0 for w in receiving_workers(engagement)}
    found: dict[str, str | None] = {}
    for family in engagement.families:
        able = [w for w in receiving_workers(engagement) if can_take(family, w, engagement)]
        best = min(able, key=lambda w: (load[w.worker_id], w.worker_id), default=None)
        found[family.family_id] = best.worker_id if best else None
        if best:
            load[best.worker_id] += len(family.children)
    return found


def a_plan(
    engagement: Engagement,
    to_worker: Mapping[str, str | None] | None = None,
    appointments: Iterable[Appointment] = (),
    *,
    booked: bool = False,
) -> Plan:
    """A plan with the given allocation (family id to worker; None: `first_fit`), its levels counted and said proven.

    `booked` makes appointments one after another on free working days, paying no heed to anybody's other duties.
    """
    chosen = first_fit(engagement) if to_worker is None else to_worker
    reasons = Reasons(engagement, chosen)
    allocations = []
    for family in engagement.families:
        worker_id = chosen[family.family_id]
        worker = engagement.worker[worker_id] if worker_id else None
        held = {c.child_id for c in held_in_between(family, worker, engagement)} if worker else set()
        interim = next((w.worker_id for w in interim_candidates(family, worker, engagement)), None) if worker else None
        for child in family.children:
            ready = ready_on(worker, engagement) if worker and child.child_id in held else None
            allocations.append(
                Allocation(
                    child.child_id,
                    family.family_id,
                    child.worker_id,
                    worker_id,
                    interim if child.child_id in held else None,
                    (ready or engagement.settings.go_live) if worker else None,
                    changes(child, worker, engagement) if worker else 0,
                    prior_changes(child, engagement),
                    worker_id in known_workers(child, engagement),
                    reasons.why(child, worker_id),
                )
            )
    plan = Plan(
        engagement.settings.name,
        engagement.input_sha256,
        0,
        engagement.settings.window_start,
        {"case-handover": "0"},
        1.5,
        tuple(Level(name, value, value) for name, value in allocation_figures(chosen, engagement).items()),
        Level("changes_whatever_the_caseloads", Fraction(0), Fraction(0)),
        tuple(sorted(allocations, key=lambda a: a.child_id)),
        tuple(sorted(_booked(engagement, chosen) if booked else appointments, key=lambda a: (a.start, a.family_id))),
    )
    figures = schedule_figures(engagement, plan)
    changed = Level("changes_whatever_the_caseloads", plan.level["changes"].value, plan.level["changes"].value)
    levels = plan.levels + tuple(Level(name, Fraction(figures[name]), Fraction(figures[name])) for name in figures)
    return replace(plan, levels=levels, changes_whatever_the_caseloads=changed)


def schedule_figures(engagement: Engagement, plan: Plan) -> dict[str, int]:
    """The five schedule levels of a plan as it stands."""
    count = dict.fromkeys(SCHEDULE_LEVELS, 0)
    to_worker = {a.family_id: a.to_worker_id for a in plan.allocations}
    for family in changing_families(to_worker, engagement):
        booked = plan.appointments_of.get(family.family_id, {})
        meeting, visit = booked.get("meeting"), booked.get("joint_visit")
        count["no_meeting"] += meeting is None
        count["relayed"] += meeting is not None and meeting.with_worker_id != to_worker[family.family_id]
        count["unsigned"] += "sign_off" not in booked
        count["unvisited"] += 0 if visit else unvisited_weight(family, engagement)
        count["uncovered_visits"] += sum(not visit or visit.start.date() > d for d in visits_due(family, engagement))
    return count


def an_appointment(
    family_id: str, kind: str, start: str, worker_id: str, with_worker_id: str | None = None, minutes: int = 60
) -> Appointment:
    """An appointment of an hour, the start as text: "2022-11-16T10:00"."""
    begin = datetime.fromisoformat(start)
    return Appointment(family_id, kind, begin, begin + timedelta(minutes=minutes), worker_id, with_worker_id)


def _booked(engagement: Engagement, to_worker: Mapping[str, str | None]) -> Iterable[Appointment]:
    times = engagement.settings.handover
    for family in changing_families(to_worker, engagement):
        receiver = engagement.worker[str(to_worker[family.family_id])]
        giver = engagement.worker[str(hands_over(family, receiver.worker_id))]
        interim = next((w.worker_id for w in interim_candidates(family, receiver, engagement)), None)
        days = [d for d in window_days(engagement) if may_hand_over(giver, d)]
        met = None
        for other in (receiver, *may_relay(family, receiver, interim, engagement)):
            met = next((d for d in days if may_receive(other, d, engagement)), None)
            if met:
                break
        if met is None:
            continue
        slots = slot_starts(engagement, met)

        def made(kind: str, start: datetime, minutes: int, one: str, two: str | None, f: str) -> Appointment:
            return Appointment(f, kind, start, start + timedelta(minutes=minutes), one, two)

        f, one = family.family_id, giver.worker_id
        yield made("summary", slots[0], times.summary_minutes, one, None, f)
        yield made("meeting", slots[2], times.meeting_minutes, one, other.worker_id, f)
        for manager in may_sign_off(family, receiver, engagement)[:1]:
            if may_receive(manager, met, engagement):
                yield made("sign_off", slots[4], times.sign_off_minutes, manager.worker_id, None, f)
        if joint_visit_due(family, engagement):
            for day in days:
                if day >= met and may_receive(receiver, day, engagement):
                    start = slot_starts(engagement, day)[8]
                    yield made("joint_visit", start, times.joint_visit_minutes, one, receiver.worker_id, f)
                    break
