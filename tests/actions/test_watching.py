"""Ctrl-C while native code runs, and the line that says how far a search is."""

import os
import re
import signal
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from handover.actions.watching import in_thread, watching

ROOT = Path(__file__).parent.parent.parent
STUBBORN = """
import time
from handover.actions.watching import in_thread, watching

def work(watch):
    print("searching", flush=True)
    {work}

with watching(60) as watch:
    in_thread(lambda: work(watch))
print("kept")
"""
posix = pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent Ctrl-C alone there")


def search(work: str) -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", STUBBORN.format(work=work)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "searching\n"
    return started


@posix
def test_the_first_ctrl_c_lets_the_search_end_with_what_it_has() -> None:
    running = search("watch.interrupted.wait(60)")
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=20)
    assert (running.returncode, out) == (0, "kept\n")
    assert "best complete plan so far" in said


@posix
def test_the_second_ctrl_c_ends_at_once_though_native_code_runs() -> None:
    running = search("time.sleep(60)")
    assert running.stderr is not None
    running.send_signal(signal.SIGINT)
    while "Stopping" not in running.stderr.readline():
        pass
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, "")
    assert "nothing was half-stored" in said
    assert "Traceback" not in said


def test_an_error_in_the_thread_reaches_the_caller() -> None:
    def fail() -> None:
        raise ValueError("from the search")

    with pytest.raises(ValueError, match="from the search"):
        in_thread(fail)


def test_the_search_runs_outside_the_main_thread_so_that_signals_are_heard() -> None:
    assert in_thread(threading.current_thread) is not threading.main_thread()


def test_ctrl_c_is_as_before_when_the_search_is_over() -> None:
    before = signal.getsignal(signal.SIGINT)
    with watching(1):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_each_level_is_told_with_value_bound_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(1) as watch:
        watch.progress("changes", None, Fraction(500))
        watch.progress("changes", Fraction(507), Fraction(506))
        watch.progress("team_imbalance", Fraction(47, 8), Fraction(47, 8))
    out, said = capsys.readouterr()
    assert out == ""
    assert [re.sub(r"\d+ s$", "n s", line) for line in said.splitlines()] == [
        "changes: 507 · at least 506 · n s",
        "team imbalance: 5.88 · best possible · n s",
    ]
