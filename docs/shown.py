"""What the pages show of the program: lines of Python between cog's marks in a page ask for it here."""

from collections.abc import Iterable


def lines(text: Iterable[str]) -> None:
    """Print each, with the blank lines that Markdown needs beside the marks."""
    print("", "\n".join(text).strip("\n"), "", sep="\n")
