"""A record with the engagement worked out by hand, a watch, and a search that gives the plan worked out by hand."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from db.record import Record, create, open_record
from handover.actions import planning
from handover.engagement import Engagement
from handover.plan import Limits, Plan
from solver.watch import Watch
from tests.verify.handmade import a_good_plan, an_engagement

Search = Callable[[Engagement, Limits, Watch], Plan]
LONG_AGO = date(2022, 6, 1)
"""A day before the window."""


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("blank") / "engagement.db"
    create(path)
    return path


@pytest.fixture
def empty(blank: Path, tmp_path: Path) -> Record:
    """A database without an engagement."""
    return open_record(Path(shutil.copy(blank, tmp_path / "engagement.db")))


@pytest.fixture
def record(empty: Record) -> Record:
    """A database with the engagement worked out by hand."""
    with empty.writing() as store:
        store.add_engagement(an_engagement(), "by hand")
    return empty


@pytest.fixture
def watch() -> Watch:
    return Watch.lasting(60)


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Callable[[Search], None]:
    """Puts another search in the solver's place."""
    return lambda instead: monkeypatch.setattr(planning, "make_plan", instead)


@pytest.fixture
def good_search(search: Callable[[Search], None]) -> None:
    search(lambda _engagement, limits, _watch: replace(a_good_plan(), flags=(), seed=limits.seed))
