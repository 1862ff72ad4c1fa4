"""The parts of docs/governance/stored.md: every file, table and column that handover keeps, about whom, and why.

A table, column or format without a word here stops `make docs` and `make check`: nothing is kept that is not told.
"""

from collections.abc import Iterator

from sqlalchemy import Column, Table

from db.engine import PRAGMAS
from db.keys import SAID
from db.tables import metadata
from handover.intake.tables import TABLES
from handover.outputs import COLUMNS, FORMATS

READ_FROM = {
    "team": "teams",
    "worker": "workers",
    "child": "children",
    "episode": "history",
    "event": "events",
    "absence": "absences",
    "rule": "rules",
    "task": "tasks",
}
"""The file of input that each table is read from."""

WHY = {
    "engagement_version": ("nobody", "each import as a version, so that an old plan can be checked against its input"),
    "imported": ("who used the program", "who imported what, when"),
    "closed_day": ("nobody", "days on which nothing is booked"),
    "team": ("staff", "who belongs together, and who signs off"),
    "worker": ("staff", "who may receive cases, from when, and how many"),
    "child": ("children", "whom the plan is for, how much work, and which skills their worker needs"),
    "episode": ("children, staff", "who knows the child, and how many changes the child has had"),
    "event": ("children", "days on which a worker is bound, or the child must know them"),
    "absence": ("staff", "when people cannot be booked"),
    "rule": ("children, staff", "what a manager has decided about a child"),
    "task": ("staff", "what is still to be done before go-live, and by whom"),
    "progress": ("who used the program", "tasks said to be done"),
    "plan": ("who used the program", "how a plan was made, so that it can be made again"),
    "level": ("nobody", "how good the plan is, and the proof"),
    "allocation": ("children, staff", "the recommendation: which worker each child goes to, and why"),
    "appointment": ("children, staff", "the meetings, visits and sign-offs"),
    "flag": ("children, staff", "what a person has to decide"),
    "verification": ("who used the program", "each check of a stored plan, and what it found"),
    "audit": ("who used the program", "the trail: who did what, when; ids at most, no child's name or address"),
    "trail_key": ("nobody", "what the trail's digests are keyed by"),
    "approval": ("who used the program", "which manager approved the plan, and why"),
    "removal": ("nobody", "how many people were removed when records were purged, so that figures still add up"),
    "pseudonym_key": ("nobody", "what pseudonyms are keyed by; without it nobody can turn one back"),
}
"""About whom the rows of each table are, and why they are kept."""

MEANS = {
    "action": "what to do about it",
    "at": "when",
    "booked_from": "first day on which the plan books anything",
    "bound": "what no plan can go below",
    "changes": "changes of social worker",
    "child_id": "the child",
    "children": "how many children",
    "day": "the day",
    "details": "what belongs to the line: counts, ids, file formats, digests of what was stored",
    "done_on": "the day; blank: not done after all",
    "end": "when it ends",
    "engagement": "the engagement's name",
    "entry": "the line's number",
    "family_id": "the family",
    "findings": "what the check found",
    "from_worker_id": "who holds the child now",
    "input_sha256": "digest of the input",
    "interim_worker_id": "who holds the child until the new worker is ready",
    "key": "a random key of 256 bits, made with the database",
    "kind": "what sort of appointment it is",
    "known": "whether the child knows the new worker",
    "mac": "keyed digest of the line",
    "made_at": "when it was made",
    "made_by": "who made it",
    "matter": "what is the matter",
    "name": "which level it is",
    "one": "always 1",
    "plan_id": "the plan",
    "plan_no": "the plan",
    "position": "the order in which the rows were given",
    "previous": "digest of the line before",
    "prior_changes": "changes the child has had",
    "reason": "why, in the manager's words",
    "remedies": "ways out of a shortage",
    "responsible_from": "the day from which the new worker is responsible",
    "seconds": "how long it took",
    "seed": "with it the same plan can be made again",
    "settings": "all of engagement.toml",
    "severity": "how grave it is",
    "source": "name of the folder or workbook",
    "start": "when it starts",
    "stopped": "what ended the search",
    "subject": "id of whom it is about",
    "task_id": "the task",
    "to_worker_id": "who receives the child",
    "unallocated": "children without a receiving worker",
    "value": "what the plan reaches",
    "version": "which import it belongs to",
    "versions": "of the program and its solvers",
    "what": "what was done",
    "who": "the system's user, and the name given with `--as`",
    "why": "the reasons, in words",
    "with_worker_id": "the other person",
    "worker_id": "the person",
}
"""Columns that are not read from a file of input."""

SPECIAL = {
    "child.needs": "special category where a need tells of health, belief or origin",
    "child.languages": "may tell of ethnic origin",
    "child.plan": "sensitive: a child protection plan, proceedings, care",
    "child.postcode": "where a child lives",
    "event.kind": "sensitive: a court hearing",
    "worker.languages": "may tell of ethnic origin",
    "worker.dbs_number": "that a criminal record check was made; not what it found",
    "worker.swe_restrictions": "whether the regulator has restricted the person",
    "worker.postcode": "where a member of staff starts from",
    "absence.reason": "special category where it tells of illness: leave it blank, or write `leave`",
    "rule.reason": "free text: keep out what is not needed",
    "approval.reason": "free text: keep out what is not needed",
    "allocation.why": "repeats needs and rules in words",
}
"""What an information governance officer looks at first."""

FILES = {
    "csv": ("children, staff", "the plan's tables and plan.json, for people and other systems"),
    "xlsx": ("children, staff", "the same for service leads to read"),
    "html": ("children, staff", "the report: one page that loads nothing"),
    "ics": ("staff; families by id", "each person's diary"),
}
OUTPUTS = {
    "handover_schedule": "children, staff",
    "diary": "staff; families by id",
    "caseloads": "staff",
    "team_balance": "staff",
    "readiness": "staff",
    "flags": "children, staff",
    "notices": "children, staff",
}


def pragmas() -> Iterator[str]:
    """How each connection to the database is set."""
    yield from (f"- `PRAGMA {pragma}`" for pragma in PRAGMAS)


def keys() -> Iterator[str]:
    """What a database may be opened with."""
    yield f"A database is opened with one of: {', '.join(SAID.values())}."


def tables() -> Iterator[str]:
    """Each table of the database and its columns. Raises KeyError for one without a word above."""
    for table in sorted(metadata.tables.values(), key=lambda t: list(WHY).index(t.name) if t.name in WHY else -1):
        about, why = WHY[table.name]
        yield from ("", f"### {table.name}", "", f"About: {about}. Why: {why}.", "")
        yield from ("| column | what | note |", "|---|---|---|")
        yield from (
            f"| `{c.name}` | {_means(table, c)} | {SPECIAL.get(f'{table.name}.{c.name}', '')} |" for c in table.c
        )


def _means(table: Table, column: Column[object]) -> str:
    read = {t.name: {c.name: c.meaning for c in t.columns} for t in TABLES}
    found = read.get(READ_FROM.get(table.name, ""), {}).get(column.name) or MEANS[column.name]
    return found.replace("|", "\\|")


def files() -> Iterator[str]:
    """Each format and each table that a plan is written in. Raises KeyError for one without a word above."""
    yield from ("| `--format` | about | what for |", "|---|---|---|")
    yield from (f"| `{name}` | {FILES[name][0]} | {FILES[name][1]} |" for name in FORMATS)
    yield from ("", "| table | about | columns |", "|---|---|---|")
    for name, columns in COLUMNS.items():
        yield f"| `{name}.csv` | {OUTPUTS[name]} | {', '.join(f'`{column.name}`' for column in columns)} |"
