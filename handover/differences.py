"""What a new import changes against the version before it: a list a manager can read through (contract §6, import)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Task, Team, Worker

FILES = (
    "children.csv",
    "workers.csv",
    "teams.csv",
    "engagement.toml",
    "bank holidays",
    "rules.csv",
    "absences.csv",
    "events.csv",
    "history.csv",
    "tasks.csv",
)
"""In the order in which a manager will want to read of them."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `kind` is added, removed or changed; `subject` an id, or a key of engagement.toml."""

    file: str
    subject: str
    kind: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}{': ' if self.what else ''}{self.what}"


def differences(before: Engagement, after: Engagement) -> tuple[Difference, ...]:
    """All that differs between two versions of an engagement, by file and subject; empty for the same content."""
    found = [
        *_settings(before, after),
        *_by_id("teams.csv", _keyed(before.teams, "team_id"), _keyed(after.teams, "team_id")),
        *_by_id("workers.csv", _keyed(before.workers, "worker_id"), _keyed(after.workers, "worker_id")),
        *_by_id("children.csv", _keyed(before.children, "child_id"), _keyed(after.children, "child_id")),
        *_by_row("history.csv", before.history, after.history),
        *_by_row("events.csv", before.events, after.events),
        *_by_row("absences.csv", before.absences, after.absences),
        *_by_row("rules.csv", before.rules, after.rules),
        *_by_id("tasks.csv", _keyed(before.tasks, "task_id"), _keyed(after.tasks, "task_id")),
    ]
    if not found and before.input_sha256 != after.input_sha256:
        found = [_reordered(before, after)]
    return tuple(sorted(found, key=lambda d: (FILES.index(d.file), d.subject, d.kind, d.what)))


def removed_children(before: Engagement, after: Engagement) -> tuple[str, ...]:
    """Ids of the children that are in the version before and not in the one after, in order."""
    return tuple(child_id for child_id in before.child if child_id not in after.child)


def _keyed(rows: Iterable[Any], key: str) -> dict[str, Any]:
    return {getattr(row, key): row for row in rows}


def _by_id(
    file: str, before: Mapping[str, Team | Worker | Child | Task], after: Mapping[str, Team | Worker | Child | Task]
) -> Iterable[Difference]:
    for subject in before.keys() - after.keys():
        yield Difference(file, subject, "removed")
    for subject in after.keys() - before.keys():
        yield Difference(file, subject, "added")
    for subject in before.keys() & after.keys():
        old, new = before[subject], after[subject]
        pairs = [(f.name, getattr(old, f.name), getattr(new, f.name)) for f in fields(old)]
        changed = "; ".join(f"{name} {_shown(was)} → {_shown(now)}" for name, was, now in pairs if was != now)
        if changed:
            yield Difference(file, subject, "changed", changed)


def _by_row(
    file: str, before: Iterable[Episode | Event | Absence | Rule], after: Iterable[Episode | Event | Absence | Rule]
) -> Iterable[Difference]:
    """Rows without an id of their own: gone or new, as often as they stand there."""
    was, now = Counter(before), Counter(after)
    for kind, rows in (("removed", was - now), ("added", now - was)):
        for row in rows.elements():
            subject, *rest = (getattr(row, f.name) for f in fields(row))
            yield Difference(file, subject, kind, ", ".join(_shown(value) for value in rest if value not in (None, "")))


def _settings(before: Engagement, after: Engagement) -> Iterable[Difference]:
    was, now = _flat(asdict(before.settings)), _flat(asdict(after.settings))
    for key in was.keys() | now.keys():
        if was.get(key) != now.get(key):
            yield Difference("engagement.toml", key, "changed", f"{_shown(was.get(key))} → {_shown(now.get(key))}")
    for kind, days in (
        ("no longer closed", before.closed_days - after.closed_days - set(before.settings.closed)),
        ("closed", after.closed_days - before.closed_days - set(after.settings.closed)),
    ):
        for day in days:
            yield Difference("bank holidays", day.isoformat(), kind)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in table.items():
        name = prefix + str(key).removesuffix("_")
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


def _reordered(before: Engagement, after: Engagement) -> Difference:
    """The same rows in another order count only where a child's episodes begin on one day: ties stay in file order."""
    moved = [c for c, episodes in after.episodes_of.items() if episodes != before.episodes_of.get(c)]
    return Difference("history.csv", ", ".join(moved), "changed", "order of the episodes that begin on the same day")


def _shown(value: object) -> str:
    if value is None or value in ("", ()):
        return "blank"
    if isinstance(value, tuple):
        return "; ".join(_shown(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return f"{float(value):g}" if isinstance(value, Fraction) else str(value)
