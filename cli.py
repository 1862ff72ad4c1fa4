"""The front door: click commands. Each parses, calls one action, prints. All else is imported when it is needed."""

import errno
import gc
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from handover.actions import HandoverError, NobodyToAsk

if TYPE_CHECKING:
    from handover.actions.record import Record
    from handover.actions.report import Report
    from handover.actions.watching import Watch

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
JSON = "handover.json"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Door(NamedTuple):
    """What the program was told of the database: where it is, its key file, and who works under a shared name."""

    db: Path | None
    key_file: Path | None
    as_name: str | None


class Name(click.ParamType[str]):
    """A person's name, on one line."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name without spaces around it."""
        name = value.strip()
        if not name.isprintable() or not 0 < len(name) <= 80:
            self.fail("is no name: give up to 80 characters on one line.", param, ctx)
        return name


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
            _say(f"{error.strerror or type(error).__name__}: {error.filename or 'a file or a device'}", err=True)
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


def _say(text: str, *, err: bool = False) -> None:
    """Print, with a dot for each sign that steers a terminal: a path or an argument may come from anybody."""
    click.echo(STEERING.sub("·", text), err=err)


def _say_error(ctx: click.Context, error: HandoverError) -> None:
    problems = getattr(error, "problems", ())
    for problem in problems:
        _say(str(problem), err=True)
    if problems and ctx.meta.get(JSON):
        from handover.actions.report import as_json

        _say(as_json({"problems": problems}))
    _say(str(error), err=True)


def _show(report: "Report") -> None:
    """Print what an action reports; raise what it leaves to decide."""
    from handover.actions.report import as_json

    for message in report.messages:
        _say(message, err=True)
    _say(as_json(report.figures) if click.get_current_context().meta.get(JSON) else report.text)
    if report.error is not None:
        raise report.error


def _record(ctx: click.Context) -> "Record":
    """Open the database the command works on, and say first if it is not encrypted, or not safe where it is."""
    from handover.actions.record import Keys, open_record, warnings

    door: Door = ctx.obj
    record = open_record(door.db, Keys(_ask, door.key_file), door.as_name)
    for said in warnings(record):
        _say(said, err=True)
    return record


def _ask(what: str) -> str:
    """Ask for a passphrase on the terminal, unseen. A script has nobody to ask: it uses a key file."""
    if not sys.stdin.isatty():
        raise NobodyToAsk
    try:
        return str(click.prompt(what, hide_input=True, err=True))
    except click.Abort:
        raise KeyboardInterrupt from None


def _sure(yes: bool) -> Callable[[str], bool]:
    """What asks whether a removal is meant; a script has to say so beforehand."""

    def ask(what: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise click.UsageError(f"{what} Nothing was removed: say --yes if that is meant.")
        return click.confirm(what, err=True)

    return ask


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
    help="For the whole command, and a measure of the work it may do; the best plan so far is kept.",
)
seed = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Same seed and limit, same plan."
)

yes = click.option("--yes", is_flag=True, help="Yes, remove: for scripts, which nobody can be asked in.")
delete_backups = click.option(
    "--delete-backups", is_flag=True, help="The automatic backups too, with the one made before this. No way back."
)

key_file = click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file with the key: 64 hexadecimal digits, or 32 or more random bytes, for your eyes only.",
)

