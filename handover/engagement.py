"""The engagement: one change of provider, as read from its files (contract §1).

Values only, in a canonical order (people and children by id), so that the order of rows in a file changes nothing
but what the contract says it does: ties in a child's history stay in file order.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache, cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from handover.settings import Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ROLES = ("social_worker", "team_manager")
SIDES = ("outgoing", "incoming", "staying")
EVENT_KINDS = ("statutory_visit", "review_conference", "looked_after_review", "core_group", "court_hearing")
RULE_KINDS = ("never", "always", "knows", "separate")


@dataclass(frozen=True)
class Team:
    """An incoming team of social workers and the manager who signs its handovers off."""

    team_id: str
    name: str
    manager_id: str


@dataclass(frozen=True)
class Worker:
    """A social worker or team manager of either provider. `staying` works for the one now and the other after."""

    worker_id: str
    name: str
    role: str
    side: str
    team_id: str | None = None
    fte: Fraction = Fraction(1)
    available_from: date | None = None
    available_to: date | None = None
    qualified_on: date | None = None
    managing_since: date | None = None
    swe_number: str = ""
    swe_registered_until: date | None = None
    swe_restrictions: str = ""
    dbs_number: str = ""
    dbs_issued_on: date | None = None
    laptop_on: date | None = None
    system_access_on: date | None = None
    induction_on: date | None = None
    max_points: int | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    postcode: str = ""


@dataclass(frozen=True)
class Child:
    """One child, with the one allocated social worker who holds the case now (`worker_id`)."""

    child_id: str
    family_id: str | None
    plan: str
    worker_id: str
    points: int | None = None
    needs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    postcode: str = ""
    expected_close_on: date | None = None


@dataclass(frozen=True)
class Episode:
    """A time during which one worker held a child's case; `to_date` None: current."""

    child_id: str
    worker_id: str
    from_date: date
    to_date: date | None = None


@dataclass(frozen=True)
class Event:
    """A visit, review, conference, group or hearing of a child. For a visit, `on` is the last day it may happen."""

    child_id: str
    kind: str
    on: date
    time: dt.time | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Absence:
    """A worker away from `start` up to `end` (exclusive). Whole days run from midnight to midnight."""

    worker_id: str
    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True)
class Rule:
    """A manager's rule for a child; `separate` names no worker."""

    child_id: str
    worker_id: str | None
    rule: str
    reason: str = ""


@dataclass(frozen=True)
class Task:
    """A piece of the mobilisation: `days` working days of work (0: a moment), begun once every task of `after` is done.

    `subject` is the worker or team it is for, None for the engagement as a whole.
    """

    task_id: str
    name: str
    subject: str | None = None
    owner: str = ""
    days: int = 1
    after: tuple[str, ...] = ()
    not_before: date | None = None
    done_on: date | None = None


@dataclass(frozen=True)
class Family:
    """The siblings that move together; a child who moves alone is a family of one, known by the child's id."""

    family_id: str
    children: tuple[Child, ...]


