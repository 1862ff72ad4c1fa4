"""The network of tasks, worked by hand; its longest path beside one reckoned another way."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx import NetworkXUnfeasible

from handover.clearance import meets_from, ready_on
from handover.engagement import Engagement, Task
from handover.network import Network, cycles, finishes
from handover.verify.facts import Facts
from handover.workdays import WorkingDays, is_working
from tests.builders import BANK_HOLIDAYS, WINDOW_START, a_engagement, a_worker, engagements

MON, TUE, WED, THU, FRI = (WINDOW_START + timedelta(n) for n in range(5))
NEXT_MON, NEXT_TUE, NEXT_WED, NEXT_THU, NEXT_FRI = (WINDOW_START + timedelta(n) for n in range(7, 12))


def task(task_id: str, days: int, *after: str, not_before: date | None = None, done_on: date | None = None) -> Task:
    return Task(task_id, f"Task {task_id}", None, "", days, after, not_before, done_on)


def worked(*tasks: Task, closed: frozenset[date] = BANK_HOLIDAYS, first: date = WINDOW_START) -> Network:
    return Network(tasks, closed, first)


def days(network: Network) -> dict[str, tuple[date, date, int | None]]:
    return {task_id: (t.start, t.finish, t.slack) for task_id, t in network.times().items()}


def test_of_a_diamond_the_longer_side_is_critical_and_the_shorter_has_the_difference_to_spare() -> None:
    # A Mon; B Tue to Thu, C Tue; D Fri, once both are done
    diamond = worked(task("A", 1), task("B", 3, "A"), task("C", 1, "A"), task("D", 1, "B", "C"))
    assert days(diamond) == {"A": (MON, MON, 0), "B": (TUE, THU, 0), "C": (TUE, TUE, 2), "D": (FRI, FRI, 0)}
    assert diamond.critical_path() == ("A", "B", "D")
    late = diamond.times()["C"]
    assert (late.latest_start, late.latest_finish) == (THU, THU)


def test_where_chains_merge_the_later_one_decides_and_each_has_its_own_slack() -> None:
    # A Mon to Wed, B Mon, C Thu (not before): D waits for C, and begins on Friday
    merge = worked(task("A", 3), task("B", 1), task("C", 1, not_before=THU), task("D", 1, "A", "B", "C"))
    assert days(merge) == {"A": (MON, WED, 1), "B": (MON, MON, 3), "C": (THU, THU, 0), "D": (FRI, FRI, 0)}
    assert merge.critical_path() == ("C", "D")


def test_work_does_not_go_on_over_a_weekend() -> None:
    # two days from Friday: Friday and Monday; what waits begins on Tuesday
    weekend = worked(task("A", 2, not_before=FRI), task("B", 1, "A"))
    assert days(weekend) == {"A": (FRI, NEXT_MON, 0), "B": (NEXT_TUE, NEXT_TUE, 0)}


def test_a_first_day_on_a_weekend_is_the_monday_after() -> None:
    assert days(worked(task("A", 1, not_before=FRI + timedelta(1)))) == {"A": (NEXT_MON, NEXT_MON, 0)}


def test_work_does_not_go_on_over_christmas() -> None:
    # Friday 23 December 2022; Monday 26 and Tuesday 27 are bank holidays: the second day is Wednesday 28
    found = worked(task("A", 2, not_before=date(2022, 12, 23)), task("B", 1, "A"))
    assert found.finish("A") == date(2022, 12, 28)
    assert found.finish("B") == date(2022, 12, 29)


def test_work_does_not_go_on_on_a_day_the_engagement_is_closed() -> None:
    assert worked(task("A", 2), closed=frozenset({TUE})).finish("A") == WED


def test_what_is_done_has_its_day_and_what_waits_goes_by_it() -> None:
    # three days were planned; done on Tuesday, whatever it waited for: B begins on Wednesday
    found = worked(task("Z", 9), task("A", 3, "Z", done_on=TUE), task("B", 1, "A"))
    assert days(found)["A"][1:] == (TUE, None)
    assert days(found)["B"][:2] == (WED, WED)
    assert found.critical_path() == ("Z",)


def test_what_is_done_on_a_saturday_is_waited_for_until_monday() -> None:
    found = worked(task("A", 1, done_on=FRI + timedelta(1)), task("B", 1, "A"))
    assert found.finish("A") == FRI + timedelta(1)
    assert found.finish("B") == NEXT_MON


def test_a_moment_is_of_the_day_on_which_the_last_before_it_is_done() -> None:
    # signed on Tuesday, when the two days of work are done; what waits for the signature begins on Wednesday
    found = worked(task("A", 2), task("S", 0, "A"), task("B", 1, "S"))
    assert days(found) == {"A": (MON, TUE, 0), "S": (TUE, TUE, 0), "B": (WED, WED, 0)}


def test_a_moment_of_its_own_takes_no_day_from_what_waits_for_it() -> None:
    found = worked(task("S", 0, not_before=WED), task("B", 1, "S"))
    assert days(found) == {"S": (WED, WED, 0), "B": (WED, WED, 0)}


def test_what_waits_for_something_may_come_before_the_window() -> None:
    found = worked(task("A", 1, not_before=MON - timedelta(14)), task("B", 1, "A"))
    assert found.finish("B") == TUE - timedelta(14)


def test_a_delay_passes_on_only_what_slack_does_not_take_up() -> None:
    diamond = worked(task("A", 1), task("B", 3, "A"), task("C", 1, "A"), task("D", 1, "B", "C"))
    assert diamond.finishes_if_late("C", 2) == {"C": THU}
    assert diamond.finishes_if_late("C", 4) == {"C": NEXT_MON, "D": NEXT_TUE}
    assert diamond.finish("D") == FRI


def test_of_two_chains_of_one_length_both_are_without_slack_and_the_lower_id_is_the_path() -> None:
    # B and C both Tuesday to Wednesday after A; E ends on Wednesday too, and nothing here waits for it
    two = worked(task("A", 1), task("B", 2, "A"), task("C", 2, "A"), task("D", 1, "B", "C"), task("E", 3))
    assert two.critical_path(["D"]) == ("A", "B", "D")
    assert two.without_slack(["D"]) == {"A", "B", "C", "D"}
    assert two.without_slack([]) == frozenset()


def test_an_overdue_task_is_late_from_today() -> None:
    # due on Monday; today is Wednesday: a day late is Thursday
    assert worked(task("A", 1)).finishes_if_late("A", 1, WED)["A"] == THU
    assert worked(task("A", 4)).finishes_if_late("A", 1, WED)["A"] == FRI


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"A": ["A"]}, (("A",),)),
        ({"A": ["B"], "B": ["A"]}, (("A", "B"),)),
        # B waits for A, C for B, A for C; D for C, and for nothing that waits for D
        ({"A": ["C"], "B": ["A"], "C": ["B"], "D": ["C"]}, (("A", "B", "C"),)),
        ({"A": ["B"], "B": ["A"], "C": ["D"], "D": ["C"]}, (("A", "B"), ("C", "D"))),
        # found as D, B, and written from the lowest
        ({"A": ["E"], "B": ["D"], "D": ["A", "B"], "E": ["D"]}, (("B", "D"),)),
        ({"A": [], "B": ["A"], "C": ["A", "B", "elsewhere"]}, ()),
    ],
)
def test_a_cycle_is_written_out_in_the_order_of_waiting(
    after: Mapping[str, list[str]], found: tuple[tuple[str, ...], ...]
) -> None:
    assert cycles(after) == found


IDS = [f"K{n}" for n in range(6)]
WAITING = st.fixed_dictionaries({task_id: st.sets(st.sampled_from(IDS), max_size=2) for task_id in IDS})


@given(WAITING)
def test_a_cycle_is_always_named_and_what_is_named_is_one(after: Mapping[str, Collection[str]]) -> None:
    found = cycles(after)
    for cycle in found:
        assert all(before in after[task_id] for before, task_id in pairwise((*cycle, cycle[0])))
    left = {task_id: set(before) for task_id, before in after.items()}
    while able := [task_id for task_id, before in left.items() if not before & left.keys()]:
        for task_id in able:
            del left[task_id]
    assert bool(found) == bool(left)
    if found:
        with pytest.raises(NetworkXUnfeasible):
            worked(*(task(task_id, 1, *before) for task_id, before in after.items()))


CHAINS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 63)), min_size=1, max_size=7)


@given(CHAINS)
def test_the_critical_path_is_the_longest_of_all_paths(chains: list[tuple[int, int]]) -> None:
    tasks = [
        task(f"K{n}", length, *(f"K{b}" for b in range(n) if mask >> b & 1)) for n, (length, mask) in enumerate(chains)
    ]
    longest: list[int] = []
    for length, mask in chains:  # by every path there is, the last task of each in turn
        longest.append(length + max((longest[b] for b in range(len(longest)) if mask >> b & 1), default=0))
    found = worked(*tasks)
    path = found.critical_path()
    assert sum(found.task[task_id].days for task_id in path) == max(longest)
    assert all(before in found.task[task_id].after for before, task_id in pairwise(path))
    times = found.times()
    assert all(times[task_id].critical for task_id in path)
    count = WorkingDays(BANK_HOLIDAYS)
    end = count.before(WINDOW_START) + max(longest)
    for n, t in enumerate(tasks):
        assert count.before(times[t.task_id].finish) + 1 == count.before(WINDOW_START) + longest[n]
        slack = times[t.task_id].slack
        assert slack is not None
        # to the day: late by its slack the whole still ends when it did, a day more and it does not
        last = count.day(end - 1)
        assert max(found.finishes_if_late(t.task_id, slack).values()) <= last
        assert max(found.finishes_if_late(t.task_id, slack + 1).values()) > last


@given(st.dates(date(2021, 1, 1), date(2025, 1, 1)), st.sets(st.dates(date(2021, 1, 1), date(2025, 1, 1))))
def test_working_days_are_counted_as_one_by_one(day: date, closed: set[date]) -> None:
    count = WorkingDays(frozenset(closed))
    week = [day + timedelta(n) for n in range(8)]
    assert [count.before(b) - count.before(a) for a, b in pairwise(week)] == [
        int(is_working(a, frozenset(closed))) for a in week[:-1]
    ]
    if is_working(day, frozenset(closed)):
        assert count.day(count.before(day)) == day


def test_a_worker_is_ready_when_the_last_of_their_tasks_is_done() -> None:
    # the contract's columns say Monday 14; reading takes until Thursday
    tasks = [Task("K1", "Reads the files", "W1", days=4), Task("K2", "DBS check", "W1", days=2)]
    made = a_engagement(tasks=tasks)
    worker = made.worker["W1"]
    assert (meets_from(worker, made), ready_on(worker, made)) == (TUE, THU)
    assert (meets_from(made.worker["W2"], made), ready_on(made.worker["W2"], made)) == (MON, MON)


def test_a_laptop_that_came_early_overrules_the_day_promised_and_one_still_to_come_does_not() -> None:
    people = (a_worker("W1", laptop_on=FRI), a_worker("W2", laptop_on=FRI))
    tasks = [Task("K1", "Laptop", "W1", done_on=TUE), Task("K2", "Laptop", "W2")]
    made = a_engagement(workers=people, tasks=tasks)
    assert ready_on(made.worker["W1"], made) == TUE
    assert ready_on(made.worker["W2"], made) == FRI
    ordered = a_engagement(workers=people, tasks=[*tasks, Task("K3", "Order a laptop", "W1")])
    assert ready_on(ordered.worker["W1"], ordered) == FRI  # not every laptop task is done


def test_nobody_without_a_dbs_date_is_ready_whatever_their_tasks_say() -> None:
    made = a_engagement(workers=(a_worker("W1", dbs_issued_on=None),), tasks=[Task("K1", "DBS", "W1", done_on=MON)])
    assert ready_on(made.worker["W1"], made) is None


@given(engagements())
def test_the_checker_reads_the_days_of_tasks_as_the_planner_does(
    made: Engagement,
) -> None:
    facts = Facts(made)
    assert {t: day for t, (day, _) in facts.task_days.items()} == finishes(made)
    for worker in made.workers:
        assert facts.meets_from.get(worker.worker_id) == meets_from(worker, made)
        assert facts.ready_on.get(worker.worker_id) == ready_on(worker, made)
