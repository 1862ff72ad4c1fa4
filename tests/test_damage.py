"""Some damaged databases; `make damage` has hundreds."""

from pathlib import Path

from tests.damage import GOOD, damage


def test_a_damaged_database_or_journal_is_refused_or_found_out_or_reads_as_before(tmp_path: Path) -> None:
    ends, wrong = damage(3, 1, tmp_path)
    assert wrong == []
    assert sum(ends.values()) == 3 * 3 * 2 * 2
    assert {name.rpartition(": ")[2] for name in ends} == set(GOOD)
