"""The report put together: headlines, pictures with their tables, and the one page that holds them."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from handover import british
from handover.british import count, figure
from handover.engagement import Engagement
from handover.headlines import SEVERITY_WORDS, Headlines, headlines
from handover.outputs.report import counts, pictures, rows
from handover.outputs.report.counts import Busyness
from handover.outputs.report.pictures import Picture, picture
from handover.outputs.report.rows import Row
from handover.plan import Plan
from handover.summary import Load, Summary, summary

SECTIONS = (
    ("short", "In short"),
    ("decide", "What needs a decision"),
    ("caseloads", "Caseload of each worker"),
    ("teams", "Balance of teams"),
    ("changes", "Changes, by how many the child has already had"),
    ("weeks", "The handover days"),
    ("hearings", "Next conference or hearing, and who is introduced before it"),
    ("schedule", "Schedule"),
)
TOLD_AT_MOST = 20
"""How many stops, or people who are not ready, are told in full; above it a folded table has them."""


def report_html(engagement: Engagement, plan: Plan) -> bytes:
    """The report of a plan as one whole HTML file, the same bytes for the same plan.

    Its content security policy allows its own style and script, by their hashes, and nothing else.
    """
    environment = Environment(
        loader=PackageLoader("handover.outputs.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(british, name) for name in ("dates_in", "figure", "long_day", "moment")}
    style, script = _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    counted = summary(engagement, plan)
    said = headlines(engagement, plan, counted)
    found = environment.get_template("page.html").render(
        plan=plan,
        settings=engagement.settings,
        sections=SECTIONS,
        headlines=said,
        achieved=_achieved(said),
        tiles=_tiles(counted),
        stops=counted.stops,
        told_at_most=TOLD_AT_MOST,
        severities=SEVERITY_WORDS,
        matters={severity: list(rows.matters(plan, severity)) for severity in SEVERITY_WORDS},
        not_ready=Under(
            "Not cleared, or cannot receive cases",
            ("Who", "Why"),
            list(rows.not_ready(counted.not_ready, engagement)),
            words=2,
        ),
        load_head=rows.LOAD_HEAD,
        schedule_head=rows.SCHEDULE_HEAD,
        schedule=rows.schedule(engagement, plan),
        charts=_charts(engagement, plan, counted),
        policy=policy,
        style=Markup(style),  # noqa: S704 a file of ours
        script=Markup(script),  # noqa: S704 likewise
    )
    return found.encode()


@dataclass(frozen=True)
class Tile:
    """A figure in large: what it counts, the figure, what it means; `stop`: something is to be settled."""

    name: str
    figure: str
    beside: str
    stop: bool = False


@dataclass(frozen=True)
class Under:
    """A table under a picture; the first `words` columns are words, the others figures."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]
    words: int = 1


@dataclass(frozen=True)
class Shown:
    """A picture with its tables; no picture where there is nothing to draw."""

    picture: Picture | None
    tables: tuple[Under, ...]


def _tiles(counted: Summary) -> Iterator[Tile]:
    left, modes, stops = counted.unallocated, counted.meetings, len(counted.stops)
    warnings = sum(counted.warnings.values())
    needed = modes["direct"] + modes["relayed"] + modes["none"]
    least, price = counted.changes_whatever_the_caseloads, counted.price_of_even_caseloads
    yield Tile(
        "Children with a receiving worker",
        f"{counted.children - left:,} of {counted.children:,}",
        f"{left:,} left without one" if left else "nobody is left out",
        bool(left),
    )
    yield Tile(
        "Changes of social worker",
        f"{counted.changes:,}",
        f"{figure(least.value)} no plan could avoid, {price:,} for even caseloads"
        if least.proven and price >= 0
        else f"no plan has fewer than {figure(least.bound)}",
    )
    yield Tile(
        "Children with three or more workers in a year", f"{counted.three_or_more_workers:,}", "this handover included"
    )
    yield Tile(
        "Handover meetings booked",
        f"{needed - modes['none']:,} of {needed:,}",
        f"{modes['relayed']:,} with a colleague of the new worker",
    )
    yield Tile(
        "Joint visits booked",
        f"{counted.joint_visits:,} of {counted.joint_visits_due:,}",
        "of those that the children's plans ask for",
    )
    yield Tile("To settle before go-live", f"{stops:,}", f"and {warnings:,} more to decide or watch", bool(stops))


def _achieved(said: Headlines) -> Under:
    table = [
        (one.sentence, one.proof, one.label, figure(one.value), "" if one.bound is None else figure(one.bound))
        for one in said.achieved
    ]
    return Under(
        "Each figure against its bound", ("In words", "Proof", "Counted", "This plan", "Bound"), table, words=3
    )


