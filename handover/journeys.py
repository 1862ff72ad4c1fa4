"""How far apart a family and a worker live, as the crow flies, where both postcodes have coordinates (§3)."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from math import dist

from handover.engagement import Family, Worker

TABLE = ("postcode_data", "herefordshire.csv")
"""In this package; the README beside it says where it comes from and under which licence. Stored plans are checked with
it: another table makes their `journeys_km` another figure."""

INWARD = 3
"""Letters of a postcode after its district."""


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


def area(family: Family) -> str | None:
    """The postcode district where the family is visited (`HR2` of `HR2 0LD`), its first address that has coordinates;
    None where none has."""
    found = addresses(family)
    return found[0][:-INWARD] if found else None


def visit_trips(visits: Iterable[tuple[str, date, Family]]) -> int:
    """Trips for joint visits, each with the receiving worker's id, its day and the family: those of one worker in one
    area on one day are one trip; a family without an area is a trip of its own. §4."""
    return len({(worker_id, day, area(family) or family.family_id) for worker_id, day, family in visits})
