"""The door to the file: the only place that opens it, begins its transactions and reads its errors.

Journal: SQLite's rollback journal (`DELETE`), not WAL. WAL leaves two more files beside the database, with children's
records in them, and cannot be used on a network drive; one manager at a time gains nothing from its concurrency.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, exc

from handover.errors import RecordUnavailable

APPLICATION_ID = 0x68647672  # "hdvr" in ASCII
SCHEMA_VERSION = 1  # the `user_version` that the newest migration leaves
BUSY_SECONDS = 4.0

PRAGMAS = (
    "foreign_keys = ON",
    "recursive_triggers = ON",  # insert-or-replace meets the triggers that forbid a delete
    "secure_delete = ON",  # freed pages are overwritten
    "synchronous = EXTRA",  # a commit survives a power cut
    "temp_store = MEMORY",  # no temporary file with records in it
    "cell_size_check = ON",  # damage is noticed when a page is read
)

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file as it is; never make one. (An encrypted record will be unlocked here.)"""
    posix = path.absolute().as_posix()
    uri = f"file://{quote(posix if posix.startswith('/') else '/' + posix, safe='/:')}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def engine_for(path: Path) -> Engine:
    """An engine on the file: one connection per transaction, begun by us and not when the driver thinks fit."""
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def transaction(engine: Engine, path: Path, *, write: bool) -> Iterator[Connection]:
    """One transaction: kept whole at the end, or not at all on any exception.

    Raises `RecordUnavailable` where the file cannot be used (locked, full disk, damaged, read-only).
    """
    try:
        with engine.connect().execution_options(write=write) as connection, connection.begin():
            yield connection
    except exc.IntegrityError:
        raise
    except exc.DBAPIError as error:
        raise _unavailable(path, error) from error


def _unavailable(path: Path, error: exc.DBAPIError) -> RecordUnavailable:
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        why = "is in use by another handover command. Wait until that has finished, then try again."
    elif code in _DAMAGED:
        why = "is damaged, or is not a handover database. Give another --db, or restore a backup."
    elif code == sqlite3.SQLITE_FULL:
        why = "could not be written: the disk is full. Nothing was changed; make room and try again."
    elif code == sqlite3.SQLITE_READONLY:
        why = "may only be read. Nothing was changed; ask for the right to write to it and its folder."
    elif code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        why = "could not be opened. Check that you may read and write it and its folder."
    else:
        name = getattr(error.orig, "sqlite_errorname", "unknown error")
        why = f"could not be used ({name}). Nothing was changed; check the disk, or restore a backup."
    return RecordUnavailable(f"{path} {why}")


def make_file(path: Path) -> None:
    """An empty file for this user alone (0600), in a folder for this user alone (0700) where there is none yet.

    Never touches what is there already: raises `RecordUnavailable`.
    """
    try:
        for folder in reversed([parent for parent in path.absolute().parents if not parent.exists()]):
            folder.mkdir(mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise RecordUnavailable(
            f"{path} exists already and was left as it is. Give another --db, or move it away first."
        ) from None
    except OSError as error:
        raise RecordUnavailable(f"{path} could not be made: {error.strerror}. Give another --db.") from None


def examine(engine: Engine, path: Path) -> int:
    """The version of the tables in a file that is ours.

    Raises `RecordUnavailable` for a file that is missing, foreign, damaged, locked, or of a newer version.
    """
    try:
        if not path.exists():
            raise RecordUnavailable(f"There is no handover database at {path}. Make one with `handover init`.")
        if not path.is_file():
            raise RecordUnavailable(f"{path} is not a file. Give a handover database as --db.")
        path.open("rb").close()
    except OSError as error:
        raise RecordUnavailable(f"{path} could not be opened: {error.strerror}.") from None
    with transaction(engine, path, write=False) as connection:
        owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
    if owner == 0 and empty:  # also what a killed `init` leaves
        raise RecordUnavailable(
            f"{path} is empty: no database was ever finished in it. Delete it, then run `handover init`."
        )
    if owner != APPLICATION_ID:
        raise RecordUnavailable(f"{path} belongs to another program. Give a handover database as --db.")
    if version > SCHEMA_VERSION:
        raise RecordUnavailable(f"{path} was made by a newer version of handover. Update handover to use it.")
    return version


def migrate(connection: Connection) -> None:
    """Bring the tables up to date, inside the transaction at hand; a second process finds it done."""
    # slow to import, and needed only here
    from alembic.command import upgrade  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "db:migrations")
    config.attributes["connection"] = connection
    upgrade(config, "head")
