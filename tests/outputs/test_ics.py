"""Diaries read back by another library (vobject), and looked at as the text they are."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import vobject

from handover.engagement import Engagement
from handover.outputs.ics import diaries
from handover.plan import Appointment, Plan
from tests.builders import a_child, a_engagement, a_worker
from tests.plans import a_plan, an_appointment

NOON = datetime(2022, 11, 1, 12, tzinfo=UTC)
FAMILY = (
    an_appointment("F1", "summary", "2022-11-16T09:00", "O1"),
    an_appointment("F1", "meeting", "2022-11-16T10:00", "O1", "W1"),
    an_appointment("F1", "joint_visit", "2022-11-17T13:00", "O1", "W1", minutes=90),
    an_appointment("F1", "sign_off", "2022-11-18T09:00", "M1", minutes=30),
)


def an_engagement(name: str = "Amara Pencombe") -> Engagement:
    children = [a_child("C00017", family_id="F1"), a_child("C00018", family_id="F1", postcode="HR1 2AB")]
    return a_engagement(children, [a_worker("W1", name=name), a_worker("W2")])


def a_stored(number: int = 1, appointments: tuple[Appointment, ...] = FAMILY, **changes: Any) -> Plan:
    plan = a_plan(an_engagement(), {"F1": "W1"}, appointments)
    return replace(plan, plan_id=f"P{number:04d}", made_at=NOON + timedelta(number), **changes)


def read(files: Any, worker_id: str = "W1") -> dict[str, Any]:
    """The events of a person's file by what their summary starts with."""
    calendar = vobject.readOne(files[f"{worker_id}.ics"].decode())
    return {event.summary.value.split(" with")[0]: event for event in calendar.vevent_list}


def test_everybody_at_an_appointment_has_it_in_a_file_of_their_own() -> None:
    files = diaries(an_engagement(), a_stored())
    assert set(files) == {"O1.ics", "W1.ics", "M1.ics"}
    assert set(read(files, "O1")) == {"Write the handover summary", "Handover meeting", "Joint visit"}
    assert set(read(files, "W1")) == {"Handover meeting", "Joint visit"}
    assert set(read(files, "M1")) == {"Sign off a handover"}


def test_an_appointment_is_at_its_hour_on_the_wall_on_either_side_of_a_change_of_the_clocks() -> None:
    winter = read(diaries(an_engagement(), a_stored()))["Joint visit"]
    assert winter.dtstart.value == datetime(2022, 11, 17, 13, tzinfo=UTC)
    assert winter.dtend.value == datetime(2022, 11, 17, 14, 30, tzinfo=UTC)
    # the clocks went back in the night before Sunday 30 October 2022: ten o'clock is 09:00 UTC before, 10:00 UTC after
    across = (
        an_appointment("F1", "meeting", "2022-10-28T10:00", "O1", "W1"),
        an_appointment("F1", "joint_visit", "2022-10-31T10:00", "O1", "W1", minutes=90),
    )
    autumn = read(diaries(an_engagement(), a_stored(appointments=across)))
    assert autumn["Handover meeting"].dtstart.value == datetime(2022, 10, 28, 9, tzinfo=UTC)
    assert autumn["Handover meeting"].dtend.value == datetime(2022, 10, 28, 10, tzinfo=UTC)
    assert autumn["Joint visit"].dtstart.value == datetime(2022, 10, 31, 10, tzinfo=UTC)


def test_a_plan_made_in_summer_time_goes_by_the_clock_on_the_wall() -> None:
    # 09:30 UTC is half past ten: the meeting at ten has been held, the one at eleven has not
    booked = [an_appointment("F1", "meeting", f"2022-10-24T{hour}:00", "O1", "W1") for hour in (10, 11)]
    for appointment, cancelled in zip(booked, (0, 1), strict=True):
        later = replace(
            a_stored(2, (), booked_from=date(2022, 10, 26)), made_at=datetime(2022, 10, 24, 9, 30, tzinfo=UTC)
        )
        files = diaries(an_engagement(), later, [a_stored(1, (appointment,))])
        assert len(files.get("W1.ics", b"").split(b"BEGIN:VEVENT")) - 1 == cancelled


def test_no_child_is_named_numbered_or_found_and_no_family_outside_the_notes() -> None:
    for content in diaries(an_engagement(), a_stored()).values():
        text = content.decode().replace("\r\n ", "")
        for told in ("C00017", "C00018", "HR1", "child_protection", "protection"):
            assert told not in text
        for line in text.splitlines():
            assert "F1" not in line.split(":", 1)[-1] or line.startswith("DESCRIPTION")
        assert len(re.findall("^CLASS:PRIVATE", text, re.MULTILINE)) == text.count("BEGIN:VEVENT")


