"""The figures of the mutants are those that mutmut notes."""

import json
from pathlib import Path

from tests.mutants import figures


def test_what_no_test_reaches_survives_and_what_was_not_tried_does_not_count(tmp_path: Path) -> None:
    ends = {"a": 1, "b": 0, "c": 33, "d": 36, "e": None}
    (tmp_path / "handover").mkdir()
    (tmp_path / "handover" / "caseload.py.meta").write_text(json.dumps({"exit_code_by_key": ends}), encoding="utf-8")
    (tmp_path / "handover" / "plan.py.meta").write_text(json.dumps({"exit_code_by_key": {}}), encoding="utf-8")
    assert figures(tmp_path) == {"handover/caseload": (4, ["b", "c"])}
