"""How flags name events, people and figures."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from handover.engagement import Event, Worker

WORDS = {
    "statutory_visit": "statutory visit",
    "review_conference": "review conference",
    "looked_after_review": "looked-after review",
    "core_group": "core group",
    "court_hearing": "court hearing",
}
NAMED_AT_MOST = 6
"""How many children or events a flag names before it counts the rest."""


def events_in_words(events: Iterable[Event]) -> str:
    """Events as child, kind and day, in order of day."""
    return some([f"{e.child_id} {WORDS[e.kind]} on {e.on}" for e in sorted(set(events), key=_order)])


def _order(event: Event) -> tuple[date, str, str]:
    return event.on, event.child_id, event.kind


def named(worker: Worker) -> str:
    """A person by name and id."""
    return f"{worker.name} ({worker.worker_id})"


def some(words: list[str]) -> str:
    """The first few, and how many more."""
    more = len(words) - NAMED_AT_MOST
    return ", ".join(words[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def short(number: Fraction, *, up: bool = False) -> str:
    """A figure to one place for reading; `up` rounds up."""
    tenths = -(-number * 10 // 1) if up else round(number * 10)
    return f"{int(tenths) // 10}" + (f".{int(tenths) % 10}" if int(tenths) % 10 else "")
