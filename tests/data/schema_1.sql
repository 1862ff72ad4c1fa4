-- a database of the first schema, as `.dump` shows it
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
CREATE TRIGGER closed_day_no_update BEFORE UPDATE ON closed_day BEGIN SELECT RAISE(ABORT, 'the record is append-only: closed_day'); END;
CREATE TRIGGER closed_day_no_delete BEFORE DELETE ON closed_day BEGIN SELECT RAISE(ABORT, 'the record is append-only: closed_day'); END;
CREATE TRIGGER closed_day_no_insert BEFORE INSERT ON closed_day WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: closed_day'); END;
CREATE TRIGGER team_no_update BEFORE UPDATE ON team BEGIN SELECT RAISE(ABORT, 'the record is append-only: team'); END;
CREATE TRIGGER team_no_delete BEFORE DELETE ON team BEGIN SELECT RAISE(ABORT, 'the record is append-only: team'); END;
CREATE TRIGGER team_no_insert BEFORE INSERT ON team WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: team'); END;
CREATE TRIGGER worker_no_update BEFORE UPDATE ON worker BEGIN SELECT RAISE(ABORT, 'the record is append-only: worker'); END;
CREATE TRIGGER worker_no_delete BEFORE DELETE ON worker BEGIN SELECT RAISE(ABORT, 'the record is append-only: worker'); END;
CREATE TRIGGER worker_no_insert BEFORE INSERT ON worker WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: worker'); END;
CREATE TRIGGER child_no_update BEFORE UPDATE ON child BEGIN SELECT RAISE(ABORT, 'the record is append-only: child'); END;
CREATE TRIGGER child_no_delete BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'the record is append-only: child'); END;
CREATE TRIGGER child_no_insert BEFORE INSERT ON child WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: child'); END;
CREATE TRIGGER episode_no_update BEFORE UPDATE ON episode BEGIN SELECT RAISE(ABORT, 'the record is append-only: episode'); END;
CREATE TRIGGER episode_no_delete BEFORE DELETE ON episode BEGIN SELECT RAISE(ABORT, 'the record is append-only: episode'); END;
CREATE TRIGGER episode_no_insert BEFORE INSERT ON episode WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: episode'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only: event'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the record is append-only: event'); END;
CREATE TRIGGER event_no_insert BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: event'); END;
CREATE TRIGGER absence_no_update BEFORE UPDATE ON absence BEGIN SELECT RAISE(ABORT, 'the record is append-only: absence'); END;
CREATE TRIGGER absence_no_delete BEFORE DELETE ON absence BEGIN SELECT RAISE(ABORT, 'the record is append-only: absence'); END;
CREATE TRIGGER absence_no_insert BEFORE INSERT ON absence WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: absence'); END;
CREATE TRIGGER rule_no_update BEFORE UPDATE ON rule BEGIN SELECT RAISE(ABORT, 'the record is append-only: rule'); END;
CREATE TRIGGER rule_no_delete BEFORE DELETE ON rule BEGIN SELECT RAISE(ABORT, 'the record is append-only: rule'); END;
CREATE TRIGGER rule_no_insert BEFORE INSERT ON rule WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: rule'); END;
CREATE TRIGGER level_no_update BEFORE UPDATE ON level BEGIN SELECT RAISE(ABORT, 'the record is append-only: level'); END;
CREATE TRIGGER level_no_delete BEFORE DELETE ON level BEGIN SELECT RAISE(ABORT, 'the record is append-only: level'); END;
CREATE TRIGGER level_no_insert BEFORE INSERT ON level WHEN EXISTS (SELECT 1 FROM plan WHERE plan_no = NEW.plan_no) BEGIN SELECT RAISE(ABORT, 'the record is append-only: level'); END;
CREATE TRIGGER allocation_no_update BEFORE UPDATE ON allocation BEGIN SELECT RAISE(ABORT, 'the record is append-only: allocation'); END;
CREATE TRIGGER allocation_no_delete BEFORE DELETE ON allocation BEGIN SELECT RAISE(ABORT, 'the record is append-only: allocation'); END;
CREATE TRIGGER allocation_no_insert BEFORE INSERT ON allocation WHEN EXISTS (SELECT 1 FROM plan WHERE plan_no = NEW.plan_no) BEGIN SELECT RAISE(ABORT, 'the record is append-only: allocation'); END;
CREATE TRIGGER appointment_no_update BEFORE UPDATE ON appointment BEGIN SELECT RAISE(ABORT, 'the record is append-only: appointment'); END;
CREATE TRIGGER appointment_no_delete BEFORE DELETE ON appointment BEGIN SELECT RAISE(ABORT, 'the record is append-only: appointment'); END;
CREATE TRIGGER appointment_no_insert BEFORE INSERT ON appointment WHEN EXISTS (SELECT 1 FROM plan WHERE plan_no = NEW.plan_no) BEGIN SELECT RAISE(ABORT, 'the record is append-only: appointment'); END;
CREATE TRIGGER flag_no_update BEFORE UPDATE ON flag BEGIN SELECT RAISE(ABORT, 'the record is append-only: flag'); END;
CREATE TRIGGER flag_no_delete BEFORE DELETE ON flag BEGIN SELECT RAISE(ABORT, 'the record is append-only: flag'); END;
CREATE TRIGGER flag_no_insert BEFORE INSERT ON flag WHEN EXISTS (SELECT 1 FROM plan WHERE plan_no = NEW.plan_no) BEGIN SELECT RAISE(ABORT, 'the record is append-only: flag'); END;
CREATE TRIGGER engagement_version_no_update BEFORE UPDATE ON engagement_version BEGIN SELECT RAISE(ABORT, 'the record is append-only: engagement_version'); END;
CREATE TRIGGER engagement_version_no_delete BEFORE DELETE ON engagement_version BEGIN SELECT RAISE(ABORT, 'the record is append-only: engagement_version'); END;
CREATE TRIGGER engagement_version_no_insert BEFORE INSERT ON engagement_version WHEN EXISTS (SELECT 1 FROM engagement_version WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the record is append-only: engagement_version'); END;
CREATE TRIGGER imported_no_update BEFORE UPDATE ON imported BEGIN SELECT RAISE(ABORT, 'the record is append-only: imported'); END;
CREATE TRIGGER imported_no_delete BEFORE DELETE ON imported BEGIN SELECT RAISE(ABORT, 'the record is append-only: imported'); END;
CREATE TRIGGER imported_no_insert BEFORE INSERT ON imported WHEN EXISTS (SELECT 1 FROM imported WHERE entry = NEW.entry) BEGIN SELECT RAISE(ABORT, 'the record is append-only: imported'); END;
CREATE TRIGGER plan_no_update BEFORE UPDATE ON plan BEGIN SELECT RAISE(ABORT, 'the record is append-only: plan'); END;
CREATE TRIGGER plan_no_delete BEFORE DELETE ON plan BEGIN SELECT RAISE(ABORT, 'the record is append-only: plan'); END;
CREATE TRIGGER plan_no_insert BEFORE INSERT ON plan WHEN EXISTS (SELECT 1 FROM plan WHERE plan_no = NEW.plan_no) BEGIN SELECT RAISE(ABORT, 'the record is append-only: plan'); END;
CREATE TRIGGER verification_no_update BEFORE UPDATE ON verification BEGIN SELECT RAISE(ABORT, 'the record is append-only: verification'); END;
CREATE TRIGGER verification_no_delete BEFORE DELETE ON verification BEGIN SELECT RAISE(ABORT, 'the record is append-only: verification'); END;
CREATE TRIGGER verification_no_insert BEFORE INSERT ON verification WHEN EXISTS (SELECT 1 FROM verification WHERE entry = NEW.entry) BEGIN SELECT RAISE(ABORT, 'the record is append-only: verification'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the record is append-only: audit'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the record is append-only: audit'); END;
CREATE TRIGGER audit_no_insert BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE entry = NEW.entry) BEGIN SELECT RAISE(ABORT, 'the record is append-only: audit'); END;
PRAGMA application_id = 1751414386;
PRAGMA user_version = 1;
CREATE TABLE alembic_version (version_num TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT;
INSERT INTO alembic_version VALUES ('0001');
