"""Letters to the families whose social worker changes, from a template that the council edits."""

from collections.abc import Iterable
from itertools import starmap
from pathlib import Path

from db.record import Record
from handover.actions.plans import HEAD, failure_told, stored, told_of_export
from handover.actions.report import Report
from handover.errors import UsageError
from handover.outputs.atomic import replace_files
from handover.outputs.letters import PLAIN, letters, new_template, templates_in

FORMAT = "letters"


def write_letters(
    record: Record, plan_id: str | None, out: Path, templates: Path | None, *, pseudonymous: bool = False
) -> Report:
    """Write a letter to each family whose worker changes in a plan (the latest unless named) into `out`.

    Raises `UsageError`: no such plan; a template that is missing or cannot be filled in; letters of another plan in the
    folder. Nothing is written then.
    """
    found = templates_in(templates)
    with record.reading() as store:
        engagement, plan = stored(store, plan_id, pseudonymous=pseudonymous)
    made = letters(engagement, plan, found)
    _alone(out, made.files)
    with record.writing() as store:
        plan = told_of_export(store, plan, out, FORMAT, pseudonymous=pseudonymous)
    with failure_told(record, plan.input_sha256, FORMAT, plan.plan_id):
        files = replace_files(out, made.files)
    written = f"{len(files)} letters for plan {plan.plan_id} written to {out}"
    text = "\n".join([written, *starmap(_without_template, made.no_template.items()), HEAD.format(plan.trail_head)])
    figures = {
        "plan_id": plan.plan_id,
        "files": [*map(str, files)],
        "no_template": made.no_template,
        "trail_head": plan.trail_head,
    }
    return Report(text, figures, (_unfilled(templates),) if made.unfilled else ())


def _alone(out: Path, names: Iterable[str]) -> None:
    """Letters of another plan among these would be sent by mistake."""
    others = sorted({file.name for file in out.glob("letter-*.docx")} - set(names)) if out.is_dir() else []
    if others:
        raise UsageError(
            f"{out} has letters that this plan would not send ({len(others)}, such as {others[0]}). Name another "
            "folder, or take them out first."
        )


def _unfilled(templates: Path | None) -> str:
    where = f"{templates}/{PLAIN}" if templates else "the template we come with"
    how = "" if templates else " Make one of your own: handover letter-template --out FOLDER"
    return f"Do not send them yet: {where} still has places in [square brackets] to fill in.{how}"


def _without_template(language: str, families: int) -> str:
    """Told on stdout, not on stderr, which a log may keep: it is of families."""
    one = "family" if families == 1 else "families"
    return (
        f"{families} {one} with {language}, for which there is no letter.{language.lower()}.docx among the "
        "templates: their letters are as everybody's."
    )


def write_template(out: Path) -> Report:
    """Write the template into folder `out`, for the council to edit. Raises `UsageError`: one is there already."""
    if (out / PLAIN).exists():
        raise UsageError(f"{out / PLAIN} is there already, and may have been edited. Name another folder.")
    (path,) = replace_files(out, {PLAIN: new_template()})
    text = (
        f"Written to {path}. Edit it in Word: fill in what is in [square brackets], and keep the {{{{ fields }}}}.\n"
        f"A template in another language is letter.polish.docx beside it.\n"
        f"Then: handover letters --templates {out} --out FOLDER"
    )
    return Report(text, {"files": [str(path)]})
