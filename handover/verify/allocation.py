"""Who takes each child: the rules of §2, `max_points`, and what the plan claims of each child (§3, §4, §5)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf

from handover.plan import Allocation, Plan
from handover.verify.facts import Facts

ToWorker = Mapping[str, str | None]
"""The receiving worker by family id; None: the family is left without one."""


def misplaced(facts: Facts, plan: Plan) -> Iterator[str]:
    """Findings without which the other rules can be asked: every child once, in its family, with its siblings, with a
    receiving worker or none. §2."""
    seen: dict[str, Allocation] = {}
    for allocation in plan.allocations:
        child_id, to_worker = allocation.child_id, allocation.to_worker_id
        if child_id not in facts.family_of:
            yield f"Child {child_id} is allocated, but is not in the engagement."
            continue
        if child_id in seen:
            yield f"Child {child_id} is allocated twice."
        seen[child_id] = allocation
        if allocation.family_id != facts.family_of[child_id]:
            yield f"Child {child_id}: family_id is {allocation.family_id}, not {facts.family_of[child_id]}."
        if to_worker is not None and to_worker not in facts.workers:
            yield f"Child {child_id} goes to {to_worker}, who is not in the engagement."
        elif to_worker is not None and to_worker not in facts.receiving:
            yield f"Child {child_id} goes to {to_worker}, who is not a receiving worker."
    for family_id, children in facts.families.items():
        for child in children:
            if child.child_id not in seen:
                yield f"Child {child.child_id} is missing from the allocations."
        people = {seen[c.child_id].to_worker_id for c in children if c.child_id in seen}
        if len(people) > 1:
            names = ", ".join(sorted(str(person) for person in people))
            yield f"Family {family_id}: the siblings do not go together, but to {names}."


def to_workers(facts: Facts, plan: Plan) -> ToWorker:
    """The receiving worker of each family, of a plan in which nothing is misplaced."""
    given = {allocation.child_id: allocation.to_worker_id for allocation in plan.allocations}
    return {family_id: given[children[0].child_id] for family_id, children in facts.families.items()}


def ineligible(facts: Facts, to_worker: ToWorker) -> Iterator[str]:
    """Families whose receiving worker may not take them, and workers above `max_points`. §2, §3."""
    load: dict[str, int] = defaultdict(int)
    for family_id, worker_id in to_worker.items():
        if worker_id is None:
            continue
        load[worker_id] += facts.family_points[family_id]
        against = facts.stands_against(family_id, facts.receiving[worker_id])
        if against:
            yield f"Family {family_id} goes to {worker_id}, who {against}."
    for worker_id, points in load.items():
        most = facts.receiving[worker_id].max_points
        if most is not None and points > most:
            yield f"Worker {worker_id} has {points} points, above the max_points of {most}."


def false_claims(facts: Facts, plan: Plan) -> Iterator[str]:
    """What the plan says of a child and is not so: changes, prior changes, known, who holds it now, from when."""
    children = {child.child_id: child for child in facts.engagement.children}
    go_live = facts.engagement.settings.go_live
    for allocation in plan.allocations:
        child, worker_id = children[allocation.child_id], allocation.to_worker_id
        due = {"from_worker_id": child.worker_id, "prior_changes": facts.prior[child.child_id]}
        if worker_id is None:
            due |= {"changes": 0, "known": False, "responsible_from": None}
        else:
            late = facts.is_late(child, worker_id)
            due |= {
                "changes": facts.changes(child, worker_id),
                "known": (child.child_id, worker_id) in facts.known,
                "responsible_from": facts.ready_on[worker_id] if late else go_live,
            }
        for claim, right in due.items():
            said = getattr(allocation, claim)
            if said != right:
                yield f"Child {child.child_id}: {claim} is {said}, but by the rules {right}."


@dataclass(frozen=True)
class Room:
    """How many points each receiving worker may still take, `max_points` being the limit."""

    facts: Facts
    left: Mapping[str, float]

    @cached_property
    def most(self) -> float:
        """The most that anybody may still take."""
        return max(self.left.values(), default=-1)

    def for_family(self, family_id: str) -> str | None:
        """The first worker who may take the family and has room for it; None when nobody has."""
        points = self.facts.family_points[family_id]
        if points > self.most:
            return None
        able = (worker.worker_id for worker in self.facts.may_take(family_id))
        return next((worker_id for worker_id in able if self.left[worker_id] >= points), None)


def room(facts: Facts, to_worker: ToWorker) -> Room:
    """What an allocation leaves free."""
    left = {w: inf if worker.max_points is None else worker.max_points for w, worker in facts.receiving.items()}
    for family_id, worker_id in to_worker.items():
        if worker_id is not None:
            left[worker_id] -= facts.family_points[family_id]
    return Room(facts, left)


def unexplained(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """Children whose `why` is blank or, if they are unallocated, has no word of the rule that leaves nobody. §5."""
    free = room(facts, to_worker)
    for allocation in plan.allocations:
        if not allocation.why.strip():
            yield f"Child {allocation.child_id}: why is blank."
        elif allocation.to_worker_id is None:
            words = _rules_in_the_way(facts, free, facts.family_of[allocation.child_id])
            if words and not any(word in allocation.why for word in words):
                yield (
                    f"Child {allocation.child_id} is unallocated, but why does not say which rule leaves nobody: "
                    f"{' or '.join(sorted(words))}."
                )


def _rules_in_the_way(facts: Facts, free: Room, family_id: str) -> frozenset[str]:
    """Words of which a family's `why` must have one; none when nothing but the search stands in its way."""
    if not facts.receiving:
        return frozenset({"receive", "receiving"})
    if next(facts.may_take(family_id), None) is None:
        rules = {word for word, named in (("never", facts.never), ("always", facts.always)) if family_id in named}
        return facts.needs[family_id] | rules
    return frozenset() if free.for_family(family_id) else frozenset({"points"})
