"""What can be kept and asked of the record, inside one transaction. A change writes its line of the trail with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from string import hexdigits
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Table, func, insert, select, union

from db import seals, tables, trail
from db.columns import DOCUMENT, MOMENT
from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Task, Team, Worker
from handover.errors import CheckFailed, UsageError
from handover.plan import Allocation, Appointment, Flag, Level, Plan
from handover.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class Version:
    """An engagement as it was imported, and the latest import that made it the current one."""

    input_sha256: str
    engagement: Engagement
    imported_at: datetime
    imported_by: str
    source: str


@dataclass(frozen=True)
class PlanLine:
    """A stored plan in one line. `verified`: what its latest check found, None where it was never checked;
    `approved_by`: the last to approve it, blank where nobody did; `removed`: children removed from the record since."""

    plan_id: str
    made_at: datetime
    made_by: str
    input_sha256: str
    changes: int
    unallocated: int
    verified: bool | None
    approved_by: str = ""
    removed: int = 0


@dataclass(frozen=True)
class Progress:
    """What was said of a task, by whom and when; `done_on` None: not done after all."""

    task_id: str
    done_on: date | None
    at: datetime
    who: str


@dataclass(frozen=True)
class AuditRow:
    """One line of the trail: who did what, when, from which input, to which plan."""

    entry: int
    at: datetime
    who: str
    what: str
    input_sha256: str | None
    plan_id: str | None
    details: Mapping[str, Any]


# Each table of a version: the engagement's attribute and the value it holds
ROWS: tuple[tuple[Table, str, type[Any]], ...] = (
    (tables.team, "teams", Team),
    (tables.worker, "workers", Worker),
    (tables.child, "children", Child),
    (tables.episode, "history", Episode),
    (tables.child_event, "events", Event),
    (tables.absence, "absences", Absence),
    (tables.rule, "rules", Rule),
    (tables.task, "tasks", Task),
)

_CURRENT = select(tables.imported.c.version).order_by(tables.imported.c.entry.desc()).limit(1)


class Store:
    """The record within one transaction. Comes from `Record.reading()` or `Record.writing()`."""

    def __init__(self, connection: Connection, who: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._who = who
        self._now = now

    # engagements

    def latest(self) -> Version | None:
        """The engagement imported last; None in a new database."""
        return self._version(tables.engagement_version.c.version == _CURRENT.scalar_subquery())

    def latest_sha256(self) -> str | None:
        """The hash of the engagement imported last; None in a new database."""
        head = tables.engagement_version
        return self._connection.scalar(select(head.c.input_sha256).where(head.c.version == _CURRENT.scalar_subquery()))

    def settings(self) -> Settings | None:
        """The settings of the engagement imported last; None in a new database."""
        head = tables.engagement_version
        kept: Settings | None = self._connection.scalar(
            select(head.c.settings).where(head.c.version == _CURRENT.scalar_subquery())
        )
        return kept

    def version(self, input_sha256: str) -> Version | None:
        """The engagement with this hash, whenever it was imported; None if it never was."""
        return self._version(tables.engagement_version.c.input_sha256 == input_sha256)

    def add_engagement(self, engagement: Engagement, source: str) -> Version:
        """Keep an engagement as the current version. `source` says where it came from, in a word or a path.

        The current one again changes nothing; an earlier one becomes current again.
        """
        sha = engagement.input_sha256
        number = self._version_no(sha)
        if number is not None and number == self._connection.scalar(_CURRENT):
            return self._kept(engagement)
        if number is None:
            number = self._add_version(engagement)
        imported = self._say(tables.imported, {"version": number, "source": source})
        self.audit(
            "import",
            sha,
            {
                "seals": seals.seal(self._connection, tables.engagement_version, number) | imported,
                "source": source,
                "versions": {"handover": _handover_version()},
                "counts": {attribute: len(getattr(engagement, attribute)) for _, attribute, _ in ROWS},
            },
        )
        return self._kept(engagement)

    def _kept(self, engagement: Engagement) -> Version:
        """What the record holds, as read back: the same as what was handed over, or not kept at all."""
        version = self.version(engagement.input_sha256)
        if version is None or version.engagement != engagement:
            raise CheckFailed("The engagement reads back otherwise than it was imported. Nothing was kept.")
        return version

    def _version_no(self, input_sha256: str) -> int | None:
        head = tables.engagement_version
        return self._connection.scalar(select(head.c.version).where(head.c.input_sha256 == input_sha256))

    def _add_version(self, engagement: Engagement) -> int:
        head = tables.engagement_version
        number = self._next(head.c.version)
        self._insert_rows(number, engagement)
        sealed = {"version": number, "input_sha256": engagement.input_sha256, "settings": engagement.settings}
        self._insert(head, [sealed])
        return number

    def _insert_rows(self, number: int, engagement: Engagement) -> None:
        self._insert(tables.closed_day, ({"version": number, "day": d} for d in sorted(engagement.closed_days)))
        for table, attribute, _ in ROWS:
            self._insert_values(table, {"version": number}, getattr(engagement, attribute))

    def _version(self, which: ColumnElement[bool]) -> Version | None:
        head, imported = tables.engagement_version, tables.imported
        found = self._connection.execute(
            select(head, imported.c.at, imported.c.who, imported.c.source)
            .join(imported, imported.c.version == head.c.version)
            .where(which)
            .order_by(imported.c.entry.desc())
            .limit(1)
        ).one_or_none()
        if found is None:
            return None
        closed = self._connection.scalars(
            select(tables.closed_day.c.day).where(tables.closed_day.c.version == found.version)
        )
        rows = {
            attribute: self._values(table, kind, table.c.version == found.version) for table, attribute, kind in ROWS
        }
        engagement = Engagement(found.settings, frozenset(closed), **rows)
        return Version(found.input_sha256, engagement, found.at, found.who, found.source)

    # plans

    def add_plan(self, plan: Plan) -> str:
        """Keep a plan and give it its id. Its id, time and maker are filled in here.

        Raises `UsageError` when the engagement it was made from is not in the record.
        """
        version = self._version_no(plan.input_sha256)
        if version is None:
            raise UsageError("The plan was made from an engagement that was never imported. Import it first.")
        number = self._next(tables.plan.c.plan_no)
        key = {"plan_no": number}
        self._insert_values(tables.level, key, (plan.changes_whatever_the_caseloads, *plan.levels))
        self._insert_plan_rows(number, plan)
        header = {
            "version": version,
            "engagement": plan.engagement,
            "seed": plan.seed,
            "booked_from": plan.booked_from,
            "versions": plan.versions,
            "seconds": plan.seconds,
            "remedies": plan.remedies,
            "made_at": self._now(),
            "made_by": self._who(),
        }
        self._insert(tables.plan, [key | header])
        plan_id = _plan_id(number)
        self.audit(
            "plan",
            plan.input_sha256,
            {
                "seals": seals.seal(self._connection, tables.plan, number),
                "seed": plan.seed,
                "versions": plan.versions,
                "booked_from": plan.booked_from,
                "levels": {level.name: level.value for level in plan.levels},
                "counts": {
                    "allocations": len(plan.allocations),
                    "unallocated": len(plan.unallocated),
                    "appointments": len(plan.appointments),
                    "flags": len(plan.flags),
                },
            },
            plan_id=plan_id,
        )
        return plan_id

    def _insert_plan_rows(self, number: int, plan: Plan) -> None:
        key = {"plan_no": number}
        self._insert_values(tables.allocation, key, plan.allocations)
        self._insert_values(tables.appointment, key, plan.appointments)
        self._insert_values(tables.flag, key, plan.flags)

    def plan(self, plan_id: str | None) -> Plan:
        """The plan with this id (`P0001`; `1` and an unambiguous beginning do too), or the latest.

        Raises `UsageError`, naming the plans there are.
        """
        number = self._plan_no(plan_id)
        head = tables.plan
        found = self._connection.execute(
            select(head, tables.engagement_version.c.input_sha256)
            .join(tables.engagement_version)
            .where(head.c.plan_no == number)
        ).one()
        whatever, *levels = self._values(tables.level, Level, tables.level.c.plan_no == number)
        return Plan(
            engagement=found.engagement,
            input_sha256=found.input_sha256,
            seed=found.seed,
            booked_from=found.booked_from,
            versions=found.versions,
            seconds=found.seconds,
            levels=tuple(levels),
            changes_whatever_the_caseloads=whatever,
            allocations=self._values(tables.allocation, Allocation, tables.allocation.c.plan_no == number),
            appointments=self._values(tables.appointment, Appointment, tables.appointment.c.plan_no == number),
            flags=self._values(tables.flag, Flag, tables.flag.c.plan_no == number),
            remedies=found.remedies,
            plan_id=_plan_id(number),
            made_at=found.made_at,
            made_by=found.made_by,
            removed=self._connection.execute(_removed_from(number)).scalar_one(),
        )

    def plans(self) -> tuple[PlanLine, ...]:
        """Every stored plan, the oldest first. `changes` counts the children who have a receiving worker; the figures
        are those from before people were removed."""
        head, given, check = tables.plan, tables.allocation, tables.verification
        held = given.c.to_worker_id.is_not(None)
        of_plan = given.c.plan_no == head.c.plan_no
        latest_check = select(check.c.findings).where(check.c.plan_no == head.c.plan_no).order_by(check.c.entry.desc())
        yes = tables.approval
        latest_yes = select(yes.c.who).where(yes.c.plan_no == head.c.plan_no).order_by(yes.c.entry.desc())
        changes = select(func.coalesce(func.sum(given.c.changes), 0)).where(of_plan, held)
        left_out = select(func.count()).where(of_plan, ~held)
        gone = tables.removal

        def before(figure: ColumnElement[Any]) -> ScalarSelect[Any]:
            first = select(figure).where(gone.c.plan_no == head.c.plan_no).order_by(gone.c.entry).limit(1)
            return first.scalar_subquery()

        lines = self._connection.execute(
            select(
                head.c.plan_no,
                head.c.made_at,
                head.c.made_by,
                tables.engagement_version.c.input_sha256,
                func.coalesce(before(gone.c.changes), changes.scalar_subquery()),
                func.coalesce(before(gone.c.unallocated), left_out.scalar_subquery()),
                latest_check.limit(1).scalar_subquery(),
                func.coalesce(latest_yes.limit(1).scalar_subquery(), ""),
                _removed_from(head.c.plan_no).scalar_subquery(),
            )
            .join(tables.engagement_version)
            .order_by(head.c.plan_no)
        )
        return tuple(
            PlanLine(_plan_id(number), at, who, sha, changes, left, None if findings is None else not findings, *rest)
            for number, at, who, sha, changes, left, findings, *rest in lines
        )

    def add_verification(self, plan_id: str, findings: tuple[str, ...]) -> None:
        """Keep what a check of the plan found; nothing found is a plan verified. Raises `UsageError`: no such plan."""
        number = self._plan_no(plan_id)
        said = {"seals": self._say(tables.verification, {"plan_no": number, "findings": findings})}
        self.audit("verify", self._sha_of(number), {"findings": len(findings), **said}, plan_id=_plan_id(number))

    def approve(self, plan_id: str, reason: str) -> None:
        """Keep that a manager approves the plan. The reason stays out of the trail: it may tell of a child. Raises
        `UsageError`: no such plan."""
        number = self._plan_no(plan_id)
        said = {"seals": self._say(tables.approval, {"plan_no": number, "reason": reason})}
        self.audit("approval", self._sha_of(number), {"with_reason": bool(reason), **said}, plan_id=_plan_id(number))

    def _sha_of(self, plan_no: int) -> str | None:
        head = tables.engagement_version
        return self._connection.scalar(
            select(head.c.input_sha256).join(tables.plan).where(tables.plan.c.plan_no == plan_no)
        )

    def children_in_plans(self) -> frozenset[str]:
        """Ids of every child whom a stored plan holds."""
        return frozenset(self._connection.scalars(select(tables.allocation.c.child_id).distinct()))

    def _plan_no(self, plan_id: str | None) -> int:
        known: dict[str, int] = {
            _plan_id(n): n for n in self._connection.scalars(select(tables.plan.c.plan_no).order_by("plan_no"))
        }
        if not known:
            raise UsageError("There is no plan yet. Make one with `handover plan`.")
        if plan_id is None:
            return list(known.values())[-1]
        wanted = plan_id.strip().upper()
        digits = wanted.removeprefix("P")
        if digits.isdecimal() and int(digits) in known.values():
            return int(digits)
        meant = [number for name, number in known.items() if wanted and name.startswith(wanted)]
        if len(meant) != 1:
            trouble = "more than one plan begins so" if meant else "there is no such plan"
            raise UsageError(f"{plan_id!r}: {trouble}. Give one of {', '.join(known)}.")
        return meant[0]

    # progress

    def add_progress(self, task_id: str, done_on: date | None) -> None:
        """Keep that a task was done on a day, or, with None, that it is not done after all."""
        said = {"seals": self._say(tables.progress, {"task_id": task_id, "done_on": done_on})}
        self.audit("done", None, {"task": task_id, "done_on": done_on, **said})

    def progress(self) -> Mapping[str, Progress]:
        """What was said last of each task that anything was said of, by task id."""
        head = tables.progress
        rows = self._connection.execute(select(head.c.task_id, head.c.done_on, head.c.at, head.c.who).order_by("entry"))
        return {row.task_id: Progress(*row) for row in rows}

    # pseudonyms

    def pseudonym_key(self) -> bytes:
        """What pseudonyms are keyed by: 32 random bytes, made with the database, never changed."""
        key = tables.pseudonym_key
        return bytes.fromhex(self._connection.scalars(select(key.c.key).order_by(key.c.entry).limit(1)).one())

    def children_and_families(self) -> frozenset[str]:
        """Ids of every child and family in any version of the engagement."""
        ids = self._connection.scalars(union(select(tables.child.c.child_id), select(tables.child.c.family_id)))
        return frozenset(ident for ident in ids if ident is not None)

    # the trail

    def audit(
        self,
        what: str,
        input_sha256: str | None,
        details: Mapping[str, object],
        plan_id: str | None = None,
    ) -> None:
        """Write one line of the trail. `details` holds counts, settings, versions: never a child's name or address."""
        table = tables.audit
        last = self._connection.execute(select(table).order_by(table.c.entry.desc()).limit(1)).one_or_none()
        at = self._now()
        if last is not None and at < last.at:
            # the order of the lines tells what came first; here the clock does not agree
            details = {**details, "clock_went_back_seconds": int((last.at - at).total_seconds())}
        line = {
            "entry": 1 if last is None else last.entry + 1,
            "at": at,
            "who": self._who(),
            "what": what,
            "input_sha256": input_sha256,
            "plan_id": plan_id,
            "details": details,
        }
        previous = trail.FIRST if last is None else last.mac
        stored = [*line.values()]
        stored[1], stored[6] = MOMENT.write(at), DOCUMENT.write(details)
        self._insert(table, [{**line, "previous": previous, "mac": trail.digest(self._trail_key(), previous, stored)}])

    def trail(self) -> tuple[AuditRow, ...]:
        """The whole trail, the oldest line first."""
        columns = [tables.audit.c[field.name] for field in fields(AuditRow)]
        return tuple(AuditRow(*row) for row in self._connection.execute(select(*columns).order_by("entry")))

    def trail_head(self) -> str:
        """The number and the beginning of the digest of the trail's last line, for paper to anchor it."""
        columns = (tables.audit.c.entry, tables.audit.c.mac)
        return trail.head(*self._connection.execute(select(*columns).order_by(columns[0].desc()).limit(1)).one())

    def trail_fault(self, head: str | None = None) -> str | None:
        """What is wrong with the record, naming the first line of the trail, import or plan that does not hold; None
        when nothing is. `head` is one printed earlier: its line must be there still.
        """
        if self._connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one() != "ok":
            return "the file is damaged"
        unlike = self._broken(head) or next(seals.unlike(self._told(), seals.seals(self._connection)), None)
        return unlike or self._altered() or self._stray()

    def _broken(self, head: str | None = None) -> str | None:
        key = self._trail_key()
        if len(key) != trail.KEY_DIGITS or set(key) - set(hexdigits):
            return "its key is not there"
        rows = self._connection.exec_driver_sql(
            "SELECT entry, at, who, what, input_sha256, plan_id, details, previous, mac FROM audit ORDER BY entry"
        )
        return trail.broken(key, [tuple(row) for row in rows], head)

    def _altered(self) -> str | None:
        """An import that is not what its hash, which the trail has, says it was."""
        for sha in self._connection.scalars(select(tables.engagement_version.c.input_sha256)).all():
            version = self.version(sha)
            if version is None or version.engagement.input_sha256 != sha:
                return f"the import {sha[:12]} is not as it was read"
        return None

    def _stray(self) -> str | None:
        """A row that no seal covers, since it is of no import and no plan: it would count as the next one's."""
        stray = self._connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        return None if stray is None else f"a row of {stray[0]} belongs to nothing that is stored"

    def plan_fault(self, plan_id: str) -> str | None:
        """What makes a stored plan, or the import it was made from, another than the trail tells of, or is wrong with
        the trail itself; None where nothing is."""
        if (broken := self._broken()) is not None:
            return broken
        number = self._plan_no(plan_id)
        version = self._connection.scalars(select(tables.plan.c.version).where(tables.plan.c.plan_no == number)).one()
        found = seals.seal(self._connection, tables.plan, number)
        found |= seals.seal(self._connection, tables.engagement_version, version)
        wanted = {name: told for name, told in self._told().items() if name in found}
        return next(seals.unlike(wanted, found), None)

    def _told(self) -> dict[str, tuple[int, str]]:
        return seals.told((row.entry, row.what, row.details.get("seals", {})) for row in self.trail())

    def seal_all(self, what: str, details: Mapping[str, object]) -> None:
        """Write a line of the trail with the seals of all there is: changes from here on show."""
        self.audit(what, None, {**details, "seals": seals.seals(self._connection)})

    def _trail_key(self) -> str:
        return str(self._connection.scalar(select(tables.trail_key.c.key)))

    # rows

    def _say(self, table: Table, row: Mapping[str, object]) -> dict[str, str]:
        """Keep what somebody says now; its seal, for the line of the trail that tells of it."""
        entry = self._next(table.c.entry)
        self._insert(table, [{"entry": entry, "at": self._now(), "who": self._who(), **row}])
        return seals.seal(self._connection, table, entry)

    def _next(self, key: ColumnElement[int]) -> int:
        return int(self._connection.scalar(select(func.coalesce(func.max(key), 0) + 1)) or 1)

    def _insert(self, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
        many = list(rows)
        if many:
            self._connection.execute(insert(table), many)

    def _insert_values(self, table: Table, key: Mapping[str, int], values: Iterable[object]) -> None:
        self._insert(table, ({**key, "position": i, **vars(value)} for i, value in enumerate(values)))

    def _values(self, table: Table, kind: type[T], which: ColumnElement[bool]) -> tuple[T, ...]:
        columns = [table.c[field.name] for field in fields(kind)]  # type: ignore[arg-type]
        rows = self._connection.execute(select(*columns).where(which).order_by(table.c.position))
        return tuple(kind(*row) for row in rows)


def _removed_from(plan_no: ColumnElement[int] | int) -> Select[int]:
    """Children removed from a plan since it was made; a text alone that was struck counts as one."""
    gone = tables.removal.c
    return select(func.coalesce(func.sum(func.max(gone.children, 1)), 0)).where(gone.plan_no == plan_no)


def _plan_id(number: int) -> str:
    return f"P{number:04d}"


def _handover_version() -> str:
    try:
        return version("case-handover")
    except PackageNotFoundError:  # run from the source tree
        return "source tree"
