"""Linear and mixed-integer programs as arrays, solved by GLOP here or by HiGHS or SCIP in a process of its own.

Neither, as OR-Tools carries it, heeds an interrupt and a deadline at every moment, so they run in a child that can be
ended at any time without harm to what has been found so far.
"""

import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from ortools.math_opt.solvers.gscip.gscip_pb2 import GScipParameters
from ortools.math_opt.solvers.highs_pb2 import HighsOptionsProto
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.stopping import heeded
from solver.watch import Watch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AT_FIRST, BESIDES, LATER = 10e6, 1.3, 20e6
"""Steps of the simplex method, times the program's columns, in a second of work: in a short search; and in a long one,
besides so many seconds. The first, among the cuts of the root, are the slowest."""
FEW = 1_500
"""Columns that a step counts at least."""
SMALL = 20_000
"""Entries up to which a relaxation takes but a moment."""
BRANCHED = re.compile(
    r"%\s+(?P<bound>\S+)\s+(?P<value>\S+)\s+(?:\S+%|inf|Large)(?:\s+\d+){3}\s+(?P<work>\d+)(?P<k>k?)\s+\S+s$"
)
"""Best bound and best solution in a line of HiGHS's branch-and-bound log, and the steps of the simplex method before it
(in thousands with a k)."""
TOTAL = re.compile(r"^\s+LP iterations\s+(?P<work>\d+)$")
"""All of its steps, at the end."""
SEARCHED = re.compile(
    r"s\|[^|]*\|[^|]*\|\s*(?P<work>\d+)(?P<k>k?)\s*\|.*"
    r"\|\s*(?P<bound>[-+]?\d\S*)\s*\|\s*(?P<value>--|[-+]?\d\S*)\s*\|[^|]*\|[^|]*$"
)
"""The same in a line of SCIP's, where a best solution may be wanting (--)."""


class Way(Enum):
    """How a program is searched: by HiGHS, quick where the relaxation is close; by SCIP, which learns from dead ends
    (conflict analysis; Achterberg 2007) and so proves where HiGHS does not; by SCIP with most of its time for better
    solutions, with none for them, or with none for either them or cuts: many nodes, quickly."""

    HIGHS = "HiGHS"
    SCIP = "SCIP"
    FINDING = "SCIP, finding"
    PROVING = "SCIP, proving"
    BRANCHING = "SCIP, branching"


SETTINGS = {
    Way.FINDING: GScipParameters(heuristics=GScipParameters.AGGRESSIVE),
    # SCIP tries each branch up to five times; once is enough to choose by
    Way.PROVING: GScipParameters(heuristics=GScipParameters.OFF, real_params={"branching/relpscost/maxreliable": 1.0}),
    Way.BRANCHING: GScipParameters(heuristics=GScipParameters.OFF, emphasis=GScipParameters.FEASIBILITY),
}


@dataclass(frozen=True)
class Program:
    """Minimise cost·x, row_low ≤ A·x ≤ row_high, low ≤ x ≤ high, x whole where `whole` says so.

    A is given as triplets (entry_row, entry_column, entry), sorted by row then column. Shapes: n columns, m rows.
    """

    cost: Floats
    low: Floats
    high: Floats
    whole: Bools
    row_low: Floats
    row_high: Floats
    entry_row: Ints
    entry_column: Ints
    entry: Floats

    def relaxed(self) -> "Program":
        """The program without the upper limits of its whole columns, which its rows imply: no price hides in them."""
        return replace(self, high=np.where(self.whole, np.inf, self.high))

    def with_at_most(self, columns: Ints, entries: Floats, most: float) -> "Program":
        """The program with one more row: what the columns count is at most so much."""
        order = np.argsort(columns)
        return replace(
            self,
            row_low=np.r_[self.row_low, -np.inf],
            row_high=np.r_[self.row_high, most],
            entry_row=np.r_[self.entry_row, np.full(len(columns), len(self.row_low))],
            entry_column=np.r_[self.entry_column, columns[order]],
            entry=np.r_[self.entry, entries[order]],
        )

    def model(self, whole: bool) -> mathopt.Model:
        """The program for MathOpt, its columns numbered from 0; `whole` False relaxes it to a linear program."""
        proto = model_pb2.ModelProto()
        columns, rows = len(self.cost), len(self.row_low)
        proto.variables.ids.extend(range(columns))
        proto.variables.lower_bounds.extend(self.low.tolist())
        proto.variables.upper_bounds.extend(self.high.tolist())
        proto.variables.integers.extend((self.whole if whole else np.zeros(columns, bool)).tolist())
        used = np.flatnonzero(self.cost)
        proto.objective.linear_coefficients.ids.extend(used.tolist())
        proto.objective.linear_coefficients.values.extend(self.cost[used].tolist())
        proto.linear_constraints.ids.extend(range(rows))
        proto.linear_constraints.lower_bounds.extend(self.row_low.tolist())
        proto.linear_constraints.upper_bounds.extend(self.row_high.tolist())
        proto.linear_constraint_matrix.row_ids.extend(self.entry_row.tolist())
        proto.linear_constraint_matrix.column_ids.extend(self.entry_column.tolist())
        proto.linear_constraint_matrix.coefficients.extend(self.entry.tolist())
        return mathopt.Model.from_model_proto(proto)


