from datetime import date, datetime
from fractions import Fraction

import pytest

from handover.british import at_least, count, dates_in, figure, long_day, moment, number_day, short_day

DAY = date(2022, 11, 8)


def test_dates_read_as_here_and_not_by_the_machines_language() -> None:
    assert number_day(DAY) == "08/11/2022"
    assert short_day(DAY) == "Tue 8 Nov 2022"
    assert long_day(DAY) == "Tuesday 8 November 2022"
    assert moment(datetime(2022, 11, 8, 9, 30)) == "Tue 8 Nov 2022, 09:30"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ready only on 2022-11-30, so", "ready only on 30/11/2022, so"),
        ("from 2022-11-30T09:30.", "from 30/11/2022 09:30."),
        ("child C-2022-11-30 and 2022-11-30-7", "child C-2022-11-30 and 2022-11-30-7"),
        ("12022-11-30", "12022-11-30"),
    ],
)
def test_a_sentences_dates_are_turned_and_ids_that_hold_one_are_not(said: str, meant: str) -> None:
    assert dates_in(said) == meant


def test_a_figure_is_never_said_more_exactly_than_asked() -> None:
    assert [figure(Fraction(n)) for n in ("12000", "33/10", "10/3")] == ["12,000", "3.3", "3.3"]
    assert figure(Fraction(10, 3), 3) == "3.333"


def test_one_is_said_as_one() -> None:
    assert [count(n, "child", "children") for n in (0, 1, 1200)] == ["0 children", "1 child", "1,200 children"]


def test_a_bound_is_never_said_higher_than_it_is() -> None:
    assert [at_least(Fraction(n)) for n in ("505.96", "10/3", "7")] == ["505.9", "3.3", "7"]
