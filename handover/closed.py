"""Days without work: weekends, England's bank holidays, the engagement's own closures (contract §1)."""

from collections.abc import Collection
from datetime import date
from functools import cache

import holidays


@cache
def bank_holidays(year: int) -> dict[date, str]:
    """England's bank holidays of a year with their names, substitute days included."""
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))


def why_closed(day: date, closed: Collection[date]) -> str:
    """Why nobody works on a day, or nothing on a working day."""
    if day.weekday() >= 5:
        return f"a {day:%A}"
    return bank_holidays(day.year).get(day, "") or ("in calendar.closed" if day in closed else "")


def closed_days(first: int, last: int, closed: Collection[date]) -> frozenset[date]:
    """Weekdays without work: bank holidays of the years `first` to `last`, and the engagement's closures."""
    holiday = {day for year in range(first, last + 1) for day in bank_holidays(year)}
    return frozenset(day for day in holiday | set(closed) if day.weekday() < 5)


def settled(
    window_start: date, contract_end: date, worker_dates: Collection[date], closed: Collection[date]
) -> frozenset[date]:
    """Closed days as far as a plan asks: from the year of the earliest of the window and the workers' dates to the year
    after the latest. A worker's date over 30 years off, a slip of the keyboard, is not followed."""
    years = {day.year for day in worker_dates if window_start.year - 30 <= day.year <= contract_end.year + 30}
    return closed_days(min(years | {window_start.year}), max(years | {contract_end.year}) + 1, closed)
