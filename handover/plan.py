"""A plan as values: who takes each child, when people meet, and how good that is (contract §3 to §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property

ALLOCATION_LEVELS = (
    "unallocated",
    "unallocated_points",
    "outside_bands",
    "changes",
    "burden",
    "strangers",
    "unknown",
    "team_imbalance",
    "worker_imbalance",
)
SCHEDULE_LEVELS = ("no_meeting", "unvisited", "uncovered_visits", "relayed", "unsigned")
LEVELS = ALLOCATION_LEVELS + SCHEDULE_LEVELS
TIE_FIGURES = ("pairs", "language_not_shared", "journeys_km")
"""Levels of our own after the contract's: how ties between equally good allocations were broken, without a proof."""
APPOINTMENT_KINDS = ("summary", "meeting", "joint_visit", "sign_off")
SEVERITIES = ("stop", "warn", "info")


@dataclass(frozen=True)
class Level:
    """One objective: the value reached, a proven lower bound, and what the search took.

    `value` and `bound` are exact, in the level's own unit (children, points, changes, visits). `stopped` says what
    ended the search before a proof: `clock`, `interrupt`, `work limit`, or blank. Proven means bound equals value.
    """

    name: str
    value: Fraction
    bound: Fraction
    seconds: float = 0.0
    stopped: str = ""

    @property
    def proven(self) -> bool:
        """True when no plan can do better, the levels above held."""
        return self.bound == self.value


@dataclass(frozen=True)
class Allocation:
    """What the plan says of one child. `to_worker_id` None: nobody receives the child, and `why` says by which rule."""

    child_id: str
    family_id: str
    from_worker_id: str
    to_worker_id: str | None
    interim_worker_id: str | None
    responsible_from: date | None
    changes: int
    prior_changes: int
    known: bool
    why: str


@dataclass(frozen=True)
class Appointment:
    """One appointment of one family.

    `worker_id` hands over (summary, meeting, joint visit) or signs off; `with_worker_id` is who receives or relays at a
    meeting or visit, None at a summary or sign-off.
    """

    family_id: str
    kind: str
    start: datetime
    end: datetime
    worker_id: str
    with_worker_id: str | None = None


@dataclass(frozen=True, order=True)
class Flag:
    """A matter for a person to decide. `subject` is the id of a child, family, worker or team."""

    severity: str
    subject: str
    matter: str
    action: str


@dataclass(frozen=True)
class Plan:
    """A whole plan for one version of an engagement.

    Allocations are in order of child id, appointments by start, family and kind. `booked_from` is the first day on
    which anything was booked (`plan --from`). `remedies` are confirmed ways out when children are left unallocated.
    `trail_head` is filled in when the plan is written to files: the line of the trail that tells of it. `removed`:
    children removed from the record since; its figures then tell of more children than it holds.
    """

    engagement: str
    input_sha256: str
    seed: int
    booked_from: date
    versions: Mapping[str, str]
    seconds: float
    levels: tuple[Level, ...]
    changes_whatever_the_caseloads: Level
    allocations: tuple[Allocation, ...]
    appointments: tuple[Appointment, ...]
    flags: tuple[Flag, ...] = ()
    remedies: tuple[str, ...] = ()
    plan_id: str = ""
    made_at: datetime | None = None
    made_by: str = ""
    trail_head: str = ""
    removed: int = 0

    @cached_property
    def level(self) -> Mapping[str, Level]:
        """Levels by name."""
        return {level.name: level for level in self.levels}

    @cached_property
    def allocation_of(self) -> Mapping[str, Allocation]:
        """Allocations by child id."""
        return {a.child_id: a for a in self.allocations}

    @cached_property
    def appointments_of(self) -> Mapping[str, Mapping[str, Appointment]]:
        """Each family's appointments by kind, by family id."""
        found: dict[str, dict[str, Appointment]] = {}
        for appointment in self.appointments:
            found.setdefault(appointment.family_id, {})[appointment.kind] = appointment
        return found

    @property
    def unallocated(self) -> tuple[Allocation, ...]:
        """Children left without a receiving worker."""
        return tuple(a for a in self.allocations if a.to_worker_id is None)

    @property
    def purged(self) -> bool:
        """Whether only the figures are left."""
        return bool(self.removed) and not self.allocations


@dataclass(frozen=True)
class Limits:
    """What a search is bound to beside its watch: the seed, and the first day on which anything may be booked."""

    seed: int = 0
    book_from: date | None = None
