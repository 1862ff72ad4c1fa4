"""Who is cleared, from when they may meet and be ready, who may take which family (contract §2)."""

from datetime import date
from typing import Any

import pytest

from handover import clearance
from handover.clearance import (
    bars,
    can_take,
    cleared,
    failed,
    failed_checks,
    meets_from,
    ready_on,
    receives,
    receiving_workers,
)
from handover.engagement import Rule
from tests.builders import CONTRACT_END, GO_LIVE, LAST_DAY, WINDOW_START, a_child, a_engagement, a_manager, a_worker

NOBODY = a_engagement()


def checks(**changes: Any) -> tuple[str, ...]:
    return failed_checks(a_worker("W1", **changes), NOBODY)


def manager_checks(**changes: Any) -> tuple[str, ...]:
    return failed_checks(a_manager("M1", **changes), NOBODY)


@pytest.mark.parametrize("number", ["SW1", "SW123456", "sw123456", " Sw 12 34\t56 "])
def test_a_registration_number_is_read_whatever_its_case_and_spaces(number: str) -> None:
    assert checks(swe_number=number) == ()


@pytest.mark.parametrize(
    "number", ["", "SW", "SW0123", "SW1234567", "123456", "XW123", "SW12A4", "SSW123", "SW123\u0661"]
)
def test_a_number_that_is_not_sw_and_one_to_six_digits_is_not_cleared(number: str) -> None:
    assert checks(swe_number=number) == ("swe_number",)


@pytest.mark.parametrize(
    ("until", "missing"),
    [(GO_LIVE, ()), (date(2022, 11, 27), ("swe_registered_until",)), (None, ("swe_registered_until",))],
)
def test_a_registration_must_last_to_go_live_itself(until: date | None, missing: tuple[str, ...]) -> None:
    assert checks(swe_registered_until=until) == missing


@pytest.mark.parametrize("looked", ["yes", ""])
def test_nobody_is_cleared_with_restrictions_or_where_nobody_has_looked(looked: str) -> None:
    assert checks(swe_restrictions=looked) == ("swe_restrictions",)


def test_leading_zeros_of_a_dbs_number_count_among_its_twelve_digits() -> None:
    assert checks(dbs_number="000123456789") == ()


@pytest.mark.parametrize("number", ["", "12345678901", "1234567890123", "12345678901A", "123 456 789 012"])
def test_a_dbs_number_of_other_than_twelve_digits_is_not_cleared(number: str) -> None:
    assert checks(dbs_number=number) == ("dbs_number",)


def test_a_dbs_certificate_without_its_date_is_not_cleared() -> None:
    assert checks(dbs_issued_on=None) == ("dbs_issued_on",)


@pytest.mark.parametrize(
    ("since", "missing"),
    [
        (date(2018, 11, 28), ()),  # four years to the day
        (date(2018, 11, 29), ("years_qualified",)),
        (None, ("years_qualified",)),
    ],
)
def test_a_social_worker_needs_four_whole_years_on_go_live(since: date | None, missing: tuple[str, ...]) -> None:
    assert checks(qualified_on=since) == missing


@pytest.mark.parametrize(
    ("since", "missing"),
    [(date(2014, 11, 28), ()), (date(2014, 11, 29), ("years_qualified",)), (None, ("years_qualified",))],
)
def test_a_manager_needs_eight_whole_years_qualified(since: date | None, missing: tuple[str, ...]) -> None:
    assert manager_checks(qualified_on=since) == missing


@pytest.mark.parametrize(
    ("since", "missing"),
    [(date(2017, 11, 28), ()), (date(2017, 11, 29), ("years_managing",)), (None, ("years_managing",))],
)
def test_a_manager_needs_five_whole_years_of_managing(since: date | None, missing: tuple[str, ...]) -> None:
    assert manager_checks(managing_since=since) == missing


