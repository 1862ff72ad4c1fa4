"""A diary that is being filled: who is free when, as bit masks over the grid's slots (§4)."""

from collections import defaultdict
from dataclasses import dataclass

from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem, Task, slots


@dataclass(frozen=True, order=True)
class Booking:
    """One appointment of a task: its kind, first slot and the person on the other side (who signs, for a sign-off)."""

    kind: str
    start: int
    other: str | None = None


Bookings = dict[str, Booking]
"""A family's bookings by kind."""


def people(task: Task, booking: Booking) -> tuple[tuple[str, bool], ...]:
    """Who is taken by a booking, each with whether they hand over in it."""
    if booking.kind == SUMMARY:
        return ((task.giver, True),)
    if booking.kind == SIGN_OFF:
        return ((str(booking.other), False),)
    return ((task.giver, True), (str(booking.other), False))


class Diary:
    """Everybody's time. Bit `t` of a mask stands for slot `t`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        # slots that nothing, and no visit, may touch: visits keep their travel from all, so they widen both
        self._held: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._taken: dict[str, int] = defaultdict(int)
        self._near: dict[str, int] = defaultdict(int)
        self._visits: dict[tuple[str, int], int] = defaultdict(int)
        self._full: dict[str, int] = defaultdict(int)
        self._wides: dict[tuple[str, int], int] = {}

    def open(self, worker_id: str, kind: str, *, gives: bool) -> int:
        """Mask of the slots on which the person could start an appointment now."""
        occupied = self._near[worker_id] if kind == VISIT else self._taken[worker_id]
        blocked = occupied
        for n in range(1, self.problem.length[kind]):
            blocked |= occupied >> n
        if kind == VISIT:
            blocked |= self._full[worker_id]
        return self.problem.mask(worker_id, kind, gives=gives) & ~blocked

    def common(self, task: Task, kind: str, other: str) -> int:
        """Mask of the slots on which the giver and another person could start together."""
        return self.open(task.giver, kind, gives=True) & self.open(other, kind, gives=False)

    def book(self, task: Task, booking: Booking) -> None:
        """Take the time of everybody in the booking."""
        for worker_id, _ in people(task, booking):
            self._take(worker_id, booking.kind, booking.start)

    def cancel(self, task: Task, booking: Booking) -> None:
        """Give the time of a booking back to everybody in it."""
        kind, start = booking.kind, booking.start
        wide, day = self._wide(kind, start), start // self.problem.stride
        for worker_id, _ in people(task, booking):
            held = self._held[worker_id]
            held.remove((kind, start))
            self._near[worker_id] &= ~wide
            self._taken[worker_id] &= ~wide
            for other in held:
                if self._wide(*other) & wide:
                    self._occupy(worker_id, *other)
            if kind == VISIT:
                self._visits[worker_id, day] -= 1
                self._full[worker_id] &= ~(self.problem.day_mask << day * self.problem.stride)

    def visits_left(self, worker_id: str, day: int) -> int:
        """How many more joint visits the person may have on a day, counted from the first."""
        return self.problem.visits_left(worker_id, day) - self._visits[worker_id, day]

    def _take(self, worker_id: str, kind: str, start: int) -> None:
        self._held[worker_id].append((kind, start))
        self._occupy(worker_id, kind, start)
        if kind == VISIT:
            day = start // self.problem.stride
            self._visits[worker_id, day] += 1
            if self.visits_left(worker_id, day) <= 0:
                self._full[worker_id] |= self.problem.day_mask << day * self.problem.stride

    def _occupy(self, worker_id: str, kind: str, start: int) -> None:
        wide = self._wide(kind, start)
        self._near[worker_id] |= wide
        self._taken[worker_id] |= wide if kind == VISIT else _span(start, self.problem.length[kind])

    def _wide(self, kind: str, start: int) -> int:
        """The slots that a visit may not touch while the appointment stands: its own, and travel on either side."""
        if (kind, start) not in self._wides:
            travel = self.problem.travel
            self._wides[kind, start] = _span(start - travel, self.problem.length[kind] + 2 * travel)
        return self._wides[kind, start]


def _span(start: int, length: int) -> int:
    """Mask of `length` slots from `start`; what lies before slot 0 is left out."""
    mask = (1 << length) - 1
    return mask << start if start >= 0 else mask >> -start


def first(mask: int, since: int = 0) -> int | None:
    """The first slot of a mask from `since` on."""
    rest = mask >> since
    return since + (rest & -rest).bit_length() - 1 if rest else None


def meet(diary: Diary, task: Task) -> Bookings | None:
    """Book the family's summary and meeting as early as can be, with the receiving worker if at all; None: no time."""
    summary = first(diary.open(task.giver, SUMMARY, gives=True))
    if summary is None:
        return None
    since = summary + diary.problem.length[SUMMARY]
    # the summary takes the giver's time before the meeting is looked for
    for other in (task.receiver, *task.relays):
        start = first(diary.common(task, MEETING, other), since)
        if start is not None:
            made = {SUMMARY: Booking(SUMMARY, summary), MEETING: Booking(MEETING, start, other)}
            for booking in made.values():
                diary.book(task, booking)
            return made
    return None


def visit(diary: Diary, task: Task, made: Bookings) -> None:
    """Book the family's joint visit as early as can be after its meeting, if it is due and there is time."""
    if not task.due:
        return
    barred = {diary.problem.base(day) // diary.problem.stride for day in task.barred}
    since = made[MEETING].start + diary.problem.length[MEETING]
    for start in slots(diary.common(task, VISIT, task.receiver) >> since << since):
        if start // diary.problem.stride not in barred:
            made[VISIT] = Booking(VISIT, start, task.receiver)
            diary.book(task, made[VISIT])
            return


def sign(diary: Diary, task: Task, made: Bookings) -> None:
    """Book the family's sign-off as early as can be after its meeting, by the first who has time."""
    since = made[MEETING].start + diary.problem.length[MEETING]
    for signer in task.signers:
        start = first(diary.open(signer, SIGN_OFF, gives=False), since)
        if start is not None:
            made[SIGN_OFF] = Booking(SIGN_OFF, start, signer)
            diary.book(task, made[SIGN_OFF])
            return
