"""The record: one database file for one engagement, made once, opened by each command, used in whole transactions."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db import attempts, keys
from db.engine import SCHEMA_VERSION, engine_for, examine, make_file, migrate, transaction
from db.store import AuditRow, PlanLine, Progress, Store, Version
from handover.errors import RecordUnavailable, WrongKey

__all__ = ["AuditRow", "PlanLine", "Progress", "Record", "Store", "Version", "create", "open_record"]

Unlock = Callable[[bytes], keys.Secret]
"""Gives the secret for an encrypted file, whose salt says of which kind it is."""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "unknown"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Record:
    """An open database. `who` and `now` say by whom and when a change is made (the system's user and clock)."""

    path: Path
    engine: Engine = field(repr=False)
    key: keys.Key | None = field(default=None, repr=False)
    who: Callable[[], str] = _user
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


def create(path: Path, new_secret: Callable[[], keys.Secret] | None = None) -> None:
    """Make a new, empty database that only this user may read; encrypted where `new_secret` gives a secret.

    Never overwrites: raises `RecordUnavailable`, and whatever `new_secret` raises.
    """
    make_file(path)
    try:
        key = None if new_secret is None else new_key(new_secret())
        record = Record(path, engine_for(path, key), key)
        with transaction(record.engine, path, write=True) as connection:
            migrate(connection)
            store = Store(connection, record.who, record.now)
            store.seal_all("init", {"encrypted": key is not None, "schema": SCHEMA_VERSION})
    except BaseException:
        path.unlink()
        raise


def new_key(secret: keys.Secret) -> keys.Key:
    """A key for a new file. Raises `UsageError` where a keyring was to keep it, and there is none."""
    key = keys.ready(secret, keys.new_salt(secret))
    if secret.kind == keys.KEYRING:
        keys.keep_in_keyring(secret, key.salt)
    return key


def _locked(_salt: bytes) -> keys.Secret:
    raise RecordUnavailable("The database is encrypted, and no key was given.")


def open_record(path: Path, unlock: Unlock = _locked) -> Record:
    """Open a database made by `create`, and bring one of an older version up to date, after an automatic backup.
    `unlock` is asked where it is encrypted.

    Raises `RecordUnavailable`: missing, foreign, damaged, locked, or of a newer version; `WrongKey`.
    """
    salt = keys.salt_of(path)
    key = None if salt is None else keys.ready(unlock(salt), salt)
    record = Record(path, engine_for(path, key), key)
    try:
        version = examine(record.engine, path, key)
    except WrongKey:
        attempts.note(path, record.who(), record.now())
        raise
    if version < SCHEMA_VERSION:
        from db.copies import automatic_backup  # noqa: PLC0415 (it opens records itself)

        automatic_backup(path, key, "migration")
        with transaction(record.engine, path, write=True) as connection:
            if migrate(connection):
                store = Store(connection, record.who, record.now)
                store.seal_all("migration", {"from": version, "schema": SCHEMA_VERSION})
    with suppress(RecordUnavailable):  # busy or not to be written to: another command will
        attempts.take_in(path, record.writing)
    return record
