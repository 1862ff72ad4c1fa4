"""What is stored is sealed by the trail. The tables are as they were: who opens the database writes the line with the
seals of all there is (db/record.py), and an older program, whose lines have none, is kept from writing.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Mark the file."""
    op.execute("PRAGMA user_version = 5")
