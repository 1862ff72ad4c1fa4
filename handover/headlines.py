"""What was asked of a plan, what it achieves against what is provably possible, and what it leaves to decide, in plain
words: the same for the workbook, the report and the screen (contract §3 to §5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from handover.british import at_least, count, dates_in, figure, long_day
from handover.clearance import receiving_workers
from handover.engagement import Engagement
from handover.flags import kind_of
from handover.plan import SEVERITIES, TIE_FIGURES, Flag, Level, Plan
from handover.summary import Summary, summary

LEVEL_WORDS = {
    "unallocated": "children without a receiving worker",
    "unallocated_points": "their points",
    "outside_bands": "points outside the caseload bands",
    "changes": "changes of social worker",
    "burden": "changes, weighted by changes before",
    "strangers": "children to meet a stranger, weighted",
    "unknown": "children new to their worker",
    "team_imbalance": "widest gap of a team to its fair share",
    "worker_imbalance": "gaps of workers to their fair shares",
    "no_meeting": "families without a handover meeting",
    "unvisited": "missing joint visits, weighted",
    "uncovered_visits": "statutory visits not covered",
    "relayed": "relayed meetings",
    "unsigned": "handovers not signed off",
    "pairs": "pairs of people who must meet",
    "language_not_shared": "families without a shared language",
    "journeys_km": "km from workers to families",
}
"""Each level of a plan in a few words, in the plan's order."""
OTHER_LEVELS = {
    "burden": "Changes weighted by how many each child has been through in the months before: {}.",
    "strangers": "Children whose new worker is not known to them and cannot meet them before go-live: {}, a child with "
    "a conference or hearing soon counted three times.",
    "unknown": "Children who do not know their new worker yet: {}.",
    "team_imbalance": "The team furthest from its fair share is {} points away.",
    "worker_imbalance": "The workers' distances from their fair shares add up to {} points.",
}
NAMED_AT_MOST = 6


@dataclass(frozen=True)
class Headline:
    """One figure of a plan. `bound` is the least that any plan could have, the more important figures held as they are;
    None for a mere count, of which nothing is proven. `sentence` says value and meaning, `proof` how far it is proven.
    """

    name: str
    label: str
    value: Fraction
    bound: Fraction | None
    proven: bool
    sentence: str
    proof: str


@dataclass(frozen=True)
class Decision:
    """Flags of one kind and severity: what a person has to decide or watch."""

    severity: str
    kind: str
    flags: tuple[Flag, ...]

    @property
    def sentence(self) -> str:
        """The matter where it is one; else how many, and about whom."""
        if len(self.flags) == 1:
            return dates_in(f"{self.flags[0].subject}: {self.flags[0].matter}")
        subjects = list(dict.fromkeys(f.subject for f in self.flags))
        more = len(subjects) - NAMED_AT_MOST
        return f"{self.kind}: {', '.join(subjects[:NAMED_AT_MOST])}" + (f" and {more} more" if more > 0 else "")

    @property
    def action(self) -> str:
        """What to do next: of one flag its own, of several the first as an example."""
        said = dates_in(self.flags[0].action)
        return said if len({f.action for f in self.flags}) == 1 else f"For {self.flags[0].subject}: {said}"


@dataclass(frozen=True)
class Headlines:
    """A plan in plain words. `decide` has the stops first, then what is most frequent; `remedies` are confirmed ways
    out where children are left unallocated."""

    title: str
    asked: tuple[str, ...]
    achieved: tuple[Headline, ...]
    decide: tuple[Decision, ...]
    remedies: tuple[str, ...]


def headlines(engagement: Engagement, plan: Plan, counted: Summary | None = None) -> Headlines:
    """The plan in plain words; `counted` where its summary is at hand."""
    counted = counted or summary(engagement, plan)
    return Headlines(
        plan.engagement,
        tuple(_asked(engagement)),
        tuple(_achieved(counted, plan)),
        tuple(_decide(plan)),
        tuple(dates_in(remedy) for remedy in plan.remedies),
    )


def proof(level: Level) -> str:
    """How far a level is proven, the levels above it held: a sentence. §3, §4."""
    if level.name in TIE_FIGURES:
        return "Chosen among equally good plans; no proof was sought."
    if level.proven:
        return "Proven: no plan can do better."
    if level.bound == 0:
        return "Not proven: how low it could be is not known."
    return f"Not proven: the least possible lies between {at_least(level.bound)} and {figure(level.value)}."


def _asked(engagement: Engagement) -> Iterator[str]:
    settings = engagement.settings
    work = settings.workload
    receiving = receiving_workers(engagement)
    points = settings.handover.joint_visit_for
    yield (
        f"{count(len(engagement.children), 'child', 'children')} in "
        f"{count(len(engagement.families), 'family', 'families')}, to "
        f"{count(len(receiving), 'receiving social worker', 'receiving social workers')} in "
        f"{count(len(engagement.teams), 'team', 'teams')}. Responsibility passes on {long_day(settings.go_live)}; "
        f"handovers start on {long_day(settings.window_start)}."
    )
    yield (
        f"First: every child has a social worker. Second: even caseloads, each worker at most "
        f"{_percent(work.worker_band)} above their fair share, each team within {_percent(work.team_band)} of its own."
    )
    yield (
        "Third: as few changes of social worker as possible, and where one cannot be avoided, not for a child who has "
        "had many. Then: nobody handed to a stranger, and work spread evenly. Siblings move together."
    )
    visits = f", a joint visit where a child's plan asks for one ({_kinds(points)})" if points else ""
    yield f"For each family whose worker changes: a written summary, a handover meeting{visits} and a sign-off."


