"""Ways out: each kind where it is right and not where it does not help; all that is offered held against every
allocation there is."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import chain
from random import Random

import pytest

from handover.caseload import family_points
from handover.engagement import Engagement, Family, Rule
from handover.plan import Level
from solver import remedies as room
from solver.program import Searcher
from solver.remedies import Case, remedies, ways_out
from solver.trial import Trials
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement
from tests.solver.brute import allocations, best_allocation, left_out

NO_EXPERIENCE = {"qualified_on": date(2022, 1, 3)}


@pytest.fixture(scope="module")
def searcher() -> Iterator[Searcher]:
    with Searcher() as one:
        yield one


@pytest.fixture(autouse=True)
def shared(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search process for all tests of this module."""

    class Shared:
        def __enter__(self) -> Searcher:
            return searcher

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(room, "Searcher", Shared)


def wrong(engagement: Engagement) -> tuple[list[Family], list[Level]]:
    """The families that a best allocation leaves out, and the levels, by trying them all."""
    best = best_allocation(engagement)
    choice = min(allocations(engagement), key=lambda c: left_out(c, engagement))
    stuck = [f for f in engagement.families if choice[f.family_id] is None]
    return stuck, [Level(name, best[name], best[name]) for name in ("unallocated", "outside_bands")]


def offered(engagement: Engagement, seconds: float = 60) -> tuple[str, ...]:
    return remedies(engagement, *wrong(engagement), Watch.lasting(seconds))


def said(engagement: Engagement, start: str) -> str:
    """The one sentence that starts so."""
    (found,) = [s for s in offered(engagement) if s.startswith(start)]
    return found


def kinds(engagement: Engagement) -> set[str]:
    return {s.split()[0] for s in offered(engagement)}


def test_nothing_is_offered_where_nothing_is_wrong() -> None:
    # 4 points each, fair 4 each
    assert offered(a_engagement([a_child("C1"), a_child("C2")])) == ()


def test_a_person_is_cleared_only_where_that_brings_the_skill() -> None:
    children = [a_child("C1", needs=("court",)), a_child("C2")]
    able = a_worker("W2", dbs_number="", swe_restrictions="", skills=("court",))
    assert said(a_engagement(children, [a_worker("W1"), able]), "Clear") == (
        "Clear Worker W2 (W2), which takes the register looked at, without restrictions and a DBS number of 12 digits: "
        "every child then has a worker, within the bands."
    )
    assert "Clear" not in kinds(a_engagement(children, [a_worker("W1"), a_worker("W2", dbs_number="")]))


def test_nobody_is_cleared_of_too_few_years() -> None:
    children = [a_child("C1", needs=("court",)), a_child("C2")]
    made = a_engagement(children, [a_worker("W1"), a_worker("W2", skills=("court",), **NO_EXPERIENCE)])
    assert kinds(made) == {"Train", "One"}


def test_a_person_who_leaves_before_go_live_is_asked_to_stay() -> None:
    leaving = a_worker("W2", skills=("court",), available_to=date(2022, 11, 25))
    made = a_engagement([a_child("C1", needs=("court",)), a_child("C2")], [a_worker("W1"), leaving])
    assert "a stay until 2023-03-31" in said(made, "Clear")


def test_max_points_is_raised_to_the_least_that_works() -> None:
    # 8 points and W1 may hold 5; W1 alone: band up to 9.6
    made = a_engagement([a_child("C1"), a_child("C2")], [a_worker("W1", max_points=5)])
    assert said(made, "Raise") == (
        "Raise `max_points` of Worker W1 (W1) from 5 to 8: every child then has a worker, within the bands."
    )


def test_whole_families_decide_how_far_max_points_is_raised() -> None:
    # 7 and 7 points; room for 6 and 8 would do by points, but not by families
    children = [a_child("C1", points=7), a_child("C2", points=7)]
    made = a_engagement(children, [a_worker("W1", max_points=6), a_worker("W2", max_points=8)])
    assert "from 6 to 7" in said(made, "Raise `max_points` of Worker W1")
    assert "from 8 to 14" in said(made, "Raise `max_points` of Worker W2")


