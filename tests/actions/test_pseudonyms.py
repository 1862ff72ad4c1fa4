"""Pseudonymous exports, and pseudonyms turned back by the database that gave them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from db.record import Record, create, open_record
from handover.actions.planning import Asked, plan
from handover.actions.plans import export, names_in
from handover.actions.pseudonyms import who
from handover.errors import UsageError
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO
from tests.verify.handmade import an_engagement

pytestmark = pytest.mark.usefixtures("good_search")


@pytest.fixture
def planned(record: Record, watch: Watch) -> Record:
    """A record with one stored plan."""
    plan(record, Asked(), watch, lambda: LONG_AGO)
    return record


def names(record: Record) -> dict[str, str]:
    with record.reading() as store:
        return dict(names_in(store))


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "html"])
def test_no_file_of_a_pseudonymous_export_holds_an_id_and_the_next_one_agrees(
    planned: Record, tmp_path: Path, file_format: str
) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    export(planned, "P0001", out, file_format, pseudonymous=True)
    export(open_record(planned.path), "P0001", again, file_format, pseudonymous=True)
    for file in out.iterdir():
        if file.suffix == ".csv":  # the others carry the head of the trail, which each export moves on
            assert file.read_bytes() == (again / file.name).read_bytes()
    if file_format != "xlsx":
        text = "".join(file.read_text(encoding="utf-8-sig") for file in out.iterdir())
        one = an_engagement()
        ids = {c.child_id for c in one.children} | {f.family_id for f in one.families}
        assert [i for i in ids if re.search(rf"(?<![\w-]){i}(?![\w-])", text)] == []
        assert all(name in text for i, name in names(planned).items() if i in one.child)


def test_the_trail_says_that_an_export_was_pseudonymous(planned: Record, tmp_path: Path) -> None:
    export(planned, "P0001", tmp_path / "out", "csv", pseudonymous=True)
    with planned.reading() as store:
        assert store.trail()[-1].details == {
            "format": "csv",
            "to": str(tmp_path / "out"),
            "pseudonyms": True,
        }


def test_a_pseudonym_is_turned_back_and_the_trail_keeps_that_without_the_id(planned: Record) -> None:
    pseudonym = names(planned)["C01"]
    report = who(planned, [pseudonym.lower()])
    assert report.text.splitlines()[1].split() == [pseudonym, "C01"]
    with planned.reading() as store:
        last = store.trail()[-1]
    assert (last.what, last.details) == ("who", {"pseudonyms": [pseudonym]})
    assert "C01" not in str(last)


def test_one_unknown_pseudonym_among_several_tells_nothing_and_says_which(planned: Record) -> None:
    with pytest.raises(UsageError, match="X000-0000-0000: not a pseudonym of this database"):
        who(planned, [names(planned)["C01"], "X000-0000-0000"])
    with planned.reading() as store:
        assert store.trail()[-1].what != "who"


def test_another_database_with_the_same_children_gives_other_pseudonyms(planned: Record, tmp_path: Path) -> None:
    create(tmp_path / "other.db")
    other = open_record(tmp_path / "other.db")
    with other.writing() as store:
        store.add_engagement(an_engagement(), "by hand")
    assert set(names(other)) == set(names(planned))
    assert not set(names(other).values()) & set(names(planned).values())
    with pytest.raises(UsageError):
        who(other, [names(planned)["C01"]])


def test_a_child_who_was_in_an_earlier_import_is_still_turned_back(planned: Record) -> None:
    before = names(planned)
    with planned.writing() as store:
        later = an_engagement()
        store.add_engagement(replace(later, children=later.children[:-1], history=(), events=(), rules=()), "later")
    assert names(planned) == before
