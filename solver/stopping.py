"""CP-SAT under a watch: ended within moments of Ctrl-C or of the deadline, whatever it is busy with."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ortools.sat.python import cp_model

from solver.watch import Watch

POLL = 0.05
"""Seconds between two looks at the watch."""


def solve(solver: cp_model.CpSolver, model: cp_model.CpModel, watch: Watch) -> cp_model.CpSolverStatus:
    """Solve the model until it is done, its own limits are reached, or the watch says stop; the status it came to."""
    solver.parameters.max_time_in_seconds = max(0.01, watch.left())
    # its own handler would take Ctrl-C from whoever listens for the watch, and leave none behind
    solver.parameters.catch_sigint_signal = False
    with _heeded(solver, watch):
        return solver.solve(model)


@contextmanager
def _heeded(solver: cp_model.CpSolver, watch: Watch) -> Iterator[None]:
    """A thread that looks at the watch: a solver's own callbacks are only called when it finds something."""
    over = Event()

    def look() -> None:
        while not over.wait(POLL):
            if watch.stopped():
                solver.stop_search()

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
