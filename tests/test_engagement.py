"""The engagement's canonical order, families and hash (contract §1, §2)."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from handover.engagement import Absence, Engagement, Episode, Event, Rule, Task, engagement, once
from handover.intake import read
from tests.builders import a_child, a_engagement, a_worker, engagements


def family_ids(made: Engagement) -> dict[str, list[str]]:
    return {f.family_id: [c.child_id for c in f.children] for f in made.families}


def test_siblings_share_a_family_and_a_blank_family_id_makes_a_family_of_one() -> None:
    cases = (a_child("C3", family_id="F1"), a_child("C2"), a_child("C1", family_id="F1"))
    assert family_ids(a_engagement(cases)) == {"C2": ["C2"], "F1": ["C1", "C3"]}


def test_a_separate_child_is_a_family_of_one_under_its_own_id() -> None:
    cases = [a_child(f"C{n}", family_id="F1") for n in (1, 2, 3)]
    made = a_engagement(cases, rules=(Rule("C2", None, "separate"),))
    assert family_ids(made) == {"C2": ["C2"], "F1": ["C1", "C3"]}
    assert {c: f.family_id for c, f in made.family_of.items()} == {"C1": "F1", "C2": "C2", "C3": "F1"}
    assert made.family["F1"] == made.family_of["C1"]


def test_rows_are_found_by_the_child_or_worker_they_are_about() -> None:
    events = (Event("C1", "core_group", date(2022, 12, 2)), Event("C1", "court_hearing", date(2022, 12, 1)))
    absences = (
        Absence("W1", datetime(2022, 11, 17), datetime(2022, 11, 18)),
        Absence("W1", datetime(2022, 11, 15, 9), datetime(2022, 11, 15, 12)),
    )
    rules = (
        Rule("C1", "W1", "never"),
        Rule("C1", "W2", "always"),
        Rule("C1", "W2", "knows"),
        Rule("C1", "P1", "knows"),
    )
    made = a_engagement(events=events, absences=absences, rules=rules)
    assert made.events_of == {"C1": (events[1], events[0])}  # by date
    assert made.absences_of == {"W1": (absences[1], absences[0])}
    assert made.never == {("C1", "W1")}
    assert made.always == {"C1": "W2"}
    assert made.knows == {"C1": {"P1", "W2"}}
    assert (set(made.team), set(made.worker), set(made.child)) == ({"T1"}, {"M1", "O1", "W1", "W2"}, {"C1"})


def test_episodes_of_one_day_stay_in_file_order() -> None:
    day = date(2022, 5, 2)
    rows = (Episode("C1", "O1", date(2022, 6, 1)), Episode("C1", "P2", day), Episode("C1", "P1", day))
    assert a_engagement(history=rows).episodes_of["C1"] == (rows[1], rows[2], rows[0])


@given(engagements(), st.integers(0, 1000))
def test_the_order_of_rows_changes_neither_the_engagement_nor_its_hash(made: Engagement, seed: int) -> None:
    shuffle = Random(seed)
    # history keeps its order: there, ties go by it
    tables = {
        name: list(getattr(made, name))
        for name in ("teams", "workers", "children", "events", "absences", "rules", "tasks")
    }
    for rows in tables.values():
        shuffle.shuffle(rows)
    again = engagement(
        made.settings, made.closed_days, history=made.history, **{name: tuple(rows) for name, rows in tables.items()}
    )
    assert again == made
    assert again.input_sha256 == made.input_sha256


def test_any_change_of_content_changes_the_hash() -> None:
    base = a_engagement()
    others = [
        a_engagement((a_child("C1", points=5),)),
        a_engagement((a_child("C2"),)),
        a_engagement(workers=(a_worker("W1"), a_worker("W2", fte="0.5"))),
        a_engagement(worker_band="0.21"),
        a_engagement(start=time(8)),
        a_engagement(closed_days=base.closed_days | {date(2022, 11, 25)}),
        a_engagement(history=(Episode("C1", "O1", date(2022, 1, 4)),)),
        a_engagement(rules=(Rule("C1", "W1", "knows"),)),
        a_engagement(events=(Event("C1", "core_group", date(2022, 12, 1)),)),
        a_engagement(absences=(Absence("W1", datetime(2022, 11, 17), datetime(2022, 11, 18)),)),
        a_engagement(tasks=(Task("K1", "Laptop"),)),
        a_engagement(people_expected=4),
    ]
    hashes = {made.input_sha256 for made in [base, *others]}
    assert len(hashes) == len(others) + 1


def test_the_hash_is_sixty_four_hexadecimal_digits_and_the_same_each_time() -> None:
    assert a_engagement().input_sha256 == a_engagement().input_sha256
    assert len(a_engagement().input_sha256) == 64
    assert int(a_engagement().input_sha256, 16) > 0


def test_plans_made_before_there_were_tasks_keep_the_hash_of_their_input() -> None:
    # as `handover plan` wrote it into plan.json for these files before tasks.csv and people_expected
    sha = "fc4da3b5b3e2e779f62b7bcc41a937dea56a6b1a48e74ac16b81f83ed44d86b8"
    assert read(Path(__file__).parent / "data" / "small").engagement.input_sha256 == sha


def test_a_question_about_an_engagement_is_worked_out_once_and_for_another_anew() -> None:
    asked: list[int] = []

    @once
    def children(made: Engagement) -> int:
        asked.append(len(made.children))
        return asked[-1]

    one, two = a_engagement([a_child("C1")]), a_engagement([a_child("C1"), a_child("C2")])
    assert [children(one), children(two), children(one), children(two)] == [1, 2, 1, 2]
    assert asked == [1, 2]
    # what is known of an engagement does not pass to one that is changed, and makes no difference between two
    changed = replace(one, children=two.children)
    assert children(changed) == 2
    assert one == a_engagement([a_child("C1")])
