"""What the pages show of the program: lines of Python between cog's marks in a page ask for it here.

The commands are run in order, in a folder that looks like a clone to them, as Amara Okafor of 7 November 2022. The
search alone is not repeated: what it found is kept in docs/kept (`kept.py`), so that all is tried again in seconds.
"""

import atexit
import csv
import os
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from unittest import mock

import kept
import reference
from click.testing import CliRunner

from cli import main as program

__all__ = [
    "DEMO",
    "SMALL",
    "added",
    "changed",
    "clear",
    "copied",
    "csv_rows",
    "head",
    "lines",
    "more",
    "put",
    "ran",
    "reference",
    "said",
    "schedule",
    "setting",
    "shown",
    "start",
]

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "data" / "small"
DEMO = ROOT / "handover" / "demo_data" / "november-2022"
PLAIN = "Not encrypted: "
"""How every command on a plain database begins: shown once a page."""
HEAD = re.compile(r"\b(\d+)-([0-9a-f]{20})\b")
"""A head of the trail. It hangs on the folder's name, so another is shown, the same wherever the page is made."""
ENVIRONMENT = {"COLUMNS": "100", "FORCE_COLOR": "", "LOGNAME": "amara", "NO_COLOR": "1", "TERM": "dumb"}
MORNING = datetime(2022, 11, 7, 9, 0, tzinfo=UTC)


class Clock(datetime):
    """The day of the page: a minute passes with each command."""

    shows = MORNING

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """What the record writes."""
        return cls.shows.astimezone(tz)


class _Page:
    """The folder and the settings of the page being made."""

    folder = Path()
    environment: dict[str, str]
    plain_told = False
    last = ""
    heads: dict[str, str]


def start() -> Path:
    """Begin a page, in an empty folder."""
    _Page.folder = Path(mkdtemp(prefix="handover-page-"))
    atexit.register(shutil.rmtree, _Page.folder, ignore_errors=True)
    _Page.environment = {"HANDOVER_DB": str(_Page.folder / "engagement.db")}
    _Page.plain_told = False
    _Page.heads = {}
    Clock.shows = MORNING
    return _Page.folder


def copied(source: str | Path, name: str) -> None:
    """Copy a file or folder into the page's, under a name; unseen. A `source` may itself be there."""
    path = _Page.folder / source
    (shutil.copytree if path.is_dir() else shutil.copy)(path, _Page.folder / name)


def setting(name: str, value: str) -> None:
    """Set a variable for the commands that follow; unseen."""
    _Page.environment[name] = value


def clear(*names: str) -> None:
    """Take files or folders of the page's away; unseen."""
    for name in names:
        path = _Page.folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def said(command: str, code: int = 0, *, streams: str = "output") -> str:
    """What a command says, on both streams as on a terminal. Raises AssertionError where it ends otherwise."""
    _, *arguments = (_Page.heads.get(word, word) for word in shlex.split(command, comments=True))
    with _at_the_desk():
        colour = bool(os.environ["FORCE_COLOR"])
        done = CliRunner().invoke(program, arguments, catch_exceptions=False, color=colour)
    assert done.exit_code == code, f"{command} ended with {done.exit_code}:\n{done.output}"
    told = str(getattr(done, streams)).replace(f"{_Page.folder}{os.sep}", "").replace(f"{ROOT}{os.sep}", "")
    return HEAD.sub(_head, "\n".join(line.rstrip() for line in told.splitlines())).strip("\n")


def shown(command: str, *parts: str, code: int = 0, typed: str = "") -> None:
    """Run a command, and print it (or what is `typed` for it) with what it says; with `parts`, only the paragraphs that
    begin with one of them."""
    text = said(command, code)
    if text.startswith(PLAIN) and _Page.plain_told:
        text = text.partition("\n")[2].strip("\n")
    _Page.plain_told |= text.startswith(PLAIN)
    _Page.last = text
    lines(("```console", f"$ {typed or command}", *_parts(text, parts), "```"))


