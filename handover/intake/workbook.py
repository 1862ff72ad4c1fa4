"""One `.xlsx` workbook with the engagement's tables as sheets, and the sheet `engagement` for its settings (§1).

The sheet `engagement` has the columns `key` and `value`: keys with dots (`workload.worker_band`), a list separated by
`;`, `none` for an empty one, a blank value for the default. A date-time at midnight exactly cannot be told from a
date in a workbook: write it as text (2022-11-14T00:00).
"""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook

from handover.intake.rows import Findings, Grid, clean
from handover.intake.settings_file import Given, SettingsText
from handover.intake.tables import TABLES
from handover.intake.values import nearest, quoted

SETTINGS = "engagement"
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes, as stored; unpacked eight times as much."""
MOST_CELLS = 5_000_000
"""Rows times columns of one sheet, as far as it reaches. A county of 12,000 children comes to a fifth."""
CELL = re.compile(rb'<c\b[^>]*\br="([A-Za-z]{1,9})([0-9]{1,19})"[^>/]*>')
ROW = re.compile(rb'<row\b[^>]*\br="0*([0-9]{8,19})"')
"""A row further down than any spreadsheet has."""
ERROR_CELL = re.compile(
    rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>(?:<f\b[^>]*/>|<f\b[^<]*</f>)?<v>([^<]*)'
)
UNREADABLE = (CalamineError, zipfile.BadZipFile, zlib.error, ET.ParseError, LookupError, ValueError, RuntimeError)
"""What a file that only looks like a workbook makes its readers raise."""


def read_workbook(path: Path, findings: Findings) -> tuple[SettingsText | None, Mapping[str, Grid]]:
    """The workbook's settings and tables as text; None and left out where a sheet is absent or cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            findings.problem(path.name, 0, "", f"is larger than {LARGEST_FILE >> 20} MB. Is it the right file?")
            return None, {}
        return _read(path, findings)
    except OSError as error:
        message = f"cannot be opened ({error.strerror or error}). Close it elsewhere, or mend its rights."
    except UNREADABLE as error:
        message = f"is not a workbook that can be read ({error}). Save it as .xlsx, without a password."
    findings.problem(path.name, 0, "", message)
    return None, {}


def _read(path: Path, findings: Findings) -> tuple[SettingsText | None, Mapping[str, Grid]]:
    parts = _parts(path)
    expected = (SETTINGS, *(table.name for table in TABLES))
    grids = {}
    with CalamineWorkbook.from_path(path) as book:
        for name in book.sheet_names:
            label = f"{path.name} sheet {name}"
            if name not in expected:
                near = nearest(name, expected)
                findings.warning(label, 0, "", f"is not a table of an engagement and is not read.{near}")
                continue
            xml = parts[name]
            if _reach(xml) > MOST_CELLS:
                message = "has a cell far away from the table. Delete the rows below it and the columns beside it."
                findings.problem(label, 0, "", message)
                continue
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            grids[name] = Grid(label, _as_text(cells, xml))
    needed = {SETTINGS: "the engagement's name and dates, as columns key and value"}
    for name, meaning in (needed | {table.name: table.meaning for table in TABLES if table.required}).items():
        if name not in book.sheet_names:
            near = nearest(name, tuple(n for n in book.sheet_names if n not in expected))
            message = f"is missing: {meaning}. Add a sheet of that name.{near}"
            findings.problem(f"{path.name} sheet {name}", 0, "", message)
    settings = grids.pop(SETTINGS, None)
    return (_settings(settings, findings) if settings else None), grids


def _parts(path: Path) -> Mapping[str, bytes]:
    """The XML of each sheet by the sheet's name: what calamine does not tell is looked up in it."""
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > 8 * LARGEST_FILE:
            raise ValueError(f"unpacked it is larger than {8 * LARGEST_FILE >> 20} MB")
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat bounds entities
        targets = {link.get("Id"): str(link.get("Target")) for link in links}
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - as above
        there = set(archive.namelist())
        found = {}
        for sheet in book.findall(".//{*}sheet"):
            # in the namespace of relationships, which differs between strict and transitional workbooks
            target = next((targets.get(value, "") for name, value in sheet.items() if name.endswith("}id")), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in there:
                found[str(sheet.get("name"))] = archive.read(part)
        return found


def _column(letters: bytes) -> int:
    """Place of a column by its letters: A is 1."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + letter - 64
    return place


def _reach(xml: bytes) -> int:
    """Cells of the smallest rectangle from A1 that holds every filled cell."""
    if ROW.search(xml):
        return MOST_CELLS + 1
    found = CELL.findall(xml)
    return max((int(row) for _, row in found), default=0) * max((_column(c) for c in {c for c, _ in found}), default=0)


def _as_text(cells: Sequence[Sequence[object]], xml: bytes) -> list[list[str]]:
    records = [[cell_text(cell) for cell in record] for record in cells]
    for letters, row, error in ERROR_CELL.findall(xml):
        # calamine gives an error cell as a blank: a child's lost id or date must not pass for "not applicable"
        if int(row) <= len(records) and _column(letters) <= len(records[int(row) - 1]):
            records[int(row) - 1][_column(letters) - 1] = error.decode()
    width = max((place for record in records for place, cell in enumerate(record, start=1) if cell.strip()), default=0)
    return [record[:width] for record in records]


def cell_text(cell: object) -> str:
    """A cell as the text it would have in a CSV file: 7.0 is 7, a date ISO 8601, a time HH:MM."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        # a spreadsheet keeps 15 digits: 0.1 + 0.2 is 0.3 to whoever typed it
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime):
        return _minute(cell).isoformat(timespec="auto" if _minute(cell).second else "minutes")
    if isinstance(cell, timedelta):
        cell = (datetime.min + cell).time() if timedelta() <= cell < timedelta(days=1) else str(cell)
    if isinstance(cell, time):
        moment = _minute(datetime.combine(date.min, cell))
        return moment.time().isoformat(timespec="auto" if moment.second else "minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _minute(moment: datetime) -> datetime:
    """The moment to the second: a spreadsheet keeps 09:20 as a fraction of a day, a hair off."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _settings(grid: Grid, findings: Findings) -> SettingsText | None:
    header = [clean(cell) for cell in grid.records[0]] if grid.records else []
    given: dict[str, Given] = {}
    if "key" not in header or "value" not in header:
        message = "has no columns key and value in its first row. Add them."
        findings.problem(grid.label, 1, "", message)
        return None
    key_at, value_at = header.index("key"), header.index("value")
    for number, record in enumerate(grid.records[1:], start=2):
        key, value = clean(record[key_at]), clean(record[value_at])
        if key in given:
            findings.problem(grid.label, number, "key", f"{quoted(key)} is in row {given[key].row} already. Keep one.")
        elif key and value:
            given[key] = Given(value, number)
        elif value:
            findings.problem(grid.label, number, "key", f"is blank beside the value {quoted(value)}. Give the key.")
    return SettingsText(grid.label, given)
