"""The plan seen by family and by worker."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from handover.caseload import points
from handover.clearance import receiving_workers
from handover.continuity import is_late
from handover.engagement import Child, Engagement, Family, Worker
from handover.flags.words import some
from handover.handovers import hands_over
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
