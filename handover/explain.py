"""Why a child goes to this worker, and why a worker holds this caseload: the plan's reasons, from its own figures (§3).

Every figure is counted from the plan as it stands; what other plans would cost is the solver's to say.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from handover.british import number_day
from handover.caseload import Band, fair_shares, family_points, worker_bands
from handover.clearance import READY_DATES, bars, failed, ready_on
from handover.continuity import changes, is_late, known_workers
from handover.engagement import Child, Engagement, Family, Worker
from handover.figures import allocation_figures
from handover.plan import ALLOCATION_LEVELS, Plan
from handover.why import Reasons


@dataclass(frozen=True)
class Part:
    """What the family adds to a level of the plan, and the whole of that level; in the level's own unit."""

    level: str
    family: Fraction
    plan: Fraction


@dataclass(frozen=True)
class Barred:
    """One reason why people of the incoming teams cannot take the family, and who they are (ids)."""

    rule: str
    worker_ids: tuple[str, ...]


@dataclass(frozen=True)
class ChildExplained:
    """Why a child goes where it goes. `able`: receiving workers who can take the family; `known`: those of them whom
    the child knows; `rather`: why not to one of these, where the family goes to somebody new; `avoid`: why a change is
    unavoidable, or what would avoid it. The last two are sentences."""

    child_id: str
    family_id: str
    siblings: tuple[str, ...]
    from_worker_id: str
    to_worker_id: str | None
    changes: int
    why: str
    able: tuple[str, ...]
    known: tuple[str, ...]
    rather: tuple[str, ...]
    parts: tuple[Part, ...]
    barred: tuple[Barred, ...]
    avoid: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A family of a worker's caseload. `able`: how many receiving workers could take it. `because`: in a few words."""

    family_id: str
    children: int
    points: int
    changes: int
    able: int
    because: str


@dataclass(frozen=True)
class WorkerExplained:
    """Why a worker holds this caseload; for a person who receives none, why not. `reasons` are sentences."""

    worker_id: str
    name: str
    team_id: str | None
    receives: bool
    points: int
    fair_share: Fraction | None
    band: Band | None
    held: tuple[Held, ...]
    reasons: tuple[str, ...]


def explain_child(child: Child, plan: Plan, engagement: Engagement) -> ChildExplained:
    """The reasons for one child's place in a plan. §2, §3."""
    to_worker = receivers(plan, engagement)
    reasons, family = Reasons(engagement, to_worker), engagement.family_of[child.child_id]
    given = plan.allocation_of[child.child_id]
    able = tuple(sorted(reasons.able(family)))
    known = known_workers(child, engagement)
    return ChildExplained(
        child.child_id,
        family.family_id,
        tuple(c.child_id for c in family.children if c != child),
        child.worker_id,
        given.to_worker_id,
        given.changes,
        given.why,
        able,
        tuple(w for w in able if w in known),
        _rather(family, [w for w in able if w in known], given.to_worker_id, reasons),
        _parts(family, to_worker, engagement),
        _barred(family, reasons),
        _avoid(child, given.to_worker_id, reasons),
    )


def receivers(plan: Plan, engagement: Engagement) -> dict[str, str | None]:
    """The receiving worker of each family, by family id."""
    return {f.family_id: plan.allocation_of[f.children[0].child_id].to_worker_id for f in engagement.families}


def _rather(family: Family, known: list[str], to_worker_id: str | None, reasons: Reasons) -> tuple[str, ...]:
    """Why the family goes to somebody new to the child, and not to each of those who are known."""
    if to_worker_id is None or to_worker_id in known:
        return ()
    person = reasons.engagement.worker
    return tuple(
        f"Why not {named(person[w])}, who is known: {reasons.against(family, person[w], person[to_worker_id])}."
        for w in known
    )


