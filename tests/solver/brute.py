"""The best allocation of a tiny engagement by trying them all: what the solver is held against (contract §3).

Meant for up to six families and four receiving workers: at most 5^6 allocations.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from random import Random

from handover.caseload import family_points
from handover.clearance import can_take, receiving_workers
from handover.continuity import changes
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.plan import ALLOCATION_LEVELS
from solver.assignment import Assignment
from solver.cases import assignment
from tests.builders import tiny_engagement

Choice = Mapping[str, str | None]
"""Family id to the worker who takes it; None: nobody."""


def allocations(engagement: Engagement) -> Iterator[Choice]:
    """Every allocation the rules allow: each family with somebody who can take it or with nobody, nobody over
    `max_points`. §2, §3."""
    families = engagement.families
    receiving = receiving_workers(engagement)
    options = [[None, *(w.worker_id for w in receiving if can_take(f, w, engagement))] for f in families]
    weights = [family_points(f, engagement) for f in families]
    limits = {w.worker_id: w.max_points for w in receiving if w.max_points is not None}
    for choice in product(*options):
        if all(sum(p for w, p in zip(choice, weights, strict=True) if w == who) <= limits[who] for who in limits):
            yield {f.family_id: w for f, w in zip(families, choice, strict=True)}


def left_out(choice: Choice, engagement: Engagement) -> tuple[int, int]:
    """Children without a receiving worker, and their points: levels 0 and 1."""
    nobody = [f for f in engagement.families if choice[f.family_id] is None]
    return sum(len(f.children) for f in nobody), sum(family_points(f, engagement) for f in nobody)


def best_allocation(engagement: Engagement) -> dict[str, Fraction]:
    """Value of each of the nine levels, each least with those above it held, over all allocations the rules allow."""
    every = [(left_out(choice, engagement), choice) for choice in allocations(engagement)]
    fewest = min(out for out, _ in every)
    figures = (allocation_figures(choice, engagement) for out, choice in every if out == fewest)
    return min(figures, key=in_order)


def within_bands(seeds: Iterable[int]) -> Iterator[tuple[int, Assignment, dict[str, Fraction]]]:
    """Seed, problem and best figures of the tiny engagements whose best allocation is within all bands and leaves out
    only families nobody may take: what kinds of worker are for."""
    for seed in seeds:
        made = tiny_engagement(Random(seed), 6, 5)
        problem, best = assignment(made), best_allocation(made)
        stranded = int(problem.children[problem.stranded].sum())
        if not best["outside_bands"] and best["unallocated"] == stranded and problem.eligible.any():
            yield seed, problem, best


def best_changes_whatever_the_caseloads(engagement: Engagement) -> Fraction:
    """The least `changes` with as few children unallocated as can be, no band held; `max_points` still holds. §3."""

    def made(choice: Choice) -> int:
        pairs = ((f, choice[f.family_id]) for f in engagement.families)
        placed = ((f, engagement.worker[w]) for f, w in pairs if w is not None)
        return sum(changes(child, w, engagement) for f, w in placed for child in f.children)

    return Fraction(min((left_out(c, engagement)[0], made(c)) for c in allocations(engagement))[1])


def in_order(figures: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    """The nine figures in the contract's order: of two allocations, the lesser tuple is the better one."""
    return tuple(figures[name] for name in ALLOCATION_LEVELS)
