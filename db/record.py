"""The record: one database file for one engagement, made once, opened by each command, used in whole transactions."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db.engine import SCHEMA_VERSION, engine_for, examine, make_file, migrate, transaction
from db.store import AuditRow, PlanLine, Store, Version

__all__ = ["AuditRow", "PlanLine", "Record", "Store", "Version", "create", "open_record"]


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Record:
    """An open database. `who` and `now` say by whom and when a change is made (the system's user and clock)."""

    path: Path
    engine: Engine = field(repr=False)
    who: Callable[[], str] = getpass.getuser
    now: Callable[[], datetime] = _now

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """The record as it stands now; nothing can be written. Raises `RecordUnavailable`."""
        with transaction(self.engine, self.path, write=False) as connection:
            yield Store(connection, self.who, self.now)

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """One change: kept whole at the end, or, on any exception, not at all. Raises `RecordUnavailable`."""
        with transaction(self.engine, self.path, write=True) as connection:
            yield Store(connection, self.who, self.now)


def create(path: Path) -> None:
    """Make a new, empty database that only this user may read. Never overwrites: raises `RecordUnavailable`."""
    make_file(path)
    record = Record(path, engine_for(path))
    try:
        with transaction(record.engine, path, write=True) as connection:
            migrate(connection)
            store = Store(connection, record.who, record.now)
            store.audit("init", None, {"encrypted": False, "schema": SCHEMA_VERSION})
    except BaseException:
        path.unlink()
        raise


def open_record(path: Path) -> Record:
    """Open a database made by `create`, and bring one of an older version up to date.

    Raises `RecordUnavailable`: missing, foreign, damaged, locked, or of a newer version.
    """
    record = Record(path, engine_for(path))
    if examine(record.engine, path) < SCHEMA_VERSION:
        # a backup belongs here, before anything is changed
        with transaction(record.engine, path, write=True) as connection:
            migrate(connection)
    return record
