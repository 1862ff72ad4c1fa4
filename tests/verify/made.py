"""Whole plans made with the planner's own parts for any engagement: not the best, but every rule kept."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from handover.caseload import family_points
from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement
from handover.flags import flags
from handover.handovers import held_in_between
from handover.plan import Plan
from solver.interim import choose_interim
from solver.schedule import schedule
from solver.watch import Watch
from tests.plans import a_plan


def a_made_plan(engagement: Engagement, seed: int = 0) -> Plan:
    """Every family to some worker who can take it and has room; interim workers, appointments and flags as planned."""
    random = Random(seed)
    workers = receiving_workers(engagement)
    room = {w.worker_id: 10**6 if w.max_points is None else w.max_points for w in workers}
    to_worker: dict[str, str | None] = {}
    for family in engagement.families:
        points = family_points(family, engagement)
        able = [w.worker_id for w in workers if can_take(family, w, engagement) and room[w.worker_id] >= points]
        chosen = random.choice(able) if able else None
        to_worker[family.family_id] = chosen
        if chosen is not None:
            room[chosen] -= points
    interim = choose_interim(engagement, to_worker)
    held = {
        child.child_id
        for family in engagement.families
        if (worker_id := to_worker[family.family_id]) is not None
        for child in held_in_between(family, engagement.worker[worker_id], engagement)
    }
    plan = a_plan(engagement, to_worker)
    # no time to search: the schedule is the planner's first complete one
    made = schedule(engagement, to_worker, interim, engagement.settings.window_start, Watch.lasting(0), seed)
    plan = replace(
        plan,
        allocations=tuple(
            replace(a, interim_worker_id=interim[a.family_id] if a.child_id in held else None) for a in plan.allocations
        ),
        appointments=made.appointments,
        levels=tuple(replace(level, bound=Fraction(0)) for level in plan.levels[:9]) + made.levels,
    )
    return replace(plan, flags=flags(engagement, plan))
