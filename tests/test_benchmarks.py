"""The benchmarks: what they read, what they solve, what they say of it."""

import ast
import json
import sys
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from pkgutil import resolve_name

import pytest

from benchmarks import county, delays, encryption, engagements, gap, growth, process, report, seed, stopping
from benchmarks.page import PAGE, PARTS, page
from benchmarks.peers import by_hand, cpsat
from benchmarks.peers.asking import question
from benchmarks.peers.question import NOBODY, Question
from benchmarks.record import RESULTS, ROOT, Json, keep
from benchmarks.record import SMALL as SMALL_SCALE
from handover.clearance import can_take, receiving_workers
from handover.errors import UsageError
from handover.intake import read
from handover.plan import ALLOCATION_LEVELS, LEVELS, SCHEDULE_LEVELS
from handover.synthetic import synthetic

SMALL = ROOT / "tests" / "data" / "small"


# The instance reader ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with the number of agents"),
        ("2", "must begin with the number of agents"),
        ("0 3", "both at least 1"),
        ("2 x", "word 2, 'x', is not a whole number"),
        ("1 1 5 2.5 4", "word 4, '2.5', is not a whole number"),
        # 1 agent and 1 job: 2 + 1 cost + 1 weight + 1 capacity
        ("1 1 5 2", "has 4 numbers; 1 agents and 1 jobs take 5"),
        ("1 1 5 2 4 9", "has 6 numbers; 1 agents and 1 jobs take 5"),
        ("1 1 5 -2 4", "must be 0 or more"),
    ],
)
def test_a_broken_instance_is_refused_with_its_fault(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        gap.read_instance(path)


@pytest.mark.parametrize("name", ["missing", "binary"])
def test_an_instance_that_cannot_be_read_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=f"{name} cannot be read"):
        gap.read_instance(tmp_path / name)


def test_the_kept_instances_are_whole_and_have_a_best_known_value() -> None:
    sizes = {path.name: gap.read_instance(path).cost.shape for path in gap.default_files()}
    assert sizes == {
        "c05100": (5, 100),
        "c10200": (10, 200),
        "c20400": (20, 400),
        "d05100": (5, 100),
        "e05100": (5, 100),
    }
    assert gap.best_known()["c20400"] == 4782


# The assignment core ---------------------------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> gap.Instance:
    path = tmp_path / "instance"
    path.write_text(text, encoding="utf-8")
    return gap.read_instance(path)


def cheapest(instance: gap.Instance) -> int:
    """The least cost, by trying every way to give the jobs out."""
    agents, jobs = instance.cost.shape
    costs = []
    for chosen in product(range(agents), repeat=jobs):
        load = [0] * agents
        for job, agent in enumerate(chosen):
            load[agent] += int(instance.weight[agent, job])
        if all(load[agent] <= instance.capacity[agent] for agent in range(agents)):
            costs.append(sum(int(instance.cost[agent, job]) for job, agent in enumerate(chosen)))
    return min(costs)


def test_a_tiny_instance_is_solved_to_the_optimum_worked_by_hand(tmp_path: Path) -> None:
    # both weigh every job 2 and hold 4, so the first takes two jobs. It saves 3, 2, 1 on them: 1 + 2 + 4 = 7
    instance = written(tmp_path, "2 3\n1 2 3\n4 4 4\n2 2 2\n2 2 2\n4 4\n")
    found = gap.solve(instance, 120)
    assert (found["value"], found["bound"], found["proven"], found["chosen"]) == (7, 7, True, [0, 0, 1])
    assert cheapest(instance) == 7


def test_weights_that_differ_by_agent_are_heeded(tmp_path: Path) -> None:
    # job 4 does not fit the second agent at all, and the third has room for one of the jobs it is cheap for
    text = "3 5\n9 9 9 9 9\n2 3 4 1 5\n1 1 1 1 1\n2 2 2 2 2\n3 4 2 9 1\n5 5 4 6 5\n6 7 6\n"
    instance = written(tmp_path, text)
    found = gap.solve(instance, 120)
    load = [0, 0, 0]
    for job, agent in enumerate(found["chosen"]):
        load[agent] += int(instance.weight[agent, job])
    assert all(held <= most for held, most in zip(load, instance.capacity.tolist(), strict=True))
    assert (found["value"], found["proven"]) == (cheapest(instance), True)


