"""What tells two equally good allocations apart: fewer new faces, a shared language, shorter journeys (§3)."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement, Family, Worker
from handover.handovers import hands_over
from handover.journeys import journey


def languages(family: Family) -> frozenset[str]:
    """All languages listed for the siblings."""
    return frozenset(language for child in family.children for language in child.languages)


def shares_language(family: Family, worker: Worker) -> bool:
    """True when nothing is listed for the family, or the worker speaks something that is."""
    spoken = languages(family)
    return not spoken or not spoken.isdisjoint(worker.languages)


def could_share_language(family: Family, receiving: Iterable[Worker], engagement: Engagement) -> bool:
    """True for a family with languages listed and a receiving worker who can take it and speaks one. §2, §3."""
    return bool(languages(family)) and any(
        shares_language(family, worker) and can_take(family, worker, engagement) for worker in receiving
    )


def tie_figures(to_worker: Mapping[str, str | None], engagement: Engagement) -> dict[str, Fraction]:
    """The figures by which ties are broken, by name and in their order, for an allocation (family id to worker). §3.

    `pairs`: different pairs of who hands over and who receives, each of whom must meet. `language_not_shared`: families
    whose worker speaks none of their languages though some worker who can take them does. `journeys_km`: kilometres in
    a straight line from receiving workers to their families, where both have coordinates.
    """
    receiving = receiving_workers(engagement)
    pairs = set()
    apart = metres = 0
    for family in engagement.families:
        worker_id = to_worker[family.family_id]
        if worker_id is None:
            continue
        worker, giver = engagement.worker[worker_id], hands_over(family, worker_id)
        if giver is not None:
            pairs.add((giver, worker_id))
        apart += not shares_language(family, worker) and could_share_language(family, receiving, engagement)
        metres += journey(family, worker) or 0
    return {
        "pairs": Fraction(len(pairs)),
        "language_not_shared": Fraction(apart),
        "journeys_km": Fraction(metres, 1000),
    }
