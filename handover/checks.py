"""What makes a plan impossible or poor, found before any is made (contract §6, `check`).

`stop` is what no plan can get round; `warn` is what makes every plan worse; `info` is worth a look.
"""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain

from handover.caseload import family_points, team_bands, total_points, worker_bands
from handover.clearance import can_take, cleared, failed, ready_on, receives, receiving_workers
from handover.continuity import INTRODUCED_AT
from handover.engagement import Engagement, Family, Worker
from handover.handovers import managers
from handover.hours import HandoverHours, handover_hours
from handover.plan import SEVERITIES, Flag

MEND_SKILL = "Ask the provider for a worker with the skill, or correct `needs` or `skills`"


def check(engagement: Engagement) -> tuple[Flag, ...]:
    """All that is found, gravest first, then by subject. Subjects are ids of families, children, workers or teams, a
    skill, or the engagement's name."""
    found = chain(
        _nobody_receives(engagement),
        _needs(engagement),
        _families_nobody_can_take(engagement),
        _points(engagement),
        _heads(engagement),
        _managers(engagement),
        _people_expected(engagement),
        _people(engagement),
        _hours(handover_hours(engagement)),
        _children(engagement),
        _events(engagement),
    )
    return tuple(sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f)))


def figures(engagement: Engagement) -> dict[str, object]:
    """Figures of the engagement as it stands: heads, points, room, and hours by who hands over (JSON values)."""
    receiving = receiving_workers(engagement)
    fte = sum((w.fte for w in receiving), Fraction(0))
    return {
        "engagement": engagement.settings.name,
        "input_sha256": engagement.input_sha256,
        "children": len(engagement.children),
        "families": len(engagement.families),
        "receiving_workers": len(receiving),
        "fte": _number(fte),
        "points": total_points(engagement),
        "high_ends": sum(band.high for band in worker_bands(engagement).values()),
        "children_per_full_time_worker": _number(len(engagement.children) / fte) if fte else None,
        "most_children": _number(engagement.settings.workload.most_children),
        "hours": [
            {
                "worker_id": h.worker_id,
                "families": h.families,
                "hours_needed": _number(h.needed),
                "hours_free": _number(h.free),
                "joint_visits": h.visits,
                "joint_visits_at_most": h.visits_at_most,
            }
            for h in handover_hours(engagement)
        ],
    }


def _number(value: Fraction | float) -> float:
    return round(float(value), 6)


def _nobody_receives(engagement: Engagement) -> Iterable[Flag]:
    if not receiving_workers(engagement):
        yield Flag(
            "stop",
            engagement.settings.name,
            f"no receiving worker: all {len(engagement.children)} children would be unallocated",
            "See what each person fails below, and mend it with the provider",
        )


def _needs(engagement: Engagement) -> Iterable[Flag]:
    """Skills that nobody has, and skills whose holders have too little room."""
    receiving = receiving_workers(engagement)
    bands = worker_bands(engagement)
    needing: dict[str, list[Family]] = defaultdict(list)
    for family in engagement.families:
        for need in sorted({need for child in family.children for need in child.needs}):
            needing[need].append(family)
    for need, families in sorted(needing.items()):
        having = [w for w in receiving if need in w.skills]
        asked = sum(family_points(f, engagement) for f in families)
        if receiving and not having:
            ids = ", ".join(f.family_id for f in families)
            count = sum(len(f.children) for f in families)
            yield Flag(
                "stop",
                need,
                f"no receiving worker has the skill {need}: {_count(count, 'child', 'children')} cannot be allocated "
                f"(families {ids})",
                MEND_SKILL,
            )
        elif having and asked > (room := sum(bands[w.worker_id].high for w in having)):
            yield Flag(
                "warn",
                need,
                f"families that need {need} have {asked} points, the high ends of the "
                f"{_count(len(having), 'worker')} with it sum to {room}",
                MEND_SKILL,
            )


def _families_nobody_can_take(engagement: Engagement) -> Iterable[Flag]:
    """Families that every receiving worker is barred from, though each of their needs is somebody's."""
    receiving = receiving_workers(engagement)
    skills = {skill for w in receiving for skill in w.skills}
    for family in engagement.families:
        needs = {need for child in family.children for need in child.needs}
        if not receiving or needs - skills or any(can_take(family, w, engagement) for w in receiving):
            continue
        yield Flag("stop", family.family_id, _rule_that_bars(family, needs, receiving, engagement), "Change the rule")