def test_an_instance_without_a_solution_is_not_given_one(tmp_path: Path) -> None:
    # two jobs of weight 3, one agent that holds 5
    with pytest.raises(UsageError, match="no solution places every job; 1 jobs are left out"):
        gap.solve(written(tmp_path, "1 2\n1 1\n3 3\n5\n"), 20)


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_the_core_is_measured_through_solver_without_a_copy_of_it() -> None:
    waiting, seen = ["benchmarks.gap"], set[str]()
    while waiting:
        name = waiting.pop()
        path = ROOT / f"{name.replace('.', '/')}.py"
        if name in seen or not path.exists():
            continue
        seen.add(name)
        found = imports(path)
        assert "ortools" not in {module.split(".")[0] for module in found}, name
        waiting += [module for module in found if module.startswith("benchmarks.")]
    assert any(module.startswith("solver.") for module in imports(ROOT / "benchmarks" / "gap.py"))


# The peers -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Question:
    return question(read(SMALL).engagement)


@pytest.mark.parametrize("peer", ["cpsat", "reference"])
def test_a_peer_solves_the_same_problem_as_we_do(peer: str, small: Question) -> None:
    if peer == "reference":
        pytest.importorskip("scipy")
        from benchmarks.peers import reference

        answer = reference.solve(small, 20)
    else:
        answer = cpsat.solve(small, 20)
    levels = json.loads((SMALL / "reference.json").read_text(encoding="utf-8"))["levels"]
    assert {r.name: r.value for r in answer.levels} == {
        n: pytest.approx(v["value"], abs=2e-3) for n, v in levels.items()
    }
    assert all(reached.proven for reached in answer.levels)


def test_a_question_passes_through_json_unharmed(small: Question) -> None:
    assert Question(**json.loads(json.dumps(asdict(small)))) == small


def test_by_hand_the_holder_keeps_what_fits_and_the_emptiest_takes_the_rest() -> None:
    # bands up to 6. Worker 0 holds families 0 (5 points) and 1 (3) now: the heavier stays, the other finds no room (8)
    # and goes to worker 1. Family 2 (2) may go to either: worker 0 would hold 7, above the band, worker 1 holds 5.
    asked = Question(
        children=[1, 1, 1],
        points=[5, 3, 2],
        holder=[0, 0, NOBODY],
        eligible=[[1, 1], [1, 1], [1, 1]],
        costs={},
        capacity=[99, 99],
        low=[0, 0],
        high=[6, 6],
        team=[0, 0],
        team_low=[0],
        team_high=[99],
        fair=["5", "5"],
        team_fair=["10"],
    )
    assert by_hand.solve(asked, 0).chosen == [0, 1, 1]
    # nobody holds more than the capacity, even by hand
    assert by_hand.solve(replace(asked, capacity=[5, 3]), 0).chosen == [0, 1, NOBODY]


def stopped(**changes: object) -> Json:
    """A county stopped as it should be, but for one of its runs."""
    run = {
        "limit": 5,
        "seconds": 9.0,
        "processor": 8.0,
        "verified": True,
        "unallocated": 0,
        "stopped_by_clock": 12,
        "proven": 2,
    }
    told = {"seconds": 4.0, "code": 130, "plans": 1, "sound": True, "files": 8, "said": "Stopped."}
    early = {**told, "moment": "its arrays are made", "plans": 0, "files": 0}
    late = {**told, "moment": "the plan is checked"} | changes
    return {"children": 12_000, "limits": [run], "moments": [early, late]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"seconds": None}, ["The county's plan was over before Ctrl-C came while the plan is checked."]),
        ({"seconds": 6.5}, ["Ctrl-C while the plan is checked took 6.5 s to the end."]),
        ({"code": 1}, ["Ctrl-C while the plan is checked ended with 1: Stopped."]),
        ({"sound": False}, ["Ctrl-C while the plan is checked ended with 130: Stopped."]),
        ({"plans": 0}, ["Ctrl-C while the plan is checked left 8 files and 0 plans."]),
    ],
)
def test_whatever_a_stopped_county_leaves_half_done_falls_short(changes: Json, said: list[str]) -> None:
    measured = stopped(**changes)
    assert list(stopping.short(measured)) == said
    assert "the plan is checked" in "\n".join(stopping.section(measured))


def test_a_county_over_its_limit_or_with_children_left_out_falls_short() -> None:
    measured = stopped()
    measured["limits"].append(measured["limits"][0] | {"seconds": 10.5, "unallocated": 3})
    assert list(stopping.short(measured)) == [
        "The county under `--time-limit 5` took 10.5 s.",
        "The county's plan under `--time-limit 5` is not verified, or leaves children out.",
    ]


def test_each_moment_of_a_plan_is_one_of_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for moment in stopping.MOMENTS:
        place, _, name = moment.function.replace(":", ".").rpartition(".")
        owner = resolve_name(place)
        monkeypatch.setattr(owner, name, getattr(owner, name))  # and back again
        stopping.interrupted(moment.function, 0, tmp_path / "told")
        assert callable(getattr(owner, name))


