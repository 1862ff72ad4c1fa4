"""An engagement folder: `engagement.toml` and one CSV file per table, UTF-8 (contract §1)."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from handover.intake.rows import Findings, Grid
from handover.intake.settings_file import BY_NAME, Given, SettingsText
from handover.intake.tables import TABLES
from handover.intake.values import nearest

SETTINGS = "engagement.toml"
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. A county of 12,000 children comes to a few megabytes a file."""
LARGEST_SETTINGS = 64 * 1024
"""Bytes. A file of keys has two or three thousand; a hostile one makes its reader work with the square of its size."""
MOST_ROWS = 1_048_576
MOST_CELLS = 5_000_000
"""Of one table: as many rows as a spreadsheet has, and as many cells as are read of one (workbook.py)."""


def read_folder(folder: Path, findings: Findings) -> tuple[SettingsText | None, Mapping[str, Grid]]:
    """The folder's settings and tables as text; None and left out where a file is absent or cannot be read."""
    expected = tuple(f"{table.name}.csv" for table in TABLES)
    try:
        there = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        findings.problem(str(folder), 0, "", f"cannot be opened ({error.strerror}). Ask for the right to read it.")
        return None, {}
    for name in there:
        if name.lower().endswith(".csv") and name not in expected:
            findings.warning(name, 0, "", f"is not a file of an engagement and is not read.{nearest(name, expected)}")
    grids = {}
    for table, name in zip(TABLES, expected, strict=True):
        if name in there:
            grid = _grid(folder / name, findings)
            if grid is not None:
                grids[table.name] = grid
        elif table.required:
            near = nearest(name, tuple(n for n in there if n not in expected))
            findings.problem(name, 0, "", f"is missing: {table.meaning}. Put it into the folder.{near}")
    if SETTINGS in there:
        return _settings(folder / SETTINGS, findings), grids
    near = nearest(SETTINGS, tuple(n for n in there if n.endswith(".toml")))
    findings.problem(SETTINGS, 0, "", f"is missing: the name and the dates. `handover template` makes one.{near}")
    return None, grids


def _text(path: Path, findings: Findings, largest: int) -> str | None:
    if path.exists() and not path.is_file():  # a pipe or a device would never end
        findings.problem(path.name, 0, "", "is not a file. Put the file itself into the folder.")
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
    except OSError as error:
        findings.problem(path.name, 0, "", f"cannot be opened ({error.strerror}). Is it open elsewhere, or not yours?")
        return None
    if len(raw) > largest:
        size = f"{largest >> 20} MB" if largest >> 20 else f"{largest >> 10} KB"
        findings.problem(path.name, 0, "", f"is larger than {size}. Is it the right file?")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        message = f'is not UTF-8 (near line {row}). Save it as "CSV UTF-8" (Excel) or with UTF-8 encoding.'
        findings.problem(path.name, 0, "", message)
        return None


def _grid(path: Path, findings: Findings) -> Grid | None:
    text = _text(path, findings, LARGEST_FILE)
    if text is None:
        return None
    records: list[list[str]] = []
    cells = 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            cells += len(record)
            if len(records) >= MOST_ROWS or cells > MOST_CELLS:
                message = f"has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells. Is it the right file?"
                findings.problem(path.name, 0, "", message)
                return None
            records.append(record)
    except csv.Error as error:
        message = f"cannot be read from here on ({error}). Look for a double quote that is not closed or not doubled."
        findings.problem(path.name, len(records) + 1, "", message)
        return None
    return Grid(path.name, records)


def _settings(path: Path, findings: Findings) -> SettingsText | None:
    text = _text(path, findings, LARGEST_SETTINGS)
    if text is None:
        return None
    try:
        given = dict(_flat(tomllib.loads(text, parse_float=Decimal), ""))
    except (ValueError, ArithmeticError, RecursionError) as error:
        findings.problem(path.name, 0, "", f"is not TOML: {error}. Text stands in double quotes, dates stand bare.")
        return None
    return SettingsText(path.name, given)


def _flat(section: Mapping[str, object], before: str) -> Iterator[tuple[str, Given]]:
    for name, value in section.items():
        key = before + name
        if isinstance(value, dict) and key not in BY_NAME:
            yield from _flat(value, f"{key}.")
        elif isinstance(value, list | dict):
            yield key, Given(tuple(_scalar(item) for item in value))
        else:
            yield key, Given(_scalar(value))


def _scalar(value: object) -> str:
    """A TOML value as the text its cell would have, so that one set of parsers reads both."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value.isoformat(timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and -20 < value.adjusted() < 20 else str(value)
    return str(value).strip()