def test_the_years_asked_for_are_the_engagements_own() -> None:
    stricter = a_engagement(
        social_worker_years_qualified=6, team_manager_years_qualified=9, team_manager_years_managing=7
    )
    # six, nine and seven years to the day, and a day less
    assert failed_checks(a_worker(qualified_on=date(2016, 11, 28)), stricter) == ()
    assert failed_checks(a_worker(qualified_on=date(2016, 11, 29)), stricter) == ("years_qualified",)
    good = a_manager(qualified_on=date(2013, 11, 28), managing_since=date(2015, 11, 28))
    assert failed_checks(good, stricter) == ()
    short = a_manager(qualified_on=date(2013, 11, 29), managing_since=date(2015, 11, 29))
    assert failed_checks(short, stricter) == ("years_qualified", "years_managing")


def test_every_failed_check_is_named_in_the_contracts_order() -> None:
    blank = a_manager(
        swe_number="",
        swe_registered_until=None,
        swe_restrictions="",
        dbs_number="",
        dbs_issued_on=None,
        qualified_on=None,
        managing_since=None,
    )
    assert failed_checks(blank, NOBODY) == (
        "swe_number",
        "swe_registered_until",
        "swe_restrictions",
        "dbs_number",
        "dbs_issued_on",
        "years_qualified",
        "years_managing",
    )
    assert not cleared(blank, NOBODY)


def test_a_person_is_cleared_though_ready_only_after_the_contract() -> None:
    assert cleared(a_worker(laptop_on=date(2024, 1, 2)), NOBODY)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, WINDOW_START),  # blank available_from: window_start
        ({"available_from": date(2022, 11, 1)}, date(2022, 11, 1)),
        ({"available_from": date(2022, 11, 16)}, date(2022, 11, 16)),
        ({"available_from": date(2022, 11, 19)}, date(2022, 11, 21)),  # Saturday
        ({"dbs_issued_on": date(2022, 11, 17)}, date(2022, 11, 17)),
        ({"available_from": date(2022, 11, 18), "dbs_issued_on": date(2022, 11, 17)}, date(2022, 11, 18)),
        ({"dbs_issued_on": date(2022, 12, 26)}, date(2022, 12, 28)),  # two bank holidays
        ({"laptop_on": date(2022, 12, 1), "induction_on": date(2022, 12, 1)}, WINDOW_START),  # no laptop is needed
        ({"dbs_issued_on": None}, None),
    ],
)
def test_a_person_meets_families_from_the_first_working_day_with_a_dbs(
    changes: dict[str, Any], first: date | None
) -> None:
    assert meets_from(a_worker(**changes), NOBODY) == first


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, WINDOW_START),
        ({"available_from": date(2022, 11, 28)}, GO_LIVE),
        ({"available_from": date(2022, 11, 7), "laptop_on": None, "system_access_on": None}, WINDOW_START),
        ({"dbs_issued_on": date(2022, 11, 29)}, date(2022, 11, 29)),
        ({"laptop_on": date(2022, 12, 1)}, date(2022, 12, 1)),
        ({"system_access_on": date(2022, 12, 2)}, date(2022, 12, 2)),
        ({"induction_on": date(2022, 12, 3)}, date(2022, 12, 5)),  # Saturday
        ({"laptop_on": None, "system_access_on": None, "induction_on": None}, WINDOW_START),
        ({"dbs_issued_on": None}, None),
    ],
)
def test_a_person_is_ready_when_the_last_of_the_five_is_in_place(changes: dict[str, Any], first: date | None) -> None:
    assert ready_on(a_worker(**changes), NOBODY) == first


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"laptop_on": CONTRACT_END}, ()),  # a Friday
        ({"laptop_on": date(2023, 4, 1)}, ("ready_on",)),
        ({"available_to": GO_LIVE}, ()),
        ({"available_to": date(2022, 11, 27)}, ("available_to",)),
        ({"laptop_on": date(2022, 12, 6), "available_to": date(2022, 12, 6)}, ()),
        ({"laptop_on": date(2022, 12, 6), "available_to": date(2022, 12, 5)}, ("available_to",)),
        ({"laptop_on": date(2023, 4, 3), "available_to": CONTRACT_END}, ("ready_on", "available_to")),
        ({"swe_number": "", "available_to": LAST_DAY}, ("swe_number", "available_to")),
        ({"dbs_issued_on": None, "available_to": LAST_DAY}, ("dbs_issued_on", "available_to")),
        ({"dbs_issued_on": None, "available_to": GO_LIVE}, ("dbs_issued_on",)),
    ],
)
def test_nobody_receives_who_is_ready_too_late_or_leaves_before_they_start(
    changes: dict[str, Any], missing: tuple[str, ...]
) -> None:
    worker = a_worker(**changes)
    assert failed(worker, NOBODY) == missing
    assert receives(worker, NOBODY) is (missing == ())


