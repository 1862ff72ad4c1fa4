"""What a handover asks of people: who hands over, who may relay, sign off or hold in between, who is busy (§4)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handover.clearance import cleared, meets_from, ready_on, receives
from handover.continuity import INTRODUCED_AT, is_late, prior_changes
from handover.engagement import Child, Engagement, Event, Family, Worker
from handover.workdays import at

EVENT_MINUTES = 120
"""How long an event with a time lasts when its `minutes` are blank; a court hearing takes the rest of the day. §4."""


@dataclass(frozen=True, order=True)
class Busy:
    """Time a worker cannot give to the handover: an absence, or an event of a child held now. End exclusive."""

    start: datetime
    end: datetime


def hands_over(family: Family, to_worker_id: str) -> str | None:
    """Who hands over for the family: of those other than the receiving worker, the one who holds most siblings now
    (ties: lowest id); None when no sibling's worker changes. §4."""
    held = Counter(c.worker_id for c in family.children if c.worker_id != to_worker_id)
    return min(held, key=lambda worker_id: (-held[worker_id], worker_id)) if held else None


def meeting_mode(family: Family, to_worker_id: str | None, meeting_with: str | None) -> str | None:
    """How the handover meeting is held: `direct`, `relayed`, `none` (no time found) or `not_needed` (nobody changes);
    None for an unallocated family. `meeting_with` is who meets the outgoing worker. §5."""
    if to_worker_id is None:
        return None
    if hands_over(family, to_worker_id) is None:
        return "not_needed"
    if meeting_with is None:
        return "none"
    return "direct" if meeting_with == to_worker_id else "relayed"


def changing_families(to_worker: Mapping[str, str | None], engagement: Engagement) -> tuple[Family, ...]:
    """Families with a receiving worker new to at least one sibling: those that need a handover. §4."""
    found = []
    for family in engagement.families:
        worker_id = to_worker[family.family_id]
        if worker_id is not None and hands_over(family, worker_id) is not None:
            found.append(family)
    return tuple(found)


def joint_visit_due(family: Family, engagement: Engagement) -> bool:
    """True for a family with a child on a plan that asks for a joint visit. §4."""
    return any(child.plan in engagement.settings.handover.joint_visit_for for child in family.children)


def unvisited_weight(family: Family, engagement: Engagement) -> int:
    """What level `unvisited` counts for the family without its joint visit: 1 + prior changes of each child on a
    joint-visit plan. §4."""
    plans = engagement.settings.handover.joint_visit_for
    return sum(1 + prior_changes(child, engagement) for child in family.children if child.plan in plans)


def visits_due(family: Family, engagement: Engagement) -> tuple[date, ...]:
    """Last days of the siblings' statutory visits due in the window, closed days included; () for a family that is due
    no joint visit. A joint visit on or before the day covers it. §4."""
    settings = engagement.settings
    if not joint_visit_due(family, engagement):
        return ()
    return tuple(
        sorted(
            event.on
            for event in family_events(family, engagement)
            if event.kind == "statutory_visit" and settings.window_start <= event.on < settings.go_live
        )
    )


def family_events(family: Family, engagement: Engagement) -> tuple[Event, ...]:
    """Events of all siblings."""
    return tuple(event for child in family.children for event in engagement.events_of.get(child.child_id, ()))


def barred_visit_days(family: Family, engagement: Engagement) -> frozenset[date]:
    """Days of a sibling's review conference or court hearing: no joint visit then. §4."""
    return frozenset(e.on for e in family_events(family, engagement) if e.kind in INTRODUCED_AT)


def first_hearing(child: Child, engagement: Engagement) -> date | None:
    """The child's first review conference or court hearing on or after `window_start`, if any. §4, §5."""
    since = engagement.settings.window_start
    days = [e.on for e in engagement.events_of.get(child.child_id, ()) if e.kind in INTRODUCED_AT and e.on >= since]
    return min(days, default=None)


def event_end(event: Event, engagement: Engagement) -> datetime:
    """When an event with a `time` ends: after its `minutes`, else 120; a hearing without them takes the rest of the
    working day. §4.

    Raises ValueError for an event without a time.
    """
    if event.time is None:
        raise ValueError("only an event with a time has an end")
    start = at(event.on, event.time)
    if event.kind == "court_hearing" and event.minutes is None:
        return max(start, at(event.on, engagement.settings.hours.end))
    return start + timedelta(minutes=event.minutes if event.minutes is not None else EVENT_MINUTES)


