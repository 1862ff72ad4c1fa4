"""Changes, prior changes, known workers and strangers (contract §3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.continuity import (
    changes,
    has_hearing_soon,
    is_late,
    known_workers,
    prior_changes,
    stranger_weight,
)
from handover.engagement import Child, Engagement, Episode, Event, Rule, Worker
from tests.builders import CONTRACT_END, GO_LIVE, LAST_DAY, WINDOW_START, a_child, a_engagement, a_worker, engagements

YEAR_BEFORE = date(2021, 11, 14)
"""`window_start` less `changes_months`."""
TWO_YEARS_BEFORE = date(2020, 11, 14)
"""`window_start` less `known_months`."""


def with_history(*episodes: tuple[Any, ...], **settings: Any) -> Engagement:
    return a_engagement((a_child("C1", "O1"),), history=[Episode("C1", *e) for e in episodes], **settings)


def prior(*episodes: tuple[Any, ...], **settings: Any) -> int:
    made = with_history(*episodes, **settings)
    return prior_changes(made.child["C1"], made)


# Changes -------------------------------------------------------------------------------------------------------------

READY_LATE = {"laptop_on": date(2022, 11, 29)}


@pytest.mark.parametrize(
    ("who", "count"),
    [
        (a_worker("W1"), 1),
        (a_worker("W1", laptop_on=GO_LIVE), 1),  # ready on go-live itself
        (a_worker("W1", **READY_LATE), 2),
        (a_worker("W1", available_to=date(2023, 3, 30)), 2),  # leaves a day before the contract ends
        (a_worker("W1", available_to=CONTRACT_END), 1),
        (a_worker("W1", available_to=date(2023, 3, 30), **READY_LATE), 3),
        (a_worker("W1", available_to=CONTRACT_END, **READY_LATE), 2),
    ],
)
def test_a_new_worker_is_one_change_a_late_one_two_and_one_who_leaves_one_more(who: Worker, count: int) -> None:
    assert changes(a_child("C1", "O1"), who, a_engagement()) == count


@pytest.mark.parametrize(
    ("who", "count"),
    [
        (a_worker("W1", side="staying"), 0),
        (a_worker("W1", side="staying", **READY_LATE), 0),  # holds the child already: nobody in between
        (a_worker("W1", side="staying", available_to=date(2023, 2, 24)), 1),
    ],
)
def test_who_holds_the_child_now_is_no_change_unless_they_leave(who: Worker, count: int) -> None:
    assert changes(a_child("C1", "W1"), who, a_engagement()) == count


@pytest.mark.parametrize(
    ("closes", "leaves", "count"),
    [
        (date(2023, 1, 13), date(2023, 1, 13), 1),
        (date(2023, 1, 13), date(2023, 1, 12), 2),
        (date(2023, 6, 30), CONTRACT_END, 1),  # the contract ends before the case
        (date(2023, 6, 30), date(2023, 3, 30), 2),
        (None, date(2023, 3, 30), 2),
    ],
)
def test_a_worker_leaving_before_the_case_closes_costs_one_more_change(
    closes: date | None, leaves: date, count: int
) -> None:
    child = a_child("C1", "O1", expected_close_on=closes)
    assert changes(child, a_worker("W1", available_to=leaves), a_engagement()) == count


@given(engagements())
def test_changes_add_up_from_three_plain_questions(made: Engagement) -> None:
    made = replace(made, tasks=())  # they move the day a worker is ready, which tests/test_clearance.py asks
    for child in made.children:
        for worker in made.workers:
            if worker.dbs_issued_on is None:
                continue
            steps = (worker.available_from, worker.dbs_issued_on, worker.laptop_on, worker.system_access_on)
            last = max(step for step in (*steps, worker.induction_on, WINDOW_START) if step is not None)
            new = worker.worker_id != child.worker_id
            # go-live is a working Monday, so "ready after go-live" needs no calendar
            late = new and last > GO_LIVE
            need = min(CONTRACT_END, child.expected_close_on or CONTRACT_END)
            leaves = worker.available_to is not None and worker.available_to < need
            assert changes(child, worker, made) == new + late + leaves
            assert is_late(child, worker, made) is late


def test_nobody_is_late_without_a_date_to_be_ready() -> None:
    assert not is_late(a_child("C1", "O1"), a_worker("W1", dbs_issued_on=None), a_engagement())


# Prior changes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_date", "count"),
    [
        (date(2021, 11, 13), 0),
        (YEAR_BEFORE, 1),  # the first day that counts
        (date(2022, 11, 13), 1),  # the last
        (WINDOW_START, 0),
    ],
)
def test_a_change_counts_from_twelve_months_before_the_window_to_the_day_before_it(from_date: date, count: int) -> None:
    assert prior(("P1", date(2020, 1, 6)), ("O1", from_date)) == count


def test_the_first_episode_is_no_change() -> None:
    assert prior(("O1", date(2022, 10, 1))) == 0


def test_a_child_without_history_has_had_no_change() -> None:
    assert prior() == 0


def test_an_episode_of_the_same_worker_is_no_change() -> None:
    # P1, P1 again, O1, P1, O1: three changes
    dates = [date(2022, month, 1) for month in (2, 3, 4, 5, 6)]
    assert prior(*zip(["P1", "P1", "O1", "P1", "O1"], dates, strict=True)) == 3


def test_a_change_is_measured_against_an_episode_before_the_year_too() -> None:
    assert prior(("P1", date(2019, 1, 7)), ("O1", date(2021, 12, 1))) == 1
    assert prior(("O1", date(2019, 1, 7)), ("O1", date(2021, 12, 1))) == 0


def test_history_is_read_in_date_order_whatever_the_order_of_rows() -> None:
    # in date order P1, P2, P2, O1: two changes; as the rows stand there would be three
    rows = [("P2", date(2022, 3, 1)), ("P1", date(2022, 1, 10)), ("P2", date(2022, 2, 1)), ("O1", date(2022, 4, 1))]
    assert prior(*rows) == 2


def test_episodes_of_one_day_count_in_file_order() -> None:
    day = date(2022, 5, 2)
    # P1, O1, P1 on the same day, then O1: three changes; sorted by name there would be only one or two
    assert prior(("P1", day), ("O1", day), ("P1", day), ("O1", date(2022, 6, 6))) == 3
    assert prior(("P1", day), ("P1", day), ("O1", day), ("O1", date(2022, 6, 6))) == 1


def test_how_far_back_changes_count_is_the_engagements_own() -> None:
    episodes = (("P1", date(2021, 1, 4)), ("O1", date(2022, 8, 14)))
    assert prior(*episodes, changes_months=3) == 1  # window_start less three months is 14 August
    assert prior(("P1", date(2021, 1, 4)), ("O1", date(2022, 8, 13)), changes_months=3) == 0


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, date]]:
    days = draw(st.lists(st.dates(date(2021, 9, 1), date(2022, 12, 15)), max_size=8, unique=True))
    return [(draw(st.sampled_from(["P1", "P2", "O1"])), day) for day in days]


@given(histories())
def test_prior_changes_agree_with_a_walk_through_the_calendar(rows: list[tuple[str, date]]) -> None:
    # who holds the child each evening; a change is an evening unlike the one before
    starts = {day: worker for worker, day in rows}
    holder, count, day = None, 0, date(2021, 9, 1)
    while day < WINDOW_START:
        now = starts.get(day, holder)
        if holder is not None and now != holder and day >= YEAR_BEFORE:
            count += 1
        holder, day = now, day + timedelta(1)
    assert prior(*rows) == count


# Known workers -------------------------------------------------------------------------------------------------------


def test_a_child_knows_who_holds_it_now_even_without_history() -> None:
    made = with_history()
    assert known_workers(made.child["C1"], made) == {"O1"}


@pytest.mark.parametrize(
    ("ended", "is_known"), [(TWO_YEARS_BEFORE, True), (date(2020, 11, 13), False), (None, True), (LAST_DAY, True)]
)
def test_a_worker_stays_known_for_twenty_four_months(ended: date | None, is_known: bool) -> None:
    made = with_history(("W1", date(2019, 1, 7), ended))
    assert ("W1" in known_workers(made.child["C1"], made)) is is_known


def test_a_rule_makes_a_worker_known_to_that_child_alone() -> None:
    made = a_engagement((a_child("C1"), a_child("C2")), rules=(Rule("C1", "W2", "knows"), Rule("C1", "W1", "never")))
    assert known_workers(made.child["C1"], made) == {"O1", "W2"}
    assert known_workers(made.child["C2"], made) == {"O1"}


def test_how_long_a_worker_stays_known_is_the_engagements_own() -> None:
    made = with_history(
        ("W1", date(2019, 1, 7), date(2022, 5, 14)), ("W2", date(2019, 1, 7), date(2022, 5, 13)), known_months=6
    )
    assert known_workers(made.child["C1"], made) == {"O1", "W1"}


# Strangers -----------------------------------------------------------------------------------------------------------


def stranger(worker: Worker, *events: Event, rules: tuple[Rule, ...] = ()) -> int:
    made = a_engagement((a_child("C1"),), (worker,), events=events, rules=rules)
    return stranger_weight(made.child["C1"], made.worker["W1"], made)


@pytest.mark.parametrize(
    ("first", "weight"),
    [
        (LAST_DAY, 0),
        (date(2022, 11, 26), 1),  # Saturday: the first working day is go-live
        (GO_LIVE, 1),
        (date(2022, 12, 5), 1),
    ],
)
def test_a_worker_who_cannot_meet_before_go_live_is_a_stranger(first: date, weight: int) -> None:
    assert stranger(a_worker("W1", available_from=first)) == weight


def test_a_worker_without_a_laptop_is_no_stranger() -> None:
    assert stranger(a_worker("W1", laptop_on=date(2022, 12, 5))) == 0


def test_a_known_worker_is_no_stranger() -> None:
    assert stranger(a_worker("W1", available_from=GO_LIVE), rules=(Rule("C1", "W1", "knows"),)) == 0


@pytest.mark.parametrize(
    ("kind", "on", "weight"),
    [
        ("review_conference", date(2022, 11, 27), 1),
        ("review_conference", GO_LIVE, 3),
        ("court_hearing", date(2022, 12, 11), 3),  # 13 days after go-live
        ("court_hearing", date(2022, 12, 12), 1),
        ("looked_after_review", GO_LIVE, 1),
        ("core_group", GO_LIVE, 1),
        ("statutory_visit", GO_LIVE, 1),
    ],
)
def test_a_stranger_at_a_conference_or_hearing_soon_counts_three(kind: str, on: date, weight: int) -> None:
    assert stranger(a_worker("W1", available_from=GO_LIVE), Event("C1", kind, on)) == weight


def test_two_hearings_soon_count_no_more_than_one() -> None:
    hearings = (Event("C1", "court_hearing", date(2022, 12, 1)), Event("C1", "court_hearing", date(2022, 12, 8)))
    assert stranger(a_worker("W1", available_from=GO_LIVE), *hearings) == 3


def test_a_hearing_soon_does_not_count_where_they_can_meet_before() -> None:
    assert stranger(a_worker("W1"), Event("C1", "court_hearing", GO_LIVE)) == 0


def test_nobody_without_a_date_to_meet_is_counted_a_stranger() -> None:
    # without a DBS date they receive nobody, so no level counts them
    assert stranger(a_worker("W1", dbs_issued_on=None)) == 0


def test_a_childs_hearing_is_not_its_siblings() -> None:
    siblings: tuple[Child, ...] = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1"))
    made = a_engagement(siblings, events=(Event("C2", "court_hearing", GO_LIVE),))
    assert [has_hearing_soon(c, made) for c in made.children] == [False, True]
