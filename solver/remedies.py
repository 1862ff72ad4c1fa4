"""Ways out when no plan takes every child within the bands: single changes, each tried by the solver (contract §3).

In the order of what they ask of people, and so offered in this order where they help alike: papers and dates of one
person (`clear`), room that one person agrees to (`max_points`), the bands everybody works under, training one person,
hiring, and last a rule, which stands there for a child's sake.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import floor

from handover.caseload import fair_shares, family_points, total_points
from handover.clearance import failed, receives, receiving_workers
from handover.engagement import Engagement, Family, Worker
from handover.plan import Level
from handover.shortage import needs_of, shortages
from handover.why import Reasons
from solver.program import Searcher
from solver.trial import Outcome, Trials
from solver.watch import Watch, silent

KINDS = ("clear", "max_points", "band", "skill", "more workers", "rule")
OFFERED_AT_MOST = 5
OF_A_KIND = 2
TRIED_OF_A_KIND = 4
"""Persons, teams or rules tried of each kind: the likeliest first."""
HIRED_AT_MOST = 8
EVIDENCE = {
    "swe_number": "a Social Work England number of the right form",
    "swe_registered_until": "a registration that covers {go_live}",
    "swe_restrictions": "the register looked at, without restrictions",
    "dbs_number": "a DBS number of 12 digits",
    "dbs_issued_on": "a DBS certificate issued by {go_live}",
    "ready_on": "a start, laptop, access and induction by {go_live}",
    "available_to": "a stay until {contract_end}",
}
"""What would have to hold, by failed check. Years of experience are not there: nobody can mend them by go-live."""


@dataclass(frozen=True, order=True)
class Remedy:
    """A change that was tried and helps: what is left (children without a worker, or points outside bands), whether
    the bands are then not held, its kind (number in KINDS), what to do, and what it comes to."""

    left: int
    uneven: bool
    kind: int
    words: str
    outcome: Outcome
    engagement: Engagement = field(compare=False)


@dataclass
class Case:
    """What is wrong, and what was found to help so far. `left_out` children are without a worker (families `stuck`);
    or nobody is, and `outside` points lie outside the bands."""

    engagement: Engagement
    left_out: int
    outside: int
    stuck: tuple[Family, ...]
    trials: Trials
    found: list[Remedy] = field(default_factory=list)
    partly: list[tuple[int, int, str, Engagement]] = field(default_factory=list)

    @cached_property
    def nobodys(self) -> int:
        """Children whom nobody may take, whatever room there is."""
        reasons = Reasons(self.engagement, {})
        return sum(len(f.children) for f in self.stuck if not reasons.able(f))

    @property
    def wrong(self) -> int:
        """Children left out, or else points outside bands."""
        return self.left_out or self.outside

    def left(self, outcome: Outcome) -> int:
        """What of it an outcome leaves."""
        if self.left_out:
            return outcome.unallocated
        return self.wrong if outcome.unallocated else outcome.outside

    def attempt(self, kind: str, words: str, changed: Engagement) -> Outcome:
        """Try a change; keep it when it helps."""
        outcome = self.trials.outcome(changed)
        number = KINDS.index(kind)
        if outcome.complete or (self.left_out and self.left(outcome) < self.wrong):
            self.found.append(Remedy(self.left(outcome), not outcome.complete, number, words, outcome, changed))
        elif not self.left_out and not outcome.unallocated and outcome.outside_at_least < self.wrong:
            self.partly.append((outcome.outside_at_least, number, words, changed))
        return outcome

    def settles(self, changed: Engagement) -> bool:
        """True when under the change nobody is left out and, unless that is what is wrong, every band holds."""
        if self.left_out:
            return self.trials.outcome(changed).unallocated == 0
        return self.trials.holds(changed)


def remedies(
    engagement: Engagement, stuck: Sequence[Family], levels: Sequence[Level], watch: Watch, seed: int = 0
) -> tuple[str, ...]:
    """Sentences on the cheapest single changes that place every child, or else bring all into their bands; those that
    help in part say what is left. Empty when nothing is wrong or nothing was found in time.

    `stuck` are the families left out, `levels` those of the allocation.
    """
    level = {one.name: one for one in levels}
    left_out, outside = level["unallocated"], level["outside_bands"]
    if not (left_out.value or outside.value) or watch.stopped():
        return ()
    with Searcher() as searcher:
        # the trials' figures are of engagements that do not exist: whoever listens hears none of them
        trials = Trials(searcher, replace(watch, progress=silent), seed)
        case = Case(engagement, int(left_out.value), int(outside.value), tuple(stuck), trials)
        wrong = left_out if left_out.value else outside
        if not wrong.proven and case.settles(engagement):
            return ("Nothing needs to change: a better plan exists. Plan again with more time.",)
        best = ways_out(case)
        over = trials.over
    said = tuple(f"{remedy.words}: {_effect(case, remedy)}" for remedy in best)
    return (*said, "There may be more ways out: the clock ended the search for them.") if over else said


def ways_out(case: Case) -> list[Remedy]:
    """The few changes to offer: those that leave least, within the bands, in the order of their kinds."""
    _search(case)
    chosen: list[Remedy] = []
    for remedy in sorted(case.found):
        if sum(one.kind == remedy.kind for one in chosen) < OF_A_KIND:
            chosen.append(remedy)
    return chosen[:OFFERED_AT_MOST]


def _search(case: Case) -> None:
    for number, kind in enumerate((_clear, _max_points, _bands, _skills, _more_workers, _rules)):
        for _ in kind(case):
            if case.trials.over:
                return
            if sum(one.kind == number and one.left == 0 for one in case.found) >= OF_A_KIND:
                break
    if case.left_out or case.found:
        return
    # no single change mends the bands: the few that may come nearest
    for _, kind_number, words, changed in sorted(case.partly, key=lambda one: one[:3])[:TRIED_OF_A_KIND]:
        if case.trials.over:
            return
        outcome = case.trials.evened(changed)
        if case.left(outcome) < case.wrong:
            case.found.append(Remedy(case.left(outcome), not outcome.complete, kind_number, words, outcome, changed))


def _effect(case: Case, remedy: Remedy) -> str:
    outcome = remedy.outcome
    if not case.left_out:
        if outcome.complete:
            return "every band then holds."
        return f"{_points(remedy.left)} then lie outside the bands, not {case.outside}."
    if remedy.left:
        return f"places {case.left_out - remedy.left} of the {case.left_out} children left out, and {remedy.left} not."
    if outcome.complete:
        return "every child then has a worker, within the bands."
    if outcome.outside_at_least:
        return f"every child then has a worker, but with {_points(outcome.outside_at_least)} or more outside the bands."
    return "every child then has a worker; no plan within the bands was found."


def _points(number: int) -> str:
    return f"{number} point{'s' * (number != 1)}"


def _clear(case: Case) -> Iterator[None]:
    """People of the incoming teams who may not receive yet, those with least to mend first."""
    engagement, settings = case.engagement, case.engagement.settings
    people = [(failed(w, engagement), w) for w in engagement.workers if w.side != "outgoing"]
    people = [(why, w) for why, w in people if w.role == "social_worker" and why and set(why) <= set(EVIDENCE)]
    for why, worker in sorted(people, key=lambda one: (len(one[0]), one[1].worker_id))[:TRIED_OF_A_KIND]:
        changed = with_worker(engagement, _mended(worker, why, engagement))
        if receives(changed.worker[worker.worker_id], changed):
            dates = {"go_live": settings.go_live, "contract_end": settings.contract_end}
            needs = " and ".join(EVIDENCE[check].format(**dates) for check in why)
            case.attempt("clear", f"Clear {_named(worker)}, which takes {needs}", changed)
        yield


def _mended(worker: Worker, why: Sequence[str], engagement: Engagement) -> Worker:
    """The worker with all that fails put right."""
    settings, live = engagement.settings, engagement.settings.go_live
    mended: dict[str, object] = {
        "swe_number": "SW1",
        "swe_registered_until": settings.contract_end,
        "swe_restrictions": "no",
        "dbs_number": "0" * 12,
        "dbs_issued_on": min(worker.dbs_issued_on or live, live),
        "available_to": settings.contract_end,
    }
    changes = {check: mended[check] for check in why if check in mended}
    if "ready_on" in why:
        for column in ("available_from", "dbs_issued_on", "laptop_on", "system_access_on", "induction_on"):
            day = getattr(worker, column)
            changes[column] = day and min(day, live)
    return replace(worker, **changes)  # type: ignore[arg-type] # values by column, of that column's kind


def _max_points(case: Case) -> Iterator[None]:
    """One worker's `max_points`, raised to the least that works; those who can take most of what is stuck first."""
    engagement = case.engagement
    reasons = Reasons(engagement, {})
    stuck = {w.worker_id: 0 for w in receiving_workers(engagement)}
    for family in case.stuck:
        for worker_id in reasons.able(family):
            stuck[worker_id] += family_points(family, engagement)
    shares, band = fair_shares(engagement), engagement.settings.workload.worker_band
    limited = []
    for worker in receiving_workers(engagement):
        most, share = worker.max_points, shares[worker.worker_id]
        wanted = stuck[worker.worker_id] if case.left_out else floor((1 + band) * share) - (most or 0)
        if most is not None and wanted > 0:
            limited.append((-wanted, worker.worker_id, most, worker))
    for _, _, most, worker in sorted(limited, key=lambda one: one[:2])[:TRIED_OF_A_KIND]:
        _raise(case, worker, most)
        yield


