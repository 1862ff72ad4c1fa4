"""One short round of what nobody would feed in; `make fuzz MINUTES=20` goes on."""

from pathlib import Path

import pytest

from tests.fuzz import one_round, prepared


def test_whatever_is_fed_in_ends_with_a_code_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one_round(prepared(tmp_path), 1, 8)
