"""The front door: click commands. Each parses, calls one action, prints. All else is imported when it is needed."""

import errno
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handover.actions import HandoverError

if TYPE_CHECKING:
    from handover.actions.record import Record
    from handover.actions.report import Report
    from handover.actions.watching import Watch

FOLDER = click.Path(file_okay=False, path_type=Path)
JSON = "handover.json"


class Front(click.Group):
    """Turns whatever goes wrong into a sentence and an exit code (contract §6). No traceback reaches a user."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command asked for."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except HandoverError as error:
            _say_error(ctx, error)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("\nStopped; nothing was half-stored.", err=True)
            ctx.exit(130)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            click.echo(f"{error.strerror or type(error).__name__}: {error.filename or 'a file or a device'}", err=True)
            ctx.exit(1)
        except Exception as error:  # noqa: BLE001 - the last door: its message may hold a child's data, so it is not shown
            click.echo(
                f"A fault in handover itself ({_place(error)}); nothing was half-stored. Please report it.", err=True
            )
            ctx.exit(1)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return type(error).__name__ + where


def _say_error(ctx: click.Context, error: HandoverError) -> None:
    problems = getattr(error, "problems", ())
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems and ctx.meta.get(JSON):
        from handover.actions.report import as_json

        click.echo(as_json({"problems": problems}))
    click.echo(str(error), err=True)


def _show(report: "Report") -> None:
    """Print what an action reports; raise what it leaves to decide."""
    from handover.actions.report import as_json

    for message in report.messages:
        click.echo(message, err=True)
    click.echo(as_json(report.figures) if click.get_current_context().meta.get(JSON) else report.text)
    if report.error is not None:
        raise report.error


def _record(ctx: click.Context) -> "Record":
    """Open the database the command works on, and say first if it is not encrypted."""
    from handover.actions.record import open_record, warning

    record = open_record(ctx.obj)
    if said := warning(record):
        click.echo(said, err=True)
    return record


def _watched(work: Callable[["Watch"], "Report"], seconds: int) -> None:
    """Do the work with a live line on the terminal, and print what it reports."""
    from handover.actions.watching import watching

    with watching(seconds) as watch:
        report = work(watch)
    _show(report)


def _remember_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    ctx.meta[JSON] = value


json_too = click.option(
    "--json", is_flag=True, expose_value=False, callback=_remember_json, help="The same as JSON on stdout."
)
time_limit = click.option(
    "--time-limit",
    type=click.IntRange(1, 86_400),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="For the whole command; the best plan so far is kept.",
)
seed = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Same seed, same plan."
)


@click.group(cls=Front, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="case-handover", prog_name="handover")
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HANDOVER_DB",
    show_envvar=True,
    help="The engagement's database. Default: a file in your data directory.",
)
@click.pass_context
def main(ctx: click.Context, db: Path | None) -> None:
    """Plan the handover of children's cases to a new provider: who takes each child, when they meet, and the proof that
    no plan could do better.

    Start with `handover demo`. Your own data: `init --plain`, `template --out FOLDER`, `import FOLDER`, `check`,
    `plan --out FOLDER`.
    """
    ctx.obj = db


@main.command()
@click.option("--out", type=FOLDER, default=Path("handover-demo"), show_default=True, help="Folder for the files.")
@click.option("--children", type=click.IntRange(1), help="Write input files for so many children instead.")
@click.option("--teams", type=click.IntRange(1), help="With --children: so many teams.  [default: one for 120]")
@time_limit
@seed
@json_too
def demo(out: Path, children: int | None, teams: int | None, time_limit: int, seed: int) -> None:
    """Plan the built-in engagement: 480 invented children, in a database of its own.

    With --children, nothing is planned: the input files of an invented engagement of that size are written.
    """
    if children is not None:
        from handover.actions.synthetic import write_synthetic

        return _show(write_synthetic(out, children, teams, seed))
    if teams is not None:
        raise click.UsageError("--teams goes with --children.")
    from handover.actions.demo import demo as action
    from handover.actions.planning import Asked

    return _watched(lambda watch: action(Asked(out, None, seed), watch), time_limit)


@main.command()
@click.option("--plain", is_flag=True, help="Not encrypted. Until encryption is built this has to be said.")
@json_too
@click.pass_context
def init(ctx: click.Context, plain: bool) -> None:
    """Make a database for one engagement."""
    from handover.actions.record import make

    _show(make(ctx.obj, plain=plain))


@main.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the empty files.")
@json_too
def template(out: Path) -> None:
    """Write headed, empty input files with a commented engagement.toml."""
    from handover.actions.template import template as action

    _show(action(out))


@main.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and compare; keep nothing.")
@click.option("--yes", is_flag=True, help="Yes, the children listed as removed have gone.")
@json_too
@click.pass_context
def import_(ctx: click.Context, path: Path, dry_run: bool, yes: bool) -> None:
    """Read an engagement folder or workbook; all of it or nothing. Again: says what changed.

    Removing over 2% of the children, or any child whom a stored plan holds, is listed and needs --yes.
    """
    from handover.actions.importing import import_engagement

    _show(import_engagement(_record(ctx), path, dry_run=dry_run, yes=yes))


@main.command()
@json_too
@click.pass_context
def check(ctx: click.Context) -> None:
    """Find what makes a plan impossible or poor, before planning."""
    from handover.actions.checking import check_engagement

    _show(check_engagement(_record(ctx)))


@main.command()
@click.option("--out", type=FOLDER, help="Folder for the schedule, diaries, caseloads and flags.")
@click.option(
    "--from",
    "book_from",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    metavar="DATE",
    help="Book nothing before this day.  [default: the start of the window]",
)
@time_limit
@seed
@json_too
@click.pass_context
def plan(ctx: click.Context, out: Path | None, book_from: datetime | None, time_limit: int, seed: int) -> None:
    """Allocate every child, book the handovers, check the plan, store it, write it.

    Ctrl-C keeps the best complete plan so far and exits 130; twice ends at once.
    """
    from handover.actions.planning import Asked
    from handover.actions.planning import plan as action

    record = _record(ctx)
    asked = Asked(out, book_from.date() if book_from else None, seed)
    _watched(lambda watch: action(record, asked, watch), time_limit)


@main.command()
@json_too
@click.pass_context
def plans(ctx: click.Context) -> None:
    """List the stored plans."""
    from handover.actions.plans import list_plans

    _show(list_plans(_record(ctx)))


@main.command()
@click.argument("plan_id", metavar="[PLAN]", required=False)
@json_too
@click.pass_context
def verify(ctx: click.Context, plan_id: str | None) -> None:
    """Re-check a stored plan (the latest) against every rule, by code that shares nothing with the planner."""
    from handover.actions.plans import verify_plan

    _show(verify_plan(_record(ctx), plan_id))


@main.command()
@click.argument("plan_id", metavar="PLAN")
@click.option("--out", type=FOLDER, required=True, help="Folder for the files.")
@click.option("--format", "file_format", default="csv", show_default=True, help="How they are written.")
@json_too
@click.pass_context
def export(ctx: click.Context, plan_id: str, out: Path, file_format: str) -> None:
    """Write a stored plan's files again."""
    from handover.actions.plans import export as action

    _show(action(_record(ctx), plan_id, out, file_format))
