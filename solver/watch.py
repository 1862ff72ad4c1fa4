"""What a search is handed: until when it may run, what work it may do, whether somebody stopped it, and whom it tells
how far it is.

The work is counted by what the solvers did, which repeats where time does not. It is kept in seconds of the machine
that `docs/benchmarks.md` was measured on, and is less than the time: there it is used up before the time is.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import Event, Lock

Progress = Callable[[str, Fraction | None, Fraction | None], None]
"""Called with a level's name, the value reached so far (None: none yet) and the bound proven so far."""


def silent(_level: str, _value: Fraction | None, _bound: Fraction | None) -> None:
    """Tell nobody."""


class Either(Event):
    """A switch that another one sets too."""

    def __init__(self, other: Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        """True once one of the two is set."""
        return super().is_set() or self._other.is_set()


WORK_SHARE = 0.8
"""How many seconds of work there are to a second of time: what is not counted (models built, files written) and a
slower moment of the machine have the rest."""


class Work:
    """Seconds of work left; those of a part are taken from the whole too. Infinite unless told."""

    def __init__(self, seconds: float = math.inf, whole: "Work | None" = None) -> None:
        # whole microseconds come to the same sum in whatever order two searches did them
        self._left, self._whole, self._lock = round(seconds * 1e6) if math.isfinite(seconds) else None, whole, Lock()

    @property
    def left(self) -> float:
        """Seconds left, never below 0."""
        return math.inf if self._left is None else max(0.0, self._left / 1e6)

    def done(self, seconds: float) -> None:
        """Take what was done from what is left."""
        with self._lock:
            if self._left is not None:
                self._left -= round(seconds * 1e6)
        if self._whole is not None:
            self._whole.done(seconds)


@dataclass(frozen=True)
class Watch:
    """Until when (monotonic seconds) a search may run and what work it may do, the switch that stops it at once, and
    whom it tells."""

    until: float
    interrupted: Event = field(default_factory=Event)
    progress: Progress = silent
    work: Work = field(default_factory=Work)

    @classmethod
    def lasting(cls, seconds: float, interrupted: Event | None = None, progress: Progress = silent) -> "Watch":
        """A watch that ends `seconds` from now, and as much work as fits well into that."""
        return cls(time.monotonic() + seconds, interrupted or Event(), progress, Work(WORK_SHARE * seconds))

    def part(self, share: float, of_work: float | None = None) -> "Watch":
        """A watch that ends after a share (0 to 1) of what is left of this one, in time and in work (which may have a
        share of its own); same switch, same listener."""
        work = Work((share if of_work is None else of_work) * self.work.left, self.work)
        return Watch(time.monotonic() + share * self.left(), self.interrupted, self.progress, work)

    def working(self, seconds: float) -> "Watch":
        """A watch that ends when this one does, with so many seconds of work, be they left or not."""
        return replace(self, work=Work(seconds, self.work))

    def heard(self, level: str, value: float | None, bound: float) -> None:
        """Pass on how far a search is; a figure still infinite counts as none."""
        self.progress(
            level,
            None if value is None or not math.isfinite(value) else Fraction(value).limit_denominator(1000),
            Fraction(bound).limit_denominator(1000) if math.isfinite(bound) else None,
        )

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.until - time.monotonic())

    def stopped(self) -> str:
        """Why the search must end now, whatever it is at: `interrupt`, `clock`, or blank to go on."""
        if self.interrupted.is_set():
            return "interrupt"
        return "" if self.left() > 0 else "clock"

    def spent(self) -> str:
        """Why nothing more should be begun: as `stopped`, or `work limit`. It repeats where no search is under way."""
        return self.stopped() or ("" if self.work.left > 0 else "work limit")
