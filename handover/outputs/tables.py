"""The tables of a written plan as values: columns with their meaning, and rows in a stable order (contract §5)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from handover.caseload import Band, fair_shares, points, team_bands, team_fair_shares, worker_bands
from handover.clearance import cleared, failed, meets_from, ready_on, receives, receiving_workers
from handover.engagement import Child, Engagement
from handover.flags import kind_of
from handover.handovers import meeting_mode
from handover.notices import notices
from handover.plan import Allocation, Flag, Plan

Value = str | int | Decimal | date | datetime | None
"""One cell. None is blank: not applicable."""


@dataclass(frozen=True)
class Column:
    """One column of a table, with what it means in a line."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table of a plan: `rows` are as wide as `columns`."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def _columns(meanings: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, meaning) for name, meaning in meanings.items())


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "handover_schedule": _columns(
        {
            "child_id": "The child: one row each.",
            "family_id": "The siblings the child moves with; the child's own id for a child who moves alone.",
            "plan": "child_protection, court, looked_after or child_in_need.",
            "from_worker_id": "Who holds this child now.",
            "from_worker": "Their name.",
            "to_team_id": "Team of the receiving worker.",
            "to_worker_id": "The receiving worker; blank: nobody, and `why` says by which rule.",
            "to_worker": "Their name.",
            "interim_worker_id": "Who holds the child from go-live until the receiving worker is ready.",
            "responsible_from": "Day on which the receiving worker becomes responsible.",
            "meeting_start": "Start of the handover meeting.",
            "meeting_end": "End of the handover meeting.",
            "meeting_with": "Who met the outgoing worker there.",
            "meeting_mode": "direct (with the receiving worker), relayed (with a colleague), none (no time was "
            "found) or not_needed (no sibling's worker changes); blank for an unallocated child.",
            "joint_visit_start": "Start of the joint visit of the outgoing and the receiving worker.",
            "joint_visit_end": "End of the joint visit.",
            "signed_off_by": "The manager who signs the handover off.",
            "sign_off_start": "Start of the sign-off.",
            "changes": "Changes of social worker that this plan means for the child.",
            "prior_changes": "Changes the child has been through in the months before (`changes_months`).",
            "known": "yes when the child knows the receiving worker, else no.",
            "flags": "The flags that concern the child or the family, in short; flags.csv has them in full.",
            "why": "Why this worker, or which rule leaves nobody.",
        }
    ),
    "diary": _columns(
        {
            "worker_id": "Whose diary: every person at an appointment has a row.",
            "start": "Start of the appointment.",
            "end": "End of the appointment.",
            "kind": "summary, meeting, joint_visit or sign_off.",
            "family_id": "The family it is about.",
            "with_worker_id": "The other person of a meeting or joint visit.",
        }
    ),
    "caseloads": _columns(
        {
            "team_id": "Team of the receiving worker.",
            "worker_id": "The receiving worker: one row each.",
            "worker": "Their name.",
            "fte": "Full-time equivalent.",
            "children": "Children they receive or keep.",
            "families": "Families they receive or keep.",
            "points": "Points of these children.",
            "fair_share": "Their fair share of all points.",
            "low": "Low end of their band, in points.",
            "high": "High end of their band, in points.",
            "ready_on": "First working day with DBS, laptop, system access and induction in place.",
            "interim_children": "Children they hold in between for a colleague who is not yet ready.",
            "interim_points": "Points of the children held in between.",
        }
    ),
    "team_balance": _columns(
        {
            "team_id": "The team: one row each.",
            "team": "Its name.",
            "manager": "Name of its manager.",
            "workers": "Its receiving workers.",
            "fte": "Their full-time equivalents together.",
            "children": "Children they receive or keep.",
            "families": "Families they receive or keep.",
            "points": "Points of these children.",
            "fair_share": "The team's fair share of all points.",
            "low": "Low end of its band, in points.",
            "high": "High end of its band, in points.",
        }
    ),
    "readiness": _columns(
        {
            "worker_id": "Worker or manager of an incoming team: one row each.",
            "worker": "Their name.",
            "role": "social_worker or team_manager.",
            "team_id": "Their team.",
            "cleared": "yes when registration, DBS and experience all hold on go-live, else no.",
            "receives": "yes for a receiving worker, else no.",
            "meets_from": "First working day on which they may meet families.",
            "ready_on": "First working day with DBS, laptop, system access and induction in place.",
            "failed": "Every requirement they fail, separated by semicolons.",
        }
    ),
    "flags": _columns(
        {
            "severity": "stop (settle before go-live), warn (decide or watch) or info.",
            "subject": "Id of the child, family, worker or team it is about.",
            "matter": "What it is: the kind in a few words, a colon, the matter.",
            "action": "What to do next.",
        }
    ),
    "notices": _columns(
        {
            "tell": "family, reviewing_officer (of a looked-after child) or court (where proceedings are live).",
            "by": "Last day on which to tell them: the working day before the joint visit, review or hearing that "
            "comes first, or before go-live.",
            "family_id": "The family.",
            "child_ids": "The children whose worker changes, separated by semicolons.",
            "from_worker": "Names of who holds them now, separated by semicolons.",
            "to_worker_id": "Who receives them; blank: nobody yet.",
            "to_worker": "Their name.",
            "interim_worker": "Name of who holds them until the receiving worker is ready.",
            "responsible_from": "Day on which the receiving worker becomes responsible.",
            "event_on": "The joint visit, review or hearing that sets the day; blank: go-live does.",
        }
    ),
}
"""Every table's columns in the order of the contract, each with its meaning. §5."""


