"""The schedule day by day: which family meets and is visited when, with as much of each kind as fits into a day.

A relaxation of §4: it forgets the hour, so its best is a bound, and what it decides is then put on the clock.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from ortools.sat.python import cp_model

from solver.schedule.diary import Bookings
from solver.schedule.patterns import Kind, fits, largest
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem

KINDS = (SUMMARY, MEETING, VISIT, SIGN_OFF)
FOLLOWS = "follows"
"""Visits that come on the day of their own meeting: not a kind of their own, but harder to place."""
IN_TIME = "in time"
"""Summaries and meetings that are over on the last day while somebody can still sign off."""
MANY = 999


@dataclass(frozen=True)
class Met:
    """What is decided for a task: the day of its meeting, whether that is relayed, the day of its visit (numbers)."""

    day: int
    relayed: bool
    visit: int | None = None


@dataclass(frozen=True)
class Room:
    """What fits into a person's day: the place of each kind in a count vector, and the largest vectors."""

    place: Mapping[str, int]
    vectors: tuple[tuple[int, ...], ...]


Load = Counter[int]
"""How many appointments a person has on a day, by their place in a room's vectors."""


@dataclass(frozen=True)
class Chances:
    """The days (numbers) on which a task could meet directly, meet relayed and by whom, and be visited."""

    direct: tuple[int, ...]
    relayed: Mapping[int, tuple[str, ...]]
    visit: tuple[int, ...]


