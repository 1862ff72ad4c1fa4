"""A plan as a workbook: first a sheet in plain words, then each table as people read it, a sheet for each team, and one
for each person where asked."""

from collections.abc import Mapping
from datetime import datetime

from handover.engagement import Engagement
from handover.outputs.tables import tables
from handover.outputs.workbook.book import Book
from handover.outputs.workbook.caseloads import caseload_sheet, team_sheet
from handover.outputs.workbook.first import first_sheet
from handover.outputs.workbook.people import person_sheets, team_case_sheets
from handover.outputs.workbook.sheets import table_sheets
from handover.plan import Plan

NAME = "handover.xlsx"
UNDATED = datetime(2000, 1, 1)
"""When a workbook of a plan that was never stored says it was made: the same bytes at any hour."""


def workbook(engagement: Engagement, plan: Plan, *, people: bool = False) -> Mapping[str, bytes]:
    """The workbook by its name; `people` adds a sheet for everybody with an appointment or a case."""
    book = Book(f"{plan.engagement} · plan {plan.plan_id}", (plan.made_at or UNDATED).replace(tzinfo=None))
    made = {table.name: table for table in tables(engagement, plan)}
    first_sheet(book, engagement, plan)
    table_sheets(book, engagement, made, ("handover_schedule",))
    caseload_sheet(book, made["caseloads"])
    team_sheet(book, made["team_balance"])
    table_sheets(book, engagement, made, ("readiness", "flags", "notices", "diary"))
    team_case_sheets(book, engagement, plan)
    if people:
        person_sheets(book, engagement, plan)
    return {NAME: book.finished()}
