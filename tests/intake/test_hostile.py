"""Files made to do harm: nothing in them runs, swells, hangs or leads elsewhere, and each refusal is a sentence."""

import os
import struct
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover import packed
from handover.engagement import Rule
from handover.errors import Problem
from handover.intake import folder as folder_room
from handover.intake import read, workbook
from handover.intake.rows import clean
from handover.intake.values import LONGEST_CELL, LONGEST_ID
from handover.outputs.csv_files import FORMULA_STARTS, cell, guarded
from handover.outputs.engagement_files import write_engagement
from tests.builders import a_child, a_engagement, a_worker
from tests.intake.files import SMALL, problems_of, small_with, workbook_sheets, write_workbook

STARTS = st.sampled_from([*FORMULA_STARTS, "'", "'=", "''=", "\n", " ", "'\t@", "=cmd|' /C calc'!A0"])
PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co")), max_size=12)
TEXT = st.builds(str.__add__, STARTS, PRINTABLE) | PRINTABLE
TOML = "engagement.toml"


# formulas, both ways


@given(TEXT)
def test_a_text_that_was_read_is_written_without_a_formula_and_read_again_as_it_was(text: str) -> None:
    kept = clean(text)
    written = cell(kept)
    assert not written.startswith(FORMULA_STARTS)
    assert clean(written) == kept


@settings(max_examples=25)
@given(TEXT, TEXT, TEXT)
def test_an_engagement_full_of_formulas_is_written_safely_and_read_again_as_it_was(a: str, b: str, c: str) -> None:
    name, reason, ident = (clean(text) or "plain" for text in (a, b, c))
    child = " ".join(ident.split())
    made = a_engagement(
        (a_child(child, postcode=reason),), (a_worker("W1", name=name),), rules=(Rule(child, "W1", "knows", reason),)
    )
    with TemporaryDirectory() as folder:
        for path in write_engagement(made, Path(folder) / "made"):
            if path.suffix == ".csv":
                lines = path.read_text("utf-8-sig").splitlines()
                assert not any(part.startswith(FORMULA_STARTS) for line in lines for part in line.split(","))
        again = read(Path(folder) / "made").engagement
    assert (again.children, again.rules) == (made.children, made.rules)
    assert set(again.workers) == set(made.workers)


def test_a_formula_s_guard_is_put_on_once_and_taken_off_once() -> None:
    assert guarded("=1+1") == "'=1+1"
    assert guarded("'=1+1") == "'=1+1"
    assert clean("'=1+1") == "=1+1"
    assert clean("''=1+1") == "''=1+1"


# workbooks


def a_workbook(path: Path) -> Path:
    return write_workbook(path, workbook_sheets(a_engagement()))


def repacked(path: Path, **parts: bytes) -> Path:
    """The workbook with parts replaced; `sheet2` is children or whatever stands second."""
    with zipfile.ZipFile(path) as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    for name, xml in parts.items():
        (full,) = (known for known in content if known.endswith(f"/{name}.xml"))
        content[full] = xml
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def refusal(path: Path) -> str:
    """The one sentence a workbook is refused with."""
    (problem,) = problems_of(path)
    return problem.message


def test_a_sound_workbook_is_read(tmp_path: Path) -> None:
    assert problems_of(repacked(a_workbook(tmp_path / "book.xlsx"))) == ()


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))


@pytest.mark.parametrize("part", ["workbook", "sheet1", "sheet2"])
@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY l0 "ha">' + LAUGHS + b"]><worksheet>&l11;</worksheet>",
        b'<!DOCTYPE x [<!ENTITY own SYSTEM "file:///etc/passwd">]><worksheet>&own;</worksheet>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><worksheet/>',
    ],
    ids=["a billion laughs", "a file of this machine", "a fetch"],
)
def test_xml_that_swells_or_fetches_is_refused(tmp_path: Path, part: str, body: bytes) -> None:
    path = repacked(a_workbook(tmp_path / "book.xlsx"), **{part: b'<?xml version="1.0"?>' + body})
    assert "document type" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1_000_000)
    path = repacked(a_workbook(tmp_path / "book.xlsx"), styles=b" " * 2_000_000)
    assert path.stat().st_size < 50_000
    assert "unpacked it is larger" in refusal(path)


def test_a_zip_that_lies_about_its_sizes_is_not_believed(tmp_path: Path) -> None:
    path = repacked(a_workbook(tmp_path / "book.xlsx"), sheet2=b" " * 1_000_000)
    raw = path.read_bytes()
    size = struct.pack("<I", 1_000_000)
    assert raw.count(size) == 2, "in the part's own head and in the list"
    path.write_bytes(raw.replace(size, struct.pack("<I", 10)))
    assert "is not a workbook that can be read" in refusal(path)


