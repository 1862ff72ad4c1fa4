"""The trail: read, and held against its own chain."""

from collections.abc import Sequence

from db.record import AuditRow, Record
from handover.actions.report import Report, table
from handover.british import count, number_day
from handover.errors import CheckFailed


def list_trail(record: Record) -> Report:
    """Every line of the trail, the oldest first."""
    with record.reading() as store:
        lines, head = store.trail(), store.trail_head()
    rows = [
        (
            line.entry,
            f"{line.at:%d/%m/%Y %H:%M:%S}",
            line.who,
            line.what,
            line.plan_id or "",
            (line.input_sha256 or "")[:12],
            _in_short(line),
        )
        for line in lines
    ]
    columns = ("line", "when (UTC)", "who", "what", "plan", "input", "details")
    return Report(f"{table(columns, rows)}\nHead: {head}", {"trail": lines, "head": head})


def _in_short(line: AuditRow) -> str:
    """The details that are counts and words; what is nested is in --json."""
    return " ".join(f"{name}={value}" for name, value in line.details.items() if not isinstance(value, dict | list))


def verify_trail(record: Record, head: str | None) -> Report:
    """Hold the trail against its chain, and all that is stored against the trail's seals; if a printed head is given,
    look for its line. The report carries `CheckFailed` naming the first line, import or plan that does not hold."""
    with record.reading() as store:
        fault = store.trail_fault(head)
        # a line that does not hold may not even be read
        lines, last = (store.trail(), store.trail_head()) if fault is None else ((), "")
    if fault is None:
        found = "" if head is None else f" The head {head.strip()} is in it."
        text = f"The trail holds: {count(len(lines), 'line', 'lines')}, head {last}.{found}{_sealed_late(lines)}"
        return Report(text, {"holds": True, "head": last})
    said = f"The trail does not hold: {fault}. Keep the file as it is, and tell whoever looks after your records."
    return Report(said, {"holds": False, "fault": fault}, error=CheckFailed(said))


def _sealed_late(lines: Sequence[AuditRow]) -> str:
    """What cannot be said of the rows of a database that was made before the trail had seals of them."""
    late = [line for line in lines if line.what == "migration"]
    if not late:
        return ""
    day, entry = number_day(late[0].at.date()), late[0].entry
    return f" What was stored before {day} is held against how it stood then (line {entry}), not when it was stored."
