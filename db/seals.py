"""What the record keeps, in digests that lines of the trail carry: a row changed behind the program's back shows.

What is sealed is an import, a plan, or what was said once (an approval, a check, a task done): all of its rows, each
value as SQLite holds it; and the guards that refuse a change. A line of the trail gives, under `seals`, the digest of
all that is new or otherwise since the line before, and null for what is gone. The first line to name something counts,
and after it those of removals (`REMOVALS`): what is kept later under the number of something deleted does not cover it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from sqlalchemy import Connection, Table

from db import tables

NAMES: Mapping[Table, str] = {
    tables.engagement_version: "import {}",
    tables.imported: "importing {}",
    tables.plan: "P{:04d}",
    tables.verification: "check {}",
    tables.approval: "approval {}",
    tables.progress: "done {}",
    tables.removal: "removal {}",
    tables.pseudonym_key: "pseudonym key {}",
}
"""What a row of each sealed table, with all rows it seals, is called."""
GUARDS = "what guards the record"
REMOVALS = ("forget", "purge")
"""Words of the trail for people removed: the one lawful change of what is stored."""

Seals = Mapping[str, str | None]


def seal(connection: Connection, head: Table, number: int) -> dict[str, str]:
    """The digest of one row and of all rows that it seals, by what it is called."""
    (key,) = head.primary_key.columns.keys()
    _, sealed = tables.SEALS.get(key, ("", ()))
    rows = [_rows(connection, table, key, number) for table in (head, *sealed)]
    return {NAMES[head].format(number): _digest(rows)}


def seals(connection: Connection) -> dict[str, str]:
    """The digests of all that the record keeps, and of what guards it."""
    found: dict[str, str] = {}
    for head in NAMES:
        (key,) = head.primary_key.columns.keys()
        for (number,) in connection.exec_driver_sql(f'SELECT "{key}" FROM "{head.name}" ORDER BY 1').all():  # noqa: S608 (our own names)
            found |= seal(connection, head, number)
    guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    return found | {GUARDS: _digest([list(row) for row in connection.exec_driver_sql(guards)])}


def changed(before: Seals, after: Seals) -> Seals:
    """What is new or otherwise, and null for what is gone."""
    return dict(after.items() - before.items()) | dict.fromkeys(before.keys() - after.keys())


def told(lines: Iterable[tuple[int, str, Seals]]) -> dict[str, tuple[int, str]]:
    """By what it is called: the line of the trail that counts for it, and the digest there; of what is not gone. Each
    line: its number, its word, its seals."""
    found: dict[str, tuple[int, str]] = {}
    for entry, what, named in lines:
        for name, digest in named.items():
            if what in REMOVALS:
                found.pop(name, None)
            if digest is not None:
                found.setdefault(name, (entry, digest))
    return found


def unlike(wanted: Mapping[str, tuple[int, str]], found: Mapping[str, str]) -> Iterator[str]:
    """What is not, or not any more, as the trail tells, in a sentence each."""
    for name, digest in found.items():
        if name not in wanted:
            yield f"no line tells of {name}, which is stored"
        elif digest != wanted[name][1]:
            yield f"{name} is not as it was stored (line {wanted[name][0]})"
    yield from (f"{name} is gone (line {entry})" for name, (entry, _) in wanted.items() if name not in found)


def _rows(connection: Connection, table: Table, key: str, number: int) -> list[list[object]]:
    columns, order = (", ".join(f'"{c.name}"' for c in cs) for cs in (table.columns, table.primary_key.columns))
    select = f'SELECT {columns} FROM "{table.name}" WHERE "{key}" = ? ORDER BY {order}'  # noqa: S608 (our own names)
    return [list(row) for row in connection.exec_driver_sql(select, (number,))]


def _digest(rows: object) -> str:
    return sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
