"""Hours that handing over takes and hours there are, for each worker who must hand families over (contract §4).

A first look before any plan: who takes which family is open, so it counts only families that no receiving worker could
keep as they are.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement, Family, Worker
from handover.handovers import Busy, busy_times, hands_over, joint_visit_due, may_hand_over
from handover.workdays import at, slot_starts, window_days


@dataclass(frozen=True)
class HandoverHours:
    """What one worker must hand over: families, hours needed and free, joint visits due and the most that fit."""

    worker_id: str
    families: int
    needed: Fraction
    free: Fraction
    visits: int
    visits_at_most: int


def handover_hours(engagement: Engagement) -> tuple[HandoverHours, ...]:
    """By worker id, for everybody with a family that must change. Hours are of summary, meeting, joint visit and one
    journey a visit, against free slots inside working hours. §4."""
    handover = engagement.settings.handover
    families: dict[str, list[Family]] = defaultdict(list)
    for family in engagement.families:
        giver = hands_over(family, "")
        if giver is not None and _must_change(family, engagement):
            families[giver].append(family)
    busy = busy_times(engagement)
    found = []
    for worker_id in sorted(families):
        visits = sum(joint_visit_due(family, engagement) for family in families[worker_id])
        minutes = len(families[worker_id]) * (handover.summary_minutes + handover.meeting_minutes)
        minutes += visits * (handover.joint_visit_minutes + handover.travel_minutes)
        free = _free_minutes(engagement.worker[worker_id], busy, engagement)
        found.append(
            HandoverHours(
                worker_id,
                len(families[worker_id]),
                Fraction(minutes, 60),
                Fraction(sum(free), 60),
                visits,
                handover.visits_a_day * sum(day >= handover.joint_visit_minutes for day in free),
            )
        )
    return tuple(found)


def _must_change(family: Family, engagement: Engagement) -> bool:
    """True when no receiving worker who can take the family holds all of it now, but some can take it."""
    takers = [w.worker_id for w in receiving_workers(engagement) if can_take(family, w, engagement)]
    return bool(takers) and not any(all(c.worker_id == taker for c in family.children) for taker in takers)


def _free_minutes(worker: Worker, busy: Mapping[str, tuple[Busy, ...]], engagement: Engagement) -> list[int]:
    """Minutes in free slots on each day of the window on which the worker may hand over; the break is not free."""
    hours = engagement.settings.hours
    step = timedelta(minutes=hours.slot_minutes)
    found = []
    for day in window_days(engagement):
        if not may_hand_over(worker, day):
            continue
        taken = list(busy[worker.worker_id])
        if hours.break_ is not None:
            taken.append(Busy(at(day, hours.break_[0]), at(day, hours.break_[1])))
        free = [s for s in slot_starts(engagement, day) if not any(b.start < s + step and s < b.end for b in taken)]
        found.append(len(free) * hours.slot_minutes)
    return found
