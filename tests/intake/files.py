"""Writes an engagement as the files that should read back to it, and breaks good files on purpose."""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter

from handover.engagement import Engagement
from handover.errors import InputRefused, Problem
from handover.intake import read
from handover.settings import Settings

DATA = Path(__file__).parent.parent / "data"
SMALL = DATA / "small"
TABLES = ("teams", "workers", "children", "history", "events", "absences", "rules", "tasks")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def small_with(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of the small engagement with texts replaced: (file, old, new); old "" appends, a whole file is `*`."""
    shutil.copytree(SMALL, folder)
    for name, old, new in edits:
        path = folder / name
        text = path.read_bytes().decode() if path.exists() else ""
        assert old in text or old == "*", f"{name} has no {old!r} to break"
        text = new if old == "*" else text.replace(old, new, 1) if old else text + new
        path.write_bytes(text.encode())
    return folder


def problems_of(path: Path) -> tuple[Problem, ...]:
    """What a path is refused for; () when it is read."""
    try:
        read(path)
    except InputRefused as refused:
        return refused.problems
    return ()


def settings_keys(settings: Settings) -> dict[str, Any]:
    """Settings by dotted key."""
    keys: dict[str, Any] = {
        name: getattr(settings, name)
        for name in ("name", "window_start", "go_live", "contract_end", "people_expected", "retention_months")
    }
    keys["calendar.closed"] = settings.closed
    for section in ("hours", "workload", "history", "handover"):
        part = getattr(settings, section)
        keys |= {f"{section}.{f.name.rstrip('_')}": getattr(part, f.name) for f in fields(part)}
    keys["hours.break"] = settings.hours.break_ or ()
    keys |= {f"workload.points.{plan}": points for plan, points in keys.pop("workload.points").items()}
    need = settings.requirements
    keys["requirements.social_worker.years_qualified"] = need.social_worker_years_qualified
    keys["requirements.team_manager.years_qualified"] = need.team_manager_years_qualified
    keys["requirements.team_manager.years_managing"] = need.team_manager_years_managing
    return keys


def decimal(value: Fraction) -> str:
    """A fraction with a finite decimal, in full."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, Fraction):
        return decimal(value)
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def cell(value: Any, write_date: Callable[[date], str] = date.isoformat) -> str:
    """A value as the text of a CSV cell, guarded as the program's own outputs are (§5)."""
    if isinstance(value, datetime | time):
        text = f"{value:%H:%M}" if isinstance(value, time) else f"{value:%Y-%m-%dT%H:%M}"
    elif isinstance(value, date):
        text = write_date(value)
    elif isinstance(value, Fraction):
        text = decimal(value)
    else:
        text = ";".join(value) if isinstance(value, tuple) else str("" if value is None else value)
    return f"'{text}" if text.startswith(FORMULA) else text


def records(engagement: Engagement, table: str) -> list[list[Any]]:
    """Header and rows of a table, values as they are; absences of whole days as dates, both included."""
    rows = getattr(engagement, table)
    known = {"teams": "team_id name manager_id", "absences": "worker_id start end reason"}
    names = [f.name for f in fields(rows[0])] if rows else known.get(table, "").split()
    found: list[list[Any]] = [names] if names else []
    for row in rows:
        values = {name: getattr(row, name) for name in names}
        if table == "absences" and not (row.start.time() > time.min or row.end.time() > time.min):
            values |= {"start": row.start.date(), "end": row.end.date() - timedelta(days=1)}
        found.append(list(values.values()))
    return found


def write_folder(
    engagement: Engagement, folder: Path, write_date: Callable[[date], str] = date.isoformat, bom: bool = False
) -> Path:
    """The engagement as a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = "\ufeff" if bom else ""
    lines = [f"{key} = {toml(value)}\n" for key, value in settings_keys(engagement.settings).items()]
    (folder / "engagement.toml").write_text(mark + "".join(lines), encoding="utf-8")
    for table in TABLES:
        rows = [[cell(value, write_date) for value in row] for row in records(engagement, table)]
        if rows:
            write_csv(folder / f"{table}.csv", rows, mark)
    return folder


def write_csv(path: Path, rows: Iterable[Iterable[str]], mark: str = "") -> None:
    """Rows as RFC 4180."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        csv.writer(file).writerows(rows)


def write_workbook(path: Path, sheets: Mapping[str, Iterable[Iterable[Any]]]) -> Path:
    """Sheets of cells as a workbook: dates, times and numbers as a spreadsheet has them."""
    with xlsxwriter.Workbook(path) as book:
        shapes = {
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            time: book.add_format({"num_format": "hh:mm"}),
        }
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if isinstance(value, date | time):
                        sheet.write_datetime(y, x, value, shapes[type(value)])
                    elif isinstance(value, int | float) and not isinstance(value, bool):
                        sheet.write_number(y, x, value)
                    elif isinstance(value, Fraction):
                        sheet.write_number(y, x, float(value))
                    else:
                        sheet.write(y, x, value if isinstance(value, bool) else cell(value))
    return path


def workbook_sheets(engagement: Engagement) -> dict[str, list[list[Any]]]:
    """The engagement as sheets of a workbook."""

    def value(found: Any) -> Any:
        return "; ".join(map(cell, found)) or "none" if isinstance(found, tuple) else found

    keys = [[key, value(found)] for key, found in settings_keys(engagement.settings).items()]
    tables = {table: records(engagement, table) for table in TABLES}
    return {"engagement": [["key", "value"], *keys]} | {table: rows for table, rows in tables.items() if rows}
