"""The first schedule is complete also without time, and better with it."""

from handover.synthetic import synthetic
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.mend import fits_together
from solver.schedule.problem import problem
from solver.watch import Watch
from tests.plans import first_fit


def test_without_time_one_order_of_the_families_has_to_do() -> None:
    made = synthetic(70, 3, 4, "one-week")
    task = problem(made, first_fit(made), {}, made.settings.window_start)
    at_once, in_time = greedy(task, Watch.lasting(0)), greedy(task, Watch.lasting(600))
    assert fits_together(task, at_once, list(task.tasks))
    assert in_time == greedy(task)
    assert [*schedule_figures(task, in_time).values()] < [*schedule_figures(task, at_once).values()]
