"""How far apart people live, from packaged coordinates (§3).

HR1 1AA lies at 351418, 240501; HR1 1AB at 351331, 242130; HR1 1AD at 351857, 241364.
"""

from datetime import date

from handover.engagement import Child, Family
from handover.journeys import area, coordinates, journey, visit_trips
from tests.builders import a_child, a_worker


def a_family(*children: Child) -> Family:
    return Family("F1", children)


def test_a_journey_is_a_straight_line_in_whole_metres() -> None:
    # 87 east-west, 1629 north-south: the root of 2661210 is 1631.3
    assert journey(a_family(a_child(postcode="HR1 1AB")), a_worker(postcode="HR1 1AA")) == 1631


def test_a_postcode_is_known_however_it_was_typed() -> None:
    assert journey(a_family(a_child(postcode=" hr11ab ")), a_worker(postcode="Hr1  1aA")) == 1631


def test_without_coordinates_on_either_side_there_is_no_journey_rather_than_one_of_nothing() -> None:
    here, nowhere = a_worker(postcode="HR1 1AA"), a_worker(postcode="SW1A 1AA")
    assert journey(a_family(a_child(postcode="HR1 1AA")), here) == 0
    assert journey(a_family(a_child(postcode="HR1 1AA")), nowhere) is None
    assert journey(a_family(a_child(postcode="")), here) is None
    assert journey(a_family(a_child(postcode="HR1 1AA")), a_worker()) is None


def test_siblings_at_one_address_are_one_journey_and_at_two_are_two() -> None:
    one, same, other, unknown = (a_child(f"C{p}", postcode=p) for p in ("HR1 1AB", "hr1 1ab", "HR1 1AD", "ZZ1 1ZZ"))
    worker = a_worker(postcode="HR1 1AA")
    assert journey(a_family(one, same), worker) == 1631
    # to HR1 1AD 439 and 863: the root of 937490 is 968.2
    assert journey(a_family(one, same, other, unknown), worker) == 1631 + 968


def test_every_packaged_postcode_lies_in_or_near_herefordshire() -> None:
    assert len(coordinates()) == 7807
    assert all(310_000 < east < 400_000 and 210_000 < north < 290_000 for east, north in coordinates().values())


def test_visits_of_a_worker_in_one_area_on_one_day_are_one_trip_and_no_others() -> None:
    first, same, next_door, nowhere, too = (
        Family(f"F{n}", (a_child(f"C{n}", postcode=p),))
        for n, p in enumerate(("HR1 1AA", "hr11ab", "HR2 0LD", "SW1A 1AA", "SW1A 1AB"))
    )
    assert [area(f) for f in (first, same, next_door, nowhere)] == ["HR1", "HR1", "HR2", None]
    monday, tuesday = date(2022, 11, 14), date(2022, 11, 15)
    assert visit_trips([("W1", monday, first), ("W1", monday, same)]) == 1
    assert visit_trips([("W1", monday, first), ("W2", monday, same)]) == 2
    assert visit_trips([("W1", monday, first), ("W1", tuesday, same)]) == 2
    assert visit_trips([("W1", monday, first), ("W1", monday, next_door)]) == 2
    # where nobody knows how far they are apart, no trip is claimed to be saved
    assert visit_trips([("W1", monday, nowhere), ("W1", monday, too)]) == 2
