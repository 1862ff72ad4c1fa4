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

PICTURES = Path(__file__).parent / "pictures"
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
DESK, PHONE, GANTT = (1440, 900), (360, 740), (1100, 900)
"""Width and height in pixels of the windows the report and the mobilisation's picture are looked at in."""
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
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "xterm-256color"}.items():
        setting(name, value)
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
    out = folder / "pictures"
    out.mkdir()
    _terminal("handover demo", _without_workers(read_out), out / "terminal.svg")
    _terminal(f"handover explain {CHILD}", heading + choices.partition("\n\n3. ")[0], out / "explain.svg")
    _seen_in_a_browser(folder, out)
    book = _printed(folder / "handover.xlsx", folder)
    for name, line in SHEETS.items():
        _page(book, out / name, line)
    _page(_printed(folder / "letters" / f"letter-{FAMILY}.docx", folder), out / "letter")
    _page(folder / "report.pdf", out / "report-print")
    if large := [picture.name for picture in out.iterdir() if picture.stat().st_size > LARGEST]:
        raise SystemExit(f"Too large for these pages: {', '.join(large)}")
    shutil.rmtree(PICTURES, ignore_errors=True)
    shutil.copytree(out, PICTURES, copy_function=shutil.copyfile)
    for picture in sorted(PICTURES.iterdir()):
        print(f"{picture.relative_to(PICTURES.parent.parent)}  {picture.stat().st_size // 1000} kB")


def _without_workers(text: str) -> str:
    return re.sub(r"\n[^\n]*Worker .*?\n\n(?=\S)", "\n", text, flags=re.DOTALL)


def _terminal(command: str, text: str, path: Path) -> None:
    """What a terminal shows, as a picture that fetches no font."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text.strip("\n")))
    drawn = console.export_svg(title=command)
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8", newline="\n")


def _seen_in_a_browser(folder: Path, out: Path) -> None:
    """The report on a desk and on a telephone, and as it prints; the top of the mobilisation's picture."""
    report = folder / "report.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = _opened(browser, report, DESK)
        page.screenshot(path=out / "report.png")
        for name, heading in SECTIONS.items():
            page.locator(f"section[aria-labelledby={heading}]").screenshot(path=out / f"{name}.png")
        page.get_by_label("Search the schedule").fill("court relayed")
        page.evaluate("document.getElementById('schedule').scrollIntoView()")
        page.screenshot(path=out / "report-schedule.png")
        phone = _opened(browser, report, PHONE)
        phone.evaluate("document.getElementById('caseloads').scrollIntoView()")
        phone.screenshot(path=out / "report-phone.png")
        _opened(browser, report, DESK).pdf(path=folder / "report.pdf", prefer_css_page_size=True)
        _opened(browser, folder / "mobilisation.svg", GANTT).screenshot(path=out / "mobilisation.png")
        browser.close()


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
