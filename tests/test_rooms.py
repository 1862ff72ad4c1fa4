"""The rooms of the code: who may import whom, and which libraries stay in which room."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TACH = Path(sys.executable).with_name("tach")
HOMES = {
    "ortools": {"solver"},
    "sqlalchemy": {"db"},
    "alembic": {"db"},
    "sqlcipher3": {"db"},
    "keyring": {"db"},
    "click": {"cli.py"},
    "rich": {"handover/outputs", "handover/actions"},
}


def sources() -> list[Path]:
    return [ROOT / "cli.py", *(p for room in ("handover", "solver", "db") for p in (ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_room(library: str) -> None:
    users = {p.relative_to(ROOT).as_posix() for p in sources() if library in {n.split(".")[0] for n in imported(p)}}
    assert users
    assert [u for u in users if not any(u == home or u.startswith(f"{home}/") for home in HOMES[library])] == []


def test_every_plain_module_is_named_in_tach_toml() -> None:
    modules = tomllib.loads((ROOT / "tach.toml").read_text(encoding="utf-8"))["modules"]
    named = {module["path"] for module in modules}
    there = {
        f"handover.{p.stem}" for p in (ROOT / "handover").iterdir() if (p / "__init__.py").exists() or p.suffix == ".py"
    }
    assert there - {"handover.__init__"} == {name for name in named if name.startswith("handover.")}


@pytest.mark.parametrize(
    ("module", "arrow"),
    [
        ("solver/watch.py", "from db.record import Record"),
        ("db/engine.py", "import solver"),
        ("handover/verify/__init__.py", "from handover.continuity import changes"),
        ("handover/settings.py", "from handover.engagement import Engagement"),
        ("handover/outputs/csv_files.py", "from handover.intake import read"),
        ("cli.py", "from solver.watch import Watch"),
    ],
)
def test_an_arrow_that_points_up_or_across_turns_the_check_red(module: str, arrow: str, tmp_path: Path) -> None:
    for room in ("handover", "solver", "db"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "demo_data"))
    for file in ("cli.py", "tach.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    check = [str(TACH), "check"]
    before = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert before.returncode == 0, before.stdout + before.stderr
    path = tmp_path / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\ndef wrong() -> None:\n    {arrow}\n", encoding="utf-8")
    after = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert after.returncode != 0
    assert re.search(rf"{re.escape(module)}:\d+", after.stdout + after.stderr)
