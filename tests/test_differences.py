from dataclasses import replace
from datetime import date, timedelta

from handover.differences import differences, removed_children
from handover.engagement import Engagement, Episode, Event, Rule
from tests.builders import GO_LIVE, WINDOW_START, a_child, a_engagement, a_worker

DAY = timedelta(days=1)


def lines(before: Engagement, after: Engagement) -> list[str]:
    return [f"{d.file} {d}" for d in differences(before, after)]


def test_the_same_content_differs_in_nothing() -> None:
    assert differences(a_engagement(), a_engagement()) == ()


def test_children_added_removed_and_moved_to_another_worker_are_told_apart() -> None:
    before = a_engagement([a_child("C1"), a_child("C2")])
    after = a_engagement([a_child("C2", points=7), a_child("C3", "O1")])
    assert lines(before, after) == [
        "children.csv C1 removed",
        "children.csv C2 changed: points blank → 7",
        "children.csv C3 added",
    ]
    assert removed_children(before, after) == ("C1",)


def test_the_dates_of_workers_are_shown_before_and_after() -> None:
    before = a_engagement(workers=[a_worker("W1")])
    after = a_engagement(workers=[a_worker("W1", laptop_on=GO_LIVE, skills=("asylum", "court"), fte="0.5")])
    assert lines(before, after) == [
        "workers.csv W1 changed: fte 1 → 0.5; laptop_on 2022-11-14 → 2022-11-28; skills blank → asylum; court"
    ]


def test_rows_without_an_id_count_as_often_as_they_stand() -> None:
    event = Event("C1", "core_group", GO_LIVE)
    before = a_engagement(events=[event], rules=[Rule("C1", "W1", "never", "conflict")])
    after = a_engagement(events=[event, event])
    assert lines(before, after) == [
        "rules.csv C1 removed: W1, never, conflict",
        "events.csv C1 added: core_group, 2022-11-28",
    ]


def test_settings_are_named_by_their_key() -> None:
    before = a_engagement()
    after = a_engagement(worker_band="0.3", break_=None, closed=(date(2022, 11, 25),))
    assert lines(before, after) == [
        "engagement.toml closed changed: blank → 2022-11-25",
        "engagement.toml hours.break changed: 12:30; 13:00 → blank",
        "engagement.toml workload.worker_band changed: 0.2 → 0.3",
    ]


def test_a_bank_holiday_that_was_moved_is_a_change_though_no_file_changed() -> None:
    before = a_engagement()
    after = replace(before, closed_days=before.closed_days | {WINDOW_START})
    assert lines(before, after) == ["bank holidays 2022-11-14 closed"]


def test_episodes_of_one_day_in_another_order_are_a_change() -> None:
    one, two = Episode("C1", "O1", WINDOW_START - DAY), Episode("C1", "P1", WINDOW_START - DAY)
    found = lines(a_engagement(history=[one, two]), a_engagement(history=[two, one]))
    assert found == ["history.csv C1 changed: order of the episodes that begin on the same day"]


def test_points_and_dates_of_the_engagement_are_seen_to_change() -> None:
    base = a_engagement()
    after = a_engagement(go_live=GO_LIVE + DAY, points={"court": 8})
    assert any("go_live" in line for line in lines(base, after))
    assert any("workload.points.court changed: 6 → 8" in line for line in lines(base, after))
