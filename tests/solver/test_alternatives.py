"""What else could be done for one family, held against every allocation of tiny engagements (contract §3, §4)."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any, Self

import pytest

import solver.allocate
import solver.alternatives
import solver.schedule
from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.flags import flags
from handover.plan import ALLOCATION_LEVELS, SCHEDULE_LEVELS, Limits, Plan
from handover.verify import verify
from solver import make_plan
from solver.alternatives import Alternatives, alternatives
from solver.interim import choose_interim
from solver.program import Found, Program, Way, _search
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement
from tests.solver.brute import allocations, in_order
from tests.solver.brute_schedule import best_figures
from tests.solver.test_schedule import tiny

SEEDS = (1, 2, 8)
"""Among them: points outside bands, children left out, nothing at any level."""
CONTESTED = (3, 5, 10, 18)
"""Days too short for all that is due: each of the five levels above 0 in one of them."""


class Here:
    """A searcher in this process: starting another takes longer than these searches."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, _told: object) -> None:
        pass

    @property
    def second(self) -> Self:
        return self

    def search(
        self, program: Program, watch: Watch, _level: str, hint: Any = None, *, way: Way = Way.HIGHS, **limits: Any
    ) -> Found:
        asked = limits.get("gap", 0.0), limits.get("nodes"), limits.get("seed", 0)
        return _search(program, hint, *asked, watch.left(), way, self)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(solver.allocate, "Searcher", Here)
    monkeypatch.setattr(solver.alternatives, "Searcher", Here)
    monkeypatch.setattr(solver.schedule, "Searcher", Here)
    return


def planned(made: Engagement) -> Plan:
    return make_plan(made, Limits(), Watch.lasting(600))


def hold(made: Engagement, plan: Plan, family_id: str, found: Alternatives) -> None:
    now = plan.allocation_of[made.family[family_id].children[0].child_id].to_worker_id
    able = {w.worker_id for w in receiving_workers(made) if can_take(made.family[family_id], w, made)} - {now}
    every = [(allocation_figures(c, made), c[family_id]) for c in allocations(made)]
    assert {w for w, _ in found.plans} == able & {w for _, w in every}
    for worker_id, other in found.plans:
        assert {other.allocation_of[c.child_id].to_worker_id for c in made.family[family_id].children} == {worker_id}
        assert verify(made, replace(other, flags=flags(made, other))) == ()
        best = min((figures for figures, w in every if w == worker_id), key=in_order)
        for name in ALLOCATION_LEVELS:
            level = other.level[name]
            assert (level.value, level.bound) == (best[name], best[name]), (family_id, worker_id, name)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_that_gives_the_family_to_that_worker_is_better_than_the_alternative(seed: int) -> None:
    made = tiny_engagement(Random(seed), 6, 5)
    plan = planned(made)
    for family in made.families[:2]:
        hold(made, plan, family.family_id, alternatives(made, plan, family.family_id, Watch.lasting(600)))


@pytest.mark.parametrize("seed", CONTESTED)
def test_an_alternative_has_the_best_schedule_for_its_allocation_and_no_bound_above_it(seed: int) -> None:
    made, _ = tiny(Random(seed))
    wide = replace(made.settings.workload, worker_band=Fraction(9), team_band=Fraction(9))
    made = replace(made, settings=replace(made.settings, workload=wide))
    plan = planned(made)
    for family in made.families[:2]:
        for _, other in alternatives(made, plan, family.family_id, Watch.lasting(600)).plans:
            to_worker = {a.family_id: a.to_worker_id for a in other.allocations}
            best = best_figures(made, to_worker, choose_interim(made, to_worker))
            booked = [other.level[name] for name in SCHEDULE_LEVELS]
            assert tuple(level.value for level in booked) == best
            assert all(level.bound <= level.value for level in booked)


def six_workers() -> Engagement:
    """W1 holds the child and stays: 0 changes; W2 to W6 are new to it, W6 leaves early: 2 changes."""
    workers = [a_worker(f"W{n}") for n in range(2, 6)]
    stays, leaves = a_worker("W1", side="staying"), a_worker("W6", available_to=a_engagement().settings.go_live)
    return a_engagement([a_child("C1", "W1")], [stays, *workers, leaves], worker_band="5", team_band="5")


def test_the_dearest_is_left_out_and_who_holds_the_child_never_is() -> None:
    made = six_workers()
    plan = planned(made)
    found = alternatives(made, plan, "C1", Watch.lasting(600), most=3)
    assert (found.able, found.compared) == (5, 5)
    assert [int(p.level["changes"].value) for _, p in found.plans] == [1, 1, 1]
    assert "W6" not in {w for w, _ in found.plans}
    elsewhere = dict(found.plans)[found.plans[0][0]]
    back = alternatives(made, replace(elsewhere, plan_id="P2"), "C1", Watch.lasting(600), most=1, also="W6")
    assert {w for w, _ in back.plans} == {"W1", "W6"}


def test_when_time_is_short_what_is_not_proven_says_so() -> None:
    made = tiny_engagement(Random(2), 6, 5)
    plan = planned(made)
    family_id, also = made.families[0].family_id, receiving_workers(made)[0].worker_id
    found = alternatives(made, plan, family_id, Watch.lasting(0), also=also)
    for _, other in found.plans:
        assert verify(made, replace(other, flags=flags(made, other))) == ()
        for level in other.levels[:9]:
            assert level.proven or level.stopped
