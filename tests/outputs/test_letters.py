"""Letters to families: what they say, how plainly, in which language, and what no template can do to us."""

import os
import struct
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
import textstat
from docx import Document

from handover.engagement import Engagement
from handover.errors import UsageError
from handover.intake import read
from handover.outputs.letters import FIELDS, PLAIN, Letters, letters, new_template, templates_in
from handover.outputs.letters.fields import DAYS, letter_fields
from handover.outputs.letters.zipped import packed
from handover.plan import Plan
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement
from tests.plans import a_plan, an_appointment

SMALL = Path(__file__).parents[1] / "data" / "small"
OURS = {"": new_template()}
GRADE = 4
"""Flesch-Kincaid: a reader of about nine."""
NAMES = ("Oluwaseun Featherstonehaugh", "Aleksandra Wiśniewska", "Bartholomew Ullingswick", "Jo Li", "Siân O'Dwyer")


def template(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(content)).paragraphs)


def told(one: Engagement, plan: Plan, *paragraphs: str, **languages: bytes) -> dict[str, str]:
    """The letters' texts by file name, from a template of these paragraphs, or from ours."""
    templates = {"": template(*paragraphs)} if paragraphs else OURS
    made = letters(one, plan, templates | languages)
    return {name: text_of(content) for name, content in made.files.items()}


def only(one: Engagement, plan: Plan, *paragraphs: str) -> str:
    (text,) = told(one, plan, *paragraphs).values()
    return text


def a_case(to_worker: str | None = "W1", visit: bool = False, **worker: Any) -> tuple[Engagement, Plan]:
    one = a_engagement([a_child("C1")], [a_worker("W1", **worker), a_worker("W2")])
    booked = [an_appointment("C1", "joint_visit", "2022-11-15T13:30", "O1", "W1", 90)] if visit else []
    return one, a_plan(one, {"C1": to_worker}, booked)


def test_the_letter_names_who_it_was_who_it_will_be_and_from_which_day() -> None:
    text = only(*a_case())
    assert "Your social worker is Worker O1. From Monday 28 November 2022 it will be Worker W1." in text
    assert "Worker W1 will call you to set a day to meet." in text
    assert "You can ask for Worker M1, who runs the new team." in text
    assert "{" not in text


def test_a_booked_visit_is_told_with_day_time_and_who_comes() -> None:
    text = only(*a_case(visit=True))
    assert "Worker O1 and Worker W1 will come to see you." in text
    assert "on Tuesday 15 November 2022 at 1.30pm" in text
    assert "call you to set a day" not in text


def test_a_worker_who_is_late_is_not_announced_too_soon_and_the_stand_in_is_named() -> None:
    text = only(*a_case(laptop_on=date(2022, 12, 1)))
    assert "From Thursday 1 December 2022 it will be Worker W1." in text
    assert "Worker W1 is not here yet on Monday 28 November 2022. So at first Worker W2 will help you." in text
    assert "Worker W2 will call you" in text


def test_a_worker_who_will_leave_is_said_to() -> None:
    assert "can stay with you until Friday 24 February 2023" in only(*a_case(available_to=date(2023, 2, 24)))
    assert "can stay" not in only(*a_case(available_to=date(2023, 3, 31)))


def test_a_family_nobody_receives_is_not_given_a_name() -> None:
    text = only(*a_case(None))
    assert "We do not yet know who comes next." in text
    assert "W1" not in text
    assert "it will be" not in text


def test_a_family_that_stays_gets_no_letter() -> None:
    one = a_engagement([a_child("C1", "W1"), a_child("C2")], [a_worker("W1", side="staying")])
    assert list(told(one, a_plan(one, {"C1": "W1", "C2": "W1"}))) == ["letter-C2.docx"]


def test_siblings_with_two_workers_read_of_both() -> None:
    one = a_engagement(
        [a_child("C1", family_id="F1"), a_child("C2", "O2", family_id="F1"), a_child("C3", "W1", family_id="F1")],
        [a_worker("W1", side="staying")],
    )
    text = only(one, a_plan(one, {"F1": "W1"}))
    assert "Your social workers are Worker O1 and Worker O2." in text