@pytest.mark.skipif(sys.platform != "linux", reason="memory of all processes together is told by Linux alone")
def test_memory_of_the_processes_that_the_program_starts_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = "import time; held = b'x' * (80 << 20); "
    child = f"subprocess.Popen([sys.executable, '-c', {hold + 'time.sleep(1)'!r}]).wait()"
    start = f"import subprocess, sys; {hold}{child}"
    monkeypatch.setattr(process, "HANDOVER", [sys.executable, "-c", start])
    ran = process.handover(tmp_path / "none.db", "plan")
    # two processes hold 80 MiB each at the same time
    assert ran.code == 0, ran.said
    assert ran.peak_mib > 160


# The page --------------------------------------------------------------------------------------------------------


def level(name: str, value: float, bound: float, seconds: float = 1.0) -> Json:
    return {"name": name, "value": value, "bound": bound, "proven": value == bound, "seconds": seconds}


def plan(seconds: float, peak_mib: float = 300.0, **bounds: tuple[float, float]) -> Json:
    """A measured plan whose levels are all proven at 0, but for those given as value and bound."""
    return {
        "seconds": seconds,
        "peak_mib": peak_mib,
        "time_limit": 120,
        "verified": True,
        "levels": [level(name, *bounds.get(name, (0, 0))) for name in LEVELS],
        "beside": {},
        "changes_whatever_the_caseloads": level("changes_whatever_the_caseloads", 0, 0),
    }


def allocated(who: str, seconds: float, proven: bool = True) -> Json:
    levels = [level(name, 1, 1 if proven else 0) for name in ALLOCATION_LEVELS]
    return {
        "who": who,
        "version": "1",
        "figures": dict.fromkeys(ALLOCATION_LEVELS, 1),
        "levels": levels,
        "seconds": seconds,
    }


def engagement(plan: Json, ours: float = 10.0, theirs: float = 100.0, proven: bool = True) -> Json:
    reference = allocated(seed.REFERENCE, theirs) | {"limit": "120 s a level"}
    timefold = {"who": "Timefold", "skipped": "no Java here"}
    return {"plan": plan, "allocations": [timefold, reference, allocated(seed.US, ours, proven)]}


def test_the_page_is_what_the_kept_results_render_to() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS)


