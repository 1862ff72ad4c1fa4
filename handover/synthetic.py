"""Engagements of any size in which nobody exists, for training, tests and benchmarks.

Shaped like a real change of provider: family sizes, plans, skills, histories, events, absences and rules come at the
rates of four county teams of 2022. Names are first names with Herefordshire villages for surnames.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random

from handover.clearance import READY_DATES
from handover.closed import settled
from handover.engagement import Absence, Child, Engagement, Episode, Event, Rule, Team, Worker, engagement
from handover.errors import UsageError
from handover.settings import DEFAULT_POINTS, Settings, Workload

KINDS = ("plain", "one-week", "tight")
"""`plain`: two weeks, one worker a team stays. `one-week`: the decision came late, a day is closed, people are capped
or not cleared, courts and managers have bound children. `tight`: nobody stays, half are late, bands are narrow."""

GO_LIVE = date(2022, 11, 28)
LEAVING = date(2022, 11, 25)
CONTRACT_END = date(2023, 3, 31)
DAY = timedelta(days=1)
COUNTY = 5000
"""From so many children on, a team of the same caseload has seven receiving workers rather than six."""

FIRST_NAMES = (
    "Amara Bethan Callum Chidi Delyth Ewan Farah Gareth Hana Idris Joyce Kofi Leila Morgan Nadia Owen Priya Rhys "
    "Sunita Tomasz Una Vikram Wendy Yusuf"
)
VILLAGES = (
    "Abbeydore Almeley Aymestrey Bodenham Bosbury Brampton Bredwardine Brockhampton Burghill Clehonger Colwall Cradley "
    "Credenhill Cusop Dilwyn Dorstone Eardisley Ewyas Fownhope Garway Goodrich Hentland Ivington Kilpeck Kimbolton "
    "Kingsland Lingen Linton Llangarron Luston Madley Mordiford Orcop Orleton Pembridge Pencombe Peterchurch Pipe "
    "Shobdon Stretton Sutton Tarrington Upton Vowchurch Walford Wellington Weobley Whitbourne Wigmore Withington "
    "Woolhope Wormbridge Yarkhill Yarpole"
)
POSTCODES = {
    "HR1": "1EY 1GJ 1HL 1JY 1PD 1WA 2DY 2YF 3DZ 3JR 4EH 4JN 4SD 9EJ",
    "HR2": "0LD 0NF 0PX 0QL 0YB 6PG 6RA 7UX 7WP 7XN 8QJ 8SA 9HF",
    "HR3": "5HF 5HQ 6NU",
    "HR4": "0HL 0XA 0YN 7LZ 8BS 9AP 9TN 9WE",
    "HR5": "3BQ 3FB 3LL",
    "HR6": "0HY 0QA 0QJ 8DT 8SF 8SU 8TH 9AD 9DL 9PR",
    "HR7": "4BS 4DP 4UL",
    "HR8": "1EE 1SQ 2SR 2XN 9EZ",
    "HR9": "6EU 6QU 6RW 7EW 7GL 7PL 7XG 9AR 9BX",
}
SKILLS = ("asylum", "court", "disability", "sexual_exploitation")
OTHER_NEEDS = ("disability",) * 4 + ("sexual_exploitation",) * 2 + ("asylum",) * 2
LANGUAGES = ("Polish",) * 4 + ("Welsh",) * 2 + ("Romanian",) * 3 + ("Bulgarian",)
FAMILY_SIZES = (1,) * 56 + (2,) * 25 + (3,) * 12 + (4,) * 5 + (5,) * 2
EPISODES = (1,) * 11 + (2,) * 31 + (3,) * 27 + (4,) * 19 + (5,) * 10 + (6,) * 2
PLANS = ("child_protection",) * 49 + ("court",) * 19 + ("looked_after",) * 17 + ("child_in_need",) * 15
POINTS = (None,) * 9 + (4, 4, 4, 6, 6, 6, 7, 7, 7, 7)


def synthetic(children: int, teams: int, seed: int, kind: str = "plain") -> Engagement:
    """A made-up engagement of so many children and incoming teams: the same for the same arguments, anywhere.

    About 20 children go to each receiving worker, 17 at a county's size. `kind` is one of `KINDS`.

    Raises UsageError for fewer than one team, fewer children than teams, or a kind there is not.
    """
    if not 1 <= teams <= children:
        raise UsageError(
            f"{children} children and {teams} teams make no engagement. Ask for a team or more, and as many children."
        )
    if kind not in KINDS:
        raise UsageError(f"There is no kind {kind}. Use one of {', '.join(KINDS)}.")
    return _Maker(children, teams, kind, Random(seed)).make(seed)  # noqa: S311 repeatable, and nothing is kept secret by it


@dataclass(frozen=True)
class _Maker:
    size: int
    team_count: int
    kind: str
    random: Random

    @property
    def window_start(self) -> date:
        return date(2022, 11, 21) if self.kind == "one-week" else date(2022, 11, 14)

    @property
    def receiving_count(self) -> int:
        """Receiving workers of all teams: at least three a team."""
        wanted = self.size * 7 // 120 if self.size >= COUNTY else round(self.size / 20)
        return max(wanted, 3 * self.team_count)

    @property
    def spacious(self) -> bool:
        """True where a caseload is many families, so that bands can be narrow."""
        return self.size >= 12 * self.receiving_count

    def make(self, seed: int) -> Engagement:
        settings = self._settings(seed)
        managers, receiving, refused = self._incoming()
        holders = [w for w in receiving if w.side == "staying"]
        outgoing = [self._outgoing(n) for n in range(1, max(1, len(receiving) - len(holders)) + 1)]
        children = self._children([*outgoing, *holders], receiving)
        if self.kind == "one-week":
            receiving = self._capped(receiving, children)
        workers = self._named([*managers, *receiving, *refused, *outgoing])
        width = max(2, len(str(self.team_count)))
        teams = tuple(
            Team(self._team_id(n), f"Child Protection and Court {n:0{width}}", f"M{n:03}")
            for n in range(1, self.team_count + 1)
        )
        dates = [day for w in workers for name in READY_DATES if (day := getattr(w, name)) is not None]
        return engagement(
            settings,
            settled(settings.window_start, settings.contract_end, dates, settings.closed),
            teams,
            workers,
            tuple(children),
            tuple(e for c in children for e in self._history(c, receiving)),
            tuple(e for c in children for e in self._events(c)),
            tuple(a for w in [*outgoing, *receiving] for a in self._absences(w)),
            tuple(self._rules(children, receiving)),
        )

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _date(self, first: date, last: date) -> date:
        return first + DAY * self.random.randint(0, (last - first).days)

    def _weekday(self, first: date, last: date) -> date:
        return self.random.choice([d for n in range((last - first).days + 1) if (d := first + DAY * n).weekday() < 5])

    def _postcode(self) -> str:
        return self.random.choice([f"{area} {rest}" for area, text in POSTCODES.items() for rest in text.split()])

    def _team_id(self, number: int) -> str:
        return f"T{number:0{max(2, len(str(self.team_count)))}}"

    def _settings(self, seed: int) -> Settings:
        if self.kind == "tight":
            work = Workload(Fraction(1, 10), Fraction(4, 5), Fraction(1, 50))
        elif self.spacious:
            work = Workload()
        else:
            work = Workload(worker_band=Fraction(3, 10), team_band=Fraction(1, 10))
        name = f"Made-up engagement ({self.kind}): {self.size} children, {self.team_count} teams, seed {seed}"
        closed = (LEAVING,) if self.kind == "one-week" else ()
        return Settings(name, self.window_start, GO_LIVE, CONTRACT_END, closed, workload=work)

    # People ------------------------------------------------------------------------------------------------------

    def _person(self, worker_id: str, role: str, side: str, team_id: str | None) -> Worker:
        return Worker(
            worker_id,
            "",
            role,
            side,
            team_id,
            available_from=self.window_start,
            qualified_on=date(self.random.randint(2008, 2017), self.random.randint(1, 12), 1),
            swe_registered_until=date(2023, 11, 30),
            swe_restrictions="no",
            dbs_number=f"{self.random.randrange(10**12):012}",
            dbs_issued_on=self._date(date(2022, 1, 3), date(2022, 10, 28)),
            postcode=self._postcode(),
        )

    def _named(self, workers: list[Worker]) -> tuple[Worker, ...]:
        """Everybody with a name and a registration number of their own."""
        names = [f"{first} {village}" for first in FIRST_NAMES.split() for village in VILLAGES.split()]
        self.random.shuffle(names)
        numbers = self.random.sample(range(1_000, 1_000 + max(150_000, 2 * len(workers))), len(workers))
        rounds = [
            " ".join([names[n % len(names)], *(["the younger"] * (n // len(names)))]) for n in range(len(workers))
        ]
        people = zip(workers, rounds, numbers, strict=True)
        return tuple(replace(w, name=name, swe_number=f"SW{number}") for w, name, number in people)

    def _outgoing(self, number: int) -> Worker:
        person = self._person(f"O{number:03}", "social_worker", "outgoing", None)
        return replace(person, available_from=date(2022, 10, 1), available_to=LEAVING)

    def _incoming(self) -> tuple[list[Worker], list[Worker], list[Worker]]:
        """Managers, receiving workers, and those who do not pass a check."""
        managers = []
        for number in range(1, self.team_count + 1):
            person = self._person(f"M{number:03}", "team_manager", "incoming", self._team_id(number))
            # in a late decision, one manager of four has not managed for long enough
            new = self.kind == "one-week" and number % 4 == 2
            year = 2019 if new else self.random.randint(2013, 2016)
            qualified = date(self.random.randint(2002, 2012), self.random.randint(1, 12), 1)
            managers.append(
                replace(person, qualified_on=qualified, managing_since=date(year, self.random.randint(1, 9), 1))
            )
        receiving = [self._receiving(number) for number in range(1, self.receiving_count + 1)]
        refused = []
        for n in range(max(1, self.team_count // 2) if self.kind != "tight" else 0):
            person = self._ready(
                self._person(f"W{self.receiving_count + n + 1:03}", "social_worker", "incoming", self._team_id(n + 1))
            )
            person = replace(person, skills=self._skills())
            lapsed, junior = GO_LIVE - DAY, date(2019, 6, 1)
            refused.append(
                replace(person, swe_registered_until=lapsed) if n % 2 == 0 else replace(person, qualified_on=junior)
            )
        return managers, receiving, refused

    def _skills(self) -> tuple[str, ...]:
        return tuple(s for s in SKILLS if self._chance(0.5)) or (self.random.choice(SKILLS),)

    def _receiving(self, number: int) -> Worker:
        """The n-th receiving worker. Teams are filled in turn, each with one who stays and one or more with `court`."""
        team = (number - 1) % self.team_count + 1
        place = (number - 1) // self.team_count
        staying = place == 0 and self.kind != "tight"
        person = self._person(
            f"W{number:03}", "social_worker", "staying" if staying else "incoming", self._team_id(team)
        )
        skills = self._skills()
        person = replace(
            person,
            fte=self.random.choice([Fraction(1)] * 7 + [Fraction(4, 5)] + [Fraction(3, 5)] * 2),
            skills=tuple(sorted({*skills, "court"})) if place == 1 else skills,
            languages=(self.random.choice(LANGUAGES),) if self._chance(0.3) else (),
            available_to=self.random.choice((date(2023, 1, 31), date(2023, 2, 24))) if self._chance(0.25) else None,
        )
        if staying:
            return person
        return self._late(self._ready(person)) if self._is_late(place) else self._ready(person)

    def _is_late(self, place: int) -> bool:
        return place % 2 == 0 if self.kind == "tight" else self._chance(0.2)

    def _ready(self, person: Worker) -> Worker:
        """Laptop, access and induction by go-live; some are at work from go-live only."""
        starts = (self.window_start,) * 5 + (self.window_start + 2 * DAY,) * 2 + (GO_LIVE - 7 * DAY, GO_LIVE, GO_LIVE)
        equipped = [self._weekday(max(self.window_start, LEAVING - 8 * DAY), LEAVING) for _ in range(3)]
        return replace(
            person,
            available_from=self.random.choice(starts),
            laptop_on=equipped[0],
            system_access_on=equipped[1],
            induction_on=equipped[2],
        )

    def _late(self, person: Worker) -> Worker:
        """Ready after go-live: access to the case system is late, for some the DBS too, so that they cannot meet."""
        access = self._weekday(GO_LIVE + 2 * DAY, date(2022, 12, 14))
        dbs = access if self._chance(0.3) else person.dbs_issued_on
        return replace(person, system_access_on=access, dbs_issued_on=dbs)

    def _capped(self, receiving: list[Worker], children: list[Child]) -> list[Worker]:
        """One in twelve may hold no more than four fifths of an even caseload."""
        total = sum(c.points if c.points is not None else DEFAULT_POINTS[c.plan] for c in children)
        most = total * 4 // (5 * len(receiving))
        return [replace(w, max_points=most) if n % 12 == 8 else w for n, w in enumerate(receiving)]

    # Children ----------------------------------------------------------------------------------------------------

    def _children(self, holders: list[Worker], receiving: list[Worker]) -> list[Child]:
        ids = [w.worker_id for w in holders]
        weights = [self.random.randint(7, 31) for _ in ids]
        largest = 5 if self.spacious else 3
        found: list[Child] = []
        family = 0
        while len(found) < self.size:
            family += 1
            found += self._family(
                f"F{family:04}", len(found), min(largest, self.size - len(found)), ids, weights, receiving
            )
        return found

    def _family(
        self, family_id: str, before: int, most: int, holders: list[str], weights: list[int], receiving: list[Worker]
    ) -> list[Child]:
        size = min(most, self.random.choice(FAMILY_SIZES))
        plan = self.random.choice(PLANS)
        holder = self.random.choices(holders, weights)[0]
        split = self._chance(0.11)
        languages = (self.random.choice(LANGUAGES),) if self._chance(0.09) else ()
        postcode = self._postcode()
        closes = (date(2023, 1, 13), date(2023, 2, 10), date(2023, 3, 3))
        siblings = []
        for n in range(before + 1, before + size + 1):
            own = plan if self._chance(0.8) else self.random.choice(PLANS)
            siblings.append(
                Child(
                    f"C{n:05}",
                    family_id,
                    own,
                    self.random.choices(holders, weights)[0] if split else holder,
                    self.random.choice(POINTS),
                    self._needs(own),
                    languages,
                    postcode,
                    self.random.choice(closes) if self._chance(0.35) else None,
                )
            )
        needs = {need for child in siblings for need in child.needs}
        able = sum(needs <= set(w.skills) for w in receiving)
        # a need that hardly anybody meets would make of the example a puzzle
        return siblings if able >= 2 else [replace(child, needs=()) for child in siblings]

    def _needs(self, plan: str) -> tuple[str, ...]:
        if plan == "court":
            return ("court",) if self._chance(0.83) else ()
        return (self.random.choice(OTHER_NEEDS),) if self._chance(0.047) else ()

    def _history(self, child: Child, receiving: list[Worker]) -> list[Episode]:
        """One to six episodes, the last current; the first may reach back for more than a year."""
        count = self.random.choice(EPISODES)
        starts = [self.window_start - DAY * self.random.randint(5, 45)]
        for n in range(1, count):
            long_ago = n == count - 1 and self._chance(0.5)
            starts.append(
                starts[-1] - DAY * (self.random.randint(120, 500) if long_ago else self.random.randint(20, 79))
            )
        starts.reverse()
        found = []
        for start, following in pairwise(starts):
            before = f"P{self.random.randint(1, self.receiving_count):03}"
            who = self.random.choice(receiving).worker_id if self._chance(0.09) else before
            found.append(Episode(child.child_id, who, start, following - DAY))
        return [*found, Episode(child.child_id, child.worker_id, starts[-1])]

    def _events(self, child: Child) -> list[Event]:
        found = []

        def add(kind: str, first: int, last: int, times: Sequence[time | None]) -> None:
            on = self._weekday(GO_LIVE + first * DAY, GO_LIVE + last * DAY)
            found.append(Event(child.child_id, kind, on, self.random.choice(times)))

        if child.plan in ("child_protection", "court"):
            add("statutory_visit", -11, 11 if self._chance(0.9) else 25, (None,))
        if child.plan == "child_protection" and self._chance(0.06):
            add("review_conference", -11, 18, (time(10), time(14)))
        if child.plan == "court" and self._chance(0.12):
            add("court_hearing", -11, 18, (time(10),))
        if child.plan == "looked_after" and self._chance(0.28):
            add("looked_after_review", -11, 25, (time(11),))
        return found

    def _absences(self, worker: Worker) -> list[Absence]:
        found = []
        if self._chance(0.42):
            day = datetime.combine(self._weekday(self.window_start, LEAVING), time.min)
            found.append(Absence(worker.worker_id, day, day + DAY, "leave"))
        if self._chance(0.36):
            day = datetime.combine(self._weekday(self.window_start, LEAVING), time.min)
            found.append(Absence(worker.worker_id, day + timedelta(hours=9), day + timedelta(hours=12), "court"))
        return found

    def _rules(self, children: list[Child], receiving: list[Worker]) -> list[Rule]:
        """`knows` and `never` at random; in a late decision also a few `always` and `separate`.

        A family has no more than one `always` or `never`, so that somebody is left who can take it.
        """
        siblings = Counter(child.family_id for child in children)
        found = []
        bound: set[str] = set()
        for child in children:
            who = self.random.choice(receiving)
            roll = self.random.random()
            if roll < 0.06:
                found.append(Rule(child.child_id, who.worker_id, "knows", "co-worked before"))
            elif roll < 0.105 and child.family_id not in bound:
                found.append(Rule(child.child_id, who.worker_id, "never", "conflict of interest"))
                bound.add(str(child.family_id))
            elif roll > 0.985 and self.kind == "one-week" and child.family_id not in bound:
                needs = {need for other in children if other.family_id == child.family_id for need in other.needs}
                able = [w for w in receiving if needs <= set(w.skills)]
                found.append(
                    Rule(child.child_id, self.random.choice(able).worker_id, "always", "court ordered continuity")
                )
                bound.add(str(child.family_id))
            elif roll > 0.98 and self.kind == "one-week" and siblings[child.family_id] > 1:
                found.append(Rule(child.child_id, None, "separate", "not in the child's interest to share"))
        return found
