"""How far apart a family and a worker live, as the crow flies, where both postcodes have coordinates (§3)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import dist

from handover.engagement import Family, Worker

TABLE = ("postcode_data", "herefordshire.csv")
"""In this package; the README beside it says where it comes from and under which licence. Stored plans are checked with
it: another table makes their `journeys_km` another figure."""


@cache
def coordinates() -> Mapping[str, tuple[int, int]]:
    """Easting and northing in metres (OSGB36) of every packaged postcode, by the postcode as `plain` gives it."""
    rows = csv.DictReader(files("handover").joinpath(*TABLE).read_text(encoding="utf-8").splitlines())
    return {plain(row["postcode"]): (int(row["easting"]), int(row["northing"])) for row in rows}


def plain(postcode: str) -> str:
    """A postcode in capitals without spaces: the same however it was typed."""
    return "".join(postcode.split()).upper()


def addresses(family: Family) -> tuple[str, ...]:
    """The siblings' different postcodes that have coordinates, in order; mostly one."""
    return tuple(sorted({plain(child.postcode) for child in family.children} & coordinates().keys()))


def journey(family: Family, worker: Worker) -> int | None:
    """Whole metres in a straight line between the worker and the family, all its addresses together; None where the
    worker or every sibling has no coordinates. §3."""
    start = coordinates().get(plain(worker.postcode))
    ends = addresses(family)
    if start is None or not ends:
        return None
    return sum(round(dist(start, coordinates()[end])) for end in ends)
