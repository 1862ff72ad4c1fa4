"""The figures by which ties are broken, worked by hand (§3)."""

from fractions import Fraction

from handover.engagement import Rule
from handover.ties import tie_figures
from tests.builders import a_child, a_engagement, a_worker


def test_a_pair_counts_once_however_many_families_and_not_at_all_where_nobody_changes() -> None:
    # C1, C2 O1 to W1; C3 O1 to W2; C4 stays with W2; C5 is left out
    children = [a_child("C1", "O1"), a_child("C2", "O1"), a_child("C3", "O1"), a_child("C4", "W2"), a_child("C5", "O2")]
    made = a_engagement(children, [a_worker("W1"), a_worker("W2", side="staying")])
    figures = tie_figures({"C1": "W1", "C2": "W1", "C3": "W2", "C4": "W2", "C5": None}, made)
    assert figures == {"pairs": 2, "language_not_shared": 0, "journeys_km": 0}


def test_siblings_of_several_workers_meet_one_of_them() -> None:
    # two of three are held by O2, who hands over
    children = [a_child(f"C{n}", worker, family_id="F1") for n, worker in enumerate(("O1", "O2", "O2"))]
    assert tie_figures({"F1": "W1"}, a_engagement(children))["pairs"] == 1


def test_a_language_is_missed_only_where_somebody_who_can_take_the_family_speaks_it() -> None:
    # W2 speaks Polish, and may not take C3; nobody speaks Welsh; C4 has Polish or Welsh; C5 has nothing listed
    speaks = {"C1": ("Polish",), "C2": ("Welsh",), "C3": ("Polish",), "C4": ("Polish", "Welsh"), "C5": ()}
    children = [a_child(child, languages=languages) for child, languages in speaks.items()]
    rules = [Rule("C3", "W2", "never")]
    made = a_engagement(children, [a_worker("W1"), a_worker("W2", languages=("Polish",))], rules=rules)
    assert tie_figures(dict.fromkeys(speaks, "W1"), made)["language_not_shared"] == 2
    assert tie_figures(dict.fromkeys(speaks, "W1") | {"C1": "W2"}, made)["language_not_shared"] == 1


def test_journeys_are_in_kilometres_where_both_are_known() -> None:
    # HR1 1AA to HR1 1AB is 1631 m; C2 has no postcode
    made = a_engagement([a_child(postcode="HR1 1AB"), a_child("C2")], [a_worker(postcode="HR1 1AA")])
    assert tie_figures({"C1": "W1", "C2": "W1"}, made)["journeys_km"] == Fraction(1631, 1000)