@dataclass(frozen=True)
class Relaxed:
    """An optimal solution of a linear relaxation: value, x (n), dual price of each row (m), reduced costs (n)."""

    value: float
    x: Floats
    price: Floats
    reduced_cost: Floats


@dataclass(frozen=True)
class Found:
    """What a search of a mixed-integer program came to.

    `x` None: no solution found. `bound` holds for every solution of the program; infinite when there is none.
    `stopped` is blank when the search ended by itself: `x` is then optimal, or there is no solution. `work`: steps of
    the simplex method, with SCIP up to its last line about them; the same each time.
    """

    x: Floats | None
    bound: float
    stopped: str
    work: int = 0


def seconds_of(steps: float, columns: int) -> float:
    """The work, in seconds, that so many steps are in one search of a program."""
    columns = max(FEW, columns)
    return min(steps * columns / AT_FIRST, BESIDES + steps * columns / LATER)


def steps_in(seconds: float, columns: int) -> float:
    """The steps that one search of a program can take in so many seconds of work: what `seconds_of` counts as that."""
    return max(seconds * AT_FIRST, (seconds - BESIDES) * LATER) / max(FEW, columns)


def relax(program: Program, watch: Watch) -> Relaxed | None:
    """The linear relaxation's optimum by GLOP; None when it is infeasible or the watch ran out first."""
    if (program.low > program.high).any():
        return None
    model = program.relaxed().model(whole=False)
    limit, interrupter = timedelta(seconds=max(0.01, watch.left())), SolveInterrupter()
    parameters = mathopt.SolveParameters(time_limit=limit)
    # a small one is over before anybody could look
    with heeded(watch, interrupter.interrupt) if len(program.entry) > SMALL else nullcontext():
        result = mathopt.solve(model, mathopt.SolverType.GLOP, params=parameters, interrupter=interrupter)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    columns, rows = list(model.variables()), list(model.linear_constraints())
    return Relaxed(
        result.objective_value(),
        np.array(result.variable_values(columns)),
        np.array(result.dual_values(rows)),
        np.array(result.reduced_costs(columns)),
    )


