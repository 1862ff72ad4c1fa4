"""What the report's pictures and the tables under them show, counted from the plan (contract §3 to §5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from handover.engagement import Engagement, Event
from handover.flags.look import Case, Look
from handover.outputs.report.words import day_of_year
from handover.plan import Plan
from handover.workdays import window_days

DAYS_AT_MOST = 15
"""A longer window is shown by the week."""
OUTCOMES = {
    "introduced": "Introduced before it",
    "not_introduced": "Not introduced before it",
    "same_worker": "Keeps the same worker",
    "nobody": "No receiving worker",
}


@dataclass(frozen=True)
class Period:
    """A working day of the window, or a week of a long one: its first day, and how it is headed."""

    first: date
    name: str


@dataclass(frozen=True)
class Busyness:
    """A team's appointments of a kind, or a person's hours, in each period of the window; `key` is the id."""

    key: str
    name: str
    by_period: tuple[Fraction, ...]

    @property
    def total(self) -> Fraction:
        """Over the whole window."""
        return sum(self.by_period, Fraction(0))


@dataclass(frozen=True)
class Hearing:
    """A family's next conference or hearing: `outcome` is one of `OUTCOMES`, `introduced_on` when the receiving worker
    first meets them, also when that is too late."""

    case: Case
    event: Event
    outcome: str

    @property
    def introduced_on(self) -> date | None:
        """None: not in the window, or nobody's worker changes."""
        return self.case.introduced_on if self.case.giver else None


def periods(engagement: Engagement) -> tuple[Period, ...]:
    """The working days of the window; its weeks when there are more than `DAYS_AT_MOST`."""
    days = window_days(engagement)
    if len(days) <= DAYS_AT_MOST:
        return tuple(Period(d, day_of_year(d)) for d in days)
    mondays = sorted({_monday(d) for d in days})
    return tuple(Period(m, f"Week of {day_of_year(m).partition(' ')[2]}") for m in mondays)


def changes_by_prior(plan: Plan) -> Mapping[tuple[int, int], int]:
    """Children by changes before and changes that this plan means for them; unallocated ones are left out."""
    return Counter((a.prior_changes, a.changes) for a in plan.allocations if a.to_worker_id is not None)


def team_days(engagement: Engagement, plan: Plan, kind: str) -> tuple[Busyness, ...]:
    """Meetings or joint visits of each receiving team's families, by period."""
    team_of = {
        a.family_id: engagement.worker[a.to_worker_id].team_id for a in plan.allocations if a.to_worker_id is not None
    }
    found = ((str(team_of[a.family_id]), a.start.date(), Fraction(1)) for a in plan.appointments if a.kind == kind)
    return _busyness(engagement, {t.team_id: t.name for t in engagement.teams}, found)


def hours(engagement: Engagement, plan: Plan, *, outgoing: bool) -> tuple[Busyness, ...]:
    """Hours of appointments of each person by period: of outgoing staff, or of incoming and staying staff with their
    managers."""
    names = {w.worker_id: w.name for w in engagement.workers if (w.side == "outgoing") == outgoing}
    found = (
        (who, a.start.date(), Fraction((a.end - a.start) // timedelta(minutes=1), 60))
        for a in plan.appointments
        for who in (a.worker_id, a.with_worker_id)
        if who in names
    )
    return _busyness(engagement, names, ((str(who), day, amount) for who, day, amount in found))


def hearings(engagement: Engagement, plan: Plan) -> tuple[Hearing, ...]:
    """Every family with a conference or hearing on or after `window_start`, by its day: is the receiving worker
    introduced on or before it? §5."""
    found = []
    for case in Look(engagement, plan).cases:
        event = case.first_hearing
        if event is not None:
            found.append(Hearing(case, event, _outcome(case, event)))
    return tuple(sorted(found, key=lambda h: (h.event.on, h.case.family.family_id)))


def _outcome(case: Case, event: Event) -> str:
    if case.to_worker is None:
        return "nobody"
    if case.giver is None:
        return "same_worker"
    return "introduced" if case.introduced_on and case.introduced_on <= event.on else "not_introduced"


def _busyness(
    engagement: Engagement, names: Mapping[str, str], found: Iterable[tuple[str, date, Fraction]]
) -> tuple[Busyness, ...]:
    spans = periods(engagement)
    daily = len(window_days(engagement)) == len(spans)
    amount: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    for whose, on, much in found:
        amount[whose, on if daily else _monday(on)] += much
    return tuple(
        Busyness(key, name, tuple(amount[key, span.first] for span in spans)) for key, name in sorted(names.items())
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
