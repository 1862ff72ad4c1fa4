"""Pictures of the report for the pages here: python docs/report_pictures.py report.html docs/pictures."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PAGE, PHONE = (1100, 900), (360, 740)
"""Width and height in pixels of the two windows it is looked at in."""
SECTIONS = {
    "report-decisions": "decide",
    "report-caseloads": "caseloads",
    "report-changes": "changes",
    "report-days": "weeks",
    "report-hearings": "hearings",
}
"""Pictures of a whole section, by the id of its heading."""


def pictures(report: Path, out: Path) -> list[Path]:
    """Open the report in Chromium and write `report-*.png` into a folder; the files written."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = _opened(browser, report, PAGE)
        written = [_window(page, out / "report.png")]
        for name, heading in SECTIONS.items():
            path = out / f"{name}.png"
            page.locator(f"section[aria-labelledby={heading}]").screenshot(path=path)
            written.append(path)
        page.get_by_label("Search the schedule").fill("court relayed")
        page.evaluate("document.getElementById('schedule').scrollIntoView()")
        written.append(_window(page, out / "report-schedule.png"))
        phone = _opened(browser, report, PHONE)
        phone.evaluate("document.getElementById('caseloads').scrollIntoView()")
        written.append(_window(phone, out / "report-phone.png"))
        browser.close()
    return written


def _opened(browser: Browser, report: Path, window: tuple[int, int]) -> Page:
    page = browser.new_page(viewport={"width": window[0], "height": window[1]})
    page.goto(report.resolve().as_uri())
    return page


def _window(page: Page, path: Path) -> Path:
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    for picture in pictures(Path(sys.argv[1]), Path(sys.argv[2])):
        print(picture)
