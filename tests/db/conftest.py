"""Records to test on."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

import pytest

from db import engine
from db.record import Record, create, open_record
from handover.engagement import Absence, Engagement, Episode, Event, Rule, Task
from handover.plan import APPOINTMENT_KINDS, LEVELS, Allocation, Appointment, Flag, Level, Plan
from tests.builders import a_child, a_engagement

NOON = datetime(2022, 11, 10, 12, tzinfo=UTC)


def everything() -> Engagement:
    """An engagement with at least one row of every kind."""
    return a_engagement(
        children=[a_child("C1", family_id="F1"), a_child("C2", family_id="F1", needs=("court",))],
        history=[Episode("C1", "P1", date(2021, 3, 1), date(2022, 3, 1)), Episode("C1", "O1", date(2022, 3, 1))],
        events=[Event("C1", "court_hearing", date(2022, 11, 17), time(10, 30), 90)],
        absences=[Absence("W1", datetime(2022, 11, 14), datetime(2022, 11, 16), "leave")],
        rules=[Rule("C2", "W2", "never", "conflict of interest")],
        tasks=[Task("K1", "Laptop", "W1", "ICT", 3, ("K2",), date(2022, 11, 14)), Task("K2", "Contract")],
    )


def a_plan(engagement: Engagement) -> Plan:
    """A plan with at least one row of every kind; C2 is left unallocated."""
    levels = tuple(Level(name, Fraction(n, 7), Fraction(n, 8), n / 10, "clock") for n, name in enumerate(LEVELS))
    start = datetime(2022, 11, 14, 9)
    return Plan(
        engagement=engagement.settings.name,
        input_sha256=engagement.input_sha256,
        seed=7,
        booked_from=date(2022, 11, 14),
        versions={"handover": "0.1.0", "ortools": "9.15"},
        seconds=12.25,
        levels=levels,
        changes_whatever_the_caseloads=Level("changes", Fraction(1), Fraction(1)),
        allocations=(
            Allocation("C1", "F1", "O1", "W1", None, date(2022, 11, 28), 2, 1, True, "W1 is known to C1."),
            Allocation("C2", "F1", "O1", None, None, None, 1, 0, False, "Nobody has court."),
        ),
        appointments=tuple(
            Appointment("F1", kind, start, start.replace(hour=10), "O1", None) for kind in APPOINTMENT_KINDS
        ),
        flags=(Flag("stop", "C2", "left without a worker", "find somebody with court"),),
        remedies=("one more worker with court",),
    )


def as_made(plan: Plan) -> Plan:
    """The plan without what is filled in when it is stored."""
    return replace(plan, plan_id="", made_at=None, made_by="")


def behind_our_back(record: Record, *statements: str) -> None:
    """What somebody with a copy of SQLite does, who takes the triggers away first and puts them back after."""
    with closing(sqlite3.connect(record.path)) as connection, connection:
        kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in kept:
            connection.execute(sql)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """One record for a whole module, written to by many examples."""
    path = tmp_path_factory.mktemp("record") / "shared.db"
    create(path)
    return replace(open_record(path), who=lambda: "asha", now=lambda: NOON)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """A new record, of which the user is `asha` and the time is noon."""
    path = tmp_path / "record.db"
    create(path)
    return replace(open_record(path), who=lambda: "asha", now=lambda: NOON)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked database is given up at once."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.01)
