"""What a letter can say of a family's change: each field a text, blank where it does not apply."""

from collections.abc import Mapping
from datetime import date, datetime

from handover.british import long_day, number_day
from handover.engagement import Engagement, Family
from handover.handovers import hands_over
from handover.notices import changing
from handover.plan import Plan

FIELDS: Mapping[str, str] = {
    "reference": "The family's id, for your file.",
    "now": "Who has been the family's social worker until now: one name, or several.",
    "several": "yes where that is more than one person, else blank.",
    "new": "Who will be; blank: nobody yet.",
    "team": "Name of the new worker's team.",
    "manager": "Name of that team's manager.",
    "changes_on": "Day on which the work passes to the new teams.",
    "starts_on": "Day on which the new worker starts with the family: later than changes_on where they are not ready.",
    "stand_in": "Who helps the family from changes_on until starts_on; blank: nobody needs to.",
    "visit_on": "Day of the joint visit; blank: none is booked.",
    "visit_at": "Time of the joint visit, as 1.30pm.",
    "visitor": "Who comes to that visit with the new worker.",
    "leaves_on": "Day on which the new worker leaves, where that is before the family's need ends; else blank.",
}
"""What a template can name, `{{ new }}`, with its meaning. Each day also as 28/11/2022, with _number after its name."""
DAYS = ("changes_on", "starts_on", "visit_on", "leaves_on")


def letter_fields(family: Family, engagement: Engagement, plan: Plan) -> Mapping[str, str] | None:
    """The fields of one family's letter; None where all children stay with their worker."""
    moves = changing(family, plan)
    if not moves:
        return None
    go_live = engagement.settings.go_live
    new = engagement.worker[moves[0].to_worker_id] if moves[0].to_worker_id else None
    visit = plan.appointments_of.get(family.family_id, {}).get("joint_visit")
    giver = hands_over(family, new.worker_id) if new else None
    team = engagement.team[str(new.team_id)] if new else None
    starts = max((a.responsible_from for a in moves if a.responsible_from), default=go_live)
    stand_in = next((a.interim_worker_id for a in moves if a.interim_worker_id), None)
    until = max(min(engagement.settings.contract_end, c.expected_close_on or date.max) for c in family.children)
    leaves = new.available_to if new and new.available_to and new.available_to < until else None
    days = {
        "changes_on": go_live,
        "starts_on": starts,
        "visit_on": visit.start.date() if visit else None,
        "leaves_on": leaves,
    }
    now = [engagement.worker[w].name for w in dict.fromkeys(a.from_worker_id for a in moves)]
    return {
        "reference": family.family_id,
        "now": _and(now),
        "several": "yes" if len(now) > 1 else "",
        "new": new.name if new else "",
        "team": team.name if team else "",
        "manager": engagement.worker[team.manager_id].name if team else "",
        "stand_in": engagement.worker[stand_in].name if stand_in else "",
        "visit_at": _clock(visit.start) if visit else "",
        "visitor": engagement.worker[giver].name if visit and giver else "",
        **{name: long_day(day) if day else "" for name, day in days.items()},
        **{f"{name}_number": number_day(day) if day else "" for name, day in days.items()},
    }


def _clock(at: datetime) -> str:
    """9am, 1.30pm."""
    minutes = f".{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def _and(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
