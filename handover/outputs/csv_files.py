"""Tables as CSV that opens safely in a spreadsheet: UTF-8 with BOM, CRLF, ISO dates, no formulas (contract §5)."""

import csv
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from handover.outputs.tables import Table, Value

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text cell for a formula. §5."""


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; intake takes the guard off again. §5."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell(value: Value) -> str:
    """One cell as text: dates ISO, date-times to the minute, numbers plain, text with a guard against formulas."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def csv_bytes(table: Table) -> bytes:
    """The table as a whole CSV file, header row first."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([cell(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")
