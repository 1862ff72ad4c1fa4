"""One small engagement and a good plan for it, every figure worked out by hand from the contract.

Window Monday 14 to Friday 25 November 2022, go-live Monday 28 November.

Points: P = 41, Σ fte = 4.5, so 82/9 for a full-time worker and 41/9 for W6.
Worker band 0.1: 9 to 10 points, W6 5 to 5. Held: W1 8, W2 8, W3 10, W4 10, W6 5.
Team band 0.05: T1 (fair 205/9) 22 to 23, holds 21; T2 (fair 164/9) 18 to 19, holds 20: 2 points outside.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

from handover.engagement import Absence, Engagement, Episode, Event, Rule
from handover.plan import Allocation, Appointment, Flag, Level, Plan
from tests.builders import GO_LIVE, WINDOW_START, a_child, a_engagement, a_manager, a_worker

READY = date(2022, 12, 5)
"""When W2 is ready."""


def an_engagement() -> Engagement:
    """Two teams, five receiving workers, twelve children in eight families."""
    return a_engagement(
        name="By hand",
        children=[
            a_child("C01", "O1", family_id="F1"),
            a_child("C02", "O1", family_id="F1", plan="child_in_need"),
            a_child("C03", "O2", plan="court", points=5, needs=("court",)),
            a_child("C04", "O1", family_id="F2"),
            a_child("C05", "O2", family_id="F2", plan="looked_after"),
            a_child("C06", "O2", family_id="F2", plan="child_in_need", expected_close_on=date(2023, 1, 31)),
            a_child("C07", "O1", family_id="F4", plan="looked_after", points=2),
            a_child("C08", "W4", family_id="F3"),
            a_child("C09", "O2", plan="child_in_need"),
            a_child("C10", "O2", plan="looked_after"),
            a_child("C11", "W4", family_id="F3", plan="court"),
            a_child("C12", "O1", family_id="F4", plan="looked_after", points=2),
        ],
        workers=[
            a_worker("W1", team_id="T1", skills=("court",)),
            a_worker("W2", team_id="T1", available_from=GO_LIVE, laptop_on=READY),
            a_worker("W3", team_id="T2", available_to=date(2023, 2, 24), swe_registered_until=date(2023, 1, 31)),
            a_worker("W4", team_id="T2", side="staying"),
            a_worker("W5", team_id="T2", swe_restrictions="yes"),
            a_worker("W6", team_id="T1", fte="0.5", skills=("court",)),
            a_manager("M1", team_id="T1"),
            # four whole years of managing on go-live, five are asked for
            a_manager("M2", team_id="T2", managing_since=date(2017, 11, 29)),
        ],
        history=[
            Episode("C01", "P1", date(2021, 6, 1), date(2022, 1, 10)),
            Episode("C01", "P2", date(2022, 1, 10), date(2022, 6, 1)),
            Episode("C01", "O1", date(2022, 6, 1)),
            Episode("C03", "W6", date(2020, 1, 1), date(2020, 11, 14)),  # the last day that still makes W6 known
            Episode("C03", "O2", date(2020, 11, 14)),
            Episode("C04", "P1", date(2021, 1, 1), date(2021, 11, 14)),
            Episode("C04", "O1", date(2021, 11, 14)),  # the first day that counts
            Episode("C07", "P1", date(2020, 1, 1), date(2020, 11, 13)),
            Episode("C07", "O1", date(2021, 11, 13)),  # the day before the first that counts
        ],
        events=[
            Event("C01", "core_group", date(2022, 11, 16), time(10)),
            Event("C01", "statutory_visit", date(2022, 11, 14)),  # covered by the visit that day
            Event("C02", "statutory_visit", date(2022, 11, 13)),  # before the window
            Event("C03", "statutory_visit", date(2022, 11, 14)),  # not covered: the visit is a day later
            Event("C03", "review_conference", date(2022, 11, 16)),
            Event("C04", "review_conference", date(2022, 11, 17)),
            Event("C05", "review_conference", date(2022, 11, 15)),  # a day before anybody is introduced
            Event("C07", "statutory_visit", date(2022, 11, 27)),  # a Sunday in the window: counts
            Event("C07", "statutory_visit", date(2022, 12, 4)),  # the day before W2 is ready
            Event("C07", "review_conference", date(2022, 12, 4)),
            Event("C08", "court_hearing", GO_LIVE),
            Event("C09", "statutory_visit", date(2022, 11, 20)),  # no joint visit is due: counts in no level
            Event("C10", "statutory_visit", GO_LIVE),
            Event("C10", "court_hearing", date(2022, 12, 11)),  # 13 days after go-live
            Event("C11", "court_hearing", date(2022, 11, 24), time(14)),
        ],
        absences=[Absence("O1", datetime(2022, 11, 15), datetime(2022, 11, 16), "leave")],
        rules=[
            Rule("C03", "W6", "always", "court's direction"),
            Rule("C09", "W1", "knows", "co-worked before"),
            Rule("C09", "W3", "never", "conflict of interest"),
            Rule("C11", None, "separate", "siblings live apart"),
        ],
        worker_band="0.1",
        team_band="0.05",
        most_children="2.7",
    )


def _level(name: str, value: Fraction | int) -> Level:
    return Level(name, Fraction(value), Fraction(0))


def _allocation(
    child_id: str,
    family_id: str,
    people: str,
    *,
    changes: int = 1,
    prior: int = 0,
    known: bool = False,
    late: bool = False,
) -> Allocation:
    giver, to = people.split()
    interim, since = ("W1", READY) if late else (None, GO_LIVE)
    return Allocation(child_id, family_id, giver, to, interim, since, changes, prior, known, f"{to} costs least.")


def _meet(family_id: str, kind: str, day: int, clock: str, minutes: int, people: str) -> Appointment:
    start = datetime.combine(date(2022, 11, day), time.fromisoformat(clock))
    first, *other = people.split()
    return Appointment(family_id, kind, start, start + timedelta(minutes=minutes), first, other[0] if other else None)


def a_good_plan() -> Plan:
    """A plan for `an_engagement` that keeps every rule."""
    return Plan(
        engagement="By hand",
        input_sha256=an_engagement().input_sha256,
        seed=0,
        booked_from=WINDOW_START,
        versions={},
        seconds=0.0,
        levels=(
            _level("unallocated", 0),
            _level("unallocated_points", 0),
            _level("outside_bands", 2),
            # C01, C02, C09, C03: 1 each; C04, C05: 2 (W3 leaves), C06 closes before: 1; C07, C10, C12: 2 (W2 late)
            _level("changes", 15),
            _level("burden", 4),  # C01 2 × 1, C04 1 × 2
            _level("strangers", 7),  # to W2, who meets nobody before: C12 1, C07 and C10 3 (conference, hearing)
            _level("unknown", 8),  # all but C08, C11 (held now), C09 (rule), C03 (history)
            _level("team_imbalance", Fraction(16, 9)),  # 205/9 − 21 = 20 − 164/9
            _level("worker_imbalance", Fraction(40, 9)),  # 10/9 + 10/9 + 8/9 + 8/9 + 4/9
            _level("no_meeting", 0),
            _level("unvisited", 3),  # C07, C12, C10: nobody can visit with W2 in the window
            _level("uncovered_visits", 2),  # C03 on the 14th, C07 on the 27th
            _level("relayed", 2),  # F4, C10
            _level("unsigned", 0),
        ),
        # F1 2, C03 1, F2 3 with W1 or W6, F4 2, C08 0, C09 1, C10 1, C11 0
        changes_whatever_the_caseloads=Level("changes_whatever_the_caseloads", Fraction(10), Fraction(10)),
        allocations=(
            _allocation("C01", "F1", "O1 W1", prior=2),
            _allocation("C02", "F1", "O1 W1"),
            _allocation("C03", "C03", "O2 W6", known=True),
            _allocation("C04", "F2", "O1 W3", changes=2, prior=1),
            _allocation("C05", "F2", "O2 W3", changes=2),
            _allocation("C06", "F2", "O2 W3"),
            _allocation("C07", "F4", "O1 W2", changes=2, late=True),
            _allocation("C08", "F3", "W4 W4", changes=0, known=True),
            _allocation("C09", "C09", "O2 W1", known=True),
            # W1 (8 points) for both: 16 by fte; either of them with W6 (5 points, half-time) would come to 18
            _allocation("C10", "C10", "O2 W2", changes=2, late=True),
            _allocation("C11", "C11", "W4 W4", changes=0, known=True),
            _allocation("C12", "F4", "O1 W2", changes=2, late=True),
        ),
        appointments=(
            _meet("C09", "summary", 14, "09:00", 60, "O2"),
            _meet("F1", "summary", 14, "09:00", 60, "O1"),
            _meet("C03", "summary", 14, "10:00", 60, "O2"),
            _meet("F1", "meeting", 14, "10:00", 60, "O1 W1"),
            _meet("C09", "meeting", 14, "11:00", 60, "O2 W1"),
            _meet("F1", "sign_off", 14, "11:00", 30, "M1"),
            _meet("C09", "sign_off", 14, "12:00", 30, "M1"),
            _meet("F1", "joint_visit", 14, "13:00", 90, "O1 W1"),
            _meet("C03", "meeting", 15, "09:00", 60, "O2 W6"),
            _meet("C03", "sign_off", 15, "10:00", 30, "M1"),
            _meet("C03", "joint_visit", 15, "10:30", 90, "O2 W6"),
            _meet("F2", "summary", 16, "09:00", 60, "O2"),
            _meet("F2", "meeting", 16, "10:00", 60, "O2 W3"),
            _meet("F2", "sign_off", 16, "11:00", 30, "M1"),
            _meet("F2", "joint_visit", 16, "13:30", 90, "O2 W3"),
            _meet("C10", "summary", 17, "09:00", 60, "O2"),
            _meet("F4", "summary", 17, "09:00", 60, "O1"),
            _meet("F4", "meeting", 17, "10:00", 60, "O1 W1"),
            _meet("F4", "sign_off", 17, "11:00", 30, "M1"),
            _meet("C10", "meeting", 17, "13:00", 60, "O2 M1"),
            _meet("C10", "sign_off", 17, "14:00", 30, "M1"),
        ),
        flags=(
            Flag("stop", "C07", "Review conference on 2022-12-04, before W2 is ready.", "Ask W1 to attend."),
            Flag("stop", "C08", "Court hearing on go-live.", "Ask for another day."),
            Flag("warn", "C07", "W2 is not introduced before the conference on 2022-12-04.", "Introduce them."),
            Flag("warn", "C07", "A statutory visit is due on 2022-12-04, before W2 is ready.", "W1 visits."),
            Flag("warn", "C10", "W2 is not introduced before the hearing on 2022-12-11.", "Introduce them."),
            Flag("warn", "C10", "Interim worker W1 was not at the handover meeting.", "M1 tells W1."),
            Flag("warn", "C10", "A statutory visit is due on 2022-11-28, before W2 is ready.", "W1 visits."),
            Flag("warn", "F2", "W3 is not introduced before the conference on 2022-11-15.", "Introduce them."),
            Flag("warn", "M2", "Not cleared: years_managing.", "Clear M2."),
            Flag("warn", "W1", "8 points, below the low end of 9.", "Add cases."),
            Flag("warn", "W1", "3 children, above most_children.", "Watch."),
            Flag("warn", "W2", "8 points, below the low end of 9.", "Add cases."),
            Flag("warn", "W2", "3 children, above most_children.", "Watch."),
            Flag("warn", "W3", "3 children, above most_children.", "Watch."),
            Flag("warn", "W3", "Registration ends on 2023-01-31, before the contract.", "Look again then."),
            Flag("warn", "W5", "Not cleared: swe_restrictions.", "Clear W5."),
        ),
    )