def test_the_workers_band_is_lifted_to_the_least_hundredth_that_works() -> None:
    # 9 and 3 points, fair 6: 9 is half as much again
    made = a_engagement([a_child("C1", points=9), a_child("C2", points=3)])
    assert said(made, "Lift") == "Lift `worker_band` from 0.2 to 0.50: every band then holds."


def test_the_teams_band_is_lifted_where_that_is_what_is_broken() -> None:
    workers = [a_worker("W1"), a_worker("W2", team_id="T2")]
    made = a_engagement([a_child("C1", points=9), a_child("C2", points=3)], workers, worker_band="1")
    assert said(made, "Lift") == "Lift `team_band` from 0.05 to 0.50: every band then holds."


def test_the_floor_is_lowered_where_there_are_too_few_children() -> None:
    # one child of 4 points for two workers; each must hold a half of 2, and every floor above 0 asks for a point
    made = a_engagement(worker_band="1", worker_floor="0.5")
    assert said(made, "Lower") == "Lower `worker_floor` from 0.5 to 0.00: every band then holds."


def test_the_bands_are_let_alone_where_children_are_left_out() -> None:
    assert not {"Lift", "Lower"} & kinds(a_engagement([a_child("C1", needs=("court",)), a_child("C2")]))


def test_one_is_trained_in_what_the_children_need() -> None:
    made = a_engagement([a_child("C1", needs=("court",)), a_child("C2")])
    assert [s for s in offered(made) if s.startswith("Train")] == [
        f"Train Worker {w} ({w}) in `court`: every child then has a worker, within the bands." for w in ("W1", "W2")
    ]


def test_one_more_worker_comes_with_the_skill_and_fair_shares_follow() -> None:
    # with a third worker the fair share is 4: each of the three takes one child of 4 points, within 3.2 to 4.8
    made = a_engagement([a_child("C1", needs=("court",)), a_child("C2"), a_child("C3")])
    assert said(made, "One") == (
        "One more full-time worker with `court` in T1: every child then has a worker, within the bands."
    )


def test_without_any_receiving_worker_one_is_hired() -> None:
    made = a_engagement(workers=[a_worker("W1", **NO_EXPERIENCE)])
    assert offered(made) == ("One more full-time worker in T1: every child then has a worker, within the bands.",)


def test_as_many_are_hired_as_hold_the_bands_and_one_is_told_with_its_price() -> None:
    # 12 court points of 16. One more (fair 8): 2.4 above 9. Two more (fair 5.33, high 6): 12 split 4 and 8, so not yet.
    # Three more (fair 4, high 4): one child each.
    made = a_engagement([*(a_child(f"C{n}", needs=("court",)) for n in range(3)), a_child("C4")], [a_worker("W1")])
    assert said(made, "3 more") == (
        "3 more full-time workers with `court` in T1: every child then has a worker, within the bands."
    )
    assert said(made, "One") == (
        "One more full-time worker with `court` in T1: every child then has a worker, but with 3 points "
        "or more outside the bands."
    )


def test_a_rule_is_put_up_for_review_with_its_reason() -> None:
    rules = [Rule("C1", "W1", "never", "conflict of interest"), Rule("C1", "W2", "never")]
    found = offered(a_engagement([a_child("C1"), a_child("C2")], rules=rules))
    placed = "every child then has a worker, within the bands."
    assert found[:2] == (
        f"Review whether C1 must never go to W1 (conflict of interest); without that rule: {placed}",
        f"Review whether C1 must never go to W2; without that rule: {placed}",
    )


