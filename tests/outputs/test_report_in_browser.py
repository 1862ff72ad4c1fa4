"""The report opened in Chromium: it asks for nothing, everybody can use it, and it prints."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from handover.engagement import Engagement
from handover.flags import flags
from handover.outputs import write
from handover.plan import Plan
from handover.synthetic import synthetic
from tests.plans import a_plan

CHROMIUM = next(
    (found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None
)
A4 = (595, 842)

if not CHROMIUM and not os.environ.get("CI"):
    pytest.skip("no Chromium here: apt-get install chromium", allow_module_level=True)


@pytest.fixture(scope="module")
def case() -> tuple[Engagement, Plan]:
    one = synthetic(130, 2, 1)
    plan = a_plan(one, booked=True)
    return one, replace(plan, flags=flags(one, plan), plan_id="P0001")


@pytest.fixture(scope="module")
def report(case: tuple[Engagement, Plan], tmp_path_factory: pytest.TempPathFactory) -> str:
    (path,) = write(*case, tmp_path_factory.mktemp("report"), "html")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, report: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(report)
    yield opened
    opened.close()


def rows(page: Page) -> list[list[str]]:
    """What stands in the schedule now."""
    found: list[list[str]] = page.eval_on_selector_all(
        "#schedule-table tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    return found


def test_the_page_asks_for_nothing_and_its_policy_stops_what_would(browser: Browser, report: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report)
    page.get_by_label("Search the schedule").fill("court")
    page.wait_for_load_state("networkidle")
    assert asked == [report]
    assert said == []
    page.evaluate("""() => {
        document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }));
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    }""")
    assert page.evaluate("fetch('http://127.0.0.1:9/x').then(() => 'let out', () => 'stopped')") == "stopped"
    assert page.evaluate("window.ran") is None
    assert {"img-src", "script-src", "connect-src"} <= {d for text in said for d in re.findall(r"[a-z]+-src", text)}
    page.close()


@pytest.mark.parametrize("width", [1440, 360, 320])
def test_axe_finds_nothing_and_nothing_runs_over_the_side(browser: Browser, report: str, width: int) -> None:
    # 320: the narrowest that WCAG asks for (1.4.10), narrower than the narrow pictures are drawn
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(report)
    for folded in page.locator("summary").all():
        folded.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    visible = page.locator("figure svg:visible")
    assert visible.count() == page.locator("figure").count()
    for picture in visible.all():
        box = picture.bounding_box()
        assert box
        assert box["x"] + box["width"] <= width
    page.close()


def test_search_finds_a_child_by_any_words(page: Page, case: tuple[Engagement, Plan]) -> None:
    engagement, plan = case
    to = plan.allocations[7].to_worker_id
    name = engagement.worker[str(to)].name
    search = page.get_by_label("Search the schedule")
    search.fill(f"{str(to).lower()} {name.upper()}")
    found = {row[0].split()[0] for row in rows(page)}
    assert {a.child_id for a in plan.allocations if a.to_worker_id == to} <= found
    assert len(found) < 60
    assert (
        page.get_by_role("status").inner_text() == f"Children 1 to {min(50, len(found))} of {len(found)} found, of 130"
    )
    search.fill("no such child")
    assert rows(page) == []
    assert page.get_by_role("status").inner_text() == "No child found, of 130"
    search.fill("")
    assert len(rows(page)) == 50


def test_a_click_sorts_dates_as_dates_and_figures_as_figures(page: Page, case: tuple[Engagement, Plan]) -> None:
    plan = case[1]
    page.get_by_label("Rows shown").select_option("all")
    prior = page.get_by_role("button", name="Changes before")
    for order in ("ascending", "descending"):
        prior.click()
        assert page.locator("th", has=prior).get_attribute("aria-sort") == order
        assert [int(row[5]) for row in rows(page)] == sorted(
            (a.prior_changes for a in plan.allocations), reverse=order == "descending"
        )
    meeting = page.get_by_role("button", name="Handover meeting")
    meeting.click()
    assert page.locator("th[aria-sort]").count() == 1
    booked = {f: a["meeting"].start for f, a in plan.appointments_of.items() if "meeting" in a}
    expected = sorted(booked[a.family_id] for a in plan.allocations if a.family_id in booked)
    shown = [row[8][:16] for row in rows(page)]
    assert shown[: len(expected)] == [f"{start:%d/%m/%Y %H:%M}" for start in expected]
    assert set(shown[len(expected) :]) <= {"", "no time was foun", "not needed"}
    # as text 10 would stand before 9, and 02/12/2022 before 28/11/2022
    page.eval_on_selector(
        "#schedule-table tbody tr",
        """row => {
            row.cells[5].textContent = "10";
            Object.assign(row.cells[4], { textContent: "02/12/2022" }).dataset.v = "2022-12-02";
        }""",
    )
    for name, column, last in (("From", 4, "02/12/2022"), ("Changes before", 5, "10")):
        page.get_by_role("button", name=name, exact=True).click()
        assert rows(page)[-1][column] == last


def test_it_works_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the plan"
    page.keyboard.press("Enter")
    page.get_by_label("Search the schedule").focus()
    seen = []
    for _ in range(5):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert seen[:4] == ["page-size", "back", "on", "scroll"]
    page.keyboard.press("Enter")  # the first head of the table: sorts by child
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Child"
    page.get_by_role("button", name="Later rows").press("Enter")
    assert page.get_by_role("status").inner_text() == "Children 51 to 100 of 130"
    page.get_by_role("button", name="Later rows").press("Enter")
    assert page.get_by_role("status").inner_text() == "Children 101 to 130 of 130"
    page.get_by_role("button", name="Later rows").press("Enter")
    assert len(rows(page)) == 30
    page.get_by_role("button", name="Earlier rows").press("Enter")
    assert rows(page)[0][0].startswith("C00051")


def test_without_scripts_every_child_is_in_the_page(browser: Browser, report: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    assert page.locator("#schedule-table tbody tr:visible").count() == 130
    assert page.get_by_label("Search the schedule").is_hidden()
    context.close()


def test_on_paper_stand_the_tables_under_the_pictures_and_the_rows_on_screen(page: Page) -> None:
    page.emulate_media(media="print")
    for table in ("Caseload of each worker, in points", "Joint visits", "Families by their next conference or hearing"):
        assert page.locator("caption", has_text=table).first.is_visible()
    assert page.get_by_label("Search the schedule").is_hidden()
    assert page.locator("nav").is_hidden()
    pages = sizes(page.pdf(prefer_css_page_size=True))
    assert pages[0] == A4
    assert pages[-1] == A4[::-1]  # the schedule lies on its side, and nothing comes after it
    assert set(pages) == {A4, A4[::-1]}
    assert len(pages) < 30
    page.get_by_label("Search the schedule").evaluate(
        "e => { e.value = 'C00007'; e.dispatchEvent(new Event('input')) }"
    )
    assert len(sizes(page.pdf(prefer_css_page_size=True))) < len(pages)


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(width)), round(float(height))) for width, height in boxes]
