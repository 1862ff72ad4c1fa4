"""The figures of a plan that a manager reads out in a meeting; the same for `--json` (contract §3 to §5)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from handover.caseload import Band, fair_shares, points, team_bands, team_fair_shares, worker_bands
from handover.clearance import failed, failed_checks, receiving_workers
from handover.engagement import Child, Engagement
from handover.flags import kind_of
from handover.handovers import joint_visit_due, meeting_mode
from handover.journeys import visit_trips
from handover.plan import Flag, Level, Plan

MANY_WORKERS = 3
"""Social workers in a year from which a child counts as having had many."""


@dataclass(frozen=True)
class Load:
    """What a team (`worker_id` None) or receiving worker would hold, against the band; shares and points of work."""

    team_id: str
    worker_id: str | None
    name: str
    fte: Fraction
    children: int
    points: int
    fair_share: Fraction
    low: int
    high: int
    interim_children: int

    @property
    def place(self) -> str:
        """Where the points lie: `below`, `within` or `above` the band."""
        return "below" if self.points < self.low else "above" if self.points > self.high else "within"


@dataclass(frozen=True)
class NotReady:
    """A person of the incoming teams who is not cleared, or is cleared and cannot receive; `failed` says why."""

    worker_id: str
    name: str
    role: str
    team_id: str
    cleared: bool
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """A plan in figures.

    `changes_whatever_the_caseloads` are changes that no plan could avoid whatever the caseloads, and
    `price_of_even_caseloads` the rest of `changes`. `meetings` counts families by mode, `warnings` and `infos` flags by
    kind. `three_or_more_workers` counts children with 1 + prior + changes of 3 or more.
    """

    engagement: str
    plan_id: str
    seconds: float
    children: int
    families: int
    unallocated: int
    changes: int
    changes_whatever_the_caseloads: Level
    price_of_even_caseloads: int
    three_or_more_workers: int
    meetings: Mapping[str, int]
    joint_visits_due: int
    joint_visits: int
    visit_trips: int
    uncovered_visits: int
    unsigned: int
    teams: tuple[Load, ...]
    workers: tuple[Load, ...]
    not_ready: tuple[NotReady, ...]
    stops: tuple[Flag, ...]
    warnings: Mapping[str, int]
    infos: Mapping[str, int]
    levels: tuple[Level, ...]
    remedies: tuple[str, ...]


def summary(engagement: Engagement, plan: Plan) -> Summary:
    """The plan's figures, counted from the plan itself where the files show them. §3 to §5."""
    changes = sum(a.changes for a in plan.allocations if a.to_worker_id is not None)
    meetings, due, visits, unsigned = _handovers(engagement, plan)
    teams, workers = _loads(engagement, plan)
    return Summary(
        plan.engagement,
        plan.plan_id,
        plan.seconds,
        len(plan.allocations),
        len(engagement.families),
        len(plan.unallocated),
        changes,
        plan.changes_whatever_the_caseloads,
        changes - int(plan.changes_whatever_the_caseloads.value),
        sum(1 + a.prior_changes + a.changes >= MANY_WORKERS for a in plan.allocations),
        meetings,
        due,
        visits,
        _trips(engagement, plan),
        int(plan.level["uncovered_visits"].value),
        unsigned,
        teams,
        workers,
        _not_ready(engagement),
        tuple(f for f in plan.flags if f.severity == "stop"),
        _by_kind(plan, "warn"),
        _by_kind(plan, "info"),
        plan.levels,
        plan.remedies,
    )


def _handovers(engagement: Engagement, plan: Plan) -> tuple[Mapping[str, int], int, int, int]:
    """Families by meeting mode; joint visits due and booked; handovers not signed off."""
    modes = dict.fromkeys(("direct", "relayed", "none", "not_needed"), 0)
    due = visits = unsigned = 0
    for family in engagement.families:
        booked = plan.appointments_of.get(family.family_id, {})
        meeting = booked.get("meeting")
        to_worker_id = plan.allocation_of[family.children[0].child_id].to_worker_id
        mode = meeting_mode(family, to_worker_id, meeting.with_worker_id if meeting else None)
        if mode is None:
            continue
        modes[mode] += 1
        if mode != "not_needed":
            due += joint_visit_due(family, engagement)
            visits += "joint_visit" in booked
            unsigned += "sign_off" not in booked
    return modes, due, visits, unsigned


def _trips(engagement: Engagement, plan: Plan) -> int:
    """Trips that the joint visits take: one for all that a receiving worker makes in one area on one day."""
    booked = [
        (str(a.with_worker_id), a.start.date(), a.family_id) for a in plan.appointments if a.kind == "joint_visit"
    ]
    family = {f.family_id: f for f in engagement.families}
    return visit_trips((worker_id, day, family[family_id]) for worker_id, day, family_id in booked)


def _loads(engagement: Engagement, plan: Plan) -> tuple[tuple[Load, ...], tuple[Load, ...]]:
    """What each team and each receiving worker holds, teams and workers in order of team and id."""
    held: dict[str, list[Child]] = defaultdict(list)
    interim: Counter[str] = Counter()
    for a in plan.allocations:
        if a.to_worker_id is not None:
            held[a.to_worker_id].append(engagement.child[a.child_id])
        if a.interim_worker_id is not None:
            interim[a.interim_worker_id] += 1
    shares, bands = fair_shares(engagement), worker_bands(engagement)
    workers = tuple(
        _load(
            engagement,
            (str(w.team_id), w.worker_id, w.name),
            w.fte,
            held[w.worker_id],
            shares[w.worker_id],
            bands[w.worker_id],
            interim[w.worker_id],
        )
        for w in sorted(receiving_workers(engagement), key=lambda w: (str(w.team_id), w.worker_id))
    )
    shares, bands = team_fair_shares(engagement), team_bands(engagement)
    teams = []
    for team in engagement.teams:
        own = [w for w in workers if w.team_id == team.team_id]
        children = [c for w in own for c in held[str(w.worker_id)]]
        fte = sum((w.fte for w in own), Fraction(0))
        between = sum(w.interim_children for w in own)
        of_team = (team.team_id, None, team.name)
        teams.append(_load(engagement, of_team, fte, children, shares[team.team_id], bands[team.team_id], between))
    return tuple(teams), workers


def _load(
    engagement: Engagement,
    whose: tuple[str, str | None, str],
    fte: Fraction,
    children: list[Child],
    share: Fraction,
    band: Band,
    interim_children: int,
) -> Load:
    held = sum(points(c, engagement) for c in children)
    return Load(*whose, fte, len(children), held, share, band.low, band.high, interim_children)


def _not_ready(engagement: Engagement) -> tuple[NotReady, ...]:
    found = []
    for worker in engagement.workers:
        why = () if worker.side == "outgoing" else failed(worker, engagement)
        if why:
            clear = not failed_checks(worker, engagement)
            found.append(NotReady(worker.worker_id, worker.name, worker.role, str(worker.team_id), clear, why))
    return tuple(found)


def _by_kind(plan: Plan, severity: str) -> Mapping[str, int]:
    """Flags of a severity by kind, the most frequent first."""
    count = Counter(kind_of(f) for f in plan.flags if f.severity == severity)
    return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))
