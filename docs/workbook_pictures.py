"""Pictures of the workbook and a letter for the pages here, as LibreOffice prints them (it and poppler must be there).

python docs/workbook_pictures.py handover.xlsx letter-F0001.docx docs/pictures
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SHEETS = {"workbook": "", "workbook-schedule": "Schedule", "workbook-caseloads": "Caseloads"}
"""Pictures by the first line of the page they show; blank: the first page."""
DOTS = 90
"""Dots an inch."""


def pictures(workbook: Path, letter: Path, out: Path) -> list[Path]:
    """Print both and write `workbook*.png` and `letter.png` into a folder; the files written."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        book, sheet = _printed(workbook, Path(folder)), _printed(letter, Path(folder))
        first_lines = [
            text.strip().partition("\n")[0].strip() for text in _run("pdftotext", "-layout", book, "-").split("\f")
        ]
        written = [
            _picture(book, first_lines.index(line) + 1 if line else 1, out / name) for name, line in SHEETS.items()
        ]
        return [*written, _picture(sheet, 1, out / "letter")]


def _printed(file: Path, folder: Path) -> Path:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, file)
    return folder / f"{file.stem}.pdf"


def _picture(pdf: Path, page: int, path: Path) -> Path:
    _run("pdftoppm", "-r", DOTS, "-f", page, "-l", page, "-singlefile", "-png", pdf, path)
    return path.with_suffix(".png")


def _run(program: str, *arguments: object) -> str:
    where = shutil.which(program)
    if where is None:
        raise SystemExit(f"{program} is not here. Install LibreOffice and poppler-utils.")
    return subprocess.run([where, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    for picture in pictures(*map(Path, sys.argv[1:4])):
        print(picture)
