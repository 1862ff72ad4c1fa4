"""Every way to break a plan that is on the list is found, and named for what it is."""

from dataclasses import replace
from typing import Any

import pytest

import handover.verify
from handover.plan import Plan
from handover.verify import verify
from tests.breakers import BREAKERS, Breaker
from tests.verify.handmade import a_good_plan, an_engagement


def test_a_good_plan_is_not_faulted() -> None:
    assert verify(an_engagement(), a_good_plan()) == ()


def test_no_two_breakers_share_a_name() -> None:
    assert len({breaker.name for breaker in BREAKERS}) == len(BREAKERS) >= 40


@pytest.mark.parametrize("breaker", BREAKERS, ids=lambda breaker: breaker.name)
def test_a_broken_plan_is_found_out(breaker: Breaker) -> None:
    findings = verify(*breaker.breaks(an_engagement(), a_good_plan()))
    assert any(breaker.says in finding for finding in findings), findings


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (["a"] * 500, ["a"] * 500),
        (["a"] * 501, [*["a"] * 499, "And 2 more findings."]),
        (["a"] * 600, [*["a"] * 499, "And 101 more findings."]),
        (["a" * 400, "a" * 401], ["a" * 400, "a" * 399 + "…"]),
    ],
)
def test_findings_are_cut_only_where_they_are_too_many_or_too_long(
    found: list[str], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover.verify, "_findings", lambda *_: iter(found))
    assert verify(an_engagement(), a_good_plan()) == tuple(told)


def with_first(part: str, **changes: Any) -> Plan:
    """A good plan in which the first of a part differs."""
    first, *others = getattr(a_good_plan(), part)
    return replace(a_good_plan(), **{part: (replace(first, **changes), *others)})


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(a_good_plan(), engagement=7), "In the plan, engagement is 7, not str."),
        (
            with_first("allocations", to_worker_id=7),
            "In number 1 of the allocations, to_worker_id is 7, not str or NoneType.",
        ),
        (replace(a_good_plan(), flags=("x",)), "Number 1 of the flags is 'x', which is none."),
        (
            replace(a_good_plan(), changes_whatever_the_caseloads=replace(a_good_plan().levels[0], bound="x")),
            "In changes_whatever_the_caseloads, bound is 'x', not Fraction or int.",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_place(plan: Plan, told: str) -> None:
    assert verify(an_engagement(), plan) == (told,)
