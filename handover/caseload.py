"""Points, fair shares and bands, in exact fractions (contract §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from handover.clearance import receiving_workers
from handover.engagement import Child, Engagement, Family, once


@dataclass(frozen=True)
class Band:
    """Whole points from `low` to `high`, both allowed; `floor` is what a worker must hold at least (0: none set)."""

    low: int
    high: int
    floor: int = 0


def points(child: Child, engagement: Engagement) -> int:
    """The child's own points, or the default of its plan. §3."""
    return child.points if child.points is not None else engagement.settings.workload.points[child.plan]


def family_points(family: Family, engagement: Engagement) -> int:
    """Points of all siblings together."""
    return sum(points(child, engagement) for child in family.children)


def total_points(engagement: Engagement) -> int:
    """`P`: points of all children. §3."""
    return sum(points(child, engagement) for child in engagement.children)


def _fair_shares(engagement: Engagement) -> Mapping[str, Fraction]:
    """Each receiving worker's fair share in points, `P × fte / Σ fte`, by worker id; empty without any. §3."""
    receiving = receiving_workers(engagement)
    all_fte = sum((w.fte for w in receiving), Fraction(0))
    total = total_points(engagement)
    return {w.worker_id: total * w.fte / all_fte for w in receiving}


# no decorator: see `failed_checks`
fair_shares = once(_fair_shares)


def team_fair_shares(engagement: Engagement) -> Mapping[str, Fraction]:
    """Each team's fair share: the sum of its receiving workers'; 0 for a team without any. §3."""
    shares = {t.team_id: Fraction(0) for t in engagement.teams}
    for worker_id, share in fair_shares(engagement).items():
        shares[str(engagement.worker[worker_id].team_id)] += share
    return shares


def worker_bands(engagement: Engagement) -> Mapping[str, Band]:
    """Each receiving worker's band, all three figures cut down to `max_points`. §3."""
    work = engagement.settings.workload
    bands = {}
    for worker_id, share in fair_shares(engagement).items():
        most = engagement.worker[worker_id].max_points
        low, high, least = (
            ceil((1 - work.worker_band) * share),
            floor((1 + work.worker_band) * share),
            ceil(work.worker_floor * share),
        )
        bands[worker_id] = Band(low, high, least) if most is None else Band(*(min(x, most) for x in (low, high, least)))
    return bands


def team_bands(engagement: Engagement) -> Mapping[str, Band]:
    """Each team's band; a team is held to both ends, so `floor` equals `low`. Not cut down to `max_points`. §3."""
    band = engagement.settings.workload.team_band
    found = {}
    for team_id, share in team_fair_shares(engagement).items():
        low = ceil((1 - band) * share)
        found[team_id] = Band(low, floor((1 + band) * share), low)
    return found