def test_what_helps_some_says_whom_it_leaves() -> None:
    # clearing W2 places C1; C2 still needs asylum
    children = [a_child("C1", needs=("court",)), a_child("C2", needs=("asylum",))]
    made = a_engagement(children, [a_worker("W1"), a_worker("W2", dbs_number="", skills=("court",))])
    assert said(made, "Clear").endswith("places 1 of the 2 children left out, and 1 not.")
    assert any(s.startswith("Train Worker W1 (W1) in `asylum` and `court`: every child") for s in offered(made))


def test_what_brings_the_bands_nearer_says_how_far_they_are() -> None:
    # 120 points for 6: fair 20, high 24. By rule W1 and W2 hold 60 each, 72 above together, and more than any band
    # lets through. With one rule less W1 holds 30 and another 30: 6 + 6 above, and 36 of W2.
    rules = [Rule(f"C{n}", worker_id, "always") for n, worker_id in enumerate(("W1", "W1", "W2", "W2"), start=1)]
    children = [a_child(f"C{n}", points=30) for n in range(1, 5)]
    made = a_engagement(children, [a_worker(f"W{n}") for n in range(1, 7)], rules=rules)
    assert offered(made) == tuple(
        f"Review whether {c} must always go to {w}; without that rule: 48 points then lie outside the bands, not 72."
        for c, w in (("C1", "W1"), ("C2", "W1"))
    )


def test_a_search_that_is_over_offers_nothing_and_one_cut_short_says_so() -> None:
    made = a_engagement([a_child("C1", needs=("court",)), a_child("C2")])
    assert offered(made, seconds=0) == ()
    assert offered(made, seconds=0.01)[-1:] in (
        (),
        ("There may be more ways out: the clock ended the search for them.",),
    )


def test_a_value_not_proven_is_tried_again_before_anything_is_asked_of_anybody() -> None:
    made = a_engagement([a_child("C1"), a_child("C2")])
    levels = [Level("unallocated", Fraction(1), Fraction(0)), Level("outside_bands", Fraction(0), Fraction(0))]
    (only,) = remedies(made, made.families[:1], levels, Watch.lasting(60))
    assert only.startswith("Nothing needs to change")


def test_figures_of_engagements_that_do_not_exist_are_not_told_as_progress() -> None:
    heard: list[str] = []
    made = a_engagement([a_child("C1", points=9), a_child("C2", points=3)])
    watch = Watch.lasting(60, progress=lambda level, *_: heard.append(level))
    assert remedies(made, *wrong(made), watch)
    assert heard == []


@pytest.mark.parametrize("seeds", [range(start, start + 15) for start in range(0, 60, 15)], ids=str)
def test_each_remedy_applied_gives_what_it_says(seeds: range, searcher: Searcher) -> None:
    seen: set[int] = set()
    for seed in seeds:
        made = tiny_engagement(Random(seed), max_children=5, max_families=3)
        stuck, (unallocated, outside) = wrong(made)
        if not (unallocated.value or outside.value):
            continue
        trials = Trials(searcher, Watch.lasting(60), 0)
        case = Case(made, int(unallocated.value), int(outside.value), tuple(stuck), trials)
        for remedy in ways_out(case):
            best = best_allocation(remedy.engagement)
            left = best["unallocated"] if case.left_out else best["outside_bands"]
            assert left <= remedy.left < case.wrong, f"seed {seed}: {remedy.words}"
            if not remedy.uneven:
                assert best["unallocated"] == best["outside_bands"] == 0, f"seed {seed}: {remedy.words}"
            if remedy.outcome.unallocated == best["unallocated"]:
                assert best["outside_bands"] >= remedy.outcome.outside_at_least, f"seed {seed}: {remedy.words}"
            seen.add(remedy.kind)
    assert len(seen) >= 3


def test_stuck_families_of_the_tests_are_the_least_there_are() -> None:
    made = a_engagement([a_child("C1", points=9), a_child("C2", points=3)], [a_worker("W1", max_points=9)])
    # nine and three: one of them must stay out, and the lighter is
    assert [family_points(f, made) for f in chain(wrong(made)[0])] == [3]