def _rule_that_bars(family: Family, needs: set[str], receiving: tuple[Worker, ...], engagement: Engagement) -> str:
    """The first rule, in the order skills, always, never, that leaves no receiving worker for the family."""
    children = ", ".join(c.child_id for c in family.children)
    able = [w for w in receiving if needs <= set(w.skills)]
    if not able:
        return f"nobody can take {children}: no one receiving worker has {' and '.join(sorted(needs))} together"
    always = {c.child_id: engagement.always[c.child_id] for c in family.children if c.child_id in engagement.always}
    said = "; ".join(f"{child_id} always {worker_id}" for child_id, worker_id in always.items())
    if len(set(always.values())) > 1:
        return f"nobody can take {children}: the siblings' rules name different workers ({said})"
    for worker_id in set(always.values()):
        worker = engagement.worker[worker_id]
        if not receives(worker, engagement):
            other = worker.side == "outgoing" or worker.role != "social_worker"
            fails = f"{worker.side} {worker.role}" if other else ", ".join(failed(worker, engagement))
            return f"nobody can take {children}: rule {said}, and {worker_id} is no receiving worker ({fails})"
        if worker not in able:
            return f"nobody can take {children}: rule {said}, who lacks {', '.join(sorted(needs - set(worker.skills)))}"
    return f"nobody can take {children}: `never` rules bar every receiving worker with the skills needed"


def _points(engagement: Engagement) -> Iterable[Flag]:
    bands, name = worker_bands(engagement), engagement.settings.name
    if not bands:
        return
    total, room = total_points(engagement), sum(b.high for b in bands.values())
    limits = [engagement.worker[worker_id].max_points for worker_id in bands]
    hard = sum(limit for limit in limits if limit is not None)
    if None not in limits and total > hard:
        yield Flag(
            "stop",
            name,
            f"{total} points, and `max_points` of all receiving workers sum to {hard}: at least {total - hard} points "
            "of children would be unallocated",
            "Ask for more workers, or raise `max_points`",
        )
    elif total > room:
        yield Flag(
            "warn",
            name,
            f"{total} points, and the high ends of all receiving workers sum to {room}: somebody must be overloaded",
            "Ask for more workers, or raise `max_points` or `worker_band`",
        )
    for team_id, band in team_bands(engagement).items():
        of_team = sum(b.high for w, b in bands.items() if engagement.worker[w].team_id == team_id)
        if of_team < band.low:
            yield Flag(
                "warn",
                team_id,
                f"its workers' high ends sum to {of_team} points, below the team's least of {band.low}",
                "Raise `max_points` or `team_band`",
            )


def _heads(engagement: Engagement) -> Iterable[Flag]:
    most = engagement.settings.workload.most_children
    fte = sum((w.fte for w in receiving_workers(engagement)), Fraction(0))
    if fte and len(engagement.children) > most * fte:
        yield Flag(
            "stop",
            engagement.settings.name,
            f"{len(engagement.children)} children for {float(fte):g} full-time receiving workers: "
            f"{float(len(engagement.children) / fte):.1f} each, above {float(most):g}",
            "Do not go live on these numbers without a decision: more workers, or fewer children",
        )


def _managers(engagement: Engagement) -> Iterable[Flag]:
    others = [m.worker_id for m in managers(engagement) if cleared(m, engagement)]
    for team in engagement.teams:
        if team.manager_id not in others:
            sign = f"{', '.join(others)} would sign off" if others else "nobody can sign a handover off"
            why = ", ".join(failed(engagement.worker[team.manager_id], engagement))
            yield Flag(
                "warn",
                team.team_id,
                f"its manager {team.manager_id} is not cleared ({why}): {sign}",
                "Clear the manager or name another in teams.csv",
            )


def _people_expected(engagement: Engagement) -> Iterable[Flag]:
    """The contract's own count of people, where it is given, beside the files'."""
    expected = engagement.settings.people_expected
    people = [w for w in engagement.workers if w.side != "outgoing"]
    if not expected or expected == len(people):
        return
    managers = [w for w in people if w.role == "team_manager"]
    teams = ", ".join(f"{t.team_id} {sum(w.team_id == t.team_id for w in people)}" for t in engagement.teams)
    gap = len(people) - expected
    yield Flag(
        "warn",
        engagement.settings.name,
        f"people_expected is {expected}, workers.csv has {len(people)} for the incoming teams "
        f"({_count(len(people) - len(managers), 'social worker')}, {_count(len(managers), 'manager')}; {teams}): "
        f"{abs(gap)} {'more' if gap > 0 else 'fewer'}",
        "Ask the provider who is missing or not in the contract, or correct people_expected",
    )


