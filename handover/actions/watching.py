"""How a long search is watched: a live line on the terminal, and Ctrl-C heard while native code runs."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from fractions import Fraction
from types import FrameType
from typing import TypeVar

from rich.console import Console
from rich.live import Live

from solver.watch import Watch

__all__ = ["Watch", "in_thread", "watching"]

T = TypeVar("T")
SHOW_CURSOR = "\x1b[?25h"
POLL = 0.1


@contextmanager
def watching(seconds: float) -> Iterator[Watch]:
    """A watch of `seconds` that tells the terminal how far the search is, and that the first Ctrl-C stops.

    A second Ctrl-C ends the program at once with 130: the record keeps whole transactions only.
    """
    line = _Line()
    watch = Watch.lasting(seconds, progress=line.tell)
    with _listening(watch.interrupted), line.shown():
        yield watch


def in_thread(work: Callable[[], T]) -> T:
    """Do the work in a thread of its own. Python hears Ctrl-C in the main thread alone, and not in native code."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        while not wait([future], timeout=POLL).done:
            pass
    return future.result()


@contextmanager
def _listening(interrupted: threading.Event) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            sys.stderr.write(f"{SHOW_CURSOR * sys.stderr.isatty()}\nEnded at once; nothing was half-stored.\n")
            sys.stderr.flush()
            os._exit(130)
        interrupted.set()
        sys.stderr.write("\nStopping with the best complete plan so far (Ctrl-C again ends at once) …\n")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Line:
    """The level the search is at, the value reached, the bound proven, and the time: live on a terminal, else a line
    for each level that is over."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.console = Console(stderr=True, highlight=False)
        self.now: tuple[str, Fraction | None, Fraction | None] | None = None

    def tell(self, level: str, value: Fraction | None, bound: Fraction | None) -> None:
        if self.now and self.now[0] != level and not self.console.is_terminal:
            self.console.print(str(self))
        self.now = (level, value, bound)

    def __str__(self) -> str:
        if self.now is None:
            return f"reading the engagement · {time.monotonic() - self.began:.0f} s"
        level, value, bound = self.now
        reached = "no plan yet" if value is None else _plain(value)
        least = "" if bound is None else " · best possible" if bound == value else f" · at least {_plain(bound)}"
        return f"{level.replace('_', ' ')}: {reached}{least} · {time.monotonic() - self.began:.0f} s"

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not self.console.is_terminal:
            yield
            if self.now:
                self.console.print(str(self))
            return
        with Live(console=self.console, get_renderable=self.__str__, transient=True, refresh_per_second=4):
            yield


def _plain(value: Fraction) -> str:
    return f"{float(value):.10g}" if value.denominator == 1 else f"{float(value):.2f}"
