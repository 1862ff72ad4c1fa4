"""Errors, their exit codes, and problems as values (contract §6)."""

import pytest

from handover import errors
from handover.errors import HandoverError, InputRefused, Problem


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2),
        ("InputRefused", 3),
        ("ChildrenUnallocated", 4),
        ("NoUsablePlan", 5),
        ("RecordUnavailable", 6),
        ("CheckFailed", 7),
        ("Interrupted", 130),
    ],
)
def test_each_error_has_the_contracts_exit_code_and_a_sentence(name: str, code: int) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, HandoverError)
    assert kind.exit_code == code
    assert kind.__doc__.endswith(".")


def test_no_error_has_an_exit_code_the_contract_does_not_know() -> None:
    assert {kind.exit_code for kind in HandoverError.__subclasses__()} == {2, 3, 4, 5, 6, 7, 130}


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("children.csv", 17, "plan", "is no plan"), "children.csv row 17, column plan: is no plan"),
        (Problem("children.csv", 17, "", "is cut short"), "children.csv row 17: is cut short"),
        (Problem("children.csv", 0, "plan", "is missing"), "children.csv column plan: is missing"),
        (Problem("children.csv", 0, "", "is missing"), "children.csv: is missing"),
    ],
)
def test_a_problem_names_its_place(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_problems_are_told_in_the_order_of_the_files_rows_and_columns() -> None:
    later = Problem("children.csv", 10, "plan", "x")
    first = Problem("children.csv", 9, "points", "x")
    other = Problem("absences.csv", 30, "end", "x")
    assert InputRefused((later, first, other)).problems == (other, first, later)


def test_a_refusal_counts_its_problems() -> None:
    one = Problem("children.csv", 9, "plan", "x")
    assert "1 problem, nothing was kept" in str(InputRefused((one,)))
    assert "2 problems, nothing was kept" in str(InputRefused((one, one)))
