"""A plan's summary in the terminal, to be read out in a meeting. Nothing is said by colour alone."""

from collections.abc import Mapping
from textwrap import fill

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from handover.british import count, figure
from handover.flags import kind_of
from handover.headlines import LEVEL_WORDS
from handover.plan import TIE_FIGURES, Level
from handover.summary import Load, Summary

STOPS_AT_MOST = 12
WORKERS_AT_MOST = 60
"""Above this, only workers outside their bands are listed."""


def show(summary: Summary, console: Console | None = None) -> None:
    """Print the summary on stdout (or the console given); fits 80 columns, keeps to NO_COLOR."""
    out = console or Console()
    _heading(out, summary.engagement)
    for sentence in _opening(summary):
        _say(out, sentence)
    _heading(out, "Handovers, by family")
    for sentence in _handovers(summary):
        _say(out, sentence)
    _heading(out, "Caseloads in points, against the band")
    out.print(_loads(summary.teams, "Team"))
    out.print()
    _workers(out, summary)
    _heading(out, "Not cleared, or cannot receive cases")
    for person in summary.not_ready:
        said = "cleared, but cannot receive" if person.cleared else "not cleared"
        role = person.role.replace("_", " ")
        _say(out, f"{person.name} ({person.worker_id}), {role}, {person.team_id}: {said}: {', '.join(person.failed)}")
    if not summary.not_ready:
        _say(out, "Nobody: every worker and manager of the incoming teams is cleared.")
    _decisions(out, summary)
    _heading(out, "How good this plan is, each level with those above held")
    out.print(_levels(summary.levels))


def _opening(summary: Summary) -> list[str]:
    left = summary.unallocated
    placed = (
        f"{count(left, 'child is', 'children are')} left without a receiving worker"
        if left
        else "every child has a receiving worker"
    )
    children = count(summary.children, "child", "children")
    families = count(summary.families, "family", "families")
    many = count(summary.three_or_more_workers, "child reaches", "children reach")
    return [
        f"{children} in {families}; {placed}.",
        _changes(summary),
        f"{many} three or more social workers in a year.",
    ]


def _changes(summary: Summary) -> str:
    """Changes, how many of them no plan could avoid, and the price of even caseloads."""
    least, price = summary.changes_whatever_the_caseloads, summary.price_of_even_caseloads
    said = f"{count(summary.changes, 'change', 'changes')} of social worker"
    if least.proven and price >= 0:
        return (
            f"{said}, of which {figure(least.value)} that no plan could avoid whatever the caseloads, and {price} as "
            "the price of even ones."
        )
    return (
        f"{said}. No plan has fewer than {figure(least.bound)} whatever the caseloads; the fewest found that way is "
        f"{figure(least.value)}, and this is not proven best."
    )


def _handovers(summary: Summary) -> list[str]:
    modes = summary.meetings
    booked = f"{modes['direct']} direct, {modes['relayed']} relayed, {modes['none']} not booked"
    trips = f"{count(summary.visit_trips, 'trip', 'trips')}, one for all of a worker in one area on one day"
    return [
        f"Meetings: {booked}; {modes['not_needed']} not needed.",
        f"Joint visits: {summary.joint_visits} of {summary.joint_visits_due} due, in {trips}.",
        f"Statutory visits due in the window with no joint visit by then: {summary.uncovered_visits}.",
        f"Not signed off: {summary.unsigned}.",
    ]


def _workers(out: Console, summary: Summary) -> None:
    listed = summary.workers
    if len(listed) > WORKERS_AT_MOST:
        listed = tuple(w for w in listed if w.place != "within")
        within = len(summary.workers) - len(listed)
        _say(out, f"{within} of {len(summary.workers)} receiving workers are within their bands; the others:")
    if listed:
        out.print(_loads(listed, "Worker"))


def _loads(loads: tuple[Load, ...], first: str) -> Table:
    table = _table(first, "Children", "Points", "Fair", "Band", "Place")
    for load in loads:
        name = f"{load.name} ({load.worker_id or load.team_id})"
        style = "" if load.place == "within" else "bold"
        table.add_row(
            Text(name, style=style),
            str(load.children),
            str(load.points),
            figure(load.fair_share, 1),
            f"{load.low}-{load.high}",
            Text(load.place, style=style),
        )
    return table


def _decisions(out: Console, summary: Summary) -> None:
    _heading(out, "What needs a decision")
    # what is short says in a line what the children after it have in common
    stops = sorted(summary.stops, key=lambda flag: kind_of(flag) != "shortage")
    for flag in stops[:STOPS_AT_MOST]:
        _say(out, f"STOP {flag.subject}: {_ended(flag.matter)} {flag.action}", "bold red")
    more = len(summary.stops) - STOPS_AT_MOST
    if more > 0:
        _say(out, f"STOP: {more} more in flags.csv.", "bold red")
    for remedy in summary.remedies:
        _say(out, f"A way out: {remedy}")
    for severity, kinds in (("warnings", summary.warnings), ("for information", summary.infos)):
        if kinds:
            _say(out, f"{_total(kinds)} {severity}: {', '.join(f'{n} {kind}' for kind, n in kinds.items())}.")
    if not (summary.stops or summary.warnings or summary.infos):
        _say(out, "Nothing.")


def _levels(levels: tuple[Level, ...]) -> Table:
    table = _table("Level", "Value", "Bound", "Proof")
    for level in levels:
        stopped = f", stopped: {level.stopped}" if level.stopped else ""
        unproven = "no proof sought" if level.name in TIE_FIGURES else "not proven"
        table.add_row(
            Text(LEVEL_WORDS.get(level.name, level.name)),
            figure(level.value, 3),
            figure(level.bound, 3),
            "proven best" if level.proven else unproven + stopped,
        )
    return table


def _table(first: str, *others: str) -> Table:
    """A table whose first and last columns are words and the others figures."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, overflow="fold")
    for name in others[:-1]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(others[-1], overflow="fold")
    return table


def _heading(out: Console, words: str) -> None:
    out.print()
    out.print(Text(words, style="bold"))


def _say(out: Console, sentence: str, style: str = "") -> None:
    """A sentence that hangs under its first words when it runs over the line."""
    out.print(Text(fill(sentence, out.width, initial_indent="  ", subsequent_indent="    "), style=style))


def _ended(words: str) -> str:
    return words if words.endswith(".") else f"{words}."


def _total(kinds: Mapping[str, int]) -> int:
    return sum(kinds.values())