def test_no_letter_names_a_child() -> None:
    one = read(SMALL).engagement
    for text in told(one, a_plan(one, booked=True)).values():
        assert not [c.child_id for c in one.children if c.child_id in text]


def situations() -> list[tuple[Engagement, Plan]]:
    small = read(SMALL).engagement
    found = [(small, a_plan(small, booked=True)), a_case(), a_case(visit=True), a_case(None)]
    for seed in range(25):
        one = tiny_engagement(Random(seed))
        names = cycle(NAMES[seed % len(NAMES) :] + NAMES[: seed % len(NAMES)])
        one = replace(one, workers=tuple(replace(w, name=next(names)) for w in one.workers))
        found.append((one, a_plan(one, booked=seed % 2 == 0)))
    return found


def test_every_letter_reads_at_grade_four_or_lower() -> None:
    grades = {}
    kinds = set()
    for one, plan in situations():
        for name, text in told(one, plan).items():
            grades[one.settings.name, name, text] = textstat.flesch_kincaid_grade(text)
        for family in one.families:
            fields = letter_fields(family, one, plan) or {}
            kinds.add(
                tuple(name for name in ("new", "stand_in", "visit_on", "leaves_on", "several") if fields.get(name))
            )
    assert len(grades) > 40
    # nobody yet; plain; visit; stand-in; leaving; and mixtures
    assert {(), ("new",), ("new", "visit_on"), ("new", "stand_in"), ("new", "leaves_on")} <= kinds
    assert {text: grade for text, grade in grades.items() if grade > GRADE} == {}


def test_no_letter_uses_the_words_of_the_trade() -> None:
    jargon = (
        "allocat",
        "interim",
        "sign-off",
        "handover",
        "provider",
        "caseload",
        "conference",
        "statutory",
        "mobilis",
    )
    for one, plan in situations()[:6]:
        for text in told(one, plan).values():
            assert not [word for word in jargon if word in text.lower()]


def test_a_family_gets_its_own_language_where_there_is_a_template_and_is_counted_where_not() -> None:
    one = a_engagement(
        [
            a_child("C1", languages=("Polish",)),
            a_child("C2", languages=("Welsh",)),
            a_child("C3"),
            a_child("C4", languages=("English", "Urdu")),
        ],
        [a_worker("W1")],
    )
    plan = a_plan(one, dict.fromkeys(("C1", "C2", "C3", "C4"), "W1"))
    made = letters(one, plan, {"": template("Hello {{ new }}"), "polish": template("Witaj, {{ starts_on_number }}")})
    said = {name: text_of(content) for name, content in made.files.items()}
    assert said["letter-C1.docx"] == "Witaj, 28/11/2022"
    assert said["letter-C2.docx"] == said["letter-C3.docx"] == "Hello Worker W1"
    assert made.no_template == {"Welsh": 1}


def test_a_folder_gives_a_template_for_each_language_in_it(tmp_path: Path) -> None:
    for name in (PLAIN, "letter.Polish.docx", "letter-welsh.docx", "notes.docx"):
        (tmp_path / name).write_bytes(name.encode())
    found = templates_in(tmp_path)
    assert {language: content.decode() for language, content in found.items()} == {
        "": PLAIN,
        "polish": "letter.Polish.docx",
        "welsh": "letter-welsh.docx",
    }


def test_a_folder_without_a_template_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no letter\.docx .* letter-template"):
        templates_in(tmp_path)


def test_every_field_can_be_named_and_nothing_else() -> None:
    named = [*FIELDS, *(f"{day}_number" for day in DAYS)]
    text = only(*a_case(visit=True), *(f"{{{{ {name} }}}}" for name in named))
    assert len(text.split("\n")) == len(named)
    (family,) = a_case()[0].families
    assert set(letter_fields(family, *a_case()) or ()) == set(named)


