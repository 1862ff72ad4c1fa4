"""What is read but doubtful: warnings with their place, bounded (contract §1)."""

# ruff: noqa: E501 - one doubt to a line reads as the table it is

from pathlib import Path

import pytest

from handover.intake import read
from handover.intake.doubts import MOST_OF_A_KIND
from tests.intake.files import SMALL, small_with, workbook_sheets, write_workbook

C1 = "C00001,F0001,court,O003,7,asylum,,HR4 8RN,2023-03-03"
W1 = "W001,Idris Abara,social_worker,incoming,T01,1.0,2022-11-28,2023-02-24,2008-08-01"
TOML = "engagement.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "column", "words"),
    [
        ("children.csv", "child_id,family_id", "child_id,familyid", 1, "familyid", 'Did you mean "family_id"?'),
        ("children.csv", C1, C1.replace("2023-03-03", "2022-11-25"), 2, "expected_close_on", "before go_live"),
        ("children.csv", C1, C1.replace("O003", "W001"), 2, "worker_id", "Is the person staying?"),
        ("children.csv", "", "C1,,court,O003,,,,,\r\n", 26, "child_id", "not in history.csv"),
        ("workers.csv", "2023-11-30,no,689766110631", "2022-11-27,,68976611063", 4, "", "swe_registered_until, swe_restr"),
        ("workers.csv", W1, W1.replace("2023-02-24", "2022-11-27"), 4, "available_to", "never there"),
        ("workers.csv", ",2022-11-18,2022-11-23,2022-11-23,,court;d", ",2022-11-18,,2022-11-23,,court;d", 4, "system_access_on", "as in place"),
        ("history.csv", "C00001,P004,2022-07-30,2022-09-19", "C00001,P004,2022-07-30,2022-09-21", 2, "to_date", "overlaps row 3"),
        ("history.csv", "C00001,P004,2022-07-30,2022-09-19", "C00001,P004,2022-07-30,", 2, "to_date", "overlaps row 3"),
        ("history.csv", "C00001,P004,2022-07-30,2022-09-19", "C00001,P004,2022-07-30,2022-07-29", 2, "to_date", "before from"),
        ("history.csv", "C00001,O003,2022-10-23,", "C00001,O001,2022-10-23,", 4, "worker_id", '"O003" in children'),
        ("rules.csv", "C00020,W003,never", "C00020,W008,always", 2, "worker_id", "left unallocated"),
        ("worker.csv", "", "worker_id\r\n", 0, "", 'Did you mean "workers.csv"?'),
        (TOML, "worker_band = 0.3", "worker_band = 30", 0, "workload.worker_band", "3000%"),
        (TOML, "2022-11-14", "2022-11-26", 0, "window_start", "no working day"),
        (TOML, "[workload]", '[hours]\nbreak = ["12:20", "13:00"]\n[workload]', 0, "hours.break", "cannot be booked"),
    ],
)  # fmt: skip
def test_doubtful_and_read(file: str, old: str, new: str, row: int, column: str, words: str, tmp_path: Path) -> None:
    before = read(SMALL).warnings
    found = read(small_with(tmp_path / "small", (file, old, new))).warnings
    fresh = [w for w in found if w not in before]
    there = [w for w in fresh if (w.file, w.row, w.column) == (file, row, column)]
    assert there, [str(w) for w in fresh]
    assert words in there[0].message


def test_good_data_has_no_warnings_but_what_its_people_lack() -> None:
    # small: W007's registration lapses on 27 November, W008 qualified in 2019; the managers' equipment is blank
    found = [(w.file, w.row, w.column) for w in read(SMALL).warnings]
    assert found == [
        ("workers.csv", 2, "laptop_on"),
        ("workers.csv", 3, "laptop_on"),
        ("workers.csv", 10, ""),
        ("workers.csv", 11, ""),
    ]


def test_a_hundred_children_without_history_are_counted_not_listed(tmp_path: Path) -> None:
    rows = "".join(f"N{n},,court,O003,,,,,\r\n" for n in range(100))
    found = read(small_with(tmp_path / "small", ("children.csv", "", rows))).warnings
    listed = [w for w in found if w.file == "children.csv"]
    assert len(listed) == MOST_OF_A_KIND + 1
    assert any("80 more rows" in w.message for w in listed)


def test_no_history_at_all_is_one_warning(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    (folder / "history.csv").unlink()
    assert [w.file for w in read(folder).warnings if "changed worker" in w.message] == ["history.csv"]


def test_no_child_at_all_is_a_warning(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    for name in ("children", "history", "events", "rules"):
        header = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        (folder / f"{name}.csv").write_text(header, encoding="utf-8")
    assert [w.message for w in read(folder).warnings if w.file == "children.csv"] == [
        "has no child in it: there is nothing to plan."
    ]


def test_a_sheet_or_key_column_that_is_not_read_is_named(tmp_path: Path) -> None:
    sheets = workbook_sheets(read(SMALL).engagement)
    sheets["childrens"] = [["x"]]
    found = read(write_workbook(tmp_path / "book.xlsx", sheets)).warnings
    (warning,) = [w for w in found if "childrens" in w.file]
    assert 'Did you mean "children"?' in warning.message
    assert {w.file for w in found} == {"book.xlsx sheet childrens", "book.xlsx sheet workers"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # W001's laptop is promised for 18 November; three days from Monday 14 end on Wednesday 16
        ("K1,Laptop,3,\n", ["K1 ends on 2022-11-16, and workers.csv has 2022-11-18 in laptop_on for W001: as the files stand, the later of the two"]),
        ("K1,Laptop,3,2022-11-21\n", ["K1 ends on 2022-11-21, and workers.csv has 2022-11-18 in laptop_on for W001: as the files stand, the task"]),
        ("K1,Laptop,5,\n", []),
        ("K1,Order laptop,2,\nK2,Laptop,5,\n", []),
        ("K1,Desk,9,\n", []),
    ],
)  # fmt: skip
def test_a_task_and_a_column_that_differ_are_told_with_which_counts(rows: str, said: list[str], tmp_path: Path) -> None:
    rows = rows.replace("K1,", "K1,W001,").replace("K2,", "K2,W001,")
    folder = small_with(tmp_path / "small", ("tasks.csv", "*", "task_id,subject,name,days,done_on\n" + rows))
    found = [w for w in read(folder).warnings if w.file == "tasks.csv"]
    assert [w.message.removesuffix(" counts.") for w in found] == said
    assert all(w.row == 2 for w in found)