def _raise(case: Case, worker: Worker, most: int) -> None:
    """Raise one worker's `max_points` from `most` to the least that works; by the flow first, which is quick."""

    def raised(points: int) -> Engagement:
        return with_worker(case.engagement, replace(worker, max_points=points))

    def lacking(points: int) -> int:
        short = shortages(raised(points), banded=not case.left_out)
        return sum(s.lacking for s in short if s.worker_ids or s.team_ids)

    def works(points: int) -> bool:
        if case.left_out:
            return case.trials.outcome(raised(points)).unallocated <= case.nobodys
        return case.trials.holds(raised(points))

    # a total above all points is no limit at all: what it does not help, no other does
    everything = max(most, total_points(case.engagement))
    goal, now = lacking(everything), lacking(most)
    if goal == now > 0 or (goal and not case.left_out):
        return
    least = _least(most, everything, lambda points: lacking(points) == goal)
    if least is not None and not goal:
        least = _least(least - 1, everything, works)
    if least is not None:
        case.attempt("max_points", f"Raise `max_points` of {_named(worker)} from {most} to {least}", raised(least))


def _bands(case: Case) -> Iterator[None]:
    """The bands as a whole, to the nearest hundredth that works: the worker's wider, the team's wider, the floor
    lower."""
    if case.left_out:
        return
    work = case.engagement.settings.workload
    for key, words, end in (
        ("worker_band", "Lift `worker_band`", 100),
        ("team_band", "Lift `team_band`", 100),
        ("worker_floor", "Lower `worker_floor`", 0),
    ):
        now: Fraction = getattr(work, key)
        sign = 1 if end else -1
        start = sign * floor(sign * now * 100)

        def widened(steps: int, key: str = key, start: int = start, sign: int = sign) -> Engagement:
            return with_workload(case.engagement, key, Fraction(start + sign * steps, 100))

        steps = _least(0, sign * (end - start), lambda steps, to=widened: case.trials.holds(to(steps)))  # type: ignore[misc]
        if steps is not None:
            value = float(Fraction(start + sign * steps, 100))
            case.attempt("band", f"{words} from {float(now):g} to {value:.2f}", widened(steps))
        yield


