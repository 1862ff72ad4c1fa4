"""Copies of the record: backups, a restored one, one under a new key. Each is read back before it counts.

A copy is written beside its place under another name, compared table by table with what it was made from, checked by
SQLite and SQLCipher through a second opening, and only then given its name, in one step. A kill at any moment leaves
the old file or the new one.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlite

from db.engine import FULL, code, connect, engine_for, examine, make_file, unavailable, uri
from db.keys import SAID, Key, Secret
from db.record import AuditRow, Record, Unlock, new_key, open_record
from db.seals import REMOVALS
from handover.errors import CheckFailed, RecordUnavailable

KEPT = 5
"""How many automatic backups are kept; the oldest goes when the next has been made and checked."""

_NAME = re.compile(r"(\d{4,})-before-[a-z]+\.db")


def folder_of(path: Path) -> Path:
    """The folder beside a database that holds its automatic backups."""
    return path.with_name(f"{path.name}.backups")


def automatic_backups(path: Path) -> tuple[Path, ...]:
    """The automatic backups there are, the oldest first: by their numbers, whatever the clock said."""
    found = (entry for entry in folder_of(path).glob("*.db") if _NAME.fullmatch(entry.name))
    return tuple(sorted(found, key=_number))


def _number(backup: Path) -> int:
    return int(backup.name.split("-", 1)[0])


def backup(record: Record, target: Path) -> None:
    """A checked copy of the record, under its own key, as a new file. Never overwrites: raises `RecordUnavailable`,
    and `CheckFailed` where the copy is not what it was made from."""
    with _new(target) as temporary:
        copy(record.path, record.key, temporary, record.key)
    if (fault := _fault(Record(target, engine_for(target, record.key), record.key))) is not None:
        raise CheckFailed(f"The copy is made, but the trail in it does not hold, nor in the database: {fault}.")


def automatic_backup(path: Path, key: Key | None, before: str) -> Path:
    """A backup in the folder beside the database, made `before` a change (one word); the oldest beyond `KEPT` go.

    Raises `RecordUnavailable` where it cannot be made: then the change must not be made either.
    """
    kept = automatic_backups(path)
    number = _number(kept[-1]) + 1 if kept else 1
    target = folder_of(path) / f"{number:04}-before-{before}.db"
    with _new(target) as temporary:
        copy(path, key, temporary, key)
    for old in automatic_backups(path)[:-KEPT]:
        with suppress(OSError):
            old.unlink()
    return target


def restore(path: Path, source: Path, unlock: Unlock) -> tuple[Path | None, tuple[date, ...]]:
    """Put the record in `source` in the place of the one at `path`, of which an automatic backup is made first. The
    restored record keeps its own key.

    Gives the path of that backup, None where there was no record; and the days on which people were removed from the
    record in place, who are back with `source`.

    Raises `RecordUnavailable` for a source or a present database that cannot be opened, and `CheckFailed` for a source
    whose trail does not hold; nothing is changed then.
    """
    held = open_record(source, unlock)
    if (fault := _fault(held)) is not None:
        raise CheckFailed(f"{source} was not restored: its trail does not hold ({fault}).")
    before, head = None, None
    trail: tuple[AuditRow, ...] = ()
    if path.exists():
        try:
            present = open_record(path, unlock)
            with present.reading() as store:
                head, trail = store.trail_head(), store.trail()
            before = automatic_backup(path, present.key, "restore")
        except RecordUnavailable as refusal:
            raise RecordUnavailable(
                f"{refusal} To restore in its place all the same, move {path} away first."
            ) from None
        replace_with_copy(present, held, lambda new: _tell_restored(new, head))
    else:
        with _new(path) as temporary:
            copy(held.path, held.key, temporary, held.key)
            _tell_restored(Record(temporary, engine_for(temporary, held.key), held.key), head)
    with held.reading() as store:
        known = frozenset((row.entry, row.at) for row in store.trail())
    return before, tuple(r.at.date() for r in trail if r.what in REMOVALS and (r.entry, r.at) not in known)


def rekey(record: Record, secret: Secret) -> None:
    """Put the record under a new key; a plain one is encrypted by it. Backups made before keep the key they had."""
    key = new_key(secret)
    before = record.key is not None

    def tell(new: Record) -> None:
        with new.writing() as store:
            store.audit("rekey", None, {"encrypted_before": before, "kind": SAID[secret.kind]})

    replace_with_copy(record, record, tell, key)


def _tell_restored(record: Record, head: str | None) -> None:
    with record.writing() as store:
        store.audit("restore", None, {"head_restored": store.trail_head(), "head_replaced": head})


def replace_with_copy(present: Record, source: Record, then: Callable[[Record], None], key: Key | None = None) -> None:
    """Put a copy of `source` (of `present` itself, to change its key) in the place of `present`, after `then` has
    written into the copy. The copy has the key given, else its source's. Nobody can write meanwhile, and a command that
    waited to write finds that the file is another. Where `present` was opened by a link, what it leads to is replaced:
    else the records would lie there still, under the old key."""
    path, key = present.path.resolve(), key or source.key
    temporary = path.with_name(f".{path.name}.new")
    with held(present):
        _clear(temporary)
        make_file(temporary)
        try:
            copy(source.path, source.key, temporary, key)
            then(Record(temporary, engine_for(temporary, key), key, present.who, present.now))
            _put(temporary, path)
        except BaseException:
            _clear(temporary)
            raise


@contextmanager
def held(record: Record) -> Iterator[None]:
    """Keep every other command from writing."""
    try:
        with closing(connect(record.path, record.key)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
    except sqlite.Error as error:
        raise unavailable(record.path, error) from error


def refuse_present(target: Path) -> None:
    """Raise `RecordUnavailable` where there is something of that name: nothing is ever overwritten."""
    if os.path.lexists(target):
        raise RecordUnavailable(f"{target} exists already and was left as it is. Give another name.")


@contextmanager
def _new(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its name when it is done; `target` must not be there."""
    refuse_present(target)
    temporary = target.with_name(f".{target.name}.new")
    _clear(temporary)
    make_file(temporary)
    try:
        yield temporary
        _put(temporary, target)
    except BaseException:
        _clear(temporary)
        raise


