"""What the report counts, and what its file holds and does not hold."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from syrupy.assertion import SnapshotAssertion

from handover.engagement import Engagement, Episode, Event
from handover.flags import flags
from handover.outputs.report import counts, pictures, report_html
from handover.outputs.report.counts import Busyness
from handover.plan import Plan
from handover.summary import Load
from tests.builders import a_child, a_engagement, a_manager, a_worker
from tests.plans import a_plan, an_appointment

HEARING = "court_hearing"


def a_case(**worker: Any) -> tuple[Engagement, Plan]:
    # C1 and C2 move together to W1; C3 stays with W2 of the other team; C4 needs what nobody has
    one = a_engagement(
        [
            a_child("C1", family_id="F1"),
            a_child("C2", family_id="F1"),
            a_child("C3", "W2"),
            a_child("C4", needs=("asylum",)),
        ],
        [a_worker("W1", **worker), a_worker("W2", side="staying", team_id="T2")],
        events=[
            Event("C1", HEARING, date(2022, 11, 16)),
            Event("C3", "review_conference", date(2022, 12, 1)),
            Event("C4", HEARING, date(2022, 12, 2)),
        ],
    )
    plan = a_plan(
        one,
        {"F1": "W1", "C3": "W2", "C4": None},
        [
            an_appointment("F1", "summary", "2022-11-14T09:00", "O1"),
            an_appointment("F1", "meeting", "2022-11-15T10:00", "O1", "W1"),
            an_appointment("F1", "joint_visit", "2022-11-15T14:00", "O1", "W1", 90),
            an_appointment("F1", "sign_off", "2022-11-15T16:00", "M1", None, 30),
        ],
    )
    return one, replace(plan, flags=flags(one, plan), plan_id="P0001")


def page_of(engagement: Engagement, plan: Plan) -> str:
    return report_html(engagement, plan).decode()


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(*a_case())


def text_of(page: str) -> str:
    """What a reader reads of it, without style and script."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


class Skeleton(HTMLParser):
    """The page's elements with what names them, and the words of headings; no pictures, rows, style or script."""

    VOID, SKIPPED = ("meta", "input", "br"), ("svg", "tbody", "style", "script")
    UNNAMED = ("content", "width", "height", "viewbox")
    WORDED = ("title", "h1", "h2", "h3", "caption", "summary", "label", "th", "button", "dt", "option", "a")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.lines: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not set(self.open) & set(self.SKIPPED):
            said = "".join(f" {name}={value}" for name, value in attrs if name not in self.UNNAMED)
            self.lines.append(f"{'  ' * len(self.open)}{tag}{said}")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.WORDED and not set(self.open) & set(self.SKIPPED):
            self.lines[-1] += f" | {' '.join(data.split())}"