def _achieved(counted: Summary, plan: Plan) -> Iterator[Headline]:
    """The figures a manager reads out, the gravest first."""
    left = counted.unallocated
    yield _of_level(
        plan.level["unallocated"],
        f"{count(left, 'child is', 'children are')} left without a social worker."
        if left
        else "Every child has a social worker.",
    )
    outside = plan.level["outside_bands"]
    yield _of_level(
        outside,
        f"{figure(outside.value)} points of work lie outside the caseload bands."
        if outside.value
        else "No caseload is above its band, and every team is inside its own.",
    )
    yield _of_level(
        plan.level["changes"],
        f"{count(counted.changes, 'change', 'changes')} of social worker for "
        f"{count(counted.children, 'child', 'children')}.",
    )
    yield _whatever(counted)
    yield _count(
        "three_or_more_workers",
        "children with three or more workers",
        counted.three_or_more_workers,
        f"{count(counted.three_or_more_workers, 'child reaches', 'children reach')} three or more social workers in a "
        "year, changes before this handover included.",
    )
    for name, words in OTHER_LEVELS.items():
        yield _of_level(plan.level[name], words.format(figure(plan.level[name].value)))
    yield from _handovers(counted, plan)


def _handovers(counted: Summary, plan: Plan) -> Iterator[Headline]:
    modes = counted.meetings
    needed = modes["direct"] + modes["relayed"] + modes["none"]
    missing = plan.level["unvisited"].value
    yield _of_level(
        plan.level["no_meeting"],
        f"{modes['direct'] + modes['relayed']:,} of {needed:,} handover meetings are booked"
        + (f"; {count(modes['none'], 'family has', 'families have')} none." if modes["none"] else "."),
    )
    yield _of_level(
        plan.level["unvisited"],
        f"{counted.joint_visits:,} of {counted.joint_visits_due:,} joint visits are booked."
        + (f" The missing ones, weighted by changes before, count {figure(missing)}." if missing else ""),
    )
    yield _of_level(
        plan.level["uncovered_visits"],
        f"Statutory visits due in the window with no joint visit by then: {counted.uncovered_visits:,}.",
    )
    yield _of_level(
        plan.level["relayed"],
        f"{count(modes['relayed'], 'meeting is', 'meetings are')} held with a colleague, who passes it on; "
        f"{modes['direct']:,} with the new worker.",
    )
    yield _of_level(
        plan.level["unsigned"],
        f"{count(counted.unsigned, 'handover is', 'handovers are')} not signed off by a manager."
        if counted.unsigned
        else "Every handover is signed off by a manager.",
    )


def _whatever(counted: Summary) -> Headline:
    """Changes that no plan could avoid, and what even caseloads cost."""
    least, price = counted.changes_whatever_the_caseloads, counted.price_of_even_caseloads
    if least.proven and price >= 0:
        said = (
            f"{figure(least.value)} of them no plan could avoid, whatever the caseloads; {price:,} "
            f"{'is' if price == 1 else 'are'} the price of even ones."
        )
    else:
        said = (
            f"No plan has fewer than {at_least(least.bound)} whatever the caseloads; the fewest found that way is "
            f"{figure(least.value)}."
        )
    label = "changes whatever the caseloads"
    return Headline(
        least.name, label, least.value, least.bound, least.proven, said, "Proven." if least.proven else proof(least)
    )


def _of_level(level: Level, sentence: str) -> Headline:
    return Headline(level.name, LEVEL_WORDS[level.name], level.value, level.bound, level.proven, sentence, proof(level))


def _count(name: str, label: str, number: int, sentence: str) -> Headline:
    return Headline(name, label, Fraction(number), None, False, sentence, "A count of what this plan means.")


def _decide(plan: Plan) -> Iterator[Decision]:
    groups: dict[tuple[str, str], list[Flag]] = {}
    for flag in plan.flags:
        groups.setdefault((flag.severity, kind_of(flag)), []).append(flag)

    def order(group: tuple[tuple[str, str], list[Flag]]) -> tuple[int, bool, int, str]:
        (severity, kind), found = group
        # what is short says in a line what the children after it have in common
        return SEVERITIES.index(severity), kind != "shortage", -len(found), kind

    for (severity, kind), found in sorted(groups.items(), key=order):
        yield Decision(severity, kind, tuple(found))


def _percent(share: Fraction) -> str:
    return f"{figure(share * 100)}%"


def _kinds(plans: tuple[str, ...]) -> str:
    return ", ".join(plan.replace("_", " ") for plan in plans)


SEVERITY_WORDS: Mapping[str, str] = {
    "stop": "Settle before go-live",
    "warn": "Decide or watch",
    "info": "For information",
}
"""What each severity asks of the reader."""
