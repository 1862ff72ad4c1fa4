"""Ways to break a good plan, each against one sentence of the contract (§2 to §5).

A breaker takes an engagement and a plan that keeps every rule, and gives back a pair that breaks one: the plan is
changed, or the engagement is, so that the same plan is no longer good. `says` is what the finding must mention.
Every breaker picks what it breaks by what is in the plan, and raises `StopIteration` where a plan has no such thing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from handover.engagement import Absence, Engagement, Event, Rule
from handover.plan import LEVELS, Allocation, Appointment, Flag, Plan
from handover.settings import Settings

Pair = tuple[Engagement, Plan]
DAY = timedelta(days=1)
SLOT = timedelta(minutes=30)


@dataclass(frozen=True)
class Breaker:
    """One way to break a plan: the sentence it goes against, how, and what the finding must mention."""

    name: str
    rule: str
    breaks: Callable[[Engagement, Plan], Pair]
    says: str


BREAKERS: list[Breaker] = []


def breaker(rule: str, says: str) -> Callable[[Callable[[Engagement, Plan], Pair]], Callable[[Engagement, Plan], Pair]]:
    """Put a way to break a plan on the list, under its function's name."""

    def listed(breaks: Callable[[Engagement, Plan], Pair]) -> Callable[[Engagement, Plan], Pair]:
        BREAKERS.append(Breaker(breaks.__name__, rule, breaks, says))
        return breaks

    return listed


# what a breaker picks, and how it changes it


def child_with(plan: Plan, wanted: Callable[[Allocation], bool] = lambda _: True) -> Allocation:
    """The first child of whom the plan says what is wanted."""
    return next(a for a in plan.allocations if a.to_worker_id is not None and wanted(a))


def booked(plan: Plan, kind: str, wanted: Callable[[Appointment], bool] = lambda _: True) -> Appointment:
    """The first appointment of a kind that is as wanted."""
    return next(a for a in plan.appointments if a.kind == kind and wanted(a))


def direct(plan: Plan) -> Appointment:
    """The first meeting with the receiving worker."""
    to = {a.family_id: a.to_worker_id for a in plan.allocations}
    return booked(plan, "meeting", lambda m: m.with_worker_id == to[m.family_id])


def late(plan: Plan) -> Allocation:
    """The first child who has an interim worker."""
    return child_with(plan, lambda a: a.interim_worker_id is not None)


def with_child(plan: Plan, child_ids: str | Iterable[str], **changes: Any) -> Plan:
    """The plan saying something else of a child, or of several."""
    ids = {child_ids} if isinstance(child_ids, str) else set(child_ids)
    return replace(plan, allocations=tuple(replace(a, **changes) if a.child_id in ids else a for a in plan.allocations))


def with_appointment(plan: Plan, old: Appointment, **changes: Any) -> Plan:
    """The plan with one appointment changed."""
    return replace(plan, appointments=tuple(replace(a, **changes) if a == old else a for a in plan.appointments))


def without(plan: Plan, *gone: Appointment) -> Plan:
    """The plan without some appointments."""
    return replace(plan, appointments=tuple(a for a in plan.appointments if a not in gone))


def moved(plan: Plan, old: Appointment, to: datetime) -> Plan:
    """The plan with one appointment at another time."""
    return with_appointment(plan, old, start=to, end=to + (old.end - old.start))


def with_level(plan: Plan, name: str, **changes: Any) -> Plan:
    """The plan claiming something else of a level."""
    return replace(plan, levels=tuple(replace(x, **changes) if x.name == name else x for x in plan.levels))


def siblings(plan: Plan, family_id: str) -> tuple[str, ...]:
    """Ids of the children of a family."""
    return tuple(a.child_id for a in plan.allocations if a.family_id == family_id)


def another(engagement: Engagement, plan: Plan, **changes: Any) -> Pair:
    """The same plan for an engagement that differs: only what it says of the input is brought up to date."""
    changed = replace(engagement, **changes)
    return changed, replace(plan, input_sha256=changed.input_sha256)


def with_worker(engagement: Engagement, plan: Plan, worker_id: str, **changes: Any) -> Pair:
    """The same plan, but something is different about a worker."""
    people = tuple(replace(w, **changes) if w.worker_id == worker_id else w for w in engagement.workers)
    return another(engagement, plan, workers=people)


def with_case(engagement: Engagement, plan: Plan, child_id: str, **changes: Any) -> Pair:
    """The same plan, but something is different about a child."""
    children = tuple(replace(c, **changes) if c.child_id == child_id else c for c in engagement.children)
    return another(engagement, plan, children=children)


def with_rule(engagement: Engagement, plan: Plan, child_id: str, worker_id: str | None, rule: str) -> Pair:
    """The same plan, but a manager has made a rule."""
    return another(engagement, plan, rules=(*engagement.rules, Rule(child_id, worker_id, rule)))


def with_settings(engagement: Engagement, plan: Plan, part: str, **changes: Any) -> Pair:
    """The same plan, but a setting of `engagement.toml` is different."""
    settings = engagement.settings
    settings = replace(settings, **{part: replace(getattr(settings, part), **changes)})
    return another(engagement, plan, settings=settings)


def a_receiver(plan: Plan) -> str:
    """Id of a worker who takes a family by a direct meeting."""
    return str(direct(plan).with_worker_id)


