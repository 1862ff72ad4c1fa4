"""Pseudonyms: no id is left anywhere, none is put where there was none, and only the key turns one back."""

import re
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover import pseudonyms as module
from handover.engagement import Absence, Engagement, Event, Rule
from handover.flags import flags
from handover.outputs import FORMATS
from handover.plan import Flag, Plan
from handover.pseudonyms import LENGTH, pseudonyms, renamed, turned_back
from tests.builders import a_child, a_engagement, a_worker, engagements
from tests.plans import a_plan

KEY, OTHER = b"k" * 32, b"o" * 32


def names_of(one: Engagement, key: bytes = KEY) -> dict[str, str]:
    ids = {c.child_id for c in one.children} | {c.family_id for c in one.children if c.family_id}
    return dict(pseudonyms(ids, key))


def a_case(child_id: str = "12", family_id: str = "4") -> tuple[Engagement, Plan]:
    # ids that are ordinary numbers: 4 points, 12 o'clock; siblings with a third child who cannot be placed
    one = a_engagement(
        [
            a_child(child_id, family_id=family_id),
            a_child("13", family_id=family_id),
            a_child("14", needs=("asylum",)),
        ],
        [a_worker("W1", laptop_on=date(2022, 12, 1)), a_worker("W2")],
        events=[Event(child_id, "court_hearing", date(2022, 11, 28))],
        rules=[Rule(child_id, "W2", "never", f"the father of {child_id} is a cousin")],
        absences=[Absence("W2", datetime(2022, 11, 14), datetime(2022, 11, 15), "court for 13")],
    )
    plan = a_plan(one, {family_id: "W1", "14": None}, booked=True)
    return one, replace(plan, flags=flags(one, plan), remedies=(f"a worker for {child_id}",))


def whole(*values: Any) -> str:
    return " ".join(str(asdict(value)) for value in values)


def test_a_child_whose_id_is_a_number_does_not_turn_figures_into_pseudonyms() -> None:
    one, plan = a_case()
    names = names_of(one)
    _, told = renamed(one, plan, names)
    back = {name: ident for ident, name in names.items()}
    for before, after in zip(plan.allocations, sorted(told.allocations, key=lambda a: back[a.child_id]), strict=True):
        assert back[after.child_id] == before.child_id
        assert re.sub("|".join(back), lambda m: back[m[0]], after.why) == before.why

    def turned(text: str) -> str:
        return re.sub("|".join(back), lambda m: back[m[0]], text)

    assert {Flag(f.severity, turned(f.subject), turned(f.matter), turned(f.action)) for f in told.flags} == set(
        plan.flags
    )
    # the 4 points stay a figure although a family's id is 4
    unplaced = next(f.matter for f in told.flags if f.matter.startswith("shortage"))
    assert unplaced == f"shortage: {names['14']} (4 points) can go to nobody: no receiving worker has `asylum`."


@pytest.mark.parametrize(("child_id", "family_id"), [("C-07/b", "F.1"), ("Ann Ode", "the Odes"), ("(x", "*y")])
def test_no_id_of_a_child_or_family_is_left_anywhere(child_id: str, family_id: str) -> None:
    one, plan = a_case(child_id, family_id)
    # a sentence as another version of the program would have put it
    old = Flag("warn", child_id, f"old: {child_id}, {family_id}", f"see ({child_id}).")
    renamed_one, told = renamed(one, replace(plan, flags=(*plan.flags, old)), names_of(one))
    text = whole(renamed_one, told)
    assert child_id not in text
    assert family_id not in text
    assert len(told.flags) == len(plan.flags) + 1


@given(engagements())
@settings(max_examples=12)
def test_every_file_of_every_plan_holds_pseudonyms_only(one: Engagement) -> None:
    plan = a_plan(one, booked=True)
    plan = replace(plan, flags=flags(one, plan))
    files = FORMATS["csv"](*renamed(one, plan, names_of(one)))
    for name, content in files.items():
        assert not re.search(r"\b[CF]\d\b", content.decode()), name


def test_what_is_not_of_a_child_or_family_stays() -> None:
    one, plan = a_case()
    renamed_one, told = renamed(one, plan, names_of(one))
    assert renamed_one.workers == one.workers
    assert renamed_one.settings == one.settings
    assert told.levels == plan.levels
    assert sorted(a.start for a in told.appointments) == sorted(a.start for a in plan.appointments)


def test_the_order_of_the_rows_says_nothing_of_the_ids() -> None:
    children = [a_child(f"C{n:02}") for n in range(20)]
    one = a_engagement(children)
    names = names_of(one)
    renamed_one, told = renamed(one, a_plan(one), names)
    for ids in ([a.child_id for a in told.allocations], [c.child_id for c in renamed_one.children]):
        assert ids == sorted(names.values())
        assert ids != [names[c.child_id] for c in children]


def test_the_same_key_gives_the_same_pseudonyms_whatever_other_children_there_are() -> None:
    few, many = pseudonyms(["C1", "C2"], KEY), pseudonyms([f"C{n}" for n in range(999)], KEY)
    assert few["C1"] == many["C1"]
    assert pseudonyms(["C1"], OTHER)["C1"] != few["C1"]
    assert re.fullmatch(r"X[0-9A-HJKMNP-TV-Z]{3}(-[0-9A-HJKMNP-TV-Z]{4}){2}", few["C1"])


def test_two_ids_never_share_a_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    # of one character there are 32, and 33 ids must share; the names grow until they are told apart
    monkeypatch.setattr(module, "LENGTH", 1)
    names = pseudonyms([f"C{n}" for n in range(33)], KEY)
    assert len(set(names.values())) == 33
    assert all(turned_back(name, names) == ident for ident, name in names.items() if len(name) > 3)


@given(st.lists(st.text(max_size=6), max_size=6, unique=True))
@settings(max_examples=30)
def test_a_pseudonym_comes_back_however_it_is_typed(ids: list[str]) -> None:
    names = pseudonyms(ids, KEY)
    for ident, name in names.items():
        for typed in (name, name.lower(), f" {name.replace('-', '')} ", name.replace("0", "o").replace("1", "l")):
            assert turned_back(typed, names) == ident


def test_part_of_a_pseudonym_or_another_databases_tells_nothing() -> None:
    names = pseudonyms(["C1", "C2"], KEY)
    assert turned_back(names["C1"][:-1], names) is None
    assert turned_back("X", names) is None
    assert turned_back("", names) is None
    assert turned_back(pseudonyms(["C1"], OTHER)["C1"], names) is None
    assert LENGTH * 5 >= 55