def test_a_zip_of_thousands_of_parts_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        for n in range(packed.MOST_PARTS):
            archive.writestr(f"xl/media/{n}", b"")
    assert "parts" in refusal(path)


def test_a_zip_packed_as_no_office_program_does_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/more.xml", b"x")
    assert "not packed as office programs do" in refusal(path)


def test_two_parts_that_differ_in_capitals_alone_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/Workbook.xml", b"<workbook/>")
    assert "two parts of one name" in refusal(path)


def test_no_other_part_is_handed_on_than_was_checked(tmp_path: Path) -> None:
    # a zip may be a workbook of two kinds, or its sheets be found in another place by another reader
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        for name in ("xl/workbook.bin", "content.xml", "xl/vbaProject.bin", "xl/xl/worksheets/sheet2.xml", "../x"):
            archive.writestr(name, b"x")
    handed_on, sheets = workbook._checked(path)
    names = zipfile.ZipFile(handed_on).namelist()
    assert {name.casefold() for name in names if "worksheets" not in name} <= set(workbook.FRAME)
    assert sum("xl/worksheets/sheet" in name for name in names) == len(sheets)
    assert "xl/xl/worksheets/sheet2.xml" not in names


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
    twice = book.replace(b'name="children"', b'name="teams"')
    assert twice != book
    assert "two sheets of one name" in refusal(repacked(path, workbook=twice))


def test_a_long_text_that_many_cells_share_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_workbook(tmp_path / "book.xlsx")
    with zipfile.ZipFile(path) as archive:
        before = archive.read("xl/sharedStrings.xml")
    number = len(workbook.shared_lengths(before))
    shared = before.replace(b"</sst>", b"<si><t>" + b"A" * 30_000 + b"</t></si></sst>")
    cells = f'<row><c t="s"><v>{number}</v></c><c t="s"><v>{number}</v></c></row>'
    assert workbook.sheet_xml(far(cells), workbook.shared_lengths(shared)).letters == 60_000
    path = repacked(path, sheet2=far(cells * 20), sharedStrings=shared)
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1_000_000)
    assert any("repeats long texts" in problem.message for problem in problems_of(path))


def far(xml: str) -> bytes:
    """A sheet with children's header and one more cell."""
    return f"<worksheet><sheetData>{xml}</sheetData></worksheet>".encode()


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        '<row r = "1048576"><c s="1" r = "XFD1048576" ><v>1</v></c></row>',
        '<x:row xmlns:x="urn:x" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="1048575"/><row><c r="XFC1048576"/><c><v>1</v></c></row>',
        '<row r="4294967295"><c r="XFD4294967295"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZZ1"><v>1</v></c></row><row r="9999"><c r="A9999"><v>1</v></c></row>',
    ],
    ids=["plain", "single quotes", "spaces", "a prefix", "counted on", "beyond any row", "beyond any column"],
)
def test_one_cell_far_away_does_not_fill_the_memory(tmp_path: Path, xml: str) -> None:
    path = repacked(a_workbook(tmp_path / "book.xlsx"), sheet2=far(xml))
    assert any("a cell far away" in problem.message for problem in problems_of(path)), problems_of(path)


def test_a_sheet_of_unclosed_cells_is_refused_at_once(tmp_path: Path) -> None:
    # patterns that look ahead from each of these would take hours
    path = repacked(a_workbook(tmp_path / "book.xlsx"), sheet2=b"<worksheet>" + b"<c " * 1_000_000)
    assert "is not a workbook that can be read" in refusal(path)
    path = repacked(path, sheet2=far('<c t="e" ' + 'r="A1" ' * 500_000 + "/>"))
    assert "is not a workbook that can be read" in refusal(path)


def test_an_error_cell_is_found_however_it_is_written() -> None:
    rows = "<row><c><v>1</v></c></row><row r='2'><c r='A2'><v>1</v></c><c t='e'><f>1/0</f><v>#DIV/0!</v></c></row>"
    found = workbook.sheet_xml(far(rows))
    assert found.errors == [(2, 2, "#DIV/0!")]
    assert found.reach == 2 * 2


