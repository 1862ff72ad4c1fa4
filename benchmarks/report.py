"""Part 6: a whole county's report, from the plan to a page that somebody can use in Chromium."""

import heapq
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.record import Json, Scale
from benchmarks.words import plain
from handover.caseload import fair_shares, family_points
from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.flags import flags
from handover.outputs import write
from handover.plan import Level, Plan
from handover.synthetic import synthetic
from solver.interim import choose_interim
from solver.planner import allocations, versions
from solver.schedule import schedule
from solver.watch import Watch

TITLE = "A county's report"
SEED = 1
SECONDS, MIB = 3, 20
TIMES = 5
BOOKING_SECONDS = 60


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """One generated county, allocated without a search; its report written, and opened again and again."""
    engagement = synthetic(*scale.county, SEED)
    plan = _plan(engagement, min(BOOKING_SECONDS, scale.county_seconds))
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        (path,) = write(engagement, plan, Path(folder), "html")
        made = time.perf_counter() - started
        return {
            "children": len(engagement.children),
            "receiving_workers": len(receiving_workers(engagement)),
            "appointments": len(plan.appointments),
            "flags": len(plan.flags),
            "bytes": path.stat().st_size,
            "made_in": made,
            **_opened(path),
        }


def section(measured: Json) -> Iterator[str]:
    """Size, and the seconds until it can be used."""
    yield (
        f"{plain(measured['children'])} children, {plain(measured['receiving_workers'])} receiving workers, "
        f"{plain(measured['appointments'])} appointments and {plain(measured['flags'])} flags, from a plan made "
        f"without a search: `report.html` has {plain(measured['bytes'] / 2**20)} MiB, written in "
        f"{plain(measured['made_in'])} s. In {measured['browser']} it is loaded, drawn and ready to be searched after "
        f"{plain(median(measured['open']))} s (median of {len(measured['open'])} fresh starts, the slowest "
        f"{plain(max(measured['open']))} s); a search then shows what it found after {plain(measured['search'])} s, a "
        f"sort after {plain(measured['sort'])} s."
    )
    yield ""


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    if median(measured["open"]) > SECONDS:
        yield f"The county's report opens in {plain(median(measured['open']))} s; the target is {SECONDS} s."
    if measured["bytes"] > MIB * 2**20:
        yield f"The county's report has {plain(measured['bytes'] / 2**20)} MiB; the target is {MIB} MiB."


def _opened(path: Path) -> Json:
    """Seconds from asking for the page to its second picture on the screen, each in a browser of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 the other parts do without it

    drawn = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    seconds = []
    with sync_playwright() as playwright:
        for _ in range(TIMES):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            name = f"Chromium {browser.version}"
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            started = time.perf_counter()
            page.goto(path.as_uri())
            page.evaluate(drawn)
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            page.get_by_label("Search the schedule").fill("court stop")
            page.evaluate(drawn)
            search = time.perf_counter() - started
            started = time.perf_counter()
            page.get_by_role("button", name="Handover meeting").click()
            page.evaluate(drawn)
            sort = time.perf_counter() - started
            browser.close()
    return {"browser": name, "open": seconds, "search": search, "sort": sort}


def _plan(engagement: Engagement, seconds: int) -> Plan:
    """A plan for the page: each family to the able worker with most room, meetings as far as the time goes."""
    to_worker = _filled(engagement)
    interim = choose_interim(engagement, to_worker)
    start = engagement.settings.window_start
    booked = schedule(engagement, to_worker, interim, start, Watch.lasting(seconds), SEED)
    levels = [Level(name, value, Fraction(0)) for name, value in allocation_figures(to_worker, engagement).items()]
    plan = Plan(
        engagement=engagement.settings.name,
        input_sha256=engagement.input_sha256,
        seed=SEED,
        booked_from=start,
        versions=versions(),
        seconds=0,
        levels=(*levels, *booked.levels),
        changes_whatever_the_caseloads=Level("changes_whatever_the_caseloads", levels[3].value, Fraction(0)),
        allocations=allocations(engagement, to_worker, interim),
        appointments=booked.appointments,
        plan_id="P0001",
    )
    return replace(plan, flags=flags(engagement, plan))


def _filled(engagement: Engagement) -> dict[str, str | None]:
    """Every family to whoever can take it and holds least of their fair share so far."""
    shares = fair_shares(engagement)
    load = [(Fraction(0), w.worker_id) for w in receiving_workers(engagement)]
    heapq.heapify(load)
    found: dict[str, str | None] = {}
    for family in engagement.families:
        passed = []
        found[family.family_id] = None
        while load:
            held, worker_id = heapq.heappop(load)
            if can_take(family, engagement.worker[worker_id], engagement):
                found[family.family_id] = worker_id
                held += family_points(family, engagement) / shares[worker_id]
                passed.append((held, worker_id))
                break
            passed.append((held, worker_id))
        for one in passed:
            heapq.heappush(load, one)
    return found