def busy_times(engagement: Engagement) -> Mapping[str, tuple[Busy, ...]]:
    """By worker id: absences, and events with a time of the children the worker holds now. §4."""
    found: dict[str, set[Busy]] = {w.worker_id: set() for w in engagement.workers}
    for absence in engagement.absences:
        found[absence.worker_id].add(Busy(absence.start, absence.end))
    for event in engagement.events:
        if event.time is not None:
            busy = Busy(at(event.on, event.time), event_end(event, engagement))
            if busy.start < busy.end:
                found[engagement.child[event.child_id].worker_id].add(busy)
    return {worker_id: tuple(sorted(times)) for worker_id, times in found.items()}


def may_hand_over(worker: Worker, day: date) -> bool:
    """True inside `available_from`..`available_to`: the rule for summary, meeting and visit of who hands over. §4."""
    return (worker.available_from or day) <= day <= (worker.available_to or day)


def may_receive(worker: Worker, day: date, engagement: Engagement) -> bool:
    """True when the person may receive, relay or sign on that day: cleared, from `meets_from`, not gone. §4."""
    meets = meets_from(worker, engagement)
    return cleared(worker, engagement) and meets is not None and meets <= day <= (worker.available_to or day)


def has_never(family: Family, worker_id: str, engagement: Engagement) -> bool:
    """True when a sibling has the rule `never` with this person."""
    return any((child.child_id, worker_id) in engagement.never for child in family.children)


def managers(engagement: Engagement) -> tuple[Worker, ...]:
    """The managers named in `teams.csv`, in order of id."""
    return tuple(engagement.worker[worker_id] for worker_id in sorted({t.manager_id for t in engagement.teams}))


def manager_of(worker: Worker, engagement: Engagement) -> Worker:
    """The manager of an incoming or staying worker's team."""
    return engagement.worker[engagement.team[str(worker.team_id)].manager_id]


def may_sign_off(family: Family, to_worker: Worker, engagement: Engagement) -> tuple[Worker, ...]:
    """Who may sign the family's handover off: the receiving team's manager; where not cleared, or barred by `never`,
    any other cleared manager named in `teams.csv`. §4."""

    def able(manager: Worker) -> bool:
        return cleared(manager, engagement) and not has_never(family, manager.worker_id, engagement)

    own = manager_of(to_worker, engagement)
    return (own,) if able(own) else tuple(m for m in managers(engagement) if able(m))


def may_relay(
    family: Family, to_worker: Worker, interim_worker_id: str | None, engagement: Engagement
) -> tuple[Worker, ...]:
    """Who may take the handover meeting for the receiving worker, first choice first: the interim worker, the team's
    manager, other receiving workers of the team by id; never who hands over, nobody with a `never`. §4."""
    giver = hands_over(family, to_worker.worker_id)
    team = [w for w in engagement.workers_of[str(to_worker.team_id)] if receives(w, engagement)]
    interim = [engagement.worker[interim_worker_id]] if interim_worker_id else []
    # by id: a person of many fields takes long to hash
    order = {w.worker_id: w for w in [*interim, manager_of(to_worker, engagement), *team]}
    return tuple(
        w
        for w in order.values()
        if w.worker_id not in (giver, to_worker.worker_id)
        and cleared(w, engagement)
        and not has_never(family, w.worker_id, engagement)
    )


def held_in_between(family: Family, to_worker: Worker, engagement: Engagement) -> tuple[Child, ...]:
    """Siblings whom an interim worker must hold from go-live until `to_worker` is ready. §4."""
    return tuple(child for child in family.children if is_late(child, to_worker, engagement))


def interim_candidates(family: Family, to_worker: Worker, engagement: Engagement) -> tuple[Worker, ...]:
    """Who may hold the family until `to_worker` is ready: the first of four groups that has anybody, by id. §4.

    The groups: receiving workers of the same team who are ready, the team's manager, any ready receiving worker, any
    cleared manager. Nobody with a `never`, nobody gone before `to_worker` is ready. Empty: nobody can.
    """
    until = ready_on(to_worker, engagement)

    def free(worker: Worker) -> bool:
        gone = worker.available_to is not None and until is not None and worker.available_to < until
        return (
            worker.worker_id != to_worker.worker_id and not gone and not has_never(family, worker.worker_id, engagement)
        )

    def ready(worker: Worker) -> bool:
        on = ready_on(worker, engagement)
        return on is not None and on <= engagement.settings.go_live

    def receiving(of: Iterable[Worker]) -> list[Worker]:
        return [w for w in of if free(w) and receives(w, engagement) and ready(w)]

    def managing(of: Iterable[Worker]) -> list[Worker]:
        return [
            w for w in of if free(w) and w.role == "team_manager" and w.side != "outgoing" and cleared(w, engagement)
        ]

    # one group after the other: the wider ones are long, and seldom asked
    team = engagement.workers_of[str(to_worker.team_id)]
    return tuple(
        receiving(team)
        or [w for w in managing([manager_of(to_worker, engagement)]) if ready(w)]
        or receiving(engagement.workers)
        or managing(engagement.workers)
    )
