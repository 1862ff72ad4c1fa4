"""The schedule as a problem on a grid of slots: who must meet whom for each family, and when each could (§4)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property

from handover.clearance import cleared
from handover.engagement import Engagement, Worker
from handover.handovers import (
    Busy,
    barred_visit_days,
    busy_times,
    changing_families,
    first_hearing,
    hands_over,
    joint_visit_due,
    may_hand_over,
    may_receive,
    may_relay,
    may_sign_off,
    unvisited_weight,
    visits_due,
)
from handover.workdays import at, slot_starts, window_days

SUMMARY, MEETING, VISIT, SIGN_OFF = "summary", "meeting", "joint_visit", "sign_off"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """One family's handover. `relays` and `signers` are ids in order of choice; `visits_due` and `barred` are days."""

    family_id: str
    giver: str
    receiver: str
    relays: tuple[str, ...]
    signers: tuple[str, ...]
    due: bool
    weight: int
    visits_due: tuple[date, ...]
    barred: frozenset[date]
    hearing: date | None


@dataclass
class Problem:
    """Tasks on a grid: slot `t` is `t % stride` slots after opening on the day `t // stride` days after `first`.

    `stride` is a whole calendar day, so that the night between two days counts as the free time it is.
    """

    engagement: Engagement
    tasks: tuple[Task, ...]
    days: tuple[date, ...]
    _masks: dict[tuple[str, str, bool], int] = field(default_factory=dict)

    @cached_property
    def length(self) -> Mapping[str, int]:
        """Slots that each kind of appointment takes."""
        told, slot = self.engagement.settings.handover, self.engagement.settings.hours.slot_minutes
        return {
            SUMMARY: told.summary_minutes // slot,
            MEETING: told.meeting_minutes // slot,
            VISIT: told.joint_visit_minutes // slot,
            SIGN_OFF: told.sign_off_minutes // slot,
        }

    @cached_property
    def travel(self) -> int:
        """Slots kept free on each side of a joint visit."""
        return self.engagement.settings.handover.travel_minutes // self.engagement.settings.hours.slot_minutes

    @cached_property
    def stride(self) -> int:
        """Slots in a calendar day."""
        return 24 * 60 // self.engagement.settings.hours.slot_minutes

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The place of each task by family id."""
        return {task.family_id: n for n, task in enumerate(self.tasks)}

    @cached_property
    def busy(self) -> Mapping[str, tuple[Busy, ...]]:
        """Time that people cannot give, by worker id."""
        return busy_times(self.engagement)

    def base(self, day: date) -> int:
        """The day's first slot."""
        return (day - self.days[0]).days * self.stride

    def moment(self, slot: int) -> datetime:
        """When a slot starts."""
        days, inside = divmod(slot, self.stride)
        settings = self.engagement.settings
        return at(self.days[0] + DAY * days, settings.hours.start) + timedelta(
            minutes=inside * settings.hours.slot_minutes
        )

    def slot(self, moment: datetime) -> int:
        """The slot that starts at a moment on one of the days."""
        settings = self.engagement.settings
        since_opening = moment - at(moment.date(), settings.hours.start)
        return self.base(moment.date()) + since_opening // timedelta(minutes=settings.hours.slot_minutes)

    def day_of(self, slot: int) -> date:
        """The day a slot is on."""
        return self.days[0] + DAY * (slot // self.stride)

    def mask(self, worker_id: str, kind: str, *, gives: bool) -> int:
        """The slots on which the person could start an appointment of a kind, handing over (`gives`) or opposite: bit
        `t` stands for slot `t`."""
        key = (worker_id, kind, gives)
        if key not in self._masks:
            self._masks[key] = self._find_mask(self.engagement.worker[worker_id], kind, gives=gives)
        return self._masks[key]

    def offsets(self, worker_id: str, kind: str, day: date, *, gives: bool) -> frozenset[int]:
        """The same for one day, as offsets from its first slot."""
        return _offsets(self.mask(worker_id, kind, gives=gives) >> self.base(day) & self.day_mask)

    @cached_property
    def day_mask(self) -> int:
        """The slots of the first day."""
        return (1 << self.stride) - 1

    def visits_left(self, _worker_id: str, _day: int) -> int:
        """How many joint visits the person may have on a day, counted from the first."""
        return self.engagement.settings.handover.visits_a_day

    def _find_mask(self, worker: Worker, kind: str, *, gives: bool) -> int:
        engagement, length = self.engagement, self.length[kind]
        pad = self.travel if kind == VISIT else 0
        found = 0
        if not gives and not cleared(worker, engagement):
            return found
        for day in self.days:
            if may_hand_over(worker, day) if gives else may_receive(worker, day, engagement):
                free = self._day_starts[length]
                for busy in self.busy[worker.worker_id]:
                    if busy.start < at(day + 2 * DAY, TIME0) and busy.end > at(day - DAY, TIME0):
                        free &= ~self._overlapping(busy, day, length, pad)
                found |= free << self.base(day)
        return found

    def _overlapping(self, busy: Busy, day: date, length: int, pad: int) -> int:
        """The starts on a day (offsets) of appointments of a length that would overlap, with a pad on either side."""
        opening = at(day, self.engagement.settings.hours.start)
        slot = timedelta(minutes=self.engagement.settings.hours.slot_minutes)
        since = max(0, (busy.start - opening) // slot + 1 - length - pad)
        until = -((opening - busy.end) // slot) + pad
        return (1 << max(0, until)) - 1 >> since << since

    @cached_property
    def _day_starts(self) -> Mapping[int, int]:
        """The starts (offsets) on which an appointment of a length fits inside hours and off the break."""
        hours = self.engagement.settings.hours
        slot = timedelta(minutes=hours.slot_minutes)
        day = self.days[0]
        found = {}
        for length in set(self.length.values()):
            fits = 0
            for n, start in enumerate(slot_starts(self.engagement, day)):
                end = start + length * slot
                off = hours.break_ is None or end <= at(day, hours.break_[0]) or start >= at(day, hours.break_[1])
                if end <= at(day, hours.end) and off:
                    fits |= 1 << n
            found[length] = fits
        return found


def slots(mask: int) -> Iterator[int]:
    """All slots of a mask."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@cache
def _offsets(mask: int) -> frozenset[int]:
    return frozenset(slots(mask))


TIME0 = datetime.min.time()


def problem(
    engagement: Engagement,
    to_worker: Mapping[str, str | None],
    interim: Mapping[str, str | None],
    book_from: date,
) -> Problem:
    """The schedule's problem: a task for each family whose worker changes, on the working days from `book_from`. §4."""
    tasks = []
    for family in changing_families(to_worker, engagement):
        receiver = engagement.worker[str(to_worker[family.family_id])]
        giver = str(hands_over(family, receiver.worker_id))
        tasks.append(
            Task(
                family.family_id,
                giver,
                receiver.worker_id,
                tuple(w.worker_id for w in may_relay(family, receiver, interim.get(family.family_id), engagement)),
                tuple(m.worker_id for m in may_sign_off(family, receiver, engagement)),
                joint_visit_due(family, engagement),
                unvisited_weight(family, engagement),
                visits_due(family, engagement),
                barred_visit_days(family, engagement),
                min(
                    (
                        day
                        for c in family.children
                        if c.worker_id != receiver.worker_id
                        if (day := first_hearing(c, engagement)) is not None
                    ),
                    default=None,
                ),
            )
        )
    return Problem(engagement, tuple(tasks), window_days(engagement, book_from))
