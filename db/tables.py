"""The tables of the record. Every one is STRICT and append-only: the database itself refuses a change.

The rows of an engagement's version are written before its row in `engagement_version`, those of a plan before its row
in `plan`: that row seals them, and a trigger refuses a later insert as well. (Foreign keys wait for the commit.)
`position` keeps the order the values were handed over in; ties of one day in a child's history depend on it (§3).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    DDL,
    REAL,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from db.columns import CLOCK, DAY, DOCUMENT, MOMENT, RATIO, SETTINGS, WORDS, YES_NO
from handover.engagement import EVENT_KINDS, ROLES, RULE_KINDS, SIDES
from handover.plan import APPOINTMENT_KINDS, LEVELS, SEVERITIES, TIE_FIGURES
from handover.settings import PLANS

metadata = MetaData()


def _one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})")


def _json(column: str) -> CheckConstraint:
    return CheckConstraint(f"json_valid({column})")


def _table(name: str, *parts: SchemaItem, rowid: bool = False) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def _key(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]] = Integer) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _of_version() -> Column[int]:
    return Column(
        "version",
        Integer,
        ForeignKey("engagement_version.version", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )


def _of_plan() -> Column[int]:
    return Column(
        "plan_no", Integer, ForeignKey("plan.plan_no", deferrable=True, initially="DEFERRED"), primary_key=True
    )


def _names(column: str, table: str, key: str) -> ForeignKeyConstraint:
    """A row of a version names another row of the same version."""
    return ForeignKeyConstraint(
        ["version", column], [f"{table}.version", f"{table}.{key}"], deferrable=True, initially="DEFERRED"
    )


def _position() -> Column[int]:
    return Column("position", Integer, nullable=False)


engagement_version = _table(
    "engagement_version",
    _key("version"),
    Column("input_sha256", Text, nullable=False, unique=True),
    Column("settings", SETTINGS, nullable=False),
    CheckConstraint("length(input_sha256) = 64"),
    _json("settings"),
    rowid=True,
)

imported = _table(
    "imported",
    _key("entry"),
    Column("version", Integer, ForeignKey("engagement_version.version"), nullable=False, index=True),
    Column("at", MOMENT, nullable=False),
    _text("who"),
    _text("source"),
    rowid=True,
)

closed_day = _table("closed_day", _of_version(), _key("day", DAY))

team = _table(
    "team",
    _of_version(),
    _key("team_id", Text),
    _position(),
    _text("name"),
    _text("manager_id"),
    _names("manager_id", "worker", "worker_id"),
)

worker = _table(
    "worker",
    _of_version(),
    _key("worker_id", Text),
    _position(),
    _text("name"),
    _text("role"),
    _text("side"),
    Column("team_id", Text),
    Column("fte", RATIO, nullable=False),
    Column("available_from", DAY),
    Column("available_to", DAY),
    Column("qualified_on", DAY),
    Column("managing_since", DAY),
    _text("swe_number"),
    Column("swe_registered_until", DAY),
    _text("swe_restrictions"),
    _text("dbs_number"),
    Column("dbs_issued_on", DAY),
    Column("laptop_on", DAY),
    Column("system_access_on", DAY),
    Column("induction_on", DAY),
    Column("max_points", Integer),
    Column("skills", WORDS, nullable=False),
    Column("languages", WORDS, nullable=False),
    _text("postcode"),
    _one_of("role", ROLES),
    _one_of("side", SIDES),
    _one_of("swe_restrictions", ("", "yes", "no")),
    _json("skills"),
    _json("languages"),
    _names("team_id", "team", "team_id"),
)

child = _table(
    "child",
    _of_version(),
    _key("child_id", Text),
    _position(),
    Column("family_id", Text),
    _text("plan"),
    _text("worker_id"),
    Column("points", Integer),
    Column("needs", WORDS, nullable=False),
    Column("languages", WORDS, nullable=False),
    _text("postcode"),
    Column("expected_close_on", DAY),
    _one_of("plan", PLANS),
    _json("needs"),
    _json("languages"),
    _names("worker_id", "worker", "worker_id"),
)

# history may name workers who have left: no reference to `worker`
episode = _table(
    "episode",
    _of_version(),
    _key("child_id", Text),
    _key("position"),
    _text("worker_id"),
    Column("from_date", DAY, nullable=False),
    Column("to_date", DAY),
    _names("child_id", "child", "child_id"),
)

# `event` is the name of SQLAlchemy's own module
child_event = _table(
    "event",
    _of_version(),
    _key("child_id", Text),
    _key("position"),
    _text("kind"),
    Column("on", DAY, nullable=False),
    Column("time", CLOCK),
    Column("minutes", Integer),
    _one_of("kind", EVENT_KINDS),
    _names("child_id", "child", "child_id"),
)

absence = _table(
    "absence",
    _of_version(),
    _key("worker_id", Text),
    _key("position"),
    Column("start", MOMENT, nullable=False),
    Column("end", MOMENT, nullable=False),
    _text("reason"),
    _names("worker_id", "worker", "worker_id"),
)

rule = _table(
    "rule",
    _of_version(),
    _key("child_id", Text),
    _key("position"),
    Column("worker_id", Text),
    _text("rule"),
    _text("reason"),
    _one_of("rule", RULE_KINDS),
    _names("child_id", "child", "child_id"),
    _names("worker_id", "worker", "worker_id"),
)

task = _table(
    "task",
    _of_version(),
    _key("task_id", Text),
    _position(),
    _text("name"),
    Column("subject", Text),
    _text("owner"),
    Column("days", Integer, nullable=False),
    Column("after", WORDS, nullable=False),
    Column("not_before", DAY),
    Column("done_on", DAY),
    CheckConstraint("days >= 0"),
    _json("after"),
)

# what was said of a task while it was under way, whatever version it was said on; `done_on` NULL: not done after all
progress = _table(
    "progress",
    _key("entry"),
    _text("task_id"),
    Column("done_on", DAY),
    Column("at", MOMENT, nullable=False),
    _text("who"),
    rowid=True,
)

plan = _table(
    "plan",
    _key("plan_no"),
    Column("version", Integer, ForeignKey("engagement_version.version"), nullable=False, index=True),
    _text("engagement"),
    Column("seed", Integer, nullable=False),
    Column("booked_from", DAY, nullable=False),
    Column("versions", DOCUMENT, nullable=False),
    Column("seconds", REAL, nullable=False),
    Column("remedies", WORDS, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    _text("made_by"),
    _json("versions"),
    _json("remedies"),
    rowid=True,
)

WHATEVER = "changes_whatever_the_caseloads"

# position 0 is the figure `changes_whatever_the_caseloads`, which stands outside the order
level = _table(
    "level",
    _of_plan(),
    _key("position"),
    _text("name"),
    Column("value", RATIO, nullable=False),
    Column("bound", RATIO, nullable=False),
    Column("seconds", REAL, nullable=False),
    _text("stopped"),
    _one_of("name", (*LEVELS, *TIE_FIGURES, WHATEVER)),
    _one_of("stopped", ("", "clock", "interrupt", "work limit")),
)

allocation = _table(
    "allocation",
    _of_plan(),
    Column("child_id", Text, primary_key=True, index=True),
    _position(),
    _text("family_id"),
    _text("from_worker_id"),
    Column("to_worker_id", Text),
    Column("interim_worker_id", Text),
    Column("responsible_from", DAY),
    Column("changes", Integer, nullable=False),
    Column("prior_changes", Integer, nullable=False),
    Column("known", YES_NO, nullable=False),
    _text("why"),
    CheckConstraint("known IN (0, 1)"),
)

appointment = _table(
    "appointment",
    _of_plan(),
    _key("position"),
    _text("family_id"),
    _text("kind"),
    Column("start", MOMENT, nullable=False),
    Column("end", MOMENT, nullable=False),
    _text("worker_id"),
    Column("with_worker_id", Text),
    _one_of("kind", APPOINTMENT_KINDS),
)

flag = _table(
    "flag",
    _of_plan(),
    _key("position"),
    _text("severity"),
    _text("subject"),
    _text("matter"),
    _text("action"),
    _one_of("severity", SEVERITIES),
)

verification = _table(
    "verification",
    _key("entry"),
    Column("plan_no", Integer, ForeignKey("plan.plan_no"), nullable=False),
    Column("at", MOMENT, nullable=False),
    _text("who"),
    Column("findings", WORDS, nullable=False),
    _json("findings"),
    Index("ix_verification_plan_no", "plan_no", "entry"),
    rowid=True,
)

# No references: the trail must still read whole when what it speaks of has been purged
audit = _table(
    "audit",
    _key("entry"),
    Column("at", MOMENT, nullable=False),
    _text("who"),
    _text("what"),
    Column("input_sha256", Text),
    Column("plan_id", Text),
    Column("details", DOCUMENT, nullable=False),
    _text("previous"),
    _text("mac"),
    CheckConstraint("what <> ''"),
    _json("details"),
    UniqueConstraint("previous"),
    rowid=True,
)

# one row: what the trail's digests are keyed by (db/trail.py)
trail_key = _table("trail_key", _key("one"), _text("key"), CheckConstraint("one = 1"), rowid=True)

approval = _table(
    "approval",
    _key("entry"),
    Column("plan_no", Integer, ForeignKey("plan.plan_no"), nullable=False),
    Column("at", MOMENT, nullable=False),
    _text("who"),
    _text("reason"),
    Index("ix_approval_plan_no", "plan_no", "entry"),
    rowid=True,
)

# a version or a plan that people were removed from (db/removal.py): how many, and a plan's figures before
removal = _table(
    "removal",
    _key("entry"),
    Column("at", MOMENT, nullable=False),
    Column("version", Integer, ForeignKey("engagement_version.version"), index=True),
    Column("plan_no", Integer, ForeignKey("plan.plan_no"), index=True),
    Column("children", Integer, nullable=False),
    Column("changes", Integer),
    Column("unallocated", Integer),
    CheckConstraint("(version IS NULL) <> (plan_no IS NULL)"),
    rowid=True,
)

# one row: what pseudonyms of children and families are keyed by
pseudonym_key = _table("pseudonym_key", _key("entry"), _text("key"), CheckConstraint('length("key") = 64'), rowid=True)

# Which row, once there, closes a table to further rows of the same key
SEALS = {
    "version": ("engagement_version", (closed_day, team, worker, child, episode, child_event, absence, rule, task)),
    "plan_no": ("plan", (level, allocation, appointment, flag)),
}


def _guard(table: Table, seal: str, key: str) -> None:
    for moment, when in (
        ("UPDATE", ""),
        ("DELETE", ""),
        ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {seal} WHERE {key} = NEW.{key}) "),  # noqa: S608 (our own names)
    ):
        trigger = (
            f"CREATE TRIGGER {table.name}_no_{moment.lower()} BEFORE {moment} ON {table.name} {when}"
            f"BEGIN SELECT RAISE(ABORT, 'the record is append-only: {table.name}'); END"
        )
        event.listen(metadata, "after_create", DDL(trigger))  # type: ignore[no-untyped-call]


for _sealed_key, (_seal, _tables) in SEALS.items():
    for _sealed in _tables:
        _guard(_sealed, _seal, _sealed_key)
for _head in (
    engagement_version,
    imported,
    progress,
    plan,
    verification,
    audit,
    trail_key,
    approval,
    removal,
    pseudonym_key,
):
    _guard(_head, _head.name, _head.primary_key.columns.keys()[0])
