"""What the papers for information governance say of the program is so: no network, files for their owner alone, nothing
left elsewhere, tests that exist, a bill of materials without addresses."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.test_rooms import imported, sources

ROOT = Path(__file__).parents[1]
PAPERS = [*sorted((ROOT / "docs" / "governance").glob("*.md")), ROOT / "SECURITY.md"]
SMALL = ROOT / "tests" / "data" / "small"
NETWORK = {"asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "socketserver", "ssl", "urllib3"}

WATCHED = """
import os, socket, sys, traceback

def watch(event, arguments):
    reaching = event.startswith(("socket.", "urllib.", "http.", "smtplib.", "ftplib."))
    # the pipe between our own processes is a pair of sockets without an address
    if reaching and not (event == "socket.__new__" and arguments[1] == getattr(socket, "AF_UNIX", None)):
        with open(os.environ["TOLD"], "a") as file:
            file.write(event + "".join(traceback.format_stack(limit=8)))
        raise RuntimeError(event)

sys.addaudithook(watch)
"""
"""As sitecustomize.py it watches every process, those of the search too."""
EVERY_COMMAND = """
import json, os, sys
os.umask(0)
from click.testing import CliRunner
from cli import main

for line in json.loads(sys.argv[1]):
    result = CliRunner().invoke(main, line)
    expected = 6 if "wrong" in line else 0
    assert result.exit_code == expected, (line, result.exit_code, result.output)
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the commands were run under an open umask, with a home of its own; sockets were forbidden."""
    place = tmp_path_factory.mktemp("used")
    for name in ("work", "home", "tmp", "watch"):
        (place / name).mkdir(mode=0o700)
    (place / "work" / "wrong").write_bytes(b"0123456789abcdef" * 4)
    (place / "work" / "wrong").chmod(0o600)
    lines = [
        "init",
        f"import {SMALL}",
        "check",
        "plan --out out --time-limit 30",
        "plans",
        "verify",
        "explain C00001 --quick",
        *(f"export P0001 --format {name} --out {name}" for name in ("csv", "xlsx", "html", "ics")),
        "export P0001 --pseudonyms --out deep/deeper",
        "letter-template --out mine",
        "letters --out letters",
        "template --out empty",
        "mobilise --as-of 2022-11-16 --out tasks",
        "approve P0001 --reason agreed",
        "audit list",
        "audit verify",
        "backup copy.db",
        "rekey --new-key-file other",
    ]
    opening = ["--db", "record.db", "--key-file", "key"]
    script = [[*opening, *line.split()] for line in lines]
    script.append(["--db", "record.db", "--key-file", "wrong", "plans"])
    home = str(place / "home")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HANDOVER", "XDG"))},
        "HOME": home,
        "TMPDIR": str(place / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", EVERY_COMMAND, json.dumps(script)],
        cwd=place / "work",
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert (place / "told").exists() or done.returncode == 0, done.stderr[-3000:]
    return place


def test_the_watch_sees_a_socket(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCHED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TOLD": str(tmp_path / "told")}
    reaching = [sys.executable, "-c", "import socket; socket.socket(socket.AF_INET)"]
    assert subprocess.run(reaching, env=environment, capture_output=True, check=False).returncode == 1
    assert (tmp_path / "told").exists()


def test_no_command_opens_a_socket(used: Path) -> None:
    assert not (used / "told").exists(), (used / "told").read_text()


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_what_is_written_is_for_its_owner_alone(used: Path) -> None:
    written = list((used / "work").rglob("*"))
    wrong = {
        str(path.relative_to(used)): oct(mode)
        for path in written
        if (mode := stat.S_IMODE(path.lstat().st_mode)) != (0o700 if path.is_dir() else 0o600)
    }
    assert wrong == {}
    names = {path.name for path in written}
    assert {"record.db", "record.db.failed-unlocks", "key", "other", "copy.db", "report.html", "deeper"} <= names


def test_nothing_is_left_in_the_home_or_temporary_folder(used: Path) -> None:
    assert [str(path) for name in ("home", "tmp") for path in (used / name).rglob("*")] == []


def test_no_module_of_ours_names_the_network() -> None:
    named = {
        (path.name, name)
        for path in sources()
        for name in imported(path)
        if name.split(".")[0] in NETWORK or name.startswith("urllib.request")
    }
    assert named == set()


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_test_that_a_paper_names_is_there(paper: Path) -> None:
    for name, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", paper.read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (name, test)


def test_the_threat_model_names_a_proof_for_every_threat() -> None:
    text = (ROOT / "docs" / "governance" / "threats.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    assert len(rows) >= 15
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_link_of_a_paper_at_the_root_leads_somewhere(paper: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", paper.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (paper.parent / link).exists(), link


@pytest.mark.skipif(find_spec("cyclonedx_py") is None, reason="in requirements/deep.txt: make sbom")
def test_the_bill_of_materials_names_every_pin_and_no_address() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "sbom.py")], capture_output=True, text=True, check=True, timeout=120
    )
    bill = json.loads(made.stdout)
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.MULTILINE)
    assert {(part["name"], part["version"]) for part in bill["components"]} == set(pins)
    assert all(part["hashes"] for part in bill["components"])
    assert bill["bomFormat"] == "CycloneDX"
    assert re.findall(r"(?:https?|file)://[^\"]*", made.stdout) == [bill["$schema"]]
    assert str(ROOT) not in made.stdout
