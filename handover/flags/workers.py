"""Flags about a worker or team: caseloads, clearance, registration, leaving (contract §5)."""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from handover.caseload import Band, team_bands, worker_bands
from handover.clearance import failed, failed_checks
from handover.continuity import changes, is_late
from handover.engagement import Child, Engagement, Worker
from handover.flags.look import Look
from handover.flags.words import named, short, some
from handover.plan import Flag
from handover.shortage import shortages

GROUPS_AT_MOST = 3
"""How many groups that are short a flag tells of, the worst first."""


def caseloads(look: Look) -> Iterator[Flag]:
    """Workers below or above their band or `most_children`, or who leave before the contract ends; the average."""
    engagement = look.engagement
    most = engagement.settings.workload.most_children
    bands = worker_bands(engagement)
    for worker in look.receiving:
        children = look.children.get(worker.worker_id, [])
        yield from _worker_band(worker, look.load(worker), bands[worker.worker_id])
        if len(children) > most * worker.fte:
            yield Flag(
                "warn",
                worker.worker_id,
                f"above most children: {named(worker)} would have {len(children)} children at {short(worker.fte)} "
                f"fte; the most for that is {short(most * worker.fte)}",
                "Agree it with them and review monthly, or find more hours for the team.",
            )
        again = [c.child_id for c in children if changes(c, worker, engagement) > _so_far(c, worker, engagement)]
        if again:
            yield Flag(
                "info",
                worker.worker_id,
                f"leaves before the children's need ends: {named(worker)} leaves on {worker.available_to}; "
                f"{some(again)} will change again",
                "Name who follows, and bring them in before that day.",
            )
    yield from _average(look, most)


def _so_far(child: Child, worker: Worker, engagement: Engagement) -> int:
    """Changes until the worker has the child, without a foreseen departure."""
    return (worker.worker_id != child.worker_id) + is_late(child, worker, engagement)


def _worker_band(worker: Worker, load: int, band: Band) -> Iterator[Flag]:
    if load < band.low:
        least = f", and below {band.floor}, the least a worker must hold" if load < band.floor else ""
        yield Flag(
            "warn",
            worker.worker_id,
            f"below the low end: {named(worker)} would hold {load} points; the band is {band.low} to "
            f"{band.high}{least}",
            "Give them new referrals first, or move cases to them once the families have settled.",
        )
    if load > band.high:
        yield Flag(
            "warn",
            worker.worker_id,
            f"above the high end: {named(worker)} would hold {load} points; the band is {band.low} to {band.high}",
            "Agree it with them and give no new referrals, or widen `worker_band` and plan again.",
        )


def _average(look: Look, most: Fraction) -> Iterator[Flag]:
    """The stop when there are more children than all receiving workers may have; its subject is the fullest team."""
    fte = sum((w.fte for w in look.receiving), Fraction(0))
    children = sum(len(look.children.get(w.worker_id, ())) for w in look.receiving)
    if children <= most * fte:
        return
    team_fte: dict[str, Fraction] = defaultdict(Fraction)
    team_children: dict[str, int] = defaultdict(int)
    for w in look.receiving:
        team_fte[str(w.team_id)] += w.fte
        team_children[str(w.team_id)] += len(look.children.get(w.worker_id, ()))
    average = {team_id: team_children[team_id] / team_fte[team_id] for team_id in sorted(team_fte)}
    fullest = max(average, key=lambda t: average[t])
    lacking = children / most - fte
    yield Flag(
        "stop",
        fullest,
        f"average above most children: {children} children for {short(fte)} full-time workers is "
        f"{short(Fraction(children) / fte)} each, above {short(most)}; {fullest} has {short(average[fullest])}",
        f"Bring in at least {short(lacking, up=True)} full-time workers more before go-live, or take fewer cases.",
    )


def teams(look: Look) -> Iterator[Flag]:
    """Teams outside their band."""
    bands = team_bands(look.engagement)
    for team in look.engagement.teams:
        load = sum(look.load(w) for w in look.receiving if w.team_id == team.team_id)
        band = bands[team.team_id]
        if not band.low <= load <= band.high:
            side = "below" if load < band.low else "above"
            yield Flag(
                "warn",
                team.team_id,
                f"team outside its band: {team.name} would hold {load} points, {side} its band of {band.low} to "
                f"{band.high}",
                "Steer new referrals to even it out, or widen `team_band` and plan again.",
            )


def competing(look: Look) -> Iterator[Flag]:
    """Which children compete for which workers, where some are left out (stop) or the bands cannot hold (warn): where
    that is not proven, nobody is known to be short."""
    left_out = bool(look.plan.unallocated)
    if not left_out and not look.plan.level["outside_bands"].bound:
        return
    groups: dict[str, list[str]] = defaultdict(list)
    for group in shortages(look.engagement, banded=not left_out):
        teams = [*group.team_ids, *(str(look.engagement.worker[w].team_id) for w in group.worker_ids)]
        groups[teams[0] if teams else look.engagement.teams[0].team_id].append(group.why)
    ways_out = look.plan.remedies
    action = f"A way out: {ways_out[0]}" if ways_out else "Find room with the provider and plan again."
    for team_id, whys in groups.items():
        more = len(whys) - GROUPS_AT_MOST
        said = " ".join(whys[:GROUPS_AT_MOST]) + (f" And {more} more groups." if more > 0 else "")
        yield Flag("stop" if left_out else "warn", team_id, f"shortage: {said}", action)


def people(engagement: Engagement) -> Iterator[Flag]:
    """People of the incoming teams who are not cleared, cannot start, or whose registration lapses."""
    end = engagement.settings.contract_end
    for worker in engagement.workers:
        if worker.side == "outgoing":
            continue
        missing = failed_checks(worker, engagement)
        if missing:
            yield Flag(
                "warn",
                worker.worker_id,
                f"not cleared: {named(worker)}, {worker.role.replace('_', ' ')}, fails {', '.join(missing)}",
                "Get the evidence before go-live and plan again, or ask the provider for a replacement.",
            )
            continue
        if worker.swe_registered_until is not None and worker.swe_registered_until < end:
            yield Flag(
                "warn",
                worker.worker_id,
                f"registration lapses: {named(worker)} is registered until {worker.swe_registered_until}, the contract "
                f"runs to {end}",
                "Look at the Social Work England register the day after, and hold the provider to renewal.",
            )
        kept = failed(worker, engagement)
        if kept:
            yield Flag(
                "warn",
                worker.worker_id,
                f"cannot receive cases: {named(worker)} is cleared but fails {', '.join(kept)}",
                "Bring the start forward or extend the stay and plan again, or ask the provider for a replacement.",
            )
