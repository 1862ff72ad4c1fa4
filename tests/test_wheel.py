"""The wheel alone, in a clean environment and away from the repository, plans the demo."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from docs import kept
from handover.plan import ALLOCATION_LEVELS

ROOT = Path(__file__).parent.parent
BIN = "Scripts" if os.name == "nt" else "bin"
SECONDS = "20"
"""Time limit of the demo here: a complete plan is wanted, not its proof."""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "HANDOVER_DB", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-build-isolation", "--no-deps", "-w", out, ROOT, cwd=out)
    (built,) = out.glob("case_handover-*.whl")
    return built


def test_the_wheel_holds_the_front_door_the_migrations_and_the_demo_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "cli.py" in names
    assert "handover/demo_data/november-2022/children.csv" in names
    assert any(name.startswith("db/migrations/versions/") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"cli.py", "db", "handover", "solver"}
    assert [name for name in names if "__pycache__" in name] == []


def assert_no_other_proof_than_in_the_pages(plan: Path) -> None:
    """The pages are made from a plan that is kept: as far down the allocation as both are proven, the search must find
    the same. Of equally good allocations the clock here may end at another, which has another best schedule."""
    told = json.loads(plan.read_text(encoding="utf-8"))
    (file,) = kept.FOLDER.glob(f"{told['input_sha256'][:12]}-*.json")
    in_pages = kept.levels(file)
    for level in told["levels"][: len(ALLOCATION_LEVELS)]:
        shown = in_pages[level["name"]]
        if not level["proven"] or not shown.proven:
            break
        assert level["value"] == float(shown.value), level["name"]


@pytest.mark.slow
def test_the_wheel_alone_plans_the_demo(wheel: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=elsewhere)
    home = tmp_path / "venv" / BIN
    pip = [home / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    run(*pip, "--no-compile", "--require-hashes", "-r", ROOT / "requirements" / "run.txt", cwd=elsewhere)
    run(*pip, "--no-deps", wheel, cwd=elsewhere)
    done = run(home / "handover", "demo", "--time-limit", SECONDS, cwd=elsewhere)
    assert "480 children" in done.stdout
    with (elsewhere / "handover-demo" / "handover_schedule.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 480
    assert all(row["to_worker_id"] for row in rows)
    assert_no_other_proof_than_in_the_pages(elsewhere / "handover-demo" / "plan.json")
    listed = run(home / "handover", "--db", Path("handover-demo") / "demo.db", "plans", cwd=elsewhere).stdout
    assert listed.splitlines()[1].endswith("yes")