def test_a_part_that_was_not_measured_is_neither_met_nor_missed(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "Every target" not in text
    assert all(f"`make bench-{name}`" in text for name in PARTS)


def test_what_fell_short_is_said_from_the_figures(tmp_path: Path) -> None:
    size = {"children": 1, "families": 1, "teams": 1, "receiving_workers": 1, "pairs": 1}
    # five minutes and 4 GiB are the limits; 1007 is 0.7% above 1000
    keep("county", "make bench-county", {"size": size, "plan": plan(300.5, 4097.0, changes=(1007, 1000))}, tmp_path)
    text = page(tmp_path)
    assert "- The county took 300.5 s; the limit is 300 s.\n" in text
    assert "- The county took 4.001 GiB; the limit is 4 GiB.\n" in text
    assert "- The county's `changes` is 0.7% from its bound; the target is 0.5%.\n" in text
    keep("county", "make bench-county", {"size": size, "plan": plan(300, 4096.0, changes=(1005, 1000))}, tmp_path)
    assert "- The county" not in page(tmp_path)


def test_the_seed_is_held_to_its_time_its_proofs_and_the_reference() -> None:
    good = engagement(plan(20.0))
    assert list(seed.short({"november-2022": good})) == []
    assert list(seed.short({"november-2022": engagement(plan(61.0))})) == [
        "november-2022: `handover plan` took 61 s; the limit is 60 s."
    ]
    assert list(seed.short({"november-2022": engagement(plan(20.5))})) == [
        "november-2022: `handover plan` took 20.5 s; the goal is 20 s."
    ]
    assert list(seed.short({"november-2022": engagement(plan(20.0, burden=(3, 2)))})) == [
        "november-2022: `burden` 3 is not proven best; its bound is 2."
    ]
    # 40 s against 10 s
    assert list(seed.short({"november-2022": engagement(plan(20.0), theirs=40.0)})) == [
        f"november-2022: the allocation is 4 times as fast as {seed.REFERENCE}; not 5."
    ]
    assert list(seed.short({"november-2022": engagement(plan(20.0), proven=False)})) != []


def test_the_contested_week_is_held_to_its_bound_and_to_what_was_there_before() -> None:
    # 103 is 3% above 100 and may be; 104 may not. 31 families without a meeting are more than the 30 of before
    assert list(seed.short({"november-2022-short": engagement(plan(90.0, unvisited=(103, 100)))})) == []
    assert list(
        seed.short({"november-2022-short": engagement(plan(90.0, unvisited=(104, 100), no_meeting=(31, 31)))})
    ) == [
        "november-2022-short: `unvisited` is 4% from its bound; the target is 3%.",
        "november-2022-short: `no_meeting` is 31; plain staged CP-SAT has 30.",
    ]


def test_a_county_s_report_is_held_to_its_seconds_and_its_size() -> None:
    # the median of five openings counts: 3.1 s is too long, one slow start is not
    page_of_20_mib = {"bytes": 20 * 2**20, "open": [1.0, 9.0, 2.0, 3.0, 3.0]}
    assert list(report.short(page_of_20_mib)) == []
    assert list(report.short({"bytes": 21 * 2**20, "open": [3.1, 9.0, 2.0, 3.0, 3.2]})) == [
        "The county's report opens in 3.1 s; the target is 3 s.",
        "The county's report has 21 MiB; the target is 20 MiB.",
    ]


def test_a_county_s_report_is_of_a_plan_that_places_every_child_who_can_be_placed() -> None:
    engagement = synthetic(40, 2, 1)
    filled = report._filled(engagement)
    for family in engagement.families:
        able = [w.worker_id for w in receiving_workers(engagement) if can_take(family, w, engagement)]
        assert filled[family.family_id] in (able or [None])


def test_the_fitted_exponent_is_the_power_that_the_figures_follow() -> None:
    # seconds as n^1.5, memory as n: 100, 400, 1600 children
    measured = {str(n): plan(n**1.5 / 100, peak_mib=3.0 * n) for n in (100, 400, 1600)}
    assert growth.exponent(measured, "seconds") == pytest.approx(1.5)
    assert growth.exponent(measured, "peak_mib") == pytest.approx(1.0)
    assert list(growth.short(measured)) == ["Time grows with an exponent of 1.50; the aim is 1.3."]


def test_an_instance_above_the_best_known_value_or_out_of_time_falls_short() -> None:
    met: Json = {"jobs": 400, "agents": 20, "value": 4782, "bound": 4782, "proven": True, "seconds": 60.0}
    assert list(gap.short({"c20400": met})) == []
    assert list(gap.short({"c20400": met | {"seconds": 61.0}})) == ["c20400 took 61 s; the limit is 60 s."]
    assert list(gap.short({"c20400": met | {"value": 4783, "proven": False, "stopped": "clock"}})) == [
        "c20400: 4,783 is not proven best; its bound is 4,782 (stopped: clock).",
        "c20400: 4,783; the best known is 4,782.",
    ]


def priced(**changes: object) -> Json:
    row = {"task": "dbs.W1", "days": 5, "priced": {}, "fresh": {}, "bound": {}, "unproven": []}
    row |= {which: dict.fromkeys(delays.HELD, 506) for which in ("priced", "fresh", "bound")}
    row["interim"] = {"priced": 26, "fresh": 26}
    worst = {"task": "dbs.W1", "children": 3, "late": {"1": "nothing", "2": "nothing", "5": "3 more"}, "proven": True}
    counts = {"tasks": 9, "open": 8, "apart": 7, "seconds": 119.0, "processor_seconds": 99.0, "unproven": 0}
    return counts | {"worst": [worst], "confirmed": [row]} | changes


def test_a_price_that_a_fresh_plan_does_not_confirm_falls_short() -> None:
    assert list(delays.short({"november-2022": priced()})) == []
    assert list(delays.short({"november-2022": priced(seconds=121.0, unproven=2)})) == [
        "november-2022: pricing all delays took 121 s; the limit is 120 s.",
        "november-2022: 2 of 24 prices are not proven.",
    ]
    wrong = priced()
    wrong["confirmed"][0]["fresh"] = dict.fromkeys(delays.HELD, 506) | {"relayed": 505}
    assert list(delays.short({"november-2022": wrong})) == [
        "november-2022, dbs.W1 5 days late: `relayed` is priced at 506; a fresh plan has 505."
    ]


def stored(**turns: list[tuple[float, float]]) -> Json:
    plain = [(1.0, 0.8), (2.0, 0.8), (1.5, 0.8)]
    both = {"plain": plain, "key file": [(wall + 0.1, 0.9) for wall, _ in plain]}
    return {"engagement": "november-2022", "search_seconds": 8.5, "turns": both | turns}


def test_encryption_is_held_to_a_share_of_the_whole_plan() -> None:
    # plain: 8.5 s of search and the median of 1.5 s; 0.1 s more is 1%. One slow turn of three does not count
    assert list(encryption.short(stored())) == []
    slow = [(1.51, 0.8), (2.51, 0.8), (1.5, 0.8)]
    assert list(encryption.short(stored(passphrase=slow))) == [
        "Encryption (passphrase) adds 5.1% to a plan; the aim is 5%."
    ]


def test_what_encryption_costs_is_measured_by_storing_one_plan_in_every_kind_of_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encryption, "TURNS", 1)
    measured = encryption.measure(SMALL_SCALE, ())
    assert {kind: len(turns) for kind, turns in measured["turns"].items()} == {
        "plain": 1,
        "key file": 1,
        "passphrase": 1,
    }
    assert all(wall > 0 for turns in measured["turns"].values() for wall, _ in turns)


