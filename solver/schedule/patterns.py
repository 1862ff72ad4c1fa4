"""What fits into one person's day: how many appointments of each kind, whatever their families (a relaxation of §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Kind:
    """A kind of appointment on one day: slots it takes, where it may start, free slots it needs on either side."""

    length: int
    starts: tuple[int, ...]
    pad: int = 0
    most: int = 99


@cache
def fits(
    kinds: tuple[Kind, ...], visit: int, meeting: int, timely: frozenset[int] = frozenset(), over_by: int = 0
) -> tuple[tuple[int, ...], ...]:
    """Largest count vectors that one person can do on a day without two at once: one entry a kind, then how many of
    the visits (kind number `visit`) follow a meeting (kind number `meeting`) of their own on the same day, and last how
    many of the kinds numbered in `timely` are over by a slot.

    Each vector is attainable, and whatever is attainable is below one of them.
    """
    first = min((s for k in kinds for s in k.starts), default=0)
    last = max((s + k.length + k.pad for k in kinds for s in k.starts), default=0)
    widest = max((k.pad for k in kinds), default=0)
    starts = [frozenset(k.starts) for k in kinds]
    follows, in_time = len(kinds), len(kinds) + 1
    none = (0,) * (len(kinds) + 2)
    # layer[now][wait]: counts reached with everything over at `now`, a padded kind having to wait `wait` more slots
    layer: dict[int, dict[int, set[tuple[int, ...]]]] = {first: {0: {none}}}
    reached: set[tuple[int, ...]] = {none}
    for now in range(first, last + 1):
        for wait, counts in layer.pop(now, {}).items():
            pruned = _largest_by(counts, visit)
            reached |= pruned
            layer.setdefault(now + 1, {}).setdefault(max(wait - 1, 0), set()).update(pruned)
            for i, kind in enumerate(kinds):
                if now not in starts[i] or (kind.pad and wait):
                    continue
                places = (i, in_time) if i in timely and now + kind.length <= over_by else (i,)
                grown = {_plus(c, *places) for c in pruned if c[i] < kind.most}
                if i == visit:
                    grown |= {_plus(c, i, follows) for c in pruned if c[i] < kind.most and c[follows] < c[meeting]}
                # after a padded kind anything may follow at once; after another, a padded kind waits out its pad
                after = layer.setdefault(now + kind.length + kind.pad, {})
                after.setdefault(0 if kind.pad else widest, set()).update(grown)
    return largest(reached)


def _plus(counts: tuple[int, ...], *places: int) -> tuple[int, ...]:
    grown = list(counts)
    for place in places:
        grown[place] += 1
    return tuple(grown)


def _largest_by(counts: set[tuple[int, ...]], place: int) -> set[tuple[int, ...]]:
    """The largest vectors among those of one count at `place`: a visit spent cannot be spent again after a meeting."""
    groups: dict[int, set[tuple[int, ...]]] = {}
    for c in counts:
        groups.setdefault(c[place], set()).add(c)
    return {c for group in groups.values() for c in largest(group)}


def largest(counts: set[tuple[int, ...]] | Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The vectors that no other one covers, in descending order."""
    kept: list[tuple[int, ...]] = []
    for c in sorted(counts, reverse=True):
        if not any(all(x <= y for x, y in zip(c, k, strict=True)) for k in kept):
            kept.append(c)
    return tuple(kept)
