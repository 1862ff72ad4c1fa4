"""The files of the small engagement, as they stand: a change in what people read is seen and meant."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from handover.engagement import Engagement
from handover.flags import flags
from handover.intake import read
from handover.outputs import write
from handover.plan import Limits
from handover.verify import verify
from solver import make_plan
from solver.watch import Watch
from tests.from_files import plan_of, rows

SMALL = Path(__file__).parent / "data" / "small"
TABLES = ("handover_schedule", "diary", "caseloads", "team_balance", "readiness", "flags", "notices")


@pytest.fixture(scope="module")
def engagement() -> Engagement:
    return read(SMALL).engagement


def written(engagement: Engagement, out: Path) -> Path:
    plan = make_plan(engagement, Limits(seed=0), Watch.lasting(120))
    write(engagement, replace(plan, flags=flags(engagement, plan), plan_id="P0001"), out)
    return out


@pytest.fixture(scope="module")
def out(engagement: Engagement, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(engagement, tmp_path_factory.mktemp("small") / "out")


@pytest.mark.parametrize("table", TABLES)
def test_the_small_engagement_s_files_read_as_they_did(table: str, out: Path, snapshot: SnapshotAssertion) -> None:
    assert (out / f"{table}.csv").read_bytes().decode("utf-8-sig") == snapshot


def test_every_figure_of_the_small_engagement_is_as_it_was(out: Path, snapshot: SnapshotAssertion) -> None:
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert [(level["name"], level["value"], level["bound"], level["proven"]) for level in plan["levels"]] == snapshot


def test_the_same_input_and_seed_give_the_same_bytes(engagement: Engagement, out: Path, tmp_path: Path) -> None:
    again = written(engagement, tmp_path / "again")
    for table in TABLES:
        assert (again / f"{table}.csv").read_bytes() == (out / f"{table}.csv").read_bytes()


def test_what_the_files_alone_say_keeps_every_rule(engagement: Engagement, out: Path) -> None:
    assert verify(engagement, plan_of(out, engagement)) == ()


def test_a_meeting_moved_in_the_files_is_found_out(engagement: Engagement, out: Path) -> None:
    plan = plan_of(out, engagement)
    meeting = next(a for a in plan.appointments if a.kind == "meeting")
    summary = plan.appointments_of[meeting.family_id]["summary"]
    early = replace(meeting, start=summary.start, end=summary.end)
    moved = replace(plan, appointments=tuple(early if a is meeting else a for a in plan.appointments))
    assert any(meeting.family_id in finding for finding in verify(engagement, moved))


def test_siblings_rows_carry_the_family_s_appointments(engagement: Engagement, out: Path) -> None:
    shared = ("meeting_start", "meeting_with", "meeting_mode", "joint_visit_start", "signed_off_by", "sign_off_start")
    told = {row["child_id"]: tuple(row[key] for key in shared) for row in rows(out, "handover_schedule")}
    for family in engagement.families:
        assert len({told[child.child_id] for child in family.children}) == 1
