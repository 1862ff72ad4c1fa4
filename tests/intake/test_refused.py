"""What is refused, and that the reader is told where and what to do (contract §1, "Refused")."""

import shutil
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover.intake import folder as folder_module
from handover.intake import read
from handover.intake.workbook import MOST_CELLS
from tests.intake.broken import BROKEN, C1, TOML, W1
from tests.intake.files import SMALL, problems_of, small_with, workbook_sheets, write_workbook


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "column", "words"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_refused(file: str, old: str, new: str, row: int, column: str, words: str, tmp_path: Path) -> None:
    problems = problems_of(small_with(tmp_path / "small", (file, old, new)))
    place = "teams.csv" if column == "manager_id" else file
    there = [p for p in problems if (p.file, p.row, p.column) == (place, row, column)]
    assert there, [str(p) for p in problems]
    assert words in there[0].message
    # it ends on what to do; one slip is told once or twice, beside the rows that lost whom they refer to
    assert there[0].message.endswith((".", "?"))
    assert len([p for p in problems if "is in no row" not in p.message]) <= 2, [str(p) for p in problems]


def test_the_message_reads_as_the_house_wants_it(tmp_path: Path) -> None:
    folder = small_with(
        tmp_path / "small", ("children.csv", "C00016,F0008,looked_after", "C00016,F0008,childprotection")
    )
    (problem,) = problems_of(folder)
    assert str(problem) == (
        'children.csv row 17, column plan: "childprotection" is not a plan. Did you mean "child_protection"? '
        "Use one of child_protection, court, looked_after, child_in_need."
    )


def test_a_key_of_the_settings_is_called_a_key(tmp_path: Path) -> None:
    (problem,) = problems_of(small_with(tmp_path / "small", (TOML, "worker_band = 0.3", "worker_band = -1")))
    assert str(problem) == (
        'engagement.toml key workload.worker_band: "-1" is below 0. Give a share of 0 or more: 0.2 is 20%.'
    )


