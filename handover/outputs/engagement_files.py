"""An engagement as the input files it would be read from: engagement.toml and a CSV for each table (contract §1)."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path

from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Task, Team, Worker
from handover.outputs.atomic import replace_files
from handover.outputs.csv_files import guarded
from handover.settings import Settings

SAID_FIRST = ("name", "window_start", "go_live", "contract_end", "people_expected", "retention_months")
MIDNIGHT = time.min
DAY = timedelta(days=1)
MOST_DECIMALS = 12
"""As many as intake reads."""


def write_engagement(engagement: Engagement, out: Path) -> tuple[Path, ...]:
    """Write the engagement's input files into folder `out`, whole or not at all, and return their paths. §1.

    Reading them gives the same engagement back, closed days included, where those are as intake settles them.

    Raises UsageError when the folder cannot be written to, ValueError for a share that no decimal can write.
    """
    tables: tuple[tuple[str, type, Iterable[object]], ...] = (
        ("teams", Team, engagement.teams),
        ("workers", Worker, engagement.workers),
        ("children", Child, engagement.children),
        ("history", Episode, engagement.history),
        ("events", Event, engagement.events),
        ("absences", Absence, engagement.absences),
        ("rules", Rule, engagement.rules),
        *((("tasks", Task, engagement.tasks),) if engagement.tasks else ()),
    )
    files = {"engagement.toml": _toml(engagement.settings).encode()}
    files |= {f"{name}.csv": _csv([f.name for f in fields(kind)], rows) for name, kind, rows in tables}
    return replace_files(out, files)


def decimal_text(share: Fraction) -> str:
    """The fraction as the decimal it was written as: 1/5 is 0.2.

    Raises ValueError for one that no decimal of the input can write, such as 1/3.
    """
    for places in range(MOST_DECIMALS + 1):
        shifted = share * 10**places
        if shifted.denominator == 1:
            digits = f"{shifted.numerator:0{places + 1}}"
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    raise ValueError(f"{share} has no end as a decimal")


def _csv(columns: list[str], rows: Iterable[object]) -> bytes:
    """One table; a text that a spreadsheet would take for a formula has the guard that intake takes off again."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        values = _whole_days(row) if isinstance(row, Absence) else {name: getattr(row, name) for name in columns}
        writer.writerow([guarded(_cell(values[name])) for name in columns])
    return text.getvalue().encode("utf-8-sig")


def _whole_days(absence: Absence) -> Mapping[str, object]:
    """Whole days as two dates, both included; other absences as two date-times."""
    start, end = absence.start, absence.end
    whole = start.time() == end.time() == MIDNIGHT and start < end
    first, last = (start.date(), (end - DAY).date()) if whole else (start, end)
    return {"worker_id": absence.worker_id, "start": first, "end": last, "reason": absence.reason}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(str(item) for item in value)
    if isinstance(value, Fraction):
        return decimal_text(value)
    if isinstance(value, datetime | time):
        return value.isoformat(timespec="minutes")
    return str(value)


def _toml(settings: Settings) -> str:
    hours, work, need = settings.hours, settings.workload, settings.requirements
    pause = [] if hours.break_ is None else list(hours.break_)
    sections: dict[str, Mapping[str, object]] = {
        "": {name: getattr(settings, name) for name in SAID_FIRST},
        "calendar": {"closed": list(settings.closed)},
        "hours": {"start": hours.start, "end": hours.end, "break": pause, "slot_minutes": hours.slot_minutes},
        "workload": {f.name: getattr(work, f.name) for f in fields(work) if f.name != "points"},
        "workload.points": work.points,
        "requirements.social_worker": {"years_qualified": need.social_worker_years_qualified},
        "requirements.team_manager": {
            "years_qualified": need.team_manager_years_qualified,
            "years_managing": need.team_manager_years_managing,
        },
        "history": {f.name: getattr(settings.history, f.name) for f in fields(settings.history)},
        "handover": {f.name: getattr(settings.handover, f.name) for f in fields(settings.handover)},
    }
    lines = []
    for section, keys in sections.items():
        lines += ["", f"[{section}]"] if section else []
        lines += [f"{key} = {_toml_value(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml_value(item) for item in value)}]"
    if isinstance(value, Fraction):
        return decimal_text(value)
    if isinstance(value, date | int):
        return str(value)
    # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is
    return json.dumps(_cell(value), ensure_ascii=False).replace("\x7f", "\\u007f")
