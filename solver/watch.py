"""What a search is handed: until when it may run, whether somebody stopped it, and whom it tells how far it is."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Event

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


@dataclass(frozen=True)
class Watch:
    """Until when (monotonic seconds) a search may run, the switch that stops it at once, and whom it tells."""

    until: float
    interrupted: Event = field(default_factory=Event)
    progress: Progress = silent

    @classmethod
    def lasting(cls, seconds: float, interrupted: Event | None = None, progress: Progress = silent) -> "Watch":
        """A watch that ends `seconds` from now."""
        return cls(time.monotonic() + seconds, interrupted or Event(), progress)

    def part(self, share: float) -> "Watch":
        """A watch that ends after a share (0 to 1) of what is left of this one; same switch, same listener."""
        return Watch(time.monotonic() + share * self.left(), self.interrupted, self.progress)

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
        """Why the search must end now: `interrupt`, `clock`, or blank to go on."""
        if self.interrupted.is_set():
            return "interrupt"
        return "" if self.left() > 0 else "clock"
