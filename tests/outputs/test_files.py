"""The written files held against contract §5 by their bytes and by each other, as anybody else would read them."""

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from handover.engagement import Engagement, Rule
from handover.errors import UsageError
from handover.flags import flags
from handover.intake import read
from handover.outputs import COLUMNS, FORMATS, write
from handover.plan import Plan
from tests.builders import a_child, a_engagement, a_worker, engagements
from tests.plans import a_plan, an_appointment

SMALL = Path(__file__).parents[1] / "data" / "small"
# the contract's columns, written out once more on purpose
CONTRACT = {
    "handover_schedule": "child_id family_id plan from_worker_id from_worker to_team_id to_worker_id to_worker "
    "interim_worker_id responsible_from meeting_start meeting_end meeting_with meeting_mode joint_visit_start "
    "joint_visit_end signed_off_by sign_off_start changes prior_changes known flags why",
    "diary": "worker_id start end kind family_id with_worker_id",
    "caseloads": "team_id worker_id worker fte children families points fair_share low high ready_on interim_children "
    "interim_points",
    "team_balance": "team_id team manager workers fte children families points fair_share low high",
    "readiness": "worker_id worker role team_id cleared receives meets_from ready_on failed",
    "flags": "severity subject matter action",
    # ours, after the contract's
    "notices": "tell by family_id child_ids from_worker to_worker_id to_worker interim_worker responsible_from "
    "event_on",
}
NUMBER = re.compile(r"\d+(\.\d+)?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d|")
DAY = re.compile(r"\d{4}-\d\d-\d\d|")

Rows = dict[str, list[dict[str, str]]]


def flagged(engagement: Engagement, plan: Plan) -> Plan:
    return replace(plan, flags=flags(engagement, plan))


