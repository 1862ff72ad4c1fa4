"""A sheet for each incoming team, and one for each person: what they need for their part and no more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from handover.british import count, dates_in, figure, long_day, number_day
from handover.clearance import receiving_workers
from handover.engagement import Engagement, Worker
from handover.outputs.tables import Value
from handover.outputs.workbook.book import CLOCK, Book, Field, widths
from handover.outputs.workbook.words import person, words
from handover.plan import Allocation, Plan
from handover.summary import Load, summary

TEAM_FIELDS = (
    Field("Goes to", 18),
    Field("Child", 8.5),
    Field("Family", 8.5),
    Field("Plan", 12.5),
    Field("Now with", 18),
    Field("Handover meeting", 14.5),
    Field("Met there by", 18),
    Field("Joint visit", 14.5),
    Field("Responsible from", 11),
    Field("Held in between by", 18),
    Field("Changes", 8.5),
    Field("Why this worker", 120, wrapped=False),
)
DIARY_FIELDS = (
    Field("Starts", 18),
    Field("Ends", 12, CLOCK),
    Field("What", 18),
    Field("Family", 16),
    Field("Children", 28),
    Field("With", 30),
)
CASE_FIELDS = (
    Field("Child", 18),
    Field("Plan", 12),
    Field("Family", 18),
    Field("From", 16),
    Field("Part", 28),
    Field("With", 30),
)


def team_case_sheets(book: Book, engagement: Engagement, plan: Plan) -> None:
    """A sheet for each team: its caseload in a line, then its children in order of who receives them."""
    of_team: dict[str, list[Allocation]] = defaultdict(list)
    for a in plan.allocations:
        if a.to_worker_id is not None:
            of_team[str(engagement.worker[a.to_worker_id].team_id)].append(a)
    for load in summary(engagement, plan).teams:
        children = sorted(of_team[load.team_id], key=lambda a: (_name(engagement, a.to_worker_id), a.child_id))
        rows = [_team_row(engagement, plan, a) for a in children]
        sheet = book.sheet(f"{load.team_id} {load.name}", colour="#7AA6C2")
        wide = widths(TEAM_FIELDS, rows)
        sheet.columns(wide[:-1])
        sheet.title(f"{load.name} ({load.team_id})", [_team_line(engagement, load)])
        sheet.columns(wide)
        _, last = sheet.table(TEAM_FIELDS, rows)
        # the reasons are for the screen: on paper they would make the rest too small to read
        sheet.raw.print_area(0, 0, last, len(TEAM_FIELDS) - 2)


def _team_line(engagement: Engagement, load: Load) -> str:
    workers = sum(w.team_id == load.team_id for w in receiving_workers(engagement))
    return (
        f"Manager: {person(engagement.team[load.team_id].manager_id, engagement)}. "
        f"{count(workers, 'receiving worker', 'receiving workers')}, {count(load.children, 'child', 'children')}, "
        f"{load.points:,} points: {load.place} the band of {load.low:,} to {load.high:,} (fair share "
        f"{figure(load.fair_share)}). Responsibility passes on {long_day(engagement.settings.go_live)}."
    )


def _team_row(engagement: Engagement, plan: Plan, a: Allocation) -> tuple[Value, ...]:
    booked = plan.appointments_of.get(a.family_id, {})
    meeting, visit = booked.get("meeting"), booked.get("joint_visit")
    return (
        person(a.to_worker_id, engagement),
        a.child_id,
        a.family_id,
        words(engagement.child[a.child_id].plan),
        person(a.from_worker_id, engagement),
        meeting.start if meeting else None,
        person(meeting.with_worker_id, engagement) if meeting else None,
        visit.start if visit else None,
        a.responsible_from,
        person(a.interim_worker_id, engagement),
        a.changes,
        dates_in(a.why),
    )


def person_sheets(book: Book, engagement: Engagement, plan: Plan) -> None:
    """A sheet for everybody who has an appointment or a child: their days, then their children."""
    diary = _diaries(engagement, plan)
    cases = _cases(engagement, plan)
    for worker in engagement.workers:
        if worker.worker_id in diary or worker.worker_id in cases:
            _person_sheet(book, worker, diary.get(worker.worker_id, []), cases.get(worker.worker_id, []))


def _person_sheet(book: Book, worker: Worker, diary: list[tuple[Value, ...]], cases: list[tuple[Value, ...]]) -> None:
    sheet = book.sheet(f"{worker.name} {worker.worker_id}")
    sheet.columns(field.width for field in DIARY_FIELDS)
    team = f", team {worker.team_id}" if worker.team_id else ""
    sheet.title(f"{worker.name} ({worker.worker_id})", [f"{words(worker.role).capitalize()}, {worker.side}{team}"])
    sheet.heading(f"Your appointments: {len(diary)}")
    if diary:
        sheet.table(DIARY_FIELDS, diary, filtered=False)
    sheet.heading(f"Your children: {len(cases)}")
    if cases:
        sheet.table(CASE_FIELDS, cases, filtered=False)


def _diaries(engagement: Engagement, plan: Plan) -> Mapping[str, list[tuple[Value, ...]]]:
    """By worker id, their appointments as rows, the earliest first."""
    found: dict[str, list[tuple[Value, ...]]] = defaultdict(list)
    for a in sorted(plan.appointments, key=lambda a: (a.start, a.family_id, a.kind)):
        children = ", ".join(child.child_id for child in engagement.family[a.family_id].children)
        for who, other in ((a.worker_id, a.with_worker_id), (a.with_worker_id, a.worker_id)):
            if who is not None:
                row = (a.start, a.end, words(a.kind), a.family_id, children, person(other, engagement))
                found[who].append(row)
    return found


def _cases(engagement: Engagement, plan: Plan) -> Mapping[str, list[tuple[Value, ...]]]:
    """By worker id, the children they keep, receive, hand over or hold in between, as rows."""
    found: dict[str, list[tuple[Value, ...]]] = defaultdict(list)
    for a in plan.allocations:
        for who, since, part, other in _parts(engagement, a):
            plan_words = words(engagement.child[a.child_id].plan)
            found[who].append((a.child_id, plan_words, a.family_id, since, part, other))
    return found


def _parts(engagement: Engagement, a: Allocation) -> Iterable[tuple[str, Value, str, str | None]]:
    """Who has a part in a child's move: since when, which, and with whom."""
    giver, receiver = person(a.from_worker_id, engagement), person(a.to_worker_id, engagement)
    if a.to_worker_id == a.from_worker_id:
        yield a.from_worker_id, None, "you keep", None
        return
    yield a.from_worker_id, None, "you hand over", receiver or "nobody yet"
    if a.to_worker_id is not None:
        yield a.to_worker_id, a.responsible_from, "you receive", giver
    if a.interim_worker_id is not None and a.responsible_from is not None:
        until = f"you hold until {number_day(a.responsible_from)}"
        yield a.interim_worker_id, engagement.settings.go_live, until, receiver


def _name(engagement: Engagement, worker_id: str | None) -> tuple[str, str]:
    return (engagement.worker[worker_id].name, worker_id) if worker_id else ("", "")
