"""The door to the file: the only place that opens it, begins its transactions and reads its errors.

Journal: SQLite's rollback journal (`DELETE`), not WAL. WAL leaves two more files beside the database, with children's
records in them, and cannot be used on a network drive; one manager at a time gains nothing from its concurrency.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, exc
from sqlcipher3 import dbapi2 as sqlite

from db.keys import SAID, Key, kind_of
from handover.errors import RecordUnavailable, WrongKey

APPLICATION_ID = 0x68647672  # "hdvr" in ASCII
SCHEMA_VERSION = 5  # the `user_version` that the newest migration leaves
BUSY_SECONDS = 4.0
BLOCK = 65_536

PRAGMAS = (
    "foreign_keys = ON",
    "recursive_triggers = ON",  # insert-or-replace meets the triggers that forbid a delete
    "secure_delete = ON",  # freed pages are overwritten
    "synchronous = EXTRA",  # a commit survives a power cut
    "temp_store = MEMORY",  # no temporary file with records in it
    "cell_size_check = ON",  # damage is noticed when a page is read
)

# SQLite's own numbers; the driver does not name them all
_BUSY = (5, 6)
_DAMAGED = (11, 26)
FULL, _READ_ONLY, _CANNOT_OPEN, _NOT_A_DATABASE = 13, 8, (14, 3), 26


def uri(path: Path) -> str:
    """A file that must be there, as SQLite names it."""
    posix = path.absolute().as_posix()
    return f"file://{quote(posix if posix.startswith('/') else '/' + posix, safe='/:')}?mode=rw"


class _Connection(sqlite.Connection):  # type: ignore[misc] # the driver has no types
    """A connection that knows which file it was opened on."""

    inode = -1


def connect(path: Path, key: Key | None = None) -> sqlite.Connection:
    """Open the file as it is; never make one. With a key, everything in it and in its journal is encrypted."""
    inode = _inode(path)
    connection = sqlite.connect(uri(path), uri=True, timeout=BUSY_SECONDS, isolation_level=None, factory=_Connection)
    connection.inode = inode
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # else it tells stderr of a wrong key in its own words
        if key is not None:
            connection.execute(f'PRAGMA key = "{key.literal}"')
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite.Error:
        connection.close()
        raise
    return connection


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return -1


def engine_for(path: Path, key: Key | None = None) -> Engine:
    """An engine on the file: one connection per transaction, begun by us and not when the driver thinks fit."""
    engine = create_engine(
        "sqlite://", module=sqlite, creator=lambda: connect(path, key), poolclass=NullPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            if getattr(connection.connection.dbapi_connection, "inode", None) != _inode(path):
                # while this one waited, another put a new file in its place
                raise RecordUnavailable(f"{path} was replaced by another handover command meanwhile. Try again.")
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
        raise unavailable(path, error.orig) from error


class Erasing:
    """What became of the file once a deletion was kept: `compacted` where it was also written anew without gaps."""

    compacted = False


@contextmanager
def erasing(engine: Engine, path: Path) -> Iterator[tuple[Connection, Erasing]]:
    """As `transaction` for writing, and nothing that it deletes can be read from the file or its journal afterwards.

    Freed pages are overwritten (`secure_delete`); the file is then rewritten, since a page may keep the remains of rows
    that were moved; the journal, which holds the pages as they were, is overwritten before it is deleted. Nobody else
    can use the file until that is done.
    """
    after, kept = Erasing(), False
    try:
        with engine.connect().execution_options(write=True) as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            cursor = raw.cursor()
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = PERSIST"):
                cursor.execute(f"PRAGMA {pragma}").fetchall()
            file = path.resolve()  # SQLite keeps the journal beside the file, not beside a link to it
            mine, journal = False, file.with_name(f"{file.name}-journal")
            try:
                with connection.begin():
                    mine = True
                    yield connection, after
                kept = True
                overwrite(journal)
                with suppress(sqlite.Error):  # a full disk: what was freed is overwritten all the same
                    cursor.execute("VACUUM")
                    after.compacted = True
            finally:
                if mine:  # else it may be what another command needs to go back
                    with suppress(*() if kept else (OSError,)):  # taken back: all of it is in the file still
                        overwrite(journal)
                    with suppress(sqlite.Error):
                        cursor.execute("PRAGMA journal_mode = DELETE")
    except OSError as error:
        if not kept:
            raise
        raise RecordUnavailable(
            f"They are removed, but the disk did not take what overwrites their remains in {path}-journal "
            f"({error.strerror}). Make room, then run `handover purge` again."
        ) from error
    except sqlite.Error as error:
        raise unavailable(path, error) from error
    except exc.IntegrityError:
        raise
    except exc.DBAPIError as error:
        raise unavailable(path, error.orig) from error


def overwrite(path: Path) -> None:
    """Put zeros in the place of a file's bytes. A disk that spreads its wear may keep the old ones elsewhere: against
    that only encryption helps."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        for _ in range(0, path.stat().st_size, BLOCK):
            file.write(bytes(BLOCK))
        file.flush()
        os.fsync(file.fileno())


