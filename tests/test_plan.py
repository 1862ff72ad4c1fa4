"""A plan's values: proof of a level, look-ups by name, child and family (contract §3, §5)."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from handover.plan import ALLOCATION_LEVELS, LEVELS, SCHEDULE_LEVELS, Allocation, Appointment, Level, Plan


@pytest.mark.parametrize(
    ("value", "bound", "proven"), [(5, 5, True), (5, 4, False), (Fraction(1, 3), Fraction(1, 3), True)]
)
def test_a_level_is_proven_only_when_its_bound_equals_its_value(
    value: int | Fraction, bound: int | Fraction, proven: bool
) -> None:
    assert Level("changes", Fraction(value), Fraction(bound)).proven is proven


def test_there_are_nine_levels_of_allocation_and_five_of_schedule_in_the_contracts_order() -> None:
    assert (len(ALLOCATION_LEVELS), len(SCHEDULE_LEVELS)) == (9, 5)
    assert LEVELS[:4] == ("unallocated", "unallocated_points", "outside_bands", "changes")
    assert LEVELS[9:] == ("no_meeting", "unvisited", "uncovered_visits", "relayed", "unsigned")


def test_a_plan_finds_its_levels_allocations_and_appointments() -> None:
    changes = Level("changes", Fraction(1), Fraction(1))
    placed = Allocation("C1", "F1", "O1", "W1", None, date(2022, 11, 28), 1, 0, False, "")
    left = Allocation("C2", "C2", "O1", None, None, None, 0, 0, False, "nobody has the skill court")
    meeting = Appointment("F1", "meeting", datetime(2022, 11, 14, 10), datetime(2022, 11, 14, 11), "O1", "W1")
    summary = Appointment("F1", "summary", datetime(2022, 11, 14, 9), datetime(2022, 11, 14, 10), "O1")
    day = date(2022, 11, 14)
    plan = Plan("Tests", "0" * 64, 0, day, {}, 1.0, (changes,), changes, (placed, left), (summary, meeting))
    assert plan.level == {"changes": changes}
    assert plan.allocation_of == {"C1": placed, "C2": left}
    assert plan.appointments_of == {"F1": {"summary": summary, "meeting": meeting}}
    assert plan.unallocated == (left,)
