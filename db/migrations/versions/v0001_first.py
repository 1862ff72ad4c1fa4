"""The record as first kept. Frozen: a later shape of the tables is a later migration.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None

# "hdvr" in ASCII: marks the file as ours (db.engine.APPLICATION_ID)
APPLICATION_ID = 0x68647672

SCHEMA = """
CREATE TABLE engagement_version (
    version INTEGER NOT NULL,
    input_sha256 TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (version),
    CHECK (length(input_sha256) = 64),
    CHECK (json_valid(settings)),
    UNIQUE (input_sha256)
) STRICT;
CREATE TABLE team (
    version INTEGER NOT NULL,
    team_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    manager_id TEXT NOT NULL,
    PRIMARY KEY (version, team_id),
    FOREIGN KEY(version, manager_id) REFERENCES worker (version, worker_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE worker (
    version INTEGER NOT NULL,
    worker_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    side TEXT NOT NULL,
    team_id TEXT,
    fte TEXT NOT NULL,
    available_from TEXT,
    available_to TEXT,
    qualified_on TEXT,
    managing_since TEXT,
    swe_number TEXT NOT NULL,
    swe_registered_until TEXT,
    swe_restrictions TEXT NOT NULL,
    dbs_number TEXT NOT NULL,
    dbs_issued_on TEXT,
    laptop_on TEXT,
    system_access_on TEXT,
    induction_on TEXT,
    max_points INTEGER,
    skills TEXT NOT NULL,
    languages TEXT NOT NULL,
    postcode TEXT NOT NULL,
    PRIMARY KEY (version, worker_id),
    CHECK (role IN ('social_worker', 'team_manager')),
    CHECK (side IN ('outgoing', 'incoming', 'staying')),
    CHECK (swe_restrictions IN ('', 'yes', 'no')),
    CHECK (json_valid(skills)),
    CHECK (json_valid(languages)),
    FOREIGN KEY(version, team_id) REFERENCES team (version, team_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE audit (
    entry INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    input_sha256 TEXT,
    plan_id TEXT,
    details TEXT NOT NULL,
    PRIMARY KEY (entry),
    CHECK (what <> ''),
    CHECK (json_valid(details))
) STRICT;
CREATE TABLE imported (
    entry INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (entry),
    FOREIGN KEY(version) REFERENCES engagement_version (version)
) STRICT;
CREATE INDEX ix_imported_version ON imported (version);
CREATE TABLE closed_day (
    version INTEGER NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (version, day),
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE child (
    version INTEGER NOT NULL,
    child_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    family_id TEXT,
    "plan" TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    points INTEGER,
    needs TEXT NOT NULL,
    languages TEXT NOT NULL,
    postcode TEXT NOT NULL,
    expected_close_on TEXT,
    PRIMARY KEY (version, child_id),
    CHECK (plan IN ('child_protection', 'court', 'looked_after', 'child_in_need')),
    CHECK (json_valid(needs)),
    CHECK (json_valid(languages)),
    FOREIGN KEY(version, worker_id) REFERENCES worker (version, worker_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE absence (
    version INTEGER NOT NULL,
    worker_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    start TEXT NOT NULL,
    "end" TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (version, worker_id, position),
    FOREIGN KEY(version, worker_id) REFERENCES worker (version, worker_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE "plan" (
    plan_no INTEGER NOT NULL,
    version INTEGER NOT NULL,
    engagement TEXT NOT NULL,
    seed INTEGER NOT NULL,
    booked_from TEXT NOT NULL,
    versions TEXT NOT NULL,
    seconds REAL NOT NULL,
    remedies TEXT NOT NULL,
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (plan_no),
    CHECK (json_valid(versions)),
    CHECK (json_valid(remedies)),
    FOREIGN KEY(version) REFERENCES engagement_version (version)
) STRICT;
CREATE INDEX ix_plan_version ON "plan" (version);
CREATE TABLE episode (
    version INTEGER NOT NULL,
    child_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    worker_id TEXT NOT NULL,
    from_date TEXT NOT NULL,
    to_date TEXT,
    PRIMARY KEY (version, child_id, position),
    FOREIGN KEY(version, child_id) REFERENCES child (version, child_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE event (
    version INTEGER NOT NULL,
    child_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    "on" TEXT NOT NULL,
    time TEXT,
    minutes INTEGER,
    PRIMARY KEY (version, child_id, position),
    CHECK (kind IN ('statutory_visit', 'review_conference', 'looked_after_review', 'core_group', 'court_hearing')),
    FOREIGN KEY(version, child_id) REFERENCES child (version, child_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE rule (
    version INTEGER NOT NULL,
    child_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    worker_id TEXT,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (version, child_id, position),
    CHECK (rule IN ('never', 'always', 'knows', 'separate')),
    FOREIGN KEY(version, child_id) REFERENCES child (version, child_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version, worker_id) REFERENCES worker (version, worker_id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY(version) REFERENCES engagement_version (version) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE level (
    plan_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    bound TEXT NOT NULL,
    seconds REAL NOT NULL,
    stopped TEXT NOT NULL,
    PRIMARY KEY (plan_no, position),
    CHECK (name IN ('unallocated', 'unallocated_points', 'outside_bands', 'changes', 'burden', 'strangers',
        'unknown', 'team_imbalance', 'worker_imbalance', 'no_meeting', 'unvisited', 'uncovered_visits', 'relayed',
        'unsigned', 'pairs', 'language_not_shared', 'journeys_km', 'changes_whatever_the_caseloads')),
    CHECK (stopped IN ('', 'clock', 'interrupt', 'work limit')),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE allocation (
    plan_no INTEGER NOT NULL,
    child_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    family_id TEXT NOT NULL,
    from_worker_id TEXT NOT NULL,
    to_worker_id TEXT,
    interim_worker_id TEXT,
    responsible_from TEXT,
    changes INTEGER NOT NULL,
    prior_changes INTEGER NOT NULL,
    known INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (plan_no, child_id),
    CHECK (known IN (0, 1)),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_allocation_child_id ON allocation (child_id);
CREATE TABLE appointment (
    plan_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    family_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    start TEXT NOT NULL,
    "end" TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    with_worker_id TEXT,
    PRIMARY KEY (plan_no, position),
    CHECK (kind IN ('summary', 'meeting', 'joint_visit', 'sign_off')),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE flag (
    plan_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    severity TEXT NOT NULL,
    subject TEXT NOT NULL,
    matter TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (plan_no, position),
    CHECK (severity IN ('stop', 'warn', 'info')),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;
CREATE TABLE verification (
    entry INTEGER NOT NULL,
    plan_no INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    findings TEXT NOT NULL,
    PRIMARY KEY (entry),
    CHECK (json_valid(findings)),
    FOREIGN KEY(plan_no) REFERENCES "plan" (plan_no)
) STRICT;
CREATE INDEX ix_verification_plan_no ON verification (plan_no, entry);
"""

# table: the table whose row closes it to further rows, and the key by which they go
SEALS = {
    "closed_day": ("engagement_version", "version"),
    "team": ("engagement_version", "version"),
    "worker": ("engagement_version", "version"),
    "child": ("engagement_version", "version"),
    "episode": ("engagement_version", "version"),
    "event": ("engagement_version", "version"),
    "absence": ("engagement_version", "version"),
    "rule": ("engagement_version", "version"),
    "level": ("plan", "plan_no"),
    "allocation": ("plan", "plan_no"),
    "appointment": ("plan", "plan_no"),
    "flag": ("plan", "plan_no"),
    "engagement_version": ("engagement_version", "version"),
    "imported": ("imported", "entry"),
    "plan": ("plan", "plan_no"),
    "verification": ("verification", "entry"),
    "audit": ("audit", "entry"),
}


def upgrade() -> None:
    """Make every table, and the triggers that refuse a change."""
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
    op.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    op.execute("PRAGMA user_version = 1")
