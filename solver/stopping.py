"""Solvers under a watch: ended within moments of Ctrl-C or of the deadline, whatever they are busy with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ortools.sat.python import cp_model

from solver.watch import Watch

SECONDS, SET_UP = 1.75, 0.02
"""Seconds of work to one of a solver's deterministic time, and what each search takes besides."""
POLL = 0.05
"""Seconds between two looks at the watch."""


def single(work: float, seed: int) -> cp_model.CpSolver:
    """A solver of one thread that ends after an amount of work, the same on every machine."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work
    return solver


def solve(
    solver: cp_model.CpSolver, model: cp_model.CpModel, watch: Watch, side_by_side: int = 1
) -> cp_model.CpSolverStatus:
    """Solve the model until it is done, its own limits are reached, or the watch says stop; the status it came to. Its
    work is taken from the watch's; of so many that are solved side by side, each one's share."""
    solver.parameters.max_time_in_seconds = max(0.01, watch.left())
    # its own handler would take Ctrl-C from whoever listens for the watch, and leave none behind
    solver.parameters.catch_sigint_signal = False
    with heeded(watch, solver.stop_search):
        status = solver.solve(model)
    watch.work.done((SET_UP + SECONDS * solver.response_proto.deterministic_time) / side_by_side)
    return status


@contextmanager
def heeded(watch: Watch, stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop`, from a thread, once the watch says so: a solver's own callbacks are only called when it finds
    something."""
    over = Event()

    def look() -> None:
        while True:
            if watch.stopped():
                stop()
            if over.wait(POLL):
                return

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
