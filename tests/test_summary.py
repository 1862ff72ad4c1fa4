from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from handover.engagement import Episode, Event
from handover.flags import flags
from handover.plan import Level, Plan
from handover.summary import Summary, summary
from tests.builders import a_child, a_engagement, a_worker
from tests.plans import a_plan, an_appointment

WHATEVER = "changes_whatever_the_caseloads"


def test_changes_are_split_into_the_unavoidable_and_the_price_of_even_caseloads() -> None:
    # C1 and C2 are with W2, who stays; C2 goes to W1 to even things out: 1 change, 0 whatever the caseloads
    one = a_engagement([a_child("C1", "W2"), a_child("C2", "W2")], [a_worker("W1"), a_worker("W2", side="staying")])
    plan = replace(a_plan(one, {"C1": "W2", "C2": "W1"}), **{WHATEVER: Level(WHATEVER, Fraction(0), Fraction(0))})
    said = summary(one, plan)
    assert (said.changes, said.price_of_even_caseloads) == (1, 1)


@pytest.mark.parametrize(("prior", "many"), [(0, 0), (1, 1)])
def test_a_child_counts_as_having_many_workers_from_three_in_a_year(prior: int, many: int) -> None:
    # 1 + prior + 1 change: 2 or 3 workers
    episodes = [Episode("C1", "P1", date(2022, 1, 3), date(2022, 5, 2)), Episode("C1", "O1", date(2022, 5, 2))]
    one = a_engagement(history=episodes[1 - prior :])
    assert summary(one, a_plan(one, {"C1": "W1"})).three_or_more_workers == many


def a_case() -> Summary:
    # F1: direct, visited, signed · C3: relayed · C4: no meeting · C5: stays · C6: nobody
    one = a_engagement(
        [
            a_child("C1", family_id="F1"),
            a_child("C2", family_id="F1"),
            a_child("C3", plan="child_in_need"),
            a_child("C4"),
            a_child("C5", "W2"),
            a_child("C6", needs=("court",)),
        ],
        [a_worker("W1"), a_worker("W2", side="staying", team_id="T2"), a_worker("W3", dbs_number="")],
        events=[Event("C4", "statutory_visit", date(2022, 11, 21))],
    )
    plan = a_plan(
        one,
        {"F1": "W1", "C3": "W1", "C4": "W2", "C5": "W2", "C6": None},
        [
            an_appointment("F1", "meeting", "2022-11-14T10:00", "O1", "W1"),
            an_appointment("F1", "joint_visit", "2022-11-15T10:00", "O1", "W1", 90),
            an_appointment("F1", "sign_off", "2022-11-14T14:00", "M1", None, 30),
            an_appointment("C3", "meeting", "2022-11-14T11:00", "O1", "M1"),
        ],
    )
    return summary(one, replace(plan, flags=flags(one, plan)))


def test_meetings_and_visits_are_counted_by_family_and_unallocated_ones_left_out() -> None:
    said = a_case()
    assert (said.children, said.families, said.unallocated) == (6, 5, 1)
    assert said.meetings == {"direct": 1, "relayed": 1, "none": 1, "not_needed": 1}
    assert (said.joint_visits, said.joint_visits_due, said.visit_trips) == (1, 2, 1)  # F1 and C4; C3 is in need only
    assert (said.uncovered_visits, said.unsigned) == (1, 2)  # C4's visit; C3 and C4


def test_loads_are_held_against_the_band() -> None:
    # 22 points in all: 11 each, band 0.2: 9 to 13 (8.8, 13.2); W1 holds 4 + 4 + 2, W2 8
    said = a_case()
    assert [(w.worker_id, w.children, w.points, w.low, w.high, w.place) for w in said.workers] == [
        ("W1", 3, 10, 9, 13, "within"),
        ("W2", 2, 8, 9, 13, "below"),
    ]
    assert [(t.team_id, t.worker_id, t.children, t.points, t.fair_share) for t in said.teams] == [
        ("T1", None, 3, 10, 11),
        ("T2", None, 2, 8, 11),
    ]


def test_who_cannot_receive_stands_with_what_is_missing() -> None:
    (person,) = a_case().not_ready
    assert (person.worker_id, person.cleared, person.failed) == ("W3", False, ("dbs_number",))


def test_decisions_are_stops_in_full_and_warnings_by_kind_most_frequent_first() -> None:
    said = a_case()
    assert [f.subject for f in said.stops] == ["C6", "T1"]
    assert next(iter(said.warnings.items())) == ("team outside its band", 2)
    assert said.warnings["not cleared"] == 1
    assert said.infos["relayed meeting"] == 1


def test_a_plan_with_nothing_in_it_has_a_summary() -> None:
    one = a_engagement([])
    plan: Plan = a_plan(one)
    assert summary(one, plan).children == 0