class Days:
    """The problem seen by days: chances of tasks, room of people."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.from_first = tuple(problem.base(day) // problem.stride for day in problem.days)
        self.number = {day: n for n, day in enumerate(self.from_first)}
        self._on: dict[tuple[str, str, bool], dict[int, frozenset[int]]] = {}
        self._rooms: dict[tuple[str, int], Room] = {}

    def on(self, worker_id: str, kind: str, *, gives: bool) -> Mapping[int, frozenset[int]]:
        """The person's possible starts by day number, as offsets into the day."""
        key = (worker_id, kind, gives)
        if key not in self._on:
            days = enumerate(self.problem.days)
            on = {n: self.problem.offsets(worker_id, kind, day, gives=gives) for n, day in days}
            self._on[key] = {n: offsets for n, offsets in on.items() if offsets}
        return self._on[key]

    @cached_property
    def chances(self) -> tuple[Chances, ...]:
        """Chances of each task. A pair of people without a common start on a day cannot meet on it."""
        together: dict[tuple[str, str, str], frozenset[int]] = {}

        def common(giver: str, other: str, kind: str) -> frozenset[int]:
            key = (giver, other, kind)
            if key not in together:
                mine, theirs = self.on(giver, kind, gives=True), self.on(other, kind, gives=False)
                together[key] = frozenset(day for day in mine.keys() & theirs.keys() if mine[day] & theirs[day])
            return together[key]

        found = []
        for task in self.problem.tasks:
            relayed = {
                day: tuple(p for p in task.relays if day in common(task.giver, p, MEETING))
                for day in self.on(task.giver, MEETING, gives=True)
            }
            barred = {n for n, day in enumerate(self.problem.days) if day in task.barred}
            visit = common(task.giver, task.receiver, VISIT) - barred if task.due else frozenset()
            found.append(
                Chances(
                    tuple(sorted(common(task.giver, task.receiver, MEETING))),
                    {day: who for day, who in sorted(relayed.items()) if who},
                    tuple(sorted(visit)),
                )
            )
        return tuple(found)

    def room(self, worker_id: str, day: int) -> Room:
        """What fits into the person's day. Kinds as long as each other that may start at the same times are one."""
        if (worker_id, day) not in self._rooms:
            kinds: list[Kind] = []
            place = {}
            most_visits = self.problem.visits_left(worker_id, self.from_first[day])
            for kind in KINDS:
                starts = self.on(worker_id, kind, gives=True) if kind != SIGN_OFF else {}
                other = self.on(worker_id, kind, gives=False) if kind != SUMMARY else {}
                visits = kind == VISIT
                shape = Kind(
                    self.problem.length[kind],
                    tuple(sorted(starts.get(day, frozenset()) | other.get(day, frozenset()))),
                    self.problem.travel if visits else 0,
                    most_visits if visits else MANY,
                )
                if visits or shape not in kinds:
                    kinds.append(shape)
                place[kind] = len(kinds) - 1 if visits else kinds.index(shape)
            place[FOLLOWS], place[IN_TIME] = len(kinds), len(kinds) + 1
            timely = frozenset((place[SUMMARY], place[MEETING]) if day == self.last else ())
            over_by = self.signed_by.get(worker_id, -1)
            self._rooms[worker_id, day] = Room(place, fits(tuple(kinds), place[VISIT], place[MEETING], timely, over_by))
        return self._rooms[worker_id, day]

    @property
    def last(self) -> int:
        """The number of the last day: what is not signed off on it never is."""
        return len(self.problem.days) - 1

    @cached_property
    def signed_by(self) -> Mapping[str, int]:
        """The last start (offset into the last day) of a sign-off for any family of a person who hands over."""
        found: dict[str, int] = {}
        for task in self.problem.tasks:
            for signer in task.signers:
                starts = self.on(signer, SIGN_OFF, gives=False).get(self.last, frozenset())
                found[task.giver] = max(found.get(task.giver, -1), *starts, -1)
        return found

    def summaries_in_time(self, worker_id: str) -> bool:
        """True when a summary of the last day is always over in time, for its meeting has to follow."""
        meetings = self.on(worker_id, MEETING, gives=True).get(self.last, frozenset())
        return max(meetings, default=0) <= self.signed_by.get(worker_id, -1)

    def load(self, worker_id: str, day: int, made: Mapping[str, Bookings], plan: Mapping[int, Met]) -> Load:
        """What the person does on the day: summaries as booked, meetings and visits as planned."""
        place = self.room(worker_id, day).place
        load = Load()
        for index in self.of_person[worker_id]:
            task, met = self.problem.tasks[index], plan.get(index)
            summary = made.get(task.family_id, {}).get(SUMMARY)
            if task.giver == worker_id and summary is not None:
                load[place[SUMMARY]] += self.number[summary.start // self.problem.stride] == day
            if met is not None:
                here = task.giver == worker_id or not met.relayed
                load[place[MEETING]] += met.day == day and here
                load[place[VISIT]] += met.visit == day
                load[place[FOLLOWS]] += met.visit == met.day == day and here
        return load

    @cached_property
    def of_person(self) -> Mapping[str, tuple[int, ...]]:
        """The tasks in which a person hands over or receives."""
        found: dict[str, list[int]] = defaultdict(list)
        for index, task in enumerate(self.problem.tasks):
            found[task.giver].append(index)
            found[task.receiver].append(index)
        return {worker_id: tuple(tasks) for worker_id, tasks in found.items()}

    def seen(self, made: Mapping[str, Bookings]) -> dict[int, Met]:
        """A schedule by days: what is decided for each task that has a meeting."""
        found = {}
        for index, task in enumerate(self.problem.tasks):
            booked = made.get(task.family_id, {})
            if MEETING in booked:
                visit = booked.get(VISIT)
                found[index] = Met(
                    self.number[booked[MEETING].start // self.problem.stride],
                    booked[MEETING].other != task.receiver,
                    None if visit is None else self.number[visit.start // self.problem.stride],
                )
        return found


@cache
def _onto(vectors: tuple[tuple[int, ...], ...], places: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The largest vectors as far as some places go."""
    return largest({tuple(vector[p] for p in places) for vector in vectors})


def _short_of(vectors: tuple[tuple[int, ...], ...], load: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The largest vectors of which none is as much as a load in every place."""
    found = set()
    for vector in vectors:
        if any(n < m for n, m in zip(vector, load, strict=True)):
            found.add(vector)
        else:
            found.update((*vector[:p], m - 1, *vector[p + 1 :]) for p, m in enumerate(load) if m)
    return largest(found) if found else ((0,) * len(load),)


class DayModel:
    """A model of the days of some tasks, the others kept as they are.

    Summaries are interchangeable within a giver, sign-offs within those who may sign, relays within those who may
    relay: they are counted, not named, and re-decided for all.
    """

    def __init__(
        self,
        days: Days,
        free: Iterable[int],
        kept: Mapping[int, Met],
        *,
        signs: bool = False,
        too_much: Mapping[tuple[str, int], Collection[Load]] = MappingProxyType({}),
    ) -> None:
        self.days, self.model, self._too_much = days, cp_model.CpModel(), too_much
        self.free = tuple(sorted(free))
        self.direct: dict[tuple[int, int], cp_model.IntVar] = {}
        self.relayed: dict[tuple[int, int], cp_model.IntVar] = {}
        self.visit: dict[tuple[int, int], cp_model.IntVar] = {}
        self.counted: dict[tuple[Any, ...], cp_model.IntVar] = {}
        self._upper: dict[int, int] = {}
        self._use: dict[tuple[str, int], dict[str, list[cp_model.LinearExprT]]] = defaultdict(lambda: defaultdict(list))
        self._relays: dict[tuple[tuple[str, ...], int], list[cp_model.LinearExprT]] = defaultdict(list)
        self._signing: dict[tuple[str, ...], list[tuple[int, cp_model.LinearExprT, str]]] = defaultdict(list)
        self._giving: dict[str, list[tuple[int, cp_model.LinearExprT]]] = defaultdict(list)
        chosen = set(self.free)
        self.kept = {index: met for index, met in kept.items() if index not in chosen}
        for index in self.free:
            self._decide(index)
        for index, met in self.kept.items():
            self._keep(index, met)
        self._summaries(signs=signs)
        self._relay()
        if signs:
            self._sign_offs()
        self._rooms()

    def _count(self, most: int, *key: Any) -> cp_model.IntVar:
        self.counted[key] = self.model.new_int_var(0, most, "")
        self._upper[self.counted[key].index] = most
        return self.counted[key]

    def most(self, lit: cp_model.LinearExprT) -> int:
        """The most that a literal or a count can be."""
        return lit if isinstance(lit, int) else self._upper.get(getattr(lit, "index", -1), 1)

    def _meeting(self, index: int, day: int, lit: cp_model.LinearExprT, *, relayed: bool) -> None:
        task = self.days.problem.tasks[index]
        self._use[task.giver, day][MEETING].append(lit)
        if relayed:
            self._relays[self.days.chances[index].relayed[day], day].append(lit)
        else:
            self._use[task.receiver, day][MEETING].append(lit)
        self._giving[task.giver].append((day, lit))
        self._signing[task.signers].append((day, lit, task.giver))

    def _visited(self, index: int, day: int, lit: cp_model.LinearExprT) -> None:
        task = self.days.problem.tasks[index]
        self._use[task.giver, day][VISIT].append(lit)
        self._use[task.receiver, day][VISIT].append(lit)

    def _decide(self, index: int) -> None:
        model, chances = self.model, self.days.chances[index]
        for day in chances.direct:
            self.direct[index, day] = model.new_bool_var("")
            self._meeting(index, day, self.direct[index, day], relayed=False)
        for day in chances.relayed:
            self.relayed[index, day] = model.new_bool_var("")
            self._meeting(index, day, self.relayed[index, day], relayed=True)
        for day in chances.visit:
            self.visit[index, day] = model.new_bool_var("")
            self._visited(index, day, self.visit[index, day])
        met = [(day, x[index, day]) for x, on in self._both(index) for day in on]
        model.add_at_most_one(lit for _, lit in met)
        task = self.days.problem.tasks[index]
        for n, day in enumerate(chances.visit):
            visited = [self.visit[index, d] for d in chances.visit[: n + 1]]
            model.add(sum(visited) <= sum(lit for d, lit in met if d <= day))
            before = sum(lit for d, lit in met if d < day)
            today = [x[index, day] for x in (self.direct, self.relayed) if (index, day) in x]
            if today:
                self._follows(task.giver, day, self.visit[index, day] - before)
            if (index, day) in self.direct:
                self._follows(task.receiver, day, self.visit[index, day] - before - sum(today[1:]))

    def _follows(self, worker_id: str, day: int, least: cp_model.LinearExprT) -> None:
        """Counts a visit that comes on the day of its own meeting: `least` is 1 for it, and 0 or less for others."""
        follows = self.model.new_bool_var("")
        self.model.add(follows >= least)
        self._use[worker_id, day][FOLLOWS].append(follows)

    def _both(self, index: int) -> tuple[tuple[dict[tuple[int, int], cp_model.IntVar], Iterable[int]], ...]:
        chances = self.days.chances[index]
        return ((self.direct, chances.direct), (self.relayed, chances.relayed))

    def _keep(self, index: int, met: Met) -> None:
        self._meeting(index, met.day, 1, relayed=met.relayed)
        if met.visit is not None:
            self._visited(index, met.visit, 1)
            if met.visit == met.day:
                task = self.days.problem.tasks[index]
                self._use[task.giver, met.day][FOLLOWS].append(1)
                if not met.relayed:
                    self._use[task.receiver, met.day][FOLLOWS].append(1)

    def _summaries(self, *, signs: bool) -> None:
        """As many summaries as meetings, and on no day fewer so far; of those whose own days are being decided, and of
        all where sign-offs are, for which summaries have to be over."""
        tasks = self.days.problem.tasks
        deciding = {p for i in self.free for p in (tasks[i].giver, tasks[i].receiver)}
        for giver, meetings in self._giving.items():
            if giver not in deciding and not signs:
                continue
            on = self.days.on(giver, SUMMARY, gives=True)
            done: list[cp_model.LinearExprT] = []
            for day in range(len(self.days.problem.days)):
                if day in on:
                    done.append(self._count(len(meetings), SUMMARY, giver, day))
                    self._use[giver, day][SUMMARY].append(done[-1])
                held = [lit for d, lit in meetings if d <= day]
                if held:
                    self.model.add(cp_model.LinearExpr.sum(held) <= cp_model.LinearExpr.sum(done))
            self.model.add(cp_model.LinearExpr.sum([lit for _, lit in meetings]) == cp_model.LinearExpr.sum(done))

    def _relay(self) -> None:
        for (who, day), meetings in self._relays.items():
            if len(who) == 1:
                self._use[who[0], day][MEETING].extend(meetings)
                continue
            parts = [self._count(len(meetings), MEETING, who, day, p) for p in who]
            for person, part in zip(who, parts, strict=True):
                self._use[person, day][MEETING].append(part)
            self.model.add(sum(parts) == sum(meetings))

    def _sign_offs(self) -> None:
        """On no day more sign-offs so far than meetings so far; on the last day, than meetings over in time."""
        last = self.days.last
        for giver in {giver for meetings in self._signing.values() for day, _, giver in meetings if day == last}:
            if self.days.summaries_in_time(giver):
                self._use[giver, last][IN_TIME].extend(self._use[giver, last][SUMMARY])
        for signers, meetings in self._signing.items():
            at_last: dict[str, list[cp_model.LinearExprT]] = defaultdict(list)
            for day, lit, giver in meetings:
                if day == last:
                    at_last[giver].append(lit)
            in_time = []
            for giver, lits in at_last.items():
                in_time.append(self._count(len(lits), IN_TIME, signers, giver))
                self.model.add(in_time[-1] <= sum(lits))
                self._use[giver, last][IN_TIME].append(in_time[-1])
            signed: list[cp_model.LinearExprT] = []
            for day in range(len(self.days.problem.days)):
                able = [p for p in signers if day in self.days.on(p, SIGN_OFF, gives=False)]
                for person in able:
                    signed.append(self._count(len(meetings), SIGN_OFF, signers, day, person))
                    self._use[person, day][SIGN_OFF].append(signed[-1])
                if able:
                    held = [lit for d, lit, _ in meetings if d <= day and d < last]
                    self.model.add(sum(signed) <= sum([*held, *(in_time if day == last else ())]))

    def _rooms(self) -> None:
        for (worker_id, day), use in self._use.items():
            room = self.days.room(worker_id, day)
            taken: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
            for kind, lits in use.items():
                taken[room.place[kind]].extend(lits)
            if all(isinstance(lit, int) for lits in taken.values() for lit in lits):
                continue
            places = sorted(taken)
            vectors = _onto(room.vectors, tuple(places))
            for load in self._too_much.get((worker_id, day), ()):
                fewer = _short_of(vectors, tuple(load[place] for place in places))
                kept = [sum(lit for lit in taken[place] if isinstance(lit, int)) for place in places]
                if any(all(n >= m for n, m in zip(vector, kept, strict=True)) for vector in fewer):
                    vectors = fewer
            most = [sum(self.most(lit) for lit in taken[p]) for p in places]
            if any(all(n >= m for n, m in zip(vector, most, strict=True)) for vector in vectors):
                continue
            used = [cp_model.LinearExpr.sum(taken[place]) for place in places]
            if len(vectors) == 1:
                for total, room_left in zip(used, vectors[0], strict=True):
                    self.model.add(total <= room_left)
                continue
            chosen = [self.model.new_bool_var("") for _ in vectors]
            self.model.add_exactly_one(chosen)
            for n, total in enumerate(used):
                self.model.add(total <= cp_model.LinearExpr.weighted_sum(chosen, [vector[n] for vector in vectors]))

    def meets(self, index: int, day: int, *, relayed: bool) -> cp_model.IntVar | int:
        """1 when the task meets so on the day: a literal, or a number where that is settled."""
        if index in self.kept:
            return int((self.kept[index].day, self.kept[index].relayed) == (day, relayed))
        return (self.relayed if relayed else self.direct).get((index, day), 0)

    def visits(self, index: int, day: int) -> cp_model.IntVar | int:
        """1 when the task is visited on the day, likewise."""
        if index in self.kept:
            return int(self.kept[index].visit == day)
        return self.visit.get((index, day), 0)

    def written(self, giver: str) -> dict[int, cp_model.IntVar]:
        """How many summaries a person writes by day, where that is decided here."""
        return {key[2]: count for key, count in self.counted.items() if key[:2] == (SUMMARY, giver)}

    @cached_property
    def levels(self) -> dict[str, cp_model.LinearExprT]:
        """The five figures of the free tasks; `unsigned` of all who share a signer with one, less a constant."""
        tasks = self.days.problem.tasks
        met = sum(self.direct.values()) + sum(self.relayed.values())
        signed = sum(v for key, v in self.counted.items() if key[0] == SIGN_OFF)
        return {
            "no_meeting": len(self.free) - met,
            "unvisited": sum(tasks[i].weight for i in self.free)
            - sum(tasks[i].weight * v for (i, _), v in self.visit.items()),
            "uncovered_visits": sum(len(tasks[i].visits_due) for i in self.free)
            - sum(self._covers(i, day) * v for (i, day), v in self.visit.items()),
            "relayed": sum(self.relayed.values()) + 0,
            "unsigned": len(tasks) - signed,
        }

    @cached_property
    def last_minute(self) -> cp_model.LinearExprT:
        """Meetings on the last day, after which time to sign off is short."""
        last = len(self.days.problem.days) - 1
        return sum(lit for lits in (self.direct, self.relayed) for (_, day), lit in lits.items() if day == last)

    def _covers(self, index: int, day: int) -> int:
        on = self.days.problem.days[day]
        return sum(due >= on for due in self.days.problem.tasks[index].visits_due)

    def found(self, value: Callable[[cp_model.IntVar], int]) -> dict[int, Met]:
        """The free tasks as a solution has them."""
        visits = {index: day for (index, day), lit in self.visit.items() if value(lit)}
        return {
            index: Met(day, relayed, visits.get(index))
            for lits, relayed in ((self.direct, False), (self.relayed, True))
            for (index, day), lit in lits.items()
            if value(lit)
        }

    def unsigned(self, value: Callable[[cp_model.IntVar], int]) -> list[int]:
        """The kept tasks of which a solution leaves some without a sign-off: those of who is too late on the last day,
        else of all who share the signers."""
        tasks, found = self.days.problem.tasks, []
        for signers, meetings in self._signing.items():
            signed = sum(value(n) for key, n in self.counted.items() if key[:2] == (SIGN_OFF, signers))
            if signers and signed < len(meetings):
                mine = [i for i, met in self.kept.items() if tasks[i].signers == signers]
                late = Counter(tasks[i].giver for i in mine if self.kept[i].day == self.days.last)
                short = {g for g, n in late.items() if value(self.counted[IN_TIME, signers, g]) < n}
                found += [i for i in mine if tasks[i].giver in short and self.kept[i].day == self.days.last] or mine
        return found

    def keep_before(self, since: int, plan: Mapping[int, Met]) -> None:
        """Nothing that is planned changes before day `since`."""
        for lits, relayed in ((self.direct, False), (self.relayed, True)):
            for (index, day), lit in lits.items():
                if day < since:
                    met = plan.get(index)
                    self.model.add(lit == (met is not None and (met.day, met.relayed) == (day, relayed)))
        for (index, day), lit in self.visit.items():
            if day < since:
                self.model.add(lit == (index in plan and plan[index].visit == day))

    def keep_written(self, since: int, made: Mapping[str, Bookings]) -> None:
        """Summaries before day `since` are as booked."""
        written: Counter[tuple[str, int]] = Counter()
        for task in self.days.problem.tasks:
            summary = made.get(task.family_id, {}).get(SUMMARY)
            if summary is not None:
                written[task.giver, self.days.number[summary.start // self.days.problem.stride]] += 1
        for key, count in self.counted.items():
            if key[0] == SUMMARY and key[2] < since:
                self.model.add(count == written[key[1], key[2]])

    def hint(self, known: Mapping[int, Met]) -> None:
        """Start the search from a plan of the free tasks."""
        for lits, relayed in ((self.direct, False), (self.relayed, True)):
            for (index, day), lit in lits.items():
                met = known.get(index)
                self.model.add_hint(lit, met is not None and (met.day, met.relayed) == (day, relayed))
        for (index, day), lit in self.visit.items():
            self.model.add_hint(lit, index in known and known[index].visit == day)
