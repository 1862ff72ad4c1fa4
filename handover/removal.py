"""What stays of an engagement and of a plan when people are removed from the record: `forget` and `purge`."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeVar

from handover.engagement import Engagement, engagement
from handover.plan import Plan

REMOVED = "(removed)"
"""Stands where a text was that names a child who was removed."""


class _OfChild(Protocol):
    @property
    def child_id(self) -> str: ...


Row = TypeVar("Row", bound=_OfChild)


@dataclass(frozen=True)
class Forgotten:
    """A child to be removed. `families`: ids of families that nobody else is in, and that so tell of this child."""

    child_id: str
    families: frozenset[str] = frozenset()

    @cached_property
    def ids(self) -> frozenset[str]:
        """The child's id, and those of the families."""
        return self.families | {self.child_id}

    @cached_property
    def _named(self) -> re.Pattern[str]:
        ids = "|".join(map(re.escape, sorted(self.ids)))
        return re.compile(rf"(?<![\w-])(?:{ids})(?![\w-])", re.IGNORECASE)

    def is_named_in(self, text: str) -> bool:
        """Whether a text has the child's id in it, or the id of a family that is the child's alone, as a word."""
        return self._named.search(text) is not None

    def struck(self, text: str) -> str:
        """The text, or `REMOVED` where it names the child: the rest of it would tell of the child as well."""
        return REMOVED if self.is_named_in(text) else text

    def without(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """The rows that are not the child's."""
        return tuple(row for row in rows if row.child_id != self.child_id)


def engagement_without(made: Engagement, gone: Forgotten) -> Engagement:
    """The engagement as if the child had never been in it.

    Free texts that name the child are struck, and so are the reasons of all rules of its siblings: they tell of a
    brother or sister without an id.
    """
    child = made.child.get(gone.child_id)
    family = {c.child_id for c in made.children if child and child.family_id and c.family_id == child.family_id}
    return engagement(
        made.settings,
        made.closed_days,
        made.teams,
        made.workers,
        gone.without(made.children),
        gone.without(made.history),
        gone.without(made.events),
        tuple(replace(a, reason=gone.struck(a.reason)) for a in made.absences),
        tuple(
            replace(r, reason=REMOVED if r.reason and r.child_id in family else gone.struck(r.reason))
            for r in gone.without(made.rules)
        ),
        tuple(replace(t, name=gone.struck(t.name), owner=gone.struck(t.owner)) for t in made.tasks),
    )


def plan_without(plan: Plan, gone: Forgotten) -> Plan:
    """The plan without the child, without the appointments of a family that nobody else is in, and with every sentence
    struck that names the child. Its levels stay as they were."""
    allocations = gone.without(plan.allocations)
    families = {a.family_id for a in allocations}
    alone = gone.ids.union(a.family_id for a in plan.allocations if a.family_id not in families)
    return replace(
        plan,
        allocations=tuple(replace(a, why=gone.struck(a.why)) for a in allocations),
        appointments=tuple(a for a in plan.appointments if a.family_id in families),
        flags=tuple(
            replace(f, matter=gone.struck(f.matter), action=gone.struck(f.action))
            for f in plan.flags
            if f.subject not in alone
        ),
        remedies=tuple(map(gone.struck, plan.remedies)),
    )


def emptied(made: Engagement) -> Engagement:
    """The engagement without anybody: its settings and closed days."""
    return engagement(made.settings, made.closed_days, (), (), ())


def emptied_plan(plan: Plan) -> Plan:
    """The plan without anybody: what it was made from and its figures."""
    return replace(plan, allocations=(), appointments=(), flags=(), remedies=())
