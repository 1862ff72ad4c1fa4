"""From a grid of cells to the rows of one table, collecting every problem on the way (contract §1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handover.errors import Problem
from handover.intake.tables import Column, Table
from handover.intake.values import LONGEST_CELL, LONGEST_ID, BadValue, nearest, one_line, quoted

GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
"""How the program's own files write a text that a spreadsheet would take for a formula (§5)."""


@dataclass
class Findings:
    """What is wrong (`problems`: nothing is read) and what is doubtful (`warnings`: a plan can live with it)."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def problem(self, label: str, row: int, column: str, message: str) -> None:
        """Adds what refuses the input."""
        self.problems.append(Problem(one_line(label), row, one_line(column)[:LONGEST_ID], one_line(message)))

    def warning(self, label: str, row: int, column: str, message: str) -> None:
        """Adds what somebody should look at."""
        self.warnings.append(Problem(one_line(label), row, one_line(column)[:LONGEST_ID], one_line(message)))


@dataclass(frozen=True)
class Grid:
    """Cells of one table as text, the record of spreadsheet row 1 first. `label` is how a message names the table."""

    label: str
    records: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Row:
    """One row: its spreadsheet number and the values that could be read, by column."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """The rows of one table. `ids`: every id a row may have given itself, refused rows too; None: nobody can say."""

    label: str
    rows: tuple[Row, ...] = ()
    ids: frozenset[str] | None = None

    def by(self, column: str) -> Mapping[str, Row]:
        """Rows by the value of a column, the first of each."""
        return {row.values[column]: row for row in reversed(self.rows) if column in row.values}


def clean(cell: str) -> str:
    """The cell's text, trimmed and without the guard that keeps spreadsheets from reading a formula."""
    text = cell.strip()
    return text[1:].strip() if text.startswith(GUARDED) else text


def read_rows(table: Table, grid: Grid, findings: Findings) -> Rows:
    """The rows of a table; problems and warnings go to `findings`, unread values are left out of their row."""
    records = iter(enumerate(grid.records, start=1))
    header = next(((number, cells) for number, cells in records if any(cell.strip() for cell in cells)), None)
    if header is None:
        least = ",".join(c.name for c in table.columns if c.required)
        findings.problem(grid.label, 0, "", f"is empty. Give it a header row with at least {least}.")
        return Rows(grid.label)
    names = [clean(cell) for cell in header[1]]
    if not set(names) & set(table.column_names):  # a child's row, as like as not: no word of it is said
        message = f"has no column of {table.name}. Put its header row first (`handover template` makes one)."
        findings.problem(grid.label, header[0], "", message)
        return Rows(grid.label)
    placed = _columns(table, names, grid.label, header[0], findings)
    rows = []
    ids: set[str] = set()
    for number, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            findings.problem(grid.label, number, "", _ragged(len(cells), len(names)))
            ids.update(map(clean, cells))  # one of them may be this row's id: what refers to it is not to be blamed
            continue
        row = Row(number, _values(placed, cells, grid.label, number, findings))
        rows.append(row)
        if table.key in row.values:
            ids.add(row.values[table.key])
    knows_ids = not table.key or any(column.name == table.key for column, _ in placed)
    return Rows(grid.label, tuple(rows), frozenset(ids) if knows_ids else None)


def _ragged(found: int, wanted: int) -> str:
    return (
        f"has {found} cell{'s' * (found != 1)} where the header has {wanted}. Put a text with a comma in it into "
        "double quotes, and leave no cell out."
    )


def _columns(
    table: Table, names: Sequence[str], label: str, header_row: int, findings: Findings
) -> tuple[tuple[Column, int | None], ...]:
    """The table's columns with their place in the header; None for one that is left out and need not be there."""
    known = table.column_names
    for name in dict.fromkeys(names):
        if name not in known:
            what = f"{quoted(name)} is not a column" if name else "a column without a name"
            message = f"{what} of {table.name} and is not read.{nearest(name, known)}"
            findings.warning(label, header_row, name, message)
        elif names.count(name) > 1:
            findings.problem(label, header_row, name, "is there more than once. Keep one column of that name.")
    placed: list[tuple[Column, int | None]] = []
    for column in table.columns:
        if column.name in names:
            placed.append((column, names.index(column.name)))
        elif column.required:
            near = nearest(column.name, tuple(n for n in names if n not in known))
            message = f"is missing. Add the column {column.name}: {column.meaning}.{near}"
            findings.problem(label, header_row, column.name, message)
        else:
            placed.append((column, None))
    return tuple(placed)


def _values(
    placed: Iterable[tuple[Column, int | None]], cells: Sequence[str], label: str, number: int, findings: Findings
) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for column, place in placed:
        text = clean(cells[place]) if place is not None else ""
        if len(text) > LONGEST_CELL:
            message = f"has {len(text)} characters, more than the {LONGEST_CELL} of a spreadsheet's cell. Shorten it."
            findings.problem(label, number, column.name, message)
        elif text:
            try:
                values[column.name] = column.kind.parse(text)
            except BadValue as bad:
                findings.problem(label, number, column.name, str(bad))
        elif column.required:
            findings.problem(label, number, column.name, f"is blank. Fill in {column.meaning}.")
        else:
            values[column.name] = column.kind.blank
    return values
