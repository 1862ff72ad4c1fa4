"""Importing again: what is said, what has to be confirmed, what is kept."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from db.record import Record
from handover.actions.importing import import_engagement
from handover.errors import InputRefused, RemovalUnconfirmed

SMALL = Path(__file__).parent.parent / "data" / "small"
Edit = Callable[[list[dict[str, str]]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `small` that may be changed."""
    return Path(shutil.copytree(SMALL, tmp_path / "input"))


@pytest.fixture
def small(empty: Record) -> Record:
    """A record that holds `small`."""
    import_engagement(empty, SMALL)
    return empty


def edit(path: Path, change: Edit) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def drop_children(folder: Path, *ids: str) -> None:
    for name in ("children", "history", "events", "rules"):
        path = folder / f"{name}.csv"
        edit(path, lambda rows: rows.__setitem__(slice(None), [r for r in rows if r["child_id"] not in ids]))


def in_a_plan(monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    monkeypatch.setattr("db.store.Store.children_in_plans", lambda _store: frozenset(ids))


def sha(record: Record) -> str:
    with record.reading() as store:
        latest = store.latest()
    assert latest is not None
    return latest.input_sha256


def trail(record: Record) -> int:
    with record.reading() as store:
        return len(store.trail())


def test_the_same_folder_again_changes_nothing(small: Record) -> None:
    before = sha(small), trail(small)
    report = import_engagement(small, SMALL)
    assert "Nothing changed" in report.text
    assert (sha(small), trail(small)) == before


def test_a_changed_folder_says_what_changed_and_becomes_the_current_one(small: Record, folder: Path) -> None:
    edit(folder / "children.csv", lambda rows: rows[0].update(worker_id="O001"))
    edit(folder / "workers.csv", lambda rows: rows[2].update(laptop_on="2022-12-01"))
    before = sha(small)
    report = import_engagement(small, folder)
    assert "C00001 changed: worker_id O003 → O001" in report.text
    assert "W001 changed: laptop_on 2022-11-18 → 2022-12-01" in report.text
    assert sha(small) != before


def test_going_back_to_an_earlier_folder_makes_it_the_current_one(small: Record, folder: Path) -> None:
    first = sha(small)
    edit(folder / "children.csv", lambda rows: rows[0].update(worker_id="O001"))
    import_engagement(small, folder)
    assert "worker_id O001 → O003" in import_engagement(small, SMALL).text
    assert sha(small) == first


def test_a_dry_run_says_the_same_and_keeps_nothing(small: Record, folder: Path) -> None:
    drop_children(folder, "C00001")
    before = sha(small), trail(small)
    report = import_engagement(small, folder, dry_run=True)
    assert "Would import" in report.text
    assert "C00001 removed" in report.text
    assert "need --yes" in report.text
    assert (sha(small), trail(small)) == before


def test_removing_more_than_two_percent_is_listed_and_needs_yes(small: Record, folder: Path) -> None:
    # 1 of 24 is above 2%
    drop_children(folder, "C00001")
    before = sha(small)
    with pytest.raises(RemovalUnconfirmed, match="1 child out") as refused:
        import_engagement(small, folder)
    assert ["C00001 is gone" in str(p) for p in refused.value.problems] == [True]
    assert sha(small) == before
    import_engagement(small, folder, yes=True)
    assert sha(small) != before


def test_exactly_two_percent_need_no_yes_but_a_planned_child_does(
    empty: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 50 children: one is 2%, two are more
    many = Path(shutil.copytree(SMALL, tmp_path / "many"))
    spare = [f"D{n:05}" for n in range(26)]
    edit(
        many / "children.csv",
        lambda rows: rows.extend({**rows[0], "child_id": c, "family_id": ""} for c in spare),
    )
    import_engagement(empty, many)
    drop_children(many, "D00000")
    in_a_plan(monkeypatch, "D00000", "D00001")
    with pytest.raises(RemovalUnconfirmed, match="1 child"):
        import_engagement(empty, many)
    in_a_plan(monkeypatch, "D00001")
    import_engagement(empty, many)


def test_another_engagements_name_is_refused_even_with_yes(small: Record, folder: Path) -> None:
    path = folder / "engagement.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("November 2022", "May 2023"), encoding="utf-8")
    before = sha(small)
    with pytest.raises(InputRefused) as refused:
        import_engagement(small, folder, yes=True)
    assert [(p.file, p.column) for p in refused.value.problems] == [("engagement.toml", "name")]
    assert sha(small) == before


def test_a_long_list_of_changes_is_cut_on_the_screen_and_whole_in_the_figures(small: Record, folder: Path) -> None:
    edit(folder / "children.csv", lambda rows: [r.update(points="9") for r in rows] and None)
    report = import_engagement(small, folder)
    assert "children.csv: 24" in report.text
    assert "and 4 more" in report.text
    assert isinstance(report.figures, dict)
    assert len(report.figures["differences"]) == 24


def test_rules_that_take_a_decision_from_the_planner_are_told_as_an_override(small: Record, folder: Path) -> None:
    path = folder / "rules.csv"
    rows = (
        path.read_text(encoding="utf-8").rstrip() + "\nC00001,W001,never,Amara is afraid of him\nC00003,W002,never,\n"
    )
    path.write_text(rows, encoding="utf-8")
    import_engagement(small, folder)
    with small.reading() as store:
        *_, last = store.trail()
    assert (last.what, last.input_sha256) == ("override", sha(small))
    assert last.details == {
        "always_added": 0,
        "always_removed": 0,
        "always_added_without_reason": 0,
        "never_added": 2,
        "never_removed": 0,
        "never_added_without_reason": 1,
    }
    assert "Amara" not in repr(last)


def test_an_import_that_changes_no_such_rule_is_no_override(small: Record, folder: Path) -> None:
    edit(folder / "children.csv", lambda rows: rows[0].update(worker_id="O001"))
    with small.reading() as store:
        before = sum(row.what == "override" for row in store.trail())
    import_engagement(small, folder)
    with small.reading() as store:
        assert sum(row.what == "override" for row in store.trail()) == before
