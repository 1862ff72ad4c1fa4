"""A letter to each family whose worker changes, filled in from a Word template that the council edits.

A template is somebody's text: it is filled in inside a sandbox, can name nothing but the fields, calls nothing, and
what is put into it is text and stays text.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError  # noqa: N812 (it is an exception)

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from handover.engagement import Engagement, Family
from handover.errors import UsageError
from handover.outputs.letters.fields import DAYS, FIELDS, letter_fields
from handover.outputs.letters.template import PLACES, new_template
from handover.outputs.letters.zipped import packed, same_bytes
from handover.outputs.names import file_name
from handover.packed import unpacked
from handover.plan import Plan

__all__ = ["DAYS", "FIELDS", "PLAIN", "Letters", "Templates", "letters", "new_template", "templates_in"]

PLAIN = "letter.docx"
"""The template for every family without one in its language: `letter.polish.docx` is for those who speak Polish."""
LARGEST = 50_000_000
"""Bytes that a template may hold unpacked."""

MOST_BRACES = 2000
"""Opening braces in one part of a template. Ours has 60; with ten thousands, looking for their ends takes hours."""
ALLOWED = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
"""All that a letter needs of jinja's language: no loop, no filter, no call, no attribute, no sum."""

Templates = Mapping[str, bytes]
"""Templates by language, in small letters; blank: the one for everybody else."""


@dataclass(frozen=True)
class Letters:
    """Letters by file name; how many families there are of each language without a template of its own; whether
    places in square brackets are still to be filled in."""

    files: Mapping[str, bytes]
    no_template: Mapping[str, int] = field(default_factory=dict)
    unfilled: bool = False


class _Sandbox(ImmutableSandboxedEnvironment):
    """A template can put in a field and ask whether it is blank: what is none of ALLOWED is refused before it runs."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        # the parts of a template are the same for every family
        self.from_string = cache(super().from_string)  # type: ignore[assignment,method-assign]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Jinja's own reading of a template (all its ways in lead here), held against the list."""
        parsed = super()._parse(source, name, filename)
        if odd := next((node for node in parsed.find_all(nodes.Node) if not isinstance(node, ALLOWED)), None):
            raise SecurityError(f"{type(odd).__name__.lower()} cannot be used in a letter")
        return parsed


def templates_in(folder: Path | None) -> Templates:
    """The templates of a folder, or, without one, the one we come with.

    Raises UsageError where the folder has no letter.docx, or a file cannot be read.
    """
    if folder is None:
        return {"": new_template()}
    try:
        found = {_language(path): _read(path) for path in sorted(folder.glob("letter*.docx"))}
    except OSError as error:
        raise UsageError(f"{folder}: {(error.strerror or str(error)).lower()}. Name a folder with {PLAIN}.") from error
    if "" not in found:
        raise UsageError(f"There is no {PLAIN} in {folder}. Make one: handover letter-template --out {folder}")
    return found


def _read(path: Path) -> bytes:
    """A template's bytes. Raises UsageError for what is no file, or too large: a pipe or a device would never end."""
    if not path.is_file():
        raise UsageError(f"{path} is not a file. Put the template itself there.")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UsageError(f"{path} is too large for a letter. Take large pictures out of it.")
    return content


def _language(path: Path) -> str:
    return path.stem.removeprefix("letter").strip(" ._-").lower()


def letters(engagement: Engagement, plan: Plan, templates: Templates) -> Letters:
    """A letter to each family whose worker changes, in its language where there is a template for it.

    Raises UsageError for a template that cannot be filled in, which says why; nothing is written then.
    """
    fills = {language: _filling(content, _name(language)) for language, content in templates.items()}
    files: dict[str, bytes] = {}
    missing: Counter[str] = Counter()
    for family in engagement.families:
        fields = letter_fields(family, engagement, plan)
        if fields is None:
            continue
        spoken = _spoken(family)
        language = next((name.lower() for name in spoken if name.lower() in templates), "")
        if spoken and not language and "english" not in map(str.lower, spoken):
            missing[spoken[0]] += 1
        files[f"letter-{file_name(family.family_id)}.docx"] = fills[language](fields)
    unfilled = any(PLACES[0] in text and PLACES[1] in text for text in map(_text_of, templates.values()))
    return Letters(files, dict(sorted(missing.items())), unfilled)


def _spoken(family: Family) -> tuple[str, ...]:
    """The family's languages, those of the first child first."""
    return tuple(dict.fromkeys(language for child in family.children for language in child.languages))


def _name(language: str) -> str:
    return f"letter.{language}.docx" if language else PLAIN


def _text_of(template: bytes) -> str:
    from docx import Document  # noqa: PLC0415 a third of a second

    return "\n".join(paragraph.text for paragraph in Document(BytesIO(template)).paragraphs)


def _filling(template: bytes, name: str) -> Callable[[Mapping[str, str]], bytes]:
    """What fills a template in. Raises UsageError: not a Word file."""
    from docxtpl import DocxTemplate  # noqa: PLC0415 a third of a second

    try:
        parts = unpacked(BytesIO(template), LARGEST)
    except ValueError as error:
        raise UsageError(f"{name} is no template for a letter: {error}. Take large pictures out of it.") from None
    except (BadZipFile, ZlibError, RuntimeError, EOFError, OSError):
        raise UsageError(f"{name} is not a Word file (.docx). Save it as one.") from None
    for part, content in parts.items():
        if b"<!DOCTYPE" in content:
            raise UsageError(f"{name} has a document type in it, as no Word file does. Save it anew in Word as .docx.")
        if part.endswith(".xml") and content.count(b"{") > MOST_BRACES:
            raise UsageError(f"{name} has more than {MOST_BRACES} opening braces in it. Take out all but the fields'.")

    sandbox, sound = _Sandbox(), packed(parts)

    def fill(fields: Mapping[str, str]) -> bytes:
        filled = BytesIO()
        try:
            document = DocxTemplate(BytesIO(sound))
            document.render(dict(fields), sandbox, autoescape=True)
            document.save(filled)
        except UndefinedError as error:
            raise UsageError(f"{name}: {error.message}. A letter can name: {', '.join(FIELDS)}.") from error
        except SecurityError as error:
            raise UsageError(f"{name}: {error.message}. A template can name fields and ask `if`, no more.") from error
        except TemplateError as error:
            raise UsageError(f"{name}: {error.message}. Compare it with a new one: handover letter-template") from error
        except Exception as error:  # a damaged file fails in as many ways as Word has parts
            raise UsageError(
                f"{name} could not be filled in ({type(error).__name__}). Save it anew in Word as .docx, or start from "
                "a new one: handover letter-template"
            ) from error
        return same_bytes(filled.getvalue())

    return fill
