"""The nine figures of an allocation, straight from the contract (§3)."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from handover.caseload import fair_shares, family_points, team_bands, team_fair_shares, worker_bands
from handover.continuity import changes, known_workers, prior_changes, stranger_weight
from handover.engagement import Engagement


def allocation_figures(to_worker: Mapping[str, str | None], engagement: Engagement) -> dict[str, Fraction]:
    """Value of each of the nine allocation levels, by name, for an allocation of every family (family id to worker).

    Figures are exact; `changes`, `burden`, `strangers` and `unknown` leave out unallocated children. §3.
    """
    count: dict[str, int] = defaultdict(int)
    load: dict[str, int] = defaultdict(int)
    team_load: dict[str, int] = defaultdict(int)
    for family in engagement.families:
        worker_id = to_worker[family.family_id]
        if worker_id is None:
            count["unallocated"] += len(family.children)
            count["unallocated_points"] += family_points(family, engagement)
            continue
        worker = engagement.worker[worker_id]
        load[worker_id] += family_points(family, engagement)
        team_load[str(worker.team_id)] += family_points(family, engagement)
        for child in family.children:
            made = changes(child, worker, engagement)
            count["changes"] += made
            count["burden"] += prior_changes(child, engagement) * made
            count["strangers"] += stranger_weight(child, worker, engagement)
            count["unknown"] += worker_id not in known_workers(child, engagement)
    for holders, bands in ((load, worker_bands(engagement)), (team_load, team_bands(engagement))):
        count["outside_bands"] += sum(max(0, holders[h] - b.high, b.floor - holders[h]) for h, b in bands.items())
    team_share = team_fair_shares(engagement)
    return {
        name: Fraction(count[name])
        for name in (
            "unallocated",
            "unallocated_points",
            "outside_bands",
            "changes",
            "burden",
            "strangers",
            "unknown",
        )
    } | {
        "team_imbalance": max((abs(team_load[t] - share) for t, share in team_share.items()), default=Fraction(0)),
        "worker_imbalance": sum((abs(load[w] - share) for w, share in fair_shares(engagement).items()), Fraction(0)),
    }
