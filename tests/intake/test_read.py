"""What good files mean: formats, trimming, dates, guards, defaults (contract §1)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover.closed import closed_days
from handover.engagement import Absence, Engagement, Task
from handover.figures import allocation_figures
from handover.intake import read
from handover.intake.values import decimal
from handover.settings import PLANS, Hours, Settings
from tests.builders import engagements
from tests.intake.files import DATA, SMALL, small_with, workbook_sheets, write_folder, write_workbook

DEMO = Path(__file__).parents[2] / "handover" / "demo_data" / "november-2022"

# --- the engagements the project is measured on ---


@pytest.mark.parametrize(
    ("folder", "rows"),
    # lines of the files less their headers: children, workers, history, events, absences, rules
    [
        (SMALL, (24, 15, 78, 16, 10, 2)),
        (DEMO, (480, 50, 1415, 384, 38, 51)),
        (DATA / "november-2022-short", (455, 50, 1258, 345, 42, 57)),
    ],
)
def test_every_row_of_an_engagement_is_read(folder: Path, rows: tuple[int, ...]) -> None:
    found = read(folder).engagement
    tables = (found.children, found.workers, found.history, found.events, found.absences, found.rules)
    assert tuple(map(len, tables)) == rows


@pytest.mark.parametrize("folder", [SMALL, DATA / "november-2022-short"])
def test_the_reference_s_allocation_has_the_reference_s_figures(folder: Path) -> None:
    found = read(folder).engagement
    known = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    to_worker = {family.family_id: known["allocation"][family.children[0].child_id] for family in found.families}
    figures = {name: float(value) for name, value in allocation_figures(to_worker, found).items()}
    assert figures == {name: pytest.approx(level["value"], abs=0.001) for name, level in known["levels"].items()}


def test_the_small_engagement_says_what_its_files_say() -> None:
    found = read(SMALL).engagement
    w001, c1 = found.worker["W001"], found.child["C00001"]
    assert (w001.fte, w001.available_to, w001.team_id) == (1, date(2023, 2, 24), "T01")
    assert w001.skills == ("court", "disability", "sexual_exploitation")
    assert found.worker["W005"].fte == Fraction(4, 5)
    assert found.worker["W002"].dbs_number == "094377114759"
    assert (c1.family_id, c1.points, c1.needs, c1.expected_close_on) == ("F0001", 7, ("asylum",), date(2023, 3, 3))
    assert found.child["C00005"].points is None
    assert found.settings.workload.worker_band == Fraction(3, 10)
    assert found.settings.handover.joint_visit_minutes == 90
    o003 = [a for a in found.absences if a.worker_id == "O003"]
    assert o003 == [
        Absence("O003", datetime(2022, 11, 17, 9), datetime(2022, 11, 17, 12), "court"),
        Absence("O003", datetime(2022, 11, 21), datetime(2022, 11, 22), "leave"),
    ]
    (hearing,) = [e for e in found.events_of["C00009"] if e.kind == "review_conference"]
    assert (hearing.on, hearing.time, hearing.minutes) == (date(2022, 12, 12), time(14, 0), None)


# --- round trips ---

TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"), exclude_characters="\u115f\u1160\u3164"
    )
    | st.sampled_from(list(",;\"'=+-@\n é’ß")),
    max_size=12,
)
# a text is trimmed, and on one line; a quote before a formula sign is the guard itself; an Excel error is no text
NAMES = TEXTS.map(lambda s: s.replace("\n", " ").strip()).filter(
    lambda s: s and not s.startswith("'") and not s.startswith("#")
)


@st.composite
def odd_settings(draw: st.DrawFn, base: Settings) -> Settings:
    """Settings with every kind of value drawn: bands as decimals, slots, points, closures."""
    share = st.integers(0, 1500).map(lambda n: Fraction(n, 1000))
    slot = draw(st.sampled_from([15, 30, 60]))
    pause = draw(st.sampled_from([None, (time(12), time(13)), (time(13), time(14))]))
    return replace(
        base,
        name=draw(NAMES).replace("\n", " "),
        closed=tuple(sorted(draw(st.sets(st.dates(date(2022, 11, 14), date(2022, 11, 25)), max_size=3)))),
        hours=Hours(draw(st.sampled_from([time(8), time(9)])), time(18), pause, slot),
        workload=replace(
            base.workload,
            worker_band=draw(share),
            worker_floor=draw(share),
            most_children=draw(share) + 1,
            points={plan: draw(st.integers(1, 20)) for plan in PLANS},
        ),
        handover=replace(
            base.handover,
            **{
                f"{part}_minutes": slot * draw(st.integers(1, 4))
                for part in ("summary", "meeting", "joint_visit", "travel", "sign_off")
            },
            joint_visit_for=tuple(plan for plan in PLANS if draw(st.booleans())),
        ),
    )


@st.composite
def odd_engagements(draw: st.DrawFn) -> Engagement:
    """Tiny engagements with odd settings and odd texts."""
    found = draw(engagements())
    texts = {w.worker_id: draw(NAMES) for w in found.workers}
    workers = tuple(replace(w, name=texts[w.worker_id], postcode=draw(NAMES | st.just(""))) for w in found.workers)
    absences = tuple(replace(a, reason=draw(NAMES | st.just(""))) for a in found.absences)
    absences = tuple(sorted(absences, key=lambda a: (a.worker_id, a.start, a.end, a.reason)))
    return replace(found, settings=draw(odd_settings(found.settings)), workers=workers, absences=absences)


def uk(day: date) -> str:
    return f"{day:%d/%m/%Y}"


@settings(max_examples=40)
@given(odd_engagements(), st.sampled_from([date.isoformat, uk]), st.booleans())
def test_what_is_written_reads_back_the_same(
    engagement: Engagement, write_date: Callable[[date], str], bom: bool
) -> None:
    with TemporaryDirectory() as folder:
        found = read(write_folder(engagement, Path(folder), write_date, bom)).engagement
    assert replace(found, closed_days=engagement.closed_days) == engagement
    assert found.input_sha256 == replace(engagement, closed_days=found.closed_days).input_sha256


@settings(max_examples=15)
@given(odd_engagements())
def test_a_workbook_says_what_the_folder_says(engagement: Engagement) -> None:
    with TemporaryDirectory() as folder:
        there = read(write_folder(engagement, Path(folder) / "folder")).engagement
        book = read(write_workbook(Path(folder) / "book.xlsx", workbook_sheets(engagement))).engagement
    assert book == there
    assert book.input_sha256 == there.input_sha256


@pytest.mark.parametrize("folder", [SMALL, DATA / "november-2022-short"])
def test_the_same_content_has_the_same_sha_in_either_format(folder: Path, tmp_path: Path) -> None:
    there = read(folder).engagement
    book = read(write_workbook(tmp_path / "book.xlsx", workbook_sheets(there))).engagement
    assert book.input_sha256 == there.input_sha256


# --- details of the formats ---


def test_columns_in_any_order_trimmed_headers_quotes_and_blank_lines_change_nothing(tmp_path: Path) -> None:
    text = """\ufeff manager_id , name ,"team_id"
