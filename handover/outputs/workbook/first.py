"""The first sheet: what was asked, what was achieved against what is provably possible, what needs a decision."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from handover.british import count, number_day
from handover.engagement import Engagement
from handover.headlines import SEVERITY_WORDS, headlines
from handover.outputs.tables import Value
from handover.outputs.workbook.book import FILLS, Book, Sheet
from handover.outputs.workbook.words import requirement
from handover.plan import Plan
from handover.summary import NotReady, summary

WIDTHS = (68, 11, 20, 32, 36)


def first_sheet(book: Book, engagement: Engagement, plan: Plan) -> None:
    """The plan in plain words, on a page or two."""
    counted = summary(engagement, plan)
    said = headlines(engagement, plan, counted)
    sheet = book.sheet("Read first", colour="#1F2937")
    sheet.columns(WIDTHS)
    made = f", made on {number_day(plan.made_at)} by {plan.made_by}" if plan.made_at else ""
    advice = "It recommends; a manager decides. Before it was stored it was held against every rule."
    trail = f" Trail: {plan.trail_head}." if plan.trail_head else ""
    sheet.title(said.title, [f"Plan {plan.plan_id}{made}. {advice}{trail}"])
    sheet.heading("What was asked")
    for sentence in said.asked:
        sheet.sentence(sentence)
    sheet.heading("What was achieved, against what is provably possible")
    sheet.head(["In words", "This plan", "Least possible", "What is counted", "How sure"], {1, 2})
    for line in said.achieved:
        least = None if line.bound is None else _number(line.bound, down=not line.proven)
        _row(sheet, (line.sentence, _number(line.value), least, line.label, line.proof))
    sheet.sentence(
        "In order of weight: each line is held against the best there is with the lines above it kept as they are, and "
        "those on meetings, visits and sign-offs for the allocation chosen.",
        italic=True,
    )
    sheet.heading("What needs a decision")
    if said.decide:
        sheet.head(["Matter", "How many", "Asks you to", "What to do"], {1})
    else:
        sheet.sentence("Nothing.")
    for decision in said.decide:
        asks = SEVERITY_WORDS[decision.severity]
        _row(sheet, (decision.sentence, len(decision.flags), asks, decision.action), FILLS[decision.severity])
    for remedy in said.remedies:
        sheet.sentence(f"A way out: {remedy}")
    if said.decide:
        sheet.sentence(
            f"The sheet Flags has the {count(len(plan.flags), 'matter', 'matters')} one by one.", italic=True
        )
    _not_ready(sheet, counted.not_ready)


def _not_ready(sheet: Sheet, people: Sequence[NotReady]) -> None:
    sheet.heading("Not cleared, or cannot receive cases")
    if not people:
        sheet.sentence("Nobody: every worker and manager of the incoming teams is cleared.")
        return
    sheet.head(["Who", "Team", "Which", "What is missing"])
    for person in people:
        which = "cleared, but cannot receive" if person.cleared else "not cleared"
        who = f"{person.name} ({person.worker_id}), {person.role.replace('_', ' ')}"
        _row(sheet, (who, person.team_id, which, "; ".join(requirement(name) for name in person.failed)))


def _row(sheet: Sheet, values: Sequence[Value], fill: str = "") -> None:
    styles = {
        n: {"num_format": "#,##0" if value == int(value) else "#,##0.0"}
        for n, value in enumerate(values)
        if isinstance(value, Decimal)
    }
    sheet.line(values, styles | ({2: {"bg_color": fill}} if fill else {}))


def _number(exact: Fraction, *, down: bool = False) -> Decimal:
    """A figure to a tenth; `down`: a bound that must stay one."""
    tenths = exact * 10 // 1 if down else round(exact * 10)
    return Decimal(int(tenths)) / 10