def test_a_field_that_is_misspelt_is_said_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"letter\.docx: 'nwe' is undefined.*reference, now"):
        told(*a_case(), "Dear {{ nwe }}")


ATTACKS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ new.__init__.__globals__ }}",
    "{{ new.upper() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{% for x in range(99999999) %}x{% endfor %}",
    "{{ new * 1000000000 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{0.__class__}'.format(new) }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% if %}",
    "{{ new|center(999999999) }}",
    "{{ '%999999999d'|format(1) }}",
    "{% for a in new %}x{% endfor %}",
    "{% set a = new %}{{ a }}",
    "{{ new + new }}",
    "{{ new ~ new }}",
    "{{ new[0] }}",
    "{{ [new, new] }}",
    "{{ {'a': new} }}",
    "{{ new|safe }}",
    "{% autoescape false %}{{ new }}{% endautoescape %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% block b %}{% endblock %}",
    "{% extends 'x' %}",
    "{% filter center(999999999) %}x{% endfilter %}",
    "{% with a = new %}{% endwith %}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_template_can_name_fields_and_do_nothing_else(attack: str) -> None:
    with pytest.raises(UsageError, match=r"letter\.docx"):
        told(*a_case(), attack)


@pytest.mark.parametrize("name", ["{{ 7 * 7 }}", "<w:p/>&amp;</w:t>", "{% if x %}"])
def test_what_is_filled_in_is_text_and_never_a_template_or_a_part_of_the_file(name: str) -> None:
    assert only(*a_case(name=name), "To {{ new }}.") == f"To {name}."


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", new_template()[:900], template("x").replace(b"word/", b"wurd/")]
)
def test_a_file_that_is_no_word_file_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"letter\.docx .*(Word|new one)"):
        letters(*a_case(), {"": content})


def test_a_template_that_unpacks_to_gigabytes_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handover.outputs.letters.LARGEST", 1000)
    with pytest.raises(UsageError, match="unpacked it is larger"):
        letters(*a_case(), OURS)


def test_a_template_that_lies_about_its_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    size = struct.pack("<I", 3_000_000)
    bomb = packed({"word/document.xml": b" " * 3_000_000})
    assert bomb.count(size) == 2, "in the part's own head and in the list"
    monkeypatch.setattr("handover.outputs.letters.LARGEST", 2_000_000)
    with pytest.raises(UsageError, match="is not a Word file"):
        letters(*a_case(), {"": bomb.replace(size, struct.pack("<I", 10))})


def test_a_template_of_braces_without_end_is_refused_before_their_ends_are_looked_for() -> None:
    with pytest.raises(UsageError, match="opening braces"):
        letters(*a_case(), {"": template("{{" * 1001)})


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml"])
def test_an_entity_in_a_template_neither_swells_nor_reads_a_file(part: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("precious", encoding="utf-8")
    with ZipFile(BytesIO(template("{{ new }} &own;"))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    own = f'<!DOCTYPE x [<!ENTITY own SYSTEM "{(tmp_path / "secret").as_uri()}">]>'.encode()
    parts[part] = own + parts[part].partition(b"?>")[2].replace(b"&amp;own;", b"&own;")
    with pytest.raises(UsageError, match="document type"):
        letters(*a_case(), {"": packed(parts)})


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_pipe_in_a_template_s_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / PLAIN)
    with pytest.raises(UsageError, match="is not a file"):
        templates_in(tmp_path)


def test_an_id_cannot_lead_a_letter_out_of_its_folder() -> None:
    one = a_engagement([a_child("../../etc/passwd")], [a_worker("W1")])
    (name,) = letters(one, a_plan(one), OURS).files
    assert "/" not in name
    assert name.startswith("letter-")


def test_the_same_plan_gives_the_same_bytes() -> None:
    first: Letters = letters(*a_case(), OURS)
    assert first.files == letters(*a_case(), {"": new_template()}).files


def test_places_left_to_fill_in_are_noticed() -> None:
    assert letters(*a_case(), OURS).unfilled
    assert not letters(*a_case(), {"": template("Call 01432 000000. {{ new }}")}).unfilled
