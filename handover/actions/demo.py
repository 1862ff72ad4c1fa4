"""The built-in engagement, end to end, in a database of its own."""

from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from db.record import create
from handover.actions.importing import import_engagement
from handover.actions.planning import Asked, plan
from handover.actions.record import open_record
from handover.actions.report import Report
from handover.errors import UsageError
from handover.outputs.atomic import make_folder
from solver.watch import Watch

DATABASE = "demo.db"


def demo(asked: Asked, watch: Watch) -> Report:
    """Import and plan the invented November 2022 engagement, and write its files, its database among them, to
    `asked.out`. A second run adds a plan to the database of the first. Raises what `plan` raises."""
    out = asked.out or Path("handover-demo")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file. Name a folder.")
    make_folder(out)
    database = out / DATABASE
    if not database.exists():
        create(database)
    record = open_record(database)
    with as_file(files("handover") / "demo_data" / "november-2022") as folder:
        import_engagement(record, folder)
    made = plan(record, replace(asked, out=out), watch)
    with record.reading() as store:
        plan_id = store.plans()[-1].plan_id
    text = (
        f"{made.text}\nEverybody in it is invented. Read {out / 'handover_schedule.csv'} first; the plan is kept in "
        f"{database}:\n  handover --db {database} verify\n"
        f"A report of it, to open in a browser:\n  handover --db {database} export {plan_id} --format html --out {out}"
    )
    return replace(made, text=text)
