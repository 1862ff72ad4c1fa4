"""Making and opening the database of one engagement."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import platformdirs

from db.places import unsafe_place
from db.record import Record, Version, create
from db.record import open_record as open_file
from handover.actions.report import Report
from handover.actions.unlocking import Keys
from handover.british import number_day
from handover.errors import UsageError
from handover.workdays import DAY, months_back

__all__ = ["Keys", "Record", "default_path", "latest", "make", "open_record", "warnings"]

PLAIN = "Not encrypted: anybody who can read {path} can read these children's records. Keep it short-lived."

LOST = "Keep the key safe, and apart from the database: without it nobody can open the database or its backups."


TOO_LONG = (
    "Kept too long: these people's records were to be removed after {last} (retention_months). Remove them: handover "
    "purge --before {tomorrow}"
)


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


def warnings(record: Record, today: Callable[[], date] = date.today) -> tuple[str, ...]:
    """What is to be said first on every command: that the database is not encrypted, in an unsafe place, or holds
    people for longer than was decided."""
    plain = "" if record.key else PLAIN.format(path=record.path)
    return tuple(filter(None, (plain, unsafe_place(record.path), _kept_too_long(record, today()))))


def _kept_too_long(record: Record, today: date) -> str:
    """The reminder that the `retention` of the settings has run out; blank before, and once nobody is left."""
    with record.reading() as store:
        settings = store.settings() if store.children_and_families() else None
    if settings is None or not settings.retention_months:
        return ""
    last = months_back(settings.contract_end, -settings.retention_months)
    return TOO_LONG.format(last=number_day(last), tomorrow=today + DAY) if today > last else ""


def latest(record: Record) -> Version:
    """The engagement imported last. Raises `UsageError` before the first import, and after a purge of it."""
    with record.reading() as store:
        version = store.latest()
    if version is None:
        raise UsageError("Nothing is imported yet. Import an engagement first: handover import FOLDER")
    if not version.engagement.workers:
        raise UsageError("Everybody imported was purged. Import an engagement again: handover import FOLDER")
    return version
