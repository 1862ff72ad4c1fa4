import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.outputs.plan_json import jsonable, level_object, number, plan_json
from handover.plan import Level
from tests.builders import a_engagement
from tests.plans import a_plan


@pytest.mark.parametrize(
    ("exact", "outside"),
    [(Fraction(506), 506), (Fraction(7, 2), 3.5), (Fraction(1, 3), 0.333333), (Fraction(2, 3), 0.666667)],
)
def test_a_whole_figure_stays_whole_and_others_have_six_places(exact: Fraction, outside: float) -> None:
    assert number(exact) == outside
    assert isinstance(number(exact), type(outside))


@given(st.fractions(0, 1000, max_denominator=10**9), st.fractions(0, 1, max_denominator=10**9))
def test_rounding_never_makes_a_bound_of_a_level_that_is_not_proven_look_like_a_proof(
    value: Fraction, share: Fraction
) -> None:
    level = Level("burden", value, value * share)
    said = level_object(level)
    assert said["proven"] is (level.bound == level.value)
    assert (said["bound"] == said["value"]) is said["proven"]
    assert isinstance(said["bound"], int | float)
    assert Fraction(str(said["bound"])) <= level.bound or level.proven


def test_a_level_that_was_stopped_says_by_what() -> None:
    assert level_object(Level("burden", Fraction(9), Fraction(7), 1.23456, "clock")) == {
        "value": 9,
        "bound": 7,
        "proven": False,
        "seconds": 1.235,
        "stopped": "clock",
    }
    assert "stopped" not in level_object(Level("burden", Fraction(9), Fraction(9)))


def test_plan_json_has_what_the_contract_names() -> None:
    plan = a_plan(a_engagement())
    plan = replace(
        plan, plan_id="p1", made_at=datetime(2022, 11, 14, 9, 0, 0, 999), made_by="Ann", remedies=("Clear W9.",)
    )
    read = json.loads(plan_json(plan))
    assert list(read)[:8] == [
        *("plan_id", "engagement", "input_sha256", "versions", "seed", "seconds", "levels"),
        "changes_whatever_the_caseloads",
    ]
    assert [level["name"] for level in read["levels"]] == [level.name for level in plan.levels]
    assert read["changes_whatever_the_caseloads"].keys() == {"value", "bound", "proven", "seconds"}
    assert read["remedies"] == ["Clear W9."]
    assert (read["booked_from"], read["made_at"], read["made_by"]) == ("2022-11-14", "2022-11-14T09:00:00", "Ann")
    assert not plan_json(plan).startswith(b"\xef\xbb\xbf")


def test_every_kind_of_value_inside_has_a_form_outside() -> None:
    @dataclass(frozen=True)
    class Box:
        day: date
        shares: tuple[Fraction, ...]
        none: None = None

    assert jsonable(Box(date(2022, 11, 28), (Fraction(1, 2),))) == {"day": "2022-11-28", "shares": [0.5], "none": None}
    with pytest.raises(TypeError):
        jsonable(object())
