"""File names made from ids lead nowhere but into the folder, on any system."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handover.outputs.names import file_name, is_plain

IDS = st.text(max_size=300) | st.text("./\\:CONaux1 ", max_size=12)


@given(IDS)
@example("../../../etc/passwd")
@example("..")
@example("C:\\Windows\\System32\\x")
@example("\\\\server\\share")
@example("CON")
@example("nul.txt")
@example("W1\x00.exe")
@example("x" * 300)
@example("W001.")
@example("")
def test_any_id_gives_a_plain_name(ident: str) -> None:
    assert is_plain(f"diary_{file_name(ident)}.ics")
    assert not file_name(ident).startswith(".")


@given(st.sets(IDS, max_size=8))
@example({"w1", "W1"})
@example({"a/b", "a\\b", "a_b", "A_B"})
@example({"W 1", "W  1"})
def test_two_ids_never_share_a_name_even_where_case_is_ignored(ids: set[str]) -> None:
    assert len({file_name(ident).casefold() for ident in ids}) == len(ids)


def test_ordinary_ids_stay_as_they_are() -> None:
    assert [file_name(ident) for ident in ("W001", "F0001", "SW-12_3")] == ["W001", "F0001", "SW-12_3"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "/x", "a/b", "a\\b", "c:x", "x.", "x ", "CON.csv", "aux", "a\x00", "a\n", ".x", "-x"],
)
def test_a_name_that_leads_elsewhere_is_not_plain(name: str) -> None:
    assert not is_plain(name)