def _people(engagement: Engagement) -> Iterable[Flag]:
    """People of the incoming teams: not receiving, late, leaving, or about to lose their registration."""
    settings = engagement.settings
    for worker in engagement.workers:
        if worker.side == "outgoing":
            continue
        missing = failed(worker, engagement)
        if missing:
            effect = "signs nothing off" if worker.role == "team_manager" else "receives no children"
            yield Flag("warn", worker.worker_id, f"{effect}: fails {', '.join(missing)}", "Mend before go-live")
            continue
        ready = ready_on(worker, engagement)
        if worker.role == "social_worker" and ready is not None and ready > settings.go_live:
            yield Flag(
                "warn",
                worker.worker_id,
                f"ready on {ready}, after go-live: each child new to them changes worker twice",
                "Bring laptop, access, induction or start forward",
            )
        if worker.role == "social_worker" and worker.available_to and worker.available_to < settings.contract_end:
            yield Flag(
                "warn",
                worker.worker_id,
                f"leaves on {worker.available_to}, before the contract ends: their children change once more",
                "Agree a later date, or who follows",
            )
        lapses = worker.swe_registered_until
        if lapses is not None and lapses < settings.contract_end:
            yield Flag(
                "warn",
                worker.worker_id,
                f"registration runs to {lapses}, before the contract ends on {settings.contract_end}",
                "Look at the register again on the first working day after",
            )


def _hours(hours: tuple[HandoverHours, ...]) -> Iterable[Flag]:
    for h in hours:
        if h.needed > h.free:
            yield Flag(
                "warn",
                h.worker_id,
                f"{_count(h.families, 'family', 'families')} to hand over take about {float(h.needed):g} hours, "
                f"{float(h.free):g} are free in the window",
                "Free the diary, open the window earlier, or decide which families go without a joint visit",
            )
        elif h.visits > h.visits_at_most:
            yield Flag(
                "warn",
                h.worker_id,
                f"{_count(h.visits, 'joint visit')} due, at most {h.visits_at_most} fit into the window",
                "Raise `visits_a_day`, open the window earlier, or decide who is visited",
            )


def _children(engagement: Engagement) -> Iterable[Flag]:
    """Data that a plan can be made with but that looks wrong."""
    settings = engagement.settings
    for child in engagement.children:
        holder = engagement.worker[child.worker_id]
        if holder.side == "incoming":
            yield Flag(
                "warn", child.child_id, f"held now by {holder.worker_id}, who is `incoming`", "Correct `worker_id`"
            )
        if holder.available_to is not None and holder.available_to < settings.window_start:
            yield Flag(
                "warn",
                child.child_id,
                f"held now by {holder.worker_id}, who leaves on {holder.available_to}, before the window opens",
                "Name who holds the child until go-live",
            )
        if child.expected_close_on is not None and child.expected_close_on < settings.go_live:
            yield Flag(
                "info",
                child.child_id,
                f"expected to close on {child.expected_close_on}, before go-live",
                "Close the case, or correct the date",
            )
    without = [c.child_id for c in engagement.children if c.child_id not in engagement.episodes_of]
    if engagement.history and without:
        yield Flag(
            "info",
            settings.name,
            f"no history for {_count(len(without), 'child', 'children')}: taken as no change before "
            f"({', '.join(without)})",
            "Add their episodes to history.csv",
        )


def _events(engagement: Engagement) -> Iterable[Flag]:
    settings = engagement.settings
    for event in engagement.events:
        if event.kind == "statutory_visit" and event.on < settings.window_start:
            yield Flag(
                "warn",
                event.child_id,
                f"statutory visit was due by {event.on}, before the window opens",
                "Visit now, or correct the date",
            )
        if event.kind in INTRODUCED_AT and event.on == settings.go_live:
            yield Flag(
                "warn",
                event.child_id,
                f"{event.kind.replace('_', ' ')} on the day responsibility passes",
                "Agree who attends, or move it",
            )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
