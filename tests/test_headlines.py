from dataclasses import replace
from fractions import Fraction

from handover.flags import flags
from handover.headlines import LEVEL_WORDS, Headline, headlines, proof
from handover.plan import LEVELS, TIE_FIGURES, Flag, Level, Plan
from tests.builders import a_child, a_engagement, a_worker
from tests.plans import a_plan

WHATEVER = "changes_whatever_the_caseloads"
ONE = a_engagement([a_child("C1"), a_child("C2", needs=("court",)), a_child("C3", "W1")], [a_worker("W1")])


def a_flagged_plan() -> Plan:
    plan = a_plan(ONE, {"C1": "W1", "C2": None, "C3": "W1"})
    return replace(plan, flags=flags(ONE, plan))


def of_name(name: str, plan: Plan) -> Headline:
    return next(h for h in headlines(ONE, plan).achieved if h.name == name)


def with_level(plan: Plan, name: str, value: str, bound: str) -> Plan:
    levels = (Level(name, Fraction(value), Fraction(bound)) if level.name == name else level for level in plan.levels)
    return replace(plan, levels=tuple(levels))


def test_a_figure_that_is_not_proven_best_says_how_far_off_it_can_be() -> None:
    plan = with_level(a_flagged_plan(), "changes", "506", "1011/2")
    said = of_name("changes", plan)
    assert (said.value, said.bound, said.proven) == (506, Fraction(1011, 2), False)
    assert said.proof == "Not proven: the least possible lies between 505.5 and 506."


def test_a_level_never_reached_is_not_given_a_bound_that_says_nothing() -> None:
    assert proof(Level("relayed", Fraction(3), Fraction(0))) == "Not proven: how low it could be is not known."
    assert proof(Level("relayed", Fraction(0), Fraction(0))) == "Proven: no plan can do better."


def test_ties_broken_without_a_proof_are_not_called_proven_or_failed() -> None:
    assert "no proof was sought" in proof(Level("pairs", Fraction(3), Fraction(0)))


def test_every_level_of_the_contract_has_words_and_the_children_left_out_come_first() -> None:
    assert set(LEVEL_WORDS) == {*LEVELS, *TIE_FIGURES}
    told = [h.name for h in headlines(ONE, a_flagged_plan()).achieved]
    assert told[0] == "unallocated"
    # the points of the unallocated are told with them, as their flags
    assert set(LEVELS) - set(told) == {"unallocated_points"}


def test_changes_nobody_could_avoid_are_told_apart_from_the_price_of_even_caseloads() -> None:
    # C1 changes; whatever the caseloads none would have to
    plan = replace(a_flagged_plan(), **{WHATEVER: Level(WHATEVER, Fraction(0), Fraction(0))})
    assert of_name(WHATEVER, plan).sentence == (
        "0 of them no plan could avoid, whatever the caseloads; 1 is the price of even ones."
    )
    unproven = replace(a_flagged_plan(), **{WHATEVER: Level(WHATEVER, Fraction(1), Fraction(1, 2))})
    assert "no plan could avoid" not in of_name(WHATEVER, unproven).sentence


def test_what_needs_a_decision_starts_with_the_stops_and_nothing_is_dropped() -> None:
    plan = a_flagged_plan()
    decide = headlines(ONE, plan).decide
    assert [(d.severity, d.kind) for d in decide[:2]] == [("stop", "shortage"), ("stop", "unallocated")]
    assert decide[1].sentence.startswith("C2: unallocated")
    assert sorted(f for d in decide for f in d.flags) == sorted(plan.flags)


def test_many_flags_of_a_kind_are_one_line_that_counts_them() -> None:
    many = tuple(Flag("warn", f"F{n}", f"no joint visit: {n}", f"visit {n} on 2022-11-30") for n in range(8))
    (said,) = headlines(ONE, replace(a_flagged_plan(), flags=many)).decide
    assert said.sentence == "no joint visit: F0, F1, F2, F3, F4, F5 and 2 more"
    assert said.action == "For F0: visit 0 on 30/11/2022"


def test_what_was_asked_names_the_engagements_own_dates_and_bands() -> None:
    one = a_engagement(ONE.children, [a_worker("W1")], worker_band="0.125")
    text = " ".join(headlines(one, a_flagged_plan()).asked)
    for words in ("3 children", "Monday 28 November 2022", "12.5% above", "within 5% of", "child protection, court"):
        assert words in text


def test_missing_joint_visits_are_told_only_where_some_are_missing() -> None:
    assert "missing ones" not in of_name("unvisited", with_level(a_flagged_plan(), "unvisited", "0", "0")).sentence
    assert "count 3." in of_name("unvisited", with_level(a_flagged_plan(), "unvisited", "3", "3")).sentence
