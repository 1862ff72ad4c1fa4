"""Writes docs/reference.md from the program itself: commands, exit codes, input columns, output columns.

python docs/generate.py           writes the page
python docs/generate.py --check   fails when the page is not what the program says
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cli import main as program
from handover import errors
from handover.intake.tables import TABLES
from handover.outputs import COLUMNS
from handover.outputs.letters import DAYS, FIELDS
from handover.outputs.mobilisation import COLUMNS as MOBILISATION
from handover.plan import ALLOCATION_LEVELS, SCHEDULE_LEVELS, TIE_FIGURES

PAGE = Path(__file__).with_name("reference.md")
WIDTH = 100


def commands() -> Iterator[str]:
    """The help of the program and of each command, as a user sees it."""
    top = click.Context(program, info_name="handover", terminal_width=WIDTH, **program.context_settings)
    yield from ("## Commands", "", "```text", program.get_help(top), "```", "")
    for name in program.list_commands(top):
        command = program.commands[name]
        inner = click.Context(command, info_name=name, parent=top, terminal_width=WIDTH)
        yield from (f"### handover {name}", "", "```text", command.get_help(inner), "```", "")
        for part in getattr(command, "commands", {}).values():
            lower = click.Context(part, info_name=part.name, parent=inner, terminal_width=WIDTH)
            yield from (f"### handover {name} {part.name}", "", "```text", part.get_help(lower), "```", "")


def exit_codes() -> Iterator[str]:
    """One row per exit code, in the words of its error class."""
    yield from ("## Exit codes", "", "| code | meaning |", "|---|---|", "| 0 | Done. |")
    yield "| 1 | A fault in handover itself, or a disk that cannot be written. Nothing was half-stored. |"
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, errors.HandoverError)]
    for kind in sorted(kinds, key=lambda k: (k.exit_code, k.__name__)):
        if kind is not errors.HandoverError:
            yield f"| {kind.exit_code} | {_cell(inspect.getdoc(kind) or '')} |"
    yield ""


def inputs() -> Iterator[str]:
    """Each input table and its columns."""
    yield from ("## Input files", "", "An engagement folder, or one .xlsx workbook with a sheet for each table.", "")
    for table in TABLES:
        yield from (f"### {table.name}.csv", "", f"{table.meaning}{'' if table.required else ' (may be absent)'}", "")
        yield from ("| column | holds | meaning |", "|---|---|---|")
        for column in table.columns:
            name = f"`{column.name}`" + " (required)" * column.required
            yield f"| {name} | {_cell(column.kind.name)} | {_cell(column.meaning)} |"
        yield ""


def outputs() -> Iterator[str]:
    """Each output table and its columns, and the levels of plan.json."""
    yield from ("## Output files", "")
    for name, columns in COLUMNS.items():
        yield from (f"### {name}.csv", "", "| column | meaning |", "|---|---|")
        yield from (f"| `{column.name}` | {_cell(column.meaning)} |" for column in columns)
        yield ""
    yield from (
        "### mobilisation.csv",
        "",
        "Written by `handover mobilise --out`, with the picture mobilisation.svg.",
        "",
    )
    yield from ("| column | meaning |", "|---|---|")
    yield from (f"| `{column.name}` | {_cell(column.meaning)} |" for column in MOBILISATION)
    yield ""
    levels = ", ".join(f"`{level}`" for level in ALLOCATION_LEVELS + SCHEDULE_LEVELS)
    yield from ("### plan.json", "", f"The plan's id, input, seed, versions, and its levels in order: {levels}.", "")
    yield f"{', '.join(f'`{name}`' for name in TIE_FIGURES)} follow: how ties between equally good allocations were"
    yield "broken, without a proof. Journeys are straight lines, and count where both postcodes lie in"
    yield "Herefordshire (ONS Postcode Directory; contains public sector information licensed under the Open"
    yield "Government Licence v3.0)."
    yield ""


def letter_fields() -> Iterator[str]:
    """What the template of the letters to families can name."""
    yield from ("## Fields of a letter", "", "In a template (`handover letter-template` makes one) a field is written")
    yield "`{{ new }}`; `{%p if visit_on %}` … `{%p endif %}`, each alone in a paragraph, keep what is between them for"
    yield from ("families with a visit.", "", "| field | meaning |", "|---|---|")
    yield from (f"| `{name}` | {_cell(meaning)} |" for name, meaning in FIELDS.items())
    numbers = ", ".join(f"`{day}_number`" for day in DAYS)
    yield from ("", f"Days as 28/11/2022, for templates in other languages: {numbers}.", "")


def page() -> str:
    """The whole page."""
    head = ["# Reference", "", "Made from the program by `make docs`; `make check` fails when it is out of date.", ""]
    return "\n".join([*head, *commands(), *exit_codes(), *inputs(), *outputs(), *letter_fields()]).rstrip() + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write the page, or with --check say whether it is up to date; gives the exit code."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs/reference.md is not what the program says. Run `make docs` and commit it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
