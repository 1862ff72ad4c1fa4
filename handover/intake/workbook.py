"""One `.xlsx` workbook with the engagement's tables as sheets, and the sheet `engagement` for its settings (§1).

The sheet `engagement` has the columns `key` and `value`: keys with dots (`workload.worker_band`), a list separated by
`;`, `none` for an empty one, a blank value for the default. A date-time at midnight exactly cannot be told from a
date in a workbook: write it as text (2022-11-14T00:00).
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineWorkbook

from handover.intake.rows import Findings, Grid, clean
from handover.intake.settings_file import Given, SettingsText
from handover.intake.tables import TABLES
from handover.intake.values import nearest, quoted
from handover.intake.workbook_xml import SheetXml, elements, shared_lengths, sheet_xml
from handover.packed import unpacked

SETTINGS = "engagement"
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes, as stored."""
LARGEST_UNPACKED = 256 * 1024 * 1024
"""Bytes of all parts together. A county of 12,000 children comes to a tenth."""
MOST_CELLS = 5_000_000
"""Rows times columns of one sheet, as far as it reaches. A county of 12,000 children comes to a fifth."""
SHARED = "xl/sharedstrings.xml"
FRAME = (
    "[content_types].xml",
    "_rels/.rels",
    "xl/_rels/workbook.xml.rels",
    "xl/workbook.xml",
    "xl/styles.xml",
    SHARED,
)
"""The parts that calamine reads beside the sheets, in small letters. Of no other kind of workbook."""
SHEETS = (SETTINGS, *(table.name for table in TABLES))
UNREADABLE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    ExpatError,
    LookupError,
    ValueError,
    RuntimeError,
    EOFError,
)
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
    grids = {}
    packed, sheets = _checked(path)
    with CalamineWorkbook.from_filelike(packed) as book:
        for name in book.sheet_names:
            label = f"{path.name} sheet {name}"
            if name not in SHEETS:
                near = nearest(name, SHEETS)
                findings.warning(label, 0, "", f"is not a table of an engagement and is not read.{near}")
                continue
            sheet = sheets[name]
            if sheet.letters > LARGEST_UNPACKED:
                findings.problem(label, 0, "", "repeats long texts too often to be read. Is it the right file?")
                continue
            if sheet.reach > MOST_CELLS:
                message = "has a cell far away from the table. Delete the rows below it and the columns beside it."
                findings.problem(label, 0, "", message)
                continue
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            grids[name] = Grid(label, _as_text(cells, sheet))
    needed = {SETTINGS: "the engagement's name and dates, as columns key and value"}
    for name, meaning in (needed | {table.name: table.meaning for table in TABLES if table.required}).items():
        if name not in book.sheet_names:
            near = nearest(name, tuple(n for n in book.sheet_names if n not in SHEETS))
            message = f"is missing: {meaning}. Add a sheet of that name.{near}"
            findings.problem(f"{path.name} sheet {name}", 0, "", message)
    settings = grids.pop(SETTINGS, None)
    return (_settings(settings, findings) if settings else None), grids


def _checked(path: Path) -> tuple[BytesIO, Mapping[str, SheetXml]]:
    """The workbook packed anew, without compression, from the parts that were checked here and no others; and what was
    found in each sheet, by the sheet's name.

    So calamine cannot read another part than was checked, however it takes the workbook's word on where its sheets are.
    """
    with path.open("rb") as file:
        parts = unpacked(file, LARGEST_UNPACKED)
    links = {
        link["Id"]: link.get("Target", "") for link in elements(parts["xl/_rels/workbook.xml.rels"], "Relationship")
    }
    kept = {name: xml for name, xml in parts.items() if name.casefold() in FRAME}
    texts = [length for name, xml in kept.items() if name.casefold() == SHARED for length in shared_lengths(xml)]
    found: dict[str, SheetXml] = {}
    for sheet in elements(parts["xl/workbook.xml"], "sheet"):
        name = sheet.get("name", "")
        if name in found:
            raise ValueError("it has two sheets of one name")
        # in the namespace of relationships, which differs between strict and transitional workbooks
        target = next((links.get(value, "") for key, value in sheet.items() if key.endswith(":id")), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[name] = SheetXml()
        if name in SHEETS:
            found[name] = sheet_xml(parts[part], texts)
            kept[part] = parts[part]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as again:
        for part, xml in kept.items():
            again.writestr(part, xml)
    packed.seek(0)
    return packed, found


def _as_text(cells: Sequence[Sequence[object]], sheet: SheetXml) -> list[list[str]]:
    records = [[cell_text(cell) for cell in record] for record in cells]
    for row, column, error in sheet.errors:
        # calamine gives an error cell as a blank: a child's lost id or date must not pass for "not applicable"
        if row <= len(records) and column <= len(records[row - 1]):
            records[row - 1][column - 1] = error
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
            findings.problem(grid.label, number, "key", "is blank beside a value. Give the key.")
    return SettingsText(grid.label, given)