def _parts(family: Family, to_worker: Mapping[str, str | None], engagement: Engagement) -> tuple[Part, ...]:
    """What each level would be less without the family: at the levels of bands and shares, what its points move."""
    figures = allocation_figures(to_worker, engagement)
    without = allocation_figures({**to_worker, family.family_id: None}, engagement)
    placed = to_worker[family.family_id] is not None
    out = {"unallocated": len(family.children), "unallocated_points": family_points(family, engagement)}
    parts = []
    for level in ALLOCATION_LEVELS:
        counted = Fraction(0 if placed else out[level]) if level in out else figures[level] - without[level]
        parts.append(Part(level, counted, figures[level]))
    return tuple(parts)


def _barred(family: Family, reasons: Reasons) -> tuple[Barred, ...]:
    """Everybody of the incoming teams who cannot take the family, by what stands against it."""
    engagement, found = reasons.engagement, defaultdict(list)
    for worker in engagement.workers:
        if worker.side == "outgoing" or worker.worker_id in reasons.able(family):
            continue
        receives = worker.worker_id in reasons.receiving
        against = "; ".join(bars(family, worker, engagement)) if receives else reasons.not_receiving(worker)
        found[against].append(worker.worker_id)
    return tuple(Barred(rule, tuple(ids)) for rule, ids in sorted(found.items()))


def _avoid(child: Child, to_worker_id: str | None, reasons: Reasons) -> tuple[str, ...]:
    """Why the child's changes cannot be avoided, or what would avoid each of them."""
    engagement = reasons.engagement
    if to_worker_id is None:
        return ("The child goes to nobody yet: the reason above says what stands in the way.",)
    worker, now = engagement.worker[to_worker_id], engagement.worker[child.worker_id]
    said = [] if worker == now else [_to_stay(child, now, reasons)]
    if is_late(child, worker, engagement):
        said.append(_to_be_ready(worker, engagement))
    if changes(child, worker, engagement) > (worker != now) + is_late(child, worker, engagement):
        until = min(engagement.settings.contract_end, child.expected_close_on or engagement.settings.contract_end)
        said.append(f"{named(worker)} leaves on {day(worker.available_to)}: staying until {day(until)} saves a change.")
    return tuple(said) or ("The child keeps the same worker: there is no change to avoid.",)


def _to_stay(child: Child, now: Worker, reasons: Reasons) -> str:
    engagement, family = reasons.engagement, reasons.engagement.family_of[child.child_id]
    if now.side == "outgoing":
        return (
            f"No plan can leave the child with {named(now)}, who works for the outgoing provider. Only if they join an "
            "incoming team (side `staying` in workers.csv) could they keep the child."
        )
    if now.worker_id not in reasons.receiving:
        missing = ", ".join(failed(now, engagement)) or now.role
        return (
            f"{named(now)} {reasons.not_receiving(now)}. If that can be put right ({missing} in workers.csv), import "
            "and plan again: they could then keep the child."
        )
    against = bars(family, now, engagement)
    if against:
        return f"{named(now)} cannot take the family: {', '.join(against)}. Only with that settled could they keep it."
    return f"{named(now)} could keep the child, at a price: the plan in which they do is one of the alternatives."


def _to_be_ready(worker: Worker, engagement: Engagement) -> str:
    go_live = engagement.settings.go_live
    late = [f"{column} {day(on)}" for column in READY_DATES if (on := getattr(worker, column)) and on > go_live]
    return (
        f"{named(worker)} is ready only on {day(ready_on(worker, engagement))} ({', '.join(late)}): ready by "
        f"{day(go_live)}, they would save the change to an interim worker."
    )


def explain_worker(worker: Worker, plan: Plan, engagement: Engagement) -> WorkerExplained:
    """The reasons for a person's caseload in a plan. §3."""
    reasons = Reasons(engagement, receivers(plan, engagement))
    receives = worker.worker_id in reasons.receiving
    mine = [f for f in engagement.families if reasons.to_worker[f.family_id] == worker.worker_id]
    held = tuple(_held(family, worker, reasons) for family in mine)
    said = _why_so_many(worker, mine, reasons) if receives else _why_none(worker, reasons)
    return WorkerExplained(
        worker.worker_id,
        worker.name,
        worker.team_id,
        receives,
        reasons.load[worker.worker_id],
        fair_shares(engagement).get(worker.worker_id),
        worker_bands(engagement).get(worker.worker_id),
        held,
        said,
    )


