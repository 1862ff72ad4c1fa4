"""What must be done by when for a worker to be ready on go-live."""

from datetime import date

from handover.engagement import Task
from handover.in_time import Needed, needed, starts_too_late
from handover.mobilisation import Mobilisation
from tests.builders import GO_LIVE, WINDOW_START, a_engagement, a_worker

FRIDAY, MONDAY, TUESDAY = date(2022, 11, 25), GO_LIVE, date(2022, 11, 29)
NEXT_FRIDAY = date(2022, 12, 2)


def mobilised(*tasks: Task, **worker: object) -> Mobilisation:
    made = a_engagement(workers=[a_worker("W1", **worker)], tasks=tasks)
    return Mobilisation(made, WINDOW_START)


def test_what_others_wait_for_must_leave_them_their_days() -> None:
    # the order ends on Tuesday 29, three days of delivery on Friday 2; to end on Monday 28 delivery begins on Thursday
    made = mobilised(
        Task("order", "Order", "W1", days=12),
        Task("delivery", "Laptop", "W1", days=3, after=("order",)),
    )
    assert needed(made, "W1") == (
        Needed("order", TUESDAY, date(2022, 11, 23)),
        Needed("delivery", NEXT_FRIDAY, MONDAY),
    )


def test_a_task_for_the_whole_engagement_is_needed_too_and_what_is_done_or_early_is_not() -> None:
    made = mobilised(
        Task("share", "Details shared", days=9),
        Task("form", "Form", days=1, done_on=WINDOW_START),
        Task("access", "System access", "W1", days=3, after=("form", "share")),
        Task("laptop", "Laptop", "W1", days=2),
    )
    # shared on Thursday 24, access on Tuesday 29: a day too late, both
    assert needed(made, "W1") == (
        Needed("share", date(2022, 11, 24), date(2022, 11, 23)),
        Needed("access", TUESDAY, MONDAY),
    )


def test_where_no_task_stands_for_a_late_date_the_column_is_named() -> None:
    made = mobilised(Task("desk", "Desk", "W1", days=1), laptop_on=TUESDAY, induction_on=FRIDAY)
    assert needed(made, "W1") == (Needed("laptop_on", TUESDAY, MONDAY),)


def test_who_starts_after_go_live_cannot_be_hastened() -> None:
    assert starts_too_late(mobilised(available_from=TUESDAY), "W1")
    assert not starts_too_late(mobilised(available_from=MONDAY), "W1")