# giant and unprintable cells


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        ("HR4 8RN", "A" * (LONGEST_CELL + 1), "postcode", "more than the 32767 of a spreadsheet's cell"),
        ("asylum", "a;" * LONGEST_CELL, "needs", "more than the 32767"),
        ("F0001", "F" * (LONGEST_ID + 1), "family_id", "longer than the 200 characters of an id"),
        ("HR4 8RN", "HR4\x1b[2J8RN", "postcode", "cannot be printed"),
        ("F0001", "F\u202e1000", "family_id", "cannot be printed"),
        ("HR4 8RN", "\x9b31m", "postcode", "cannot be printed"),
        ("F0001", "F0001\u200b", "family_id", "cannot be seen"),
        ("F0001", "F\u2028F0002", "family_id", "cannot be seen"),
        ("F0001", "F\x850002", "family_id", "cannot be seen"),
    ],
    ids=["a giant text", "a giant list", "a giant id", "an escape", "right to left", "C1", "no width", "a line", "NEL"],
)
def test_a_giant_or_unprintable_cell_is_refused(tmp_path: Path, old: str, new: str, column: str, words: str) -> None:
    (problem,) = (
        p for p in problems_of(small_with(tmp_path / "small", ("children.csv", old, new))) if p.column == column
    )
    assert (problem.file, problem.row) == ("children.csv", 2)
    assert words in problem.message
    assert len(str(problem)) < 300
    assert str(problem).isprintable()


def test_a_cell_beyond_what_the_reader_takes_is_refused(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("children.csv", "HR4 8RN", "A" * 200_000))
    assert [p.row for p in problems_of(folder) if p.file == "children.csv"] == [2]


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x85"])
def test_a_name_is_one_line_so_that_it_cannot_look_like_the_program_s_words(tmp_path: Path, end: str) -> None:
    made = a_engagement(workers=(a_worker("W1", name=f"Ann{end}STOP C1: leave her alone"),))
    write_engagement(made, tmp_path / "made")
    assert read(tmp_path / "made").engagement.worker["W1"].name == "Ann STOP C1: leave her alone"


@pytest.mark.parametrize(("most", "many"), [("MOST_ROWS", "\n" * 50), ("MOST_CELLS", "," * 50)])
def test_a_file_of_nothing_but_cells_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str, many: str
) -> None:
    monkeypatch.setattr(folder_room, most, 40)
    (problem, *_) = problems_of(small_with(tmp_path / "small", ("children.csv", "*", many)))
    assert "Is it the right file?" in problem.message


def test_names_of_files_and_columns_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = small_with(
        tmp_path / "small", ("children.csv", "postcode", "post\x1b[31mcode"), ("chil\x1b[31mdren.csv", "*", "a\n")
    )
    warnings = read(folder).warnings
    assert len([w for w in warnings if "·[31m" in str(w)]) == 2
    assert all(str(w).isprintable() for w in warnings)


# settings


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 5000 + " = 1",
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "{a = " * 5000 + "1" + "}" * 5000,
        "[" + ".".join("a" * 3000) + "]",
        "a = 1" + "0" * 10_000,
        "a = 1e999999999999",
        "a = 0x" + "f" * 10_000,
        'a = "' + "x" * 1_000_000 + '"',
        "a" * 100_000 + " = 1",
        "a = nan\nb = inf\nc = 1979-05-27T00:32:00.999999-07:00",
        "name = '''\x1b[2J'''",
        'name = "\\u001b[2J"',
        "window_start = 0001-01-01",
        "[workload]\nworker_band = 1e-400",
        "[workload.points]\ncourt = 99999999999999999999999999",
        "[handover.joint_visit_for]\ncourt = 1",
        "a" + ".a" * 200_000 + " = 1",
        "".join(f"k{n} = 1\n" for n in range(300_000)),
        "window_start = 9999-99-99",
        "window_start = 99999-01-01",
        "go_live = -1000-01-01",
    ],
    ids=range(21),
)
def test_hostile_settings_are_refused_in_short_sentences(tmp_path: Path, text: str) -> None:
    found = problems_of(small_with(tmp_path / "small", (TOML, "*", text)))
    assert found
    assert all(len(str(problem)) < 400 and str(problem).isprintable() for problem in found), found


# files that are none

posix = pytest.mark.skipif(os.name == "nt", reason="pipes and devices of POSIX")


@posix
def test_a_pipe_in_a_file_s_place_is_not_waited_for(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    (folder / "rules.csv").unlink()
    os.mkfifo(folder / "rules.csv")
    assert [problem.message.partition(".")[0] for problem in problems_of(folder)] == ["is not a file"]


@posix
def test_a_link_to_a_device_is_not_read_for_ever(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    (folder / TOML).unlink()
    (folder / TOML).symlink_to("/dev/zero")
    assert [problem.message.partition(".")[0] for problem in problems_of(folder)] == ["is not a file"]


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_room, "LARGEST_FILE", 1 << 20)
    with (small_with(tmp_path / "small") / "history.csv").open("ab") as file:
        file.truncate(2 << 20)
    (problem,) = problems_of(tmp_path / "small")
    assert problem == Problem("history.csv", 0, "", "is larger than 1 MB. Is it the right file?")


def test_the_files_used_here_are_sound() -> None:
    assert problems_of(SMALL) == ()