def _least(low: int, limit: int, works: Callable[[int], bool]) -> int | None:
    """The least number above `low` and up to `limit` that works, where what works goes on to work above; None: none."""
    step = 1
    while low < limit and not works(min(low + step, limit)):
        low, step = min(low + step, limit), step * 2
    if low >= limit:
        return None
    high = min(low + step, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if works(middle) else (middle, high)
    return high


def _skills(case: Case) -> Iterator[None]:
    """Skills for one worker: those with fewest to learn, without a limit and with most hours first."""
    for skills in filter(None, _wanted(case)):
        lacking = [w for w in receiving_workers(case.engagement) if set(skills) - set(w.skills)]
        lacking.sort(key=lambda w: (len(set(skills) - set(w.skills)), w.max_points is not None, -w.fte, w.worker_id))
        for worker in lacking[:TRIED_OF_A_KIND]:
            learnt = sorted(set(skills) - set(worker.skills))
            changed = with_worker(case.engagement, replace(worker, skills=(*worker.skills, *learnt)))
            case.attempt("skill", f"Train {_named(worker)} in {_and(learnt)}", changed)
            yield


def _more_workers(case: Case) -> Iterator[None]:
    """One more full-time worker, in the team where it does most; and as many as it takes to hold the bands."""
    teams = [t.team_id for t in case.engagement.teams][:TRIED_OF_A_KIND]
    for skills in _wanted(case) or ((),):
        tried: list[tuple[Outcome, str]] = []
        for team_id in teams:
            outcome = case.trials.outcome(with_more(case.engagement, 1, team_id, skills))
            tried.append((replace(outcome, outside=0 if outcome.complete else 1), team_id))
            if outcome.complete or case.trials.over:
                break
            yield
        best, team_id = min(tried)
        case.attempt("more workers", _hired(1, team_id, skills), with_more(case.engagement, 1, team_id, skills))
        yield
        if best.complete:
            return
        for number in range(2, HIRED_AT_MOST + 1) if best.unallocated == 0 else ():
            changed = with_more(case.engagement, number, team_id, skills)
            if case.trials.holds(changed):
                case.attempt("more workers", _hired(number, team_id, skills), changed)
                return
            yield


def _hired(number: int, team_id: str, skills: Sequence[str]) -> str:
    who = "One more full-time worker" if number == 1 else f"{number} more full-time workers"
    return f"{who}{f' with {_and(skills)}' if skills else ''} in {team_id}"


def _rules(case: Case) -> Iterator[None]:
    """One `never` or `always` of a family that is stuck or competes."""
    children = {c.child_id for f in case.stuck or _competing(case) for c in f.children}
    rules = [r for r in case.engagement.rules if r.rule in ("never", "always") and r.child_id in children]
    rules.sort(key=lambda r: (r.rule, r.child_id, r.worker_id or ""))
    for rule in rules[: 2 * TRIED_OF_A_KIND]:
        changed = replace(case.engagement, rules=tuple(r for r in case.engagement.rules if r != rule))
        reason = f" ({rule.reason})" if rule.reason else ""
        words = f"Review whether {rule.child_id} must {rule.rule} go to {rule.worker_id}{reason}; without that rule"
        case.attempt("rule", words, changed)
        yield


def _competing(case: Case) -> list[Family]:
    """Families of the groups that are short of room."""
    return [f for short in shortages(case.engagement, banded=not case.left_out) for f in short.families]


def _wanted(case: Case) -> tuple[tuple[str, ...], ...]:
    """Sets of skills that may help, perhaps none, the smallest first: what each group that is short needs in common,
    and in all."""
    groups = [short.families for short in shortages(case.engagement, banded=not case.left_out) if short.families]
    if case.stuck:
        groups.append(case.stuck)
    found: dict[tuple[str, ...], None] = {}
    for group in groups[-3:]:
        needs = [set(needs_of(family)) for family in group]
        for skills in (set.intersection(*needs), set.union(*needs)):
            found[tuple(sorted(skills))] = None
    return tuple(sorted(found, key=lambda skills: (len(skills), skills)))


def with_worker(engagement: Engagement, worker: Worker) -> Engagement:
    """The engagement with one worker as given."""
    changed = (worker if w.worker_id == worker.worker_id else w for w in engagement.workers)
    return replace(engagement, workers=tuple(changed))


def with_workload(engagement: Engagement, key: str, value: Fraction) -> Engagement:
    """The engagement with one key of its workload as given."""
    work = replace(engagement.settings.workload, **{key: value})  # type: ignore[arg-type] # a share's key
    return replace(engagement, settings=replace(engagement.settings, workload=work))


def with_more(engagement: Engagement, number: int, team_id: str, skills: Sequence[str]) -> Engagement:
    """The engagement with more full-time workers of a team, cleared and ready on the first day, with these skills."""
    settings = engagement.settings
    new = Worker(
        "",
        "",
        "social_worker",
        "incoming",
        team_id,
        qualified_on=settings.go_live.replace(
            year=settings.go_live.year - settings.requirements.social_worker_years_qualified - 1, day=1
        ),
        swe_number="SW1",
        swe_registered_until=settings.contract_end,
        swe_restrictions="no",
        dbs_number="0" * 12,
        dbs_issued_on=settings.window_start,
        skills=tuple(skills),
    )
    # an id that sorts after every other and is nobody's
    last = max(w.worker_id for w in engagement.workers)
    hired = tuple(replace(new, worker_id=f"{last}+{n}") for n in range(1, number + 1))
    return replace(engagement, workers=engagement.workers + hired)


def _named(worker: Worker) -> str:
    return f"{worker.name} ({worker.worker_id})"


def _and(skills: Iterable[str]) -> str:
    *first, last = (f"`{skill}`" for skill in skills)
    return f"{', '.join(first)} and {last}" if first else last
