"""Two commands without room; `make full` tries every writing one."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FEW = ("--only", "import", "--most", "2")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and small file systems as Linux has them")


def test_a_command_whose_files_cannot_grow_loses_nothing() -> None:
    command = [sys.executable, "-m", "tests.full", *FEW]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("4 of 4 ")


def test_a_command_on_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.full import mounted

    monkeypatch.chdir(ROOT)
    done = mounted(*FEW)
    if done is None:
        pytest.skip("this system does not let us mount a file system of our own")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("4 of 4 ")
