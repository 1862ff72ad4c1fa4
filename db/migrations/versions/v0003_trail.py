"""The trail is chained; approvals, and what was removed from the record, are kept.

Revision ID: 0003
"""

import secrets

from alembic import op
from sqlalchemy import text

from db.trail import FIRST, digest

revision = "0003"
down_revision = "0002"

SCHEMA = """
DROP TABLE audit;
CREATE TABLE audit (
    entry INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    input_sha256 TEXT,
    plan_id TEXT,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    mac TEXT NOT NULL,
    PRIMARY KEY (entry),
    CHECK (what <> ''),
    CHECK (json_valid(details)),
    UNIQUE (previous)
) STRICT;
CREATE TABLE trail_key (
    one INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    PRIMARY KEY (one),
    CHECK (one = 1)
) STRICT;
CREATE TABLE approval (
    entry INTEGER NOT NULL,
    plan_no INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (entry),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no)
) STRICT;
CREATE INDEX ix_approval_plan_no ON approval (plan_no, entry);
CREATE TABLE removal (
    entry INTEGER NOT NULL,
    at TEXT NOT NULL,
    version INTEGER,
    plan_no INTEGER,
    children INTEGER NOT NULL,
    changes INTEGER,
    unallocated INTEGER,
    PRIMARY KEY (entry),
    CHECK ((version IS NULL) <> (plan_no IS NULL)),
    FOREIGN KEY(version) REFERENCES engagement_version (version),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no)
) STRICT;
CREATE INDEX ix_removal_version ON removal (version);
CREATE INDEX ix_removal_plan_no ON removal (plan_no);
"""

SEALS = {"audit": "entry", "trail_key": "one", "approval": "entry", "removal": "entry"}


def upgrade() -> None:
    """Chain the lines there are, in their order, with a new key."""
    connection = op.get_bind()
    columns = "entry, at, who, what, input_sha256, plan_id, details"
    before = [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM audit ORDER BY entry")]  # noqa: S608 (our own names)
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            op.execute(statement)
    key = secrets.token_hex(32)
    connection.execute(text('INSERT INTO trail_key (one, "key") VALUES (1, :key)'), {"key": key})
    mac = FIRST
    for row in before:
        previous, mac = mac, digest(key, mac, row)
        connection.exec_driver_sql("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, previous, mac))
    for table, own_key in SEALS.items():
        for moment, when in (
            ("UPDATE", ""),
            ("DELETE", ""),
            ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {own_key} = NEW.{own_key}) "),  # noqa: S608 (our own names)
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{moment.lower()} BEFORE {moment} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, 'the record is append-only: {table}'); END"
            )
    op.execute("PRAGMA user_version = 3")