def rows_of(files: dict[str, bytes]) -> Rows:
    """Tables as read by anybody's CSV reader, after the rules for bytes and columns are held."""
    found: Rows = {}
    for name, columns in CONTRACT.items():
        raw = files[f"{name}.csv"]
        assert raw.startswith(b"\xef\xbb\xbf")
        assert not raw[3:].startswith(b"\xef\xbb\xbf")
        assert raw.endswith(b"\r\n")
        assert not re.search(rb"[\r\n]", re.sub(rb'"[^"]*"', b"", raw).replace(b"\r\n", b""))
        table = list(csv.reader(StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
        assert table[0][: len(columns.split())] == columns.split()
        assert {len(row) for row in table} == {len(table[0])}
        assert not [c for row in table for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
        found[name] = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    return found


@pytest.fixture(scope="module")
def small() -> Engagement:
    return read(SMALL).engagement


@pytest.fixture(scope="module")
def small_files(small: Engagement, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("plans") / "small"
    written = write(small, flagged(small, a_plan(small, booked=True)), out)
    assert (
        {p.name for p in written} == {p.name for p in out.iterdir()} == {f"{n}.csv" for n in CONTRACT} | {"plan.json"}
    )
    return {p.name: p.read_bytes() for p in written}


def test_columns_are_the_contracts_and_each_says_what_it_means() -> None:
    assert {n: " ".join(c.name for c in columns) for n, columns in COLUMNS.items()} == CONTRACT
    assert all(c.meaning.endswith(".") for columns in COLUMNS.values() for c in columns)


def test_days_moments_and_numbers_are_plain(small_files: dict[str, bytes]) -> None:
    rows = rows_of(small_files)
    for row in rows["handover_schedule"]:
        assert all(MOMENT.fullmatch(row[k]) for k in row if k.endswith(("_start", "_end")))
        assert DAY.fullmatch(row["responsible_from"])
    for row in rows["diary"]:
        assert all(row[k] and MOMENT.fullmatch(row[k]) for k in ("start", "end"))
    figures = (
        "fte",
        "children",
        "families",
        "points",
        "fair_share",
        "low",
        "high",
        "interim_children",
        "interim_points",
    )
    for row in rows["caseloads"] + rows["team_balance"]:
        assert all(NUMBER.fullmatch(row[k]) for k in figures if k in row)
        assert len(row["fair_share"].partition(".")[2]) >= 3
    for row in rows["caseloads"] + rows["readiness"]:
        assert DAY.fullmatch(row["ready_on"])


def test_rows_have_a_fixed_order(small_files: dict[str, bytes]) -> None:
    rows = rows_of(small_files)
    keys = {
        "handover_schedule": ("child_id",),
        "diary": ("worker_id", "start", "end", "kind", "family_id"),
        "caseloads": ("team_id", "worker_id"),
        "team_balance": ("team_id",),
        "readiness": ("worker_id",),
    }
    for name, columns in keys.items():
        order = [tuple(row[c] for c in columns) for row in rows[name]]
        assert order == sorted(order)
        assert len(set(order)) == len(order)
    severities = [("stop", "warn", "info").index(row["severity"]) for row in rows["flags"]]
    assert severities == sorted(severities)


def test_the_same_plan_gives_the_same_bytes(small: Engagement, small_files: dict[str, bytes]) -> None:
    again = FORMATS["csv"](small, flagged(small, a_plan(small, booked=True)))
    assert dict(again) == small_files


def test_writing_again_replaces_the_files(small: Engagement, tmp_path: Path) -> None:
    write(small, a_plan(small, booked=True), tmp_path)
    write(small, a_plan(small), tmp_path)
    assert (tmp_path / "diary.csv").read_bytes().count(b"\r\n") == 1  # nothing booked: the header alone


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    one = a_engagement()
    with pytest.raises(UsageError, match="pdf"):
        write(one, a_plan(one), tmp_path / "out", "pdf")
    assert not (tmp_path / "out").exists()


@given(engagements())
@settings(max_examples=60)
def test_the_files_alone_give_the_figures_of_plan_json(one: Engagement) -> None:
    for booked in (False, True):
        check_figures(one, flagged(one, a_plan(one, booked=booked)))


def check_figures(one: Engagement, plan: Plan) -> None:
    files = dict(FORMATS["csv"](one, plan))
    rows, said = rows_of(files), json.loads(files["plan.json"])
    value = {level["name"]: level["value"] for level in said["levels"]}
    schedule = rows["handover_schedule"]
    assert {row["child_id"] for row in schedule} == {c.child_id for c in one.children}
    placed = [row for row in schedule if row["to_worker_id"]]
    assert value["unallocated"] == len(schedule) - len(placed)
    assert value["changes"] == sum(int(row["changes"]) for row in placed)
    assert value["burden"] == sum(int(row["changes"]) * int(row["prior_changes"]) for row in placed)
    assert value["unknown"] == sum(row["known"] == "no" for row in placed)
    families: dict[str, dict[str, str]] = {row["family_id"]: row for row in placed}
    modes = Counter(row["meeting_mode"] for row in families.values())
    assert value["no_meeting"] == modes["none"]
    assert value["relayed"] == modes["relayed"]
    assert value["unsigned"] == sum(
        r["meeting_mode"] != "not_needed" and not r["sign_off_start"] for r in families.values()
    )
    check_tables(rows, value)
    check_diary(rows["diary"], families)
    for row in schedule:
        if not row["to_worker_id"]:
            stopped = [f for f in rows["flags"] if f["severity"] == "stop" and f["subject"] == row["child_id"]]
            assert stopped
            assert row["why"]
            assert not row["responsible_from"] + row["meeting_mode"] + row["changes"] + row["known"]
            assert row["flags"].startswith("stop: ")


def check_tables(rows: Rows, value: dict[str, float]) -> None:
    """Caseloads and teams against the schedule, and the two imbalances from their rows."""
    for row in rows["caseloads"]:
        held = [r for r in rows["handover_schedule"] if r["to_worker_id"] == row["worker_id"]]
        assert int(row["children"]) == len(held)
        assert int(row["families"]) == len({r["family_id"] for r in held})
        between = [r for r in rows["handover_schedule"] if r["interim_worker_id"] == row["worker_id"]]
        assert int(row["interim_children"]) == len(between)
    for row in rows["team_balance"]:
        own = [r for r in rows["caseloads"] if r["team_id"] == row["team_id"]]
        assert int(row["workers"]) == len(own)
        for column in ("children", "families", "points"):
            assert int(row[column]) == sum(int(r[column]) for r in own)

    def gap(row: dict[str, str]) -> float:
        return abs(int(row["points"]) - float(row["fair_share"]))

    assert value["worker_imbalance"] == pytest.approx(sum(map(gap, rows["caseloads"])), abs=0.01)
    assert value["team_imbalance"] == pytest.approx(max(map(gap, rows["team_balance"])), abs=0.01)
    receiving = {r["worker_id"] for r in rows["readiness"] if r["receives"] == "yes"}
    assert receiving == {r["worker_id"] for r in rows["caseloads"]}
    assert all((r["receives"] == "no") or not r["failed"] for r in rows["readiness"])


def check_diary(diary: list[dict[str, str]], families: dict[str, dict[str, str]]) -> None:
    """Every meeting and visit stands in both diaries, and in the schedule; a sign-off and summary in one."""
    seen = {(r["worker_id"], r["with_worker_id"], r["kind"], r["family_id"], r["start"], r["end"]) for r in diary}
    assert len(seen) == len(diary)
    for who, other, kind, family_id, start, end in seen:
        row = families[family_id]
        if kind in ("meeting", "joint_visit"):
            assert (other, who, kind, family_id, start, end) in seen
            assert (row[f"{kind}_start"], row[f"{kind}_end"]) == (start, end)
        else:
            assert other == ""
        if kind == "sign_off":
            assert (row["signed_off_by"], row["sign_off_start"]) == (who, start)
    for kind in ("meeting", "joint_visit", "sign_off"):
        booked = {r["family_id"] for r in diary if r["kind"] == kind}
        assert booked == {f for f, row in families.items() if row[f"{kind}_start"]}


def test_every_sibling_carries_the_familys_appointments_and_one_who_stays_has_no_change() -> None:
    # C1 is with W1 already and C2 comes to join: one meeting, in both rows; C3 stays with W2, nothing needed
    one = a_engagement(
        [a_child("C1", "W1", family_id="F1"), a_child("C2", "O1", family_id="F1"), a_child("C3", "W2")],
        [a_worker("W1", side="staying"), a_worker("W2", side="staying")],
    )
    plan = a_plan(
        one,
        {"F1": "W1", "C3": "W2"},
        [
            an_appointment("F1", "summary", "2022-11-14T09:00", "O1"),
            an_appointment("F1", "meeting", "2022-11-14T10:00", "O1", "W1"),
            an_appointment("F1", "joint_visit", "2022-11-15T10:00", "O1", "W1", 90),
            an_appointment("F1", "sign_off", "2022-11-14T14:00", "M1", None, 30),
        ],
    )
    rows = rows_of(dict(FORMATS["csv"](one, plan)))
    first, second, third = rows["handover_schedule"]
    shared = {
        "meeting_start": "2022-11-14T10:00",
        "meeting_end": "2022-11-14T11:00",
        "meeting_with": "W1",
        "meeting_mode": "direct",
        "joint_visit_start": "2022-11-15T10:00",
        "joint_visit_end": "2022-11-15T11:30",
        "signed_off_by": "M1",
        "sign_off_start": "2022-11-14T14:00",
    }
    assert {k: first[k] for k in shared} == {k: second[k] for k in shared} == shared
    assert (first["changes"], second["changes"]) == ("0", "1")
    assert {k: third[k] for k in shared} == dict.fromkeys(shared, "") | {"meeting_mode": "not_needed"}
    assert [tuple(r.values())[:4] for r in rows["diary"]] == [
        ("M1", "2022-11-14T14:00", "2022-11-14T14:30", "sign_off"),
        ("O1", "2022-11-14T09:00", "2022-11-14T10:00", "summary"),
        ("O1", "2022-11-14T10:00", "2022-11-14T11:00", "meeting"),
        ("O1", "2022-11-15T10:00", "2022-11-15T11:30", "joint_visit"),
        ("W1", "2022-11-14T10:00", "2022-11-14T11:00", "meeting"),
        ("W1", "2022-11-15T10:00", "2022-11-15T11:30", "joint_visit"),
    ]


def test_a_relayed_meeting_names_who_came() -> None:
    one = a_engagement()
    plan = a_plan(one, {"C1": "W1"}, [an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", "W2")])
    (row,) = rows_of(dict(FORMATS["csv"](one, plan)))["handover_schedule"]
    assert (row["meeting_mode"], row["meeting_with"]) == ("relayed", "W2")
    (row,) = rows_of(dict(FORMATS["csv"](one, a_plan(one, {"C1": "W1"}))))["handover_schedule"]
    assert (row["meeting_mode"], row["meeting_with"]) == ("none", "")


def test_a_name_that_would_run_as_a_formula_is_guarded_in_every_table() -> None:
    evil: dict[str, Any] = {"name": '=HYPERLINK("http://x","y")'}
    one = a_engagement(
        [a_child("+C1", "-O1")],
        [a_worker("@W1", **evil), a_worker("-O1", side="outgoing", **evil)],
        rules=[Rule("+C1", "@W1", "knows", "=1+1")],
    )
    rows = rows_of(dict(FORMATS["csv"](one, flagged(one, a_plan(one)))))
    (row,) = rows["handover_schedule"]
    assert (row["child_id"], row["from_worker_id"], row["to_worker_id"]) == ("'+C1", "'-O1", "'@W1")
    assert row["from_worker"] == row["to_worker"] == "'" + evil["name"]


def test_a_share_and_a_part_time_worker_are_exact() -> None:
    # 4 points over 0.6 + 1 fte: 4 × 0.6 / 1.6 = 1.5 and 2.5; band 0.2 of 1.5: 1.2 to 1.8, so low 2, high 1
    one = a_engagement([a_child()], [a_worker("W1", fte="0.6"), a_worker("W2")])
    rows = rows_of(dict(FORMATS["csv"](one, a_plan(one, {"C1": "W1"}))))
    first, second = rows["caseloads"]
    assert [first[k] for k in ("fte", "fair_share", "low", "high", "points")] == ["0.6", "1.500", "2", "1", "4"]
    assert [second[k] for k in ("fte", "fair_share", "low", "high", "points")] == ["1", "2.500", "2", "3", "0"]
    (team,) = rows["team_balance"]
    assert [team[k] for k in ("workers", "fte", "fair_share", "low", "high")] == ["2", "1.6", "4.000", "4", "4"]


def test_a_worker_without_dbs_date_has_no_days_and_every_failing_check_is_listed() -> None:
    one = a_engagement(workers=[a_worker("W1"), a_worker("W2", dbs_issued_on=None, swe_restrictions="")])
    rows = {r["worker_id"]: r for r in rows_of(dict(FORMATS["csv"](one, a_plan(one))))["readiness"]}
    assert rows.keys() == {"M1", "W1", "W2"}  # nobody of the outgoing side
    assert [rows["W2"][k] for k in ("cleared", "receives", "meets_from", "ready_on")] == ["no", "no", "", ""]
    assert rows["W2"]["failed"] == "swe_restrictions;dbs_issued_on"
    assert [rows["M1"][k] for k in ("cleared", "receives", "failed")] == ["yes", "no", ""]
    assert rows["W1"]["ready_on"] == str(datetime(2022, 11, 14).date())
