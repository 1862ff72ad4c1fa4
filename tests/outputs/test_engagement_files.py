"""An engagement written as its input files and read back (contract §1)."""

from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from handover.engagement import Absence, Engagement, Event, Rule
from handover.intake import read
from handover.outputs.engagement_files import decimal_text, write_engagement
from tests.builders import LAST_DAY, a_child, a_engagement, a_worker, engagements

DATA = Path(__file__).parents[1] / "data"


def there_and_back(made: Engagement, folder: Path) -> Engagement:
    write_engagement(made, folder)
    return read(folder).engagement


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(1), "1"),
        (Fraction(0), "0"),
        (Fraction(1, 5), "0.2"),
        (Fraction(27, 100), "0.27"),
        (Fraction(25), "25"),
        (Fraction(45, 2), "22.5"),
        (Fraction(1, 10**12), "0.000000000001"),
        (Fraction(1, 1024), "0.0009765625"),
    ],
)
def test_a_share_is_written_as_the_decimal_it_was(share: Fraction, text: str) -> None:
    assert decimal_text(share) == text
    assert Fraction(text) == share


def test_a_share_that_no_decimal_can_write_is_not_rounded() -> None:
    with pytest.raises(ValueError, match="1/3"):
        decimal_text(Fraction(1, 3))


@pytest.mark.parametrize("name", ["small", "november-2022-short"])
def test_the_data_of_a_real_size_come_back_whole(tmp_path: Path, name: str) -> None:
    made = read(DATA / name).engagement
    assert there_and_back(made, tmp_path / name) == made


@settings(max_examples=25)
@given(engagements())
def test_any_engagement_comes_back_row_by_row(made: Engagement) -> None:
    with TemporaryDirectory() as folder:
        again = there_and_back(made, Path(folder) / "engagement")
    # which closed days are kept is settled at intake; the builders keep a list of their own
    for table in ("settings", "teams", "workers", "children", "history", "events", "absences", "rules"):
        assert getattr(again, table) == getattr(made, table)


def test_text_that_a_file_format_could_break_comes_back_as_it_was(tmp_path: Path) -> None:
    odd = 'Zoë "Zed" O\'Neil, née Łuk \\ ; # 50%'
    made = a_engagement(
        (a_child("007", postcode="HR1 1AA", languages=("Polish", "Welsh")),),
        (a_worker("W1", name=odd), a_worker("W2", name="two  spaces", fte="0.35", max_points=0)),
        rules=(Rule("007", "W1", "never", odd), Rule("007", None, "separate")),
        events=(Event("007", "core_group", LAST_DAY, time(9, 5), 45), Event("007", "court_hearing", LAST_DAY)),
        absences=(
            Absence("W1", datetime(2022, 11, 16), datetime(2022, 11, 18), odd),
            Absence("W1", datetime(2022, 11, 21, 9, 30), datetime(2022, 11, 22), "ends at midnight"),
        ),
        name=odd,
        closed=(date(2022, 11, 24), LAST_DAY),
        break_=None,
        start=time(8, 30),
        worker_band="0.125",
        most_children="22.5",
        joint_visit_for=(),
    )
    again = there_and_back(made, tmp_path / "odd")
    assert again.settings == made.settings
    assert again.workers == made.workers
    assert (again.children, again.rules, again.events, again.absences) == (
        made.children,
        made.rules,
        made.events,
        made.absences,
    )
    assert {date(2022, 11, 24), LAST_DAY} <= again.closed_days


def test_whole_days_are_written_as_two_dates_both_included(tmp_path: Path) -> None:
    leave = Absence("W1", datetime(2022, 11, 16), datetime(2022, 11, 18), "leave")
    write_engagement(a_engagement(absences=(leave,)), tmp_path / "made")
    assert (tmp_path / "made" / "absences.csv").read_text("utf-8-sig").splitlines()[
        1
    ] == "W1,2022-11-16,2022-11-17,leave"