class Searcher:
    """A child process that runs HiGHS or SCIP, one program after another; ended at once when the watch says so."""

    def __init__(self) -> None:
        self._child: multiprocessing.process.BaseProcess | None = None
        self._line: Connection | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._second: Searcher | None = None

    @property
    def second(self) -> "Searcher":
        """Another one, to search beside it; ended with it."""
        if self._second is None:
            self._second = Searcher()
        return self._second

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child, if there is one: for a searcher that starts one only when first asked (`closing`)."""
        self._end()
        if self._second is not None:
            self._second.close()

    def search(
        self,
        program: Program,
        watch: Watch,
        level: str,
        hint: Floats | None = None,
        gap: float = 0.0,
        nodes: int | None = None,
        seed: int = 0,
        way: Way = Way.HIGHS,
        enough: Callable[[Found], bool] | None = None,
        steps: int | None = None,
    ) -> Found:
        """The best solution of the program, searched from `hint` (a whole solution), and a bound proven on the way.

        `gap` is the absolute difference from the bound at which a solution counts as optimal; `nodes` bounds the work
        in a way that repeats; `way` says by which solver, and what most of its time is for. The watch ends it at once,
        and so does `enough`, asked with all that is told on the way: the bound, the work, and from HiGHS each better
        solution. Of what is found by then no more is kept than that.
        """
        if self._child is None or self._line is None or not self._child.is_alive():
            self._start()
        line = self._line
        assert line is not None
        finely = steps is not None
        better = Path(self._folder.name) / "better" if (enough or finely) and self._folder else None
        line.send((program, hint, gap, nodes, seed, watch.left(), way, better, finely))
        so_far = Found(None, -np.inf, "")
        while True:
            late = time.monotonic() > watch.until + GRACE
            if late or watch.interrupted.is_set():
                self._again()
                return replace(so_far, stopped="clock" if late else "interrupt")
            if enough is not None and enough(so_far):
                if not _over(line):
                    self._again()
                return replace(so_far, stopped="enough")
            if not line.poll(POLL):
                continue
            try:
                message = line.recv()
            except EOFError:
                self._end()
                return replace(so_far, stopped="the search failed")
            if isinstance(message, Found):
                return replace(message, work=so_far.work)
            bound, value, work, x = message
            if steps is not None and work > steps:
                if not _over(line):
                    self._again()
                return replace(so_far, stopped="work limit")
            so_far = Found(so_far.x if x is None else x, max(so_far.bound, bound), "", work)
            watch.heard(level, value, so_far.bound)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        child = context.Process(target=_serve, args=(theirs,), daemon=True)
        # a Ctrl-C is the parent's to answer: the child is born deaf to it, where the platform can
        mask = getattr(signal, "pthread_sigmask", None)
        before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else None
        try:
            child.start()
        finally:
            if mask:
                mask(signal.SIG_SETMASK, before)
        theirs.close()
        self._child, self._line, self._folder = child, ours, TemporaryDirectory(ignore_cleanup_errors=True)

    def _again(self) -> None:
        """End the search under way; the next child is ready by the time that it is asked."""
        self._end()
        self._start()

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._child is not None:
            self._child.kill()
            self._child.join()
        if self._folder is not None:
            self._folder.cleanup()
        self._child = self._line = self._folder = None


POLL = 0.05
"""Seconds between two looks at the watch while the child searches."""
GRACE = 1.5
"""Seconds past the deadline that the child has to hand over what it found before it is ended."""
MOMENT = 0.2
"""Seconds that it has to end by itself once that is enough: to start another one takes longer."""


def _over(line: Connection) -> bool:
    """Whether the child is about to end its search by itself; what it still says is not heard."""
    until = time.monotonic() + MOMENT
    try:
        while line.poll(max(0.0, until - time.monotonic())):
            if isinstance(line.recv(), Found):
                return True
    except EOFError:
        pass
    return False


def _serve(line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # what the solver prints is not for the user, least of all among the data on stdout
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    while True:
        try:
            program, hint, gap, nodes, seed, seconds, way, better, finely = line.recv()
            line.send(_search(program, hint, gap, nodes, seed, seconds, way, line, better, finely))
        except (EOFError, OSError):
            return


def _search(
    program: Program,
    hint: Floats | None,
    gap: float,
    nodes: int | None,
    seed: int,
    seconds: float,
    way: Way,
    line: Connection,
    better: Path | None = None,
    finely: bool = False,
) -> Found:
    model = program.model(whole=True)
    columns = list(model.variables())
    extra: dict[str, Any] = {}
    if hint is not None:
        values = dict(zip(columns, hint.tolist(), strict=True))
        extra["model_params"] = mathopt.ModelSolveParameters(
            solution_hints=[mathopt.SolutionHint(variable_values=values)]
        )

    best = np.inf

    def hear(messages: list[str]) -> None:
        nonlocal best
        for message in messages:
            told = _logged(message)
            if told is not None:
                bound, value, work = told
                improved = better is not None and value is not None and value < best
                best = min(best, np.inf if value is None else value)
                line.send((bound, value, work, _last_of(better, len(columns)) if better and improved else None))

    # told at every opportunity: how far it is then repeats
    highs = HighsOptionsProto(double_options={"mip_min_logging_interval": 0.0})
    if finely:
        # of a program within the program nothing is told before its end, which may be long in coming
        highs.bool_options.update({"mip_heuristic_run_rens": False, "mip_heuristic_run_rins": False})
    if better is not None:
        better.unlink(missing_ok=True)
        # the only way to a better solution before the search ends: callbacks are not heeded
        highs.string_options["mip_improving_solution_file"] = str(better)
        highs.bool_options["mip_improving_solution_report_sparse"] = True
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=max(0.05, seconds)),
        node_limit=nodes,
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=gap,
        random_seed=seed,
        gscip=SETTINGS.get(way, GScipParameters()),
        highs=highs,
    )
    # HiGHS gives up on a few small programs with an error of its own; SCIP then answers the same question
    for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP)[way is not Way.HIGHS :]:
        try:
            result = mathopt.solve(model, solver, params=parameters, msg_cb=hear, **extra)
        except Exception:  # noqa: BLE001, S112 - ortools raises AttributeError while it reports the solver's own error
            continue
        return _told(result, columns)
    return Found(None, -np.inf, "the search failed")


def _logged(message: str) -> tuple[float, float | None, int] | None:
    """Bound, best solution (None: none yet) and steps of the simplex method in a line of a log; None in other lines."""
    told = BRANCHED.search(message) or SEARCHED.search(message) or TOTAL.search(message)
    if told is None:
        return None
    said = {"bound": "-inf", "value": "--", "k": "", **told.groupdict()}
    value = np.inf if said["value"] == "--" else float(said["value"])
    work = int(said["work"]) * (1000 if said["k"] else 1)
    return float(said["bound"]), value if np.isfinite(value) else None, work


def _last_of(better: Path, columns: int) -> Floats | None:
    """The last solution in the file that HiGHS writes them to, those that are not 0 as `value column` each."""
    if not better.is_file():
        return None
    x = np.zeros(columns)
    _, *entries = better.read_text(encoding="ascii").rpartition("# Columns")[2].splitlines()
    for entry in entries:
        value, column = entry.split()
        x[int(column)] = float(value)
    return x


def _told(result: mathopt.SolveResult, columns: list[mathopt.Variable]) -> Found:
    reason = result.termination.reason
    x = np.array(result.variable_values(columns)) if result.has_primal_feasible_solution() else None
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        return Found(None, np.inf, "")
    bound = result.termination.objective_bounds.dual_bound
    if reason is mathopt.TerminationReason.OPTIMAL:
        return Found(x, bound, "")
    timed = result.termination.limit is mathopt.Limit.TIME
    return Found(x, bound, "clock" if timed else "work limit")