def _charts(engagement: Engagement, plan: Plan, counted: Summary) -> dict[str, Shown]:
    spans = [span.name for span in counts.periods(engagement)]
    names = {team.team_id: team.name for team in engagement.teams}
    meetings = counts.team_days(engagement, plan, "meeting")
    visits = counts.team_days(engagement, plan, "joint_visit")
    return {
        "caseloads": _caseloads("caseloads", "worker", counted.workers, names),
        "teams": _caseloads("teams", "team", counted.teams, names),
        "changes": _changes(plan, engagement),
        "days": Shown(
            _squares("days", "Meetings and joint visits", {"Meetings": meetings, "Joint visits": visits}, spans),
            (_by_day("Handover meetings of each team", meetings, spans), _by_day("Joint visits", visits, spans)),
        ),
        "outgoing": _hours("outgoing", "outgoing staff", counts.hours(engagement, plan, outgoing=True), spans),
        "incoming": _hours(
            "incoming", "incoming and staying staff", counts.hours(engagement, plan, outgoing=False), spans
        ),
        "hearings": _hearings(engagement, plan),
    }


def _caseloads(key: str, noun: str, loads: Sequence[Load], teams: Mapping[str, str]) -> Shown:
    title = f"Caseload of each {noun}, in points"
    table = Under(title, rows.LOAD_HEAD, list(rows.loads(loads)), words=2)
    if not loads:
        return Shown(None, (table,))
    outside = sum(load.place != "within" for load in loads)
    inside = f"{len(loads) - outside:,} of {count(len(loads), noun, f'{noun}s')} within the band."
    if len(loads) > pictures.LOADS_AT_MOST:
        says = f"How far the {noun}s' points lie from their fair shares, in steps of 5%: {inside}"
    else:
        says = (
            "The bar is the points of work held, the grey block the band they should lie in, the black line the fair "
            f"share: {inside} Where one is outside it, the figure says above or below."
        )
    return Shown(picture(key, title, says, pictures.caseloads(loads, teams)), (table,))


def _changes(plan: Plan, engagement: Engagement) -> Shown:
    found = counts.changes_by_prior(plan)
    title = "Children by changes before and changes in this plan"
    most = max((made for _, made in found), default=0)
    head = ("Changes before", *(count(n, "change now", "changes now") for n in range(most + 1)), "Children")
    table = []
    for prior in sorted({prior for prior, _ in found}):
        row = [found.get((prior, made), 0) for made in range(most + 1)]
        table.append((str(prior), *(f"{n:,}" for n in (*row, sum(row)))))
    if not found:
        return Shown(None, ())
    months = engagement.settings.history.changes_months
    spared = sum(n for (prior, made), n in found.items() if prior > 1 and made == 0)
    had_many = sum(n for (prior, _), n in found.items() if prior > 1)
    says = (
        f"Each bar is the children who had so many changes of social worker in the {months} months before, in parts by "
        "the changes this plan means for them."
    )
    if had_many:
        many = count(had_many, "child", "children")
        says += f" Of {many} with two changes or more before, {spared:,} {'has' if spared == 1 else 'have'} none now."
    return Shown(picture("changes", title, says, pictures.changes_by_prior(found)), (Under(title, head, table),))


def _hours(key: str, whose: str, found: Sequence[Busyness], spans: Sequence[str]) -> Shown:
    title = f"Hours of appointments of {whose}"
    table = _by_day(title, found, spans)
    return Shown(_squares(key, title, {"Hours": found}, spans) if found else None, (table,))


def _squares(key: str, title: str, parts: Mapping[str, Sequence[Busyness]], spans: Sequence[str]) -> Picture:
    says = f"{title} from {spans[0]} to {spans[-1]}; darker is more, an empty square none."
    most = next(iter(parts.values()))
    if len(most) > pictures.ROWS_AT_MOST:
        says += f" The {pictures.ROWS_AT_MOST} busiest of {len(most):,}; the table has all."
    peak = [
        (amount, span, f"{one.name} ({one.key})", name)
        for name, found in parts.items()
        for one in found
        for amount, span in zip(one.by_period, spans, strict=True)
    ]
    if peak:
        amount, span, who, name = max(peak, key=lambda p: p[0])
        if amount:
            says += f" The most is {figure(amount)} on {span}, {who} ({name.lower()})."
    return picture(key, title, says, pictures.squares(parts, spans))


def _by_day(caption: str, found: Sequence[Busyness], spans: Sequence[str]) -> Under:
    return Under(caption, ("Name", *spans, "All"), list(rows.busyness(found)))


def _hearings(engagement: Engagement, plan: Plan) -> Shown:
    found = counts.hearings(engagement, plan)
    if not found:
        return Shown(None, ())
    title = "Families by their next conference or hearing"
    changing = [h for h in found if h.outcome in ("introduced", "not_introduced")]
    before = sum(h.outcome == "introduced" for h in changing)
    says = (
        f"{count(len(found), 'family has', 'families have')} a review conference or court hearing to come. Of "
        f"{len(changing):,} whose worker changes, {before:,} {'is' if before == 1 else 'are'} introduced before it: "
        "the receiving worker is at the handover meeting or the joint visit on or before that day."
    )
    head = ("Family", "On", "What", "Receiving worker", "Introduced before it")
    table = Under(title, head, list(rows.hearings(found, engagement)), words=5)
    return Shown(picture("hearings", title, says, pictures.by_hearing(found)), (table,))


def _part(name: str) -> str:
    return files("handover.outputs.report").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
