"""The defaults of `engagement.toml` (contract §1)."""

from datetime import time
from fractions import Fraction

from handover.settings import PLANS
from tests.builders import a_settings


def test_every_default_is_the_contracts() -> None:
    settings = a_settings()
    assert settings.closed == ()
    hours, work, handover = settings.hours, settings.workload, settings.handover
    assert (hours.start, hours.end, hours.slot_minutes) == (time(9), time(17), 30)
    assert hours.break_ == (time(12, 30), time(13))
    assert (work.worker_band, work.worker_floor, work.team_band) == (Fraction(1, 5), Fraction(0), Fraction(1, 20))
    assert work.most_children == 25
    assert work.points == {"child_protection": 4, "court": 6, "looked_after": 4, "child_in_need": 2}
    assert set(work.points) == set(PLANS)
    assert (settings.history.changes_months, settings.history.known_months) == (12, 24)
    assert (handover.summary_minutes, handover.meeting_minutes, handover.joint_visit_minutes) == (60, 60, 90)
    assert (handover.travel_minutes, handover.visits_a_day, handover.sign_off_minutes) == (30, 2, 30)
    assert handover.joint_visit_for == ("child_protection", "court", "looked_after")


def test_managers_are_asked_for_more_years_than_social_workers() -> None:
    asked = a_settings().requirements
    assert asked.years_qualified("social_worker") == 4
    assert asked.years_qualified("team_manager") == 8
    assert asked.team_manager_years_managing == 5


def test_one_engagements_points_are_not_anothers() -> None:
    assert a_settings().workload.points is not a_settings().workload.points