@pytest.mark.parametrize("name", ["teams.csv", "workers.csv", "children.csv", TOML])
def test_a_missing_file_is_named_and_blames_nobody_else(name: str, tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    (folder / name).rename(folder / name.upper())
    (problem,) = problems_of(folder)
    assert (problem.file, problem.message[:10]) == (name, "is missing")


def test_all_problems_are_told_at_once_and_sorted(tmp_path: Path) -> None:
    folder = small_with(
        tmp_path / "small",
        (TOML, "worker_band", "worker_bnad"),
        ("children.csv", C1, C1.replace("court", "courts").replace("O003", "O999").replace(",7,", ",x,")),
        ("workers.csv", W1, W1.replace("T01,1.0", "T09,2")),
        ("events.csv", "14:00", "2pm"),
        ("rules.csv", "W003", "W033"),
    )
    found = [(p.file, p.row, p.column) for p in problems_of(folder)]
    assert found == [
        ("children.csv", 2, "plan"),
        ("children.csv", 2, "points"),
        ("children.csv", 2, "worker_id"),
        ("engagement.toml", 0, "workload.worker_bnad"),
        ("events.csv", 11, "time"),
        ("rules.csv", 2, "worker_id"),
        ("workers.csv", 4, "fte"),
        ("workers.csv", 4, "team_id"),
    ]


def test_who_refers_to_a_refused_row_is_not_blamed_for_it(tmp_path: Path) -> None:
    # O003 holds a dozen children and has two absences; W003 has a rule; C00001 has history and an event
    folder = small_with(
        tmp_path / "small",
        ("workers.csv", "O003,Nadia Garway,social_worker", "O003,Nadia Garway,social_work"),
        ("workers.csv", "W003,Owen Orcop,social_worker", "W003,Owen Orcop,,social_worker"),
        ("children.csv", C1, C1 + ","),
    )
    assert [(p.file, p.row) for p in problems_of(folder)] == [
        ("children.csv", 2),
        ("workers.csv", 6),
        ("workers.csv", 14),
    ]


def test_a_table_without_its_id_column_blames_nobody_who_refers_to_it(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("workers.csv", "worker_id,", "id,"))
    assert [(p.file, p.column) for p in problems_of(folder)] == [("workers.csv", "worker_id")]


def test_the_row_is_the_spreadsheet_s_also_after_cells_of_two_lines_and_blank_rows(tmp_path: Path) -> None:
    # row 2 has a cell of two lines, row 3 is blank: C00002 is in row 4
    folder = small_with(
        tmp_path / "small",
        ("children.csv", "HR4 8RN,2023-03-03", '"HR4\n8RN",\r\n'),
        ("children.csv", "HR6 0ST,2023-01-13", "HR6 0ST,soon"),
    )
    assert [(p.row, p.column) for p in problems_of(folder)] == [(4, "expected_close_on")]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
@pytest.mark.parametrize("name", ["workers.csv", TOML])
def test_another_encoding_is_named_with_its_file(encoding: str, name: str, tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("workers.csv", "Idris Abara", "Zoë Abara"), (TOML, "Court", "Caërt"))
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_bytes(text.encode(encoding))
    (problem,) = problems_of(folder)
    assert problem.file == name
    assert "not UTF-8" in problem.message


def test_a_path_that_is_not_there_or_no_engagement_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_text("x")
    for name, words in (("nowhere", "does not exist"), ("notes.docx", "neither a folder nor")):
        (problem,) = problems_of(tmp_path / name)
        assert words in problem.message
        assert name in problem.file


def test_an_empty_folder_lists_every_missing_file(tmp_path: Path) -> None:
    assert [p.file for p in problems_of(tmp_path)] == ["children.csv", TOML, "teams.csv", "workers.csv"]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LARGEST_FILE", 1000)
    names = [p.file for p in problems_of(small_with(tmp_path / "small"))]
    assert "children.csv" in names
    assert "teams.csv" not in names


def test_a_huge_cell_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(small_with(tmp_path / "small", ("children.csv", "HR4 8RN", "x" * 200_000)))
    assert (problem.file, problem.row) == ("children.csv", 2)


def test_a_folder_in_a_file_s_place_is_refused(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    (folder / "rules.csv").unlink()
    (folder / "rules.csv").mkdir()
    (problem,) = problems_of(folder)
    assert problem.file == "rules.csv"
    assert "is not a file" in problem.message


# --- workbooks ---


def book_with(path: Path, *cells: tuple[str, int, int, Any]) -> Path:
    """The small engagement as a workbook, with cells replaced: (sheet, row, column, value), counted as people do."""
    sheets = workbook_sheets(read(SMALL).engagement)
    for sheet, row, column, value in cells:
        sheets[sheet][row - 1][column - 1] = value
    return write_workbook(path, sheets)


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "place", "words"),
    [
        ("children", 3, 3, "courts", "plan", "not a plan"),
        ("children", 3, 4, 17.0, "worker_id", '"17" is in no row'),
        ("children", 3, 5, 2.5, "points", '"2.5" is not a whole number'),
        ("children", 3, 5, True, "points", "not a whole number"),
        ("events", 3, 3, 44888, "on", '"44888" is not a date'),
        ("events", 11, 4, 0.5, "time", '"0.5" is not a time'),
        ("workers", 3, 13, "=NA()", "swe_restrictions", "neither yes nor no"),
        ("engagement", 4, 2, "28/11", "go_live", "not a date"),
        ("engagement", 4, 1, "golive", "golive", 'Did you mean "go_live"?'),
        ("engagement", 4, 1, "name", "key", "row 2 already"),
    ],
)
def test_a_cell_of_a_workbook_is_refused_with_its_place(
    sheet: str, row: int, column: int, value: Any, place: str, words: str, tmp_path: Path
) -> None:
    problems = problems_of(book_with(tmp_path / "book.xlsx", (sheet, row, column, value)))
    there = [p for p in problems if (p.file, p.row, p.column) == (f"book.xlsx sheet {sheet}", row, place)]
    assert there, [str(p) for p in problems]
    assert words in there[0].message