def test_every_part_of_the_page_renders(tmp_path: Path) -> None:
    size = {"children": 1, "families": 1, "teams": 1, "receiving_workers": 1, "pairs": 1}
    measured: dict[str, Json] = {
        "seed": {"november-2022": engagement(plan(20.0))},
        "engagements": {
            "tight": {"1": plan(30.0), "2": plan(50.0, unknown=(102, 100)), "3": plan(10.0)},
            "plain": {
                "1": plan(50.0, unknown=(102, 100)) | {"longer": plan(70.0) | {"time_limit": 900}},
                "2": plan(50.0, unknown=(101, 100)) | {"longer": plan(70.0, unknown=(2, 1)) | {"time_limit": 800}},
            },
        },
        "county": {"size": size, "plan": plan(200.0)},
        "stopping": stopped(),
        "growth": {"480": plan(10.0), "4800": plan(100.0)},
        "gap": {"c05100": {"jobs": 100, "agents": 5, "value": 1931, "bound": 1931, "proven": True, "seconds": 1.0}},
        "delays": {"november-2022": priced()},
        "encryption": stored(),
    }
    for name, figures in measured.items():
        keep(name, f"make bench-{name}", figures, tmp_path)
    text = page(tmp_path)
    # nine levels of a second each; one of three is not proven below strangers: 2% above its bound
    assert "| tight | 3 | 2 of 3 | 9 | not reached | 2 of 3 | 30 | not reached | 2% |" in text
    # proven with more time, or not even then: it is the default limit that the gap and the figures beside it are of
    assert "| plain | 2 | 0 of 2 | not reached | not reached | 0 of 2 | not reached | not reached | 2% |" in text
    assert "| plain | 1 | `strangers` | not reached | 50 | 300 | 2% | none | yes | `unsigned` | 9 | 900 |" in text
    assert "- plain, seed 2: not all nine levels of the allocation are proven within 800 s." in text
    assert "plain, seed 1: not all nine" not in text
    assert "- tight, seed 2: `unknown` is 2% from its bound; the target is 1%." in text
    assert "Fitted exponent of the number of children: **1.00** for time" in text
    assert "**10 times** as fast as the reference" in text
    assert f"{seed.REFERENCE}: 1, 120 s a level." in text
    assert "Timefold is missing: no Java here." in text
    assert county.TITLE in text
    assert len(SCHEDULE_LEVELS) == 5


def test_a_level_that_the_clock_ends_falls_short_for_it_need_not_come_out_the_same() -> None:
    timed = plan(119.0, relayed=(101, 100), unsigned=(2, 1))
    for level in timed["levels"]:
        level["stopped"] = {"relayed": "clock", "unsigned": "work limit"}.get(level["name"], "")
    assert list(engagements.short({"tight": {"4": timed}})) == [
        "tight, seed 4: the clock ends `relayed`; no level should need it."
    ]
    assert "| 0% | `relayed` | yes |" in "\n".join(engagements.section({"tight": {"4": timed}}))


def test_an_engagement_cut_off_by_the_limit_is_planned_again_with_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = list[int]()

    def planned(_: object, seconds: int) -> Json:
        limits.append(seconds)
        # the second seed's `unsigned` is not of the allocation
        return plan(1.0, **{("unknown", "unsigned")[len(limits) > 2]: (2, 1)})

    monkeypatch.setattr(engagements, "planned_made_up", planned)
    scale = replace(SMALL_SCALE, generated={"tight": range(1, 3)})
    first, second = engagements.measure(scale, ())["tight"].values()
    assert limits == [scale.seconds, scale.patient_seconds, scale.seconds]
    assert not second.keys() & {"longer"}
    assert first["longer"]["levels"]