pseudonymous = click.option(
    "--pseudonyms",
    "pseudonymous",
    is_flag=True,
    help="Pseudonyms for children and families; `handover who` turns one back, with this database only.",
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
@key_file
@click.option(
    "--as",
    "as_name",
    metavar="NAME",
    type=Name(),
    help="Who you are, where several people share this user of the system: kept with all you do.",
)
@click.pass_context
def main(ctx: click.Context, db: Path | None, key_file: Path | None, as_name: str | None) -> None:
    """Plan the handover of children's cases to a new provider: who takes each child, when they meet, and the proof that
    no plan could do better.

    Start with `handover demo`. Your own data: `init`, `template --out FOLDER`, `import FOLDER`, `check`,
    `plan --out FOLDER`.
    """
    # a county's millions of values are no garbage: to look through them as often as usual takes a sixth of all the time
    gc.set_threshold(100_000)
    ctx.obj = Door(db, key_file, as_name)


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
@click.option("--plain", is_flag=True, help="Not encrypted. Recorded, and said by every command.")
@key_file
@click.option("--keyring", is_flag=True, help="A random key, kept in your system's keyring.")
@json_too
@click.pass_context
def init(ctx: click.Context, plain: bool, key_file: Path | None, keyring: bool) -> None:
    """Make a database for one engagement: encrypted, with a passphrase that is asked for twice.

    A key file that is not there yet is made, with a random key in it.
    """
    from handover.actions.record import Keys, make

    door: Door = ctx.obj
    _show(make(door.db, Keys(_ask, key_file or door.key_file), plain=plain, keyring=keyring))


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
    type=DAY,
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
@click.option("--as-of", type=DAY, metavar="DATE", help="As things stand on this day.  [default: today]")
@click.option("--out", type=FOLDER, help="Folder for mobilisation.csv and the picture mobilisation.svg.")
@click.option(
    "--time-limit",
    type=click.IntRange(min=1),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="For the prices and the new plans.",
)
@json_too
@click.pass_context
def mobilise(ctx: click.Context, as_of: datetime | None, out: Path | None, time_limit: int) -> None:
    """Show the mobilisation as a network of tasks: what is late, what is due, what to chase, who it holds up.

    The tasks are those of tasks.csv; without one, built-in tasks that go by the dates in workers.csv. Where there is a
    plan, every open task has its price: what being 1, 2 and 5 working days late would do to children.
    """
    from handover.actions.mobilising import mobilise as action

    record, day = _record(ctx), as_of.date() if as_of else None
    _watched(lambda watch: action(record, day, out, watch=watch), time_limit)


@main.command()
@click.argument("task_id", metavar="TASK")
@click.option("--on", type=DAY, metavar="DATE", help="The day it was done.  [default: today]")
@click.option("--undo", is_flag=True, help="It is not done after all.")
@json_too
@click.pass_context
def done(ctx: click.Context, task_id: str, on: datetime | None, undo: bool) -> None:
    """Record that a task of the mobilisation is done, and who said so.

    A task of tasks.csv counts in the next plan, and in every later import that leaves its done_on blank.
    """
    from handover.actions.mobilising import done as action

    _show(action(_record(ctx), task_id, on.date() if on else None, undo=undo))


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


@main.command("letter-template")
@click.option("--out", type=FOLDER, required=True, help="Folder for letter.docx.")
@json_too
def letter_template(out: Path) -> None:
    """Write the template of the letters to families, for you to edit in Word."""
    from handover.actions.letters import write_template

    _show(write_template(out))


@main.command()
@click.argument("plan_id", metavar="[PLAN]", required=False)
@click.option("--out", type=FOLDER, required=True, help="Folder for the letters, one a family.")
@click.option(
    "--templates",
    type=FOLDER,
    help="Folder with your letter.docx, and letter.polish.docx and the like for families who speak another language.",
)
@pseudonymous
@json_too
@click.pass_context
def letters(ctx: click.Context, plan_id: str | None, out: Path, templates: Path | None, pseudonymous: bool) -> None:
    """Write a letter to each family whose social worker changes, from a template (`letter-template` makes one)."""
    from handover.actions.letters import write_letters

    _show(write_letters(_record(ctx), plan_id, out, templates, pseudonymous=pseudonymous))


@main.command()
@click.argument("pseudonyms", nargs=-1, required=True, metavar="PSEUDONYM...")
@json_too
@click.pass_context
def who(ctx: click.Context, pseudonyms: tuple[str, ...]) -> None:
    """Turn pseudonyms of an export back into ids. The trail keeps that it was asked."""
    from handover.actions.pseudonyms import who as action

    _show(action(_record(ctx), pseudonyms))


@main.command()
@click.argument("whom", metavar="CHILD|WORKER")
@click.option("--plan", "plan_id", metavar="PLAN", help="The plan to explain.  [default: the latest]")
@click.option("--out", type=FOLDER, help="Folder for the alternatives, each a whole plan with all its files.")
@click.option("--quick", is_flag=True, help="Only the reasons; no alternatives are worked out.")
@click.option(
    "--time-limit",
    type=click.IntRange(1, 86_400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="For the whole command; what is not proven by then is shown with its bound.",
)
@json_too
@click.pass_context
def explain(ctx: click.Context, whom: str, plan_id: str | None, out: Path | None, quick: bool, time_limit: int) -> None:
    """Say why a child goes to this worker, what the next five choices would cost, and what stands in the way.

    Each of the five is a whole plan made anew around that choice. For a worker: why this caseload.
    """
    from handover.actions.explaining import Question
    from handover.actions.explaining import explain as action

    record = _record(ctx)
    _watched(lambda watch: action(record, Question(whom, plan_id, out, quick), watch), time_limit)


@main.command()
@click.argument("plan_id", metavar="PLAN")
@click.option("--out", type=FOLDER, required=True, help="Folder for the files.")
@click.option(
    "--format",
    "file_format",
    default="csv",
    show_default=True,
    help="csv; xlsx: a workbook; html: a report; ics: a diary for each person.",
)
@click.option("--people", is_flag=True, help="In the workbook: a sheet for each person as well.")
@pseudonymous
@json_too
@click.pass_context
def export(ctx: click.Context, plan_id: str, out: Path, file_format: str, people: bool, pseudonymous: bool) -> None:
    """Write a stored plan's files again."""
    from handover.actions.plans import export as action

    _show(action(_record(ctx), plan_id, out, file_format, people=people, pseudonymous=pseudonymous))


@main.command()
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", default="", help="Why, in your words; kept with the plan, and not in the trail.")
@json_too
@click.pass_context
def approve(ctx: click.Context, plan_id: str, reason: str) -> None:
    """Approve a stored plan: the program recommends, a manager decides. It is checked again first."""
    from handover.actions.plans import approve as action

    _show(action(_record(ctx), plan_id, reason))


@main.group()
def audit() -> None:
    """The trail: who did what, when, from which input; chained, so that a change to it shows."""


@audit.command("list")
@json_too
@click.pass_context
def audit_list(ctx: click.Context) -> None:
    """List the whole trail."""
    from handover.actions.auditing import list_trail

    _show(list_trail(_record(ctx)))


@audit.command("verify")
@click.argument("head", metavar="[HEAD]", required=False)
@json_too
@click.pass_context
def audit_verify(ctx: click.Context, head: str | None) -> None:
    """Check the file, the chain of the trail, and each import, plan, approval and check against what the trail says was
    stored; with HEAD, as printed with an export, also that its line is still there.
    """
    from handover.actions.auditing import verify_trail

    _show(verify_trail(_record(ctx), head))


@main.command()
@click.argument("file", type=FILE)
@json_too
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Copy the database to a new FILE, read back and checked; it opens with the same key.

    The last 5 automatic backups, made before a plan is made again, a purge, a restore or an update of the database, are
    in a folder beside the database, and are deleted with it by you.
    """
    from handover.actions.keeping import backup as action

    _show(action(_record(ctx), file))


@main.command()
@click.argument("file", type=FILE)
@json_too
@click.pass_context
def restore(ctx: click.Context, file: Path) -> None:
    """Put the backup FILE in the place of the database, of which a backup is made first."""
    from handover.actions.keeping import restore as action
    from handover.actions.keeping import said_first
    from handover.actions.record import Keys

    door: Door = ctx.obj
    for said in said_first(door.db, file):
        _say(said, err=True)
    _show(action(door.db, file, Keys(_ask, door.key_file)))


@main.command()
@click.option(
    "--new-key-file", type=FILE, metavar="FILE", help="The file with the new key; made where it is not there yet."
)
@click.option("--keyring", is_flag=True, help="A new random key, kept in your system's keyring.")
@json_too
@click.pass_context
def rekey(ctx: click.Context, new_key_file: Path | None, keyring: bool) -> None:
    """Change the key of the database: a new passphrase, asked for twice, unless told otherwise. A plain database is
    encrypted."""
    from handover.actions.keeping import rekey as action
    from handover.actions.record import Keys

    _show(action(_record(ctx), Keys(_ask, new_key_file), keyring=keyring))


@main.command()
@click.argument("child_id", metavar="CHILD")
@yes
@delete_backups
@json_too
@click.pass_context
def forget(ctx: click.Context, child_id: str, yes: bool, delete_backups: bool) -> None:
    """Remove a child from every import and every plan, after an automatic backup; asks first.

    Counts, and the trail, which names no child, stay. Backups, exports and input files that still hold the child are
    listed, for you to delete.
    """
    from handover.actions.removing import Asked
    from handover.actions.removing import forget as action

    _show(action(_record(ctx), child_id, Asked(_sure(yes), delete_backups)))


@main.command()
@click.option("--before", type=DAY, required=True, metavar="DATE", help="Made before this day (UTC).")
@yes
@delete_backups
@json_too
@click.pass_context
def purge(ctx: click.Context, before: datetime, yes: bool, delete_backups: bool) -> None:
    """Remove everybody from the plans made and the imports read before DATE, after an automatic backup; asks first.

    An import that a later plan was made from stays. Counts, figures and the trail stay. Backups, exports and input
    files that still hold the people are listed, for you to delete.
    """
    from handover.actions.removing import Asked
    from handover.actions.removing import purge as action

    _show(action(_record(ctx), before.date(), Asked(_sure(yes), delete_backups)))