def test_an_error_cell_of_a_workbook_does_not_pass_for_a_blank(tmp_path: Path) -> None:
    import xlsxwriter

    sheets = workbook_sheets(read(SMALL).engagement)
    path = write_workbook(tmp_path / "book.xlsx", sheets)
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    sheet.write(y, x, str(value if value is not None and value != () else ""))
        # calamine gives what a formula could not work out as a blank: here the child's own points
        book.get_worksheet_by_name("children").write_formula("E2", "=VLOOKUP(1,2,3)", None, "#N/A")
    places = [(p.row, p.column, p.message[:6]) for p in problems_of(path) if p.column == "points"]
    assert places[:1] == [(2, "points", '"#N/A"')]


def test_missing_sheets_are_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    sheets = workbook_sheets(read(SMALL).engagement)
    sheets = {
        ("Children" if name == "children" else name): rows for name, rows in sheets.items() if name != "engagement"
    }
    problems = problems_of(write_workbook(tmp_path / "book.xlsx", sheets))
    assert [p.file for p in problems] == ["book.xlsx sheet children", "book.xlsx sheet engagement"]
    assert 'Did you mean "Children"?' in problems[0].message


def test_a_settings_sheet_without_its_columns_is_refused(tmp_path: Path) -> None:
    problems = problems_of(book_with(tmp_path / "book.xlsx", ("engagement", 1, 1, "setting")))
    assert "columns key and value" in problems[0].message


def test_a_cell_far_away_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    sheets = workbook_sheets(read(SMALL).engagement)
    path = write_workbook(tmp_path / "book.xlsx", sheets)
    far = f'<row r="{MOST_CELLS // 26 + 1}"><c r="Z{MOST_CELLS // 26 + 1}"><v>1</v></c></row></sheetData>'.encode()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "far.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(
                name, old.read(name).replace(b"</sheetData>", far if name.endswith("sheet4.xml") else b"</sheetData>")
            )
    problems = problems_of(tmp_path / "far.xlsx")
    assert [(p.file, p.message[:10]) for p in problems] == [("far.xlsx sheet children", "has a cell")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\xd0\xcf\x11\xe0 an encrypted workbook"])
def test_a_workbook_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    (problem,) = problems_of(tmp_path / "book.xlsx")
    assert "Save it as .xlsx" in problem.message


# --- whatever the bytes, never a traceback ---

FILES = sorted(path.name for path in SMALL.iterdir() if path.suffix in (".csv", ".toml"))
SLIPS = st.sampled_from(
    [b"", b'"', b",", b"\r\n", b"\x00", b"\xff", b"[", b"=", b"9999-12-31", b"-", b"'", b"#N/A", b"1e99"]
)


@settings(max_examples=60)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), SLIPS), min_size=1, max_size=4))
def test_random_damage_to_a_folder_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, damage: list[tuple[float, int, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "small"
    shutil.copytree(SMALL, folder)
    raw = (folder / name).read_bytes()
    for where, length, slip in damage:
        at = int(where * len(raw))
        raw = raw[:at] + slip + raw[at + length :]
    (folder / name).write_bytes(raw)
    _read_or_refused(folder)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), min_size=1, max_size=3))
def test_random_damage_to_a_workbook_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[float, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    raw = bytearray(_good_book())
    for where, slip in damage:
        at = int(where * (len(raw) - len(slip)))
        raw[at : at + len(slip)] = slip
    (folder / "book.xlsx").write_bytes(raw)
    _read_or_refused(folder / "book.xlsx")


@cache
def _good_book() -> bytes:
    with TemporaryDirectory() as folder:
        return book_with(Path(folder) / "book.xlsx").read_bytes()


def _read_or_refused(path: Path) -> None:
    problems = problems_of(path)
    assert all(problem.file and problem.message for problem in problems)
    assert problems or read(path).engagement.input_sha256
