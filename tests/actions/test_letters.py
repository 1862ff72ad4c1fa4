"""Letters written: all or none, never among another plan's, and told in the trail."""

from pathlib import Path

import pytest

from db.record import Record
from handover.actions.letters import write_letters, write_template
from handover.actions.planning import Asked, plan
from handover.actions.plans import names_in
from handover.errors import UsageError
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO

pytestmark = pytest.mark.usefixtures("good_search")


@pytest.fixture
def planned(record: Record, watch: Watch) -> Record:
    """A record with one stored plan."""
    plan(record, Asked(), watch, lambda: LONG_AGO)
    return record


def last_lines(record: Record) -> list[tuple[str, object]]:
    with record.reading() as store:
        return [(line.what, dict(line.details)) for line in store.trail()[-2:]]


def test_letters_are_told_in_the_trail_and_unfilled_places_on_the_screen(planned: Record, tmp_path: Path) -> None:
    report = write_letters(planned, None, tmp_path / "out", None)
    files = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert files
    assert report.text.startswith(f"{len(files)} letters for plan P0001")
    assert "[square brackets]" in report.messages[0]
    assert last_lines(planned)[-1] == ("export", {"format": "letters", "to": str(tmp_path / "out")})


def test_a_template_that_fails_writes_no_letter_and_no_line(planned: Record, tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(b"broken")
    before = last_lines(planned)
    with pytest.raises(UsageError):
        write_letters(planned, "P0001", tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()
    assert last_lines(planned) == before


def test_a_letter_of_another_plan_in_the_folder_is_not_left_to_be_sent(planned: Record, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_letters(planned, None, out, None)
    write_letters(planned, None, out, None)
    (out / "letter-F999.docx").write_bytes(b"old")
    with pytest.raises(UsageError, match=r"letter-F999\.docx"):
        write_letters(planned, None, out, None)


def test_a_disk_that_fails_is_told_in_the_trail(
    planned: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise UsageError("disk full")

    monkeypatch.setattr("handover.actions.letters.replace_files", full)
    with pytest.raises(UsageError, match="disk full"):
        write_letters(planned, None, tmp_path / "out", None)
    assert [what for what, _ in last_lines(planned)] == ["export", "export failed"]


def test_letters_under_pseudonyms_carry_them_in_name_and_text(planned: Record, tmp_path: Path) -> None:
    from docx import Document

    write_letters(planned, None, tmp_path / "out", None, pseudonymous=True)
    with planned.reading() as store:
        names = set(names_in(store).values())
    for file in (tmp_path / "out").iterdir():
        name = file.stem.removeprefix("letter-")
        assert name in names
        assert f"Our ref: {name}" in "\n".join(p.text for p in Document(str(file)).paragraphs)


def test_an_edited_template_is_never_written_over(tmp_path: Path) -> None:
    report = write_template(tmp_path / "t")
    assert "square brackets" in report.text
    (tmp_path / "t" / "letter.docx").write_bytes(b"edited")
    with pytest.raises(UsageError, match="there already"):
        write_template(tmp_path / "t")
    assert (tmp_path / "t" / "letter.docx").read_bytes() == b"edited"
