"""The key of the pseudonyms: made once, at random, for this database alone.

Revision ID: 0004
"""

import secrets

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"

TABLE = """
CREATE TABLE pseudonym_key (
    entry INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    PRIMARY KEY (entry),
    CHECK (length("key") = 64)
) STRICT
"""


def upgrade() -> None:
    """Make the table, its key, and the triggers that refuse a change."""
    op.execute(TABLE)
    insert = text('INSERT INTO pseudonym_key (entry, "key") VALUES (1, :key)')
    op.get_bind().execute(insert, {"key": secrets.token_hex(32)})
    for moment, when in (
        ("UPDATE", ""),
        ("DELETE", ""),
        ("INSERT", "WHEN EXISTS (SELECT 1 FROM pseudonym_key WHERE entry = NEW.entry) "),
    ):
        op.execute(
            f"CREATE TRIGGER pseudonym_key_no_{moment.lower()} BEFORE {moment} ON pseudonym_key {when}"
            "BEGIN SELECT RAISE(ABORT, 'the record is append-only: pseudonym_key'); END"
        )
    op.execute("PRAGMA user_version = 4")
