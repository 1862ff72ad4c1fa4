"""Backups, a restored database, a new key."""

from collections.abc import Callable
from pathlib import Path

from db.copies import KEPT, folder_of, refuse_present
from db.copies import automatic_backup as make_automatic_backup
from db.copies import backup as make_backup
from db.copies import rekey as change_key
from db.copies import restore as put_back
from db.keys import is_encrypted
from db.record import Record, Store
from handover.actions.record import LOST, PLAIN, default_path
from handover.actions.report import Report
from handover.actions.unlocking import Keys
from handover.british import number_day
from handover.errors import HandoverError, RecordUnavailable


def backup(record: Record, target: Path) -> Report:
    """Make a checked copy of the database, under the same key. Raises `RecordUnavailable`, `CheckFailed`.

    The trail tells of it before there is a copy, so that no copy is ever out without a line.
    """
    refuse_present(target)
    details = {"file": str(target.absolute())}
    with record.writing() as store:
        store.audit("backup", None, details)
        head = store.trail_head()
    try:
        make_backup(record, target)
    except HandoverError:
        if not target.exists():  # else there is one: of a record whose trail does not hold
            with record.writing() as store:
                store.audit("backup failed", None, details)
        raise
    text = f"Copied to {target}, read back and checked. It opens with the same key.\nTrail: {head}"
    return Report(text, {"file": str(target), "trail_head": head})


def automatic_backup(record: Record, before: str) -> Callable[[Store], None]:
    """Make the backup before a change (one word), and give what tells it in the trail, in the change's own transaction.
    Raises `RecordUnavailable`: no change is made then."""
    made = make_automatic_backup(record.path, record.key, before)
    return lambda store: store.audit("backup", None, {"automatic": True, "file": str(made.absolute())})


def said_first(path: Path | None, source: Path) -> tuple[str, ...]:
    """What is to be said before a restoring, whatever becomes of it: which of the two files is not encrypted."""
    return tuple(PLAIN.format(path=file) for file in (path or default_path(), source) if _is_plain(file))


def _is_plain(path: Path) -> bool:
    try:
        return path.is_file() and not is_encrypted(path)
    except (OSError, RecordUnavailable):  # the restoring says what is wrong with it
        return False


def restore(path: Path | None, source: Path, keys: Keys) -> Report:
    """Put a backup in the place of the database, of which an automatic backup is made first."""
    path = path or default_path()
    was_plain = _is_plain(path)
    kept, undone = put_back(path, source, keys.remembering())
    text = f"Restored {path} from {source}, checked."
    if kept is not None:
        text += f" What was there before is in {kept}."
    figures = {"database": str(path), "replaced": None if kept is None else str(kept), "removals_undone": undone}
    days = ", ".join(map(number_day, undone))
    back = f"It is from before people were removed ({days}): they are back. Remove them again."
    now_plain = _is_plain(path) and not was_plain
    said = (PLAIN.format(path=path) if now_plain else "", back if undone else "")
    return Report(text, figures, tuple(filter(None, said)))


def rekey(record: Record, keys: Keys, *, keyring: bool) -> Report:
    """Put the database under a new key; a plain one is encrypted by it."""
    change_key(record, keys.new(keyring=keyring))
    text = f"{record.path} opens with the new key only."
    had = "keep the key they had" if record.key else "are not encrypted"
    old = f"Backups made before {had}: up to {KEPT} are in {folder_of(record.path)}. Delete those you will not need."
    return Report(text, {"database": str(record.path), "encrypted": True}, (LOST, old))
