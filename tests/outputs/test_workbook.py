"""The workbook read back by another library, and looked at inside."""

import re
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from handover.engagement import Engagement, Team
from handover.flags import flags
from handover.outputs import write
from handover.outputs.tables import tables
from handover.outputs.workbook import NAME, workbook
from handover.outputs.workbook.book import MOST_CHARACTERS, Book, lines
from handover.plan import Plan
from tests.builders import a_child, a_engagement, a_worker
from tests.plans import a_plan


def a_case(**worker: Any) -> tuple[Engagement, Plan]:
    # W1 receives C1 and C2, W2 keeps C3; C4 needs what nobody has
    one = a_engagement(
        [
            a_child("C1", family_id="F1"),
            a_child("C2", family_id="F1"),
            a_child("C3", "W2"),
            a_child("C4", needs=("asylum",)),
        ],
        [a_worker("W1", **worker), a_worker("W2", side="staying", team_id="T2")],
    )
    plan = a_plan(one, {"F1": "W1", "C3": "W2", "C4": None}, booked=True)
    return one, replace(plan, flags=flags(one, plan), plan_id="P0001", made_at=datetime(2022, 11, 1, 9, 30))


def made(*case: Any, **asked: bool) -> bytes:
    return workbook(*(case or a_case()), **asked)[NAME]


