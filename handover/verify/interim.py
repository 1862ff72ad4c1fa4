"""Who holds a child until the receiving worker is ready (§4)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from handover.engagement import Worker
from handover.plan import Plan
from handover.verify.allocation import ToWorker
from handover.verify.facts import Facts

MOST_TRIES = 5_000
"""Steps of the search for a better spread of one team's families; beyond it only moves of one family are tried."""


@dataclass(frozen=True)
class Held:
    """A family that somebody must hold in between: the siblings' points in question, the group that may, who does."""

    family_id: str
    team_id: str
    points: int
    may: frozenset[str]
    group: int
    by: str | None


def interim_findings(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """Findings about interim workers: needed or not, one for all siblings, of the first group that has anybody, spread
    evenly. §4."""
    given = {allocation.child_id: allocation.interim_worker_id for allocation in plan.allocations}
    held: list[Held] = []
    for family_id, worker_id in to_worker.items():
        children = facts.families[family_id]
        late = [c for c in children if worker_id is not None and facts.is_late(c, worker_id)]
        for child in children:
            if child not in late and given[child.child_id] is not None:
                yield f"Child {child.child_id} has interim worker {given[child.child_id]}, but needs none."
        if not late or worker_id is None:
            continue
        people = {given[child.child_id] for child in late}
        if len(people) > 1:
            names = ", ".join(sorted(str(person) for person in people))
            yield f"Family {family_id}: the siblings have different interim workers, {names}."
            continue
        (person,) = people
        group, may = who_may_hold(facts, family_id, facts.receiving[worker_id])
        if person is None and may:
            yield f"Family {family_id} has no interim worker, though {min(may)} may hold it until {worker_id} is ready."
        elif person is not None and person not in may:
            right = f"one of {', '.join(sorted(may)[:5])}" if may else "nobody"
            yield f"Family {family_id}: the interim worker is {person}, but by the rules it is {right}."
        else:
            points = sum(facts.points[child.child_id] for child in late)
            team_id = str(facts.receiving[worker_id].team_id)
            held.append(Held(family_id, team_id, points, may, group, person))
    yield from _uneven(facts, to_worker, held)


def who_may_hold(facts: Facts, family_id: str, receiver: Worker) -> tuple[int, frozenset[str]]:
    """The first of the four groups that has anybody (1 to 4), and who is in it; nobody: an empty last group. §4."""
    team_id, until = str(receiver.team_id), facts.ready_on[receiver.worker_id]
    barred = facts.never.get(family_id, frozenset()) | {receiver.worker_id}
    manager = facts.managers[team_id]
    groups = (
        facts.ready_of_team.get(team_id, frozenset()),
        facts.cleared_managers & {manager} if facts.is_ready(manager) else frozenset(),
        facts.ready,
        facts.cleared_managers,
    )
    for n, group in enumerate(groups, start=1):
        leaves = {person: facts.workers[person].available_to for person in group - barred}
        may = frozenset(person for person, gone in leaves.items() if gone is None or gone >= until)
        if may:
            return n, may
    return len(groups), frozenset()


def _uneven(facts: Facts, to_worker: ToWorker, held: Sequence[Held]) -> Iterator[str]:
    """Findings where families could be spread so that the heaviest day-one load (points by fte) is less."""
    load: dict[str, int] = defaultdict(int)
    for family_id, worker_id in to_worker.items():
        if worker_id is not None:
            load[worker_id] += facts.family_points[family_id]
    for family in held:
        if family.by is not None:
            load[family.by] += family.points
    of_team: dict[str, list[Held]] = defaultdict(list)
    for family in held:
        if family.group == 1:
            of_team[family.team_id].append(family)
        elif len(family.may) > 1:
            yield from _lighter(facts, load, family, facts.ready if family.group == 3 else facts.cleared_managers)
    for team_id, families in of_team.items():
        pool = facts.ready_of_team[team_id]
        moves = [finding for family in families for finding in _lighter(facts, load, family, pool)]
        yield from moves
        if not moves and _can_be_spread_better(facts, load, families, pool):
            yield f"Team {team_id}: its interim families can be spread so that the heaviest day-one load is less."


def _lighter(facts: Facts, load: Mapping[str, int], family: Held, pool: frozenset[str]) -> Iterator[str]:
    """A finding when who holds the family is alone the heaviest of the pool, and somebody else would be lighter."""
    by = str(family.by)

    def weight(person: str, more: int = 0) -> Fraction:
        return (load.get(person, 0) + more) / facts.workers[person].fte

    top = weight(by)
    if any(weight(person) >= top for person in pool - {by}):
        return
    for person in sorted(family.may - {by}):
        if weight(person, family.points) < top:
            yield f"Family {family.family_id}: interim worker {by} has the heaviest day-one load, {person} would not."
            return


def _can_be_spread_better(
    facts: Facts, load: Mapping[str, int], families: Sequence[Held], pool: frozenset[str]
) -> bool:
    """True when the search finds a spread of all the families with everybody's load below the heaviest now."""
    fte = {person: facts.workers[person].fte for person in pool}
    top = max(load.get(person, 0) / fte[person] for person in pool)
    # whole points that each can carry and stay below the heaviest, the families in question put down
    room = {person: ceil(top * fte[person]) - 1 - load.get(person, 0) for person in pool}
    for family in families:
        room[str(family.by)] += family.points
    if min(room.values()) < 0:
        return False
    order = sorted(families, key=lambda family: (-family.points, len(family.may), family.family_id))
    left = [sum(family.points for family in order[n:]) for n in range(len(order) + 1)]
    tries = 0

    def place(n: int) -> bool:
        nonlocal tries
        if n == len(order):
            return True
        tries += 1
        if tries > MOST_TRIES or sum(room.values()) < left[n]:
            return False
        for person in sorted(order[n].may, key=lambda person: (-room[person], person)):
            if room[person] >= order[n].points:
                room[person] -= order[n].points
                if place(n + 1):
                    return True
                room[person] += order[n].points
        return False

    return place(0)
