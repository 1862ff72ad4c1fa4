"""Short constructors for tests: each gives a sane whole, and a test names only what it is about."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import strategies as st

from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Task, Team, Worker, engagement
from handover.settings import PLANS, Handover, History, Hours, Requirements, Settings, Workload

WINDOW_START = date(2022, 11, 14)
"""A Monday."""
LAST_DAY = date(2022, 11, 25)
"""The Friday on which the outgoing provider leaves."""
GO_LIVE = date(2022, 11, 28)
CONTRACT_END = date(2023, 3, 31)
BANK_HOLIDAYS = frozenset(
    {date(2022, month, day) for month, day in ((1, 3), (4, 15), (4, 18), (5, 2), (6, 2), (6, 3), (8, 29), (9, 19))}
    | {date(2022, 12, 26), date(2022, 12, 27)}
    | {date(2023, month, day) for month, day in ((1, 2), (4, 7), (4, 10), (5, 1), (5, 8), (5, 29), (8, 28))}
    | {date(2023, 12, 25), date(2023, 12, 26)}
)
SKILLS = ("asylum", "court", "disability")
PARTS = {
    "hours": Hours,
    "workload": Workload,
    "requirements": Requirements,
    "history": History,
    "handover": Handover,
}


def a_settings(**changes: Any) -> Settings:
    """November 2022 with every default. Keys of the inner tables are taken flat: `a_settings(worker_band="0.1")`."""
    settings = Settings("Tests, November 2022", WINDOW_START, GO_LIVE, CONTRACT_END)
    for part, kind in PARTS.items():
        inner = {f.name: changes.pop(f.name) for f in fields(kind) if f.name in changes}
        inner = {k: Fraction(v) if k.endswith(("_band", "_floor", "_children")) else v for k, v in inner.items()}
        if inner:
            settings = replace(settings, **{part: replace(getattr(settings, part), **inner)})
    return replace(settings, **changes)


def a_worker(worker_id: str = "W1", **changes: Any) -> Worker:
    """A cleared social worker, incoming, of team T1, ready on the first day; `side="outgoing"` has no team and leaves
    on the last working day before go-live. `fte` may be text: "0.6"."""
    number = sum(ord(letter) * 7**n for n, letter in enumerate(worker_id)) % 999_999 + 1
    standard: dict[str, Any] = {
        "name": f"Worker {worker_id}",
        "role": "social_worker",
        "side": "incoming",
        "team_id": "T1",
        "qualified_on": date(2010, 9, 1),
        "swe_number": f"SW{number}",
        "swe_registered_until": date(2023, 11, 30),
        "swe_restrictions": "no",
        "dbs_number": f"{number:012}",
        "dbs_issued_on": date(2022, 5, 3),
        "laptop_on": WINDOW_START,
        "system_access_on": WINDOW_START,
        "induction_on": WINDOW_START,
    }
    if changes.get("side") == "outgoing":
        standard |= {"team_id": None, "available_from": date(2022, 10, 1), "available_to": LAST_DAY}
    if "fte" in changes:
        changes["fte"] = Fraction(changes["fte"])
    return Worker(worker_id, **{**standard, **changes})


def a_manager(worker_id: str = "M1", **changes: Any) -> Worker:
    """A cleared team manager, incoming, of team T1."""
    return a_worker(worker_id, **({"role": "team_manager", "managing_since": date(2015, 9, 1)} | changes))


def a_child(child_id: str = "C1", worker_id: str = "O1", **changes: Any) -> Child:
    """A child on a child protection plan (4 points) without siblings, held by O1."""
    return Child(child_id, **({"family_id": None, "plan": "child_protection", "worker_id": worker_id} | changes))


def a_engagement(
    children: Iterable[Child] | None = None,
    workers: Iterable[Worker] | None = None,
    teams: Iterable[Team] | None = None,
    history: Iterable[Episode] = (),
    events: Iterable[Event] = (),
    absences: Iterable[Absence] = (),
    rules: Iterable[Rule] = (),
    tasks: Iterable[Task] = (),
    closed_days: frozenset[date] = BANK_HOLIDAYS,
    **settings: Any,
) -> Engagement:
    """One child C1 of O1, team T1 with manager M1 and workers W1 and W2, unless given otherwise.

    Teams, their managers and the workers who hold children now are added where nobody of that id is given; the manager
    of team T1 is M1. Other keywords go to `a_settings`.
    """
    cases = (a_child(),) if children is None else tuple(children)
    people = (a_worker("W1"), a_worker("W2")) if workers is None else tuple(workers)
    team_ids = sorted({w.team_id for w in people if w.team_id is not None} or {"T1"})
    units = tuple(Team(t, f"Team {t}", f"M{t[1:]}") for t in team_ids) if teams is None else tuple(teams)
    there = {w.worker_id for w in people}
    managers = {t.manager_id: t.team_id for t in reversed(units) if t.manager_id not in there}
    holders = sorted({c.worker_id for c in cases} - there - set(managers))
    people += tuple(a_manager(m, team_id=t) for m, t in managers.items())
    people += tuple(a_worker(o, side="outgoing") for o in holders)
    everything = (tuple(history), tuple(events), tuple(absences), tuple(rules), tuple(tasks))
    return engagement(a_settings(**settings), closed_days, units, people, cases, *everything)


def tiny_engagement(random: Random, max_children: int = 6, max_families: int = 3) -> Engagement:
    """A valid engagement of 2 to `max_children` children in few families, 1 or 2 teams and 2 to 4 receiving or nearly
    receiving workers, with anything the contract allows mixed in: small enough to try every allocation."""
    chance = random.random
    choose = random.choice
    team_ids = ["T1", "T2"][: random.randint(1, 2)]
    managers = [a_manager(f"M{t[1:]}", team_id=t, **_doubts(random)) for t in team_ids]
    workers = [
        a_worker(
            f"W{n}",
            side=choose(["incoming", "incoming", "staying"]),
            team_id=choose(team_ids),
            fte=choose(["1", "1", "0.8", "0.6", "0.5"]),
            skills=tuple(s for s in SKILLS if chance() < 0.75),
            max_points=choose([None, None, None, None, None, None, 4, 8, 11]),
            available_to=choose([None, None, None, date(2022, 12, 16), date(2023, 2, 24), date(2022, 11, 25)]),
            **_doubts(random),
        )
        for n in range(1, random.randint(2, 4) + 1)
    ]
    outgoing = [a_worker(f"O{n}", side="outgoing") for n in range(1, random.randint(1, 2) + 1)]
    holders = [w.worker_id for w in outgoing + [w for w in workers if w.side == "staying"]]
    size = random.randint(2, max_children)
    family_ids = [f"F{n}" for n in range(1, random.randint(1, min(max_families, size)) + 1)]
    # every family has somebody; a child alone is only for a family of its own, so that families stay few
    belongs = family_ids + [choose(family_ids) for _ in range(size - len(family_ids))]
    mostly = {f: choose(holders) for f in family_ids}
    children = [
        a_child(
            f"C{n}",
            family_id=None if belongs.count(f) == 1 and chance() < 0.5 else f,
            worker_id=mostly[f] if chance() < 0.8 else choose(holders),
            plan=choose(PLANS),
            points=choose([None, None, 1, 3, 5, 7]),
            needs=tuple(s for s in SKILLS if chance() < 0.07),
            expected_close_on=choose([None, None, None, date(2022, 12, 16), date(2023, 1, 13)]),
        )
        for n, f in enumerate(belongs, start=1)
    ]
    settings = a_settings(
        worker_band=choose(["0.1", "0.2", "0.5", "1"]),
        worker_floor=choose(["0", "0", "0.5", "0.8"]),
        team_band=choose(["0.02", "0.2", "0.5", "1"]),
    )
    incoming = [w.worker_id for w in workers]
    everybody = [w.worker_id for w in workers + outgoing + managers]
    return engagement(
        settings,
        BANK_HOLIDAYS,
        tuple(Team(t, f"Team {t}", f"M{t[1:]}") for t in team_ids),
        tuple(workers + outgoing + managers),
        tuple(children),
        tuple(e for c in children for e in _episodes(random, c, incoming)),
        tuple(e for c in children for e in _events(random, c)),
        tuple(a for w in everybody if chance() < 0.3 for a in _absences(random, w)),
        tuple(r for c in children for r in _rules(random, c, incoming)),
        _tasks(random, incoming) if chance() < 0.3 else (),
    )


def engagements(max_children: int = 6, max_families: int = 3) -> st.SearchStrategy[Engagement]:
    """Tiny whole valid engagements, as `tiny_engagement` makes them."""
    randoms = st.randoms(use_true_random=False)
    return st.builds(tiny_engagement, randoms, st.just(max_children), st.just(max_families))


def _doubts(random: Random) -> dict[str, Any]:
    """Most people are as they should be; some start late, are ready late, or do not pass a check."""
    late = date(2022, 12, random.randint(1, 9))
    in_window = WINDOW_START + timedelta(random.randint(0, 13))
    cases: list[dict[str, Any]] = [
        {"available_from": in_window},
        {"available_from": late},
        {"available_from": GO_LIVE},
        {"laptop_on": late},
        {"system_access_on": in_window, "induction_on": None},
        {"dbs_issued_on": in_window},
        {"dbs_issued_on": late},
        {"dbs_issued_on": None},
        {"swe_registered_until": date(2022, 11, 27)},
        {"qualified_on": date(2018, 11, 29)},
    ]
    return random.choice(cases) if random.random() < 0.45 else {}


def _episodes(random: Random, child: Child, incoming: list[str]) -> list[Episode]:
    """Up to four episodes, the last current and of who holds the child now; some children have none at all."""
    names = [random.choice([*incoming, "P1", "P2"]) for _ in range(random.randint(0, 3))]
    starts = sorted(date(2020, 10, 1) + timedelta(random.randint(0, 770)) for _ in range(len(names) + 1))
    if random.random() < 0.2:
        return []
    ends: list[date | None] = [*starts[1:], None]
    return [Episode(child.child_id, w, s, e) for w, s, e in zip([*names, child.worker_id], starts, ends, strict=True)]


def _events(random: Random, child: Child) -> list[Event]:
    found = []
    if random.random() < 0.6:
        found.append(Event(child.child_id, "statutory_visit", WINDOW_START + timedelta(random.randint(-3, 30))))
    if random.random() < 0.4:
        kind = random.choice(("review_conference", "court_hearing", "core_group", "looked_after_review"))
        day = WINDOW_START + timedelta(random.choice((0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 21, 27, 28)))
        clock = random.choice((None, time(10), time(14, 30)))
        found.append(Event(child.child_id, kind, day, clock, random.choice((None, 60)) if clock else None))
    return found


def _absences(random: Random, worker_id: str) -> list[Absence]:
    day = datetime.combine(WINDOW_START, time()) + timedelta(random.choice((0, 1, 2, 3, 4, 7, 8, 9, 10, 11)))
    if random.random() < 0.5:
        return [Absence(worker_id, day, day + timedelta(random.randint(1, 6)), "leave")]
    return [Absence(worker_id, day + timedelta(hours=9), day + timedelta(hours=12), "court")]


def _rules(random: Random, child: Child, incoming: list[str]) -> list[Rule]:
    who = random.choice(incoming)
    roll = random.random()
    if roll < 0.08:
        return [Rule(child.child_id, who, "never", "conflict of interest")]
    if roll < 0.13:
        return [Rule(child.child_id, who, "always", "court's direction")]
    if roll < 0.25:
        return [Rule(child.child_id, who, "knows", "co-worked before")]
    if roll < 0.28:
        return [Rule(child.child_id, None, "separate", "safety plan")]
    return []


def _tasks(random: Random, incoming: list[str]) -> tuple[Task, ...]:
    """Up to six tasks of the workers, the teams or nobody, each after some of those before it."""
    names = ("Order laptop", "Laptop", "DBS certificate", "System access", "Induction", "References")
    ids = [f"K{n}" for n in range(1, random.randint(1, 6) + 1)]
    return tuple(
        Task(
            task_id,
            random.choice(names),
            random.choice([None, "T1", *incoming]),
            random.choice(("", "ICT")),
            random.choice((0, 1, 1, 2, 5)),
            tuple(before for before in ids[:n] if random.random() < 0.4),
            random.choice((None, None, WINDOW_START + timedelta(random.randint(-10, 14)))),
            random.choice((None, None, None, WINDOW_START + timedelta(random.randint(-10, 10)))),
        )
        for n, task_id in enumerate(ids)
    )
