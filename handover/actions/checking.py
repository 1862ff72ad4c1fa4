"""Check: what stands in a plan's way, before any is made."""

from db.record import Record
from handover.actions.record import latest
from handover.actions.report import Report
from handover.checks import check, figures
from handover.plan import SEVERITIES


def check_engagement(record: Record) -> Report:
    """Hold the engagement imported last against what a plan needs. §6."""
    engagement = latest(record).engagement
    found = check(engagement)
    numbers = figures(engagement)
    counts = {severity: sum(f.severity == severity for f in found) for severity in SEVERITIES}
    settle = "Settle every stop before a plan is made." if counts["stop"] else "Nothing stands in a plan's way."
    size = "{engagement}: {children} children in {families} families, {points} points"
    room = (
        "{receiving_workers} receiving workers, {fte:g} full-time, with room for {high_ends} points to their high ends"
    )
    listed = [f"{f.severity:4}  {f.subject}: {f.matter}. {f.action}" for f in found]
    ends = f"{counts['stop']} stop, {counts['warn']} warn, {counts['info']} info. {settle}"
    lines = [size.format(**numbers), room.format(**numbers), "", *listed, *([""] if listed else []), ends]
    return Report("\n".join(lines), numbers | {"flags": list(found)})
