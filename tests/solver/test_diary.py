"""What is cancelled leaves a diary as if it had never been booked."""

from random import Random

import pytest

from handover.synthetic import synthetic
from solver.schedule.diary import Booking, Diary
from solver.schedule.greedy import greedy
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Task, problem
from solver.schedule.slots import diary_of
from tests.plans import first_fit


@pytest.mark.parametrize("seed", range(3))
def test_a_diary_after_cancelling_some_is_the_diary_of_the_rest(seed: int) -> None:
    town = synthetic(60, 2, seed)
    task = problem(town, first_fit(town), {}, town.settings.window_start)
    made = greedy(task)
    diary = diary_of(task, made)
    gone: list[tuple[Task, Booking]] = [(t, b) for t in task.tasks for b in made.get(t.family_id, {}).values()]
    gone = Random(seed).sample(gone, len(gone) // 2)
    for one, booking in gone:
        diary.cancel(one, booking)
    rest = {family_id: dict(bookings) for family_id, bookings in made.items()}
    for one, booking in gone:
        del rest[one.family_id][booking.kind]
    anew = diary_of(task, rest)
    assert {b.kind for _, b in gone} == {SUMMARY, MEETING, VISIT, SIGN_OFF}
    assert seen(diary) == seen(anew)


def seen(diary: Diary) -> list[int]:
    people = [w.worker_id for w in diary.problem.engagement.workers]
    kinds = (SUMMARY, MEETING, VISIT, SIGN_OFF)
    return [diary.open(p, kind, gives=gives) for p in people for kind in kinds for gives in (True, False)]
