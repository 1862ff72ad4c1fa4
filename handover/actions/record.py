"""Making and opening the database of one engagement."""

from pathlib import Path

import platformdirs

from db.record import Record, Version, create
from db.record import open_record as open_file
from handover.actions.report import Report
from handover.errors import UsageError

__all__ = ["Record", "default_path", "latest", "make", "open_record", "warning"]

PLAIN = "Not encrypted: anybody who can read {path} can read these children's records. Keep it short-lived."


def default_path() -> Path:
    """The database that commands use unless told otherwise: a file in the user's data directory."""
    return platformdirs.user_data_path("handover", appauthor=False) / "engagement.db"


def make(path: Path | None, *, plain: bool) -> Report:
    """Make an empty database for one engagement (`init`).

    Raises `UsageError` unless `plain`, while databases cannot be encrypted; `RecordUnavailable` where a file is.
    """
    path = path or default_path()
    if not plain:
        raise UsageError(
            "Encrypted databases are not built yet. `handover init --plain` makes one that is not encrypted: use it "
            "on an encrypted disk, and delete it when the handover is over."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    create(path)
    text = f"Made {path}\nNext: handover import FOLDER (handover template --out FOLDER makes empty input files)"
    return Report(text, {"database": str(path)}, (PLAIN.format(path=path),))


def open_record(path: Path | None) -> Record:
    """Open the database. Raises `RecordUnavailable`: missing, locked, foreign or newer."""
    return open_file(path or default_path())


def warning(record: Record) -> str:
    """The line to be said first on a database that is not encrypted."""
    return PLAIN.format(path=record.path)


def latest(record: Record) -> Version:
    """The engagement imported last. Raises `UsageError` before the first import."""
    with record.reading() as store:
        version = store.latest()
    if version is None:
        raise UsageError("Nothing is imported yet. Import an engagement first: handover import FOLDER")
    return version
