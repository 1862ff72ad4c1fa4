"""A whole plan: allocate, choose who holds children in between, book the meetings, say why."""

import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from handover.clearance import ready_on
from handover.continuity import changes, is_late, known_workers, prior_changes
from handover.engagement import Engagement
from handover.plan import Allocation, Limits, Plan
from handover.why import Reasons
from solver.allocate import allocate
from solver.interim import choose_interim
from solver.remedies import remedies
from solver.schedule import schedule
from solver.watch import Watch

ALLOCATION_SHARE = 0.9
"""Share of the time that the allocation may use up; the schedule has the rest, and what was not needed."""
ALLOCATION_WORK, SCHEDULE_WORK = 1.02, 6
"""What the allocation may use up as a share of the work there is: all, and a little more for its last proof; and the
seconds of work that the schedule has all the same."""
REMEDIES_SHARE = 0.4
"""Share of what is then left that the search for remedies may use up, where one is needed."""


def make_plan(engagement: Engagement, limits: Limits, watch: Watch) -> Plan:
    """The best plan for the engagement within the watch, in the order of contract §3 and then §4; without flags yet.

    The same engagement, seed and limit of time, by which the work is measured, give the same plan, unless a level says
    that the clock or an interrupt stopped it.
    """
    start = time.monotonic()
    # now, and not once somebody who stopped the search waits for its end
    input_sha256 = engagement.input_sha256
    allocated = allocate(engagement, watch.part(ALLOCATION_SHARE, ALLOCATION_WORK), limits.seed)
    stuck = [f for f in engagement.families if allocated.to_worker[f.family_id] is None]
    ways_out = remedies(engagement, stuck, allocated.levels, watch.part(REMEDIES_SHARE), limits.seed)
    interim = choose_interim(engagement, allocated.to_worker, watch)
    first = engagement.settings.window_start
    book_from = max(first, limits.book_from or first)
    working = watch.working(max(SCHEDULE_WORK, watch.work.left))
    booked = schedule(engagement, allocated.to_worker, interim, book_from, working, limits.seed)
    return Plan(
        engagement=engagement.settings.name,
        input_sha256=input_sha256,
        seed=limits.seed,
        booked_from=book_from,
        versions=versions(),
        seconds=round(time.monotonic() - start, 3),
        levels=allocated.levels + booked.levels + allocated.ties,
        changes_whatever_the_caseloads=allocated.changes_whatever_the_caseloads,
        allocations=allocations(engagement, allocated.to_worker, interim),
        appointments=booked.appointments,
        remedies=ways_out,
    )


def allocations(
    engagement: Engagement, to_worker: Mapping[str, str | None], interim: Mapping[str, str | None]
) -> tuple[Allocation, ...]:
    """What the allocation (worker by family) and the interim workers (by family) mean for each child. §3, §4, §5."""
    reasons = Reasons(engagement, to_worker)
    found = []
    for child in engagement.children:
        family = engagement.family_of[child.child_id]
        worker_id = to_worker[family.family_id]
        worker = engagement.worker[worker_id] if worker_id else None
        late = worker is not None and is_late(child, worker, engagement)
        responsible = engagement.settings.go_live if worker else None
        if worker and late:
            responsible = ready_on(worker, engagement)  # late: after go-live
        found.append(
            Allocation(
                child.child_id,
                family.family_id,
                child.worker_id,
                worker_id,
                interim.get(family.family_id) if late else None,
                responsible,
                changes(child, worker, engagement) if worker else 0,
                prior_changes(child, engagement),
                worker_id in known_workers(child, engagement),
                reasons.why(child, worker_id),
            )
        )
    return tuple(found)


def versions() -> dict[str, str]:
    """The versions that a plan depends on: this program's and the solvers'."""
    found = {}
    for name in ("case-handover", "ortools", "numpy", "networkx"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # run from a folder without being installed
            found[name] = "not installed"
    return found
