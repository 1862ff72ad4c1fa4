"""What to chase first."""

from handover.delays import Effect, Harm, Price, ranked


def price(task_id: str, *harms: Harm) -> Price:
    return Price(task_id, {days: Effect(harm) for days, harm in zip((1, 2, 5), harms, strict=False)})


def test_a_change_of_social_worker_comes_before_any_number_of_meetings() -> None:
    found = ranked([price("meetings", Harm(relayed=99)), price("change", Harm(changes=1))], {})
    assert [p.task_id for p in found] == ["change", "meetings"]


def test_what_hurts_a_day_sooner_counts_once_more() -> None:
    nothing, two = Harm(), Harm(changes=2)
    later, sooner = price("later", nothing, nothing, two), price("sooner", nothing, two, two)
    assert [p.task_id for p in ranked([later, sooner], {})] == ["sooner", "later"]


def test_of_equal_tasks_the_one_with_less_slack_comes_first_and_the_harmless_not_at_all() -> None:
    same = [price(name, Harm(interim=1)) for name in ("a", "b", "c")]
    found = ranked([*same, price("harmless", Harm())], {"a": 3, "b": 0, "c": 1, "harmless": 0})
    assert [p.task_id for p in found] == ["b", "c", "a"]


def test_children_of_any_of_the_days_are_at_stake_once() -> None:
    late = {1: Effect(Harm(), (), ("C2",)), 5: Effect(Harm(), ("relayed",), ("C1", "C2"))}
    made = Price("task", late)
    assert made.children == ("C1", "C2")
    assert not made.proven
