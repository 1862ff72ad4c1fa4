"""`engagement.toml` as values, with every default (contract §1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction

PLANS = ("child_protection", "court", "looked_after", "child_in_need")

DEFAULT_POINTS = {"child_protection": 4, "court": 6, "looked_after": 4, "child_in_need": 2}


@dataclass(frozen=True)
class Hours:
    """When appointments may be: every one starts and ends on a slot, none overlaps the break."""

    start: time = time(9, 0)
    end: time = time(17, 0)
    break_: tuple[time, time] | None = (time(12, 30), time(13, 0))
    slot_minutes: int = 30


@dataclass(frozen=True)
class Workload:
    """Caseload rules. Bands are shares of the fair share, kept as exact fractions (0.20 is 1/5)."""

    worker_band: Fraction = Fraction(1, 5)
    worker_floor: Fraction = Fraction(0)
    team_band: Fraction = Fraction(1, 20)
    most_children: Fraction = Fraction(25)
    points: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_POINTS))


@dataclass(frozen=True)
class Requirements:
    """Whole years of experience that a person must have reached on go-live, by role."""

    social_worker_years_qualified: int = 4
    team_manager_years_qualified: int = 8
    team_manager_years_managing: int = 5

    def years_qualified(self, role: str) -> int:
        """Whole years since qualifying that the role asks for."""
        return self.team_manager_years_qualified if role == "team_manager" else self.social_worker_years_qualified


@dataclass(frozen=True)
class History:
    """How far back changes of social worker count, and for how long a worker stays known (months)."""

    changes_months: int = 12
    known_months: int = 24


@dataclass(frozen=True)
class Handover:
    """What each handover takes: lengths in minutes, joint visits of one person on one day."""

    summary_minutes: int = 60
    meeting_minutes: int = 60
    joint_visit_minutes: int = 90
    travel_minutes: int = 30
    visits_a_day: int = 2
    sign_off_minutes: int = 30
    joint_visit_for: tuple[str, ...] = ("child_protection", "court", "looked_after")


@dataclass(frozen=True)
class Settings:
    """One engagement's dates and rules; only the first four have no default."""

    name: str
    window_start: date
    go_live: date
    contract_end: date
    closed: tuple[date, ...] = ()
    hours: Hours = field(default_factory=Hours)
    workload: Workload = field(default_factory=Workload)
    requirements: Requirements = field(default_factory=Requirements)
    history: History = field(default_factory=History)
    handover: Handover = field(default_factory=Handover)
    people_expected: int = 0
    """People of the incoming teams, managers included, by the contract's own count; 0: not said."""
    retention_months: int = 0
    """Months after `contract_end` for which the people's records may be kept; 0: not decided."""
