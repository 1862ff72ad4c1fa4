"""The figures of the mutants are those that mutmut notes, and a survivor that nobody explained is named."""

import json
import re
from pathlib import Path

import pytest

from tests import mutants
from tests.mutants import explained, figures, main_


def noted(folder: Path, module: str, ends: dict[str, int | None]) -> None:
    path = folder / "handover" / f"{module}.py.meta"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"exit_code_by_key": ends}), encoding="utf-8")


def test_what_no_test_reaches_survives_and_what_was_not_tried_does_not_count(tmp_path: Path) -> None:
    noted(tmp_path, "caseload", {"a": 1, "b": 0, "c": 33, "d": 36, "e": None})
    noted(tmp_path, "plan", {})
    assert figures(tmp_path) == {"handover/caseload": (4, ["b", "c"])}


def test_a_page_names_the_survivors_of_a_function_by_their_numbers() -> None:
    page = "`handover.verify.x__f__mutmut_3, 14`: a word. `handover.a.xǁBǁc__mutmut_1`: another. `handover` is no name."
    assert explained(page) == {
        "handover.verify.x__f__mutmut_3",
        "handover.verify.x__f__mutmut_14",
        "handover.a.xǁBǁc__mutmut_1",
    }


@pytest.mark.parametrize(("named", "ends"), [("1", 0), ("2", 1), ("", 1)])
def test_a_survivor_that_is_not_explained_fails_the_run_and_is_named(
    named: str, ends: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = "handover.a.x_f__mutmut_1"
    noted(tmp_path / "mutants", "a", {one: 0} | {f"handover.a.x_f__mutmut_{n}": 1 for n in range(2, 20)})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mutants, "PAGE", tmp_path / "page.md")
    mutants.PAGE.write_text(f"`handover.a.x_f__mutmut_{named}`", encoding="utf-8")
    assert main_() == ends
    assert (one in capsys.readouterr().out) == bool(ends)


def test_the_page_s_figures_add_up_to_the_survivors_it_explains() -> None:
    page = mutants.PAGE.read_text(encoding="utf-8")
    *modules, whole = [
        [int(n.replace(",", "")) for n in row]
        for row in re.findall(r"^\| .+ \| ([\d,]+) \| ([\d,]+)", page, re.MULTILINE)
    ]
    assert [sum(column) for column in zip(*modules, strict=True)] == whole
    made, killed = whole
    assert made - killed == len(explained(page))
    assert killed * 10 >= made * 9