def code(error: BaseException | None) -> int:
    """SQLite's number for what went wrong."""
    return int(getattr(error, "sqlite_errorcode", 1)) & 0xFF


def unavailable(path: Path, error: BaseException | None) -> RecordUnavailable:
    """What SQLite's error means to whoever runs the command."""
    number = code(error)
    if number in _BUSY:
        why = "is in use by another handover command. Wait until that has finished, then try again."
    elif number in _DAMAGED:
        why = "is damaged, or is not a handover database. Give another --db, or restore a backup."
    elif number == FULL:
        why = "could not be written: the disk is full. Nothing was changed; make room and try again."
    elif number == _READ_ONLY:
        why = "may only be read. Nothing was changed; ask for the right to write to it and its folder."
    elif number in _CANNOT_OPEN:
        why = "could not be opened. Check that you may read and write it and its folder."
    else:
        name = getattr(error, "sqlite_errorname", "unknown error")
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


def examine(engine: Engine, path: Path, key: Key | None = None) -> int:
    """The version of the tables in a file that is ours.

    Raises `RecordUnavailable` for a file that is missing, foreign, damaged, locked, or of a newer version, and
    `WrongKey` where the key does not open it.
    """
    try:
        if not path.exists():
            raise RecordUnavailable(f"There is no handover database at {path}. Make one with `handover init`.")
        if not path.is_file():
            raise RecordUnavailable(f"{path} is not a file. Give a handover database as --db.")
        path.open("rb").close()
    except OSError as error:
        raise RecordUnavailable(f"{path} could not be opened: {error.strerror}.") from None
    try:
        with transaction(engine, path, write=False) as connection:
            owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
            empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
    except RecordUnavailable as refusal:
        cause = refusal.__cause__
        if key is None or not isinstance(cause, exc.DBAPIError) or code(cause.orig) != _NOT_A_DATABASE:
            raise
        raise WrongKey(
            f"This {SAID[kind_of(key.salt)]} does not open {path}: try again, or, if it is surely the right one, the "
            "file is damaged, and a backup has to be restored."
        ) from None
    if owner == 0 and empty:  # also what a killed `init` leaves
        raise RecordUnavailable(
            f"{path} is empty: no database was ever finished in it. Delete it, then run `handover init`."
        )
    if owner != APPLICATION_ID:
        raise RecordUnavailable(f"{path} belongs to another program. Give a handover database as --db.")
    if version > SCHEMA_VERSION:
        raise RecordUnavailable(f"{path} was made by a newer version of handover. Update handover to use it.")
    return version


def migrate(connection: Connection) -> bool:
    """Bring the tables up to date, inside the transaction at hand; False where another process has done it."""
    if connection.exec_driver_sql("PRAGMA user_version").scalar_one() == SCHEMA_VERSION:
        return False
    # slow to import, and needed only here
    from alembic.command import upgrade  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "db:migrations")
    config.attributes["connection"] = connection
    upgrade(config, "head")
    return True
