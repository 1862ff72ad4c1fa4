"""The pages: what they show is what the program does; every link leads somewhere, and every page can be found."""

import os
import re
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
import textstat

from cli import main

ROOT = Path(__file__).parents[1]
PAGES = {str(page.relative_to(ROOT)): page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(?:sh|console|bat)$(.*?)^```$", re.MULTILINE | re.DOTALL)
GRADE = 4
"""As for the letters to families: a reader of about nine."""
INLINE = re.compile(r"`(handover\s[^`.]+)`")
COMMAND = re.compile(r"^(?:\$ )?(handover .*)$", re.MULTILINE)


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def places(page: Path) -> set[str]:
    """The names by which a page's headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    found = LINK.findall(without_code(page.read_text(encoding="utf-8")))
    return [link for link in found if not link.startswith(("https://", "mailto:"))]


def commands(page: Path) -> list[str]:
    """Each line of a page's blocks of code that starts the program."""
    return [line for block in BLOCK.findall(page.read_text(encoding="utf-8")) for line in COMMAND.findall(block)]


def spoken_of(page: Path) -> list[str]:
    """Commands within sentences, not always with all they need."""
    return [" ".join(span.split()) for span in INLINE.findall(without_code(page.read_text(encoding="utf-8")))]


def taken(line: str) -> None:
    """Give a command to the program, which does not run it. Raises `click.UsageError`."""
    _, *arguments = shlex.split(line, comments=True)
    command: click.Command = main
    while isinstance(command, click.Group):
        _, (name, *arguments), _ = command.make_parser(click.Context(command)).parse_args(arguments)
        command = command.commands[name]
    command.make_context(line, arguments)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_is_there(page: Path) -> None:
    for link in links(page):
        name, _, place = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not place or place in places(target), link


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_command_of_a_page_is_one_the_program_takes(page: Path) -> None:
    for line in commands(page):
        taken(line)
    for line in spoken_of(page):
        with suppress(click.MissingParameter, click.BadOptionUsage):
            taken(line.replace("COMMAND", "plans"))


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if "[[[cog" in page.read_text(encoding="utf-8")])
def test_what_a_page_shows_of_the_program_is_what_the_program_does(name: str) -> None:
    command = [sys.executable, ROOT / "docs" / "generate.py", "--check", name]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_every_page_and_picture_can_be_reached_from_the_first() -> None:
    found, to_read = set(), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        for link in links(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target not in found:
                found.add(target)
                to_read += [target] if target.suffix == ".md" else []
    there = {*PAGES.values(), *(ROOT / "docs" / "pictures").iterdir()} - {ROOT / "README.md"}
    assert there - found == set()


def test_the_pictures_are_small_enough_for_a_page() -> None:
    assert [p.name for p in (ROOT / "docs" / "pictures").iterdir() if p.stat().st_size > 300_000] == []


def test_without_the_programs_for_pictures_one_sentence_says_which_and_none_is_lost(tmp_path: Path) -> None:
    before = sorted((ROOT / "docs" / "pictures").iterdir())
    command = [sys.executable, ROOT / "docs" / "make_pictures.py"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "PATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "The pictures need Chromium, LibreOffice, poppler. Install them and try again."
    assert sorted((ROOT / "docs" / "pictures").iterdir()) == before


def test_the_page_for_elected_members_reads_easily() -> None:
    text = (ROOT / "docs" / "objectives.md").read_text(encoding="utf-8")
    prose = " ".join(re.sub(r"\]\([^)]*\)|[*\[]|^#.*$|^ *(-|\d\.) ", "", text, flags=re.MULTILINE).split())
    assert textstat.flesch_kincaid_grade(prose) <= GRADE
    # a second measure, by letters: the first counts syllables, and few of them
    assert textstat.automated_readability_index(prose) <= GRADE
