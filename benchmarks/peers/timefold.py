"""Peer: Timefold's local search in its default configuration, on one thread. Needs Java 17 and the package `timefold`.

The bands are its hard score, changes its medium one; burden, strangers and unknown are weighed into the soft one. The
imbalances are left out: it has no level to spare for them. No bound comes of it.
"""

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Annotated

from timefold.solver import SolverFactory
from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningPin,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardMediumSoftScore,
    constraint_provider,
)

from benchmarks.peers.question import NOBODY, Answer, Question, serve

WEIGHTS = {"burden": 1_000_000, "strangers": 1_000, "unknown": 1}


@dataclass
class Receiver:
    """A receiving worker with the band, and the team's, in points."""

    number: Annotated[int, PlanningId]
    team: int
    low: int
    high: int
    team_low: int
    team_high: int


@planning_entity
@dataclass
class Move:
    """A family on its way: its points, and what each worker would count (`soft` weighs three levels together)."""

    number: Annotated[int, PlanningId]
    points: int
    barred: list[int]
    changes: list[int]
    soft: list[int]
    pinned: Annotated[bool, PlanningPin] = field(default=False)
    receiver: Annotated[Receiver | None, PlanningVariable] = field(default=None)


@planning_solution
@dataclass
class Handover:
    """All moves."""

    receivers: Annotated[list[Receiver], ProblemFactCollectionProperty, ValueRangeProvider]
    moves: Annotated[list[Move], PlanningEntityCollectionProperty]
    score: Annotated[HardMediumSoftScore | None, PlanningScore] = field(default=None)


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    """Eligibility and bands hard, changes medium, the rest soft."""
    points = ConstraintCollectors.sum(lambda move: move.points)
    return [
        factory.for_each(Move)
        .filter(lambda move: move.barred[move.receiver.number] > 0)
        .penalize(HardMediumSoftScore.ONE_HARD, lambda _move: 1000)
        .as_constraint("may not take"),
        factory.for_each(Move)
        .group_by(lambda move: move.receiver, points)
        .filter(lambda receiver, held: held > receiver.high or held < receiver.low)
        .penalize(
            HardMediumSoftScore.ONE_HARD,
            lambda receiver, held: held - receiver.high if held > receiver.high else receiver.low - held,
        )
        .as_constraint("worker's band"),
        factory.for_each(Move)
        .group_by(
            lambda move: move.receiver.team,
            points,
            ConstraintCollectors.min(lambda move: move.receiver.team_low),
            ConstraintCollectors.min(lambda move: move.receiver.team_high),
        )
        .filter(lambda _team, held, low, high: held > high or held < low)
        .penalize(
            HardMediumSoftScore.ONE_HARD, lambda _team, held, low, high: held - high if held > high else low - held
        )
        .as_constraint("team's band"),
        factory.for_each(Move)
        .penalize(HardMediumSoftScore.ONE_MEDIUM, lambda move: move.changes[move.receiver.number])
        .as_constraint("changes"),
        factory.for_each(Move)
        .penalize(HardMediumSoftScore.ONE_SOFT, lambda move: move.soft[move.receiver.number])
        .as_constraint("burden, strangers, unknown"),
    ]


def solve(question: Question, seconds: float) -> Answer:
    """The best that is found in so many seconds; a family that nobody may take is not asked about."""
    receivers = [
        Receiver(
            worker,
            question.team[worker],
            question.low[worker],
            question.high[worker],
            question.team_low[question.team[worker]],
            question.team_high[question.team[worker]],
        )
        for worker in range(len(question.capacity))
    ]
    moves = []
    for family, may in enumerate(question.eligible):
        if any(may):
            soft = [
                sum(weight * question.costs[level][family][worker] for level, weight in WEIGHTS.items())
                for worker in range(len(may))
            ]
            barred = [1 - int(able) for able in may]
            moves.append(Move(family, question.points[family], barred, question.costs["changes"][family], soft))
    # an empty pinned move for each worker, so that one who receives nobody is held to the band as well
    nothing = [0] * len(receivers)
    moves += [
        Move(len(question.children) + receiver.number, 0, nothing, nothing, nothing, pinned=True, receiver=receiver)
        for receiver in receivers
    ]
    config = SolverConfig(
        solution_class=Handover,
        entity_class_list=[Move],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(seconds=int(seconds))),
    )
    found = SolverFactory.create(config).build_solver().solve(Handover(receivers, moves))
    chosen = [NOBODY] * len(question.children)
    for move in found.moves:
        if move.number < len(chosen):
            chosen[move.number] = move.receiver.number
    return Answer(chosen, version=f"timefold {version('timefold')}")


if __name__ == "__main__":
    serve(solve)
