"""The parts of docs/reference.md, from the program itself: commands, exit codes, input columns, output columns."""

import inspect
import tomllib
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol

import click

from cli import main as program
from handover import errors
from handover.intake.tables import TABLES
from handover.outputs import COLUMNS
from handover.outputs.letters import DAYS, FIELDS
from handover.outputs.mobilisation import COLUMNS as MOBILISATION
from handover.plan import ALLOCATION_LEVELS, SCHEDULE_LEVELS, TIE_FIGURES

WIDTH = 100
TACH = Path(__file__).parent.parent / "tach.toml"
ROOMS = (
    "cli",
    "handover.actions",
    "handover.intake",
    "solver",
    "handover.verify",
    "db",
    "handover.outputs",
    "handover",
)
"""Of the code, in the order in which a plan comes through them."""


class Named(Protocol):
    """A column of an output file."""

    @property
    def name(self) -> str:
        """As in the file's first row."""

    @property
    def meaning(self) -> str:
        """What its cells hold."""


def commands() -> Iterator[str]:
    """The help of the program and of each command, as a user sees it."""
    top = click.Context(program, info_name="handover", terminal_width=WIDTH, **program.context_settings)
    yield from ("```text", program.get_help(top), "```")
    for name in program.list_commands(top):
        command = program.commands[name]
        inner = click.Context(command, info_name=name, parent=top, terminal_width=WIDTH)
        yield from ("", f"### handover {name}", "", "```text", command.get_help(inner), "```")
        for part in getattr(command, "commands", {}).values():
            lower = click.Context(part, info_name=part.name, parent=inner, terminal_width=WIDTH)
            yield from ("", f"### handover {name} {part.name}", "", "```text", part.get_help(lower), "```")


def exit_codes() -> Iterator[str]:
    """One row per exit code, in the words of its error class."""
    yield from ("| code | meaning |", "|---|---|", "| 0 | Done. |")
    yield "| 1 | A fault in handover itself, or a disk that cannot be written. Nothing was half-stored. |"
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, errors.HandoverError)]
    for kind in sorted(kinds, key=lambda k: (k.exit_code, k.__name__)):
        if kind is not errors.HandoverError:
            yield f"| {kind.exit_code} | {_cell(inspect.getdoc(kind) or '')} |"


def inputs() -> Iterator[str]:
    """Each input table and its columns."""
    for table in TABLES:
        yield from (
            "",
            f"### {table.name}.csv",
            "",
            f"{table.meaning}{'' if table.required else ' (may be absent)'}",
            "",
        )
        yield from ("| column | holds | meaning |", "|---|---|---|")
        for column in table.columns:
            name = f"`{column.name}`" + " (required)" * column.required
            yield f"| {name} | {_cell(column.kind.name)} | {_cell(column.meaning)} |"


def outputs() -> Iterator[str]:
    """Each table that `handover plan --out` writes, and its columns."""
    for name, columns in COLUMNS.items():
        yield from ("", f"### {name}.csv", "", *_meanings(columns))


def mobilisation() -> Iterator[str]:
    """The columns of mobilisation.csv."""
    yield from _meanings(MOBILISATION)


def levels() -> Iterator[str]:
    """The levels of plan.json, in order, and the figures after them."""
    yield from (f"- `{level}`" for level in ALLOCATION_LEVELS + SCHEDULE_LEVELS)
    yield f"- {', '.join(f'`{name}`' for name in TIE_FIGURES)}: how ties between equally good allocations were broken"


def letter_fields() -> Iterator[str]:
    """What the template of the letters to families can name."""
    yield from ("| field | meaning |", "|---|---|")
    yield from (f"| `{name}` | {_cell(meaning)} |" for name, meaning in FIELDS.items())
    numbers = ", ".join(f"`{day}_number`" for day in DAYS)
    yield from ("", f"Days as 28/11/2022, for templates in other languages: {numbers}.")


def rooms() -> Iterator[str]:
    """The rooms of the code, each with the first paragraph it says of itself, and the rooms it may use."""
    modules = {module["path"]: module["depends_on"] for module in tomllib.loads(TACH.read_text("utf-8"))["modules"]}
    yield from ("| room | what it is | may use |", "|---|---|---|")
    for room in ROOMS:
        said, _, _ = (inspect.getdoc(import_module(room)) or "").partition("\n\n")
        used = [f"`{other}`" for other in ROOMS if other in modules[room]]
        used += ["plain modules"] * any(other not in ROOMS for other in modules[room])
        yield f"| `{room}` | {_cell(said)} | {', '.join(used) or 'the standard library'} |"


def _meanings(columns: Iterable[Named]) -> Iterator[str]:
    yield from ("| column | meaning |", "|---|---|")
    yield from (f"| `{column.name}` | {_cell(column.meaning)} |" for column in columns)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
