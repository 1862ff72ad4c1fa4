"""A few kills of each writing command; `make kills` has hundreds."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="writes are counted with Linux's ptrace")
def test_a_command_killed_at_a_write_leaves_what_was_before_or_what_comes_after() -> None:
    from tests.kills import can_trace

    if not can_trace():
        pytest.skip("this system does not let a process watch its own child")
    # a process of its own: one with threads cannot be forked
    command = [sys.executable, "-m", "tests.kills", "--kind", "encrypted", "--only", "again"]
    done = subprocess.run(
        [*command, "--most", "4", "--random", "0"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried = int(done.stdout.splitlines()[-1].split()[2])
    assert done.stdout.endswith(f"{tried} of {tried} kills survived\n")
    assert tried >= 12, done.stdout
