"""Flags about a child or family: unallocated, hearings, held in between, not introduced, not booked (contract §5)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from handover.caseload import points
from handover.clearance import cleared, meets_from, ready_on
from handover.continuity import INTRODUCED_AT
from handover.engagement import Engagement, Family, Worker
from handover.flags.look import Case, Look
from handover.flags.words import events_in_words, named, some
from handover.handovers import family_events, has_never, joint_visit_due, manager_of, managers, visits_due
from handover.plan import Appointment, Flag


def unallocated(look: Look) -> Iterator[Flag]:
    """A stop for each child left without a receiving worker, with the manager who holds them on go-live."""
    engagement = look.engagement
    holding: dict[str, int] = defaultdict(int)
    for case in look.cases:
        if case.to_worker is not None:
            continue
        manager = _holding_manager(case.family, engagement, holding)
        if manager is None:
            held = "No manager is cleared to hold the case on go-live: the council names one."
        else:
            holding[manager.worker_id] += sum(points(c, engagement) for c in case.family.children)
            held = f"{named(manager)} holds the case on go-live until a worker is found."
        for child in case.family.children:
            reason = look.plan.allocation_of[child.child_id].why or "No receiving worker was found."
            yield Flag("stop", child.child_id, f"unallocated: {reason}", held)


def _holding_manager(family: Family, engagement: Engagement, holding: Mapping[str, int]) -> Worker | None:
    """The manager to hold an unallocated family: cleared, not barred, there on go-live; ready ones first, then the one
    whose team has the worker who holds most of it now, then who holds least so far."""
    go_live = engagement.settings.go_live
    able = [
        m
        for m in managers(engagement)
        if cleared(m, engagement)
        and not has_never(family, m.worker_id, engagement)
        and (m.available_to is None or m.available_to >= go_live)
    ]
    now = [engagement.worker[c.worker_id] for c in family.children]
    own = [manager_of(w, engagement).worker_id for w in now if w.team_id is not None and w.side != "outgoing"]

    def order(manager: Worker) -> tuple[bool, int, int, str]:
        ready = ready_on(manager, engagement)
        late = ready is None or ready > go_live
        return late, -own.count(manager.worker_id), holding.get(manager.worker_id, 0), manager.worker_id

    return min(able, key=order, default=None)


def hearing_at_handover(case: Case) -> Iterator[Flag]:
    """A stop for a conference or hearing on go-live, or before the receiving worker is ready."""
    go_live = case.engagement.settings.go_live
    late = {c.child_id for c in case.late}
    ready = ready_on(case.to_worker, case.engagement) if case.to_worker else None
    met = [
        event
        for event in family_events(case.family, case.engagement)
        if event.kind in INTRODUCED_AT
        and (event.on == go_live or (event.child_id in late and ready is not None and go_live <= event.on < ready))
    ]
    if not met:
        return
    if late and case.to_worker and any(e.child_id in late for e in met):
        before = f", before {named(case.to_worker)} is ready on {ready}"
        who = case.interim_worker_id or "somebody named by the team's manager"
        action = f"Move the date, or {who} attends with a full briefing and the report ready five working days before."
    elif case.to_worker is None:
        before, action = ", with nobody to attend it", "Name who attends and who writes the report, or move the date."
    else:
        before = ", the day on which responsibility passes"
        action = f"Move the date, or settle now that {named(case.to_worker)} attends and who writes the report."
    yield case.flag("stop", f"conference or hearing at the handover: {events_in_words(met)}{before}", action)


def held_in_between(case: Case) -> Iterator[Flag]:
    """Nobody to hold a child in between; visits due meanwhile; an interim worker who was not at the meeting."""
    if not case.late or case.to_worker is None:
        return
    go_live, ready = case.engagement.settings.go_live, ready_on(case.to_worker, case.engagement)
    held = some([c.child_id for c in case.late])
    until = f"until {named(case.to_worker)} is ready on {ready}"
    if case.interim_worker_id is None:
        yield case.flag(
            "stop",
            f"nobody to hold in between: {held}, from go-live {until}",
            "Bring the start forward, clear another worker or manager, or choose another receiving worker.",
        )
    late = {c.child_id for c in case.late}
    visits = [
        event
        for event in family_events(case.family, case.engagement)
        if event.kind == "statutory_visit" and event.child_id in late and ready and go_live <= event.on < ready
    ]
    if visits:
        interim = case.interim_worker_id or "nobody"
        yield case.flag(
            "warn",
            f"visit due before the worker is ready: {events_in_words(visits)}; {interim} holds the case "
            f"until {named(case.to_worker)} is ready on {ready}",
            f"{interim} makes the visit; put it in their diary now."
            if case.interim_worker_id
            else "Name who makes the visit.",
        )
    meeting = case.booked.get("meeting")
    if case.interim_worker_id and (meeting is None or meeting.with_worker_id != case.interim_worker_id):
        yield _unbriefed(case, held, until, meeting)


def _unbriefed(case: Case, held: str, until: str, meeting: Appointment | None) -> Flag:
    interim = case.interim_worker_id
    matter = f"interim worker not briefed: {interim} holds {held} {until}"
    if interim == case.giver:
        return case.flag(
            "warn",
            f"{matter}, and hands the family over themselves",
            f"No briefing of {interim} is needed; agree that they go on until then.",
        )
    if meeting is None:
        return case.flag(
            "warn", f"{matter}, and no meeting could be booked", f"{case.giver} briefs {interim} by telephone."
        )
    return case.flag(
        "warn",
        f"{matter}, and was not at the handover meeting; {meeting.with_worker_id} was",
        f"{meeting.with_worker_id} briefs {interim} before go-live.",
    )


def not_introduced(case: Case) -> Iterator[Flag]:
    """A warning for a changing family not introduced before its first conference or hearing."""
    if case.giver is None or case.to_worker is None:
        return
    first, met = case.first_hearing, case.introduced_on
    if first is None or (met is not None and met <= first.on):
        return
    how = f"first met on {met}" if met else "not met in the window"
    in_window = first.on < case.engagement.settings.go_live
    yield case.flag(
        "warn",
        f"not introduced before a conference or hearing: {events_in_words([first])}; {named(case.to_worker)} is {how}",
        f"{case.giver} attends; {case.to_worker.worker_id} joins or is told the outcome the same day."
        if in_window
        else f"Arrange for {case.to_worker.worker_id} to meet the family before that day.",
    )


def not_booked(case: Case) -> Iterator[Flag]:
    """What of a handover found no time: the meeting, the joint visit, the sign-off, a visit due in the window."""
    if case.giver is None or case.to_worker is None:
        return
    engagement = case.engagement
    meeting, visit = case.booked.get("meeting"), case.booked.get("joint_visit")
    to = case.to_worker.worker_id
    why = _no_time(case, case.to_worker)
    due = joint_visit_due(case.family, engagement)
    if meeting is None:
        lost = ", nor therefore a joint visit or sign-off" if due else ", nor therefore a sign-off"
        yield case.flag(
            "warn",
            f"no handover meeting: {case.children}; {why}{lost}",
            f"{case.giver} and {to} agree a time outside these hours, or hand over in writing and by telephone.",
        )
    elif due and visit is None:
        yield case.flag(
            "warn",
            f"no joint visit: {case.children}; {why}",
            f"{to} visits in their first week, with a colleague the family knows where there is one.",
        )
    if meeting is not None and "sign_off" not in case.booked:
        yield case.flag(
            "warn",
            f"not signed off: no manager has time to sign the handover of {case.children}",
            f"{named(manager_of(case.to_worker, engagement))} or another cleared manager reads and signs it.",
        )
    if meeting is not None and meeting.with_worker_id not in (to, case.interim_worker_id):
        yield case.flag(
            "info",
            f"relayed meeting: {meeting.with_worker_id} meets {case.giver} in place of {to}; {why}",
            f"{meeting.with_worker_id} tells {to} on their first day.",
        )
    missed = [d for d in visits_due(case.family, engagement) if visit is None or visit.start.date() > d]
    if missed:
        yield case.flag(
            "info",
            f"visit due before the joint visit: {case.children}, by {some([str(d) for d in missed])}",
            f"{case.giver} makes it alone, or the two join it by arrangement.",
        )


def _no_time(case: Case, to_worker: Worker) -> str:
    """Why no time was found with the receiving worker."""
    meets = meets_from(to_worker, case.engagement)
    if meets is not None and meets >= case.engagement.settings.go_live:
        return f"{to_worker.worker_id} may meet families only from {meets}"
    return f"no common time of {case.giver} and {to_worker.worker_id} was left"
