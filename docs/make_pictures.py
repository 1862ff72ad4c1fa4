"""Makes every picture of the pages from the demo: make pictures. Needs Chromium, LibreOffice and poppler."""

import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.text import Text
from shown import said, setting, start

OUT = Path(__file__).parent / "pictures"
PROGRAMS = {"chromium": "Chromium", "soffice": "LibreOffice", "pdftoppm": "poppler", "pdftotext": "poppler"}
LARGEST = 300_000
"""Bytes of one picture at most."""
CHILD, FAMILY = "C00061", "F0001"
SHEETS = {
    "workbook": "",
    "workbook-schedule": "Schedule",
    "workbook-caseloads": "Caseloads",
    "workbook-person": "Owen Pencombe (W014)",
}
"""Pictures of the workbook by the first line of the page they show; blank: the first page."""
SECTIONS = {"report-caseloads": "caseloads", "report-changes": "changes", "report-weeks": "weeks"}
"""Pictures of a whole section of the report, by the id of its heading."""
DESK, PHONE = (1440, 900), (360, 740)
"""Width and height in pixels of the two windows the report is looked at in."""
DOTS = 80
"""Dots an inch of a printed page."""
COLUMNS = 96
"""Width of the terminal."""


def main() -> None:
    """Export the demo's plan in every form and picture each."""
    if missing := sorted({PROGRAMS[name] for name in PROGRAMS if not shutil.which(name)}):
        raise SystemExit(f"The pictures need {', '.join(missing)}. Install them and try again.")
    folder = start()
    setting("COLUMNS", str(COLUMNS))
    setting("HANDOVER_DB", "handover-demo/demo.db")
    setting("FORCE_COLOR", "1")
    setting("NO_COLOR", "")
    read_out = said("handover demo", streams="stdout").partition("\nPlan P0001")[0]
    _, heading, choices = said(f"handover explain {CHILD}", streams="stdout").partition("What else could be done")
    for command in (
        "export P0001 --format xlsx --people --out .",
        "export P0001 --format html --out .",
        "letter-template --out templates",
        "letters --templates templates --out letters",
        "mobilise --as-of 2022-11-14 --time-limit 1 --out .",
    ):
        said(f"handover {command}")
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    _terminal("handover demo", _without_workers(read_out), OUT / "terminal.svg")
    _terminal(f"handover explain {CHILD}", heading + choices.partition("\n\n3. ")[0], OUT / "explain.svg")
    shutil.copy(folder / "mobilisation.svg", OUT / "mobilisation.svg")
    _report(folder / "report.html", folder)
    book = _printed(folder / "handover.xlsx", folder)
    for name, line in SHEETS.items():
        _page(book, OUT / name, line)
    _page(_printed(folder / "letters" / f"letter-{FAMILY}.docx", folder), OUT / "letter")
    for picture in sorted(OUT.iterdir()):
        print(f"{picture.relative_to(OUT.parent.parent)}  {picture.stat().st_size // 1000} kB")
    if large := [picture.name for picture in OUT.iterdir() if picture.stat().st_size > LARGEST]:
        raise SystemExit(f"Too large for these pages: {', '.join(large)}")


def _without_workers(text: str) -> str:
    return re.sub(r"\n[^\n]*Worker .*?\n\n(?=\S)", "\n", text, flags=re.DOTALL)


def _terminal(command: str, text: str, path: Path) -> None:
    """What a terminal shows, as a picture that fetches no font."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text.strip("\n")))
    drawn = console.export_svg(title=command)
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8", newline="\n")


def _report(report: Path, folder: Path) -> None:
    """The report on a desk, on a telephone and on paper."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = _opened(browser, report, DESK)
        page.screenshot(path=OUT / "report.png")
        for name, heading in SECTIONS.items():
            page.locator(f"section[aria-labelledby={heading}]").screenshot(path=OUT / f"{name}.png")
        page.get_by_label("Search the schedule").fill("court relayed")
        page.evaluate("document.getElementById('schedule').scrollIntoView()")
        page.screenshot(path=OUT / "report-schedule.png")
        phone = _opened(browser, report, PHONE)
        phone.evaluate("document.getElementById('caseloads').scrollIntoView()")
        phone.screenshot(path=OUT / "report-phone.png")
        page = _opened(browser, report, DESK)
        page.pdf(path=folder / "report.pdf", format="A4", prefer_css_page_size=True)
        browser.close()
    _page(folder / "report.pdf", OUT / "report-print")


def _opened(browser: Browser, report: Path, window: tuple[int, int]) -> Page:
    page = browser.new_page(viewport={"width": window[0], "height": window[1]})
    page.goto(report.resolve().as_uri())
    return page


def _printed(file: Path, folder: Path) -> Path:
    """A file of an office, as LibreOffice prints it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    _run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, file)
    return folder / f"{file.stem}.pdf"


def _page(pdf: Path, path: Path, line: str = "") -> None:
    """Picture the first page that begins with a line."""
    texts = [text.strip() for text in _run("pdftotext", "-layout", pdf, "-").split("\f")]
    page = next(number for number, text in enumerate(texts, 1) if text.startswith(line))
    _run("pdftoppm", "-r", DOTS, "-f", page, "-l", page, "-singlefile", "-png", pdf, path)


def _run(program: str, *arguments: object) -> str:
    command = [str(shutil.which(program)), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