def ran(*commands: str) -> None:
    """Run commands, each perhaps with a comment behind it, and print them alone."""
    for command in commands:
        said(command)
    lines(("```sh", *commands, "```"))


def more(*parts: str) -> None:
    """Print further paragraphs of what the command shown last said."""
    lines(("```text", *_parts(_Page.last, parts), "```"))


def _parts(text: str, wanted: tuple[str, ...]) -> Iterator[str]:
    """The paragraphs wanted, or all; an ellipsis for those left out."""
    paragraphs = text.split("\n\n")
    if missing := [part for part in wanted if not any(p.startswith(part) for p in paragraphs)]:
        raise ValueError(f"no paragraph begins with {missing}")
    for shows, group in groupby(paragraphs, lambda paragraph: not wanted or paragraph.startswith(wanted)):
        yield from ("\n\n".join(group) if shows else "…",) if text else ()


def schedule(folder: str, columns: Iterable[str], children: Iterable[str]) -> None:
    """Print some rows and columns of a schedule of the page's as a table."""
    rows = {row["child_id"]: row for row in csv_rows(f"{folder}/handover_schedule.csv")}
    names = list(columns)
    told = (_row(*(rows[child_id][name] for name in names)) for child_id in children)
    lines([_row(*names), "|---" * len(names) + "|", *told])


def put(path: str, key: str, **cells: str) -> dict[str, str]:
    """Write cells into the row that begins with `key` in a file of the page's, unseen; the row as it was."""
    rows = csv_rows(path)
    (row,) = (row for row in rows if next(iter(row.values())) == key)
    before = dict(row)
    row |= cells
    _write(path, rows)
    return before


def changed(path: str, key: str, **cells: str) -> None:
    """Write cells as `put` does, and print what was and what is."""
    before = put(path, key, **cells)
    told = (f"| {key} | `{name}` | {before[name] or '*blank*'} | {cell or '*blank*'} |" for name, cell in cells.items())
    lines([f"| {path} | column | was | is now |", "|---|---|---|---|", *told])


def added(path: str, **cells: str) -> None:
    """Add a row to a file of the page's, and print it."""
    rows = csv_rows(path)
    _write(path, [*rows, dict.fromkeys(rows[0], "") | cells])
    head = [f"`{name}`" for name in cells]
    lines([_row(f"{path}, a new line", *head), "|---" * (len(cells) + 1) + "|", _row("", *cells.values())])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _write(path: str, rows: list[dict[str, str]]) -> None:
    with (_Page.folder / path).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def csv_rows(path: str) -> list[dict[str, str]]:
    """The rows of a file of the page's."""
    with (_Page.folder / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def lines(text: Iterable[str]) -> None:
    """Print each, with the blank lines that Markdown needs beside the marks."""
    print("", "\n".join(text).strip("\n"), "", sep="\n")


@contextmanager
def _at_the_desk() -> Iterator[None]:
    """The page's folder, variables, person and clock; what is drawn by lot is drawn alike each time."""
    Clock.shows += timedelta(minutes=1)
    lot = Random(str(Clock.shows))  # noqa: S311 (no secret of anybody's)
    with (
        chdir(_Page.folder),
        mock.patch.dict(os.environ, ENVIRONMENT | _Page.environment),
        mock.patch("db.record.datetime", Clock),
        mock.patch("secrets.token_hex", lambda size=32: lot.randbytes(size).hex()),
        mock.patch("handover.actions.planning.make_plan", kept.make_plan),
    ):
        yield


def head() -> str:
    """The trail's latest head, as the page shows it."""
    return list(_Page.heads)[-1]


def _head(found: re.Match[str]) -> str:
    shown_for_it = f"{found[1]}-{sha256(found[1].encode()).hexdigest()[:20]}"
    _Page.heads[shown_for_it] = found[0]
    return shown_for_it
