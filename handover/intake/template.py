"""Empty input files, from the same columns and keys that the reader knows (contract §6, `template`)."""

from collections.abc import Iterator, Mapping
from datetime import date, time
from fractions import Fraction
from textwrap import wrap

from handover.intake.settings_file import KEYS, Key
from handover.intake.tables import TABLES

HEAD = """\
# One change of provider: its dates and rules. Only the first four keys are required; the rest show their defaults.
# Dates stand bare (2022-11-14), text in double quotes. Beside this file stand the tables, as CSV (UTF-8):
{tables}
# The same may stand in one .xlsx workbook, a sheet for each table, and these keys in a sheet named engagement with the
# columns key and value: keys with dots (workload.worker_band), a list separated by ; and none for an empty one.
"""


def template_files() -> Mapping[str, bytes]:
    """`engagement.toml` and a headed CSV file for every table, by name."""
    texts = {"engagement.toml": settings_text()}
    texts |= {f"{table.name}.csv": ",".join(table.column_names) + "\r\n" for table in TABLES}
    return {name: text.encode() for name, text in texts.items()}


def settings_text() -> str:
    """`engagement.toml` with every key, its default (an example for a required one) and a word of explanation."""
    lines = [HEAD.format(tables="\n".join(_tables()))]
    section = ""
    for key in KEYS:
        where, _, name = key.name.rpartition(".")
        if where != section:
            lines.append(f"\n[{where}]")
            section = where
        value = key.default if key.default is not None else key.example
        line = f"{name} = {toml_value(value, key)}"
        meaning = f"{key.meaning} (required)" if key.default is None else key.meaning
        lines.append(f"{line:<27} # {meaning}")
    return "\n".join(lines) + "\n"


def _tables() -> Iterator[str]:
    for table in TABLES:
        columns = ", ".join(column.name + "*" * column.required for column in table.columns)
        may = "" if table.required else " (optional)"
        text = f"{table.name}.csv{may}: {table.meaning}. Columns (* required): {columns}"
        yield "\n".join(wrap(text, 116, initial_indent="#   ", subsequent_indent="#     "))


def toml_value(value: object, key: Key) -> str:
    """A value of a key as `engagement.toml` writes it."""
    if key.many:
        items = value if isinstance(value, tuple) else ()
        return f"[{', '.join(map(_scalar, items))}]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, time):
        return f'"{value:%H:%M}"'
    if isinstance(value, Fraction):
        return str(value) if value.denominator == 1 else str(float(value))
    if isinstance(value, int | date):
        return str(value)
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
