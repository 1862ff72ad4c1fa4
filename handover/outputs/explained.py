"""Explanations as text for a terminal or a letter's draft: why this worker, and what else could be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from textwrap import fill

from handover.british import at_least, count, dates_in, figure
from handover.engagement import Engagement
from handover.explain import ChildExplained, Part, WorkerExplained, named
from handover.headlines import LEVEL_WORDS
from handover.plan import ALLOCATION_LEVELS, LEVELS, Level, Plan

WIDTH = 80
BALANCE = ("outside_bands", "team_imbalance", "worker_imbalance")
"""Levels that are no sum over families."""


@dataclass(frozen=True)
class Alternative:
    """A whole plan, checked against every rule, in which another worker takes the family.

    `others_moved`: families, this one aside, that go to somebody else than in the plan as it stands. Bounds in `levels`
    hold for plans that give the family to this worker.
    """

    worker_id: str
    worker: str
    team_id: str
    known: bool
    others_moved: int
    levels: tuple[Level, ...]


def child_text(
    told: ChildExplained, plan: Plan, engagement: Engagement, others: Sequence[Alternative], how: str
) -> str:
    """Why a child goes to this worker, what the family adds to each level, who cannot take it, and what else costs."""
    child = engagement.child[told.child_id]
    siblings = f", with {', '.join(told.siblings)}" if told.siblings else ""
    lines = [f"{told.child_id} ({child.plan.replace('_', ' ')}{siblings}) in plan {plan.plan_id}", ""]
    lines += [_said(told.why), *_able(told, engagement), "", "What the family adds to each level of the plan"]
    lines += [_said(_part(p, plan.level[p.level])) for p in told.parts]
    lines += ["", "Could a change be avoided?", *map(_said, told.avoid), "", "Who cannot take the family, by what rule"]
    barred = [_said(f"{b.rule}: {_people(b.worker_ids, engagement)}") for b in told.barred]
    lines += barred or ["  Nobody is ruled out."]
    lines += ["", "What else could be done", _said(how)]
    for number, other in enumerate(others, start=1):
        lines += ["", *_alternative(number, other, plan)]
    return "\n".join(lines)


def worker_text(told: WorkerExplained, plan: Plan) -> str:
    """Why a worker holds this caseload, or holds none."""
    lines = [f"{told.name} ({told.worker_id}){f', team {told.team_id}' if told.team_id else ''} in plan {plan.plan_id}"]
    if told.receives and told.fair_share is not None and told.band is not None:
        children = sum(h.children for h in told.held)
        lines.append(
            f"  {count(children, 'child', 'children')} in {count(len(told.held), 'family', 'families')}, "
            f"{told.points} points; fair share "
            f"{_figure(told.fair_share)}, band {told.band.low}-{told.band.high}"
        )
    lines += ["", *map(_said, told.reasons)]
    if told.held:
        lines += ["", f"{'Family':16} Children  Points  Changes  Could take them  Why here"]
    lines += [
        f"{h.family_id:16} {h.children:8}  {h.points:6}  {h.changes:7}  {h.able:15}  {h.because}"
        for h in sorted(told.held, key=lambda h: (h.because, h.family_id))
    ]
    return "\n".join(lines)


def _able(told: ChildExplained, engagement: Engagement) -> list[str]:
    can = count(len(told.able), "receiving worker can take the family", "receiving workers can take the family")
    known = f"; known to the child: {_people(told.known, engagement)}" if told.known else "; none is known to the child"
    return [_said(f"{can}{known if told.able else ''}."), *map(_said, told.rather)]


def _part(part: Part, level: Level) -> str:
    """What is counted by families is shared out among them; of bands and shares, what they would be without this one.
    A level of the plan that is not proven comes with its bound."""
    proof = "" if level.proven else f" (at least {_bound(level)}, not proven)"
    if part.level in BALANCE:
        return f"{LEVEL_WORDS[part.level]}: {_figure(part.plan)}{proof}; {_figure(part.plan - part.family)} without it"
    return f"{LEVEL_WORDS[part.level]}: {_figure(part.family)} of {_figure(part.plan)}{proof}"


def _alternative(number: int, other: Alternative, plan: Plan) -> Iterable[str]:
    """One alternative: what differs from the plan as it stands, and what is not proven, never a bare figure."""
    known = "known" if other.known else "new"
    moved = count(other.others_moved, "other family goes elsewhere", "other families go elsewhere")
    yield f"{number}. {other.worker} ({other.worker_id}), team {other.team_id}, {known} to the child; {moved}"
    shown = [lv for lv in other.levels if lv.name in LEVELS]
    given = [lv for lv in shown if lv.name in ALLOCATION_LEVELS]
    if [lv.value for lv in given] < [plan.level[lv.name].value for lv in given]:
        # only a plan that is not proven best can be bettered
        yield _said(f"Better than {plan.plan_id} on the whole: plan again with a longer --time-limit.", "     ")
    differ = [lv for lv in shown if lv.value != plan.level[lv.name].value or not lv.proven]
    for lv in differ:
        yield _said(f"{LEVEL_WORDS[lv.name]}: {_compared(lv, plan.level)}", "     ")
    if len(differ) < len(shown):
        yield f"     {'all other' if differ else 'all'} levels as in {plan.plan_id}, proven best"


def _compared(level: Level, before: Mapping[str, Level]) -> str:
    change = level.value - before[level.name].value
    less = "less" if level.name in BALANCE else "fewer"
    than = f"{_figure(abs(change))} {'more' if change > 0 else less}" if change else "as now"
    proof = "proven best" if level.proven else f"at least {_bound(level)}, not proven"
    return f"{_figure(level.value)} ({than}), {proof}"


def _people(worker_ids: Iterable[str], engagement: Engagement) -> str:
    return ", ".join(named(engagement.worker[worker_id]) for worker_id in worker_ids)


def _said(sentence: str, indent: str = "  ") -> str:
    return fill(dates_in(sentence), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _figure(exact: Fraction) -> str:
    return figure(exact, 2)


def _bound(level: Level) -> str:
    return at_least(level.bound, 2)
