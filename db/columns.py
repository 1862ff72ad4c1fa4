"""How values of the work are kept in SQLite's INTEGER, REAL and TEXT: exactly, and legible to an auditor with any tool.

Dates and times are ISO 8601 text, fractions are `n/d` text, lists and documents are JSON text.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from sqlalchemy import Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from handover.errors import RecordUnavailable
from handover.settings import Handover, History, Hours, Requirements, Settings, Workload


class Kept(TypeDecorator[Any]):
    """A value kept as text: how it is written, how it is read. Nothing stays nothing."""

    impl: Any = Text
    cache_ok = True

    def __init__(self, write: Callable[[Any], object], read: Callable[[Any], object]) -> None:
        super().__init__()
        self.write = write
        self.read = read

    def process_bind_param(self, value: object, dialect: Dialect) -> object:  # noqa: ARG002 (SQLAlchemy's signature)
        """To the database."""
        return None if value is None else self.write(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:  # noqa: ARG002 (SQLAlchemy's signature)
        """From the database. Raises `RecordUnavailable` for a value that nobody wrote so."""
        try:
            return None if value is None else self.read(value)
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
            raise RecordUnavailable(
                "The database is damaged: a value in it is not as it was written. Restore a backup."
            ) from None


class KeptAsNumber(Kept):
    """A value kept as a whole number."""

    impl = Integer
    cache_ok = True


def _document(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    return json.dumps(value, default=str, sort_keys=True, ensure_ascii=False)


def _settings(kept: dict[str, Any]) -> Settings:
    hours, workload, handover = kept["hours"], kept["workload"], kept["handover"]
    rest = hours["break_"]
    return Settings(
        name=kept["name"],
        window_start=date.fromisoformat(kept["window_start"]),
        go_live=date.fromisoformat(kept["go_live"]),
        contract_end=date.fromisoformat(kept["contract_end"]),
        closed=tuple(date.fromisoformat(day) for day in kept["closed"]),
        hours=Hours(
            start=time.fromisoformat(hours["start"]),
            end=time.fromisoformat(hours["end"]),
            break_=None if rest is None else (time.fromisoformat(rest[0]), time.fromisoformat(rest[1])),
            slot_minutes=hours["slot_minutes"],
        ),
        workload=Workload(points=workload.pop("points"), **{name: Fraction(share) for name, share in workload.items()}),
        requirements=Requirements(**kept["requirements"]),
        history=History(**kept["history"]),
        handover=Handover(**{**handover, "joint_visit_for": tuple(handover["joint_visit_for"])}),
        people_expected=kept.get("people_expected", 0),
        retention_months=kept.get("retention_months", 0),
    )


DAY = Kept(date.isoformat, date.fromisoformat)
"""`YYYY-MM-DD`."""
CLOCK = Kept(time.isoformat, time.fromisoformat)
"""`HH:MM:SS`."""
MOMENT = Kept(datetime.isoformat, datetime.fromisoformat)
"""`YYYY-MM-DDTHH:MM:SS`, with its offset where it says when something was recorded."""
RATIO = Kept(lambda value: str(Fraction(value)), Fraction)
"""An exact `n/d`, or a whole number."""
YES_NO = KeptAsNumber(int, bool)
"""1 or 0."""
WORDS = Kept(_document, lambda text: tuple(json.loads(text)))
"""Words or sentences in order: a JSON array."""
DOCUMENT = Kept(lambda value: _document(dict(value)), json.loads)
"""Named details: a JSON object, dates and fractions in it as their own text."""
SETTINGS = Kept(lambda value: _document(asdict(value)), lambda text: _settings(json.loads(text)))
"""The whole of `engagement.toml`, its defaults as they stood: a JSON object."""
