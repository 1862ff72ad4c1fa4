"""People removed from the record: a child (`forget`), everybody of long ago (`purge`), and what is still out there."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from db.copies import automatic_backups
from db.engine import overwrite
from db.record import AuditRow, Record
from db.removal import Removed, Remover, removing
from handover.actions.keeping import automatic_backup
from handover.actions.plans import HEAD
from handover.actions.report import Report
from handover.british import count, number_day
from handover.errors import UsageError

Change = Callable[[Remover], Removed]

STILL = (
    "Still to be deleted by you: these were made while the people removed were in the record. Somebody has to look for "
    "copies of them too, printed, sent or restored from a backup of this machine."
)


WRITTEN_TO = {"backup": "file", "export": "to", "explain": "to", "import": "source"}
"""By the word of a line of the trail, the detail that says where a copy was written to, or read from."""


@dataclass(frozen=True)
class Copy:
    """What may hold the people who were removed, where, and whether it is there."""

    kind: str
    where: str
    there: bool


@dataclass(frozen=True)
class Asked:
    """How a removal was asked for: what asks a person whether it is meant, given what would go; and whether the
    automatic backups are to go as well."""

    sure: Callable[[str], bool]
    delete_backups: bool = False


def forget(record: Record, child_id: str, asked: Asked) -> Report:
    """Remove a child from every import and every plan, after an automatic backup. The report lists the copies.

    Raises `UsageError`: no such child, or not meant; `RecordUnavailable`. Nothing is removed then.
    """
    child_id = child_id.strip()
    return _remove(record, "forget", lambda remover: remover.forget(child_id), asked, f"child {child_id}")


def purge(record: Record, before: date, asked: Asked, today: Callable[[], date] = date.today) -> Report:
    """Remove everybody from the plans made before a day, and from the imports before it that no later plan is made
    from; after an automatic backup. Where there is nobody to remove the file is compacted all the same.

    Raises `UsageError`: not meant, or a day to come; `RecordUnavailable`. Nothing is removed then.
    """
    if before > _tomorrow(today()):
        raise UsageError(
            f"{number_day(before)} has not come yet. To remove all there is: --before {_tomorrow(today())}"
        )
    return _remove(
        record, "purge", lambda remover: remover.purge(before), asked, f"everybody of before {number_day(before)}"
    )


def _tomorrow(today: date) -> date:
    return date.fromordinal(today.toordinal() + 1)


class _TriedOut(Exception):
    """Takes a removal back that was only to be counted."""


def _counted(record: Record, change: Change) -> Removed:
    """What a removal would take."""
    found: list[Removed] = []
    with suppress(_TriedOut), removing(record) as (remover, _):
        found.append(change(remover))
        raise _TriedOut
    return found[0]


def _remove(record: Record, word: str, change: Change, asked: Asked, whom: str) -> Report:
    would = _counted(record, change)
    nobody = not (would.plans or would.versions)
    if not nobody and not asked.sure(f"Remove {whom}: {_said(would)}. There is no way back."):
        raise UsageError("Nothing was removed.")
    tell_backup = None if nobody else automatic_backup(record, word)
    with removing(record) as (remover, after):
        if tell_backup is not None:
            tell_backup(remover)
        removed = change(remover)
        deleted = automatic_backups(record.path) if asked.delete_backups else ()
        if deleted:
            remover.audit("delete backups", None, {"files": len(deleted)})
        head, trail = remover.trail_head(), remover.trail()
    for backup in deleted:
        overwrite(backup)
        backup.unlink(missing_ok=True)
    copies = _copies(record, deleted, trail)
    lines = [f"Nobody to remove: {whom}." if nobody else f"Removed {whom}: {_said(removed)}."]
    if not after.compacted:
        lines.append(
            "The file could not be compacted (is the disk full?): make room, then run handover purge once more."
        )
    if deleted:
        lines.append(f"{count(len(deleted), 'automatic backup', 'automatic backups')} deleted.")
    if removed.named_in_trail:
        named = ", ".join(map(str, removed.named_in_trail))
        lines.append(f"The trail names the child in a path that somebody typed (line {named}): it cannot be changed.")
    if copies:
        lines += [STILL, *(f"  {c.kind}: {c.where}{'' if c.there else ' (no longer there)'}" for c in copies)]
    figures = {
        "children": removed.children,
        "workers": removed.workers,
        "plans": removed.plans,
        "versions": removed.versions,
        "current": removed.current,
        "compacted": after.compacted,
        "deleted": [*map(str, deleted)],
        "still": copies,
        "named_in_trail": removed.named_in_trail,
        "trail_head": head,
    }
    return Report("\n".join((*lines, HEAD.format(head))), figures)


def _said(found: Removed) -> str:
    people = count(found.children, "child", "children")
    if found.workers:
        people += f" and {count(found.workers, 'worker', 'workers')}"
    imports = count(len(found.versions), "import", "imports")
    current = " (the present one among them)" if found.current else ""
    return f"{people}, out of {imports}{current} and {count(len(found.plans), 'plan', 'plans')}"


def _copies(record: Record, deleted: tuple[Path, ...], trail: tuple[AuditRow, ...]) -> tuple[Copy, ...]:
    """What may hold the people still: automatic backups, and what the trail tells of, each place once."""
    found = [Copy("automatic backup", str(b), there=True) for b in automatic_backups(record.path) if b not in deleted]
    for line in trail:
        where = line.details.get(WRITTEN_TO.get(line.what, ""), "")
        if Path(where).is_absolute() and not line.details.get("automatic"):
            found.append(Copy(line.what, where, Path(where).exists()))
    return tuple(dict.fromkeys(found))
