"""The one door through which people leave the record: `forget` and `purge`.

The triggers that refuse every change are taken away and put back as they were inside the one transaction; those of the
trail are never touched. A version is rewritten to what it holds afterwards, under the hash of that; versions that are
the same then become one. The row in `removal` says of a version or a plan that people are gone from it, and keeps a
plan's figures; the line in the trail says what became of each hash.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Column, Connection, delete, func, insert, select, update

from db import seals, tables
from db.engine import Erasing, erasing
from db.record import Record
from db.store import ROWS, Store
from handover.engagement import Engagement
from handover.errors import CheckFailed, UsageError
from handover.plan import Plan
from handover.removal import REMOVED, Forgotten, emptied, emptied_plan, engagement_without, plan_without

_UNTOUCHED = (tables.audit, tables.trail_key)
_OF_PLAN = (tables.allocation, tables.appointment, tables.flag)
IDS = tuple(
    table.c[name] for table in tables.metadata.tables.values() for name in ("child_id", "family_id") if name in table.c
)
"""Every column that holds the id of a child or a family."""
TEXTS = (
    tables.imported.c.source,
    tables.absence.c.reason,
    tables.rule.c.reason,
    tables.task.c.name,
    tables.task.c.owner,
    tables.plan.c.remedies,
    tables.allocation.c.why,
    tables.flag.c.subject,
    tables.flag.c.matter,
    tables.flag.c.action,
    tables.verification.c.findings,
    tables.approval.c.reason,
)
"""Every column that may name a child in words."""


@dataclass(frozen=True)
class Removed:
    """What a removal takes, or took: `children` and `workers` who are in nothing that stays; the plans by id; by the
    hash it had, the hash each version has now; whether the engagement imported last is among them; the lines of the
    trail that name the child in a path that a user typed."""

    children: int
    workers: int
    plans: tuple[str, ...]
    versions: Mapping[str, str]
    current: bool
    named_in_trail: tuple[int, ...] = ()


@contextmanager
def removing(record: Record) -> Iterator[tuple["Remover", Erasing]]:
    """One change of the record in which people can be removed, kept whole or not at all; what is deleted is overwritten
    on the disk. Raises `RecordUnavailable`."""
    with erasing(record.engine, record.path) as (connection, after), _open_door(connection):
        yield Remover(connection, record.who, record.now), after


@contextmanager
def _open_door(connection: Connection) -> Iterator[None]:
    untouched = ", ".join(f"'{table.name}'" for table in _UNTOUCHED)
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    triggers = connection.exec_driver_sql(f"{found} AND tbl_name NOT IN ({untouched})").all()
    before = connection.exec_driver_sql(f"{found} ORDER BY name").all()
    for name, _ in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        connection.exec_driver_sql(sql)
    if connection.exec_driver_sql(f"{found} ORDER BY name").all() != before:
        raise CheckFailed("The guards of the record were not put back as they were. Nothing was removed.")


class Remover(Store):
    """The record within one transaction in which people can be removed. Comes from `removing`."""

    def forget(self, child_id: str) -> Removed:
        """Remove a child from every version and every plan. Raises `UsageError`: no such child; `CheckFailed` where the
        id is still somewhere afterwards: then nothing is removed."""
        gone = self._forgotten(child_id)
        sealed = seals.seals(self._connection)
        current = self._current_sha()
        plans = self._rewrite_plans(lambda plan: plan_without(plan, gone), gone.struck)
        versions = self._rewrite_versions(lambda made: engagement_without(made, gone))
        self._strike(tables.imported.c.source, gone.struck)
        if left := [*self._left(gone)]:
            raise CheckFailed(f"The child is still in {', '.join(left)}, and nothing was removed. Please report this.")
        found = Removed(1, 0, plans, versions, current in versions, self._lines_naming(gone))
        self.audit(
            "forget", None, {"children": 1, "plans": [*plans], "became": versions, "seals": self._rewritten(sealed)}
        )
        return found

    def purge(self, before: date) -> Removed:
        """Remove everybody from the plans made before a day, and from the imports before it that no later plan is made
        from. Where no child is left, pseudonyms are keyed anew: nobody can turn the old ones back."""
        children, workers = self._people()
        sealed = seals.seals(self._connection)
        current = self._current_sha()
        head = tables.plan.c
        day = datetime.combine(before, time(), UTC)
        made = self._connection.execute(select(head.plan_no, head.version, head.made_at)).all()
        old = frozenset(row.plan_no for row in made if row.made_at < day)
        in_use = {row.version for row in made if row.plan_no not in old}
        last = select(tables.imported.c.version).group_by("version").having(func.max(tables.imported.c.at) < day)
        stale = frozenset(self._connection.scalars(last)) - in_use
        plans = self._rewrite_plans(emptied_plan, lambda _: REMOVED, old)
        versions = self._rewrite_versions(emptied, stale)
        children_left, workers_left = self._people()
        if children and not children_left:
            self._connection.execute(update(tables.pseudonym_key).values(key=secrets.token_hex(32)))
            self._connection.execute(delete(tables.progress))
        found = Removed(
            len(children - children_left), len(workers - workers_left), plans, versions, current in versions
        )
        if rewritten := self._rewritten(sealed):
            counts = {"children": found.children, "workers": found.workers, "before": before}
            self.audit("purge", None, {**counts, "plans": [*plans], "became": versions, "seals": rewritten})
        return found

    def _rewritten(self, before: seals.Seals) -> seals.Seals:
        """The seals of what was changed lawfully. What was not as the trail tells before it is not sealed anew, whether
        it was changed now or not: it shows still."""
        told = {name: digest for name, (_, digest) in self._told().items()}
        now = seals.changed(before, seals.seals(self._connection))
        return {name: digest for name, digest in now.items() if before.get(name) == told.get(name)}

    # people

    def _forgotten(self, child_id: str) -> Forgotten:
        child, given = tables.child.c, tables.allocation.c
        whole = select(child.child_id, child.family_id).union(select(given.child_id, given.family_id))
        members: dict[str | None, set[str]] = {}
        for member, family in self._connection.execute(whole):
            members.setdefault(family, set()).add(member)
        if not any(child_id in ids for ids in members.values()):
            raise UsageError(f"{child_id!r} is no child of any import or plan in this database. Nothing was removed.")
        return Forgotten(child_id, frozenset(f for f, ids in members.items() if f is not None and ids == {child_id}))

    def _people(self) -> tuple[frozenset[str], frozenset[str]]:
        children = select(tables.child.c.child_id).union(select(tables.allocation.c.child_id))
        return frozenset(self._connection.scalars(children)), frozenset(
            self._connection.scalars(select(tables.worker.c.worker_id).distinct())
        )

    def _current_sha(self) -> str | None:
        version = self.latest()
        return version.input_sha256 if version else None

    # versions

    def _rewrite_versions(
        self, change: Callable[[Engagement], Engagement], only: frozenset[int] | None = None
    ) -> Mapping[str, str]:
        head = tables.engagement_version.c
        became = {}
        for number, sha in self._connection.execute(select(head.version, head.input_sha256).order_by("version")).all():
            version = self.version(sha) if only is None or number in only else None
            if version is None or (after := change(version.engagement)) == version.engagement:
                continue
            became[sha] = after.input_sha256
            children = len(version.engagement.children) - len(after.children)
            self._rewrite_version(number, after)
            kept = self._version_no(after.input_sha256)
            self._note({"version": kept, "children": children})
        return became

    def _rewrite_version(self, number: int, after: Engagement) -> None:
        head = tables.engagement_version
        for table in (tables.closed_day, *(table for table, _, _ in ROWS)):
            self._connection.execute(delete(table).where(table.c.version == number))
        twin = self._version_no(after.input_sha256)
        if twin is None:
            self._insert_rows(number, after)
            new = {"input_sha256": after.input_sha256, "settings": after.settings}
            self._connection.execute(update(head).where(head.c.version == number).values(new))
            self._kept(after)
            return
        for table in (tables.imported, tables.plan, tables.removal):
            self._connection.execute(update(table).where(table.c.version == number).values(version=twin))
        self._connection.execute(delete(head).where(head.c.version == number))

    # plans

    def _rewrite_plans(
        self, change: Callable[[Plan], Plan], strike: Callable[[str], str], only: frozenset[int] | None = None
    ) -> tuple[str, ...]:
        changed = []
        for line in self.plans():
            number = self._plan_no(line.plan_id)
            if only is not None and number not in only:
                continue
            before = self.plan(line.plan_id)
            after = change(before)
            self._strike(tables.verification.c.findings, lambda found: tuple(map(strike, found)), number)
            self._strike(tables.approval.c.reason, lambda reason: strike(reason) if reason else "", number)
            if after == before:
                continue
            self._rewrite_plan(number, after)
            children = len(before.allocations) - len(after.allocations)
            figures = {"changes": line.changes, "unallocated": line.unallocated}
            self._note({"plan_no": number, "children": children, **figures})
            changed.append(line.plan_id)
        return tuple(changed)

    def _rewrite_plan(self, number: int, after: Plan) -> None:
        for table in _OF_PLAN:
            self._connection.execute(delete(table).where(table.c.plan_no == number))
        self._insert_plan_rows(number, after)
        head = tables.plan
        self._connection.execute(update(head).where(head.c.plan_no == number).values(remedies=after.remedies))

    def _strike(self, column: Column[Any], strike: Callable[[Any], Any], plan_no: int | None = None) -> None:
        """Put what `strike` makes of each value in its place, in all rows or those of one plan."""
        table = column.table
        rows = select(table.c.entry, column)
        if plan_no is not None:
            rows = rows.where(table.c.plan_no == plan_no)
        for entry, value in self._connection.execute(rows).all():
            if (new := strike(value)) != value:
                self._connection.execute(update(table).where(table.c.entry == entry).values({column: new}))

    # what is left

    def _note(self, what: Mapping[str, object]) -> None:
        entry = self._next(tables.removal.c.entry)
        self._connection.execute(insert(tables.removal), [{"entry": entry, "at": self._now(), **what}])

    def _left(self, gone: Forgotten) -> Iterator[str]:
        """Where an id or a text of the child still is; the ids of others, such as a worker's, may be the same."""
        for column in IDS:
            if self._connection.scalar(select(func.count()).where(column.in_(gone.ids))):
                yield str(column)
        for column in TEXTS:
            for (text,) in self._connection.execute(select(column)):
                if any(map(gone.is_named_in, [text] if isinstance(text, str) else text or ())):
                    yield str(column)

    def _lines_naming(self, gone: Forgotten) -> tuple[int, ...]:
        """Lines of the trail with the child's id in a path that a user typed; they cannot be changed."""
        typed = ((row.entry, [v for v in row.details.values() if isinstance(v, str)]) for row in self.trail())
        return tuple(entry for entry, texts in typed if any(map(gone.is_named_in, texts)))
