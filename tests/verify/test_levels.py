"""The nine figures, the bounds and the least changes, worked by hand (§3)."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from handover.engagement import Rule
from handover.plan import Level, Plan
from handover.verify import verify
from handover.verify.allocation import false_claims, ineligible, misplaced, room, unexplained
from handover.verify.facts import Facts
from handover.verify.levels import (
    allocation_figures,
    false_least_changes,
    false_levels,
    false_proof_of_unallocated,
)
from tests.builders import CONTRACT_END, a_child, a_engagement, a_worker
from tests.verify.handmade import a_good_plan, an_engagement


def test_the_hand_made_figures_are_reached() -> None:
    plan = a_good_plan()
    to = {a.family_id: a.to_worker_id for a in plan.allocations}
    figures = allocation_figures(Facts(an_engagement()), to)
    assert list(figures) == [level.name for level in plan.levels[:9]]
    assert figures == {level.name: level.value for level in plan.levels[:9]}


def test_a_family_left_out_counts_its_children_and_points_and_nothing_else() -> None:
    plan = a_good_plan()
    to = {a.family_id: a.to_worker_id for a in plan.allocations} | {"F2": None}
    figures = allocation_figures(Facts(an_engagement()), to)
    assert figures["unallocated"] == 3
    assert figures["unallocated_points"] == 10
    assert figures["changes"] == 15 - 5
    assert figures["burden"] == 4 - 2
    assert figures["unknown"] == 8 - 3
    # T1 21 of 22 to 23, T2 10 of 18 to 19
    assert figures["outside_bands"] == 1 + 8
    assert figures["team_imbalance"] == Fraction(164, 9) - 10
    assert figures["worker_imbalance"] == Fraction(40 - 8 + 82, 9)


def test_a_floor_and_both_bands_are_counted_in_points() -> None:
    # P = 20: 10 each. Floor 8, high 12 for a worker; the team holds all it should
    children = [a_child(f"C{n}", points=points) for n, points in enumerate((13, 5, 2), start=1)]
    engagement = a_engagement(children, worker_floor="0.8", worker_band="0.2")
    facts = Facts(engagement)
    assert allocation_figures(facts, {"C1": "W1", "C2": "W2", "C3": "W2"})["outside_bands"] == (13 - 12) + (8 - 7)
    assert allocation_figures(facts, {"C1": "W1", "C2": "W1", "C3": "W2"})["outside_bands"] == (18 - 12) + (8 - 2)
    assert allocation_figures(facts, {"C1": "W1", "C2": None, "C3": None})["outside_bands"] == 1 + 8 + (19 - 13)


def test_without_receiving_workers_all_are_left_out() -> None:
    facts = Facts(a_engagement(workers=[a_worker("W1", swe_restrictions="yes")]))
    figures = allocation_figures(facts, {"C1": None})
    assert [int(value) for value in figures.values()] == [1, 4, 0, 0, 0, 0, 0, 0, 0]


def levels(*claims: tuple[str, int, int]) -> Plan:
    made = tuple(Level(name, Fraction(value), Fraction(bound)) for name, value, bound in claims)
    return replace(a_good_plan(), levels=made)


def test_a_level_says_what_is_reached_and_bounds_it_from_below() -> None:
    figures = {"changes": Fraction(5), "burden": Fraction(3)}
    assert [*false_levels(levels(("changes", 5, 5), ("burden", 3, 0)), figures)] == []
    assert [*false_levels(levels(("changes", 5, 5), ("burden", 3, 0), ("pairs", 9, 9)), figures)] == []
    assert len([*false_levels(levels(("changes", 5, 6), ("burden", 3, 3)), figures)]) == 1
    # both the value and the bound are above what is reached
    assert len([*false_levels(levels(("changes", 6, 6), ("burden", 3, 3)), figures)]) == 2
    assert len([*false_levels(levels(("changes", 5, 5), ("burden", 3, 0), ("pairs", 9, 10)), figures)]) == 1
    assert len([*false_levels(levels(("pairs", 9, 9), ("changes", 5, 5), ("burden", 3, 0)), figures)]) == 1
    assert len([*false_levels(levels(("changes", 5, 5)), figures)]) == 1


def least_possible(**engagement: Any) -> Fraction:
    """The least value of `changes_whatever_the_caseloads` that is not faulted, all children allocated."""
    facts = Facts(a_engagement(**engagement))
    to = dict.fromkeys(facts.families, "W1")
    return least_with(facts, to)


def least_with(facts: Facts, to: dict[str, str | None]) -> Fraction:
    figures = {"unallocated": Fraction(sum(w is None for w in to.values())), "changes": Fraction(99)}
    for value in range(100):
        level = Level("changes_whatever_the_caseloads", Fraction(value), Fraction(0))
        plan = replace(a_good_plan(), changes_whatever_the_caseloads=level)
        if not [*false_least_changes(facts, plan, to, figures)]:
            return Fraction(value)
    raise AssertionError


@pytest.mark.parametrize(
    ("engagement", "least"),
    [
        ({}, 1),
        # held now by a staying worker
        ({"children": [a_child("C1", "W1")], "workers": [a_worker("W1", side="staying")]}, 0),
        # who leaves before the contract ends, as the other does
        ({"workers": [a_worker("W1", available_to=date(2023, 1, 1)), a_worker("W2", available_to=CONTRACT_END)]}, 1),
        ({"workers": [a_worker("W1", available_to=date(2023, 1, 1))]}, 2),
        ({"workers": [a_worker("W1", laptop_on=date(2022, 12, 6))]}, 2),
        # late but staying, or in time and leaving: 2 either way
        (
            {
                "workers": [
                    a_worker("W1", laptop_on=date(2022, 12, 6)),
                    a_worker("W2", available_to=date(2023, 1, 1)),
                ]
            },
            2,
        ),
        # only W2, late, has the skill
        (
            {
                "children": [a_child("C1", needs=("court",))],
                "workers": [a_worker("W1"), a_worker("W2", skills=("court",), laptop_on=date(2022, 12, 6))],
            },
            2,
        ),
        # the best is barred, the second best is not
        (
            {
                "workers": [a_worker("W1"), a_worker("W2", laptop_on=date(2022, 12, 6))],
                "rules": [Rule("C1", "W1", "never")],
            },
            2,
        ),
        (
            {
                "workers": [a_worker("W1"), a_worker("W2", laptop_on=date(2022, 12, 6))],
                "rules": [Rule("C1", "W2", "always")],
            },
            2,
        ),
        # siblings held by two: one changes whatever is done
        (
            {
                "children": [a_child("C1", "W1", family_id="F"), a_child("C2", "O1", family_id="F")],
                "workers": [a_worker("W1", side="staying"), a_worker("W2")],
            },
            1,
        ),
    ],
)
def test_what_a_family_must_go_through_by_itself(engagement: dict[str, Any], least: int) -> None:
    assert least_possible(**engagement) == least


def test_children_left_out_save_the_most_they_can() -> None:
    # C1, C2 need the late W2: 2 each; C3 1. One of them is left out, perhaps a dear one: 5 − 2
    children = [a_child("C1", needs=("court",)), a_child("C2", needs=("court",)), a_child("C3")]
    workers = [a_worker("W1"), a_worker("W2", skills=("court",), laptop_on=date(2022, 12, 6))]
    facts = Facts(a_engagement(children, workers))
    assert least_with(facts, {"C1": "W2", "C2": "W2", "C3": "W1"}) == 5
    assert least_with(facts, {"C1": "W2", "C2": "W2", "C3": None}) == 3
    assert least_with(facts, {"C1": "W2", "C2": None, "C3": None}) == 1
    # whom nobody can take is left out in any case and saves nothing
    hopeless = Facts(a_engagement([*children, a_child("C4", needs=("asylum",))], workers))
    assert least_with(hopeless, {"C1": "W2", "C2": "W2", "C3": "W1", "C4": None}) == 5


@pytest.mark.parametrize(
    ("value", "bound", "ok"), [(10, 10, True), (15, 0, True), (16, 0, False), (9, 0, False), (10, 11, False)]
)
def test_the_least_changes_lie_between_the_families_and_the_plan(value: int, bound: int, *, ok: bool) -> None:
    level = Level("changes_whatever_the_caseloads", Fraction(value), Fraction(bound))
    plan = replace(a_good_plan(), changes_whatever_the_caseloads=level)
    assert (verify(an_engagement(), plan) == ()) is ok


def test_the_least_changes_go_by_their_name() -> None:
    plan = a_good_plan()
    other = replace(plan.changes_whatever_the_caseloads, name="changes")
    assert len(verify(an_engagement(), replace(plan, changes_whatever_the_caseloads=other))) == 1


def test_room_is_what_max_points_leaves() -> None:
    children = [a_child("C1", points=5), a_child("C2", points=3), a_child("C3", points=4, needs=("court",))]
    workers = [a_worker("W1", max_points=8), a_worker("W2", max_points=2, skills=("court",))]
    facts = Facts(a_engagement(children, workers))
    free = room(facts, {"C1": "W1", "C2": None, "C3": None})
    assert free.left == {"W1": 3, "W2": 2}
    assert free.for_family("C2") == "W1"
    assert free.for_family("C3") is None
    assert room(facts, {"C1": None, "C2": "W1", "C3": None}).for_family("C1") == "W1"


def proof(value: int, bound: int, max_points: int) -> list[str]:
    """C1 of 4 points is left out, though W1 may have some room."""
    facts = Facts(a_engagement(workers=[a_worker("W1", max_points=max_points)]))
    return [*false_proof_of_unallocated(facts, levels(("unallocated", value, bound)), {"C1": None})]


def test_a_proof_is_false_only_where_somebody_has_room() -> None:
    assert proof(1, 1, 4) == ["Level unallocated is called proven, but family C1 could go to W1."]
    assert proof(1, 1, 3) == []
    assert proof(1, 0, 4) == []


def why(text: str, to: str | None = None, **engagement: Any) -> bool:
    """True when a reason will do for C1."""
    facts = Facts(a_engagement(**engagement))
    plan = a_good_plan()
    said = replace(plan.allocations[0], child_id="C1", family_id="C1", to_worker_id=to, why=text)
    return not [*unexplained(facts, replace(plan, allocations=(said,)), {"C1": to})]


def test_a_reason_names_the_rule_in_the_way() -> None:
    needy = {"children": [a_child("C1", needs=("asylum",))]}
    assert why("No receiving worker has asylum.", **needy)
    assert not why("Nobody.", **needy)
    assert not why("No receiving worker.", **needy)
    barred = {"workers": [a_worker("W1")], "rules": [Rule("C1", "W1", "never")]}
    assert why("never bars W1", **barred)
    assert not why("always bars W1", **barred)
    pinned = {"rules": [Rule("C1", "O1", "always")]}
    assert why("must always go to O1", **pinned)
    assert not why("must never", **pinned)
    full = {"workers": [a_worker("W1", max_points=3)]}
    assert why("W1 may hold 3 points at most", **full)
    assert not why("never, always, court", **full)
    assert why("The search ended before a place was found.", workers=[a_worker("W1", max_points=4)])
    nobody = {"workers": [a_worker("W1", swe_restrictions="yes")]}
    assert why("No worker may receive cases.", **nobody)
    assert not why("No points.", **nobody)
    assert why("Any words do.", "W1")
    assert not why("  ", "W1")


def test_without_teams_nothing_is_out_of_balance() -> None:
    facts = Facts(a_engagement(workers=[], teams=[]))
    figures = allocation_figures(facts, {"C1": None})
    assert (figures["team_imbalance"], figures["worker_imbalance"]) == (0, 0)


def test_a_bound_above_what_the_plan_needs_is_told() -> None:
    facts, to = Facts(a_engagement()), {"C1": "W1"}
    level = Level("changes_whatever_the_caseloads", Fraction(1), Fraction(2))
    plan = replace(a_good_plan(), changes_whatever_the_caseloads=level)
    assert [*false_least_changes(facts, plan, to, allocation_figures(facts, to))] == [
        "changes_whatever_the_caseloads: the bound 2 is above the value 1.",
        "changes_whatever_the_caseloads: the bound 2 is above the 1 of this plan.",
    ]


def test_of_a_family_left_out_in_part_only_that_part_is_saved() -> None:
    # F1 of three, 1 each; C4 needs the late W2, 2. One child left out: the dearest by the child is C4, not F1
    children = [*(a_child(f"C{n}", family_id="F1") for n in (1, 2, 3)), a_child("C4", needs=("court",))]
    workers = [a_worker("W1"), a_worker("W2", skills=("court",), laptop_on=date(2022, 12, 6))]
    facts = Facts(a_engagement(children, workers))
    assert least_with(facts, {"F1": "W1", "C4": "W2"}) == 5
    assert least_with(facts, {"F1": "W1", "C4": None}) == 3
    # of two siblings at 2 each, one child left out saves 2, not 4
    pair = [a_child(f"C{n}", family_id="F1", needs=("court",)) for n in (1, 2)]
    facts = Facts(a_engagement([*pair, a_child("C3")], workers))
    assert least_with(facts, {"F1": "W2", "C3": None}) == 5 - 2


def test_a_family_after_one_left_out_is_looked_at_too() -> None:
    rules = [Rule("C2", "W1", "never")]
    facts = Facts(a_engagement([a_child("C1"), a_child("C2")], rules=rules))
    assert len([*ineligible(facts, {"C1": None, "C2": "W1"})]) == 1


def test_a_false_claim_about_a_child_left_out_is_told() -> None:
    plan = a_good_plan()
    left_out = replace(plan.allocations[0], child_id="C1", family_id="C1", to_worker_id=None, from_worker_id="O9")
    left_out = replace(left_out, responsible_from=None, changes=0, prior_changes=3, known=False)
    assert [*false_claims(Facts(a_engagement()), replace(plan, allocations=(left_out,)))] == [
        "Child C1: from_worker_id is O9, but by the rules O1.",
        "Child C1: prior_changes is 3, but by the rules 0.",
    ]


def test_a_reason_that_names_no_rule_is_told_which_it_could_be() -> None:
    plan = a_good_plan()
    left_out = replace(plan.allocations[0], child_id="C1", family_id="C1", to_worker_id=None, why="Because.")
    plan = replace(plan, allocations=(left_out,))
    facts = Facts(a_engagement([a_child("C1", needs=("court",))], rules=[Rule("C1", "W1", "never")]))
    assert [*unexplained(facts, plan, {"C1": None})] == [
        "Child C1 is unallocated, but why does not say which rule leaves nobody: court or never."
    ]
    nobody = Facts(a_engagement(workers=[]))
    said = replace(plan, allocations=(replace(left_out, why="There is no receiving worker."),))
    assert [*unexplained(nobody, said, {"C1": None})] == []
    assert [*unexplained(nobody, plan, {"C1": None})] == [
        "Child C1 is unallocated, but why does not say which rule leaves nobody: receive or receiving."
    ]


def test_levels_out_of_order_are_listed() -> None:
    plan = replace(a_good_plan(), levels=a_good_plan().levels[:2])
    listed = "The levels are not those of the contract in its order: unallocated, unallocated_points."
    assert listed in [*false_levels(plan, {"changes": Fraction(1)})]


def test_every_child_in_the_wrong_place_is_told() -> None:
    plan = a_good_plan()
    children = [a_child("C1", family_id="F1"), a_child("C2", family_id="F1"), a_child("C3")]
    given = (("C9", "F9", "W1"), ("C1", "F1", "W1"), ("C2", "F1", None), ("C3", "C4", "O1"))
    allocations = tuple(
        replace(plan.allocations[0], child_id=c, family_id=f, to_worker_id=w, from_worker_id="O1") for c, f, w in given
    )
    assert [*misplaced(Facts(a_engagement(children)), replace(plan, allocations=allocations))] == [
        "Child C9 is allocated, but is not in the engagement.",
        "Child C3: family_id is C4, not C3.",
        "Child C3 goes to O1, who is not a receiving worker.",
        "Family F1: the siblings do not go together, but to None, W1.",
    ]


@pytest.mark.parametrize(
    ("needs", "rule", "said"),
    [
        (("asylum", "court"), Rule("C1", "W2", "knows"), "has not every skill in needs (asylum, court)"),
        ((), Rule("C1", "W1", "never"), "has the rule never with a sibling"),
        ((), Rule("C1", "W2", "always"), "is not the one whom a sibling must always go to"),
    ],
)
def test_what_stands_against_a_worker_is_told(needs: tuple[str, ...], rule: Rule, said: str) -> None:
    facts = Facts(a_engagement([a_child("C1", needs=needs)], rules=[rule]))
    assert [*ineligible(facts, {"C1": "W1"})] == [f"Family C1 goes to W1, who {said}."]
