"""What `mobilise` reports and writes, and what `done` keeps: by whom, and what follows for the next plan."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import pytest

from db.record import Record
from handover.actions.importing import import_engagement
from handover.actions.mobilising import done, mobilise
from handover.clearance import ready_on
from handover.delays import HARMS
from handover.engagement import Engagement, Task, Team
from handover.errors import UsageError
from handover.intake import read
from handover.mobilisation import Mobilisation, lapsing
from handover.outputs.gantt import COLOURS, gantt, specification
from handover.plan import Plan
from solver.watch import Watch
from tests.builders import CONTRACT_END, GO_LIVE, WINDOW_START, a_engagement, a_manager, a_worker
from tests.intake.files import small_with
from tests.verify.handmade import a_good_plan, an_engagement

MON, TUE, WED, THU, FRI = (WINDOW_START + timedelta(n) for n in range(5))
NEXT_MON = WINDOW_START + timedelta(7)
TASKS = (
    Task("K1", "Order laptop", "W1", "ICT", days=2),
    Task("K2", "Laptop", "W1", "ICT", days=3, after=("K1",)),
    Task("K3", "Letters", owner="commissioner", days=1),
    Task("K4", "Desk", "T1", days=9),
)


def kept(record: Record, made: Engagement) -> Record:
    with record.writing() as store:
        store.add_engagement(made, "by hand")
    return replace(record, who=lambda: "asha")


def current(record: Record) -> Engagement:
    with record.reading() as store:
        version = store.latest()
    assert version is not None
    return version.engagement


@pytest.fixture
def tasked(empty: Record) -> Record:
    return kept(empty, a_engagement(tasks=TASKS))


def under(text: str, heading: str) -> list[str]:
    """The lines under a heading."""
    part = next(p for p in text.split("\n\n") if p.startswith(heading))
    return [line.strip() for line in part.splitlines()[1:]]


def test_what_is_late_due_and_critical_is_told_as_of_the_day(tasked: Record) -> None:
    # on Wednesday: letters were due on Monday, the order on Tuesday; the laptop is due on Friday, the desk next week
    text = mobilise(tasked, WED).text
    assert under(text, "Late (2)") == [
        "K3: Letters (commissioner), due Mon 14 Nov 2022, 2 working days ago",
        "K1: Order laptop, Worker W1 (ICT), due Tue 15 Nov 2022, 1 working day ago",
    ]
    assert under(text, "Due by Mon 21 Nov 2022 (1)") == ["K2: Laptop, Worker W1 (ICT), due Fri 18 Nov 2022"]
    assert under(text, "Critical path") == ["K4: Desk, Team T1 (no owner), due Thu 24 Nov 2022"]
    assert "go-live Mon 28 Nov 2022, in 8 working days" in text


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (GO_LIVE - timedelta(3), "in 1 working day"),
        (GO_LIVE - timedelta(2), "in 1 working day"),  # the Saturday before
        (GO_LIVE - timedelta(1), "in 1 working day"),
        (GO_LIVE, "today"),
        (GO_LIVE + timedelta(1), "past"),
    ],
)
def test_go_live_is_not_today_on_the_weekend_before_it(tasked: Record, day: date, said: str) -> None:
    assert mobilise(tasked, day).text.splitlines()[0].endswith(f"go-live Mon 28 Nov 2022, {said}")


def test_due_is_today_and_the_next_three_working_days(tasked: Record) -> None:
    assert under(mobilise(tasked, MON).text, "Due by Thu 17 Nov 2022")[0].startswith("K3")
    assert under(mobilise(tasked, TUE).text, "Due by Fri 18 Nov 2022")[1].startswith("K2")
    assert Mobilisation(current(tasked), FRI).soon == date(2022, 11, 23)
    assert Mobilisation(current(tasked), FRI + timedelta(1)).soon == date(2022, 11, 23)  # a Saturday


def permits(record: Record) -> Plan:
    """A permit for each worker, nine days from Monday 14 November: due on Thursday the 24th. And a plan."""
    people = [w for w in an_engagement().workers if w.side == "incoming" and w.role == "social_worker"]
    tasks = tuple(Task(f"permit.{w.worker_id}", "Parking permit", w.worker_id, days=9) for w in people)
    made = replace(an_engagement(), tasks=tasks)
    kept(record, made)
    return replace(a_good_plan(), input_sha256=made.input_sha256)


def test_what_costs_most_changes_is_to_be_chased_first_and_its_new_plan_told(record: Record, watch: Watch) -> None:
    plan = permits(record)
    first = under(mobilise(record, MON).text, "To chase")
    assert first[-1].startswith("Make a plan")
    with record.writing() as store:
        store.add_plan(plan)
    report = mobilise(record, MON, watch=watch)
    told = under(report.text, "To chase first (3)")
    assert told[0].startswith("Ordered by what being 1, 2 and 5 working days late would do")
    # late by five days is Thursday 1 December: three working days with an interim worker for each of three children
    assert told[1] == "1. permit.W1: Parking permit, Worker W1 (no owner), due Thu 24 Nov 2022"
    harm = "3 more changes of social worker, 3 more children with an interim worker"
    assert told[2] == f"5 days late: {harm}, 9 more days of waiting over all children"
    assert told[3].startswith("planned anew if 5 days late")
    assert report.figures["to_chase"] == ["permit.W1", "permit.W3", "permit.W6"]
    prices = cast("dict[str, dict[str, dict[str, int]]]", report.figures["prices"])
    assert [prices["permit.W1"][days]["changes"] for days in ("1", "2", "5")] == [0, 0, 3]
    stakes = {t["task_id"]: t["children_at_stake"] for t in cast("list[dict[str, object]]", report.figures["tasks"])}
    assert stakes == {"permit.W1": 3, "permit.W2": 0, "permit.W3": 3, "permit.W5": 0, "permit.W6": 1}


def test_who_is_not_ready_in_time_has_what_that_would_save_and_what_it_needs(record: Record) -> None:
    with record.writing() as store:
        store.add_plan(a_good_plan())
    told = under(mobilise(record, MON, watch=Watch.lasting(0)).text, "Ready only after go-live (1)")
    # W2 has three children, and is ready on Monday 5 December, five working days after go-live
    saved = "3 fewer changes of social worker, 3 fewer children with an interim worker"
    assert told[1] == f"in time: {saved}, 15 fewer days of waiting over all children"
    assert told[2] == "needs laptop.W2 by Mon 28 Nov 2022 (now Mon 5 Dec 2022)"


def test_a_day_to_be_ready_by_that_has_gone_by_is_said_to_be_over(record: Record) -> None:
    with record.writing() as store:
        store.add_plan(a_good_plan())
    for day, said in ((GO_LIVE, "now"), (GO_LIVE + timedelta(1), "over already, now")):
        told = under(mobilise(record, day, watch=Watch.lasting(0)).text, "Ready only after go-live (1)")
        assert told[2] == f"needs laptop.W2 by Mon 28 Nov 2022 ({said} Mon 5 Dec 2022)"


def test_an_overdue_task_to_chase_says_how_long_it_is_overdue_and_counts_from_today(record: Record) -> None:
    plan = permits(record)
    with record.writing() as store:
        store.add_plan(plan)
    told = under(mobilise(record, FRI + timedelta(7), watch=Watch.lasting(0)).text, "To chase first (3)")
    assert told[0].endswith("an overdue task counts from today.")
    assert told[1].startswith("1. permit.W1: Parking permit, Worker W1 (no owner), due Thu 24 Nov 2022, 1 working day")


def test_how_far_the_new_plans_are_is_told_and_not_the_levels_of_two_at_once(record: Record) -> None:
    plan = permits(record)
    with record.writing() as store:
        store.add_plan(plan)
    heard: list[tuple[str, int]] = []
    watch = Watch.lasting(60, progress=lambda what, value, _: heard.append((what, int(value or 0))))
    mobilise(record, MON, watch=watch)
    assert {what for what, _ in heard} == {"delays priced", "new plans, of 3"}
    assert [n for what, n in heard if what == "new plans, of 3"] == [1, 2, 3]


def test_what_went_wrong_since_the_plan_is_told_and_no_delay_counts_it_again(record: Record) -> None:
    """After the plan the permit of W1 is put off to 30 November: it is priced from there."""
    plan = permits(record)
    with record.writing() as store:
        store.add_plan(plan)
    before = current(record)
    later = [replace(t, days=13) if t.subject == "W1" else t for t in before.tasks]
    kept(record, replace(before, tasks=tuple(later)))
    report = mobilise(record, MON, watch=Watch.lasting(0))
    assert "Since the plan was made: 3 more changes of social worker, 3 more children" in report.text
    prices = cast("dict[str, dict[str, dict[str, int]]]", report.figures["prices"])
    first = prices["permit.W1"]["1"]
    assert {name: first[name] for name in HARMS} == dict.fromkeys(HARMS, 0) | {"days_waiting": 3}


def test_done_is_kept_with_who_said_so_and_the_next_plan_goes_by_it(tasked: Record) -> None:
    assert ready_on(current(tasked).worker["W1"], current(tasked)) == FRI
    report = done(tasked, "K2", TUE)
    assert report.text.splitlines() == [
        "K2 (Laptop) is done on Tue 15 Nov 2022, recorded by asha",
        "  W1 Worker W1 is ready on Tue 15 Nov 2022, not Fri 18 Nov 2022",
    ]
    assert ready_on(current(tasked).worker["W1"], current(tasked)) == TUE
    with tasked.reading() as store:
        (line,) = [row for row in store.trail() if row.what == "done"]
        assert (line.who, line.details["task"], line.details["done_on"]) == ("asha", "K2", "2022-11-15")
    assert not under(mobilise(tasked, THU).text, "Due by")


def test_what_was_done_only_after_the_day_asked_for_is_open_on_it(tasked: Record) -> None:
    done(tasked, "K2", WED)
    status = {task["task_id"]: task["status"] for task in mobilise(tasked, TUE).figures["tasks"]}  # type: ignore[index]
    assert status == {"K1": "due", "K2": "due", "K3": "late", "K4": "open"}
    status = {task["task_id"]: task["status"] for task in mobilise(tasked, WED).figures["tasks"]}  # type: ignore[index]
    assert status["K2"] == "done"


def test_a_task_done_by_mistake_is_taken_back_and_a_day_put_right(tasked: Record) -> None:
    before = current(tasked)
    done(tasked, "K2", MON)
    done(tasked, "K2", TUE)
    assert {t.task_id: t.done_on for t in current(tasked).tasks}["K2"] == TUE
    assert "not done after all" in done(tasked, "K2", undo=True).text
    assert current(tasked) == before
    assert mobilise(tasked, MON).text.count("K2") > 0


def test_an_import_that_does_not_know_yet_does_not_undo_what_was_recorded(empty: Record, tmp_path: Path) -> None:
    rows = "task_id,name,subject,days,after\nK1,Laptop,W001,3,\nK2,Desk,T01,1,\n"
    folder = small_with(tmp_path / "small", ("tasks.csv", "*", rows))
    import_engagement(empty, folder)
    done(replace(empty, who=lambda: "asha"), "K1", TUE)
    report = import_engagement(empty, folder)
    assert report.text.startswith("Nothing changed")
    assert next(m for m in report.messages if "K1 is taken" in m).startswith(
        "tasks.csv column done_on: K1 is taken as done on 2022-11-15, as asha recorded on "
    )
    assert current(empty).tasks[0].done_on == TUE
    (folder / "tasks.csv").write_text(
        "task_id,name,subject,days,done_on\nK1,Laptop,W001,3,2022-11-14\nK2,Desk,T01,1,\n", encoding="utf-8"
    )
    import_engagement(empty, folder)
    assert current(empty).tasks[0].done_on == MON  # what the file says stands


def test_a_task_said_to_be_done_on_a_day_to_come_is_asked_after(empty: Record, tmp_path: Path) -> None:
    rows = "task_id,name,subject,days,done_on\nK1,Desk,W001,3,2022-11-15\nK2,Desk,T01,1,\n"
    folder = small_with(tmp_path / "small", ("tasks.csv", "*", rows))
    told = [m for m in import_engagement(empty, folder, today=lambda: MON).messages if "tasks.csv" in m]
    (message,) = told
    assert message == (
        "tasks.csv column done_on: K1 is done only on 2022-11-15, which has not come: plans go by that day all the "
        "same. Leave done_on blank until then."
    )
    assert not any("tasks.csv" in m for m in import_engagement(empty, folder, today=lambda: TUE).messages)


def test_a_built_in_task_is_done_for_the_list_and_the_day_that_plans_go_by_is_named(empty: Record) -> None:
    record = kept(empty, a_engagement(workers=[a_worker("W1", laptop_on=FRI)]))
    assert done(record, "details", MON).messages == ()
    report = done(record, "laptop.W1", TUE)
    assert report.messages == (
        "workers.csv has 2022-11-18 for W1 in laptop_on, and plans go by it: put 2022-11-15 there and import again.",
    )
    rows = {task["task_id"]: task for task in mobilise(record, WED).figures["tasks"]}  # type: ignore[index]
    assert (rows["laptop.W1"]["status"], rows["details"]["status"]) == ("done", "done")


def test_what_should_have_come_before_a_task_that_is_done_is_asked_after(tasked: Record) -> None:
    assert done(tasked, "K2", TUE).messages == ("K2 waits for K1, not recorded as done. Done too?",)
    assert done(tasked, "K1", TUE).messages == ()
    assert done(tasked, "K2", WED).messages == ()


def test_a_built_in_task_that_its_dates_make_done_is_not_said_to_be_open_again(empty: Record) -> None:
    record = kept(empty, a_engagement(workers=[a_worker("W1", laptop_on=FRI)]))
    done(record, "laptop.W1", TUE)
    assert done(record, "laptop.W1", undo=True, today=lambda: THU).messages == ()
    (message,) = done(record, "laptop.W1", undo=True, today=lambda: FRI).messages
    assert message == (
        "The list still has laptop.W1 as done on Fri 18 Nov 2022: laptop_on in workers.csv says so: put the new day "
        "there and import again."
    )
    assert done(record, "contract", undo=True, today=lambda: MON).messages == (
        "The list still has contract as done on Fri 11 Nov 2022: its day has come.",
    )


def test_a_built_in_task_recorded_on_another_day_than_its_dates_have_is_said_to_keep_theirs(empty: Record) -> None:
    record = kept(empty, a_engagement())
    assert done(record, "contract", FRI - timedelta(7), today=lambda: MON).messages == ()
    assert done(record, "contract", MON, today=lambda: MON).messages == (
        "The list still has contract as done on Fri 11 Nov 2022: its day has come.",
    )


def test_a_task_there_is_not_is_refused_with_the_nearest(tasked: Record) -> None:
    with pytest.raises(UsageError, match=r"no task K22\. Did you mean K2"):
        done(tasked, "K22", MON)
    with pytest.raises(UsageError, match="has not come yet"):
        done(tasked, "K2", WED, today=lambda: TUE)
    with tasked.reading() as store:
        assert not store.progress()


def test_the_table_has_a_row_for_each_task_and_reads_again_as_tasks_csv(tasked: Record, tmp_path: Path) -> None:
    done(tasked, "K1", MON)
    mobilise(tasked, WED, tmp_path / "out")
    text = (tmp_path / "out" / "mobilisation.csv").read_text("utf-8-sig")
    rows = {row["task_id"]: row for row in csv.DictReader(text.splitlines())}
    assert list(rows) == ["K1", "K2", "K3", "K4"]
    wanted = {"status": "due", "start": "2022-11-15", "finish": "2022-11-17", "slack": "5", "critical": "no"}
    # done on Monday, the laptop takes Tuesday to Thursday; the desk ends on Thursday of the week after, five days later
    assert {name: rows["K2"][name] for name in wanted} == wanted
    assert (rows["K2"]["holds_up"], rows["K2"]["latest_finish"], rows["K2"]["who"]) == ("W1", "2022-11-24", "Worker W1")
    assert (rows["K1"]["status"], rows["K1"]["slack"], rows["K3"]["days_late"]) == ("done", "", "2")
    assert {task_id: row["critical_for"] for task_id, row in rows.items() if row["critical_for"]} == {"K2": "W1"}
    again = text.replace("W1", "W001").replace("T1", "T01")
    folder = small_with(tmp_path / "small", ("tasks.csv", "*", again))
    assert [t.days for t in read(folder).engagement.tasks] == [2, 3, 1, 9]


def bars(made: Mobilisation) -> list[dict[str, object]]:
    """The bars of the picture from the top down."""
    sections = specification(made)["vconcat"]
    layers = [layer for section in sections for layer in section["layer"] if layer["mark"]["type"] == "bar"]
    return [bar for layer in layers for bar in layer["data"]["values"]]


def test_the_picture_shows_every_open_task_under_its_worker_and_edges_the_critical_ones(tasked: Record) -> None:
    made = Mobilisation(current(tasked), WED)
    assert [(bar["task"], bar["critical"], bar["said"]) for bar in bars(made)] == [
        ("K3", False, "commissioner, 2 working days late"),
        ("K4", True, "due Thu 24 Nov, critical"),  # the whole ends with it
        ("K1", True, "ICT, 1 working day late, critical"),  # and W1 waits for these
        ("K2", True, "ICT, due Fri 18 Nov, critical"),
    ]
    svg = gantt(made).decode()
    ET.fromstring(svg)
    for said in ("Worker W1, ready Fri 18 Nov 2022", "Order laptop", "commissioner, 2 working days late", "go-live"):
        assert said in svg
    assert COLOURS["late"] in svg


def test_a_person_with_all_they_need_who_is_not_cleared_is_not_only_called_ready() -> None:
    people = [a_worker("W1"), a_worker("W2", swe_restrictions="yes")]
    made = a_engagement(workers=people, tasks=[Task(f"K{w.worker_id}", "Desk", w.worker_id, days=1) for w in people])
    heads = [
        row["text"]
        for s in specification(Mobilisation(made, MON))["vconcat"]
        for row in s["layer"][1]["data"]["values"]
    ]
    assert heads == ["W1 Worker W1, ready Mon 14 Nov 2022", "W2 Worker W2, ready Mon 14 Nov 2022, not cleared"]


def test_the_picture_has_a_section_for_each_team_with_its_manager_and_its_people_under_its_own_dates() -> None:
    people = [
        a_worker("W2", team_id="T2"),
        a_worker("W1"),
        a_worker("W3"),
        a_manager("M1"),
        a_manager("M2", team_id="T2"),
    ]
    subjects = ["O1", "W3", "W2", "W1", "T2", "M1", None]
    tasks = [Task(f"K{n}", "Desk", subject, days=1) for n, subject in enumerate(subjects)]
    made = a_engagement(workers=people, teams=[Team("T1", "Team T1", "M1"), Team("T2", "Team T2", "M2")], tasks=tasks)
    sections = specification(Mobilisation(made, MON))["vconcat"]
    heads = {}
    for section in sections:
        rows = section["layer"][1]["data"]["values"]
        heads[section["title"]["text"]] = [row["text"].split(",")[0] for row in rows]
        assert section["layer"][0]["encoding"]["x"]["axis"]["orient"] == "top"
    assert heads == {
        "The engagement": ["Everybody"],
        "T1 Team T1": ["M1 Worker M1", "W1 Worker W1", "W3 Worker W3"],
        "T2 Team T2": ["The team", "W2 Worker W2"],
        "Others": ["O1 Worker O1"],
    }


def test_who_is_dropped_from_the_register_before_the_contract_ends_has_a_day_to_look_again() -> None:
    until = {
        "W1": date(2022, 11, 30),  # the register drops the unrenewed on Thursday 1 December
        "W2": GO_LIVE,
        "W3": GO_LIVE - timedelta(1),  # not cleared, and so no matter of looking again
        "W4": CONTRACT_END,
        "W5": date(2022, 12, 23),  # a Friday; Monday and Tuesday are bank holidays
    }
    people = [a_worker(w, swe_registered_until=day) for w, day in until.items()]
    people.append(a_manager("M1", swe_registered_until=date(2022, 12, 31)))
    found = [(w.worker_id, day) for w, day in lapsing(a_engagement(workers=people))]
    assert found == [
        ("W2", date(2022, 11, 29)),
        ("W1", date(2022, 12, 1)),
        ("W5", date(2022, 12, 28)),
        ("M1", date(2023, 1, 3)),
    ]


def test_the_day_to_look_again_is_listed(empty: Record) -> None:
    record = kept(empty, a_engagement(workers=[a_worker("W1", swe_registered_until=date(2022, 11, 30))]))
    assert "Thu 1 Dec 2022: W1 Worker W1, registered until Wed 30 Nov 2022" in mobilise(record, MON).text


def test_the_trail_tells_of_the_files_and_where_they_are_not_after_all(tasked: Record, tmp_path: Path) -> None:
    report = mobilise(tasked, TUE, tmp_path / "tasks")
    assert "\nTrail: " in report.text
    with tasked.reading() as store:
        assert store.trail_fault(report.figures["trail_head"]) is None  # type: ignore[index]
        assert store.trail()[-1].details == {"format": "mobilisation", "to": str(tmp_path / "tasks")}
    (tmp_path / "file").touch()
    with pytest.raises(UsageError):
        mobilise(tasked, TUE, tmp_path / "file")
    with tasked.reading() as store:
        assert [line.what for line in store.trail()[-2:]] == ["export", "export failed"]
