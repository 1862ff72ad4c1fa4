import re
from dataclasses import replace
from fractions import Fraction
from io import StringIO

import pytest
from hypothesis import given, settings
from rich.console import Console

from handover.engagement import Engagement
from handover.flags import flags
from handover.headlines import LEVEL_WORDS
from handover.outputs.terminal import show
from handover.plan import LEVELS, TIE_FIGURES, Flag, Level
from handover.summary import Summary, summary
from tests.builders import a_child, a_engagement, a_worker, engagements
from tests.plans import a_plan

WHATEVER = "changes_whatever_the_caseloads"


def shown(said: Summary, width: int = 80, **console: bool) -> str:
    text = StringIO()
    show(said, Console(file=text, width=width, **console))
    return text.getvalue()


def flat(text: str) -> str:
    """Without line breaks."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def said() -> Summary:
    one = a_engagement(
        [a_child("C1"), a_child("C2", needs=("court",))], [a_worker("W1"), a_worker("W2", dbs_number="")]
    )
    plan = a_plan(one, {"C1": "W1", "C2": None})
    return summary(one, replace(plan, flags=flags(one, plan)))


def test_a_manager_can_read_the_main_points_out(said: Summary) -> None:
    text = flat(shown(said))
    for sentence in (
        "2 children in 2 families; 1 child is left without a receiving worker.",
        "1 change of social worker, of which 1 that no plan could avoid whatever the caseloads, and 0 as the price of",
        "Meetings: 0 direct, 0 relayed, 1 not booked; 0 not needed.",
        "Worker W2 (W2), social worker, T1: not cleared: dbs_number",
        "STOP C2: unallocated: Nobody can take the child: no receiving worker has the skill court",
        "Worker M1 (M1) holds the case on go-live until a worker is found.",
    ):
        assert sentence in text


def test_changes_not_proven_unavoidable_are_not_called_so(said: Summary) -> None:
    open_ = replace(said, changes=9, **{WHATEVER: Level(WHATEVER, Fraction(7), Fraction(13, 2))})
    text = flat(shown(open_))
    assert "No plan has fewer than 6.5 whatever the caseloads; the fewest found that way is 7" in text
    assert "no plan could avoid" not in text


def test_a_level_says_whether_it_is_proven_and_what_stopped_it(said: Summary) -> None:
    levels = (
        Level("changes", Fraction(9), Fraction(9)),
        Level("burden", Fraction(20), Fraction(18), stopped="clock"),
        Level("pairs", Fraction(3), Fraction(0)),
    )
    text = shown(replace(said, levels=levels))
    assert re.search(r"changes of social worker +9 +9 +proven best", text)
    assert re.search(r"changes, weighted by changes before +20 +18 +not proven, stopped: clock", text)
    assert re.search(r"pairs of people who must meet +3 +0 +no proof sought", text)


def test_every_level_of_the_contract_has_words() -> None:
    assert tuple(LEVEL_WORDS) == LEVELS + TIE_FIGURES


@given(engagements())
@settings(max_examples=25)
def test_no_line_is_wider_than_80_columns(one: Engagement) -> None:
    plan = a_plan(one, booked=True)
    text = shown(summary(one, replace(plan, flags=flags(one, plan))))
    assert max(len(line) for line in text.splitlines()) <= 80


def test_colour_says_nothing_that_words_do_not(said: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = shown(said, force_terminal=True, no_color=False)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(said, force_terminal=True)
    codes = re.compile(r"\x1b\[[0-9;]*m")
    assert codes.sub("", coloured) == codes.sub("", plain)
    assert "\x1b[1;31m" in coloured
    assert "31m" not in plain
    assert re.search(r"Worker W1 \(W1\).* below", codes.sub("", plain))


def test_names_are_not_read_as_markup(said: Summary) -> None:
    (worker,) = said.workers
    text = shown(replace(said, workers=(replace(worker, name="[red]Ann[/red]"),)))
    assert "[red]Ann[/red] (W1)" in text


def test_a_county_lists_only_workers_outside_their_bands(said: Summary) -> None:
    (worker,) = said.workers
    within = tuple(replace(worker, worker_id=f"W{n:03}", points=worker.low) for n in range(70))
    text = shown(replace(said, workers=(*within, worker)))
    assert "70 of 71 receiving workers are within their bands; the others:" in text
    assert "(W001)" not in text
    assert "(W1)" in text


def test_many_stops_are_counted_after_the_first(said: Summary) -> None:
    stops = tuple(Flag("stop", f"C{n}", "unallocated: no.", "Do it.") for n in range(20))
    text = shown(replace(said, stops=stops))
    assert text.count("STOP C") == 12
    assert "STOP: 8 more in flags.csv." in text


def test_a_plan_that_asks_nothing_says_so(said: Summary) -> None:
    text = flat(shown(replace(said, stops=(), warnings={}, infos={}, not_ready=())))
    assert "What needs a decision Nothing." in text
    assert "Nobody: every worker and manager" in text


def test_remedies_stand_with_the_stops(said: Summary) -> None:
    assert "A way out: One more worker with court." in flat(
        shown(replace(said, remedies=("One more worker with court.",)))
    )
