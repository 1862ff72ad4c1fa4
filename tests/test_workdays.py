"""Working days, months back, whole years and slots (contract §1 to §4)."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.workdays import (
    WorkingDays,
    at,
    is_working,
    months_back,
    next_working,
    slot_starts,
    whole_years,
    window_days,
)
from tests.builders import BANK_HOLIDAYS, GO_LIVE, LAST_DAY, WINDOW_START, a_engagement

DATES = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2022, 11, 21), True),  # Monday
        (date(2022, 11, 25), True),  # Friday
        (date(2022, 11, 26), False),  # Saturday
        (date(2022, 11, 27), False),  # Sunday
        (date(2022, 12, 26), False),  # Monday, Boxing Day
    ],
)
def test_weekends_and_closed_days_are_not_worked(day: date, works: bool) -> None:
    assert is_working(day, BANK_HOLIDAYS) is works


@pytest.mark.parametrize(
    ("day", "following"),
    [
        (date(2022, 11, 25), date(2022, 11, 25)),  # a working day is its own
        (date(2022, 11, 26), date(2022, 11, 28)),  # Saturday to Monday
        (date(2022, 12, 24), date(2022, 12, 28)),  # Saturday, Sunday, two bank holidays
    ],
)
def test_the_first_working_day_skips_weekends_and_bank_holidays(day: date, following: date) -> None:
    assert next_working(day, BANK_HOLIDAYS) == following


def test_the_window_ends_on_the_working_day_before_go_live() -> None:
    # Monday 14 to Friday 25 November: two weeks of five days
    days = window_days(a_engagement())
    assert (len(days), days[0], days[-1]) == (10, WINDOW_START, LAST_DAY)


def test_a_closed_day_is_not_in_the_window() -> None:
    days = window_days(a_engagement(closed_days=BANK_HOLIDAYS | {LAST_DAY}))
    assert (len(days), days[-1]) == (9, date(2022, 11, 24))


@pytest.mark.parametrize(
    ("first", "count"),
    [
        (date(2022, 11, 1), 10),  # before the window: all of it
        (WINDOW_START, 10),
        (date(2022, 11, 16), 8),
        (LAST_DAY, 1),
        (date(2022, 11, 26), 0),
        (GO_LIVE, 0),
        (date(2022, 12, 5), 0),  # after go-live
    ],
)
def test_nothing_is_booked_before_the_first_day_asked_for(first: date, count: int) -> None:
    days = window_days(a_engagement(), first)
    assert len(days) == count
    assert all(max(first, WINDOW_START) <= day <= LAST_DAY for day in days)


@pytest.mark.parametrize(
    ("day", "months", "back"),
    [
        (date(2022, 11, 14), 12, date(2021, 11, 14)),
        (date(2022, 11, 14), 24, date(2020, 11, 14)),
        (date(2022, 11, 14), 0, date(2022, 11, 14)),
        (date(2022, 12, 31), 1, date(2022, 11, 30)),
        (date(2022, 3, 31), 1, date(2022, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),  # leap year
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2022, 1, 15), 1, date(2021, 12, 15)),
        (date(2022, 1, 31), 13, date(2020, 12, 31)),
        (date(2022, 11, 14), 11, date(2021, 12, 14)),
        (date(2022, 12, 5), 12, date(2021, 12, 5)),
    ],
)
def test_months_count_back_by_the_calendar_to_the_last_day_of_a_shorter_month(
    day: date, months: int, back: date
) -> None:
    assert months_back(day, months) == back


@given(DATES, st.integers(0, 60))
def test_months_back_lands_in_the_month_so_many_before(day: date, months: int) -> None:
    back = months_back(day, months)
    assert (day.year * 12 + day.month) - (back.year * 12 + back.month) == months
    # the same day of the month, or the last of a shorter one
    assert back.day == day.day or (back.day < day.day and (back + timedelta(1)).day == 1)


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (date(2018, 11, 28), GO_LIVE, 4),
        (date(2018, 11, 29), GO_LIVE, 3),
        (date(2018, 11, 27), GO_LIVE, 4),
        (date(2018, 12, 1), GO_LIVE, 3),
        (date(2018, 10, 30), GO_LIVE, 4),
        (date(2016, 2, 29), date(2022, 2, 28), 5),
        (date(2016, 2, 29), date(2022, 3, 1), 6),
    ],
)
def test_a_year_is_whole_on_the_anniversary_and_not_the_day_before(since: date, until: date, years: int) -> None:
    assert whole_years(since, until) == years


def test_a_day_and_a_time_make_a_moment() -> None:
    assert at(GO_LIVE, time(9, 30)) == datetime(2022, 11, 28, 9, 30)


def test_a_day_of_eight_hours_has_sixteen_half_hour_slots() -> None:
    slots = slot_starts(a_engagement(), GO_LIVE)
    assert len(slots) == 16
    assert slots[:2] == (datetime(2022, 11, 28, 9), datetime(2022, 11, 28, 9, 30))
    assert slots[-1] == datetime(2022, 11, 28, 16, 30)


def test_a_slot_that_would_run_over_the_end_of_the_day_is_left_out() -> None:
    # 10:00 to 11:50 in slots of 20 minutes: 10:00, 10:20, 10:40, 11:00, 11:20; 11:40 would end at 12:00
    made = a_engagement(start=time(10), end=time(11, 50), slot_minutes=20)
    slots = slot_starts(made, GO_LIVE)
    assert [f"{s:%H:%M}" for s in slots] == ["10:00", "10:20", "10:40", "11:00", "11:20"]


def test_a_closed_day_at_a_weekend_takes_no_working_day_away() -> None:
    days = WorkingDays(frozenset({date(2022, 11, 19), date(2022, 11, 20)}))
    friday, monday = days.before(date(2022, 11, 18)), days.before(date(2022, 11, 21))
    assert monday == friday + 1
    assert days.day(monday) == date(2022, 11, 21)
