"""How the report names days, plans and meetings."""

from datetime import date

from handover import british

PLANS = {
    "child_protection": "Child protection",
    "court": "Court",
    "looked_after": "Looked after",
    "child_in_need": "Child in need",
}
KINDS = {"review_conference": "review conference", "court_hearing": "court hearing"}
MODES = {"relayed": "relayed to", "none": "no time was found", "not_needed": "not needed"}
"""What is said of a meeting that the receiving worker is not at."""


def day_of_year(day: date) -> str:
    """`Mon 14 Nov`, where the year is plain."""
    return british.short_day(day).rpartition(" ")[0]
