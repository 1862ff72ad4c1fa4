"""Making and opening the database of one engagement."""

from dataclasses import replace
from pathlib import Path

import platformdirs

from db.places import unsafe_place
from db.record import Record, Version, create
from db.record import open_record as open_file
from handover.actions.report import Report
from handover.actions.unlocking import Keys
from handover.errors import UsageError

__all__ = ["Keys", "Record", "default_path", "latest", "make", "open_record", "warnings"]

PLAIN = "Not encrypted: anybody who can read {path} can read these children's records. Keep it short-lived."

LOST = "Keep the key safe, and apart from the database: without it nobody can open the database or its backups."


def default_path() -> Path:
    """The database that commands use unless told otherwise: a file in the user's data directory."""
    return platformdirs.user_data_path("handover", appauthor=False) / "engagement.db"


def make(path: Path | None, keys: Keys, *, plain: bool, keyring: bool) -> Report:
    """Make an empty database for one engagement (`init`), encrypted unless `plain`.

    Raises `UsageError` where `plain` comes with a key, or a new key is no good; `RecordUnavailable` where a file is.
    """
    path = path or default_path()
    if plain and (keyring or keys.key_file is not None):
        raise UsageError("--plain means no encryption, and so no key. Choose one or the other.")
    create(path, None if plain else lambda: keys.new(keyring=keyring))
    text = f"Made {path}\nNext: handover import FOLDER (handover template --out FOLDER makes empty input files)"
    said = filter(None, (PLAIN.format(path=path) if plain else LOST, unsafe_place(path)))
    return Report(text, {"database": str(path), "encrypted": not plain}, tuple(said))


def open_record(path: Path | None, keys: Keys | None = None, as_name: str | None = None) -> Record:
    """Open the database; `as_name` is who works under a shared user's name.

    Raises `RecordUnavailable`: missing, locked, foreign or newer; `WrongKey`.
    """
    path = path or default_path()
    record = open_file(path) if keys is None else open_file(path, keys.unlock)
    if record.key is None and keys is not None and keys.key_file is not None:
        raise UsageError(f"{path} is not encrypted, so it has no key. Leave --key-file out.")
    return record if as_name is None else replace(record, who=lambda: f"{record.who()} as {as_name}")


def warnings(record: Record) -> tuple[str, ...]:
    """What is to be said first on every command: that the database is not encrypted, or in an unsafe place."""
    plain = "" if record.key else PLAIN.format(path=record.path)
    return tuple(filter(None, (plain, unsafe_place(record.path))))


def latest(record: Record) -> Version:
    """The engagement imported last. Raises `UsageError` before the first import."""
    with record.reading() as store:
        version = store.latest()
    if version is None:
        raise UsageError("Nothing is imported yet. Import an engagement first: handover import FOLDER")
    return version
