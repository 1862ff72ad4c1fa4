"""The trail: read, and held against its own chain."""

from db.record import AuditRow, Record
from handover.actions.report import Report, table
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
    """Hold the trail against its chain, and, if a printed head is given, look for its line. The report carries
    `CheckFailed` naming the first line that does not hold."""
    with record.reading() as store:
        fault = store.trail_fault(head)
        lines, last = len(store.trail()), store.trail_head() if fault is None else ""
    if fault is None:
        found = "" if head is None else f" The head {head.strip()} is in it."
        return Report(f"The trail holds: {lines} lines, head {last}.{found}", {"holds": True, "head": last})
    said = f"The trail does not hold: {fault}. Keep the file as it is, and tell whoever looks after your records."
    return Report(said, {"holds": False, "fault": fault}, error=CheckFailed(said))
