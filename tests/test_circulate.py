"""docs/circulate.md: each command in it is one the program takes, and each picture is there."""

import re
import shlex
from pathlib import Path

import click
import pytest

from cli import main

PAGE = Path(__file__).parents[1] / "docs" / "circulate.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [line.partition("#")[0].strip() for line in TEXT.splitlines() if line.startswith("handover ")]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_is_one_the_program_takes(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    with main.commands[name].make_context(name, arguments, parent=click.Context(main)) as context:
        assert context.params


def test_the_pages_pictures_are_there() -> None:
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert len(named) == 3
    assert [name for name in named if not (PAGE.parent / name).exists()] == []