def read(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(content: bytes, kind: str = "xl/worksheets/sheet") -> dict[str, str]:
    with ZipFile(BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist() if name.startswith(kind)}


HOSTILE = ("=1+1", "+44 1432", "-cmd|' /C calc'!A0", "@SUM(A1)", '=HYPERLINK("http://x.example")', "http://x.example")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_taken_for_a_formula_or_a_link(name: str) -> None:
    content = made(*a_case(name=name))
    assert any(name in row for row in read(content)["Caseloads"])
    for part, xml in parts(content).items():
        assert "<f>" not in xml, part
        assert "hyperlink" not in xml, part
    assert not any("hyperlink" in xml for xml in parts(content, "xl/worksheets/_rels").values())


def test_a_text_that_starts_like_a_formula_stays_text_when_somebody_edits_its_cell() -> None:
    assert 'quotePrefix="1"' in parts(made(*a_case(name="=1+1")), "xl/styles")["xl/styles.xml"]
    assert "quotePrefix" not in parts(made(), "xl/styles")["xl/styles.xml"]


def test_dates_are_dates_shown_as_here() -> None:
    content = made()
    row = read(content)["Schedule"][1]
    assert row[7] == date(2022, 11, 28)
    assert row[8] == datetime(2022, 11, 14, 10)
    styles = parts(content, "xl/styles")["xl/styles.xml"]
    assert 'formatCode="dd/mm/yyyy"' in styles
    assert 'formatCode="dd/mm/yyyy hh:mm"' in styles
    assert "2022-11" not in "".join(parts(content, "xl/sharedStrings").values())


def test_ids_with_leading_zeros_stay_text() -> None:
    one = a_engagement([a_child("0017")], [a_worker("W1")])
    assert read(made(one, a_plan(one)))["Schedule"][1][0] == "0017"


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert made(people=True) == made(people=True)


def test_the_first_sheet_tells_what_was_asked_achieved_and_needs_a_decision() -> None:
    first = read(made())["Read first"]
    text = [str(cell) for row in first for cell in row if cell != ""]
    headings = ["What was asked", "What was achieved, against what is provably possible", "What needs a decision"]
    assert [t for t in text if t in headings] == headings
    achieved = next(row for row in first if row[0] == "1 child is left without a social worker.")
    assert achieved[1:5] == [1, 1, "children without a receiving worker", "Proven: no plan can do better."]
    stop = next(row for row in first if str(row[0]).startswith("C4: unallocated"))
    assert stop[2] == "Settle before go-live"


def test_every_child_is_in_the_schedule_and_in_the_sheet_of_one_team() -> None:
    sheets = read(made())
    assert [row[0] for row in sheets["Schedule"][1:]] == ["C1", "C2", "C3", "C4"]
    of_team = {name: [row[1] for row in rows[3:]] for name, rows in sheets.items() if name.startswith(("T1 ", "T2 "))}
    assert of_team == {"T1 Team T1": ["C1", "C2"], "T2 Team T2": ["C3"]}


def test_the_sheets_hold_what_the_tables_hold() -> None:
    one, plan = a_case()
    sheets, by_name = read(made(one, plan)), {table.name: table.rows for table in tables(one, plan)}
    for sheet, table in (("Schedule", "handover_schedule"), ("Flags", "flags"), ("Diary", "diary")):
        assert len(sheets[sheet]) - 1 == len(by_name[table])
    head, *loads = sheets["Caseloads"][:3]
    assert [row[head.index("Worker")] for row in loads] == ["Worker W1", "Worker W2"]
    assert [row[head.index("Points")] for row in loads] == [8, 4]


@pytest.mark.parametrize(("points", "place"), [(2, "below"), (8, "within"), (30, "above")])
def test_a_caseload_outside_its_band_is_said_in_words(points: int, place: str) -> None:
    # with 8 points of the other, the fair shares are 5, 8, 19 and the bands 4 to 6, 7 to 9, 16 to 22
    one = a_engagement([a_child("C1", points=points), a_child("C2", points=8)], [a_worker("W1"), a_worker("W2")])
    head, first, *_ = read(made(one, a_plan(one, {"C1": "W1", "C2": "W2"})))["Caseloads"]
    assert first[head.index("Against the band")] == place


def test_the_chart_draws_each_workers_points_fair_share_and_band() -> None:
    charts = parts(made(), "xl/charts/chart")
    of_workers = next(xml for xml in charts.values() if "Caseloads" in xml)
    names = re.findall(r"<c:tx>.*?<c:v>(.*?)</c:v>.*?</c:tx>", of_workers)
    assert names[:1] == ["Points"]
    assert {"Fair share", "Low end of band", "High end of band"} <= set(names)
    assert set(re.findall(r"Caseloads!\$[A-Z]+\$(\d+):\$[A-Z]+\$(\d+)", of_workers)) == {("2", "3")}


def test_headings_stay_on_screen_and_on_every_page_and_can_be_filtered() -> None:
    content = made()
    schedule = parts(content)["xl/worksheets/sheet2.xml"]
    assert re.search(r'<pane [^>]*ySplit="1"[^>]*state="frozen"', schedule)
    assert "<autoFilter " in schedule
    assert 'orientation="landscape"' in schedule
    assert 'paperSize="9"' in schedule
    assert 'fitToHeight="0"' in schedule
    assert "Page &amp;P of &amp;N" in schedule
    names = parts(content, "xl/workbook.xml")["xl/workbook.xml"]
    assert re.search(r'"_xlnm.Print_Titles"[^>]*>Schedule!\$1:\$1<', names)


def test_a_sheet_for_each_person_is_made_only_when_asked_and_only_for_those_with_a_part() -> None:
    one, plan = a_case()
    assert not any(name.startswith("Worker") for name in read(made(one, plan)))
    sheets = read(made(one, plan, people=True))
    assert {name for name in sheets if name.startswith("Worker")} == {
        "Worker M1 M1",
        "Worker O1 O1",
        "Worker W1 W1",
        "Worker W2 W2",
    }
    of_w1 = [row[:6] for row in sheets["Worker W1 W1"]]
    assert of_w1[1][0] == "Social worker, incoming, team T1"
    assert ["C1", "child protection", "F1", date(2022, 11, 28), "you receive", "Worker O1 (O1)"] in of_w1
    # O1 hands over to nobody yet
    assert ["C4", "child protection", "C4", "", "you hand over", "nobody yet"] in sheets["Worker O1 O1"]
    assert ["C3", "child protection", "C3", "", "you keep", ""] in [row[:6] for row in sheets["Worker W2 W2"]]


def test_who_holds_a_child_in_between_sees_until_when() -> None:
    late = date(2022, 12, 1)
    one = a_engagement([a_child("C1")], [a_worker("W1", laptop_on=late), a_worker("W2")])
    rows = read(made(one, a_plan(one, {"C1": "W1"}), people=True))["Worker W2 W2"]
    held = ["C1", "child protection", "C1", date(2022, 11, 28), "you hold until 01/12/2022", "Worker W1 (W1)"]
    assert held in rows


def test_team_names_that_no_sheet_can_have_still_make_a_sheet_each() -> None:
    ids = ("a/b*?[1]", "A/B*?[1]", "x" * 40, "x" * 39 + "y")
    one = a_engagement(
        [a_child()],
        [a_worker("W1", team_id=ids[0])],
        [Team(team_id, "'quoted'", "M1") for team_id in ids],
    )
    names = list(read(made(one, a_plan(one))))
    assert len({name.lower() for name in names}) == len(names)
    assert len(names) == 8 + len(ids)
    assert all(len(name) <= 31 for name in names)


def test_a_title_with_signs_of_a_footer_and_texts_longer_than_a_cell_do_not_break_the_file() -> None:
    one, plan = a_case(name="n" * (MOST_CHARACTERS + 9))
    one = replace(one, settings=replace(one.settings, name="2022: Looked after & Court <North> \x07"))
    content = made(one, replace(plan, engagement=one.settings.name))
    longest = max(len(str(cell)) for row in read(content)["Caseloads"] for cell in row)
    assert longest == MOST_CHARACTERS
    # a space ends the size, 8, before the title's own figures
    assert "&amp;L&amp;8 2022: Looked after &amp;&amp; Court" in parts(content)["xl/worksheets/sheet1.xml"]


def test_a_plan_of_nothing_still_opens() -> None:
    one = a_engagement([a_child()], [a_worker("W1", dbs_number="")])
    assert "Caseloads" in read(made(one, a_plan(one)))


def test_rows_are_as_high_as_their_texts() -> None:
    assert lines("x", 10) == 1
    assert lines("word " * 20, 10) >= 7
    assert lines("", 10) == 1
    book = Book("t", datetime(2022, 1, 1))
    sheet = book.sheet("s")
    sheet.columns([10, 10])
    sheet.line(["word " * 20, 1])
    assert "customHeight" in parts(book.finished())["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(("child_id", "wide"), [("X7K3-M9QT-X2WP", True), ("C1", False)])
def test_a_long_id_is_not_cut_or_broken_in_its_column(child_id: str, wide: bool) -> None:
    one = a_engagement([a_child(child_id)], [a_worker("W1")])
    schedule = parts(made(one, a_plan(one)))["xl/worksheets/sheet2.xml"]
    (width,) = re.findall(r'<col min="1" max="[12]" width="([0-9.]+)"', schedule)
    assert (float(width) > 12) is wide


def test_sheets_for_people_are_refused_where_there_are_no_sheets(tmp_path: Any) -> None:
    from handover.errors import UsageError

    with pytest.raises(UsageError, match="xlsx"):
        write(*a_case(), tmp_path / "out", "csv", people=True)
    assert not (tmp_path / "out").exists()