M001,"Child Protection and Court 1",T01
 M002 , Child Protection and Court 2 ,"T02"

,,
"""
    folder = small_with(tmp_path / "small", ("teams.csv", "*", text.replace("\n", "\r\n")))
    assert read(folder).engagement == read(SMALL).engagement


def test_the_order_of_rows_changes_nothing_but_ties_in_history(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    for name in ("children.csv", "workers.csv", "events.csv", "absences.csv"):
        header, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        (folder / name).write_text("\n".join([header, *reversed(rows)]), encoding="utf-8")
    assert read(folder).engagement.input_sha256 == read(SMALL).engagement.input_sha256


def test_optional_files_may_be_absent(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small")
    for name in ("history", "events", "absences", "rules"):
        (folder / f"{name}.csv").unlink()
    found = read(folder).engagement
    assert (found.history, found.events, found.absences, found.rules) == ((), (), (), ())


def test_leading_zeros_of_ids_survive_and_differ(tmp_path: Path) -> None:
    row = "{},,court,O003,,,,,\r\n"
    folder = small_with(tmp_path / "small", ("children.csv", "", row.format("007") + row.format("7")))
    assert {"007", "7"} <= set(read(folder).engagement.child)


def test_the_guard_against_formulas_is_taken_off_again(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("workers.csv", "Idris Abara", "'=Idris"), ("teams.csv", "T02,", "T02,'"))
    found = read(folder).engagement
    assert found.worker["W001"].name == "=Idris"
    # a quote before anything else is part of the name
    assert found.team["T02"].name == "'Child Protection and Court 2"


def test_restrictions_are_read_in_any_case(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("workers.csv", "2023-11-30,no,446701739750", "2023-11-30,No,446701739750"))
    assert read(folder).engagement.worker["M001"].swe_restrictions == "no"


@pytest.mark.parametrize(
    ("text", "value"), [("0.20", "1/5"), ("1", "1"), ("0.3", "3/10"), (".5", "1/2"), ("0.1", "1/10")]
)
def test_a_fraction_is_the_decimal_as_written(text: str, value: str) -> None:
    assert decimal(text) == Fraction(value)


def test_a_band_written_with_an_exponent_is_exact_too(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("engagement.toml", "worker_band = 0.3", "worker_band = 3e-1"))
    assert read(folder).engagement.settings.workload.worker_band == Fraction(3, 10)


def test_an_empty_break_is_none(tmp_path: Path) -> None:
    folder = small_with(tmp_path / "small", ("engagement.toml", "[workload]", "[hours]\nbreak = []\n[workload]"))
    assert read(folder).engagement.settings.hours.break_ is None


def test_separate_names_nobody_and_an_outgoing_worker_has_no_team(tmp_path: Path) -> None:
    folder = small_with(
        tmp_path / "small",
        ("rules.csv", "", "C00001,W001,separate,\r\n"),
        ("workers.csv", "O001,Ewan Madley,social_worker,outgoing,,", "O001,Ewan Madley,social_worker,outgoing,T01,"),
    )
    reading = read(folder)
    assert [r.worker_id for r in reading.engagement.rules if r.rule == "separate"] == [None]
    assert reading.engagement.worker["O001"].team_id is None
    said = {(w.file, w.column) for w in reading.warnings}
    assert {("rules.csv", "worker_id"), ("workers.csv", "team_id")} <= said


# --- closed days ---


def test_england_s_bank_holidays_and_own_closures_are_closed_and_weekends_are_not_listed(tmp_path: Path) -> None:
    closed = "[calendar]\nclosed = [2022-11-18, 2022-11-19]\n[workload]"
    found = read(small_with(tmp_path / "small", ("engagement.toml", "[workload]", closed))).engagement
    # Christmas Day 2022 was a Sunday: Tuesday 27 December stands in; 19 September was the Queen's funeral
    assert {date(2022, 12, 26), date(2022, 12, 27), date(2022, 9, 19), date(2023, 1, 2)} <= found.closed_days
    assert {date(2022, 11, 18)} <= found.closed_days
    assert not {day for day in found.closed_days if day.weekday() >= 5}
    # 2 January is a holiday of Scotland alone, 17 March of Northern Ireland
    assert not {date(2024, 1, 2), date(2023, 3, 17)} & found.closed_days


def test_closed_days_reach_as_far_as_a_worker_s_dates(tmp_path: Path) -> None:
    assert date(2024, 12, 25) in read(SMALL).engagement.closed_days
    early = small_with(tmp_path / "early", ("workers.csv", "1.0,2022-11-28,2023-02-24", "1.0,2019-11-28,2023-02-24"))
    assert date(2019, 12, 25) in read(early).engagement.closed_days
    assert date(2019, 12, 25) not in closed_days(2022, 2024, ())


# --- cells of a workbook ---


def test_cells_of_a_workbook_are_read_as_what_they_show(tmp_path: Path) -> None:
    sheets = workbook_sheets(read(SMALL).engagement)
    sheets["children"].append([17.0, "", "court", "O003", 3.0, "", "", "", "13/01/2023"])
    sheets["events"].append(["17", "court_hearing", date(2022, 12, 1), time(12, 30), 45])
    sheets["absences"].append(["W005", datetime(2022, 11, 15, 9, 20), datetime(2022, 11, 15, 10, 0), ""])
    sheets["absences"].append(["W005", "2022-11-16T00:00", "2022-11-16T10:00", ""])
    found = read(write_workbook(tmp_path / "book.xlsx", sheets)).engagement
    child = found.child["17"]
    assert (child.points, child.expected_close_on) == (3, date(2023, 1, 13))
    (hearing,) = found.events_of["17"]
    assert (hearing.time, hearing.minutes) == (time(12, 30), 45)
    assert [a.start for a in found.absences_of["W005"]] == [datetime(2022, 11, 15, 9, 20), datetime(2022, 11, 16)]


def test_a_workbook_may_leave_out_optional_sheets_and_settings(tmp_path: Path) -> None:
    sheets = workbook_sheets(read(SMALL).engagement)
    keep = {"engagement", "teams", "workers", "children"}
    sheets = {name: rows for name, rows in sheets.items() if name in keep}
    sheets["engagement"] = [["value", "key"], *([value, key] for key, value in sheets["engagement"][1:5])]
    sheets["engagement"].append(["", "hours.slot_minutes"])
    found = read(write_workbook(tmp_path / "book.xlsx", sheets)).engagement
    assert found.settings == Settings("Child Protection and Court teams, November 2022", *dates())
    assert len(found.children) == len(read(SMALL).engagement.children)


def dates() -> tuple[date, date, date]:
    return date(2022, 11, 14), date(2022, 11, 28), date(2023, 3, 31)


def test_reading_does_not_change_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_tasks_are_read_with_what_they_wait_for_and_when_they_were_done(tmp_path: Path) -> None:
    rows = (
        "task_id,name,subject,owner,days,after,not_before,done_on\n"
        "K2,Laptop,W001,ICT,3,K1;K0,14/11/2022,\nK1,Contract,,,0,,,2022-11-11\nK0,Desk,T01,,1,,,\n"
    )
    found = read(small_with(tmp_path / "small", ("tasks.csv", "*", rows))).engagement
    assert found.tasks == (
        Task("K0", "Desk", "T01", days=1),
        Task("K1", "Contract", days=0, done_on=date(2022, 11, 11)),
        Task("K2", "Laptop", "W001", "ICT", 3, ("K0", "K1"), date(2022, 11, 14)),
    )