def test_a_child_alone_goes_by_its_own_number_in_the_notes_and_nowhere_else() -> None:
    booked = (an_appointment("C00019", "meeting", "2022-11-16T10:00", "O1", "W1"),)
    text = diaries(an_engagement(), a_stored(appointments=booked))["W1.ics"].decode().replace("\r\n ", "")
    assert [line.split(":")[0] for line in text.splitlines() if "C00019" in line] == ["DESCRIPTION"]


def test_an_appointment_that_moves_keeps_its_uid_and_the_later_plan_goes_first() -> None:
    moved = tuple(replace(a, start=a.start + timedelta(1), end=a.end + timedelta(1)) for a in FAMILY)
    before, after = a_stored(1), a_stored(2, moved)
    old, new = read(diaries(an_engagement(), before)), read(diaries(an_engagement(), after, [before]))
    assert {k: e.uid.value for k, e in old.items()} == {k: e.uid.value for k, e in new.items()}
    assert {e.sequence.value for e in old.values()} == {"0"}
    assert {e.sequence.value for e in new.values()} == {"1"}
    assert new["Joint visit"].dtstart.value.day == 18
    assert (
        len({e.uid.value for f in ("O1", "W1", "M1") for e in read(diaries(an_engagement(), before), f).values()}) == 6
    )


def test_what_falls_away_is_cancelled_also_for_somebody_with_nothing_left() -> None:
    other = (replace(FAMILY[1], with_worker_id="W2"),)
    files = diaries(an_engagement(), a_stored(2, other), [a_stored(1)])
    gone = read(files, "W1")
    assert {e.status.value for e in gone.values()} == {"CANCELLED"}
    assert set(gone) == {"Cancelled: Handover meeting", "Cancelled: Joint visit"}
    assert read(files, "W2")["Handover meeting"].status.value == "CONFIRMED"
    # cancelled once, it stays so in the plan after
    again = diaries(an_engagement(), a_stored(3, other), [a_stored(1), a_stored(2, other)])
    assert set(read(again, "W1")) == set(gone)
    assert {e.sequence.value for e in read(again, "W1").values()} == {"2"}


def test_a_meeting_that_was_held_is_not_cancelled_by_a_plan_for_the_days_after() -> None:
    since = a_stored(2, (), booked_from=date(2022, 11, 18))
    held = replace(since, made_at=datetime(2022, 11, 17, 12, tzinfo=UTC))
    # on 17 November at noon the meeting is over; the visit at 13:00 is not, nor is it in the plan
    assert set(read(diaries(an_engagement(), held, [a_stored(1)]))) == {"Cancelled: Joint visit"}
    # a plan made before the window that books later days has truly dropped them all
    assert len(read(diaries(an_engagement(), since, [a_stored(1)]))) == 2


@pytest.mark.parametrize("name", ["Eve\nSTATUS:CANCELLED", "Eve\r\nEND:VCALENDAR", "Ann; Lee, \\n"])
def test_a_name_cannot_write_lines_of_its_own(name: str) -> None:
    files = diaries(an_engagement(name), a_stored())
    events = read(files, "O1")
    assert len(events) == 3
    assert {e.status.value for e in events.values()} == {"CONFIRMED"}
    assert files["W1.ics"].count(b"\r\nEND:VCALENDAR") == 1


def test_the_same_plan_gives_the_same_files_and_ids_lead_nowhere() -> None:
    assert diaries(an_engagement(), a_stored()) == diaries(an_engagement(), a_stored())
    hostile = an_appointment("F1", "meeting", "2022-11-16T10:00", "../O1", "W1")
    names = set(diaries(an_engagement(), a_stored(appointments=(hostile,))))
    assert all("/" not in name and ".." not in name for name in names)


def test_a_diary_names_the_line_of_the_trail_that_tells_of_it() -> None:
    plan = replace(a_stored(), trail_head="7-0123456789abcdef0123")
    text = diaries(an_engagement(), plan)["O1.ics"].decode()
    assert "X-WR-CALDESC:Plan P0001. Trail: 7-0123456789abcdef0123" in text
    assert b"X-WR-CALDESC" not in diaries(an_engagement(), a_stored())["O1.ics"]
