"""The figures by which the planner says it broke ties, counted again from the plan (§3)."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import isqrt

from handover.verify.allocation import ToWorker
from handover.verify.facts import Facts


def tie_figures(facts: Facts, to_worker: ToWorker) -> dict[str, Fraction]:
    """Pairs of people who must meet to hand over, families without a shared language that could have one, and
    kilometres between workers and families. §3, §4."""
    placed = {family_id: worker_id for family_id, worker_id in to_worker.items() if worker_id is not None}
    pairs = {(facts.hands_over(family_id, worker_id), worker_id) for family_id, worker_id in placed.items()}
    return {
        "pairs": Fraction(sum(giver is not None for giver, _ in pairs)),
        "language_not_shared": Fraction(sum(_apart(facts, f, w) for f, w in placed.items())),
        "journeys_km": Fraction(sum(_metres(facts, f, w) for f, w in placed.items()), 1000),
    }


def _apart(facts: Facts, family_id: str, worker_id: str) -> bool:
    """True when the worker speaks no language listed for the siblings, but somebody who may take them does."""
    listed = {language for child in facts.families[family_id] for language in child.languages}
    if not listed or listed & set(facts.receiving[worker_id].languages):
        return False
    return any(listed & set(worker.languages) for worker in facts.may_take(family_id))


def _metres(facts: Facts, family_id: str, worker_id: str) -> int:
    """Straight lines from the worker to each of the siblings' different postcodes, each to the nearest metre."""
    places = _places()
    start = places.get(_letters(facts.receiving[worker_id].postcode))
    homes = {_letters(child.postcode) for child in facts.families[family_id]}
    if start is None:
        return 0
    squares = ((x - start[0]) ** 2 + (y - start[1]) ** 2 for x, y in (places[home] for home in homes if home in places))
    # the root of four times the square is twice the distance: half of it, rounded half up, is exact
    return sum((isqrt(4 * square) + 1) // 2 for square in squares)


def _letters(postcode: str) -> str:
    return "".join(letter for letter in postcode.upper() if not letter.isspace())


@cache
def _places() -> Mapping[str, tuple[int, int]]:
    """Easting and northing of the postcodes that come with the program."""
    _, *lines = (files("handover") / "postcode_data" / "herefordshire.csv").read_text(encoding="utf-8").splitlines()
    return {_letters(name): (int(x), int(y)) for name, x, y in (line.split(",") for line in lines)}
