"""The schedule by the clock: appointments of some tasks put on slots, everybody else's time taken as booked (§4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ortools.sat.python import cp_model

from solver.schedule.diary import Booking, Bookings, Diary, people
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem, Task, slots

BEFORE = {MEETING: SUMMARY, VISIT: MEETING, SIGN_OFF: MEETING}


@dataclass(frozen=True)
class Wish:
    """What may be booked for a task: candidates by kind, and what is booked already and stays."""

    task: Task
    candidates: Mapping[str, tuple[Booking, ...]]
    booked: Bookings


def candidates(diary: Diary, task: Task, kinds: Iterable[str], within: int) -> dict[str, tuple[Booking, ...]]:
    """All bookings of the kinds that people are free for, inside a mask of slots."""
    problem = diary.problem
    found: dict[str, tuple[Booking, ...]] = {}
    for kind in kinds:
        if kind == SUMMARY:
            mask = diary.open(task.giver, SUMMARY, gives=True) & within
            found[kind] = tuple(Booking(SUMMARY, s) for s in slots(mask))
        elif kind == SIGN_OFF:
            found[kind] = tuple(
                Booking(kind, s, p) for p in task.signers for s in slots(diary.open(p, kind, gives=False) & within)
            )
        elif kind == MEETING:
            found[kind] = tuple(
                Booking(kind, s, p)
                for p in (task.receiver, *task.relays)
                for s in slots(diary.common(task, kind, p) & within)
            )
        elif task.due:
            barred = {problem.base(day) // problem.stride for day in task.barred}
            found[kind] = tuple(
                Booking(kind, s, task.receiver)
                for s in slots(diary.common(task, kind, task.receiver) & within)
                if s // problem.stride not in barred
            )
    return found


class SlotModel:
    """At most one booking of each kind for each wish, in order, nobody in two places. The worth is maximised."""

    def __init__(self, diary: Diary, wishes: Iterable[Wish]) -> None:
        self.diary, self.problem, self.model = diary, diary.problem, cp_model.CpModel()
        self.wishes = tuple(wishes)
        self.lits: dict[tuple[str, Booking], cp_model.IntVar] = {}
        self._at: dict[tuple[str, int, bool], list[cp_model.IntVar]] = defaultdict(list)
        self._visits: dict[tuple[str, int], list[cp_model.IntVar]] = defaultdict(list)
        for wish in self.wishes:
            self._add(wish)
        self.nobody_twice()

    def _add(self, wish: Wish) -> None:
        done: dict[str, list[tuple[int, cp_model.IntVar]]] = {}
        for kind in (SUMMARY, MEETING, VISIT, SIGN_OFF):
            chosen = []
            for booking in wish.candidates.get(kind, ()):
                ready = self._ready(wish, kind, booking.start, done)
                if ready is None:
                    continue
                lit = self.model.new_bool_var("")
                self.lits[wish.task.family_id, booking] = lit
                if ready is not True:
                    self.model.add_implication(lit, ready)
                chosen.append((booking.start, lit))
                self.occupy(wish.task, booking, lit)
            if chosen:
                self.model.add_at_most_one(lit for _, lit in chosen)
                if kind in (SUMMARY, MEETING):
                    done[kind] = self._done(chosen, self.problem.length[kind])

    def _ready(
        self, wish: Wish, kind: str, start: int, done: Mapping[str, list[tuple[int, cp_model.IntVar]]]
    ) -> cp_model.IntVar | bool | None:
        """What must hold for a booking to come after the one it follows: True, a literal, or None for never."""
        if kind == SUMMARY:
            return True
        before = BEFORE[kind]
        if before in wish.booked:
            return True if wish.booked[before].start + self.problem.length[before] <= start else None
        return next((lit for end, lit in reversed(done.get(before, [])) if end <= start), None)

    def _done(self, chosen: list[tuple[int, cp_model.IntVar]], length: int) -> list[tuple[int, cp_model.IntVar]]:
        """Literals by time: true only when the booking has ended by then."""
        ends: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for start, lit in chosen:
            ends[start + length].append(lit)
        found: list[tuple[int, cp_model.IntVar]] = []
        for end in sorted(ends):
            over = self.model.new_bool_var("")
            self.model.add_bool_or([~over, *ends[end], *(lit for _, lit in found[-1:])])
            found.append((end, over))
        return found

    def occupy(self, task: Task, booking: Booking, lit: cp_model.IntVar) -> None:
        """A literal takes the time of everybody in a booking."""
        start, end, travel = booking.start, booking.start + self.problem.length[booking.kind], self.problem.travel
        visits = booking.kind == VISIT
        for worker_id, _ in people(task, booking):
            # travel kept free after a visit in one count, before it in the other: between two visits once is enough
            for slot in range(start, end + (travel if visits else 0)):
                self._at[worker_id, slot, True].append(lit)
            for slot in range(start - (travel if visits else 0), end):
                self._at[worker_id, slot, False].append(lit)
            if visits:
                self._visits[worker_id, start // self.problem.stride].append(lit)

    def nobody_twice(self) -> None:
        """Nobody is in two places, nor has more visits on a day than may be."""
        for (worker_id, slot, after), lits in self._at.items():
            if len(lits) > 1 and (after or lits != self._at.get((worker_id, slot, True))):
                self.model.add_at_most_one(lits)
        for (worker_id, day), lits in self._visits.items():
            room = self.diary.visits_left(worker_id, day)
            if len(lits) > room:
                self.model.add(sum(lits) <= room)

    def maximise(self, worth: Callable[[Task, Booking], int]) -> None:
        """Set the objective: the worth of all bookings made."""
        by_id = {wish.task.family_id: wish.task for wish in self.wishes}
        self.model.maximize(sum(worth(by_id[f], booking) * lit for (f, booking), lit in self.lits.items()))

    def hint(self, made: Mapping[str, Bookings]) -> None:
        """Start the search from a schedule."""
        for (family_id, booking), lit in self.lits.items():
            self.model.add_hint(lit, made.get(family_id, {}).get(booking.kind) == booking)

    def found(self, solver: cp_model.CpSolver) -> dict[str, Bookings]:
        """Bookings by family id as a solution has them."""
        made: dict[str, Bookings] = defaultdict(dict)
        for (family_id, booking), lit in self.lits.items():
            if solver.boolean_value(lit):
                made[family_id][booking.kind] = booking
        return dict(made)


def diary_of(problem: Problem, made: Mapping[str, Bookings], without: frozenset[str] = frozenset()) -> Diary:
    """Everybody's diary with a schedule in it, some families left out."""
    diary = Diary(problem)
    for task in problem.tasks:
        if task.family_id not in without:
            for booking in made.get(task.family_id, {}).values():
                diary.book(task, booking)
    return diary
