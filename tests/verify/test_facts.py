"""The checker's own reading of §2 and §3, worked by hand, each figure on both sides of its boundary."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from handover.engagement import Child, Engagement, Episode, Event, Rule, Task
from handover.verify.facts import Facts, Limits
from tests.builders import CONTRACT_END, GO_LIVE, WINDOW_START, a_child, a_engagement, a_manager, a_worker

DAY = timedelta(days=1)


def with_worker(**changes: object) -> Facts:
    """An engagement whose worker W1 differs."""
    return Facts(a_engagement(workers=[a_worker("W1", **changes), a_worker("W2")]))


@pytest.mark.parametrize(
    ("changes", "cleared"),
    [
        ({"swe_number": "SW1"}, True),
        ({"swe_number": " sw 123 456 "}, True),
        ({"swe_number": "SW1234567"}, False),
        ({"swe_number": "SW"}, False),
        ({"swe_number": "SW012"}, False),
        ({"swe_number": "SX123"}, False),
        ({"swe_number": "SW12A"}, False),
        ({"swe_number": "SW12²"}, False),
        ({"swe_number": ""}, False),
        ({"swe_registered_until": GO_LIVE}, True),
        ({"swe_registered_until": GO_LIVE - DAY}, False),
        ({"swe_registered_until": None}, False),
        ({"swe_restrictions": "yes"}, False),
        ({"swe_restrictions": ""}, False),
        ({"dbs_number": "000000000001"}, True),
        ({"dbs_number": "00000000001"}, False),
        ({"dbs_number": "0000000000001"}, False),
        ({"dbs_number": "00000000000X"}, False),
        ({"dbs_issued_on": None}, False),
        # four whole years on 28 November 2022
        ({"qualified_on": date(2018, 11, 28)}, True),
        ({"qualified_on": date(2018, 11, 29)}, False),
        ({"qualified_on": None}, False),
        # asked of managers only
        ({"managing_since": None}, True),
    ],
)
def test_a_check_is_read_differently_on_its_boundary(changes: dict[str, object], *, cleared: bool) -> None:
    assert ("W1" in with_worker(**changes).cleared) is cleared


@pytest.mark.parametrize(
    ("changes", "cleared"),
    [
        ({"qualified_on": date(2014, 11, 28)}, True),
        ({"qualified_on": date(2014, 11, 29)}, False),
        ({"managing_since": date(2017, 11, 28)}, True),
        ({"managing_since": date(2017, 11, 29)}, False),
        ({"managing_since": None}, False),
    ],
)
def test_a_manager_is_asked_for_eight_years_of_which_five_managing(
    changes: dict[str, object], *, cleared: bool
) -> None:
    facts = Facts(a_engagement(workers=[a_worker("W1"), a_manager("M1", **changes)]))
    assert ("M1" in facts.cleared) is cleared


def test_meets_and_ready_fall_on_the_first_working_day() -> None:
    # Saturday 19 November: Monday 21 to meet; the laptop on Sunday 27, so Monday 28 to be ready
    facts = with_worker(available_from=date(2022, 11, 19), laptop_on=date(2022, 11, 27), induction_on=None)
    assert facts.meets_from["W1"] == date(2022, 11, 21)
    assert facts.ready_on["W1"] == GO_LIVE
    assert facts.is_ready("W1")
    assert "W1" in facts.ready


def test_ready_a_day_after_go_live_is_not_ready() -> None:
    assert not with_worker(induction_on=GO_LIVE + DAY).is_ready("W1")


def test_a_person_without_a_certificate_has_neither_day() -> None:
    facts = with_worker(dbs_issued_on=None)
    assert "W1" not in facts.meets_from
    assert "W1" not in facts.ready_on
    assert not facts.is_ready("W1")


@pytest.mark.parametrize("column", ["dbs_issued_on", "laptop_on", "system_access_on", "induction_on", "available_from"])
def test_every_step_can_be_what_a_worker_waits_for(column: str) -> None:
    facts = with_worker(**{column: date(2022, 12, 6)})
    assert facts.ready_on["W1"] == date(2022, 12, 6)
    assert facts.meets_from["W1"] == (
        date(2022, 12, 6) if column in ("dbs_issued_on", "available_from") else WINDOW_START
    )


def test_bank_holidays_and_weekends_are_not_worked() -> None:
    # Friday 23 December, then Christmas on a Sunday with Monday and Tuesday off
    facts = with_worker(laptop_on=date(2022, 12, 24))
    assert facts.ready_on["W1"] == date(2022, 12, 28)
    assert [facts.is_working(date(2022, 11, day)) for day in (18, 19, 20, 21)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("changes", "receives"),
    [
        ({"side": "staying"}, True),
        ({"side": "outgoing"}, False),
        ({"role": "team_manager", "managing_since": date(2010, 1, 1)}, False),
        ({"swe_restrictions": "yes"}, False),
        ({"laptop_on": CONTRACT_END}, True),
        ({"laptop_on": CONTRACT_END + DAY}, False),
        ({"available_to": GO_LIVE}, True),
        ({"available_to": GO_LIVE - DAY}, False),
        ({"laptop_on": date(2022, 12, 6), "available_to": date(2022, 12, 6)}, True),
        ({"laptop_on": date(2022, 12, 6), "available_to": date(2022, 12, 5)}, False),
    ],
)
def test_who_receives(changes: dict[str, object], *, receives: bool) -> None:
    assert ("W1" in with_worker(**changes).receiving) is receives


def test_a_separate_child_and_one_without_a_family_go_by_their_own_ids() -> None:
    children = [a_child("C1", family_id="F"), a_child("C2", family_id="F"), a_child("C3", family_id="F"), a_child("C4")]
    facts = Facts(a_engagement(children, rules=[Rule("C2", None, "separate")]))
    found = {family_id: [c.child_id for c in members] for family_id, members in facts.families.items()}
    assert found == {"F": ["C1", "C3"], "C2": ["C2"], "C4": ["C4"]}
    assert facts.family_of == {"C1": "F", "C2": "C2", "C3": "F", "C4": "C4"}


def test_skills_and_rules_of_any_sibling_stand_against_the_family() -> None:
    children = [a_child("C1", family_id="F", needs=("court",)), a_child("C2", family_id="F", needs=("asylum",))]
    workers = [
        a_worker("W1", skills=("asylum", "court")),
        a_worker("W2", skills=("court",)),
        a_worker("W3", skills=("asylum", "court")),
    ]
    facts = Facts(a_engagement(children, workers))
    assert [w.worker_id for w in facts.may_take("F")] == ["W1", "W3"]
    never = Facts(a_engagement(children, workers, rules=[Rule("C2", "W1", "never")]))
    assert [w.worker_id for w in never.may_take("F")] == ["W3"]
    always = Facts(a_engagement(children, workers, rules=[Rule("C2", "W1", "always")]))
    assert [w.worker_id for w in always.may_take("F")] == ["W1"]
    both = Facts(a_engagement(children, workers, rules=[Rule("C1", "W1", "always"), Rule("C2", "W3", "always")]))
    assert list(both.may_take("F")) == []


def test_points_are_the_childs_own_or_the_plans() -> None:
    children = [a_child("C1"), a_child("C2", plan="court"), a_child("C3", plan="court", points=1, family_id="F")]
    facts = Facts(a_engagement(children))
    assert facts.points == {"C1": 4, "C2": 6, "C3": 1}
    assert facts.family_points == {"C1": 4, "C2": 6, "F": 1}


def test_fair_shares_and_bands_are_exact_and_cut_down_to_max_points() -> None:
    # P = 40, Σ fte = 2: W1 20, W2 16, W3 4; W5 of T3 does not receive
    children = [a_child(f"C{n}", points=10) for n in range(1, 5)]
    workers = [
        a_worker("W1", max_points=17),
        a_worker("W2", fte="0.8", team_id="T2"),
        a_worker("W3", fte="0.2", team_id="T2"),
        a_worker("W5", team_id="T3", swe_restrictions="yes"),
    ]
    facts = Facts(a_engagement(children, workers, worker_band="0.1", worker_floor="0.9", team_band="0.05"))
    assert facts.fair == {"W1": 20, "W2": 16, "W3": 4}
    assert facts.team_fair == {"T1": 20, "T2": 20, "T3": 0}
    assert facts.worker_limits == {
        "W1": Limits(17, 17, 17),  # 18 to 22, at least 18, all cut down
        "W2": Limits(15, 17, 15),  # 14.4 to 17.6
        "W3": Limits(4, 4, 4),  # 3.6 to 4.4
    }
    assert facts.team_limits == {"T1": Limits(19, 21, 19), "T2": Limits(19, 21, 19), "T3": Limits(0, 0, 0)}


@pytest.mark.parametrize(
    ("from_date", "count"),
    [(date(2021, 11, 13), 0), (date(2021, 11, 14), 1), (date(2022, 11, 13), 1), (date(2022, 11, 14), 0)],
)
def test_a_prior_change_counts_from_twelve_months_before_the_window(from_date: date, count: int) -> None:
    history = [Episode("C1", "P1", date(2020, 1, 1)), Episode("C1", "O1", from_date)]
    assert Facts(a_engagement(history=history)).prior == {"C1": count}


def test_the_same_worker_again_and_the_first_are_no_changes() -> None:
    days = [date(2022, month, 1) for month in (1, 2, 3, 4)]
    history = [Episode("C1", w, day) for w, day in zip(("P1", "P1", "P2", "P1"), days, strict=True)]
    assert Facts(a_engagement(history=history)).prior == {"C1": 2}


def test_a_month_back_ends_on_the_last_day_of_a_shorter_month() -> None:
    # six months before 31 August 2022 is 28 February
    for day, count in ((28, 1), (27, 0)):
        history = [Episode("C1", "P1", date(2021, 1, 1)), Episode("C1", "O1", date(2022, 2, day))]
        engagement = a_engagement(history=history, window_start=date(2022, 8, 31), changes_months=6)
        assert Facts(engagement).prior == {"C1": count}


@pytest.mark.parametrize(("to_date", "known"), [(None, True), (date(2020, 11, 14), True), (date(2020, 11, 13), False)])
def test_a_worker_stays_known_for_two_years(to_date: date | None, *, known: bool) -> None:
    facts = Facts(a_engagement(history=[Episode("C1", "W1", date(2019, 1, 1), to_date)]))
    assert (("C1", "W1") in facts.known) is known
    assert ("C1", "O1") in facts.known


def test_a_rule_makes_known_and_another_rule_does_not() -> None:
    facts = Facts(a_engagement(rules=[Rule("C1", "W1", "knows"), Rule("C1", "W2", "always")]))
    assert facts.known == {("C1", "O1"), ("C1", "W1")}


def test_changes_of_a_child() -> None:
    child = a_child("C1", "W4")
    closing = a_child("C2", "W4", expected_close_on=date(2023, 1, 13))
    workers = [
        a_worker("W1"),
        a_worker("W2", laptop_on=GO_LIVE + DAY),
        a_worker("W3", laptop_on=GO_LIVE + DAY, available_to=CONTRACT_END - DAY),
        a_worker("W4", side="staying", laptop_on=GO_LIVE + DAY),
        a_worker("W5", available_to=CONTRACT_END, laptop_on=GO_LIVE),
        a_worker("W6", available_to=date(2023, 1, 13)),
        a_worker("W7", available_to=date(2023, 1, 12)),
    ]
    facts = Facts(a_engagement([child, closing], workers))
    people = [f"W{n}" for n in range(1, 8)]
    assert [facts.changes(child, w) for w in people] == [1, 2, 3, 0, 1, 2, 2]
    # the child's need ends on 13 January
    assert [facts.changes(closing, w) for w in people] == [1, 2, 2, 0, 1, 1, 2]


def test_a_case_closing_after_the_contract_counts_to_its_end() -> None:
    child = a_child("C1", expected_close_on=CONTRACT_END + DAY)
    facts = Facts(a_engagement([child], [a_worker("W1", available_to=CONTRACT_END)]))
    assert facts.changes(child, "W1") == 1


@pytest.mark.parametrize(
    ("meets", "hearing", "kind", "weight"),
    [
        (GO_LIVE - 3 * DAY, GO_LIVE, "court_hearing", 0),
        (GO_LIVE, GO_LIVE - DAY, "court_hearing", 1),
        (GO_LIVE, GO_LIVE, "court_hearing", 3),
        (GO_LIVE, GO_LIVE + 13 * DAY, "review_conference", 3),
        (GO_LIVE, GO_LIVE + 14 * DAY, "review_conference", 1),
        (GO_LIVE, GO_LIVE, "core_group", 1),
    ],
)
def test_a_stranger_before_a_hearing_counts_three(meets: date, hearing: date, kind: str, weight: int) -> None:
    engagement = a_engagement(workers=[a_worker("W1", available_from=meets)], events=[Event("C1", kind, hearing)])
    assert Facts(engagement).stranger(engagement.children[0], "W1") == weight
    known = a_engagement(
        workers=[a_worker("W1", available_from=meets)],
        events=[Event("C1", kind, hearing)],
        rules=[Rule("C1", "W1", "knows")],
    )
    assert Facts(known).stranger(known.children[0], "W1") == 0


def family(*holders: str) -> Engagement:
    """A family whose children are held by these."""
    children: list[Child] = [a_child(f"C{n}", w, family_id="F") for n, w in enumerate(holders)]
    return a_engagement(children, [a_worker("W1", side="staying"), a_worker("W2")])


@pytest.mark.parametrize(
    ("holders", "giver"),
    [
        (("O1", "O2", "O2"), "O2"),
        (("O2", "O1"), "O1"),
        (("W1", "W1", "O2"), "O2"),
        (("W1", "W1"), None),
        (("O3", "O2", "O2", "O3"), "O2"),
    ],
)
def test_who_holds_most_of_the_others_hands_over(holders: tuple[str, ...], giver: str | None) -> None:
    assert Facts(family(*holders)).hands_over("F", "W1") == giver


def test_one_child_on_a_joint_visit_plan_is_enough() -> None:
    children = [
        a_child("C1", family_id="F", plan="child_in_need"),
        a_child("C2", family_id="F"),
        a_child("C3", plan="child_in_need"),
    ]
    facts = Facts(a_engagement(children))
    assert facts.visit_due("F")
    assert not facts.visit_due("C3")


def test_only_conferences_and_hearings_ask_for_an_introduction() -> None:
    kinds = ("statutory_visit", "court_hearing", "looked_after_review", "review_conference", "core_group")
    events = [Event("C1", kind, GO_LIVE + (5 - n) * DAY) for n, kind in enumerate(kinds)]
    engagement = a_engagement(events=events)
    assert Facts(engagement).hearings(engagement.children[0]) == (GO_LIVE + 2 * DAY, GO_LIVE + 4 * DAY)


def test_nobody_receives_without_a_receiving_worker() -> None:
    facts = with_worker(swe_restrictions="yes")
    assert set(facts.receiving) == {"W2"}
    nobody = Facts(a_engagement(workers=[a_worker("W1", swe_restrictions="yes")]))
    assert nobody.fair == {}
    assert nobody.team_fair == {"T1": Fraction(0)}


def test_what_waits_for_a_done_task_starts_the_day_after_and_after_a_moment_on_it() -> None:
    tuesday = date(2022, 11, 15)
    tasks = [
        Task("K1", "Order", days=2, done_on=tuesday),
        Task("K2", "Deliver", days=1, after=("K1",)),
        Task("K3", "Signed", days=0, done_on=tuesday),
        Task("K4", "Sent", days=1, after=("K3",)),
        # what waited for something done long ago may have begun before the window
        Task("K5", "Tender", days=3, done_on=date(2022, 10, 3)),
        Task("K6", "Contract", days=2, after=("K5",)),
    ]
    days = {task: finished for task, (finished, _) in Facts(a_engagement(tasks=tasks)).task_days.items()}
    assert (days["K2"], days["K4"], days["K6"]) == (tuesday + DAY, tuesday, date(2022, 10, 5))
