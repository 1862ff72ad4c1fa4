"""Import: files to a new version of the engagement, all or nothing."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from db.record import Record, Store, Version
from handover.actions.report import Report
from handover.differences import Difference, differences, removed_children
from handover.engagement import Engagement
from handover.errors import InputRefused, Problem, RemovalUnconfirmed
from handover.intake import read

MANY = Fraction(2, 100)
"""The share of the children above which their removal has to be confirmed. §6."""
SHOWN = 20
"""Differences listed on a screen, a file."""


def import_engagement(record: Record, path: Path, *, dry_run: bool = False, yes: bool = False) -> Report:
    """Read an engagement folder or workbook and keep it as the current version; say what it changes. §6.

    Raises `InputRefused` (also for another engagement's name) and `RemovalUnconfirmed`; nothing is kept then, as with
    `dry_run`.
    """
    reading = read(path)
    after = reading.engagement
    with record.reading() if dry_run else record.writing() as store:
        before = store.latest()
        removals = _removals(store, before, after)
        if removals and not (yes or dry_run):
            raise RemovalUnconfirmed(removals)
        if not dry_run:
            store.add_engagement(after, str(path))
    found = differences(before.engagement, after) if before else ()
    warnings = tuple(str(warning) for warning in reading.warnings)
    text = _text(before, after, found, dry_run=dry_run)
    if removals and dry_run:
        text += "\n" + "\n".join(["These removals will need --yes:", *(f"  {p}" for p in removals)])
    return Report(text, _figures(before, after, found, warnings, dry_run=dry_run), warnings)


def _removals(store: Store, before: Version | None, after: Engagement) -> tuple[Problem, ...]:
    """The removals that must be confirmed: all when over 2% of the children go, else those of children in plans."""
    if before is None:
        return ()
    name, other = before.engagement.settings.name, after.settings.name
    if other != name:
        message = (
            f'this database is for "{name}", not "{other}". Give the name it has, or make another database '
            "(handover --db FILE init)"
        )
        raise InputRefused((Problem("engagement.toml", 0, "name", message),))
    gone = removed_children(before.engagement, after)
    planned = store.children_in_plans() & set(gone)
    many = len(gone) > MANY * len(before.engagement.children)
    return tuple(
        Problem("children.csv", 0, "child_id", f"{c} is gone" + (", and a stored plan holds it" * (c in planned)))
        for c in gone
        if many or c in planned
    )


def _text(before: Version | None, after: Engagement, found: Sequence[Difference], *, dry_run: bool) -> str:
    done = "Would import" if dry_run else "Imported"
    counts = f"{len(after.children)} children, {len(after.workers)} workers, {len(after.teams)} teams"
    if before is None:
        return f"{done} {after.settings.name}: {counts}"
    if not found:
        return f"Nothing changed: {counts}, as imported on {before.imported_at:%Y-%m-%d %H:%M} by {before.imported_by}"
    lines = [f"{done} {after.settings.name}: {counts}. What changed:"]
    for file, group in groupby(found, key=lambda d: d.file):
        listed = list(group)
        lines += [f"{file}: {len(listed)}", *(f"  {d}" for d in listed[:SHOWN])]
        if len(listed) > SHOWN:
            lines.append(f"  … and {len(listed) - SHOWN} more (--json lists all)")
    return "\n".join(lines)


def _figures(
    before: Version | None, after: Engagement, found: Sequence[Difference], warnings: Sequence[str], *, dry_run: bool
) -> dict[str, object]:
    return {
        "engagement": after.settings.name,
        "input_sha256": after.input_sha256,
        "kept": not dry_run,
        "first": before is None,
        "children": len(after.children),
        "workers": len(after.workers),
        "teams": len(after.teams),
        "differences": list(found),
        "warnings": list(warnings),
    }
