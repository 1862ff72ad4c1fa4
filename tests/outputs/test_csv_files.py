import csv
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.outputs.csv_files import FORMULA_STARTS, cell, csv_bytes
from handover.outputs.tables import Column, Table, plain, share

# text as a spreadsheet may hold it: anything but lone surrogates, with every formula start made likely
TEXT = st.one_of(st.text(), st.builds(str.__add__, st.sampled_from([*FORMULA_STARTS, "\n", '"', ",", "'"]), st.text()))


def a_table(*rows: tuple[str, ...]) -> Table:
    return Table("t", tuple(Column(f"column {n}", "") for n in range(len(rows[0]))), rows)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_no_cell_is_a_formula_and_all_else_reads_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    table = a_table(*rows)
    read = list(csv.reader(StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert len(read) == len(rows) + 1
    for was, now in zip(rows, read[1:], strict=True):
        for before, after in zip(was, now, strict=True):
            assert not after.startswith(FORMULA_STARTS)
            assert after == before or (after == f"'{before}" and before.startswith(FORMULA_STARTS))


def test_a_file_without_bom_or_with_bare_line_feeds_shows_wrongly_in_a_spreadsheet() -> None:
    written = csv_bytes(a_table(("é", "two\nlines"), ("a,b", 'say "x"')))
    assert written == (
        b"\xef\xbb\xbfcolumn 0,column 1\r\n"
        + '"é","two\nlines"\r\n'.replace('"é"', "é").encode()
        + b'"a,b","say ""x"""\r\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (-3, "-3"),  # a number is no text: it keeps its sign
        (date(2022, 11, 28), "2022-11-28"),
        (datetime(2022, 11, 28, 9, 30), "2022-11-28T09:30"),
        (plain(Fraction(3, 5)), "0.6"),
        (plain(Fraction(1)), "1"),
        (plain(Fraction(0)), "0"),
        (plain(Fraction(100)), "100"),  # normalised it would be 1E+2
        (plain(Fraction(1, 3)), "0.333333"),
        (share(Fraction(70)), "70.000"),
        (share(Fraction(359, 12)), "29.917"),  # 29.91666…
        (share(Fraction(1, 3000)), "0.000"),
        (Decimal("1E+2"), "100"),
        ("=1+1", "'=1+1"),
        ("'quoted", "'quoted"),
        ("a=b", "a=b"),
    ],
)
def test_numbers_and_dates_are_plain(value: int | date | Decimal | str | None, text: str) -> None:
    assert cell(value) == text
