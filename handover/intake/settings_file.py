"""The engagement's settings: every key of `engagement.toml`, how it is read, and what must hold between them (§1).

In a workbook the sheet `engagement` has the columns `key` and `value`, keys written with dots
(`workload.worker_band`), a list separated by `;`, and `none` for an empty one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from handover.closed import why_closed
from handover.intake.rows import Findings
from handover.intake.values import (
    ABOVE_ZERO,
    CLOCK_TIME,
    ENGAGEMENT_DATE,
    ID,
    SHARE,
    BadValue,
    Kind,
    nearest_word,
    one_of,
    quoted,
    whole,
)
from handover.settings import PLANS, Handover, History, Hours, Requirements, Settings, Workload

MINUTES = whole(1, 1440)
YEARS = whole(0, 100)
MONTHS = whole(0, 1200)


@dataclass(frozen=True)
class Key:
    """One key: its dotted name, what it may hold, its meaning, its default (None: required), whether it is a list.

    `example` stands in the template for a key without a default.
    """

    name: str
    kind: Kind
    meaning: str
    default: object = None
    many: bool = False
    example: object = None


def _keys() -> tuple[Key, ...]:
    hours, work, need, past, hand = Hours(), Workload(), Requirements(), History(), Handover()
    return (
        Key("name", ID, "what the engagement is called", example="Child Protection and Court teams, November 2022"),
        Key("window_start", ENGAGEMENT_DATE, "first day of the handover window", example=date(2022, 11, 14)),
        Key(
            "go_live",
            ENGAGEMENT_DATE,
            "working day on which responsibility passes to the receiving workers",
            example=date(2022, 11, 28),
        ),
        Key("contract_end", ENGAGEMENT_DATE, "last day of the incoming contract", example=date(2023, 3, 31)),
        Key("people_expected", whole(0), "people of the incoming teams, managers included; 0: not compared", 0),
        Key(
            "retention_months",
            MONTHS,
            "remove the people's records so long after contract_end: every command then reminds you; 0: not decided",
            0,
        ),
        Key(
            "calendar.closed",
            ENGAGEMENT_DATE,
            "extra closure days; weekends and England's bank holidays are always closed",
            (),
            many=True,
        ),
        Key("hours.start", CLOCK_TIME, "no appointment starts before", hours.start),
        Key("hours.end", CLOCK_TIME, "no appointment ends after", hours.end),
        Key("hours.break", CLOCK_TIME, "no appointment in it, from and to; [] for none", hours.break_, many=True),
        Key("hours.slot_minutes", MINUTES, "every appointment starts and ends on a slot", hours.slot_minutes),
        Key(
            "workload.worker_band",
            SHARE,
            "no receiving worker above their fair share by more than this (0.2: 120%); below it by more is a warning",
            work.worker_band,
        ),
        Key(
            "workload.worker_floor",
            SHARE,
            "a share of the fair share that every receiving worker must hold at least",
            work.worker_floor,
        ),
        Key("workload.team_band", SHARE, "each team within this of its fair share, both ways", work.team_band),
        Key(
            "workload.most_children",
            ABOVE_ZERO,
            "per full-time receiving worker: above it a warning, on average above it a stop",
            work.most_children,
        ),
        *(
            Key(f"workload.points.{plan}", whole(1), "points of a child whose own are blank", work.points[plan])
            for plan in PLANS
        ),
        Key(
            "requirements.social_worker.years_qualified",
            YEARS,
            "whole years since qualifying, on go-live",
            need.social_worker_years_qualified,
        ),
        Key(
            "requirements.team_manager.years_qualified",
            YEARS,
            "whole years since qualifying, on go-live",
            need.team_manager_years_qualified,
        ),
        Key(
            "requirements.team_manager.years_managing",
            YEARS,
            "whole years of managing, on go-live",
            need.team_manager_years_managing,
        ),
        Key("history.changes_months", MONTHS, "changes of worker count this far back", past.changes_months),
        Key("history.known_months", MONTHS, "a past worker stays known this long", past.known_months),
        Key("handover.summary_minutes", MINUTES, "writing the transfer summary", hand.summary_minutes),
        Key("handover.meeting_minutes", MINUTES, "the handover meeting", hand.meeting_minutes),
        Key("handover.joint_visit_minutes", MINUTES, "the joint visit", hand.joint_visit_minutes),
        Key(
            "handover.travel_minutes",
            whole(0, 1440),
            "kept free before and after a joint visit, for both people",
            hand.travel_minutes,
        ),
        Key("handover.visits_a_day", whole(0), "joint visits of one person on one day, at most", hand.visits_a_day),
        Key("handover.sign_off_minutes", MINUTES, "the manager's sign-off", hand.sign_off_minutes),
        Key(
            "handover.joint_visit_for",
            one_of("a plan", PLANS),
            "plans whose families get a joint visit",
            hand.joint_visit_for,
            many=True,
        ),
    )


KEYS = _keys()
"""Every key, in the order of the contract."""
BY_NAME = {key.name: key for key in KEYS}


@dataclass(frozen=True)
class Given:
    """A value as written: one text, or several; `row` where it stands in a sheet (0: in a file of keys)."""

    value: str | tuple[str, ...]
    row: int = 0


@dataclass(frozen=True)
class SettingsText:
    """All values given, by dotted key, and how messages name the file or sheet."""

    label: str
    given: Mapping[str, Given]

    def place(self, key: str) -> tuple[str, int, str]:
        """File, row and column of a key."""
        found = self.given.get(key)
        return (self.label, found.row if found else 0, key)


def read_settings(text: SettingsText, findings: Findings) -> Mapping[str, Any]:
    """Values by dotted key, defaults filled in; a key that cannot be read is left out and reported."""
    for name in text.given:
        if name not in BY_NAME:
            findings.problem(*text.place(name), f"{quoted(name)} is not a key.{_nearest_key(name)} Mend or remove it.")
    values = {}
    for key in KEYS:
        given = text.given.get(key.name)
        if given is None and key.default is None:
            findings.problem(*text.place(key.name), f"is missing. Add it: {key.meaning}.")
        elif given is None:
            values[key.name] = key.default
        else:
            try:
                values[key.name] = _parsed(key, given.value)
            except BadValue as bad:
                findings.problem(*text.place(key.name), str(bad))
    _check(values, text, findings)
    return values


def _nearest_key(name: str) -> str:
    """The nearest key by its full dotted name, or else by its last part: a key in the wrong section is common."""
    inside = [key.name for key in KEYS if key.name.startswith(f"{name}.")]
    if inside:
        return f" It is a section of keys such as {inside[0]}."
    last = name.rpartition(".")[2]
    by_last = {key.name.rpartition(".")[2]: key.name for key in KEYS}
    near = by_last.get(last) or nearest_word(name, tuple(BY_NAME)) or by_last.get(nearest_word(last, tuple(by_last)))
    return f' Did you mean "{near}"?' if near else ""


def _parsed(key: Key, value: str | tuple[str, ...]) -> object:
    if key.many:
        texts = value if isinstance(value, tuple) else tuple(part.strip() for part in value.split(";"))
        return tuple(key.kind.parse(text) for text in texts if text not in ("", "none"))
    if isinstance(value, tuple):
        raise BadValue("is a list or a section. Give one value.")
    if not value:
        raise BadValue(f"is blank. Give {key.meaning}, or remove the key for its default.")
    return key.kind.parse(value)


def _check(values: Mapping[str, Any], text: SettingsText, findings: Findings) -> None:
    def problem(key: str, message: str) -> None:
        findings.problem(*text.place(key), message)

    start, live, end = (values.get(key) for key in ("window_start", "go_live", "contract_end"))
    closed = values.get("calendar.closed", ())
    if start and live and live <= start:
        problem("go_live", f"{live} is not after window_start {start}. Mend one of the two.")
    why = why_closed(live, closed) if live else ""
    if why:
        problem("go_live", f"{live} is not a working day ({why}). Choose a day on which the teams work.")
    if start and live and start < live and all(why_closed(day, closed) for day in _days(start, live)):
        message = f"there is no working day from {start} to the day before go_live {live}: nobody can meet."
        findings.warning(*text.place("window_start"), message)
    if live and end and end <= live:
        problem("contract_end", f"{end} is not after go_live {live}. Mend one of the two.")
    _check_hours(values, text, problem, findings)
    for key in ("workload.worker_band", "workload.team_band", "workload.worker_floor"):
        if values.get(key, 0) > 1:
            percent = f"{float(values[key]):g} means {float(values[key] * 100):g}%; 20% is written 0.2. Is that meant?"
            findings.warning(*text.place(key), percent)


def _days(first: date, until: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((until - first).days))


def _check_hours(
    values: Mapping[str, Any], text: SettingsText, problem: Callable[[str, str], None], findings: Findings
) -> None:
    start, end, pause = (values.get(key) for key in ("hours.start", "hours.end", "hours.break"))
    if start and end and end <= start:
        problem("hours.end", f"{end:%H:%M} is not after hours.start {start:%H:%M}. Mend one of the two.")
    if pause and (len(pause) != 2 or pause[1] <= pause[0]):
        problem("hours.break", 'is not a start and a later end. Write it as ["12:30", "13:00"], or [] for none.')
    elif pause and start and end and start < end and not (start <= pause[0] and pause[1] <= end):
        problem("hours.break", f"is not inside the working hours {start:%H:%M} to {end:%H:%M}. Mend it.")
    slot = values.get("hours.slot_minutes")
    if not slot:
        return
    for part in ("summary", "meeting", "joint_visit", "travel", "sign_off"):
        key = f"handover.{part}_minutes"
        if values.get(key, 0) % slot:
            message = f"{values[key]} is no multiple of hours.slot_minutes {slot}. Make it one, or change the slot."
            problem(key, message)
    moments = {"hours.end": (end,), "hours.break": pause or ()}
    for key, times in moments.items():
        if start and any(t and (_minute(t) - _minute(start)) % slot for t in times):
            message = f"is not on a slot of {slot} minutes from {start:%H:%M}: the minutes around it cannot be booked."
            findings.warning(*text.place(key), message)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def build_settings(values: Mapping[str, Any]) -> Settings:
    """The settings from values by dotted key, all of them there."""

    def part(section: str) -> dict[str, Any]:
        return {key[len(section) + 1 :]: value for key, value in values.items() if key.startswith(f"{section}.")}

    pause = values["hours.break"]
    work = {key: value for key, value in part("workload").items() if not key.startswith("points.")}
    plans = values["handover.joint_visit_for"]
    return Settings(
        values["name"],
        values["window_start"],
        values["go_live"],
        values["contract_end"],
        tuple(sorted(set(values["calendar.closed"]))),
        Hours(values["hours.start"], values["hours.end"], pause or None, values["hours.slot_minutes"]),
        Workload(**work, points=part("workload.points")),
        Requirements(**{key.replace(".", "_"): value for key, value in part("requirements").items()}),
        History(**part("history")),
        Handover(**part("handover") | {"joint_visit_for": tuple(plan for plan in PLANS if plan in plans)}),
        values["people_expected"],
        values["retention_months"],
    )
