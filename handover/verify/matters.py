"""The flags: everything a person must decide is said, with its severity, naming whom it is about (§5)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from handover.plan import Appointment, Flag, Plan
from handover.verify.allocation import ToWorker
from handover.verify.facts import Facts

WORD = re.compile(r"[\w/-]+")


@dataclass(frozen=True)
class Matter:
    """Something that must be flagged: about one of the ids in `about`, and naming one of `naming` where it has any.

    Matters of one severity and the same `whose` (a family, an unallocated child, a worker) each need a flag.
    """

    severity: str
    whose: str
    what: str
    about: tuple[str, ...]
    naming: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Flags:
    """The plan's flags, to be found by severity and the ids they name."""

    flags: tuple[Flag, ...]

    @cached_property
    def _words(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(WORD.findall(self._text(flag))) for flag in self.flags)

    @cached_property
    def _by_word(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for n, words in enumerate(self._words):
            for word in words:
                found[self.flags[n].severity, word].append(n)
        return {key: tuple(numbers) for key, numbers in found.items()}

    @cached_property
    def _by_subject(self) -> Mapping[tuple[str, str], tuple[int, ...]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for n, flag in enumerate(self.flags):
            found[flag.severity, flag.subject].append(n)
        return {key: tuple(numbers) for key, numbers in found.items()}

    def _text(self, flag: Flag) -> str:
        return f"{flag.subject} {flag.matter} {flag.action}"

    def _names(self, n: int, some_id: str) -> bool:
        """True when the id stands in the flag, as a word of its own where it is one."""
        if WORD.fullmatch(some_id):
            return some_id in self._words[n]
        return some_id in self._text(self.flags[n])

    def about(self, matter: Matter) -> frozenset[int]:
        """Numbers of the flags that would do for the matter: one of the ids is the subject; where it is about two, the
        other is named."""
        mine = frozenset(n for some_id in matter.about for n in self._by_subject.get((matter.severity, some_id), ()))
        if not matter.naming:
            return mine
        turned = {
            n
            for some_id in matter.about
            for word in WORD.findall(some_id)[:1]
            for n in self._by_word.get((matter.severity, word), ())
            if self.flags[n].subject in matter.naming and self._names(n, some_id)
        }
        return frozenset(n for n in mine if any(self._names(n, other) for other in matter.naming)) | turned


def flag_findings(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    """Flags that are badly made, and matters without a flag. Matters about the same ids each need a flag. §5."""
    ids = {*facts.families, *facts.family_of, *facts.workers, *facts.managers}
    for flag in plan.flags:
        if flag.severity not in ("stop", "warn", "info"):
            yield f"Flag on {flag.subject}: severity is {flag.severity}."
        if flag.subject not in ids:
            yield f"Flag on {flag.subject}: the subject is no child, family, worker or team."
        if not flag.matter.strip():
            yield f"Flag on {flag.subject}: matter is blank."
    flags = Flags(plan.flags)
    together: dict[tuple[str, str], dict[str, frozenset[int]]] = defaultdict(dict)
    for matter in (*_family_matters(facts, plan, to_worker), *_people_matters(facts, to_worker)):
        found = flags.about(matter)
        if not found:
            yield f"No {matter.severity} flag names {matter.about[0]}: {matter.what}."
        else:
            kinds = together[matter.severity, matter.whose]
            kinds[matter.what] = kinds.get(matter.what, frozenset()) | found
    for (severity, whose), kinds in together.items():
        if len(frozenset[int]().union(*kinds.values())) < len(kinds):
            yield f"Fewer {severity} flags on {whose} than matters: {'; '.join(sorted(kinds))}."
    yield from _average(facts, plan, to_worker)


def _average(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[str]:
    children = sum(len(facts.families[family_id]) for family_id, w in to_worker.items() if w is not None)
    fte = sum((worker.fte for worker in facts.receiving.values()), Fraction(0))
    if children > facts.engagement.settings.workload.most_children * fte:
        teams = {flag.subject for flag in plan.flags if flag.severity == "stop"}.intersection(facts.managers)
        if not teams:
            yield "No stop flag names a team: the average is above most_children."


def _family_matters(facts: Facts, plan: Plan, to_worker: ToWorker) -> Iterator[Matter]:
    go_live, window_start = facts.engagement.settings.go_live, facts.engagement.settings.window_start
    meetings = {a.family_id: a for a in plan.appointments if a.kind == "meeting"}
    visits = {a.family_id: a for a in plan.appointments if a.kind == "joint_visit"}
    interim = {allocation.child_id: allocation.interim_worker_id for allocation in plan.allocations}
    for family_id, worker_id in to_worker.items():
        children = facts.families[family_id]
        if worker_id is None:
            yield from _unallocated(facts, family_id)
            continue
        for child in children:
            about = (child.child_id, family_id)
            late = facts.is_late(child, worker_id)
            until = facts.ready_on[worker_id] if late else go_live
            if any(day == go_live or go_live < day < until for day in facts.hearings(child)):
                yield Matter("stop", family_id, "a conference or hearing on go-live or before ready_on", about)
            if late:
                yield from _between(facts, child.child_id, worker_id, interim[child.child_id], meetings.get(family_id))
        if facts.hands_over(family_id, worker_id) is not None:
            meeting, visit = meetings.get(family_id), visits.get(family_id)
            direct = meeting is not None and meeting.with_worker_id == worker_id
            met = [a.start.date() for a in (meeting if direct else None, visit) if a is not None]
            first = min((d for c in children for d in facts.hearings(c) if d >= window_start), default=None)
            if first is not None and (not met or min(met) > first):
                what = f"not introduced before the conference or hearing on {first}"
                yield Matter("warn", family_id, what, (family_id, *(child.child_id for child in children)))


def _unallocated(facts: Facts, family_id: str) -> Iterator[Matter]:
    """A matter for each child, naming a manager who could hold it on go-live where there is one."""
    go_live = facts.engagement.settings.go_live
    never = facts.never.get(family_id, frozenset())
    able = {
        manager
        for manager in facts.cleared.intersection(facts.managers.values()) - never
        if (gone := facts.workers[manager].available_to) is None or gone >= go_live
    }
    naming = frozenset(facts.managers.values()) if able else frozenset()
    for child in facts.families[family_id]:
        yield Matter("stop", child.child_id, "the child is unallocated", (child.child_id,), naming)


def _between(
    facts: Facts, child_id: str, worker_id: str, interim: str | None, meeting: Appointment | None
) -> Iterator[Matter]:
    """Matters of the time until the receiving worker is ready."""
    family_id = facts.family_of[child_id]
    if interim is None:
        yield Matter("stop", family_id, "nobody can hold the child in between", (child_id, family_id))
        return
    if meeting is None or interim != meeting.with_worker_id:
        what = f"interim worker {interim} was not at the handover meeting"
        yield Matter("warn", family_id, what, (family_id,), frozenset({interim}))
    days = [event.on for event in facts.events.get(child_id, ()) if event.kind == "statutory_visit"]
    if any(facts.engagement.settings.go_live <= day < facts.ready_on[worker_id] for day in days):
        what = f"a statutory visit is due before ready_on, with interim worker {interim}"
        yield Matter("warn", family_id, what, (child_id, family_id), frozenset({interim}))


def _people_matters(facts: Facts, to_worker: ToWorker) -> Iterator[Matter]:
    settings = facts.engagement.settings
    points: dict[str, int] = defaultdict(int)
    children: dict[str, int] = defaultdict(int)
    for family_id, worker_id in to_worker.items():
        if worker_id is not None:
            points[worker_id] += facts.family_points[family_id]
            children[worker_id] += len(facts.families[family_id])
    for worker_id, worker in facts.receiving.items():
        if points[worker_id] < facts.worker_limits[worker_id].low:
            yield Matter("warn", worker_id, "below the low end", (worker_id,))
        if children[worker_id] > settings.workload.most_children * worker.fte:
            yield Matter("warn", worker_id, "above most_children", (worker_id,))
    for worker in facts.engagement.workers:
        if worker.side == "outgoing":
            continue
        if worker.worker_id not in facts.cleared:
            yield Matter("warn", worker.worker_id, "not cleared", (worker.worker_id,))
        elif worker.swe_registered_until is not None and worker.swe_registered_until < settings.contract_end:
            what = "registration lapses before contract_end"
            yield Matter("warn", worker.worker_id, what, (worker.worker_id,))
