"""The best schedule of a tiny engagement by trying every one: the yardstick for values and bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handover.engagement import Engagement, Family
from handover.handovers import (
    barred_visit_days,
    busy_times,
    changing_families,
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

Figures = tuple[int, int, int, int, int]
Held = tuple[str, datetime, datetime, bool]
"""Who, from when to when, whether at a joint visit."""


@dataclass(frozen=True)
class Option:
    """One way to hand a family over: what it costs, and the time it takes of each person.

    Times are bit masks, one bit for five minutes: all that is taken, joint visits with their travel, the days of the
    visits, one for each.
    """

    cost: Figures
    taken: Mapping[str, tuple[int, int, tuple[date, ...]]]


def best_figures(
    engagement: Engagement, to_worker: Mapping[str, str | None], interim: Mapping[str, str | None]
) -> Figures:
    """The five figures of the best schedule, by every combination of every family's options."""
    families = [
        (f, _options(engagement, f, str(to_worker[f.family_id]), interim.get(f.family_id)))
        for f in changing_families(to_worker, engagement)
    ]
    families.sort(key=lambda pair: len(pair[1]))
    # no family does better than its own best: what the rest costs at least, to cut the search
    least = [(0, 0, 0, 0, 0)]
    for _, options in reversed(families):
        least.append(_sum(least[-1], min(o.cost for o in options)))
    least.reverse()
    best: list[Figures] = [(10**9,) * 5]

    most = engagement.settings.handover.visits_a_day

    def place(n: int, cost: Figures, held: Mapping[str, tuple[int, int, tuple[date, ...]]]) -> None:
        if _sum(cost, least[n]) >= best[0]:
            return
        if n == len(families):
            best[0] = cost
            return
        for option in families[n][1]:
            total = _sum(cost, option.cost)
            if _sum(total, least[n + 1]) >= best[0]:
                continue
            together = dict(held)
            for person, (all_, wide, days) in option.taken.items():
                before, wide_before, days_before = held.get(person, (0, 0, ()))
                if all_ & wide_before or wide & before or all_ & before or not _few((*days, *days_before), most):
                    break
                together[person] = (all_ | before, wide | wide_before, (*days, *days_before))
            else:
                place(n + 1, total, together)

    place(0, (0, 0, 0, 0, 0), {})
    return best[0]


def _few(days: tuple[date, ...], most: int) -> bool:
    return all(days.count(day) <= most for day in days)


def _sum(one: Figures, other: Figures) -> Figures:
    a, b, c, d, e = (x + y for x, y in zip(one, other, strict=True))
    return (a, b, c, d, e)


def _options(engagement: Engagement, family: Family, receiver_id: str, interim_id: str | None) -> list[Option]:
    receiver = engagement.worker[receiver_id]
    giver_id = str(hands_over(family, receiver_id))
    told = engagement.settings.handover
    weight = unvisited_weight(family, engagement)
    dues = visits_due(family, engagement)
    found = [Option((1, weight, len(dues), 0, 1), {})]

    def times(
        minutes: int, people: tuple[tuple[str, bool], ...], *, visit: bool = False
    ) -> list[tuple[datetime, datetime]]:
        return [
            (start, end)
            for start, end in _times(engagement, minutes)
            if all(_free(engagement, person, start, end, gives=gives, visit=visit) for person, gives in people)
        ]

    summaries = times(told.summary_minutes, ((giver_id, True),))
    others = [receiver_id, *(w.worker_id for w in may_relay(family, receiver, interim_id, engagement))]
    signers = [w.worker_id for w in may_sign_off(family, receiver, engagement)]
    for other in others:
        for met in times(told.meeting_minutes, ((giver_id, True), (other, False))):
            relayed = int(other != receiver_id)
            visits: list[tuple[datetime, datetime] | None] = [None]
            if joint_visit_due(family, engagement):
                both = ((giver_id, True), (receiver_id, False))
                barred = barred_visit_days(family, engagement)
                visits += [
                    v
                    for v in times(told.joint_visit_minutes, both, visit=True)
                    if v[0] >= met[1] and v[0].date() not in barred
                ]
            signs: list[Held | None] = [None]
            for signer in signers:
                signs += [
                    (signer, *s, False) for s in times(told.sign_off_minutes, ((signer, False),)) if s[0] >= met[1]
                ]
            for summary in (s for s in summaries if s[1] <= met[0]):
                base: tuple[Held, ...] = ((giver_id, *summary, False), (giver_id, *met, False), (other, *met, False))
                for visit in visits:
                    day = None if visit is None else visit[0].date()
                    uncovered = sum(day is None or day > due for due in dues)
                    went = () if visit is None else ((giver_id, *visit, True), (receiver_id, *visit, True))
                    for sign in signs:
                        held = base + went + (() if sign is None else (sign,))
                        cost = (0, 0 if visit else weight, uncovered, relayed, int(sign is None))
                        taken = _masks(engagement, held)
                        if taken is not None:
                            found.append(Option(cost, taken))
    return sorted(found, key=lambda option: option.cost)


def _times(engagement: Engagement, minutes: int) -> Iterator[tuple[datetime, datetime]]:
    hours = engagement.settings.hours
    for day in window_days(engagement):
        for start in slot_starts(engagement, day):
            end = start + timedelta(minutes=minutes)
            in_break = hours.break_ is not None and start < at(day, hours.break_[1]) and end > at(day, hours.break_[0])
            if end <= at(day, hours.end) and not in_break:
                yield start, end


def _free(engagement: Engagement, person: str, start: datetime, end: datetime, *, gives: bool, visit: bool) -> bool:
    worker, day = engagement.worker[person], start.date()
    if not (may_hand_over(worker, day) if gives else may_receive(worker, day, engagement)):
        return False
    gap = timedelta(minutes=engagement.settings.handover.travel_minutes if visit else 0)
    return all(end + gap <= b.start or b.end + gap <= start for b in busy_times(engagement)[person])


def _masks(engagement: Engagement, held: tuple[Held, ...]) -> dict[str, tuple[int, int, tuple[date, ...]]] | None:
    """One family's times as masks by person; None where they clash with each other."""
    told = engagement.settings.handover
    midnight = at(engagement.settings.window_start, time())
    found: dict[str, tuple[int, int, tuple[date, ...]]] = {}
    for person, start, end, visit in held:
        first, last = (int((moment - midnight).total_seconds()) // 300 for moment in (start, end))
        travel = told.travel_minutes // 5 if visit else 0
        span = (1 << last) - (1 << first)
        wide = (1 << last + travel) - (1 << first - travel) if visit else 0
        taken, wide_taken, days = found.get(person, (0, 0, ()))
        if span & (taken | wide_taken) or wide & taken:
            return None
        found[person] = (taken | span, wide_taken | wide, (*days, start.date()) if visit else days)
    return found if all(_few(days, told.visits_a_day) for *_, days in found.values()) else None
