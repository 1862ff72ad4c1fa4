"""Whatever a plan holds, the checker answers in sentences; and it stands on nothing but values."""

import ast
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import handover.verify
from handover.plan import Plan
from handover.verify import LONGEST_FINDING, MOST_FINDINGS, verify
from tests.verify.handmade import a_good_plan, an_engagement

ODD: tuple[Any, ...] = (
    None, "", "NOBODY", -1, 0, 10**30, True, 1.5, float("nan"), Fraction(1, 3), date.min, date.max, datetime.min,
    datetime.max, datetime(2022, 11, 14, 9, tzinfo=UTC), (), [], {}, "x" * 5000,
)  # fmt: skip
PARTS = ("levels", "allocations", "appointments", "flags")


@pytest.mark.parametrize("field", [f.name for f in fields(Plan)])
def test_an_odd_value_anywhere_in_the_plan_raises_nothing(field: str) -> None:
    for odd in ODD:
        verify(an_engagement(), replace(a_good_plan(), **{field: odd}))


@pytest.mark.parametrize("part", PARTS)
def test_an_odd_value_anywhere_in_its_parts_raises_nothing(part: str) -> None:
    items = getattr(a_good_plan(), part)
    random = Random(1)
    for field in fields(items[0]):
        for odd in ODD:
            n = random.randrange(len(items))
            broken = replace(items[n], **{field.name: odd})
            findings = verify(an_engagement(), replace(a_good_plan(), **{part: (*items[:n], broken, *items[n + 1 :])}))
            assert all(0 < len(finding) <= LONGEST_FINDING for finding in findings)
    for odd in ODD:
        assert verify(an_engagement(), replace(a_good_plan(), **{part: (*items, odd)}))


@pytest.mark.parametrize(
    ("part", "field", "odd"),
    [
        ("allocations", "child_id", None),
        ("allocations", "known", 1),
        ("allocations", "changes", True),
        ("allocations", "responsible_from", datetime(2022, 11, 28)),
        ("allocations", "why", None),
        ("appointments", "start", date(2022, 11, 14)),
        ("appointments", "end", datetime(2022, 11, 14, 10, tzinfo=UTC)),
        ("appointments", "worker_id", None),
        ("appointments", "kind", None),
        ("levels", "value", 2.0),
        ("levels", "bound", None),
        ("levels", "name", None),
        ("flags", "severity", None),
        ("flags", "subject", 3),
        ("flags", "action", None),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(part: str, field: str, odd: object) -> None:
    items = getattr(a_good_plan(), part)
    plan = replace(a_good_plan(), **{part: (replace(items[0], **{field: odd}), *items[1:])})
    (finding,) = verify(an_engagement(), plan)
    assert finding.startswith(f"In number 1 of the {part}, {field} is ")


@pytest.mark.parametrize(
    "field", ["engagement", "input_sha256", "booked_from", "changes_whatever_the_caseloads", *PARTS]
)
def test_a_plan_without_a_part_is_named(field: str) -> None:
    (finding,) = verify(an_engagement(), replace(a_good_plan(), **{field: None}))
    assert finding.startswith(f"In the plan, {field} is None")


def test_a_bound_of_the_least_changes_must_be_a_number() -> None:
    plan = a_good_plan()
    least = replace(plan.changes_whatever_the_caseloads, bound="10")
    (finding,) = verify(an_engagement(), replace(plan, changes_whatever_the_caseloads=least))
    assert finding.startswith("In changes_whatever_the_caseloads, bound is '10'")


def test_an_empty_plan_misses_every_child() -> None:
    findings = verify(an_engagement(), replace(a_good_plan(), allocations=(), appointments=(), levels=(), flags=()))
    assert len(findings) == 12
    assert findings[0] == "Child C01 is missing from the allocations."


def test_a_flood_of_findings_is_cut_and_counted() -> None:
    plan = a_good_plan()
    summary = plan.appointments[0]
    many = tuple(replace(summary, family_id=f"X{n}") for n in range(MOST_FINDINGS + 10))
    findings = verify(an_engagement(), replace(plan, appointments=plan.appointments + many))
    assert len(findings) == MOST_FINDINGS
    assert findings[-1] == f"And {10 + 1} more findings."
    exactly = verify(an_engagement(), replace(plan, appointments=plan.appointments + many[:MOST_FINDINGS]))
    assert len(exactly) == MOST_FINDINGS
    assert not exactly[-1].startswith("And ")


def test_a_plan_at_another_time_is_found_whole() -> None:
    late = tuple(
        replace(a, start=a.start + timedelta(days=14), end=a.end + timedelta(days=14))
        for a in a_good_plan().appointments
    )
    findings = verify(an_engagement(), replace(a_good_plan(), appointments=late))
    assert sum("it is not in the window" in finding for finding in findings) == len(late)


def test_the_checker_uses_nothing_of_the_planner() -> None:
    allowed = {"handover.engagement", "handover.plan"}
    for module in Path(handover.verify.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = {name for name in names if name.startswith(("handover", "solver", "db"))}
            assert all(name in allowed or name.startswith("handover.verify") for name in ours), module
