"""What a plan can live with but somebody should look at: warnings on an engagement that was read (contract §1)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise

from handover.clearance import STANDS_FOR, failed_checks, receiving_workers, stands_for
from handover.engagement import Engagement
from handover.errors import Problem
from handover.intake.rows import Findings, Row, Rows
from handover.intake.values import quoted
from handover.network import finishes

MOST_OF_A_KIND = 20
"""Warnings of one kind that are listed one by one; the rest are counted."""
EQUIPMENT = ("laptop_on", "system_access_on", "induction_on")


def doubts(engagement: Engagement, tables: Mapping[str, Rows], findings: Findings) -> None:
    """Adds the warnings on people, children and their history to `findings`."""
    names = ("workers", "children", "history", "rules", "tasks")
    workers, children, history, rules, tasks = (tables[name] for name in names)
    kinds = (
        _not_cleared(engagement, workers),
        _not_equipped(workers),
        _odd_workers(workers),
        _odd_children(engagement, children),
        _no_history(children, history),
        _odd_history(engagement, history),
        _odd_rules(engagement, rules),
        _odd_tasks(engagement, tasks),
    )
    for found in kinds:
        findings.warnings.extend(islice(found, MOST_OF_A_KIND))
        rest = list(found)
        if rest:
            message = f"{len(rest)} more rows like those above: {rest[0].message}"
            findings.warnings.append(replace(rest[0], message=message))


def _not_cleared(engagement: Engagement, workers: Rows) -> Iterator[Problem]:
    for row in workers.rows:
        worker = engagement.worker[row.values["worker_id"]]
        missing = failed_checks(worker, engagement) if worker.side != "outgoing" else ()
        if missing:
            does = "signs nothing" if worker.role == "team_manager" else "receives no cases"
            message = f"{worker.worker_id} is not cleared and {does}: {', '.join(missing)}. Complete or correct these."
            yield Problem(workers.label, row.number, "", message)


def _not_equipped(workers: Rows) -> Iterator[Problem]:
    for row in workers.rows:
        blank = [column for column in EQUIPMENT if row.values[column] is None]
        if blank and row.values["side"] == "incoming":
            message = f"{row.values['worker_id']} has no {', '.join(blank)}: taken as in place already. Is that so?"
            yield Problem(workers.label, row.number, blank[0], message)


def _odd_workers(workers: Rows) -> Iterator[Problem]:
    for row in workers.rows:
        first, last = row.values["available_from"], row.values["available_to"]
        if first is not None and last is not None and last < first:
            message = f"{last} is before available_from {first}: {row.values['worker_id']} is never there."
            yield Problem(workers.label, row.number, "available_to", message)
        if row.values["side"] == "outgoing" and row.values["team_id"] is not None:
            message = f"{quoted(row.values['team_id'])} is not used: an outgoing person has no incoming team."
            yield Problem(workers.label, row.number, "team_id", message)


def _odd_children(engagement: Engagement, children: Rows) -> Iterator[Problem]:
    if not children.rows:
        yield Problem(children.label, 0, "", "has no child in it: there is nothing to plan.")
    go_live = engagement.settings.go_live
    for row in children.rows:
        close, worker_id = row.values["expected_close_on"], row.values["worker_id"]
        if close is not None and close < go_live:
            message = f"{close} is before go_live {go_live}: should {row.values['child_id']} still move?"
            yield Problem(children.label, row.number, "expected_close_on", message)
        if engagement.worker[worker_id].side == "incoming":
            message = f"{quoted(worker_id)} is incoming, yet holds {row.values['child_id']} now. Is the person staying?"
            yield Problem(children.label, row.number, "worker_id", message)


def _no_history(children: Rows, history: Rows) -> Iterator[Problem]:
    if not history.rows and children.rows:
        yield Problem(history.label, 0, "", "is not there or empty: no child counts as having changed worker before.")
        return
    known = {row.values["child_id"] for row in history.rows}
    for row in children.rows:
        if row.values["child_id"] not in known:
            message = f"{row.values['child_id']} is not in {history.label}: counts as never having changed worker."
            yield Problem(children.label, row.number, "child_id", message)


def _odd_history(engagement: Engagement, history: Rows) -> Iterator[Problem]:
    episodes: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(history.rows, key=lambda row: row.values["from_date"]):
        episodes[row.values["child_id"]].append(row)
        first, last = row.values["from_date"], row.values["to_date"]
        if last is not None and last < first:
            yield Problem(history.label, row.number, "to_date", f"{last} is before from_date {first}. Mend one.")
    for child_id, rows in episodes.items():
        for before, after in pairwise(rows):
            last = before.values["to_date"]
            if last is None or last > after.values["from_date"]:
                message = f"{child_id}: overlaps row {after.number}, which starts on {after.values['from_date']}."
                yield Problem(history.label, before.number, "to_date", message)
        now, holder = rows[-1], engagement.child[child_id].worker_id
        if now.values["to_date"] is None and now.values["worker_id"] != holder:
            message = f"{child_id}: {quoted(now.values['worker_id'])} is current here, {quoted(holder)} in children."
            yield Problem(history.label, now.number, "worker_id", message)


def _odd_rules(engagement: Engagement, rules: Rows) -> Iterator[Problem]:
    receiving = {worker.worker_id for worker in receiving_workers(engagement)}
    for row in rules.rows:
        child_id, worker_id, rule = (row.values[column] for column in ("child_id", "worker_id", "rule"))
        if rule == "always" and worker_id not in receiving:
            message = f"{quoted(worker_id)} receives no cases: {child_id} and siblings would be left unallocated."
            yield Problem(rules.label, row.number, "worker_id", message)
        if rule == "separate" and worker_id is not None:
            yield Problem(rules.label, row.number, "worker_id", f"{quoted(worker_id)} is not used by separate.")


def _odd_tasks(engagement: Engagement, tasks: Rows) -> Iterator[Problem]:
    """Tasks that end on another day than the column of workers.csv that they stand for. §2."""
    number = {row.values["task_id"]: row.number for row in tasks.rows}
    for worker_id, own in engagement.tasks_of.items():
        worker = engagement.worker.get(worker_id)
        for column in STANDS_FOR if worker else ():
            about = [task for task in own if stands_for(task, column)]
            day = getattr(worker, column)
            last = max(about, key=lambda task: finishes(engagement)[task.task_id], default=None)
            if last is None or day is None or (ends := finishes(engagement)[last.task_id]) == day:
                continue
            counts = "the task" if all(task.done_on for task in about) else "the later of the two"
            there = f"workers.csv has {day} in {column} for {worker_id}"
            message = f"{last.task_id} ends on {ends}, and {there}: as the files stand, {counts} counts."
            yield Problem(tasks.label, number[last.task_id], "", message)
