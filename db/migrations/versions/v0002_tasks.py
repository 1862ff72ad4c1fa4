"""The tasks of a mobilisation, and what was said of their progress.

Revision ID: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = """
CREATE TABLE task (
    version INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    subject TEXT,
    owner TEXT NOT NULL,
    days INTEGER NOT NULL,
    "after" TEXT NOT NULL,
    not_before TEXT,
    done_on TEXT,
    PRIMARY KEY (version, task_id),
    CHECK (days >= 0),
    CHECK (json_valid(after)),
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE progress (
    entry INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    done_on TEXT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    PRIMARY KEY (entry)
) STRICT;
"""

# table: the table whose row closes it to further rows, and the key by which they go
SEALS = {"task": ("engagement_version", "version"), "progress": ("progress", "entry")}


def upgrade() -> None:
    """Make both tables, and the triggers that refuse a change."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table, (seal, key) in SEALS.items():
        for moment, when in (
            ("UPDATE", ""),
            ("DELETE", ""),
            ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {seal} WHERE {key} = NEW.{key}) "),  # noqa: S608 (our own names)
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{moment.lower()} BEFORE {moment} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, 'the record is append-only: {table}'); END"
            )
    op.execute("PRAGMA user_version = 2")
