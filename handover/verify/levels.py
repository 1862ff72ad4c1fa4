"""The figures that the plan claims: the nine of §3 worked out again, bounds and proofs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import islice

from handover.engagement import Child, Worker
from handover.plan import Plan
from handover.verify.allocation import ToWorker, room
from handover.verify.facts import Facts

Figures = Mapping[str, Fraction]


def allocation_figures(facts: Facts, to_worker: ToWorker) -> Figures:
    """Value of each allocation level by name, in the contract's order. §3."""
    count: dict[str, int] = defaultdict(int)
    load, team_load = dict.fromkeys(facts.fair, 0), dict.fromkeys(facts.team_fair, 0)
    for family_id, children in facts.families.items():
        worker_id, points = to_worker[family_id], facts.family_points[family_id]
        if worker_id is None:
            count["unallocated"] += len(children)
            count["unallocated_points"] += points
            continue
        load[worker_id] += points
        team_load[str(facts.receiving[worker_id].team_id)] += points
        for child in children:
            changes = facts.changes(child, worker_id)
            count["changes"] += changes
            count["burden"] += changes * facts.prior[child.child_id]
            count["strangers"] += facts.stranger(child, worker_id)
            count["unknown"] += (child.child_id, worker_id) not in facts.known
    for holders, limits in ((load, facts.worker_limits), (team_load, facts.team_limits)):
        for holder, points in holders.items():
            # a band so narrow that no whole number is in it can be missed at both ends
            count["outside_bands"] += max(0, points - limits[holder].high, limits[holder].least - points)
    team_gaps = [abs(points - facts.team_fair[team_id]) for team_id, points in team_load.items()]
    worker_gaps = [abs(points - facts.fair[worker_id]) for worker_id, points in load.items()]
    return {
        "unallocated": Fraction(count["unallocated"]),
        "unallocated_points": Fraction(count["unallocated_points"]),
        "outside_bands": Fraction(count["outside_bands"]),
        "changes": Fraction(count["changes"]),
        "burden": Fraction(count["burden"]),
        "strangers": Fraction(count["strangers"]),
        "unknown": Fraction(count["unknown"]),
        "team_imbalance": max(team_gaps, default=Fraction(0)),
        "worker_imbalance": sum(worker_gaps, Fraction(0)),
    }


def false_levels(plan: Plan, figures: Figures, more: Figures | None = None) -> Iterator[str]:
    """Levels that are missing, out of order, doubled, not what the plan reaches, or bounded above what it reaches.

    `more` are figures that may follow the contract's, if the plan reports them.
    """
    names = [level.name for level in plan.levels]
    if names[: len(figures)] != list(figures):
        yield f"The levels are not those of the contract in its order: {', '.join(names)}."
    for name in sorted(name for name, times in Counter(names).items() if times > 1):
        yield f"Level {name} is given more than once."
    known = {**figures, **(more or {})}
    for level in plan.levels:
        reached = known.get(level.name, level.value)
        if level.value != reached:
            yield f"Level {level.name}: the plan says {level.value}, but reaches {reached}."
        if level.bound > min(level.value, reached):
            yield f"Level {level.name}: the bound {level.bound} is above the {min(level.value, reached)} reached."


def false_least_changes(facts: Facts, plan: Plan, to_worker: ToWorker, figures: Figures) -> Iterator[str]:
    """Findings about `changes_whatever_the_caseloads`: between what every family must go through by itself and what
    this plan, which holds the bands too, comes to. §3."""
    least = plan.changes_whatever_the_caseloads
    name = "changes_whatever_the_caseloads"
    if least.name != name:
        yield f"The level beside the others is called {least.name}, not {name}."
    if least.bound > least.value:
        yield f"{name}: the bound {least.bound} is above the value {least.value}."
    if figures["unallocated"] == 0 and least.value > figures["changes"]:
        yield f"{name} is {least.value}, but this plan needs only {figures['changes']}."
    if figures["unallocated"] == 0 and least.bound > figures["changes"]:
        yield f"{name}: the bound {least.bound} is above the {figures['changes']} of this plan."
    least_possible = _sum_of_minima(facts, sum(len(facts.families[f]) for f, w in to_worker.items() if w is None))
    if least.value < least_possible:
        yield f"{name} is {least.value}, but the families by themselves come to {least_possible}."


def false_proof_of_unallocated(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """A finding for a family left out though a worker has room for it, where the plan claims that none could be."""
    claimed = {level.name: level for level in plan.levels}.get("unallocated")
    if claimed is None or claimed.bound != claimed.value:
        return
    free = room(facts, to_worker)
    for family_id, worker_id in to_worker.items():
        other = free.for_family(family_id) if worker_id is None else None
        if other is not None:
            yield f"Level unallocated is called proven, but family {family_id} could go to {other}."


def _sum_of_minima(facts: Facts, left_out: int) -> Fraction:
    """Changes that the families cannot do without, each with the worker best for it, `left_out` children left out so
    as to save most."""
    minima: list[tuple[int, int]] = []
    ordinary = {needs: _latest_leavers(facts, able) for needs, able in facts.skilled.items()}
    for family_id, children in facts.families.items():
        best = _family_minimum(facts, family_id, ordinary[facts.needs[family_id]])
        if best is None:
            left_out -= len(children)
        else:
            minima.append((best, len(children)))
    saved = Fraction(0)
    for best, size in sorted(minima, key=lambda pair: Fraction(*pair), reverse=True):
        if left_out <= 0:
            break
        saved += Fraction(best * min(size, left_out), size)
        left_out -= size
    return sum(best for best, _ in minima) - saved


def _latest_leavers(facts: Facts, able: Sequence[Worker]) -> tuple[list[Worker], list[Worker]]:
    """The workers, who stays longest first: those ready on go-live, and the others."""
    order = sorted(able, key=lambda worker: worker.available_to or date.max, reverse=True)
    return [w for w in order if w.worker_id in facts.ready], [w for w in order if w.worker_id not in facts.ready]


def _family_minimum(facts: Facts, family_id: str, able: tuple[list[Worker], list[Worker]]) -> int | None:
    """Fewest changes of all siblings together with any worker who may take them; None when nobody may.

    To a worker who holds none of the siblings only two things matter, ready on go-live and how long they stay: the one
    who stays longest of each kind will do.
    """
    children: tuple[Child, ...] = facts.families[family_id]
    holders = {child.worker_id for child in children}
    special = holders | facts.always.get(family_id, frozenset())
    barred = special | facts.never.get(family_id, frozenset())
    people = [facts.receiving[person] for person in special if person in facts.receiving]
    for kind in able:
        people += islice((worker for worker in kind if worker.worker_id not in barred), 1)
    return min(
        (
            sum(facts.changes(child, worker.worker_id) for child in children)
            for worker in people
            if not facts.stands_against(family_id, worker)
        ),
        default=None,
    )
