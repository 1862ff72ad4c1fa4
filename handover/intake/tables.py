"""The tables of an engagement and their columns: one list for files, workbooks, the template and the docs (§1)."""

from dataclasses import dataclass

from handover.engagement import EVENT_KINDS, ROLES, RULE_KINDS, SIDES
from handover.intake.values import (
    CLOCK_TIME,
    DATE,
    DAY_OR_MOMENT,
    FTE,
    ID,
    OPEN_DATE,
    TEXT,
    WORDS,
    YES_NO,
    Kind,
    one_of,
    whole,
)
from handover.settings import PLANS

MOST_DAYS = 250
"""Working days of one task: a year."""


@dataclass(frozen=True)
class Column:
    """One column: what its cells may hold, what they mean, whether it must be there and filled in every row."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table: `name`.csv in a folder, the sheet `name` in a workbook. `key`: the column with the row's own id."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = False
    key: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in their order."""
        return tuple(column.name for column in self.columns)


TEAMS = Table(
    "teams",
    "the incoming teams",
    (
        Column("team_id", ID, "the team's id", required=True),
        Column("name", TEXT, "the team's name", required=True),
        Column("manager_id", ID, "the worker_id of its manager: a team_manager, incoming or staying", required=True),
    ),
    required=True,
    key="team_id",
)
WORKERS = Table(
    "workers",
    "social workers and team managers of both providers",
    (
        Column("worker_id", ID, "the person's id", required=True),
        Column("name", TEXT, "the person's name", required=True),
        Column("role", one_of("a role", ROLES), "what the person does", required=True),
        Column(
            "side",
            one_of("a side", SIDES),
            "outgoing: works for the provider now; incoming: for the one after; staying: for both",
            required=True,
        ),
        Column("team_id", ID, "the incoming team; needed for incoming and staying, blank for outgoing"),
        Column("fte", FTE, "share of full time; blank: 1"),
        Column("available_from", DATE, "first day at work; blank: the start of the window"),
        Column("available_to", OPEN_DATE, "last day at work; blank: stays"),
        Column("qualified_on", DATE, "date of qualifying as a social worker"),
        Column("managing_since", DATE, "managing social workers since"),
        Column("swe_number", TEXT, "Social Work England number: SW and 1 to 6 digits"),
        Column("swe_registered_until", OPEN_DATE, "last day of the registration"),
        Column("swe_restrictions", YES_NO, "hearings, conditions or decisions; blank: nobody has looked"),
        Column("dbs_number", TEXT, "number of the enhanced DBS certificate: 12 digits, as text, leading zeros kept"),
        Column("dbs_issued_on", DATE, "date of the DBS certificate"),
        Column("laptop_on", DATE, "laptop in hand from; blank: already in place"),
        Column("system_access_on", DATE, "access to the case system from; blank: already in place"),
        Column("induction_on", DATE, "induction done on; blank: already in place"),
        Column("max_points", whole(0), "points never to be exceeded for this person; blank: no limit of their own"),
        Column("skills", WORDS, "skills, separated by ;"),
        Column("languages", WORDS, "languages, separated by ;"),
        Column("postcode", TEXT, "where the person starts from"),
    ),
    required=True,
    key="worker_id",
)
CHILDREN = Table(
    "children",
    "one row for each child with an allocated social worker",
    (
        Column("child_id", ID, "the child's id in your case system", required=True),
        Column("family_id", ID, "the same for siblings who move together; blank: moves alone"),
        Column("plan", one_of("a plan", PLANS), "the child's plan", required=True),
        Column("worker_id", ID, "who holds the child now", required=True),
        Column("points", whole(1), "the case's weight in points; blank: the plan's default"),
        Column("needs", WORDS, "skills that the receiving worker must have, separated by ;"),
        Column("languages", WORDS, "the family's languages, separated by ;"),
        Column("postcode", TEXT, "where the child lives"),
        Column("expected_close_on", OPEN_DATE, "expected closing; blank: not before the contract ends"),
    ),
    required=True,
    key="child_id",
)
HISTORY = Table(
    "history",
    "who held each child, and when",
    (
        Column("child_id", ID, "the child", required=True),
        Column("worker_id", ID, "who held the child; may be somebody who has left", required=True),
        Column("from_date", DATE, "first day", required=True),
        Column("to_date", OPEN_DATE, "last day; blank: current"),
    ),
)
EVENTS = Table(
    "events",
    "visits, reviews, conferences and hearings to come",
    (
        Column("child_id", ID, "the child", required=True),
        Column("kind", one_of("a kind of event", EVENT_KINDS), "what it is", required=True),
        Column("on", DATE, "the day; for a statutory visit the last day it may happen", required=True),
        Column("time", CLOCK_TIME, "when it starts; blank: no time is kept free for it"),
        Column("minutes", whole(1), "how long it lasts; blank: 120, a court hearing the rest of the day"),
    ),
)
ABSENCES = Table(
    "absences",
    "when people cannot be booked",
    (
        Column("worker_id", ID, "the person", required=True),
        Column("start", DAY_OR_MOMENT, "first day, or the moment it starts (2022-11-14T09:00)", required=True),
        Column("end", DAY_OR_MOMENT, "last day, or the moment it ends, written as start is", required=True),
        Column("reason", TEXT, "leave, court, training and the like"),
    ),
)
RULES = Table(
    "rules",
    "what a manager has decided about single children",
    (
        Column("child_id", ID, "the child", required=True),
        Column("worker_id", ID, "the worker meant; blank for separate"),
        Column(
            "rule",
            one_of("a rule", RULE_KINDS),
            "never or always this worker; knows: has met this worker; separate: need not move with siblings",
            required=True,
        ),
        Column("reason", TEXT, "why"),
    ),
)
TASKS = Table(
    "tasks",
    "the mobilisation as a network of tasks; without the file the built-in ones stand in",
    (
        Column("task_id", ID, "the task's id", required=True),
        Column(
            "name",
            TEXT,
            "what is to be done; of a worker's tasks those with DBS in their name settle from when they meet families, "
            "all settle when they are ready",
            required=True,
        ),
        Column("subject", ID, "the worker_id or team_id it is for; blank: the engagement"),
        Column("owner", TEXT, "who is to be chased"),
        Column("days", whole(0, MOST_DAYS), "working days of work; 0 for a moment, such as a signature", required=True),
        Column("after", WORDS, "task_ids that must be done first, separated by ;"),
        Column("not_before", DATE, "first day it can begin; blank, and nothing before it: the start of the window"),
        Column("done_on", DATE, "done on; blank: not yet"),
    ),
    key="task_id",
)

TABLES = (TEAMS, WORKERS, CHILDREN, HISTORY, EVENTS, ABSENCES, RULES, TASKS)
"""All tables, in the order of the contract."""
