"""The checker's own reading of an engagement (contract §2 and §3), written apart from the planner's modules.

Only values come from elsewhere. Where this reading and the planner's differ, one of the two is wrong, and a plan that
shows it is not kept.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from handover.engagement import Child, Engagement, Episode, Event, Task, Worker

HEARINGS = ("review_conference", "court_hearing")


@dataclass(frozen=True)
class Limits:
    """Whole points: the band's ends, and the least a holder must have (a worker's floor, a team's low end)."""

    low: int
    high: int
    least: int


@dataclass(frozen=True)
class Facts:
    """What an engagement says about its people, children and families, each figure worked out once."""

    engagement: Engagement

    @cached_property
    def families(self) -> Mapping[str, tuple[Child, ...]]:
        """Siblings by family id; a child with the rule `separate`, or without a family, goes by its own id. §2."""
        alone = {rule.child_id for rule in self.engagement.rules if rule.rule == "separate"}
        found: dict[str, list[Child]] = defaultdict(list)
        for child in self.engagement.children:
            own = child.family_id is None or child.child_id in alone
            found[child.child_id if own else str(child.family_id)].append(child)
        return {family_id: tuple(children) for family_id, children in found.items()}

    @cached_property
    def family_of(self) -> Mapping[str, str]:
        """Family id by child id."""
        return {child.child_id: family_id for family_id, children in self.families.items() for child in children}

    @cached_property
    def workers(self) -> Mapping[str, Worker]:
        """Everybody by id."""
        return {worker.worker_id: worker for worker in self.engagement.workers}

    @cached_property
    def managers(self) -> Mapping[str, str]:
        """The manager's id by team id, as `teams.csv` names them."""
        return {team.team_id: team.manager_id for team in self.engagement.teams}

    @cached_property
    def events(self) -> Mapping[str, tuple[Event, ...]]:
        """Events by child id."""
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.engagement.events:
            found[event.child_id].append(event)
        return {child_id: tuple(events) for child_id, events in found.items()}

    def is_working(self, day: date) -> bool:
        """True on a day that is neither Saturday, Sunday nor closed. §1."""
        return day.isoweekday() <= 5 and day not in self.engagement.closed_days

    def first_working(self, *days: date | None) -> date:
        """The first working day on or after all of the days given."""
        day = max(day for day in days if day is not None)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def is_cleared(self, worker: Worker) -> bool:
        """True when registration, DBS and experience all hold on go-live. §2."""
        settings = self.engagement.settings
        manager = worker.role == "team_manager"
        years = settings.requirements.years_qualified(worker.role)
        number = "".join(worker.swe_number.split()).upper()
        return (
            number[:2] == "SW"
            and _digits(number[2:], 1, 6)
            and number[2] != "0"
            and worker.swe_registered_until is not None
            and worker.swe_registered_until >= settings.go_live
            and worker.swe_restrictions.lower() == "no"
            and _digits(worker.dbs_number, 12, 12)
            and worker.dbs_issued_on is not None
            and _has_years(worker.qualified_on, years, settings.go_live)
            and (
                not manager
                or _has_years(
                    worker.managing_since, settings.requirements.team_manager_years_managing, settings.go_live
                )
            )
        )

    @cached_property
    def cleared(self) -> frozenset[str]:
        """Ids of everybody who is cleared. §2."""
        return frozenset(worker.worker_id for worker in self.engagement.workers if self.is_cleared(worker))

    @cached_property
    def meets_from(self) -> Mapping[str, date]:
        """From when each person may meet families; who has no DBS date is not in it. §2."""
        return {
            worker.worker_id: self.first_working(
                self._start(worker), *self._by_columns_and_tasks(worker, {"dbs_issued_on": "dbs"}, "dbs")
            )
            for worker in self.engagement.workers
            if worker.dbs_issued_on is not None
        }

    @cached_property
    def ready_on(self) -> Mapping[str, date]:
        """From when each person may hold cases; who has no DBS date is not in it. §2."""
        words = {
            "dbs_issued_on": "dbs",
            "laptop_on": "laptop",
            "system_access_on": "system access",
            "induction_on": "induction",
        }
        return {
            worker.worker_id: self.first_working(self._start(worker), *self._by_columns_and_tasks(worker, words, ""))
            for worker in self.engagement.workers
            if worker.dbs_issued_on is not None
        }

    def _by_columns_and_tasks(self, worker: Worker, columns: Mapping[str, str], about: str) -> Iterator[date | None]:
        """The worker's dates in the columns, but for one whose word is in the names of done tasks alone, and the days
        on which the worker's tasks about `about` are done."""
        own = [task for task in self.engagement.tasks if task.subject == worker.worker_id]
        for column, word in columns.items():
            pending = {task.done_on is None for task in own if word in task.name.lower()}
            if pending != {False}:
                yield getattr(worker, column)
        yield from (self.task_days[task.task_id][0] for task in own if about in task.name.lower())

    @cached_property
    def task_days(self) -> Mapping[str, tuple[date, date]]:
        """By task id the day it is done, and the first working day left to what waits for it: tasks in tasks.csv, each
        as soon as those of its `after` allow."""
        waiting = list(self.engagement.tasks)
        found: dict[str, tuple[date, date]] = {}
        while waiting:
            able = [task for task in waiting if task.done_on or found.keys() >= set(task.after)]
            if not able:
                return found
            for task in able:
                found[task.task_id] = self._worked(task, [found[before] for before in task.after if before in found])
            waiting = [task for task in waiting if task.task_id not in found]
        return found

    def _worked(self, task: Task, before: Sequence[tuple[date, date]]) -> tuple[date, date]:
        morrow = timedelta(days=1)
        if task.done_on is not None:
            return task.done_on, self.first_working(task.done_on + morrow if task.days else task.done_on)
        earliest = task.not_before or (None if task.after else self.engagement.settings.window_start)
        first = None if earliest is None else self.first_working(earliest)
        free = self.first_working(first, *(day for _, day in before))
        if not task.days:
            return self.first_working(first, *(day for day, _ in before)), free
        for _ in range(task.days - 1):
            free = self.first_working(free + morrow)
        return free, self.first_working(free + morrow)

    def _start(self, worker: Worker) -> date:
        return worker.available_from or self.engagement.settings.window_start

    @cached_property
    def receiving(self) -> Mapping[str, Worker]:
        """Receiving workers by id. §2."""
        settings = self.engagement.settings
        found = {}
        for worker in self.engagement.workers:
            if worker.role != "social_worker" or worker.side == "outgoing" or worker.worker_id not in self.cleared:
                continue
            ready = self.ready_on[worker.worker_id]
            stays = worker.available_to is None or worker.available_to >= max(ready, settings.go_live)
            if ready <= settings.contract_end and stays:
                found[worker.worker_id] = worker
        return found

    def is_ready(self, worker_id: str) -> bool:
        """True when the person may hold cases on go-live. §4."""
        return worker_id in self.ready_on and self.ready_on[worker_id] <= self.engagement.settings.go_live

    @cached_property
    def ready(self) -> frozenset[str]:
        """Ids of the receiving workers who are ready on go-live. §4."""
        return frozenset(filter(self.is_ready, self.receiving))

    @cached_property
    def ready_of_team(self) -> Mapping[str, frozenset[str]]:
        """Ids of the receiving workers who are ready on go-live, by team id; teams without one are not in it."""
        teams = {str(self.receiving[person].team_id) for person in self.ready}
        return {t: frozenset(p for p in self.ready if self.receiving[p].team_id == t) for t in teams}

    @cached_property
    def cleared_managers(self) -> frozenset[str]:
        """Ids of the incoming or staying managers who are cleared. §4."""
        managers = (w for w in self.engagement.workers if w.role == "team_manager" and w.side != "outgoing")
        return frozenset(w.worker_id for w in managers) & self.cleared

    @cached_property
    def never(self) -> Mapping[str, frozenset[str]]:
        """Ids of people with a `never` for any of the siblings, by family id; families without one are not in it."""
        return self._named_by("never")

    @cached_property
    def always(self) -> Mapping[str, frozenset[str]]:
        """Ids of people that the siblings must always go to, by family id; families without one are not in it."""
        return self._named_by("always")

    def _named_by(self, kind: str) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for rule in self.engagement.rules:
            if rule.rule == kind and rule.worker_id is not None:
                found[self.family_of[rule.child_id]].add(rule.worker_id)
        return {family_id: frozenset(people) for family_id, people in found.items()}

    @cached_property
    def needs(self) -> Mapping[str, frozenset[str]]:
        """The skills that all siblings together need, by family id."""
        return {
            family_id: frozenset(need for child in children for need in child.needs)
            for family_id, children in self.families.items()
        }

    @cached_property
    def skilled(self) -> Mapping[frozenset[str], tuple[Worker, ...]]:
        """The receiving workers who have every skill, by the skills that some family needs."""
        return {
            needs: tuple(worker for worker in self.receiving.values() if needs.issubset(worker.skills))
            for needs in set(self.needs.values())
        }

    def may_take(self, family_id: str) -> Iterator[Worker]:
        """The receiving workers who can take the family, whatever they hold already. §2."""
        skilled = self.skilled[self.needs[family_id]]
        return (worker for worker in skilled if not self.stands_against(family_id, worker))

    def stands_against(self, family_id: str, worker: Worker) -> str:
        """The rule by which a receiving worker may not take the family, in words; blank when they may. §2."""
        lacking = self.needs[family_id].difference(worker.skills)
        if lacking:
            return f"has not every skill in needs ({', '.join(sorted(lacking))})"
        if worker.worker_id in self.never.get(family_id, ()):
            return "has the rule never with a sibling"
        if self.always.get(family_id, frozenset()) - {worker.worker_id}:
            return "is not the one whom a sibling must always go to"
        return ""

    @cached_property
    def points(self) -> Mapping[str, int]:
        """Points by child id: the child's own, or the default of the plan. §3."""
        default = self.engagement.settings.workload.points
        return {c.child_id: default[c.plan] if c.points is None else c.points for c in self.engagement.children}

    @cached_property
    def family_points(self) -> Mapping[str, int]:
        """Points of all siblings, by family id."""
        return {f: sum(self.points[child.child_id] for child in children) for f, children in self.families.items()}

    @cached_property
    def fair(self) -> Mapping[str, Fraction]:
        """Fair shares in points by id of the receiving worker: `P × fte / Σ fte`. §3."""
        everything, people = sum(self.points.values()), sum(worker.fte for worker in self.receiving.values())
        return {worker_id: everything * worker.fte / people for worker_id, worker in self.receiving.items()}

    @cached_property
    def team_fair(self) -> Mapping[str, Fraction]:
        """Fair shares by team id: the sum of the receiving workers'. §3."""
        found = dict.fromkeys(self.managers, Fraction(0))
        for worker_id, share in self.fair.items():
            found[str(self.receiving[worker_id].team_id)] += share
        return found

    @cached_property
    def worker_limits(self) -> Mapping[str, Limits]:
        """Bands and floors of the receiving workers, cut down to `max_points`. §3."""
        work = self.engagement.settings.workload
        found = {}
        for worker_id, share in self.fair.items():
            ends = (
                ceil(share - work.worker_band * share),
                floor(share + work.worker_band * share),
                ceil(work.worker_floor * share),
            )
            most = self.receiving[worker_id].max_points
            found[worker_id] = Limits(*(end if most is None or end < most else most for end in ends))
        return found

    @cached_property
    def team_limits(self) -> Mapping[str, Limits]:
        """Bands of the teams, held at both ends. §3."""
        band = self.engagement.settings.workload.team_band
        return {
            team_id: Limits(ceil(share - band * share), floor(share + band * share), ceil(share - band * share))
            for team_id, share in self.team_fair.items()
        }

    @cached_property
    def episodes(self) -> Mapping[str, tuple[Episode, ...]]:
        """Episodes by child id in date order, ties as they stand. §3."""
        found: dict[str, list[Episode]] = defaultdict(list)
        for episode in self.engagement.history:
            found[episode.child_id].append(episode)
        return {child_id: tuple(sorted(e, key=lambda episode: episode.from_date)) for child_id, e in found.items()}

    @cached_property
    def prior(self) -> Mapping[str, int]:
        """Changes in the `changes_months` before the window, by child id. §3."""
        until = self.engagement.settings.window_start
        since = _months_before(until, self.engagement.settings.history.changes_months)
        found = {}
        for child in self.engagement.children:
            count, last = 0, None
            for episode in self.episodes.get(child.child_id, ()):
                if last not in (None, episode.worker_id) and since <= episode.from_date < until:
                    count += 1
                last = episode.worker_id
            found[child.child_id] = count
        return found

    @cached_property
    def known(self) -> frozenset[tuple[str, str]]:
        """Pairs of a child's id and the id of a worker known to it. §3."""
        settings = self.engagement.settings
        since = _months_before(settings.window_start, settings.history.known_months)
        held = {(child.child_id, child.worker_id) for child in self.engagement.children}
        ruled = {(r.child_id, str(r.worker_id)) for r in self.engagement.rules if r.rule == "knows"}
        met = {(e.child_id, e.worker_id) for e in self.engagement.history if e.to_date is None or since <= e.to_date}
        return frozenset(held | ruled | met)

    def is_late(self, child: Child, worker_id: str) -> bool:
        """True when somebody else must hold the child from go-live until the receiving worker is ready. §3, §4."""
        return child.worker_id != worker_id and self.ready_on[worker_id] > self.engagement.settings.go_live

    def changes(self, child: Child, worker_id: str) -> int:
        """Changes of social worker for a child who goes to a receiving worker: 0 to 3. §3."""
        count = int(child.worker_id != worker_id) + int(self.is_late(child, worker_id))
        contract_end, leaves = self.engagement.settings.contract_end, self.receiving[worker_id].available_to
        end = min(contract_end, child.expected_close_on or contract_end)
        return count if leaves is None or leaves >= end else count + 1

    def hearings(self, child: Child) -> tuple[date, ...]:
        """Days of the child's review conferences and court hearings, in order."""
        return tuple(sorted(e.on for e in self.events.get(child.child_id, ()) if e.kind in HEARINGS))

    def stranger(self, child: Child, worker_id: str) -> int:
        """What level `strangers` counts for a child who goes to a receiving worker: 0, 1 or 3. §3."""
        go_live = self.engagement.settings.go_live
        if (child.child_id, worker_id) in self.known or self.meets_from[worker_id] < go_live:
            return 0
        return 3 if any(0 <= (day - go_live).days <= 13 for day in self.hearings(child)) else 1

    def hands_over(self, family_id: str, worker_id: str) -> str | None:
        """Who hands over for the family: of those other than the receiving worker, who holds most siblings now, the
        lowest id of several; None when no sibling's worker changes. §4."""
        held: dict[str, int] = defaultdict(int)
        for child in self.families[family_id]:
            if child.worker_id != worker_id:
                held[child.worker_id] += 1
        return min((p for p in held if held[p] == max(held.values())), default=None)

    def visit_due(self, family_id: str) -> bool:
        """True for a family with a child on a plan that asks for a joint visit. §4."""
        plans = self.engagement.settings.handover.joint_visit_for
        return any(child.plan in plans for child in self.families[family_id])


def _digits(text: str, least: int, most: int) -> bool:
    return least <= len(text) <= most and text.isascii() and text.isdigit()


def _has_years(since: date | None, years: int, on: date) -> bool:
    """True when the anniversary that completes the years has come by `on`."""
    return since is not None and (since.year + years, since.month, since.day) <= (on.year, on.month, on.day)


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of a shorter month. §3."""
    count = day.year * 12 + (day.month - 1) - months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
