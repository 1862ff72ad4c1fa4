"""What a peer is asked, as plain lists on standard input, and what it answers on standard output.

Standard library alone: a peer may live in an environment of its own. Families and workers go by number.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

NOBODY = -1


@dataclass(frozen=True)
class Question:
    """F families, W workers, T teams: who may take whom, what each pair counts, what each may hold (contract §3).

    children, points, holder (F): how many move, what they weigh, the receiving worker who holds the first of them now
    (NOBODY: none). eligible and each of costs (F, W). capacity, low, high, team, fair (W), with `low` the floor that
    must be held; team_low, team_high, team_fair (T). Shares are fractions as text.
    """

    children: list[int]
    points: list[int]
    holder: list[int]
    eligible: list[list[int]]
    costs: dict[str, list[list[int]]]
    capacity: list[int]
    low: list[int]
    high: list[int]
    team: list[int]
    team_low: list[int]
    team_high: list[int]
    fair: list[str]
    team_fair: list[str]

    def pairs(self) -> list[tuple[int, int]]:
        """Every family with each worker who may take it."""
        return [(f, w) for f, row in enumerate(self.eligible) for w, may in enumerate(row) if may]

    def shares(self) -> list[Fraction]:
        """Fair shares of the workers, then of the teams."""
        return [Fraction(share) for share in (*self.fair, *self.team_fair)]


@dataclass(frozen=True)
class Reached:
    """One level as a peer reports it."""

    name: str
    value: float
    bound: float
    proven: bool
    seconds: float


@dataclass
class Answer:
    """Who receives each family (F; NOBODY: nobody), what is said of the levels, and the seconds from question to it."""

    chosen: list[int]
    levels: list[Reached] = field(default_factory=list)
    version: str = ""
    seconds: float = 0.0


def serve(solve: Callable[[Question, float], Answer]) -> None:
    """Read the question, have it solved with the seconds given as the first argument, print the answer."""
    given: dict[str, Any] = json.load(sys.stdin)
    question = Question(**given)
    start = time.monotonic()
    answer = solve(question, float(sys.argv[1]))
    answer.seconds = round(time.monotonic() - start, 2)
    # a solver's own lines may have gone to the same stream: the answer is the last one
    print("\n" + json.dumps(asdict(answer)), flush=True)
