"""The plan seen by family and by worker."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from handover.caseload import points
from handover.clearance import receiving_workers
from handover.continuity import INTRODUCED_AT, is_late
from handover.engagement import Child, Engagement, Event, Family, Worker
from handover.flags.words import some
from handover.handovers import family_events, hands_over
from handover.plan import Appointment, Flag, Plan


@dataclass(frozen=True)
class Case:
    """One family in the plan: who takes it, who holds it in between, what is booked."""

    engagement: Engagement
    family: Family
    to_worker: Worker | None
    interim_worker_id: str | None
    booked: Mapping[str, Appointment]

    @cached_property
    def late(self) -> tuple[Child, ...]:
        """Siblings held in between."""
        worker = self.to_worker
        return tuple(c for c in self.family.children if worker and is_late(c, worker, self.engagement))

    @cached_property
    def giver(self) -> str | None:
        """Who hands over; None when nobody's worker changes."""
        return hands_over(self.family, self.to_worker.worker_id) if self.to_worker else None

    @cached_property
    def first_hearing(self) -> Event | None:
        """The family's first conference or hearing on or after `window_start`. §5."""
        since = self.engagement.settings.window_start
        events = [e for e in family_events(self.family, self.engagement) if e.kind in INTRODUCED_AT and e.on >= since]
        return min(events, key=lambda e: (e.on, e.child_id), default=None)

    @cached_property
    def introduced_on(self) -> date | None:
        """First day on which the receiving worker meets the family's outgoing worker or the family: a direct meeting or
        a joint visit. None: not in the window. §5."""
        meeting, visit = self.booked.get("meeting"), self.booked.get("joint_visit")
        direct = (
            meeting is not None and self.to_worker is not None and meeting.with_worker_id == self.to_worker.worker_id
        )
        return min((a.start.date() for a, counts in ((meeting, direct), (visit, True)) if a and counts), default=None)

    @property
    def children(self) -> str:
        """The family's children in words."""
        return some([c.child_id for c in self.family.children])

    def flag(self, severity: str, matter: str, action: str) -> Flag:
        """A flag about this family."""
        return Flag(severity, self.family.family_id, matter, action)


class Look:
    """The plan seen by family, worker and team."""

    def __init__(self, engagement: Engagement, plan: Plan) -> None:
        self.engagement = engagement
        self.plan = plan
        self.children: dict[str, list[Child]] = defaultdict(list)
        interim: dict[str, str] = {}
        for a in plan.allocations:
            if a.to_worker_id is not None:
                self.children[a.to_worker_id].append(engagement.child[a.child_id])
            if a.interim_worker_id is not None:
                interim[a.family_id] = a.interim_worker_id
        self.cases = []
        for family in engagement.families:
            to_worker_id = plan.allocation_of[family.children[0].child_id].to_worker_id
            self.cases.append(
                Case(
                    engagement,
                    family,
                    engagement.worker[to_worker_id] if to_worker_id else None,
                    interim.get(family.family_id),
                    plan.appointments_of.get(family.family_id, {}),
                )
            )
        self.receiving = receiving_workers(engagement)

    def load(self, worker: Worker) -> int:
        """Points the worker holds in the plan."""
        return sum(points(c, self.engagement) for c in self.children.get(worker.worker_id, ()))
