"""The plan's tables as people read them: names with the ids, words for codes, dd/mm/yyyy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handover.british import dates_in
from handover.engagement import Engagement
from handover.outputs.tables import Table, Value
from handover.outputs.workbook.book import CLOCK, FILLS, Book, Field
from handover.outputs.workbook.words import person, requirement, words

Row = Mapping[str, Value]
Reading = Callable[[Row, Engagement], Value]


@dataclass(frozen=True)
class Shown:
    """A column of a sheet and how it is read from a row of the table."""

    field: Field
    read: Reading


@dataclass(frozen=True)
class Layout:
    """A table's sheet: its name, its columns, how many of them are printed (None: all)."""

    name: str
    columns: tuple[Shown, ...]
    printed: int | None = None


def plainly(column: str, heading: str, width: float, shown: str = "") -> Shown:
    """A column as it is."""
    return Shown(Field(heading, width, shown), lambda row, _engagement: row[column])


def in_words(column: str, heading: str, width: float) -> Shown:
    """A code, or a sentence with dates, as people read it."""

    def read(row: Row, _engagement: Engagement) -> Value:
        value = row[column]
        return dates_in(words(value)) if isinstance(value, str) else value

    return Shown(Field(heading, width), read)


def sentence(column: str, heading: str, width: float, *, wrapped: bool = True) -> Shown:
    """A sentence, its dates as here."""
    return Shown(Field(heading, width, wrapped=wrapped), lambda row, _engagement: dates_in(str(row[column] or "")))


def somebody(column: str, heading: str, width: float) -> Shown:
    """A person's id, as name and id."""
    return Shown(Field(heading, width), lambda row, engagement: person(_text(row[column]), engagement))


def listed(column: str, heading: str, width: float) -> Shown:
    """Several, with a comma between them."""
    return Shown(Field(heading, width), lambda row, _engagement: str(row[column] or "").replace(";", ", "))


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _failed(row: Row, _engagement: Engagement) -> Value:
    return "; ".join(requirement(name) for name in str(row["failed"] or "").split(";") if name)


SCHEDULE = (
    plainly("child_id", "Child", 8.5),
    plainly("family_id", "Family", 8.5),
    in_words("plan", "Plan", 12.5),
    somebody("from_worker_id", "Now with", 18),
    plainly("to_team_id", "Team", 6),
    somebody("to_worker_id", "Goes to", 18),
    somebody("interim_worker_id", "Held in between by", 18),
    plainly("responsible_from", "Responsible from", 11),
    plainly("meeting_start", "Handover meeting", 14.5),
    somebody("meeting_with", "Met there by", 18),
    plainly("joint_visit_start", "Joint visit", 14.5),
    plainly("changes", "Changes", 8.5),
    plainly("prior_changes", "Changes before", 8.5),
    in_words("meeting_mode", "How they meet", 10),
    plainly("meeting_end", "Meeting ends", 9, CLOCK),
    plainly("joint_visit_end", "Visit ends", 9, CLOCK),
    somebody("signed_off_by", "Signed off by", 18),
    plainly("sign_off_start", "Sign-off", 14.5),
    plainly("known", "Known to child", 8),
    sentence("flags", "Flags", 60),
    sentence("why", "Why this worker", 120, wrapped=False),
)
PRINTED = 13
"""Columns of the schedule that are printed: what a page can hold legibly. The rest is for the screen."""

LAYOUTS: Mapping[str, Layout] = {
    "handover_schedule": Layout("Schedule", SCHEDULE, PRINTED),
    "readiness": Layout(
        "Readiness",
        (
            plainly("worker_id", "Id", 9),
            plainly("worker", "Name", 24),
            in_words("role", "Role", 15),
            plainly("team_id", "Team", 9),
            plainly("cleared", "Cleared", 9),
            plainly("receives", "Receives cases", 10),
            plainly("meets_from", "May meet families from", 14),
            plainly("ready_on", "Ready on", 12),
            Shown(Field("What is missing", 60), _failed),
        ),
    ),
    "flags": Layout(
        "Flags",
        (
            plainly("severity", "Severity", 10),
            plainly("subject", "About", 11),
            sentence("matter", "Matter", 78),
            sentence("action", "What to do", 62),
        ),
    ),
    "notices": Layout(
        "Notices",
        (
            in_words("tell", "Tell", 17),
            plainly("by", "By", 11),
            plainly("family_id", "Family", 10),
            listed("child_ids", "Children", 26),
            listed("from_worker", "From", 24),
            plainly("to_worker", "To", 24),
            plainly("interim_worker", "Held in between by", 24),
            plainly("responsible_from", "Responsible from", 12),
            plainly("event_on", "Before the visit, review or hearing on", 16),
        ),
    ),
    "diary": Layout(
        "Diary",
        (
            somebody("worker_id", "Whose diary", 26),
            plainly("start", "Starts", 18),
            plainly("end", "Ends", 9, CLOCK),
            in_words("kind", "What", 16),
            plainly("family_id", "Family", 14),
            somebody("with_worker_id", "With", 26),
        ),
    ),
}
"""How each table is laid out; caseloads and teams have sheets of their own."""


def table_sheets(book: Book, engagement: Engagement, made: Mapping[str, Table], names: Sequence[str]) -> None:
    """A sheet for each named table that the plan has."""
    for name in names:
        if name in made:
            _table_sheet(book, engagement, made[name], LAYOUTS[name])


def _table_sheet(book: Book, engagement: Engagement, table: Table, layout: Layout) -> None:
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, values, strict=True)) for values in table.rows]
    sheet = book.sheet(layout.name)
    read = [[column.read(row, engagement) for column in layout.columns] for row in rows]
    fills = [FILLS.get(str(row["severity"]), "") for row in rows] if "severity" in names else ()
    _, last = sheet.table([column.field for column in layout.columns], read, fills)
    if layout.printed:
        sheet.raw.print_area(0, 0, last, layout.printed - 1)
    sheet.raw.set_header(f"&L&B{layout.name}")
