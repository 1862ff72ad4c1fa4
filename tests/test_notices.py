"""Who must be told, by when. The window is Monday 14 to Friday 25 November 2022; go-live is Monday 28."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from handover.engagement import Engagement, Event, Rule
from handover.notices import Notice, notices
from tests.builders import a_child, a_engagement, a_worker
from tests.plans import a_plan, an_appointment

FRIDAY = date(2022, 11, 25)
MONDAY = date(2022, 11, 14)


def told(one: Engagement, to_worker: dict[str, str | None], *appointments: Any, **changed: Any) -> dict[str, Notice]:
    found = notices(one, replace(a_plan(one, to_worker, appointments), **changed))
    assert len({n.told for n in found}) == len(found)
    return {n.told: n for n in found}


def of(plan: str, *events: Event, **child: Any) -> Engagement:
    return a_engagement([a_child("C1", plan=plan, **child)], [a_worker("W1")], events=events)


def test_a_family_whose_worker_stays_is_not_told_of_a_change() -> None:
    one = a_engagement([a_child("C1", "W1")], [a_worker("W1", side="staying")])
    assert told(one, {"C1": "W1"}) == {}


def test_a_family_is_told_before_go_live_or_before_two_people_stand_at_its_door() -> None:
    one = of("child_protection")
    assert told(one, {"C1": "W1"})["family"].by == FRIDAY
    visit = an_appointment("C1", "joint_visit", "2022-11-21T10:00", "O1", "W1", 90)
    # Monday's visit: told by the Friday before
    notice = told(one, {"C1": "W1"}, visit)["family"]
    assert (notice.by, notice.event_on) == (date(2022, 11, 18), date(2022, 11, 21))
    assert told(one, {"C1": "W1"})["family"].event_on is None


def test_nobody_is_to_be_told_before_the_first_day_of_the_plan() -> None:
    visit = an_appointment("C1", "joint_visit", "2022-11-14T10:00", "O1", "W1", 90)
    assert told(of("court"), {"C1": "W1"}, visit)["family"].by == MONDAY
    later = told(of("court"), {"C1": "W1"}, visit, booked_from=date(2022, 11, 19))
    # 19 November is a Saturday
    assert later["family"].by == date(2022, 11, 21)


@pytest.mark.parametrize(
    ("plan", "whom"),
    [
        ("child_protection", {"family"}),
        ("child_in_need", {"family"}),
        ("looked_after", {"family", "reviewing_officer"}),
        ("court", {"family", "court"}),
    ],
)
def test_the_reviewing_officer_and_the_court_are_told_of_their_children(plan: str, whom: set[str]) -> None:
    assert set(told(of(plan), {"C1": "W1"})) == whom


@pytest.mark.parametrize(("on", "live"), [(MONDAY, True), (date(2022, 11, 11), False)])
def test_a_hearing_to_come_means_live_proceedings_whatever_the_plan(on: date, live: bool) -> None:
    one = of("looked_after", Event("C1", "court_hearing", on))
    assert ("court" in told(one, {"C1": "W1"})) is live


def test_the_officer_hears_before_the_next_review_and_the_court_before_the_next_hearing() -> None:
    one = of(
        "looked_after",
        Event("C1", "looked_after_review", date(2022, 11, 10)),
        Event("C1", "looked_after_review", date(2022, 11, 23)),
        Event("C1", "court_hearing", date(2022, 11, 16)),
        Event("C1", "review_conference", date(2022, 11, 15)),
    )
    found = told(one, {"C1": "W1"})
    assert (found["reviewing_officer"].by, found["reviewing_officer"].event_on) == (
        date(2022, 11, 22),
        date(2022, 11, 23),
    )
    assert found["court"].by == date(2022, 11, 15)
    assert found["family"].by == FRIDAY


def test_a_review_after_go_live_does_not_put_the_notice_off() -> None:
    notice = told(of("looked_after", Event("C1", "looked_after_review", date(2022, 12, 20))), {"C1": "W1"})
    assert (notice["reviewing_officer"].by, notice["reviewing_officer"].event_on) == (FRIDAY, None)


def test_only_the_siblings_who_change_are_named_and_only_the_looked_after_to_the_officer() -> None:
    one = a_engagement(
        [
            a_child("C1", "W1", family_id="F1", plan="looked_after"),
            a_child("C2", family_id="F1", plan="looked_after"),
            a_child("C3", family_id="F1"),
        ],
        [a_worker("W1", side="staying")],
    )
    found = told(one, {"F1": "W1"})
    assert found["family"].children == ("C2", "C3")
    assert found["reviewing_officer"].children == ("C2",)


def test_a_family_nobody_receives_is_told_too() -> None:
    notice = told(of("child_in_need", needs=("asylum",)), {"C1": None})["family"]
    assert (notice.to_worker_id, notice.responsible_from, notice.by) == (None, None, FRIDAY)


def test_who_holds_a_child_in_between_is_named_with_the_day_the_receiver_takes_over() -> None:
    one = a_engagement([a_child("C1")], [a_worker("W1", laptop_on=date(2022, 12, 1)), a_worker("W2")])
    notice = told(one, {"C1": "W1"})["family"]
    assert (notice.interim_worker_id, notice.responsible_from) == ("W2", date(2022, 12, 1))


def test_the_most_urgent_comes_first() -> None:
    one = a_engagement(
        [a_child("C1"), a_child("C2", plan="court")],
        [a_worker("W1")],
        events=[Event("C2", "court_hearing", date(2022, 11, 17))],
        rules=[Rule("C1", None, "separate")],
    )
    found = notices(one, a_plan(one, {"C1": "W1", "C2": "W1"}))
    assert [(n.family_id, n.told) for n in found] == [("C2", "court"), ("C1", "family"), ("C2", "family")]