def test_the_page_is_built_as_it_was(page: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(Skeleton(page).lines) == snapshot


def test_hours_are_those_of_everybody_at_an_appointment() -> None:
    # O1: summary an hour on Monday, meeting an hour and visit an hour and a half on Tuesday; W1 the latter two
    engagement, plan = a_case()
    outgoing = {row.key: row.by_period[:2] for row in counts.hours(engagement, plan, outgoing=True)}
    assert outgoing == {"O1": (Fraction(1), Fraction(5, 2))}
    incoming = {row.key: row.total for row in counts.hours(engagement, plan, outgoing=False)}
    assert incoming == {"W1": Fraction(5, 2), "W2": 0, "M1": Fraction(1, 2), "M2": 0}


def test_meetings_count_on_their_day_for_the_team_that_receives() -> None:
    engagement, plan = a_case()
    days = [period.name for period in counts.periods(engagement)]
    found = {
        row.name: dict(zip(days, row.by_period, strict=True)) for row in counts.team_days(engagement, plan, "meeting")
    }
    assert found["Team T1"]["Tue 15 Nov"] == 1
    assert sum(found["Team T1"].values()) == 1
    assert sum(found["Team T2"].values()) == 0
    assert len(days) == 10


def test_a_long_window_is_told_by_the_week_and_loses_nothing() -> None:
    # five weeks from Monday 24 October
    engagement = a_engagement(window_start=date(2022, 10, 24))
    plan = a_plan(engagement, {"C1": "W1"}, [an_appointment("C1", "meeting", "2022-11-03T10:00", "O1", "W1")])
    weeks = [period.name for period in counts.periods(engagement)]
    assert weeks[:2] == ["Week of 24 Oct", "Week of 31 Oct"]
    assert len(weeks) == 5
    (team,) = counts.team_days(engagement, plan, "meeting")
    assert team.by_period == (0, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("hearing", "outcome"),
    [(14, "not_introduced"), (15, "introduced"), (30, "introduced")],
)
def test_a_family_is_introduced_when_it_meets_its_worker_on_or_before_the_day(hearing: int, outcome: str) -> None:
    engagement, plan = a_case()
    moved = replace(engagement, events=(Event("C1", HEARING, date(2022, 11, hearing)),))
    (found,) = counts.hearings(moved, plan)
    assert (found.outcome, found.introduced_on) == (outcome, date(2022, 11, 15))


def test_a_relayed_meeting_introduces_nobody() -> None:
    engagement = a_engagement(events=[Event("C1", HEARING, date(2022, 11, 24))])
    relayed = [an_appointment("C1", "meeting", "2022-11-16T10:00", "O1", "W2")]
    (found,) = counts.hearings(engagement, a_plan(engagement, {"C1": "W1"}, relayed))
    assert (found.outcome, found.introduced_on) == ("not_introduced", None)


def test_who_keeps_a_worker_or_has_none_is_told_apart_at_a_hearing() -> None:
    assert [(h.case.family.family_id, h.outcome) for h in counts.hearings(*a_case())] == [
        ("F1", "introduced"),
        ("C3", "same_worker"),
        ("C4", "nobody"),
    ]


def test_children_are_counted_by_changes_before_and_now() -> None:
    # C1, C2: none before, one now; C3: none at all; C4 has no worker and counts nowhere
    assert counts.changes_by_prior(a_case()[1]) == {(0, 1): 2, (0, 0): 1}


def test_the_file_allows_its_own_style_and_script_and_nothing_else(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    hashes = {
        tag: b64encode(sha256(re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[0].encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert unescape(policy) == (
        f"default-src 'none'; style-src 'sha256-{hashes['style']}'; script-src 'sha256-{hashes['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script>")
    assert not re.findall(r"<[^>]* (?:style|on\w+|src|srcset|action)=", page)
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"\w+://[^\s\"'<]*", page)) <= namespaces
    assert not re.findall(r'href="(?!#)', page)


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}${7*7}\\"


def test_a_name_that_is_a_script_stays_a_name() -> None:
    page = page_of(*a_case(name=HOSTILE))
    assert page.count("<script>") == 1
    assert "<img" not in page
    assert HOSTILE in text_of(page)
    assert any(HOSTILE in "".join(picture.itertext()) for picture in drawn(page))


def drawn(page: str) -> list[ET.Element]:
    """Every picture of the page, as XML that anybody can read."""
    return [
        ET.fromstring(svg.replace("<svg", '<svg xmlns:xlink="x"', 1))
        for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    ]


def test_every_picture_has_a_name_a_description_and_a_table(page: str) -> None:
    found = drawn(page)
    assert len(found) == 14  # seven, each wide and narrow
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    for picture in found:
        title, description = picture[0], picture[1]
        assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", title.get("id"))
        assert picture.get("aria-describedby") == description.get("id")
        assert title.text
        assert description.text
        assert not [e for e in picture[2].iter() if e.get("role") or e.get("aria-label") or e.get("style")]
    after = re.split(r"<figure>", page)[1:]
    assert all("<details" in part.partition("</figure>")[2] and "<table>" in part for part in after)


def test_dates_are_british_throughout(page: str) -> None:
    assert re.findall(r"\b\d{4}-\d\d-\d\d\b", text_of(page)) == []
    assert "15/11/2022 10:00" in page
    assert "Monday 28 November 2022" in page


def test_the_same_plan_gives_the_same_bytes(page: str) -> None:
    assert page_of(*a_case()) == page


def test_each_child_has_one_row_with_all_that_is_planned(page: str) -> None:
    (body,) = re.findall(r'<table id="schedule-table">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    rows = [
        [text_of(cell).strip() for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row)]
        for row in body.split("</tr>")[:-1]
    ]
    assert [row[0] for row in rows] == ["C1 family F1", "C2 family F1", "C3", "C4"]
    assert rows[0][1:11] == [
        "Child protection",
        "Worker O1 (O1)",
        "Worker W1 (W1) Team T1",
        "28/11/2022",
        "0",
        "1",
        "no",
        "15/11/2022 10:00",
        "15/11/2022 14:00",
        "15/11/2022 16:00 Worker M1 (M1)",
    ]
    assert rows[2][8] == "not needed"
    assert rows[3][3] == "nobody"
    assert "stop: unallocated" in rows[3][11]


def test_a_stop_is_told_in_full_with_what_to_do(page: str) -> None:
    (stop,) = (flag for flag in a_case()[1].flags if flag.severity == "stop" and flag.subject == "C4")
    assert stop.matter.partition(": ")[2] in text_of(page)
    assert stop.action in text_of(page)


def test_without_receiving_workers_there_is_still_a_report() -> None:
    one = a_engagement(workers=[a_worker("W1", dbs_issued_on=None), a_manager("M1")])
    page = text_of(page_of(one, a_plan(one)))
    assert "Nobody may receive cases." in page
    assert "Worker W1 (W1), social worker, Team T1 not cleared: DBS date is missing" in page


def some_loads(number: int) -> list[Load]:
    # fair share 10: points from 5 to 14, so half of them 0 to 5 tenths below, half 0 to 4 tenths above
    return [
        Load("T1", f"W{n:03}", "Same Name", Fraction(1), 1, 5 + n % 10, Fraction(10), 8, 12, 0) for n in range(number)
    ]


def figures_in(svg: str) -> list[str]:
    return [text for text in (e.text for e in drawn(svg)[0].iter() if e.tag.endswith("text")) if text]


def test_many_caseloads_are_counted_by_their_distance_from_the_fair_share() -> None:
    # of 70: seven at each of -50, -40 … +40 in 100; those from -20 to +20 are within the band
    few = pictures.picture("few", "t", "s", pictures.caseloads(some_loads(60), {"T1": "Team"}))
    many = pictures.picture("many", "t", "s", pictures.caseloads(some_loads(70), {"T1": "Team"}))
    assert sum("Same Name" in text for text in figures_in(few.wide)) == 60
    assert not [text for text in figures_in(many.wide) if "Same Name" in text]
    bars = [e for e in drawn(many.wide)[0].iter() if e.tag.endswith("path") and e.get("fill") == pictures.BLUE]
    assert {"fair share", "\N{MINUS SIGN}50%", "+40%"} <= set(figures_in(many.wide))
    assert len(bars) == 5 + 1  # bars within the band, and the key


def test_two_people_of_one_name_stay_two_in_a_picture() -> None:
    # a name that fits beside the narrow picture without its id only
    rows = [
        Busyness("W1", "Two of One Name", (Fraction(3),)),
        Busyness("W2", "Two of One Name", (Fraction(2),)),
    ]
    narrow = pictures.picture("same", "t", "s", pictures.squares({"Hours": rows}, ["Mon 14 Nov"])).narrow
    assert figures_in(narrow).count("Two of One Name") == 2
    assert {"3", "2"} <= set(figures_in(narrow))


def test_beside_a_picture_stands_as_much_of_a_name_as_fits() -> None:
    rows = [Busyness("W1", "Ann", (Fraction(3),))]
    both = pictures.picture("short", "t", "s", pictures.squares({"Hours": rows}, ["Mon 14 Nov"]))
    assert "Ann (W1)" in figures_in(both.narrow)
    rows = [Busyness("W1", "Somebody Of A Long Name", (Fraction(3),))]
    both = pictures.picture("long", "t", "s", pictures.squares({"Hours": rows}, ["Mon 14 Nov"]))
    assert "Somebody Of A Long Name (W1)" in figures_in(both.wide)
    assert "W1" in figures_in(both.narrow)


def test_of_many_only_the_busiest_are_drawn_the_same_in_every_part() -> None:
    # 50 teams: W00 has no meeting but most visits, W01 to W49 as many meetings as their number
    meetings = [Busyness(f"W{n:02}", f"Team {n}", (Fraction(n),)) for n in range(50)]
    visits = [Busyness(f"W{n:02}", f"Team {n}", (Fraction(0 if n else 99),)) for n in range(50)]
    wide = pictures.picture("many", "t", "s", pictures.squares({"M": meetings, "V": visits}, ["Mon 14 Nov"])).wide
    drawn_teams = [text for text in figures_in(wide) if text.startswith("Team")]
    assert drawn_teams == ["Team 0 (W00)", *(f"Team {n} (W{n:02})" for n in range(49, 10, -1))]
    assert "99" in figures_in(wide)


def test_the_words_with_a_picture_say_the_most_and_how_many_are_spared(page: str) -> None:
    assert "The most is 2.5 on Tue 15 Nov, Worker O1 (O1) (hours)." in text_of(page)
    assert "two changes or more before" not in text_of(page)  # no child has had two
    # P1, P2, then who holds them now: two changes within the year before; C1 stays, C2 moves on
    moves = [(f"P{n}", date(2022, 2 * n, 1)) for n in (1, 2)]
    history = [Episode(c, w, on) for c in ("C1", "C2") for w, on in [*moves, (f"W{c[1]}", date(2022, 9, 1))]]
    one = a_engagement(
        [a_child("C1", "W1"), a_child("C2", "W2")],
        [a_worker("W1", side="staying"), a_worker("W2", side="staying")],
        history=history,
    )
    said = text_of(page_of(one, a_plan(one, {"C1": "W1", "C2": "W1"})))
    assert "Of 2 children with two changes or more before, 1 has none now." in said
