"""What cannot all be had on one day, by proof, and where it goes on the clock if it can (§4).

Families who share who hands over, who receives and who may stand in are alike here, and so are a person's summaries: a
day is then small enough to be decided, and a proof goes for whichever families take the place of these.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ortools.sat.python import cp_model

from solver.schedule.days import FOLLOWS, DayModel, Days, Met
from solver.schedule.diary import Booking, Diary
from solver.schedule.problem import MEETING, SUMMARY, VISIT, slots
from solver.schedule.slots import SlotModel
from solver.stopping import single, solve
from solver.watch import Watch

WORK = 0.5
"""Deterministic time for one day."""
OWED = "owed"
"""Meetings of the days before less their summaries: at most 0; the nearer to it, the less can be met before a summary
of the day itself."""
NONE = -999
"""Owed where nothing is asked of the order of meetings and summaries: less than any window has meetings."""


class Part(NamedTuple):
    """What is alike on a day: a kind of appointment, who hands over, who receives, and who may be met.

    `FOLLOWS` are visits that come on the day of their own meeting, counted once more.
    """

    kind: str
    giver: str
    receiver: str = ""
    who: tuple[str, ...] = ()


Clash = tuple[int, Mapping[Part, int]]
"""A day (number), and how many of some parts cannot all be had on it: nor can as many or more of each."""


def parts(days: Days, plan: Mapping[int, Met], written: Mapping[tuple[str, int], int]) -> dict[int, Counter[Part]]:
    """How many there are of each part, by day (number), with the summaries `written` by a person on a day."""
    found: dict[int, Counter[Part]] = defaultdict(Counter)
    held: dict[str, list[int]] = defaultdict(list)
    for index, met in plan.items():
        task = days.problem.tasks[index]
        who = days.chances[index].relayed[met.day] if met.relayed else (task.receiver,)
        held[task.giver].append(met.day)
        found[met.day][Part(MEETING, task.giver, task.receiver, who)] += 1
        if met.visit is not None:
            found[met.visit][Part(VISIT, task.giver, task.receiver)] += 1
            if met.visit == met.day:
                found[met.day][Part(FOLLOWS, task.giver, task.receiver, who)] += 1
    for giver, meetings in held.items():
        for day in range(len(days.problem.days)):
            if day in meetings or written.get((giver, day)):
                found[day][Part(SUMMARY, giver)] = written.get((giver, day), 0)
                found[day][Part(OWED, giver)] = sum(d < day for d in meetings) - sum(
                    written.get((giver, d), 0) for d in range(day)
                )
    return found


class DayClock(SlotModel):
    """One day on the clock, with so many of each part at least."""

    def __init__(self, days: Days, number: int, wanted: Mapping[Part, int]) -> None:
        super().__init__(Diary(days.problem), ())
        self.bookings: dict[Part, list[tuple[Booking, cp_model.IntVar]]] = {}
        task_of = {task.giver: task for task in days.problem.tasks}
        within = days.problem.day_mask << days.problem.base(days.problem.days[number])
        for part in wanted:
            if part.kind in (SUMMARY, MEETING, VISIT):
                self.bookings[part] = [(b, self.model.new_bool_var("")) for b in self._candidates(part, within)]
                for booking, lit in self.bookings[part]:
                    self.occupy(task_of[part.giver], booking, lit)
        self.nobody_twice()
        for part, n in wanted.items():
            if part.kind == OWED:
                meetings = [b for p in wanted if (p.kind, p.giver) == (MEETING, part.giver) for b in self.bookings[p]]
                self._after(meetings, self.bookings[Part(SUMMARY, part.giver)], -n)
            elif part.kind == FOLLOWS:
                visit = Part(VISIT, part.giver, part.receiver)
                self._after(self.bookings[visit], self.bookings[part._replace(kind=MEETING)], max(0, wanted[visit] - n))
            else:
                self.model.add(sum(lit for _, lit in self.bookings[part]) >= n)

    def in_time(self, days: Days) -> None:
        """Have as many meetings as can be over while somebody can still sign off for who hands over."""
        base = days.problem.base(days.problem.days[days.last])
        late = [
            lit
            for part, bookings in self.bookings.items()
            for booking, lit in bookings
            if part.kind == MEETING
            and booking.start + self.problem.length[MEETING] - base > days.signed_by.get(part.giver, -1)
        ]
        self.model.minimize(cp_model.LinearExpr.sum(late))

    def _candidates(self, part: Part, within: int) -> Iterator[Booking]:
        mine = self.diary.open(part.giver, part.kind, gives=True) & within
        if part.kind == SUMMARY:
            yield from (Booking(SUMMARY, start) for start in slots(mine))
            return
        for other in part.who or (part.receiver,):
            both = mine & self.diary.open(other, part.kind, gives=False)
            yield from (Booking(part.kind, start, other) for start in slots(both))

    def _after(
        self,
        later: list[tuple[Booking, cp_model.IntVar]],
        earlier: list[tuple[Booking, cp_model.IntVar]],
        more: int,
    ) -> None:
        """At no time more begun of the later than are over of the earlier, and some more."""
        for now in sorted({booking.start for booking, _ in later}):
            begun = [lit for booking, lit in later if booking.start <= now]
            over = [lit for booking, lit in earlier if booking.start + self.problem.length[booking.kind] <= now]
            if len(begun) > more:
                self.model.add(sum(begun) <= sum(over) + more)


Placed = dict[Part, list[Booking]]
"""Bookings of a day by part, in order of their start."""


def place(days: Days, number: int, wanted: Mapping[Part, int], seed: int, watch: Watch) -> Placed | Clash | None:
    """Where a day's parts go on the clock, or what of them cannot all be had; None where neither was found."""

    def tried(some: Mapping[Part, int]) -> Placed | bool:
        """The bookings; else whether there are none."""
        clock, solver = DayClock(days, number, some), single(WORK, seed)
        if number == days.last:
            clock.in_time(days)
        status = solve(solver, clock.model, watch)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return status == cp_model.INFEASIBLE
        return {
            part: sorted(booking for booking, lit in bookings if solver.boolean_value(lit))
            for part, bookings in clock.bookings.items()
        }

    found = tried(wanted)
    if not isinstance(found, bool):
        return found
    if not found:
        return None
    # as few people as clash, then as few of their appointments
    for giver in sorted({part.giver for part in wanted}):
        some = {part: n for part, n in wanted.items() if part.giver != giver}
        if tried(some) is True:
            wanted = some
    for part in sorted(wanted, key=lambda part: (part.kind not in (FOLLOWS, OWED), part)):
        none = NONE if part.kind == OWED else 0
        while wanted[part] > none:
            fewer = next((n for n in (none, wanted[part] - 1) if tried({**wanted, part: n}) is True), None)
            if fewer is None:
                break
            wanted = {**wanted, part: fewer}
    return number, {part: n for part, n in wanted.items() if n > (NONE if part.kind == OWED else 0)}