def test_a_manager_is_asked_nothing_about_receiving() -> None:
    assert failed(a_manager(laptop_on=date(2023, 4, 3), available_to=LAST_DAY), NOBODY) == ()
    assert failed(a_manager(swe_number="", available_to=LAST_DAY), NOBODY) == ("swe_number",)


def test_only_social_workers_of_the_incoming_teams_receive() -> None:
    people = (
        a_worker("W3", side="staying"),
        a_worker("W1"),
        a_worker("W2", swe_restrictions=""),
        a_worker("O1", side="outgoing", available_to=None),
        a_manager("M1"),
    )
    made = a_engagement(workers=people)
    assert [w.worker_id for w in receiving_workers(made)] == ["W1", "W3"]


def test_a_family_needs_every_skill_of_every_sibling_in_one_worker() -> None:
    siblings = (a_child("C1", family_id="F1", needs=("court",)), a_child("C2", family_id="F1", needs=("asylum",)))
    workers = (a_worker("W1", skills=("court",)), a_worker("W2", skills=("asylum", "court", "disability")))
    made = a_engagement(siblings, workers)
    family = made.family["F1"]
    assert bars(family, made.worker["W1"], made) == ("lacks asylum",)
    assert not can_take(family, made.worker["W1"], made)
    assert bars(family, made.worker["W2"], made) == ()
    assert can_take(family, made.worker["W2"], made)


def test_missing_skills_are_named_in_one_sentence() -> None:
    made = a_engagement((a_child("C1", needs=("court", "asylum")),))
    assert bars(made.family["C1"], made.worker["W1"], made) == ("lacks asylum, court",)


def test_one_siblings_never_bars_the_worker_from_the_family() -> None:
    siblings = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1"))
    made = a_engagement(siblings, rules=(Rule("C2", "W1", "never"),))
    family = made.family["F1"]
    assert bars(family, made.worker["W1"], made) == ("C2 must never go to W1",)
    assert can_take(family, made.worker["W2"], made)


def test_one_siblings_always_bars_everybody_else_from_the_family() -> None:
    siblings = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1"))
    made = a_engagement(siblings, rules=(Rule("C2", "W1", "always"),))
    family = made.family["F1"]
    assert can_take(family, made.worker["W1"], made)
    assert bars(family, made.worker["W2"], made) == ("C2 must always go to W1",)


def test_two_siblings_bound_to_different_workers_leave_nobody() -> None:
    siblings = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1"))
    made = a_engagement(siblings, rules=(Rule("C1", "W1", "always"), Rule("C2", "W2", "always")))
    assert not any(can_take(made.family["F1"], made.worker[w], made) for w in ("W1", "W2"))


def test_a_separate_siblings_rules_do_not_bind_the_others() -> None:
    siblings = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1", needs=("court",)))
    rules = (Rule("C2", None, "separate"), Rule("C2", "W1", "never"))
    made = a_engagement(siblings, rules=rules)
    assert can_take(made.family["F1"], made.worker["W1"], made)
    assert bars(made.family["C2"], made.worker["W1"], made) == ("lacks court", "C2 must never go to W1")


def test_a_person_is_looked_at_once_however_many_families_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_engagement(workers=[a_worker("W1", laptop_on=LAST_DAY)])
    assert ready_on(made.worker["W1"], made) == LAST_DAY
    monkeypatch.setattr(clearance, "_first_day", None)
    assert ready_on(made.worker["W1"], made) == LAST_DAY


def test_the_same_person_with_other_dates_is_looked_at_anew() -> None:
    made = a_engagement(workers=[a_worker("W1")])
    assert ready_on(made.worker["W1"], made) == WINDOW_START
    assert ready_on(a_worker("W1", laptop_on=LAST_DAY), made) == LAST_DAY
    assert ready_on(made.worker["W1"], made) == WINDOW_START
