"""What must hold between rows and between tables (contract §1, "Refused"). Every breach is reported, each once.

A row that is refused for something else still counts: whoever refers to its id is not blamed for it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from handover.intake.rows import Findings, Row, Rows
from handover.intake.tables import TABLES
from handover.intake.values import quoted
from handover.network import cycles

REFERENCES = (
    ("teams", "manager_id", "workers"),
    ("workers", "team_id", "teams"),
    ("children", "worker_id", "workers"),
    ("history", "child_id", "children"),
    ("events", "child_id", "children"),
    ("absences", "worker_id", "workers"),
    ("rules", "child_id", "children"),
    ("rules", "worker_id", "workers"),
)
"""Table, column, and the table that must have that id. History's workers may have left and are not looked up."""


def check_tables(tables: Mapping[str, Rows], findings: Findings) -> None:
    """Reports every breach between the rows of an engagement."""
    for table in TABLES:
        if table.key:
            _check_duplicates(tables[table.name], table.key, findings)
    for name, column, target in REFERENCES:
        _check_references(tables[name], column, tables[target], target, findings)
    _check_managers(tables["teams"], tables["workers"], findings)
    _check_teams_of_workers(tables["workers"], findings)
    _check_families(tables["children"], findings)
    _check_absences(tables["absences"], findings)
    _check_rules(tables["rules"], findings)
    _check_tasks(tables["tasks"], tables["workers"], tables["teams"], findings)


def _check_duplicates(rows: Rows, key: str, findings: Findings) -> None:
    first: dict[str, int] = {}
    for row in rows.rows:
        if key in row.values:
            earlier = first.setdefault(row.values[key], row.number)
            if earlier != row.number:
                message = f"{quoted(row.values[key])} is in row {earlier} already. Keep one row for each {key}."
                findings.problem(rows.label, row.number, key, message)


def _alike(text: str) -> str:
    """What two ids have in common that differ in case, spaces, punctuation or leading zeros only."""
    return "".join(letter for letter in text.casefold() if letter.isalnum()).lstrip("0")


def _check_references(rows: Rows, column: str, target: Rows, target_name: str, findings: Findings) -> None:
    if target.ids is None:
        return
    wanted = ((row, row.values[column]) for row in rows.rows if row.values.get(column) is not None)
    _check_known(rows, column, wanted, target.ids, target_name, findings)


def _check_known(
    rows: Rows, column: str, wanted: Iterable[tuple[Row, str]], known: frozenset[str], target: str, findings: Findings
) -> None:
    alike: dict[str, str] | None = None
    for row, ident in wanted:
        if ident in known:
            continue
        alike = alike if alike is not None else {_alike(other): other for other in sorted(known)}
        near = alike.get(_alike(ident))
        hint = f" Did you mean {quoted(near)}? Ids are compared exactly." if near else ""
        message = f"{quoted(ident)} is in no row of {target}.{hint} Mend the id, or add the row to {target}."
        findings.problem(rows.label, row.number, column, message)


def _check_managers(teams: Rows, workers: Rows, findings: Findings) -> None:
    people = workers.by("worker_id")
    for row in teams.rows:
        manager = people.get(row.values.get("manager_id", ""))
        if manager is None:
            continue
        name = quoted(row.values["manager_id"])
        role, side = manager.values.get("role"), manager.values.get("side")
        place = (teams.label, row.number, "manager_id")
        where = f"{workers.label} row {manager.number}"
        if role not in ("team_manager", None):
            findings.problem(*place, f"{name} is a {role} ({where}), not a team_manager. Name the team's manager.")
        if side == "outgoing":
            findings.problem(*place, f"{name} is outgoing ({where}). Name a manager who is incoming or staying.")


def _check_teams_of_workers(workers: Rows, findings: Findings) -> None:
    for row in workers.rows:
        side = row.values.get("side")
        if side in ("incoming", "staying") and row.values.get("team_id", "") is None:
            message = f"is blank, and the person is {side}. Give the incoming team's id."
            findings.problem(workers.label, row.number, "team_id", message)


def _check_families(children: Rows, findings: Findings) -> None:
    for row in children.rows:
        family = row.values.get("family_id")
        if family is not None and family in (children.ids or ()) and family != row.values.get("child_id", family):
            message = f"{quoted(family)} is another child's child_id. Give the family an id of its own."
            findings.problem(children.label, row.number, "family_id", message)


def _check_absences(absences: Rows, findings: Findings) -> None:
    for row in absences.rows:
        start, end = row.values.get("start"), row.values.get("end")
        if start is None or end is None:
            continue
        if isinstance(start, datetime) != isinstance(end, datetime):
            message = "is a date where the other of start and end is a date-time. Give two dates or two date-times."
            findings.problem(absences.label, row.number, "start" if isinstance(end, datetime) else "end", message)
        elif end < start:
            findings.problem(absences.label, row.number, "end", f"{end} is before start {start}. Mend one of the two.")


def _check_rules(rules: Rows, findings: Findings) -> None:
    always: dict[str, Row] = {}
    said: dict[tuple[str, str, str], Row] = {}
    for row in rules.rows:
        child, worker, rule = (row.values.get(column) for column in ("child_id", "worker_id", "rule"))
        if rule in ("never", "always", "knows") and worker is None and "worker_id" in row.values:
            findings.problem(rules.label, row.number, "worker_id", f"is blank, and {rule} needs a worker. Give the id.")
        if child is None or rule is None:
            continue
        if rule == "always" and always.setdefault(child, row) is not row:
            message = f"a second always for {quoted(child)} (the first: row {always[child].number}). Keep one."
            findings.problem(rules.label, row.number, "rule", message)
        if worker is None:
            continue
        said.setdefault((child, worker, rule), row)
        other = {"never": "always", "always": "never"}.get(rule, "")
        against = said.get((child, worker, other))
        if against is not None:
            message = f"{rule} contradicts {other} in row {against.number} for the same child and worker. Keep one."
            findings.problem(rules.label, row.number, "rule", message)


def _check_tasks(tasks: Rows, workers: Rows, teams: Rows, findings: Findings) -> None:
    if workers.ids is not None and teams.ids is not None:
        subjects = ((row, row.values["subject"]) for row in tasks.rows if row.values.get("subject") is not None)
        _check_known(tasks, "subject", subjects, workers.ids | teams.ids, "workers or teams", findings)
    if tasks.ids is not None:
        before = ((row, task_id) for row in tasks.rows for task_id in row.values.get("after", ()))
        _check_known(tasks, "after", before, tasks.ids, "tasks", findings)
    found = tasks.by("task_id")
    for cycle in cycles({task_id: row.values.get("after", ()) for task_id, row in found.items()}):
        message = f"each waits for the one before it: {' → '.join((*cycle, cycle[0]))}. Take one of them out of after."
        findings.problem(tasks.label, found[cycle[0]].number, "after", message)
