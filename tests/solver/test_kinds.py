"""The program over kinds and groups: no allocation may beat it, and it must not be far below the best."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest

from handover.figures import allocation_figures
from handover.plan import ALLOCATION_LEVELS
from handover.synthetic import synthetic
from solver.cases import assignment
from solver.kinds import KindProgram, Kinds
from solver.levels import round_up
from solver.program import Searcher, relax
from solver.watch import Watch
from tests.builders import tiny_engagement
from tests.solver.brute import allocations, in_order, left_out, within_bands

SEARCHED = ALLOCATION_LEVELS[3:]


def bounds(kinds: Kinds, values: dict[str, Fraction]) -> dict[str, Fraction]:
    """Each level's bound with those above it held at the values given."""
    held: dict[str, Fraction] = {}
    found = {}
    for name in SEARCHED:
        relaxed = relax(KindProgram(kinds, {name: 1.0}, held).program(), Watch.lasting(60))
        assert relaxed is not None, f"{name}: no relaxation although an allocation has these values"
        found[name] = round_up(relaxed.value, Fraction(10**9), kinds.problem.grain if "imbalance" in name else 1)
        held[name] = values[name]
    return found


def test_no_allocation_of_tiny_engagements_is_below_a_bound() -> None:
    held_against = 0
    for seed, problem, best in within_bands(range(120)):
        held_against += 1
        for name, bound in bounds(Kinds(problem), best).items():
            assert bound <= best[name], f"seed {seed}: {name}"
    assert held_against > 20


def test_bounds_hold_for_every_allocation_and_not_for_the_best_alone() -> None:
    for seed in (4, 11, 16):
        made = tiny_engagement(Random(seed), 6, 5)
        problem = assignment(made)
        stranded = int(problem.children[problem.stranded].sum())
        every = [allocation_figures(c, made) for c in allocations(made) if left_out(c, made)[0] == stranded]
        every = sorted((f for f in every if not f["outside_bands"]), key=in_order)[::50]
        for figures in every:
            assert bounds(Kinds(problem), figures)["changes"] <= figures["changes"]


@pytest.mark.parametrize("kind", ["plain", "tight"])
def test_bounds_are_close_to_what_an_allocation_reaches(kind: str) -> None:
    kinds = Kinds(assignment(synthetic(240, 2, 3, kind)))
    program = KindProgram(kinds, {"changes": 1.0}, {}).program()
    relaxed = relax(program, Watch.lasting(60))
    assert relaxed is not None
    with Searcher() as searcher:
        found = searcher.search(program, Watch.lasting(60), "changes", gap=0.5)
    assert found.x is not None
    assert relaxed.value > 0.97 * float(program.cost @ found.x)


def test_a_whole_solution_says_where_each_family_may_go_and_what_it_counts() -> None:
    problem = assignment(synthetic(240, 2, 3))
    kinds = Kinds(problem)
    part = KindProgram(kinds, {"changes": 1.0}, {})
    program = part.program()
    with Searcher() as searcher:
        found = searcher.search(program, Watch.lasting(60), "changes", gap=0.5)
    assert found.x is not None
    allowed, target = part.allowed(found.x)
    assert not (allowed & ~problem.eligible).any()
    assert allowed.any(axis=1).all()
    dearest = np.where(allowed, problem.costs["changes"], 0).max(axis=1).sum()
    assert dearest == round(float(program.cost @ found.x))
    assert target.sum() <= problem.weight.sum() + 1e-6
    assert (target <= problem.high).all()


def test_workers_of_one_kind_differ_only_for_those_they_hold_or_know() -> None:
    made = synthetic(240, 2, 3)
    problem = assignment(made)
    kinds = Kinds(problem)
    apart = np.zeros(problem.eligible.shape, bool)
    apart[kinds.family, kinds.worker] = True
    for kind in range(kinds.kinds):
        members = np.flatnonzero(problem.kind == kind)
        for cost in problem.costs.values():
            usual = np.ma.array(cost[:, members], mask=apart[:, members] | ~problem.eligible[:, members])
            assert ((usual.max(axis=1) - usual.min(axis=1)).filled(0) == 0).all()
    assert 0 < len(kinds.family) < problem.eligible.sum() / 10


@pytest.mark.parametrize("apart", [False, True], ids=["kinds", "each worker a kind"])
def test_no_allocation_is_less_off_fair_shares_than_by_whole_shares_near_another(apart: bool) -> None:
    bettered = 0
    for seed in range(20):
        problem = assignment(tiny_engagement(Random(seed), 6, 5))
        if not problem.eligible.any():
            continue
        if apart:
            problem = replace(problem, kind=np.arange(len(problem.capacity)))
        program = KindProgram(Kinds(problem), {"worker_imbalance": 1.0}, {})
        rng = np.random.default_rng(seed)
        drawn = [np.where(problem.eligible, rng.random(problem.eligible.shape), -1).argmax(axis=1) for _ in range(20)]
        some = [program.point(np.where(problem.stranded, -1, chosen)) for chosen in drawn]
        for near in some:
            assert near is not None
            shares = program.whole_shares(near)
            assert (shares.points == np.rint(shares.points)).all()
            for x in some:
                assert x is not None
                off = x[program.distance].sum()
                counted = shares.apart + 2 * np.maximum(0, shares.points - x[program.box]).sum()
                assert counted <= off + 1e-9, f"seed {seed}"
                bettered += counted < off - 1e-9
                if apart and x is near:
                    assert counted == pytest.approx(off), f"seed {seed}: the steps do not run through it"
    assert bettered > 50, "no two allocations here lie on different sides of a fair share"