def _held(family: Family, worker: Worker, reasons: Reasons) -> Held:
    engagement, able = reasons.engagement, len(reasons.able(family))
    now = sum(c.worker_id == worker.worker_id for c in family.children)
    known = sum(worker.worker_id in known_workers(c, engagement) for c in family.children)
    if now:
        because = "holds them now" if now == len(family.children) else f"holds {now} of them now"
    elif known:
        because = "known to them" if known == len(family.children) else f"known to {known} of them"
    elif able == 1:
        because = "nobody else can take them"
    else:
        because = "new to them"
    made = sum(changes(c, worker, engagement) for c in family.children)
    points = family_points(family, engagement)
    return Held(family.family_id, len(family.children), points, made, able, because)


def _why_so_many(worker: Worker, mine: list[Family], reasons: Reasons) -> tuple[str, ...]:
    engagement, load = reasons.engagement, reasons.load[worker.worker_id]
    band, ready = worker_bands(engagement)[worker.worker_id], ready_on(worker, engagement)
    said = []
    if ready is not None and ready > engagement.settings.go_live:
        said.append(
            f"Ready only on {day(ready)}: each child new to them needs an interim worker until then, a second change."
        )
    if worker.available_to is not None and worker.available_to < engagement.settings.contract_end:
        said.append(f"Leaves on {day(worker.available_to)}: children who need somebody for longer change once more.")
    if worker.max_points is not None and worker.max_points == band.high:
        said.append(f"Capped at {worker.max_points} points (max_points).")
    others = [f for f in engagement.families if worker.worker_id in reasons.able(f) and f not in mine]
    said.append(
        f"Skills and rules would let {len(others)} other families come here{_dearer(worker, others, reasons)}. "
        f"{_room(load, band)}"
    )
    return tuple(said)


def _dearer(worker: Worker, others: list[Family], reasons: Reasons) -> str:
    """How many of the families would change more often with this worker than where they go."""
    engagement, dearer = reasons.engagement, 0
    for family in others:
        receiver = reasons.to_worker[family.family_id]
        if receiver is not None:
            there = engagement.worker[receiver]
            extra = (changes(c, worker, engagement) - changes(c, there, engagement) for c in family.children)
            dearer += sum(extra) > 0
    return f"; for {dearer} of them that would be more changes of worker than where they go" if dearer else ""


def _room(load: int, band: Band) -> str:
    if load < band.low:
        return f"{load} points are {band.low - load} below the band's low end of {band.low}; the plan fills nobody up."
    if load > band.high:
        return f"{load} points are {load - band.high} above the band's high end of {band.high}."
    if load == band.high:
        return f"{load} points are the most that the band allows."
    return f"{load} points are within the band, {band.high - load} below its high end of {band.high}."


def _why_none(worker: Worker, reasons: Reasons) -> tuple[str, ...]:
    engagement = reasons.engagement
    said = [f"{named(worker)} receives no cases: {worker.name} {reasons.not_receiving(worker)}."]
    goes: dict[str, int] = defaultdict(int)
    for child in engagement.children:
        if child.worker_id == worker.worker_id:
            goes[str(reasons.to_worker[engagement.family_of[child.child_id].family_id])] += 1
    if goes:
        order = sorted(goes.items(), key=lambda item: (-item[1], item[0]))
        people = (f"{n} to {named(engagement.worker[w]) if w in engagement.worker else 'nobody'}" for w, n in order)
        said.append(f"The {sum(goes.values())} children held now go {', '.join(people)}.")
    return tuple(said)


def named(worker: Worker) -> str:
    """A person by name and id."""
    return f"{worker.name} ({worker.worker_id})"


def day(on: date | None) -> str:
    """A date for people: 14/11/2022."""
    return number_day(on) if on else "no known day"