def other_receiver(plan: Plan, *not_these: str | None) -> str:
    """Id of another worker who takes children."""
    return str(child_with(plan, lambda a: a.to_worker_id not in not_these).to_worker_id)


# §2 who may receive cases


@breaker("Every child in the schedule: one row per child.", "missing from the allocations")
def a_child_is_left_out(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, allocations=plan.allocations[:-1])


@breaker("One row per child.", "allocated twice")
def a_child_is_there_twice(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, allocations=(*plan.allocations, plan.allocations[0]))


@breaker("One row per child of the engagement.", "NOBODY is allocated, but is not in the engagement")
def a_child_nobody_knows(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, allocations=(*plan.allocations, replace(plan.allocations[0], child_id="NOBODY")))


@breaker("A receiving worker is a social worker of an incoming team.", "NOBODY, who is not in the engagement")
def a_worker_nobody_knows(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_child(plan, siblings(plan, plan.allocations[0].family_id), to_worker_id="NOBODY")


@breaker(
    "Siblings share a family_id; a blank family_id goes by the child's id wherever a family_id is written.", "family_id"
)
def a_child_under_another_family(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_child(plan, plan.allocations[0].child_id, family_id=plan.allocations[-1].family_id)


@breaker("A child with rule `separate` is a family of one, and goes by the child's id.", "family_id")
def a_separate_child_goes_by_the_family(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: len(siblings(plan, a.family_id)) > 1)
    return with_rule(engagement, plan, child.child_id, None, "separate")


@breaker("A family is the siblings that move together.", "do not go together")
def siblings_to_different_workers(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: len(siblings(plan, a.family_id)) > 1)
    return engagement, with_child(plan, child.child_id, to_worker_id=other_receiver(plan, child.to_worker_id))


@breaker("Receiving workers: `incoming` or `staying`.", "not a receiving worker")
def a_child_to_the_outgoing_provider(engagement: Engagement, plan: Plan) -> Pair:
    leaver = next(w.worker_id for w in engagement.workers if w.side == "outgoing")
    return engagement, with_child(plan, siblings(plan, plan.allocations[0].family_id), to_worker_id=leaver)


@breaker("Receiving workers: `social_worker`.", "not a receiving worker")
def a_child_to_a_manager(engagement: Engagement, plan: Plan) -> Pair:
    manager = engagement.teams[0].manager_id
    return engagement, with_child(plan, siblings(plan, plan.allocations[0].family_id), to_worker_id=manager)


def _no_longer_receiving(name: str, rule: str, change: Callable[[Settings], dict[str, Any]]) -> None:
    def breaks(engagement: Engagement, plan: Plan) -> Pair:
        return with_worker(engagement, plan, a_receiver(plan), **change(engagement.settings))

    BREAKERS.append(Breaker(name, rule, breaks, "not a receiving worker"))


def _years_before_go_live(settings: Settings, years: int) -> date:
    """A date since when one day is missing to so many years on go-live."""
    go_live = settings.go_live
    return go_live.replace(year=go_live.year - years) + DAY


for _name, _rule, _change in (
    ("a_number_that_starts_with_0", "SW + 1 to 6 digits, the first not 0.", lambda _: {"swe_number": "SW012345"}),
    ("a_number_of_seven_digits", "SW + 1 to 6 digits.", lambda _: {"swe_number": "SW1234567"}),
    (
        "registered_until_the_day_before_go_live",
        "`swe_registered_until` is on or after `go_live`.",
        lambda s: {"swe_registered_until": s.go_live - DAY},
    ),
    (
        "restrictions_nobody_looked_at",
        "`swe_restrictions` is `no` (blank: nobody has looked).",
        lambda _: {"swe_restrictions": ""},
    ),
    ("a_certificate_of_eleven_digits", "`dbs_number` is 12 digits.", lambda _: {"dbs_number": "12345678901"}),
    ("a_certificate_without_a_date", "`dbs_issued_on` is given.", lambda _: {"dbs_issued_on": None}),
    (
        "a_day_short_of_four_years",
        "Whole years from `qualified_on` to `go_live` reach `years_qualified`.",
        lambda s: {"qualified_on": _years_before_go_live(s, s.requirements.social_worker_years_qualified)},
    ),
    (
        "ready_after_the_contract_ends",
        "`ready_on` ≤ `contract_end`.",
        lambda s: {"laptop_on": s.contract_end + DAY},
    ),
    (
        "gone_the_day_before_go_live",
        "Not leaving before they start (`available_to` ≥ the later of `ready_on` and `go_live`).",
        lambda s: {"available_to": s.go_live - DAY},
    ),
):
    _no_longer_receiving(_name, _rule, _change)


@breaker("A worker can take a family if they have every skill in every sibling's `needs`.", "has not every skill")
def a_skill_the_worker_has_not(engagement: Engagement, plan: Plan) -> Pair:
    return with_case(engagement, plan, child_with(plan).child_id, needs=("sign language",))


@breaker("No sibling has a `never` with them.", "has the rule never")
def a_sibling_who_must_never(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: len(siblings(plan, a.family_id)) > 1)
    return with_rule(engagement, plan, child.child_id, child.to_worker_id, "never")


@breaker("No sibling has an `always` with somebody else.", "must always go to")
def a_sibling_who_must_always_go_elsewhere(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: len(siblings(plan, a.family_id)) > 1)
    return with_rule(engagement, plan, child.child_id, other_receiver(plan, child.to_worker_id), "always")


# §3 what a good allocation is


@breaker("`max_points` is never exceeded.", "above the max_points")
def one_point_too_many(engagement: Engagement, plan: Plan) -> Pair:
    worker_id = a_receiver(plan)
    children = [engagement.child[a.child_id] for a in plan.allocations if a.to_worker_id == worker_id]
    default = engagement.settings.workload.points
    load = sum(c.points if c.points is not None else default[c.plan] for c in children)
    return with_worker(engagement, plan, worker_id, max_points=load - 1)


@breaker("Changes of social worker for child c going to worker w: 0 if w holds the child now, else 1.", "changes is")
def a_change_too_few(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.changes > 0)
    return engagement, with_child(plan, child.child_id, changes=child.changes - 1)


@breaker("If 1 and `ready_on(w)` is after `go_live`, then 2.", "changes is")
def a_late_worker_costs_only_one_change(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    return engagement, with_child(plan, child.child_id, changes=child.changes - 1)


@breaker("Plus 1 if `available_to(w)` is before the end of the child's need.", "changes is")
def a_worker_who_leaves_the_day_before_the_contract_ends(engagement: Engagement, plan: Plan) -> Pair:
    stays = {w.worker_id for w in engagement.workers if w.available_to is None}
    open_ended = {c.child_id for c in engagement.children if c.expected_close_on is None}
    child = child_with(plan, lambda a: a.to_worker_id in stays and a.child_id in open_ended)
    end = engagement.settings.contract_end
    return with_worker(engagement, plan, str(child.to_worker_id), available_to=end - DAY)


@breaker("`prior(c)`: changes in the `changes_months` before `window_start`.", "prior_changes is")
def a_prior_change_forgotten(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.prior_changes > 0)
    return engagement, with_child(plan, child.child_id, prior_changes=child.prior_changes - 1)


@breaker("`w` is known to `c` if `w` holds the child now, has an episode, or has the rule `knows`.", "known is")
def a_stranger_called_known(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_child(plan, child_with(plan, lambda a: not a.known).child_id, known=True)


@breaker("Known: has the rule `knows`.", "known is")
def a_rule_knows_overlooked(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: not a.known)
    return with_rule(engagement, plan, child.child_id, child.to_worker_id, "knows")


@breaker("`from_worker_id` is who holds this child now.", "from_worker_id is")
def a_child_from_somebody_else(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.from_worker_id != a.to_worker_id)
    return engagement, with_child(plan, child.child_id, from_worker_id=child.to_worker_id)


@breaker("`responsible_from` is the later of `go_live` and the receiving worker's `ready_on`.", "responsible_from is")
def responsible_before_they_are_ready(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    return engagement, with_child(plan, child.child_id, responsible_from=engagement.settings.go_live)


@breaker("Responsibility passes to the receiving workers on `go_live`.", "responsible_from is")
def responsible_a_day_after_go_live(engagement: Engagement, plan: Plan) -> Pair:
    go_live = engagement.settings.go_live
    child = child_with(plan, lambda a: a.responsible_from == go_live)
    return engagement, with_child(plan, child.child_id, responsible_from=go_live + DAY)


def _better_than_it_is(name: str) -> None:
    def breaks(engagement: Engagement, plan: Plan) -> Pair:
        level = plan.level[name]
        return engagement, with_level(plan, name, value=level.value + 1, bound=min(level.bound, level.value))

    BREAKERS.append(
        Breaker(
            f"{name}_miscounted",
            f"For every level the plan reports its value: {name}.",
            breaks,
            f"Level {name}: the plan says",
        )
    )


for _level in LEVELS:
    _better_than_it_is(_level)


@breaker("All levels of §3 then §4.", "levels are not those of the contract")
def a_level_missing(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, levels=plan.levels[:4] + plan.levels[5:])


@breaker("The plan is the best in this order.", "levels are not those of the contract")
def two_levels_the_wrong_way_round(engagement: Engagement, plan: Plan) -> Pair:
    first, second, *rest = plan.levels
    return engagement, replace(plan, levels=(second, first, *rest))


@breaker("Levels of your own may follow the fourteen.", "given more than once")
def a_level_twice(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, levels=(*plan.levels, plan.levels[3]))


@breaker("A proven lower bound.", "is above the")
def a_bound_above_what_is_reached(engagement: Engagement, plan: Plan) -> Pair:
    level = plan.level["changes"]
    return engagement, with_level(plan, "changes", bound=level.value + Fraction(1, 2))


@breaker("Proven means bound equals value: a level cannot be proven at what no plan reaches.", "is above the")
def a_proof_of_a_value_not_reached(engagement: Engagement, plan: Plan) -> Pair:
    level = plan.level["burden"]
    return engagement, with_level(plan, "burden", value=level.value + 1, bound=level.value + 1)


@breaker("`changes_whatever_the_caseloads` is the least `changes` but no band held.", "but this plan needs only")
def more_changes_than_the_plan_itself(engagement: Engagement, plan: Plan) -> Pair:
    most = plan.level["changes"].value + 1
    least = replace(plan.changes_whatever_the_caseloads, value=most, bound=Fraction(0))
    return engagement, replace(plan, changes_whatever_the_caseloads=least)


@breaker(
    '`changes_whatever_the_caseloads`, so that "unavoidable" is said of what truly is.',
    "families by themselves come to",
)
def fewer_changes_than_the_families_need(engagement: Engagement, plan: Plan) -> Pair:
    least = replace(plan.changes_whatever_the_caseloads, value=Fraction(-1), bound=Fraction(-1))
    return engagement, replace(plan, changes_whatever_the_caseloads=least)


@breaker("`changes_whatever_the_caseloads`, with its proof.", "changes_whatever_the_caseloads: the bound")
def a_bound_above_the_least_changes(engagement: Engagement, plan: Plan) -> Pair:
    least = plan.changes_whatever_the_caseloads
    return engagement, replace(plan, changes_whatever_the_caseloads=replace(least, bound=least.value + 1))


# §4 interim workers


@breaker(
    "A child whose receiving worker is not ready is held by an interim worker; if there is nobody: blank.",
    "has no interim worker",
)
def nobody_in_between(engagement: Engagement, plan: Plan) -> Pair:
    family = siblings(plan, late(plan).family_id)
    return engagement, with_child(plan, family, interim_worker_id=None)


@breaker("A child whose receiving worker is not ready on `go_live` is held by an interim worker.", "but needs none")
def an_interim_worker_nobody_needs(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.interim_worker_id is None)
    return engagement, with_child(plan, child.child_id, interim_worker_id=other_receiver(plan, child.to_worker_id))


@breaker("A staying worker counts as ready for a child they hold now: no interim.", "but needs none")
def an_interim_worker_for_a_child_who_stays(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.to_worker_id == a.from_worker_id)
    return engagement, with_child(plan, child.child_id, interim_worker_id=other_receiver(plan, child.to_worker_id))


@breaker("One for all siblings.", "siblings have different interim workers")
def siblings_held_by_different_people(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan, lambda a: a.interim_worker_id is not None and len(siblings(plan, a.family_id)) > 1)
    other = other_receiver(plan, child.to_worker_id, child.interim_worker_id)
    return engagement, with_child(plan, child.child_id, interim_worker_id=other)


@breaker("A receiving worker of the same team who is ready, else the team's manager.", "the interim worker is")
def the_manager_though_a_worker_is_ready(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    team_id = engagement.worker[str(child.to_worker_id)].team_id
    manager = engagement.team[str(team_id)].manager_id
    return engagement, with_child(plan, siblings(plan, child.family_id), interim_worker_id=manager)


@breaker("An interim worker is ready: `ready_on` ≤ `go_live`.", "the interim worker is")
def an_interim_worker_not_ready_herself(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    return engagement, with_child(plan, siblings(plan, child.family_id), interim_worker_id=child.to_worker_id)


@breaker("Nobody gone before the receiver's `ready_on`.", "the interim worker is")
def an_interim_worker_gone_a_day_early(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    day = child.responsible_from
    assert day is not None
    return with_worker(engagement, plan, str(child.interim_worker_id), available_to=day - DAY)


@breaker("Nobody with a `never` for a sibling is interim.", "the interim worker is")
def an_interim_worker_with_a_never(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    return with_rule(engagement, plan, child.child_id, child.interim_worker_id, "never")


@breaker("Families are spread so that the heaviest day-one load of that team is least.", "heaviest day-one load")
def the_busiest_holds_the_children(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    holder = engagement.worker[str(child.interim_worker_id)]
    # whoever holds the child works an hour a week, beside a colleague who is ready and has nothing to do
    idle = replace(
        holder, worker_id="IDLE", team_id=engagement.worker[str(child.to_worker_id)].team_id, fte=Fraction(1)
    )
    others = tuple(w for w in engagement.workers if w != holder)
    return another(engagement, plan, workers=(*others, replace(holder, fte=Fraction(1, 100)), idle))


# §4 appointments


@breaker("Summary: once a family; meeting after the summary ends.", "a meeting without a summary")
def no_summary(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, without(plan, booked(plan, "summary"))


@breaker("Handover meeting, after the summary ends.", "starts before the summary ends")
def the_meeting_before_the_summary(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting")
    summary = booked(plan, "summary", lambda a: a.family_id == meeting.family_id)
    return engagement, moved(plan, summary, meeting.start)


@breaker("Joint visit, after the meeting ends.", "starts before the meeting ends")
def the_visit_before_the_meeting(engagement: Engagement, plan: Plan) -> Pair:
    visit = booked(plan, "joint_visit")
    meeting = booked(plan, "meeting", lambda a: a.family_id == visit.family_id)
    return engagement, moved(plan, visit, meeting.start)


@breaker("Sign-off, after the meeting ends.", "starts before the meeting ends")
def the_sign_off_before_the_meeting(engagement: Engagement, plan: Plan) -> Pair:
    sign_off = booked(plan, "sign_off")
    meeting = booked(plan, "meeting", lambda a: a.family_id == sign_off.family_id)
    return engagement, moved(plan, sign_off, meeting.end - SLOT)


@breaker("Without a meeting there is no visit.", "there is none without a meeting")
def a_visit_without_a_meeting(engagement: Engagement, plan: Plan) -> Pair:
    family_id = booked(plan, "joint_visit").family_id
    gone = [a for a in plan.appointments if a.family_id == family_id and a.kind in ("meeting", "sign_off")]
    return engagement, without(plan, *gone)


@breaker("Without a meeting there is no sign-off.", "there is none without a meeting")
def a_sign_off_without_a_meeting(engagement: Engagement, plan: Plan) -> Pair:
    family_id = booked(plan, "sign_off").family_id
    gone = [a for a in plan.appointments if a.family_id == family_id and a.kind in ("meeting", "joint_visit")]
    return engagement, without(plan, *gone)


@breaker("Once a family.", "the family has another")
def two_meetings(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting")
    again = replace(meeting, start=meeting.start + 2 * SLOT, end=meeting.end + 2 * SLOT)
    return engagement, replace(plan, appointments=(*plan.appointments, again))


@breaker("For every family whose worker changes.", "nothing is handed over")
def a_meeting_for_a_family_that_stays(engagement: Engagement, plan: Plan) -> Pair:
    changing = {a.family_id for a in plan.allocations if a.to_worker_id != a.from_worker_id}
    child = child_with(plan, lambda a: a.family_id not in changing)
    return engagement, with_appointment(plan, booked(plan, "summary"), family_id=child.family_id)


@breaker("Joint visit for families with a child on a plan in `joint_visit_for`.", "no child is on a plan")
def a_visit_that_is_not_due(engagement: Engagement, plan: Plan) -> Pair:
    return with_settings(engagement, plan, "handover", joint_visit_for=())


def _lasts_a_slot_more(kind: str) -> None:
    def breaks(engagement: Engagement, plan: Plan) -> Pair:
        old = booked(plan, kind)
        return engagement, with_appointment(plan, old, end=old.end + SLOT)

    BREAKERS.append(
        Breaker(f"a_{kind}_too_long", f"`{kind.removeprefix('joint_')}` … `{kind}_minutes`.", breaks, "it lasts")
    )


for _kind in ("summary", "meeting", "joint_visit", "sign_off"):
    _lasts_a_slot_more(_kind)


def _summary_moved(name: str, rule: str, says: str, to: Callable[[Engagement, Appointment], datetime]) -> None:
    def breaks(engagement: Engagement, plan: Plan) -> Pair:
        old = booked(plan, "summary")
        return engagement, moved(plan, old, to(engagement, old))

    BREAKERS.append(Breaker(name, rule, breaks, says))


def _saturday(_engagement: Engagement, old: Appointment) -> datetime:
    return old.start + DAY * (5 - old.start.weekday())


def _at(old: Appointment, clock: time) -> datetime:
    return datetime.combine(old.start, clock)


for _name, _rule, _says, _to in (
    ("on_a_saturday", "On working days: weekends are always closed.", "not on a working day", _saturday),
    (
        "before_the_window",
        "In the window: from `window_start`.",
        "not in the window",
        lambda e, old: datetime.combine(e.settings.window_start - 3 * DAY, old.start.time()),
    ),
    (
        "on_go_live",
        "The window runs to the working day before `go_live`.",
        "not in the window",
        lambda e, old: datetime.combine(e.settings.go_live, old.start.time()),
    ),
    (
        "off_the_slot",
        "Every appointment starts and ends on a slot.",
        "start on a slot",
        lambda _, old: old.start + SLOT / 2,
    ),
    (
        "before_hours",
        "Inside working hours.",
        "outside working hours",
        lambda e, old: _at(old, e.settings.hours.start) - SLOT,
    ),
    (
        "after_hours",
        "Inside working hours.",
        "outside working hours",
        lambda e, old: _at(old, e.settings.hours.end) - SLOT,
    ),
    ("in_the_break", "No appointment overlaps the break.", "overlaps the break", lambda _, old: _at(old, time(12, 0))),
):
    _summary_moved(_name, _rule, _says, _to)


@breaker("Extra closure days are always closed.", "not on a working day")
def on_a_closed_day(engagement: Engagement, plan: Plan) -> Pair:
    day = booked(plan, "meeting").start.date()
    return another(engagement, plan, closed_days=engagement.closed_days | {day})


@breaker("Nothing is booked before `--from`.", "from when the plan books")
def before_the_first_day_to_book(engagement: Engagement, plan: Plan) -> Pair:
    first = min(a.start.date() for a in plan.appointments)
    return engagement, replace(plan, booked_from=first + DAY)


@breaker("No appointment overlaps another of the same person.", "is in two places")
def two_summaries_at_once(engagement: Engagement, plan: Plan) -> Pair:
    first = booked(plan, "summary")
    second = booked(plan, "summary", lambda a: a.worker_id == first.worker_id and a != first)
    return engagement, moved(plan, second, first.start)


@breaker("No appointment overlaps an absence.", "is away or at an event")
def an_absence_over_a_meeting(engagement: Engagement, plan: Plan) -> Pair:
    meeting = direct(plan)
    absence = Absence(str(meeting.with_worker_id), meeting.end - timedelta(minutes=1), meeting.end + SLOT)
    return another(engagement, plan, absences=(*engagement.absences, absence))


def _event_before(engagement: Engagement, plan: Plan, kind: str, before: timedelta, minutes: int | None) -> Pair:
    """A timed event of a child whom the outgoing worker holds, so long before the end of a meeting."""
    meeting = booked(plan, "meeting", lambda a: a.start.time() >= time(10))
    child = next(c for c in engagement.children if c.worker_id == meeting.worker_id)
    start = meeting.end - before
    event = Event(child.child_id, kind, start.date(), start.time(), minutes)
    return another(engagement, plan, events=(*engagement.events, event))


@breaker("An event with a `time` of a child they hold now lasts its `minutes`.", "is away or at an event")
def an_event_over_a_meeting(engagement: Engagement, plan: Plan) -> Pair:
    return _event_before(engagement, plan, "core_group", timedelta(minutes=10), 11)


@breaker("An event without minutes lasts 120.", "is away or at an event")
def an_event_that_runs_into_a_meeting(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting", lambda a: a.start.time() >= time(10))
    return _event_before(engagement, plan, "core_group", meeting.end - meeting.start + timedelta(minutes=59), None)


@breaker("A `court_hearing` without minutes takes the rest of the day.", "is away or at an event")
def a_hearing_hours_before(engagement: Engagement, plan: Plan) -> Pair:
    late_in_the_day = booked(plan, "meeting", lambda a: a.start.time() >= time(11))
    child = next(c for c in engagement.children if c.worker_id == late_in_the_day.worker_id)
    # three hours before: 120 minutes would be over
    start = late_in_the_day.start - timedelta(hours=3)
    event = Event(child.child_id, "court_hearing", start.date(), start.time())
    return another(engagement, plan, events=(*engagement.events, event))


@breaker("Around a joint visit `travel_minutes` on each side are free for both people.", "or on the way")
def no_time_to_travel_there(engagement: Engagement, plan: Plan) -> Pair:
    visit = booked(plan, "joint_visit")
    absence = Absence(str(visit.with_worker_id), visit.start - SLOT - SLOT, visit.start - SLOT / 2)
    return another(engagement, plan, absences=(*engagement.absences, absence))


@breaker("Around a joint visit `travel_minutes` on each side are free for both people.", "or on the way")
def no_time_to_travel_back(engagement: Engagement, plan: Plan) -> Pair:
    visit = booked(plan, "joint_visit")
    absence = Absence(visit.worker_id, visit.end + SLOT / 2, visit.end + SLOT)
    return another(engagement, plan, absences=(*engagement.absences, absence))


@breaker("Around a joint visit `travel_minutes` are free of any other appointment.", "is in two places, or on the way")
def a_longer_way(engagement: Engagement, plan: Plan) -> Pair:
    return with_settings(engagement, plan, "handover", travel_minutes=8 * 60)


@breaker("Nobody has more than `visits_a_day`.", "above visits_a_day")
def a_visit_too_many(engagement: Engagement, plan: Plan) -> Pair:
    return with_settings(engagement, plan, "handover", visits_a_day=0)


@breaker("Handing over, inside `available_from`..`available_to`.", "has left on")
def the_outgoing_worker_has_left(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting", lambda a: engagement.worker[a.worker_id].side == "outgoing")
    return with_worker(engagement, plan, meeting.worker_id, available_to=meeting.start.date() - DAY)


@breaker("Handing over, inside `available_from`..`available_to`.", "is not there before")
def the_outgoing_worker_is_not_there_yet(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting", lambda a: engagement.worker[a.worker_id].side == "outgoing")
    return with_worker(engagement, plan, meeting.worker_id, available_from=meeting.start.date() + DAY)


@breaker("Receiving: from `meets_from`.", "meets families only from")
def the_receiving_worker_has_no_certificate_yet(engagement: Engagement, plan: Plan) -> Pair:
    meeting = direct(plan)
    return with_worker(engagement, plan, str(meeting.with_worker_id), dbs_issued_on=meeting.start.date() + DAY)


@breaker("Relaying: cleared.", "is not cleared")
def a_relay_by_somebody_not_cleared(engagement: Engagement, plan: Plan) -> Pair:
    managers = {t.manager_id for t in engagement.teams}
    relayed = booked(plan, "meeting", lambda a: a.with_worker_id in managers)
    return with_worker(engagement, plan, str(relayed.with_worker_id), swe_restrictions="")


@breaker("Signing: cleared, not after `available_to`.", "has left on")
def signed_off_after_leaving(engagement: Engagement, plan: Plan) -> Pair:
    sign_off = booked(plan, "sign_off")
    return with_worker(engagement, plan, sign_off.worker_id, available_to=sign_off.start.date() - DAY)


@breaker(
    "No joint visit on a day when a child has a `review_conference` or `court_hearing`.",
    "conference or hearing that day",
)
def a_visit_on_the_day_of_a_conference(engagement: Engagement, plan: Plan) -> Pair:
    visit = booked(plan, "joint_visit")
    child_id = siblings(plan, visit.family_id)[-1]
    event = Event(child_id, "review_conference", visit.start.date())
    return another(engagement, plan, events=(*engagement.events, event))


@breaker(
    "Of those other than the receiving worker, the one who holds most of them hands over.",
    "hands over, but by the rules",
)
def somebody_else_hands_over(engagement: Engagement, plan: Plan) -> Pair:
    old = booked(plan, "summary")
    other = booked(plan, "summary", lambda a: a.worker_id != old.worker_id).worker_id
    return engagement, with_appointment(plan, old, worker_id=other)


@breaker("The joint visit is always by the receiving worker.", "the joint visit is by the receiving worker")
def somebody_else_visits(engagement: Engagement, plan: Plan) -> Pair:
    visit = booked(plan, "joint_visit")
    return engagement, with_appointment(plan, visit, with_worker_id=other_receiver(plan, visit.with_worker_id))


@breaker("Another receiving worker of the same team takes it.", "may not relay it")
def a_relay_by_another_team(engagement: Engagement, plan: Plan) -> Pair:
    meeting = direct(plan)
    team_id = engagement.worker[str(meeting.with_worker_id)].team_id
    taking = {a.to_worker_id for a in plan.allocations}
    other = next(w for w in engagement.workers if w.worker_id in taking and w.team_id != team_id)
    return engagement, with_appointment(plan, meeting, with_worker_id=other.worker_id)


@breaker("Never the person who hands over.", "may not relay it")
def a_meeting_with_oneself(engagement: Engagement, plan: Plan) -> Pair:
    meeting = booked(plan, "meeting")
    return engagement, with_appointment(plan, meeting, with_worker_id=meeting.worker_id)


@breaker("Nobody with a `never` for a sibling relays.", "may not relay it")
def a_relay_with_a_never(engagement: Engagement, plan: Plan) -> Pair:
    to = {a.family_id: a.to_worker_id for a in plan.allocations}
    relayed = booked(plan, "meeting", lambda a: a.with_worker_id != to[a.family_id])
    return with_rule(engagement, plan, siblings(plan, relayed.family_id)[0], relayed.with_worker_id, "never")


@breaker("Outgoing and receiving worker together.", "nobody receives the family")
def a_meeting_alone(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_appointment(plan, direct(plan), with_worker_id=None)


@breaker(
    "Summary: the outgoing worker; `with_worker_id` is the other person of a meeting or visit, else blank.",
    "it takes one person",
)
def a_summary_for_two(engagement: Engagement, plan: Plan) -> Pair:
    summary = booked(plan, "summary")
    return engagement, with_appointment(plan, summary, with_worker_id=a_receiver(plan))


@breaker("Sign-off by the receiving team's manager.", "may not sign off")
def signed_off_by_the_receiving_worker(engagement: Engagement, plan: Plan) -> Pair:
    sign_off = booked(plan, "sign_off")
    return engagement, with_appointment(plan, sign_off, worker_id=a_receiver(plan))


@breaker("Nobody with a `never` for a sibling signs off.", "may not sign off")
def signed_off_with_a_never(engagement: Engagement, plan: Plan) -> Pair:
    sign_off = booked(plan, "sign_off")
    return with_rule(engagement, plan, siblings(plan, sign_off.family_id)[-1], sign_off.worker_id, "never")


# §5 what is said


@breaker("Why: the reason for one child's row.", "why is blank")
def no_reason(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_child(plan, plan.allocations[0].child_id, why=" ")


def _left_out(plan: Plan, family_id: str, why: str) -> Plan:
    """The plan with a family left without a receiving worker, and nobody told."""
    without_them = tuple(a for a in plan.appointments if a.family_id != family_id)
    changes = {"to_worker_id": None, "interim_worker_id": None, "responsible_from": None, "changes": 0, "known": False}
    flags = tuple(f for f in plan.flags if f.subject not in (family_id, *siblings(plan, family_id)))
    return with_child(
        replace(plan, appointments=without_them, flags=flags), siblings(plan, family_id), **changes, why=why
    )


@breaker("Stop: a child unallocated.", "the child is unallocated")
def an_unallocated_child_without_a_flag(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, _left_out(plan, child_with(plan).family_id, "No receiving worker has the skill.")


@breaker("An unallocated child has a `why` that says which rule leaves nobody.", "does not say which rule")
def an_unallocated_child_without_a_rule(engagement: Engagement, plan: Plan) -> Pair:
    child = child_with(plan)
    broken = _left_out(plan, child.family_id, "Sorry.")
    return with_case(engagement, broken, child.child_id, needs=("sign language",))


@breaker("Level 0: children with no receiving worker, minimised, with a true proof.", "is called proven, but family")
def left_out_though_somebody_has_room(engagement: Engagement, plan: Plan) -> Pair:
    family_id = child_with(plan).family_id
    count = Fraction(len(siblings(plan, family_id)))
    broken = _left_out(plan, family_id, "No receiving worker.")
    return engagement, with_level(broken, "unallocated", value=count, bound=count)


@breaker("An unallocated child: blank means not applicable.", "responsible_from is")
def an_unallocated_child_with_a_first_day(engagement: Engagement, plan: Plan) -> Pair:
    family_id = child_with(plan).family_id
    broken = _left_out(plan, family_id, "No receiving worker.")
    return engagement, with_child(broken, siblings(plan, family_id), responsible_from=engagement.settings.go_live)


@breaker("Stop: the average above `most_children`.", "the average is above most_children")
def too_many_children_for_all(engagement: Engagement, plan: Plan) -> Pair:
    return with_settings(engagement, plan, "workload", most_children=Fraction(1, 2))


def _new_event(name: str, rule: str, says: str, kind: str, child: Callable[[Plan], Allocation], days: int) -> None:
    def breaks(engagement: Engagement, plan: Plan) -> Pair:
        chosen = child(plan)
        quiet = replace(
            plan, flags=tuple(f for f in plan.flags if f.subject not in (chosen.family_id, chosen.child_id))
        )
        event = Event(chosen.child_id, kind, engagement.settings.go_live + days * DAY)
        return another(engagement, quiet, events=(*engagement.events, event))

    BREAKERS.append(Breaker(name, rule, breaks, says))


_new_event(
    "a_hearing_on_go_live",
    "Stop: a conference or hearing on `go_live`.",
    "a conference or hearing on go-live",
    "court_hearing",
    lambda plan: child_with(plan, lambda a: a.interim_worker_id is None),
    0,
)
_new_event(
    "a_conference_before_they_are_ready",
    "Stop: a conference or hearing before `ready_on`.",
    "before ready_on",
    "review_conference",
    lambda plan: child_with(plan, lambda a: a.interim_worker_id is not None),
    1,
)
_new_event(
    "a_visit_due_before_they_are_ready",
    "Warn: a statutory visit due before `ready_on` (naming the interim).",
    "a statutory visit is due before ready_on",
    "statutory_visit",
    lambda plan: child_with(plan, lambda a: a.interim_worker_id is not None),
    1,
)


@breaker("Warn: an unbriefed interim, a warning that names the family.", "was not at the handover meeting")
def an_interim_worker_nobody_told(engagement: Engagement, plan: Plan) -> Pair:
    child = late(plan)
    flags = tuple(f for f in plan.flags if f.subject not in (child.family_id, *siblings(plan, child.family_id)))
    gone = [a for a in plan.appointments if a.family_id == child.family_id]
    return engagement, replace(without(plan, *gone), flags=flags)


@breaker(
    "Warn: a family not introduced before its first conference or hearing on or after `window_start`.",
    "not introduced before",
)
def a_conference_before_they_have_met(engagement: Engagement, plan: Plan) -> Pair:
    meeting = direct(plan)
    ids = siblings(plan, meeting.family_id)
    quiet = replace(plan, flags=tuple(f for f in plan.flags if f.subject not in (meeting.family_id, *ids)))
    first = engagement.settings.window_start
    events = tuple(e for e in engagement.events if e.child_id not in ids)
    earlier = moved(quiet, meeting, meeting.start + 7 * DAY)
    visits = [a for a in quiet.appointments if a.kind == "joint_visit" and a.family_id == meeting.family_id]
    return another(engagement, without(earlier, *visits), events=(*events, Event(ids[0], "review_conference", first)))


@breaker("Warn: a person whose registration lapses before `contract_end`.", "registration lapses before contract_end")
def a_registration_that_lapses(engagement: Engagement, plan: Plan) -> Pair:
    person = a_receiver(plan)
    quiet = replace(plan, flags=tuple(f for f in plan.flags if f.subject != person))
    return with_worker(engagement, quiet, person, swe_registered_until=engagement.settings.contract_end - DAY)


@breaker("Warn: a person not cleared.", "No warn flag names")
def a_warning_about_a_person_withheld(engagement: Engagement, plan: Plan) -> Pair:
    people = {w.worker_id for w in engagement.workers}
    flag = next(f for f in plan.flags if f.severity == "warn" and f.subject in people)
    return engagement, replace(plan, flags=tuple(f for f in plan.flags if f.subject != flag.subject))


@breaker("Warn: below the low end.", "below the low end")
def below_the_low_end_without_a_word(engagement: Engagement, plan: Plan) -> Pair:
    quiet = replace(
        plan, flags=tuple(f for f in plan.flags if f.subject not in {w.worker_id for w in engagement.workers})
    )
    # no band at all: every worker who holds less than the fair share is below the low end
    return with_settings(engagement, quiet, "workload", worker_band=Fraction(0))


@breaker("Warn: above `most_children`.", "above most_children")
def above_most_children_without_a_word(engagement: Engagement, plan: Plan) -> Pair:
    quiet = replace(
        plan, flags=tuple(f for f in plan.flags if f.subject not in {w.worker_id for w in engagement.workers})
    )
    return with_settings(engagement, quiet, "workload", most_children=Fraction(1))


@breaker("`subject` is the id of the child, family, worker or team.", "no child, family, worker or team")
def a_flag_about_nobody(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, flags=(*plan.flags, Flag("info", "NOBODY", "A matter.", "Nothing.")))


@breaker("`severity` (`stop`, `warn`, `info`).", "severity is alarm")
def a_severity_of_ones_own(engagement: Engagement, plan: Plan) -> Pair:
    flag = Flag("alarm", engagement.teams[0].team_id, "A matter.", "Nothing.")
    return engagement, replace(plan, flags=(*plan.flags, flag))


@breaker("A matter for a person to decide.", "matter is blank")
def a_flag_without_a_matter(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, flags=(*plan.flags, Flag("info", engagement.teams[0].team_id, "", "Nothing.")))


@breaker("`input_sha256`: each plan points at its version of the engagement.", "is for the input")
def a_plan_for_another_input(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, input_sha256="0" * 64)


@breaker("Another engagement's name is refused.", "is for the engagement")
def a_plan_for_another_engagement(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, replace(plan, engagement="Somewhere else")


@breaker("`kind` (`summary`, `meeting`, `joint_visit`, `sign_off`).", "there is no kind")
def an_appointment_of_no_kind(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_appointment(plan, booked(plan, "summary"), kind="lunch")


@breaker("One row per person and appointment.", "is not in the engagement")
def an_appointment_with_nobody(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_appointment(plan, direct(plan), with_worker_id="NOBODY")


@breaker("For every family: no appointment belongs to none.", "the family is not in the engagement")
def an_appointment_of_no_family(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_appointment(plan, booked(plan, "summary"), family_id="NOBODY")


@breaker("Values of the plan are of their kind: a date is a date.", "not datetime")
def a_time_that_is_text(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_appointment(plan, booked(plan, "summary"), start="2022-11-14T09:00")


@breaker("Values of the plan are of their kind: nothing is no id.", "not str")
def an_id_that_is_missing(engagement: Engagement, plan: Plan) -> Pair:
    return engagement, with_child(plan, plan.allocations[0].child_id, family_id=None)