def avoid(model: DayModel, clash: Clash) -> None:
    """Have fewer of one part at least. Summaries that are not decided in the model are taken to be as many."""
    day, parts = clash
    fewer = []
    for part, n in parts.items():
        if part.kind in (SUMMARY, OWED) and not model.written(part.giver):
            continue
        terms = _terms(model, part, day)
        most = sum(map(model.most, terms))
        if most < n:
            return
        if any(not isinstance(lit, int) for lit in terms):
            fewer.append(model.model.new_bool_var(""))
            model.model.add(cp_model.LinearExpr.sum(terms) <= most + (n - 1 - most) * fewer[-1])
    if fewer:
        model.model.add_bool_or(fewer)


def _terms(model: DayModel, part: Part, day: int) -> list[cp_model.LinearExprT]:
    """What adds up to how many there are of a part on a day."""
    days, written = model.days, model.written(part.giver)
    if part.kind == SUMMARY:
        return [count for d, count in written.items() if d == day]
    found: list[cp_model.LinearExprT] = []
    if part.kind == OWED:
        found += [-count for d, count in written.items() if d < day]
    for index in days.of_person[part.giver]:
        task = days.problem.tasks[index]
        if task.giver == part.giver and part.kind == OWED:
            found += [model.meets(index, d, relayed=relayed) for d in range(day) for relayed in (False, True)]
        elif (task.giver, task.receiver) == (part.giver, part.receiver):
            found.append(_term(model, part, day, index))
    return found


def _term(model: DayModel, part: Part, day: int, index: int) -> cp_model.IntVar | int:
    """1 when a task has the part on a day."""
    visits = model.visits(index, day)
    if part.kind == VISIT:
        return visits
    relayed = part.who != (part.receiver,)
    if relayed and model.days.chances[index].relayed.get(day) != part.who:
        return 0
    meets = model.meets(index, day, relayed=relayed)
    if part.kind == MEETING:
        return meets
    if isinstance(meets, int) or isinstance(visits, int):
        # both are settled, or one can never be
        return meets if isinstance(meets, int) and isinstance(visits, int) and visits else 0
    follows = model.model.new_bool_var("")
    model.model.add(follows >= meets + visits - 1)
    return follows