def _clear(temporary: Path) -> None:
    """Take away what a killed command may have left."""
    for name in (temporary, temporary.with_name(f"{temporary.name}-journal")):
        name.unlink(missing_ok=True)


def _put(temporary: Path, target: Path) -> None:
    try:
        temporary.replace(target)
        if os.name == "posix":
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise RecordUnavailable(
            f"{target} could not be written: {error.strerror}. Close other programs that have it open, and try again."
        ) from None


def copy(source: Path, key: Key | None, target: Path, target_key: Key | None) -> None:
    """Copy a record into the empty file `target` and read it back. Raises `RecordUnavailable`, `CheckFailed`."""
    literal = target_key.literal if target_key else ""
    try:
        with closing(connect(source, key)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")  # rows go over table by table, each reference in the end
            connection.execute(f'ATTACH DATABASE ? AS copy KEY "{literal}"', (uri(target),))
            connection.execute("PRAGMA copy.synchronous = EXTRA")
            connection.execute("BEGIN")
            for pragma in ("application_id", "user_version"):
                (value,) = connection.execute(f"PRAGMA main.{pragma}").fetchone()
                connection.execute(f"PRAGMA copy.{pragma} = {value}")
            connection.execute("SELECT sqlcipher_export('copy')")
            _compare(connection)
            connection.execute("COMMIT")
        with closing(connect(target, target_key)) as connection:
            _sound(connection, target, encrypted=target_key is not None)
    except sqlite.Error as error:
        raise unavailable(target if code(error) == FULL else source, error) from error
    examine(engine_for(target, target_key), target, target_key)


def _compare(connection: sqlite.Connection) -> None:
    """Every table, index and trigger is in the copy, and every row, no more and no fewer."""
    schema = "SELECT type, name, tbl_name, sql FROM {}.sqlite_master"
    pairs = [(schema.format("main"), schema.format("copy"))]
    names = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    pairs += [(f'SELECT * FROM main."{name}"', f'SELECT * FROM copy."{name}"') for (name,) in names]  # noqa: S608 (our own names)
    for one, other in pairs:
        for less, more in ((one, other), (other, one)):
            if connection.execute(f"SELECT count(*) FROM ({less} EXCEPT {more})").fetchone() != (0,):  # noqa: S608 (as above)
                raise CheckFailed("The copy is not the same as the database, and was not kept. Check the disk.")


def _sound(connection: sqlite.Connection, path: Path, *, encrypted: bool) -> None:
    findings = [row for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)]
    findings += connection.execute("PRAGMA foreign_key_check").fetchall()
    if encrypted:
        findings += connection.execute("PRAGMA cipher_integrity_check").fetchall()
    if findings:
        raise CheckFailed(f"{path} is damaged. Check the disk, and use another backup.")


def _fault(record: Record) -> str | None:
    """What is wrong with a record as a file, or with its trail; None when it can be relied on."""
    try:
        with closing(connect(record.path, record.key)) as connection:
            _sound(connection, record.path, encrypted=record.key is not None)
    except sqlite.Error as error:
        raise unavailable(record.path, error) from error
    with record.reading() as store:
        return store.trail_fault()
