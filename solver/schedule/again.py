"""A schedule made anew around another allocation: what can stay as it was booked stays (§4)."""

from collections.abc import Iterable, Mapping

from handover.engagement import Engagement
from handover.plan import Appointment, Plan
from solver.program import Searcher
from solver.schedule import Scheduled, scheduled
from solver.schedule.days import Days
from solver.schedule.diary import Booking, Bookings, Diary, meet, sign, visit
from solver.schedule.figures import schedule_figures
from solver.schedule.hearings import nearest_first
from solver.schedule.mend import Mender
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem, Task, problem
from solver.schedule.search import DaySearch
from solver.schedule.slots import diary_of
from solver.watch import Watch

ROUNDS = 6
PATIENCE = 2


def schedule_again(
    engagement: Engagement,
    plan: Plan,
    to_worker: Mapping[str, str | None],
    interim: Mapping[str, str | None],
    searcher: Searcher,
    watch: Watch,
) -> Scheduled:
    """As `schedule`, but for an allocation similar to that of a sound plan, and starting from its appointments.

    Families whose people are the same keep their appointments at first, the others are booked around them; then the
    whole is mended where a level is above its bound. Far quicker than from nothing, and as honest about its bounds.
    """
    task = problem(engagement, to_worker, interim, plan.booked_from)
    made = _booked_around(task, _kept(task, plan.appointments)) if task.days else {}
    search = DaySearch(Days(task), made, searcher, watch, plan.seed)
    if task.tasks and task.days:
        search.hold(schedule_figures(task, made))
        mender = Mender(search, made)
        mender.run(ROUNDS, PATIENCE)
        made = nearest_first(task, mender.made, watch)
    return scheduled(task, made, search)


def _kept(task: Problem, before: Iterable[Appointment]) -> dict[str, Bookings]:
    """The bookings of families whose handover is still between the same people."""
    booked: dict[str, dict[str, Appointment]] = {}
    for appointment in before:
        booked.setdefault(appointment.family_id, {})[appointment.kind] = appointment
    return {
        one.family_id: {kind: _booking(task, a) for kind, a in booked[one.family_id].items()}
        for one in task.tasks
        if _same_people(one, booked.get(one.family_id, {}))
        if all(a.start.date() in task.days for a in booked[one.family_id].values())
    }


def _same_people(task: Task, booked: Mapping[str, Appointment]) -> bool:
    if SUMMARY not in booked or MEETING not in booked:
        return False
    met = booked[MEETING]
    return (
        met.worker_id == task.giver
        and met.with_worker_id in (task.receiver, *task.relays)
        and (VISIT not in booked or booked[VISIT].with_worker_id == task.receiver)
        and (SIGN_OFF not in booked or booked[SIGN_OFF].worker_id in task.signers)
    )


def _booking(task: Problem, appointment: Appointment) -> Booking:
    other = appointment.worker_id if appointment.kind == SIGN_OFF else appointment.with_worker_id
    return Booking(appointment.kind, task.slot(appointment.start), other)


def _booked_around(task: Problem, made: dict[str, Bookings]) -> dict[str, Bookings]:
    """The bookings, and around them those of the families that have none, the gravest first."""
    diary = diary_of(task, made)
    for one in sorted(task.tasks, key=lambda t: (-t.weight, t.family_id)):
        if one.family_id not in made:
            _book(diary, one, made)
    return made


def _book(diary: Diary, task: Task, made: dict[str, Bookings]) -> None:
    booked = meet(diary, task)
    if booked is not None:
        visit(diary, task, booked)
        sign(diary, task, booked)
        made[task.family_id] = booked
