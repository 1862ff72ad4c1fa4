"""Explain: reasons and alternatives of a stored plan."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import solver.alternatives
from db.record import Record
from handover.actions import explaining
from handover.actions.explaining import Question, explain
from handover.actions.planning import Asked, plan
from handover.actions.report import as_json
from handover.errors import CheckFailed, Interrupted, UsageError
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO
from tests.builders import a_child
from tests.verify.handmade import a_good_plan, an_engagement

pytestmark = pytest.mark.usefixtures("good_search")


@pytest.fixture
def planned(record: Record, watch: Watch) -> Record:
    plan(record, Asked(), watch, lambda: LONG_AGO)
    return record


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts found alternatives in the search's place."""

    def put(*plans: object, able: int = 3, compared: int = 3) -> None:
        found = solver.alternatives.Alternatives(plans, able, compared)  # type: ignore[arg-type]
        monkeypatch.setattr(solver.alternatives, "alternatives", lambda *_: found)

    return put


def test_the_reasons_alone_take_no_search(planned: Record, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "in_thread", lambda _: pytest.fail("a search"))
    report = explain(planned, Question("C03", quick=True), watch)
    assert "C03 (court) in plan P0001" in report.text
    assert "W6 costs least." in report.text
    # C03 goes to W6, half-time, who holds 5 of a band of 5 to 5
    assert "changes of social worker: 1 of 15 (at least 0, not proven)" in report.text
    # the half-time worker's fair share is 4 5/9: what the family's points do to the gaps is no share of them
    assert " without it" in report.text
    assert "C03 must always go to W6" in report.text
    told = json.loads(as_json(report.figures))
    assert told["child"]["able"] == ["W6"]
    assert told["alternatives"] == []


def test_an_alternative_is_shown_against_the_plan_and_written_whole(
    planned: Record, watch: Watch, others: Callable[..., None], tmp_path: Path
) -> None:
    others(("W1", a_good_plan()))
    report = explain(planned, Question("C03", out=tmp_path / "others"), watch)
    assert "1. Worker W1 (W1), team T1, new to the child; 0 other families go elsewhere" in report.text
    # no level of the plan by hand is proven: none may stand there as a bare figure
    assert "changes of social worker: 15 (as now), at least 0, not proven" in " ".join(report.text.split())
    told = json.loads(as_json(report.figures))
    # whole plans with names in them leave by it: paper anchors the trail, and the trail knows where they are
    written = json.loads((tmp_path / "others" / "alternative-1" / "plan.json").read_text(encoding="utf-8"))
    assert report.text.splitlines()[-1].startswith(f"Trail: {told['trail_head']} ")
    assert written["trail_head"] == told["trail_head"]
    with planned.reading() as store:
        assert store.trail_fault(told["trail_head"]) is None
        assert store.trail()[-1].details["to"] == str(tmp_path / "others")
    assert [level["proven"] for level in told["alternatives"][0]["levels"][:4]] == [True, True, False, False]


def test_an_alternative_better_than_an_unproven_plan_says_to_plan_again(
    planned: Record, watch: Watch, others: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "verify", lambda *_: ())  # no plan of this allocation has other figures
    said = "Better than P0001 on the whole: plan again"
    for change, told in ((-1, True), (0, False), (1, False)):
        levels = tuple(replace(v, value=v.value + change * (v.name == "strangers")) for v in a_good_plan().levels)
        others(("W1", replace(a_good_plan(), levels=levels)))
        assert (said in explain(planned, Question("C03"), watch).text) == told


def test_an_alternative_that_breaks_a_rule_is_never_shown(
    planned: Record, watch: Watch, others: Callable[..., None]
) -> None:
    good = a_good_plan()
    others(("W1", replace(good, appointments=good.appointments[1:])))
    with pytest.raises(CheckFailed, match="breaks a rule"):
        explain(planned, Question("C03"), watch)


def test_without_another_worker_that_is_said(planned: Record, watch: Watch, others: Callable[..., None]) -> None:
    others(able=0, compared=0)
    assert "No other receiving worker can take the family." in explain(planned, Question("C03"), watch).text


def test_stopped_by_the_user_nothing_half_made_is_shown(
    planned: Record, watch: Watch, others: Callable[..., None]
) -> None:
    others(("W1", a_good_plan()))
    watch.interrupted.set()
    with pytest.raises(Interrupted):
        explain(planned, Question("C03"), watch)


def test_a_worker_is_explained(planned: Record, watch: Watch) -> None:
    report = explain(planned, Question(" W6 "), watch)
    assert "1 child in 1 family, 5 points; fair share 4.56, band 5-5" in report.text
    assert report.messages == ()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("C99", "'C99' is no child and no worker of the engagement P0001 was made from. Did you mean C0"),
        ("c3", "Did you mean C03"),
        ("zzz", "Give an id as in children.csv or workers.csv."),
    ],
)
def test_an_unknown_id_is_refused_and_one_like_it_named(planned: Record, watch: Watch, typed: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        explain(planned, Question(typed), watch)
    assert said in str(refused.value)


def test_before_the_first_plan_it_says_how_to_make_one(record: Record, watch: Watch) -> None:
    with pytest.raises(UsageError, match="There is no plan yet"):
        explain(record, Question("C03"), watch)


def test_a_plan_of_an_older_import_says_so_and_a_child_of_the_newer_one_is_not_in_it(
    planned: Record, watch: Watch
) -> None:
    old = an_engagement()
    newer = replace(old, children=(*(c for c in old.children if c.child_id != "C03"), a_child("C99", "O1")))
    with planned.writing() as store:
        store.add_engagement(replace(newer, history=(), events=(), rules=()), "later")
    (said,) = explain(planned, Question("C03", quick=True), watch).messages
    assert said.startswith("P0001 was made before the latest import, which no longer has C03")
    (said,) = explain(planned, Question("W6"), watch).messages
    assert said.startswith("P0001 was made before the latest import: ")
    with pytest.raises(UsageError, match=r"C99 came with a later import than P0001 was made from\. Plan again"):
        explain(planned, Question("C99"), watch)


def test_who_looked_is_kept_but_not_at_whom(planned: Record, watch: Watch) -> None:
    explain(planned, Question("C03", quick=True), watch)
    with planned.reading() as store:
        last = store.trail()[-1]
    assert (last.what, last.plan_id) == ("explain", "P0001")
    assert "C03" not in str(last.details)
