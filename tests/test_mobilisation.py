"""The built-in tasks, what workers.csv fixes of them, and whom a delay holds up."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from handover import mobilisation, standard_tasks
from handover.clearance import meets_from, ready_on
from handover.engagement import Engagement, Task
from handover.intake import read
from handover.mobilisation import Mobilisation, with_dates
from handover.standard_tasks import template
from tests.builders import GO_LIVE, WINDOW_START, a_engagement, a_manager, a_worker, engagements

MON, TUE, WED, THU, FRI = (WINDOW_START + timedelta(n) for n in range(5))
NEXT_MON = WINDOW_START + timedelta(7)
BEFORE = date(2022, 10, 3)
"""A Monday before anything is done."""


def mobilised(today: date = BEFORE, done: dict[str, date] | None = None, **worker: Any) -> Mobilisation:
    made = a_engagement(workers=[a_worker("W1", **worker)])
    return Mobilisation(made, today, done or {})


def days(made: Mobilisation, *task_ids: str) -> list[tuple[date, date]]:
    times = made.network.times()
    return [(times[t].start, times[t].finish) for t in task_ids]


def test_the_built_in_tasks_stand_once_for_the_engagement_each_team_and_each_person() -> None:
    tasks = {t.task_id: t for t in mobilised().tasks}
    names = {"award", "standstill", "contract", "details", "sharing", "families", "reviewing"}
    assert {t for t in tasks if "." not in t} == names
    assert {t for t in tasks if t.endswith(".T1")} == {"manager.T1", "supervision.T1"}
    steps = ("register", "dbs", "references", "laptop", "access", "induction", "team", "files")
    assert {t for t in tasks if t.endswith(".W1")} == {f"{step}.W1" for step in steps}
    assert not [t for t in tasks if t.endswith(".O1")]
    assert (tasks["laptop.W1"].subject, tasks["contract"].subject) == ("W1", None)


def test_the_contract_is_signed_on_the_working_day_before_the_window() -> None:
    # award on Thursday 27 October, ten days of standstill to Thursday 10 November, signed on Friday 11
    assert days(mobilised(), "award", "standstill", "contract") == [
        (date(2022, 10, 27), date(2022, 10, 27)),
        (date(2022, 10, 28), date(2022, 11, 10)),
        (date(2022, 11, 11), date(2022, 11, 11)),
    ]


def test_what_workers_csv_says_fixes_the_finish() -> None:
    made = mobilised(laptop_on=FRI, system_access_on=NEXT_MON, induction_on=THU)
    # three days of work to Friday; three to Monday; one
    assert days(made, "laptop.W1", "access.W1", "induction.W1") == [(WED, FRI), (THU, NEXT_MON), (THU, THU)]


def test_a_day_too_early_for_its_work_still_holds_and_waits_for_less() -> None:
    # details are shared on Monday: one day of work is left to a laptop on Tuesday, one on Monday cannot wait for them
    one, none = mobilised(laptop_on=TUE).network, mobilised(laptop_on=MON).network
    assert (one.task["laptop.W1"].days, one.task["laptop.W1"].after) == (1, ("details",))
    assert none.task["laptop.W1"].after == ()
    assert (one.finish("laptop.W1"), none.finish("laptop.W1")) == (TUE, MON)


def test_what_is_in_place_already_is_no_task() -> None:
    tasks = {t.task_id for t in mobilised(side="staying", laptop_on=None).tasks}
    assert "laptop.W1" not in tasks
    assert "references.W1" not in tasks  # whoever stays has been taken on before
    assert "access.W1" in tasks


def test_a_day_in_workers_csv_that_has_come_is_done() -> None:
    done = {t.task_id: t.done_on for t in mobilised(THU, laptop_on=THU, induction_on=FRI).tasks}
    assert done["laptop.W1"] == THU
    assert done["induction.W1"] is None
    assert done["contract"] == FRI - timedelta(7)  # the window has begun


def test_what_was_recorded_counts_as_done() -> None:
    made = mobilised(done={"register.W1": TUE})
    assert made.network.finish("register.W1") == TUE
    assert "register.W1" not in {t.task_id for t in made.open_tasks}


def test_a_laptop_two_days_late_holds_up_who_waits_for_it_and_nobody_else() -> None:
    made = mobilised(laptop_on=FRI)
    assert made.delayed("laptop.W1", 2) == {"W1": (MON, NEXT_MON + timedelta(1))}
    assert made.critical_path_of("W1") == ("laptop.W1",)


def test_a_delay_that_something_else_outlasts_holds_up_nobody() -> None:
    made = mobilised(laptop_on=TUE, induction_on=FRI)
    assert made.delayed("laptop.W1", 3) == {}
    assert made.delayed("laptop.W1", 4) == {"W1": (MON, NEXT_MON)}


def test_a_delay_reaches_people_through_the_tasks_that_wait() -> None:
    # details Monday, laptop Tuesday to Thursday without slack: a day late is Friday
    made = mobilised(laptop_on=THU)
    assert made.delayed("details", 1) == {"W1": (MON, FRI)}
    assert made.critical_path_of("W1")[-2:] == ("details", "laptop.W1")


def test_a_late_dbs_certificate_moves_both_days() -> None:
    made = mobilised(dbs_issued_on=WED)
    assert made.delayed("dbs.W1", 1) == {"W1": (THU, THU)}


def test_nothing_is_said_to_settle_a_day_that_the_person_s_own_start_settles() -> None:
    made = mobilised(side="staying", laptop_on=None, system_access_on=None, induction_on=None)
    assert made.dates["W1"] == (MON, MON)
    assert made.critical_path_of("W1") == ()


def test_built_in_tasks_that_end_after_the_contract_s_day_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # references of 15 days end on Friday 25 November; by the contract the worker is ready on the 14th all the same
    edited = {section: [dict(entry) for entry in entries] for section, entries in template().items()}
    next(entry for entry in edited["worker"] if entry["id"] == "references")["days"] = 15
    for module in (standard_tasks, mobilisation):
        monkeypatch.setattr(module, "template", lambda: edited)
    made = mobilised()
    assert made.network.finish("references.W1") == FRI + timedelta(7)
    assert made.delayed("references.W1", 5) == {}


def test_in_tasks_csv_every_task_of_the_worker_counts_and_dbs_alone_for_meetings() -> None:
    tasks = [Task("K1", "Parking permit", "W1"), Task("K2", "DBS check", "W1"), Task("K3", "Desk", "T1")]
    made = Mobilisation(a_engagement(tasks=tasks), BEFORE)
    assert [t.task_id for t in made.tasks] == ["K1", "K2", "K3"]
    assert made.delayed("K1", 1) == {"W1": (MON, TUE)}
    assert made.delayed("K2", 2) == {"W1": (WED, WED)}
    assert made.delayed("K3", 5) == {}


def test_days_written_into_workers_csv_are_the_days_a_plan_reckons_with() -> None:
    people = (a_worker("W1", available_from=WED, laptop_on=FRI), a_worker("W2"), a_manager("M1"))
    made = a_engagement(workers=people, tasks=[Task("K1", "Reads the files", "W2", days=3)])
    moved = with_dates(made, {"W1": (TUE, THU)})
    found = {w.worker_id: (meets_from(w, moved), ready_on(w, moved)) for w in moved.workers if w.worker_id != "O1"}
    assert found == {"W1": (TUE, THU), "W2": (MON, WED), "M1": (MON, MON)}


def test_the_built_in_tasks_leave_the_days_of_the_contract_as_they_are() -> None:
    made = read(Path(__file__).parents[1] / "handover" / "demo_data" / "november-2022").engagement
    found = Mobilisation(made, WINDOW_START)
    assert len(found.open_tasks) > 150
    for worker_id, (meets, ready) in found.dates.items():
        assert all(found.network.finish(t) <= ready for t in found.gates[worker_id].ready)
        assert all(found.network.finish(t) <= meets for t in found.gates[worker_id].meets)
    late = {"laptop_on": "laptop", "system_access_on": "access", "induction_on": "induction", "dbs_issued_on": "dbs"}
    for worker in made.workers:
        for column, step in late.items():
            if worker.side != "outgoing" and getattr(worker, column) is not None:
                task_id = f"{step}.{worker.worker_id}"
                assert found.network.finish(task_id) == getattr(worker, column), task_id
                if found.network.task[task_id].done_on is None:
                    assert task_id in found.gates[worker.worker_id].ready


@given(engagements())
def test_nobody_is_held_up_by_what_is_on_time(made: Engagement) -> None:
    found = Mobilisation(made, BEFORE)
    for task in found.open_tasks:
        assert found.delayed(task.task_id, 0) == {}
        for worker_id, (meets, ready) in found.delayed(task.task_id, 2).items():
            now = found.dates[worker_id]
            assert now[0] <= meets
            assert now[1] <= ready
            assert (meets, ready) != now
            assert ready <= GO_LIVE + timedelta(365)