def tables(engagement: Engagement, plan: Plan) -> tuple[Table, ...]:
    """The tables of a plan, in the order of the contract; the notices are ours. §5."""
    makers: Mapping[str, Callable[[Engagement, Plan], Iterable[tuple[Value, ...]]]] = {
        "handover_schedule": _schedule,
        "diary": _diary,
        "caseloads": _caseloads,
        "team_balance": _team_balance,
        "readiness": _readiness,
        "flags": _flags,
        "notices": _notices,
    }
    return tuple(Table(name, COLUMNS[name], tuple(make(engagement, plan))) for name, make in makers.items())


def flag_words(flag: Flag) -> str:
    """A flag in a few words: its severity and the kind of matter, which stands before the colon."""
    return f"{flag.severity}: {kind_of(flag)}"


def _schedule(engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    flags: dict[str, list[Flag]] = defaultdict(list)
    for flag in plan.flags:
        flags[flag.subject].append(flag)
    for allocation in sorted(plan.allocations, key=lambda a: a.child_id):
        child = engagement.child[allocation.child_id]
        to_worker = engagement.worker[allocation.to_worker_id] if allocation.to_worker_id else None
        booked = plan.appointments_of.get(allocation.family_id, {})
        meeting, visit, sign_off = (booked.get(kind) for kind in ("meeting", "joint_visit", "sign_off"))
        about = dict.fromkeys((allocation.child_id, allocation.family_id))
        yield (
            allocation.child_id,
            allocation.family_id,
            child.plan,
            child.worker_id,
            engagement.worker[child.worker_id].name,
            to_worker.team_id if to_worker else None,
            to_worker.worker_id if to_worker else None,
            to_worker.name if to_worker else None,
            allocation.interim_worker_id,
            allocation.responsible_from,
            meeting.start if meeting else None,
            meeting.end if meeting else None,
            meeting.with_worker_id if meeting else None,
            meeting_mode(
                engagement.family[allocation.family_id],
                allocation.to_worker_id,
                meeting.with_worker_id if meeting else None,
            ),
            visit.start if visit else None,
            visit.end if visit else None,
            sign_off.worker_id if sign_off else None,
            sign_off.start if sign_off else None,
            allocation.changes if to_worker else None,
            allocation.prior_changes,
            _yes(allocation.known) if to_worker else None,
            "; ".join(dict.fromkeys(flag_words(flag) for subject in about for flag in flags.get(subject, ()))),
            allocation.why,
        )


def _diary(_engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    rows = []
    for a in plan.appointments:
        rows.append((a.worker_id, a.start, a.end, a.kind, a.family_id, a.with_worker_id or ""))
        if a.with_worker_id:
            rows.append((a.with_worker_id, a.start, a.end, a.kind, a.family_id, a.worker_id))
    return sorted(rows)


def _caseloads(engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    held = _children_by(plan, engagement, lambda a: a.to_worker_id)
    interim = _children_by(plan, engagement, lambda a: a.interim_worker_id)
    shares, bands = fair_shares(engagement), worker_bands(engagement)
    for worker in sorted(receiving_workers(engagement), key=lambda w: (w.team_id or "", w.worker_id)):
        children, between = held.get(worker.worker_id, []), interim.get(worker.worker_id, [])
        yield (
            worker.team_id,
            worker.worker_id,
            worker.name,
            plain(worker.fte),
            *_load(children, engagement),
            share(shares[worker.worker_id]),
            *_ends(bands[worker.worker_id]),
            ready_on(worker, engagement),
            len(between),
            sum(points(c, engagement) for c in between),
        )


def _team_balance(engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    held = _children_by(plan, engagement, lambda a: a.to_worker_id)
    shares, bands = team_fair_shares(engagement), team_bands(engagement)
    receiving = receiving_workers(engagement)
    for team in sorted(engagement.teams, key=lambda t: t.team_id):
        workers = [w for w in receiving if w.team_id == team.team_id]
        yield (
            team.team_id,
            team.name,
            engagement.worker[team.manager_id].name,
            len(workers),
            plain(sum((w.fte for w in workers), Fraction(0))),
            *_load([c for w in workers for c in held.get(w.worker_id, ())], engagement),
            share(shares[team.team_id]),
            *_ends(bands[team.team_id]),
        )


def _readiness(engagement: Engagement, _plan: Plan) -> Iterable[tuple[Value, ...]]:
    for worker in sorted(engagement.workers, key=lambda w: w.worker_id):
        if worker.side != "outgoing":
            yield (
                worker.worker_id,
                worker.name,
                worker.role,
                worker.team_id,
                _yes(cleared(worker, engagement)),
                _yes(receives(worker, engagement)),
                meets_from(worker, engagement),
                ready_on(worker, engagement),
                ";".join(failed(worker, engagement)),
            )


def _flags(_engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    return ((f.severity, f.subject, f.matter, f.action) for f in plan.flags)


def _notices(engagement: Engagement, plan: Plan) -> Iterable[tuple[Value, ...]]:
    for n in notices(engagement, plan):
        yield (
            n.told,
            n.by,
            n.family_id,
            ";".join(n.children),
            ";".join(engagement.worker[worker_id].name for worker_id in n.from_worker_ids),
            n.to_worker_id,
            engagement.worker[n.to_worker_id].name if n.to_worker_id else None,
            engagement.worker[n.interim_worker_id].name if n.interim_worker_id else None,
            n.responsible_from,
            n.event_on,
        )


def _children_by(
    plan: Plan, engagement: Engagement, holder: Callable[[Allocation], str | None]
) -> Mapping[str, list[Child]]:
    found: dict[str, list[Child]] = defaultdict(list)
    for allocation in plan.allocations:
        worker_id = holder(allocation)
        if worker_id is not None:
            found[worker_id].append(engagement.child[allocation.child_id])
    return found


def _load(children: list[Child], engagement: Engagement) -> tuple[int, int, int]:
    """Children, families and points."""
    families = {engagement.family_of[c.child_id].family_id for c in children}
    return len(children), len(families), sum(points(c, engagement) for c in children)


def _ends(band: Band) -> tuple[int, int]:
    return band.low, band.high


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def plain(number: Fraction, places: int = 6) -> Decimal:
    """A fraction as a decimal without trailing noise; exact where it ends within `places`."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return rounded.normalize() if rounded else Decimal(0)


def share(number: Fraction) -> Decimal:
    """A fair share, to three places."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(Decimal("0.001"), ROUND_HALF_EVEN)
