"""Import: files to a new version of the engagement, all or nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from db.record import Progress, Record, Store, Version
from handover.actions.report import Report
from handover.differences import Difference, differences, removed_children
from handover.engagement import Engagement
from handover.errors import InputRefused, Problem, RemovalUnconfirmed
from handover.intake import read
from handover.mobilisation import with_done

MANY = Fraction(2, 100)
"""The share of the children above which their removal has to be confirmed. §6."""
SHOWN = 20
"""Differences listed on a screen, a file."""


def import_engagement(
    record: Record,
    path: Path,
    *,
    dry_run: bool = False,
    yes: bool = False,
    today: Callable[[], date] = date.today,
) -> Report:
    """Read an engagement folder or workbook and keep it as the current version; say what it changes. §6.

    Raises `InputRefused` (also for another engagement's name) and `RemovalUnconfirmed`; nothing is kept then, as with
    `dry_run`.
    """
    reading = read(path)
    with record.reading() if dry_run else record.writing() as store:
        before = store.latest()
        progress = store.progress()
        after = with_done(reading.engagement, {p.task_id: p.done_on for p in progress.values() if p.done_on})
        removals = _removals(store, before, after)
        if removals and not (yes or dry_run):
            raise RemovalUnconfirmed(removals)
        if not dry_run:
            store.add_engagement(after, str(path.absolute()))
            if overridden := _overridden(before.engagement if before else None, after):
                store.audit("override", after.input_sha256, overridden)
    found = differences(before.engagement, after) if before else ()
    told = (*reading.warnings, *_to_come(after, today()), *_recorded(reading.engagement, after, progress))
    warnings = tuple(map(str, told))
    text = _text(before, after, found, dry_run=dry_run)
    if removals and dry_run:
        text += "\n" + "\n".join(["These removals will need --yes:", *(f"  {p}" for p in removals)])
    return Report(text, _figures(before, after, found, warnings, dry_run=dry_run), warnings)


def _to_come(made: Engagement, today: date) -> Iterator[Problem]:
    """Tasks said to be done on a day that has not come."""
    for task in made.tasks:
        if task.done_on is not None and task.done_on > today:
            message = (
                f"{task.task_id} is done only on {task.done_on}, which has not come: plans go by that day all the "
                "same. Leave done_on blank until then."
            )
            yield Problem("tasks.csv", 0, "done_on", message)


def _recorded(read_in: Engagement, after: Engagement, progress: Mapping[str, Progress]) -> Iterator[Problem]:
    """What was recorded with `done` and the file does not say yet."""
    for task, kept in zip(read_in.tasks, after.tasks, strict=True):
        if task.done_on != kept.done_on:
            said = progress[task.task_id]
            message = (
                f"{task.task_id} is taken as done on {kept.done_on}, as {said.who} recorded on {said.at:%Y-%m-%d}. "
                f"Fill it in, or take it back with: handover done {task.task_id} --undo"
            )
            yield Problem("tasks.csv", 0, "done_on", message)


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


def _overridden(before: Engagement | None, after: Engagement) -> dict[str, int]:
    """How many of the rules that take a decision out of the planner's hands came or went with an import."""
    counts = {}
    for kind in ("always", "never"):
        had, has = (
            {(r.child_id, r.worker_id): r.reason for r in (e.rules if e else ()) if r.rule == kind}
            for e in (before, after)
        )
        added = has.keys() - had.keys()
        counts[f"{kind}_added"], counts[f"{kind}_removed"] = len(added), len(had.keys() - has.keys())
        counts[f"{kind}_added_without_reason"] = sum(not has[pair] for pair in added)
    return counts if any(counts.values()) else {}


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
