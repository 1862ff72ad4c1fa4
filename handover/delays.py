"""What delays would do to children: how it is counted, and what to chase first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from handover.in_time import Needed

DAYS_LATE = (1, 2, 5)
"""Working days late by which every open task is priced."""


@dataclass(frozen=True)
class Harm:
    """How many more there would be of each, in order of what weighs most; below 0 where something is saved.

    `nobody`: children without a worker, or with nobody to hold them in between. `changes`: changes of social worker.
    `burden`: the same, each times the changes that the child has been through. `interim`: children with an interim
    worker. `no_meeting`: families without a handover meeting. `unvisited`: the children on a joint-visit plan in
    families left without their joint visit, each 1 + prior changes. `uncovered_visits`: statutory visits that no joint
    visit covers in time. `relayed`: meetings that somebody else takes. `no_visit`: families left without their joint
    visit. `days_waiting`: working days that children wait for their worker from go-live on, summed. §3, §4.
    """

    nobody: int = 0
    changes: int = 0
    burden: int = 0
    interim: int = 0
    no_meeting: int = 0
    unvisited: int = 0
    uncovered_visits: int = 0
    relayed: int = 0
    no_visit: int = 0
    days_waiting: int = 0

    def __add__(self, other: "Harm") -> "Harm":
        return Harm(*(a + b for a, b in zip(self.figures, other.figures, strict=True)))

    def __sub__(self, other: "Harm") -> "Harm":
        return Harm(*(a - b for a, b in zip(self.figures, other.figures, strict=True)))

    @cached_property
    def figures(self) -> tuple[int, ...]:
        """All of them in order."""
        return tuple(getattr(self, name) for name in HARMS)

    def above(self, other: "Harm") -> bool:
        """True when there is more of anything."""
        return any(a > b for a, b in zip(self.figures, other.figures, strict=True))


HARMS = tuple(f.name for f in fields(Harm))


@dataclass(frozen=True)
class Effect:
    """What other dates would do to a plan with the announced names held.

    `unproven` are the figures of the schedule of which a better search might find less. `children` are the ids of those
    who would be worse off in anything, sorted.
    """

    harm: Harm = Harm()
    unproven: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewPlan:
    """What the best new plan would do instead, children given to other workers too: more or fewer of each than now.

    `others`: children who would go to somebody else than was announced. `unproven`: levels not proven best.
    """

    harm: Harm
    others: int
    unproven: tuple[str, ...] = ()


@dataclass(frozen=True)
class Price:
    """What an open task would do to children by how many working days late it is done."""

    task_id: str
    late: Mapping[int, Effect]

    @property
    def harm(self) -> Harm:
        """What it would do on each of the days, added up: sooner and graver both count for more."""
        return sum((effect.harm for effect in self.late.values()), Harm())

    @property
    def children(self) -> tuple[str, ...]:
        """Ids of the children who would be worse off on any of the days, sorted."""
        return tuple(sorted({c for effect in self.late.values() for c in effect.children}))

    @property
    def proven(self) -> bool:
        """True when no better schedule can make any of it less."""
        return not any(effect.unproven for effect in self.late.values())


@dataclass(frozen=True)
class Late:
    """A worker who is ready only after go-live, what their being ready in time would do (less than 0: save), and what
    would have to be done by when. `mendable` is False for who starts only after go-live."""

    worker_id: str
    effect: Effect
    needed: tuple[Needed, ...]
    mendable: bool


@dataclass(frozen=True)
class Chase:
    """What every open task's delay would cost.

    `to_chase`: the worst in order (`RANKED_BY`). `new_plans`: the best new plan if one of these were `DAYS_LATE[-1]`
    days late, by task id. `standing`: what has become worse since the plan was made. `seconds`: what pricing took.
    """

    prices: tuple[Price, ...]
    to_chase: tuple[Price, ...]
    new_plans: Mapping[str, NewPlan]
    late: tuple[Late, ...]
    standing: Effect
    seconds: float

    @property
    def at_stake(self) -> Mapping[str, int]:
        """Children who would be worse off, by task id."""
        return {price.task_id: len(price.children) for price in self.prices}


RANKED_BY = (
    "by what being 1, 2 and 5 working days late would do, added up: children left with nobody first, then changes of "
    "social worker, then those of children who have had many, children with an interim worker, families without a "
    "meeting, without their joint visit, visits not covered, meetings relayed, days of waiting; of equals, the least "
    "slack"
)
"""The order of what to chase, in words."""


def ranked(prices: Iterable[Price], slack: Mapping[str, int | None]) -> tuple[Price, ...]:
    """Tasks that would do any harm, what to chase first in front (`RANKED_BY`). `slack` in working days by task id."""

    def order(price: Price) -> tuple[object, ...]:
        spare = slack.get(price.task_id)
        return (tuple(-n for n in price.harm.figures), 0 if spare is None else spare, price.task_id)

    return tuple(sorted((p for p in prices if p.harm.above(Harm())), key=order))


def words(harm: Harm) -> str:
    """What is done, for a person: "2 more changes of social worker, 1 fewer meeting relayed"."""
    found = [
        f"{abs(number):,} {'more' if number > 0 else 'fewer'} {PHRASES[name][abs(number) != 1]}"
        for name in PHRASES
        if (number := getattr(harm, name))
    ]
    return ", ".join(found) or "nothing"


PHRASES = {
    "nobody": ("child with nobody", "children with nobody"),
    "changes": ("change of social worker", "changes of social worker"),
    "interim": ("child with an interim worker", "children with an interim worker"),
    "no_meeting": ("family without a handover meeting", "families without a handover meeting"),
    "no_visit": ("family without its joint visit", "families without their joint visit"),
    "uncovered_visits": ("statutory visit not covered", "statutory visits not covered"),
    "relayed": ("meeting relayed", "meetings relayed"),
    "days_waiting": ("day of waiting over all children", "days of waiting over all children"),
}
