"""What a change of social worker means to a child: changes, prior changes, known workers, strangers (contract §3)."""

from datetime import timedelta
from itertools import pairwise

from handover.clearance import meets_from, ready_on
from handover.engagement import Child, Engagement, Worker
from handover.workdays import months_back

INTRODUCED_AT = ("review_conference", "court_hearing")
"""Events before which a child should have met the receiving worker."""


def is_late(child: Child, worker: Worker, engagement: Engagement) -> bool:
    """True when somebody else must hold the child from go-live: a new worker, not ready on go-live. §3, §4."""
    ready = ready_on(worker, engagement)
    return worker.worker_id != child.worker_id and ready is not None and ready > engagement.settings.go_live


def changes(child: Child, worker: Worker, engagement: Engagement) -> int:
    """Changes of social worker the child would go through by ending with `worker` (0 to 3). §3.

    A worker not ready on go-live counts twice: somebody else must hold the child until then.
    A foreseen departure before the end of the child's need counts as one more.
    """
    count = 0 if worker.worker_id == child.worker_id else 1
    if is_late(child, worker, engagement):
        count += 1
    end = engagement.settings.contract_end
    if child.expected_close_on is not None:
        end = min(end, child.expected_close_on)
    if worker.available_to is not None and worker.available_to < end:
        count += 1
    return count


def prior_changes(child: Child, engagement: Engagement) -> int:
    """Changes the child has been through in the `changes_months` before `window_start`. §3."""
    until = engagement.settings.window_start
    since = months_back(until, engagement.settings.history.changes_months)
    episodes = engagement.episodes_of.get(child.child_id, ())
    return sum(
        after.worker_id != before.worker_id and since <= after.from_date < until for before, after in pairwise(episodes)
    )


def known_workers(child: Child, engagement: Engagement) -> frozenset[str]:
    """Ids of workers the child knows: who holds it now, held it within `known_months`, or has the rule `knows`. §3."""
    since = months_back(engagement.settings.window_start, engagement.settings.history.known_months)
    episodes = engagement.episodes_of.get(child.child_id, ())
    return (
        frozenset({child.worker_id})
        | {e.worker_id for e in episodes if e.to_date is None or e.to_date >= since}
        | engagement.knows.get(child.child_id, frozenset())
    )


def has_hearing_soon(child: Child, engagement: Engagement) -> bool:
    """True when the child has a review conference or court hearing from go-live to 13 days after. §3 level 5."""
    go_live = engagement.settings.go_live
    return any(
        event.kind in INTRODUCED_AT and go_live <= event.on <= go_live + timedelta(days=13)
        for event in engagement.events_of.get(child.child_id, ())
    )


def meets_too_late(worker: Worker, engagement: Engagement) -> bool:
    """True for a worker who cannot meet a child before go-live. §3 level 5."""
    meets = meets_from(worker, engagement)
    return meets is not None and meets >= engagement.settings.go_live


def introduction_weight(child: Child, engagement: Engagement) -> int:
    """What a child counts whom a stranger receives: 3 with a conference or hearing soon, else 1. §3 level 5."""
    return 3 if has_hearing_soon(child, engagement) else 1


def stranger_weight(child: Child, worker: Worker, engagement: Engagement) -> int:
    """What level `strangers` counts: 0 for a known worker or one who can meet before go-live, else 1, or 3 with a
    conference or hearing soon. §3."""
    if not meets_too_late(worker, engagement) or worker.worker_id in known_workers(child, engagement):
        return 0
    return introduction_weight(child, engagement)