@dataclass(frozen=True)
class Engagement:
    """One change of provider. Build it with `engagement()`, which puts the rows in canonical order.

    `closed_days` holds every weekday without work (England's bank holidays and the engagement's own closures), settled
    once at intake so that a plan can be checked years later against the days it was made with.
    """

    settings: Settings
    closed_days: frozenset[date]
    teams: tuple[Team, ...]
    workers: tuple[Worker, ...]
    children: tuple[Child, ...]
    history: tuple[Episode, ...] = ()
    events: tuple[Event, ...] = ()
    absences: tuple[Absence, ...] = ()
    rules: tuple[Rule, ...] = ()
    tasks: tuple[Task, ...] = ()

    @cached_property
    def team(self) -> Mapping[str, Team]:
        """Teams by id."""
        return {t.team_id: t for t in self.teams}

    @cached_property
    def worker(self) -> Mapping[str, Worker]:
        """Workers by id."""
        return {w.worker_id: w for w in self.workers}

    @cached_property
    def child(self) -> Mapping[str, Child]:
        """Children by id."""
        return {c.child_id: c for c in self.children}

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """Families by id: siblings share a `family_id`; `separate` or a blank one makes a family of one (§2)."""
        separate = {r.child_id for r in self.rules if r.rule == "separate"}
        members: dict[str, list[Child]] = defaultdict(list)
        for child in self.children:
            alone = child.family_id is None or child.child_id in separate
            members[child.child_id if alone else str(child.family_id)].append(child)
        return tuple(Family(family_id, tuple(members[family_id])) for family_id in sorted(members))

    @cached_property
    def family(self) -> Mapping[str, Family]:
        """Families by family id."""
        return {f.family_id: f for f in self.families}

    @cached_property
    def family_of(self) -> Mapping[str, Family]:
        """The family of each child, by child id."""
        return {c.child_id: f for f in self.families for c in f.children}

    @cached_property
    def episodes_of(self) -> Mapping[str, tuple[Episode, ...]]:
        """Each child's episodes in date order, ties in file order."""
        found: dict[str, list[Episode]] = defaultdict(list)
        for episode in self.history:
            found[episode.child_id].append(episode)
        return {c: tuple(sorted(e, key=lambda x: x.from_date)) for c, e in found.items()}

    @cached_property
    def events_of(self) -> Mapping[str, tuple[Event, ...]]:
        """Each child's events in date order."""
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            found[event.child_id].append(event)
        return {c: tuple(e) for c, e in found.items()}

    @cached_property
    def absences_of(self) -> Mapping[str, tuple[Absence, ...]]:
        """Each worker's absences in order of start."""
        found: dict[str, list[Absence]] = defaultdict(list)
        for absence in self.absences:
            found[absence.worker_id].append(absence)
        return {w: tuple(a) for w, a in found.items()}

    @cached_property
    def never(self) -> frozenset[tuple[str, str]]:
        """Pairs (child id, worker id) with the rule `never`."""
        return frozenset((r.child_id, str(r.worker_id)) for r in self.rules if r.rule == "never")

    @cached_property
    def always(self) -> Mapping[str, str]:
        """The worker a child must go to, by child id."""
        return {r.child_id: str(r.worker_id) for r in self.rules if r.rule == "always"}

    @cached_property
    def knows(self) -> Mapping[str, frozenset[str]]:
        """Ids of the workers a child knows by a rule, by child id."""
        found: dict[str, set[str]] = defaultdict(set)
        for rule in self.rules:
            if rule.rule == "knows":
                found[rule.child_id].add(str(rule.worker_id))
        return {c: frozenset(w) for c, w in found.items()}

    @cached_property
    def workers_of(self) -> Mapping[str, tuple[Worker, ...]]:
        """The workers of each team, by its id; those of the outgoing provider are not in it."""
        found: dict[str, list[Worker]] = defaultdict(list)
        for worker in self.workers:
            if worker.team_id is not None:
                found[worker.team_id].append(worker)
        return {team_id: tuple(workers) for team_id, workers in found.items()}

    @cached_property
    def tasks_of(self) -> Mapping[str, tuple[Task, ...]]:
        """Tasks by the worker or team they are for; those of the engagement as a whole are not in it."""
        found: dict[str, list[Task]] = defaultdict(list)
        for task in self.tasks:
            if task.subject is not None:
                found[task.subject].append(task)
        return {subject: tuple(tasks) for subject, tasks in found.items()}

    @cached_property
    def input_sha256(self) -> str:
        """SHA-256 of the engagement in canonical form: the same for the same content, whatever the file format.

        What came later than the first plans is left out while it says nothing: their hashes stay true.
        """
        content, settings = _by_name(self), _by_name(self.settings)
        if not self.tasks:
            del content["tasks"]
        for later in ("people_expected", "retention_months"):
            if not settings[later]:
                del settings[later]
        content["settings"] = settings
        text = json.dumps(content, default=_canonical, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


T = TypeVar("T")


def once(ask: Callable[[Engagement], T]) -> Callable[[Engagement], T]:
    """A question about an engagement as a whole, worked out once and kept beside its cached properties."""

    @wraps(ask)
    def asked(engagement: Engagement) -> T:
        kept = vars(engagement)
        name = f"_{ask.__name__}"
        if name not in kept:
            kept[name] = ask(engagement)
        found: T = kept[name]
        return found

    return asked


def once_each(ask: Callable[[Worker, Engagement], T]) -> Callable[[Worker, Engagement], T]:
    """The same for a question about each of the engagement's own people, which every family asks anew. Somebody with
    other dates is looked at each time."""

    @wraps(ask)
    def asked(worker: Worker, engagement: Engagement) -> T:
        if engagement.worker.get(worker.worker_id) is not worker:
            return ask(worker, engagement)
        known: dict[str, T] = vars(engagement).setdefault(f"_{ask.__name__}", {})
        if worker.worker_id not in known:
            known[worker.worker_id] = ask(worker, engagement)
        return known[worker.worker_id]

    return asked


def engagement(
    settings: Settings,
    closed_days: frozenset[date],
    teams: tuple[Team, ...],
    workers: tuple[Worker, ...],
    children: tuple[Child, ...],
    history: tuple[Episode, ...] = (),
    events: tuple[Event, ...] = (),
    absences: tuple[Absence, ...] = (),
    rules: tuple[Rule, ...] = (),
    tasks: tuple[Task, ...] = (),
) -> Engagement:
    """An engagement with its rows in canonical order; a child's episodes of one day keep the order given."""
    return Engagement(
        settings,
        closed_days,
        tuple(sorted(teams, key=lambda t: t.team_id)),
        tuple(sorted(workers, key=lambda w: w.worker_id)),
        tuple(sorted(children, key=lambda c: c.child_id)),
        tuple(sorted(history, key=lambda e: (e.child_id, e.from_date))),
        tuple(sorted(events, key=lambda e: (e.child_id, e.on, e.kind, e.time or dt.time.min, e.minutes or 0))),
        tuple(sorted(absences, key=lambda a: (a.worker_id, a.start, a.end, a.reason))),
        tuple(sorted(rules, key=lambda r: (r.child_id, r.rule, r.worker_id or "", r.reason))),
        tuple(sorted(tasks, key=lambda t: t.task_id)),
    )


def _by_name(value: "DataclassInstance") -> dict[str, Any]:
    """The fields of a dataclass, as they are; `asdict` would copy each of a county's values."""
    return {name: getattr(value, name) for name in _names(type(value))}


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _canonical(value: object) -> object:
    if isinstance(value, date):  # by far the most
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _by_name(value)
    if isinstance(value, frozenset):
        return sorted(str(v) for v in value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
