"""Why a child goes to this worker, or which rule leaves nobody, in words for a service lead (contract §5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from handover.caseload import family_points, team_bands, worker_bands
from handover.clearance import bars, failed, failed_checks, ready_on, receiving_workers
from handover.continuity import changes, is_late, known_workers
from handover.engagement import Child, Engagement, Family, Worker

NAMED_AT_MOST = 4
"""How many people or children a sentence names before it counts the rest."""


def why(child: Child, to_worker_id: str | None, engagement: Engagement, to_worker: Mapping[str, str | None]) -> str:
    """The reason for one child's row of the schedule, a sentence or two. §5.

    `to_worker` is the whole allocation, family id to worker. For many children make `Reasons` once.
    """
    return Reasons(engagement, to_worker).why(child, to_worker_id)


class Reasons:
    """Reasons for every child of one allocation (family id to worker id); what workers share is worked out once."""

    def __init__(self, engagement: Engagement, to_worker: Mapping[str, str | None]) -> None:
        self.engagement = engagement
        self.to_worker = to_worker
        self.receiving = {w.worker_id: w for w in receiving_workers(engagement)}
        self.bands = worker_bands(engagement)
        self.team_bands = team_bands(engagement)
        self.load: dict[str, int] = defaultdict(int)
        self.team_load: dict[str, int] = defaultdict(int)
        for family in engagement.families:
            worker_id = to_worker.get(family.family_id)
            if worker_id is not None:
                self.load[worker_id] += family_points(family, engagement)
                self.team_load[str(engagement.worker[worker_id].team_id)] += family_points(family, engagement)
        self._never: dict[str, set[str]] = defaultdict(set)
        for child_id, worker_id in engagement.never:
            self._never[child_id].add(worker_id)
        self._skilled: dict[frozenset[str], frozenset[str]] = {}
        self._able: dict[str, frozenset[str]] = {}

    def why(self, child: Child, to_worker_id: str | None) -> str:
        """The reason for one child: why this worker, and why a change; or which rule leaves nobody. §5."""
        family = self.engagement.family_of[child.child_id]
        if to_worker_id is None:
            return _sentence(self.nobody(family))
        worker = self.engagement.worker[to_worker_id]
        stays = worker.worker_id == child.worker_id
        first = self._stays(family, child, worker) if stays else self._goes(family, child, worker)
        then = [] if stays else [self._change(family, child, worker)]
        if is_late(child, worker, self.engagement):
            ready = ready_on(worker, self.engagement)
            then.append(f"{worker.name} is ready only on {ready}, so an interim worker holds the child until then")
        if self._leaves(child, worker):
            then.append(f"{worker.name} leaves on {worker.available_to}, so the child will change again")
        return f"{first}. {_sentence('; '.join(then))}".strip()

    def able(self, family: Family) -> frozenset[str]:
        """Ids of the receiving workers who can take the family, whatever they hold already. §2."""
        if family.family_id not in self._able:
            able = self._with_skills(family)
            for child in family.children:
                if child.child_id in self._never:
                    able = able - self._never[child.child_id]
                always = self.engagement.always.get(child.child_id)
                if always is not None:
                    able = able & {always}
            self._able[family.family_id] = able
        return self._able[family.family_id]

    def against(self, family: Family, other: Worker, worker: Worker) -> str:
        """What speaks for `worker` and against another who could take the family too, in a few words: changes first,
        then the caseloads of this plan. §3."""
        more = self._changes(family, other) - self._changes(family, worker)
        if more > 0:
            return f"{more} more {'change' if more == 1 else 'changes'} of worker"
        return self._no_room(family, other, worker).removeprefix("but ")

    def nobody(self, family: Family) -> str:
        """Which rule leaves nobody for the family, in words that start a sentence. §2, §5."""
        nobody = f"nobody can take {_whom(family)}: "
        if not self.receiving:
            return f"{nobody}no worker of the incoming teams may receive cases"
        ruled = self._ruled_out(family)
        if ruled:
            return nobody + ruled
        points = family_points(family, self.engagement)
        full = [w for w in sorted(self.able(family)) if self._over_most(w, points)]
        room = sorted(self.able(family) - set(full))
        if room:
            return (
                f"no place was found for {_whom(family)} before the search ended, though {_some(room)} could take "
                "more; plan again with more time"
            )
        holds = [f"{w} holds {self.load[w]} of at most {self.receiving[w].max_points} points" for w in full]
        who = "the only worker who could is" if len(full) == 1 else f"all {len(full)} workers who could are"
        return f"{nobody}{who} full for {points} more points ({_some(holds, '; ')})"

    def _stays(self, family: Family, child: Child, worker: Worker) -> str:
        others = [c.child_id for c in family.children if c != child]
        together = f", together with {_some(others)}" if others else ""
        return f"Stays with {_name(worker)}, who holds the case now{together}"

    def _goes(self, family: Family, child: Child, worker: Worker) -> str:
        known = worker.worker_id in known_workers(child, self.engagement)
        count = len(self.able(family))
        needs = ", ".join(_needs(family))
        among = "the only receiving worker" if count == 1 else f"one of {count} receiving workers"
        siblings = [c.child_id for c in family.children if c.child_id != child.child_id]
        held = [c.child_id for c in family.children if c.worker_id == worker.worker_id]
        join = f", who holds {_some(held)} now" if held else ""
        return (
            f"Goes{f' with {_some(siblings)}' if siblings else ''} to {_name(worker)}{join}: "
            f"{'known' if known else 'new'} to the child, {among} who can take {_whom(family)}"
            f"{f' (needs {needs})' if needs else ''}"
        )

    def _change(self, family: Family, child: Child, worker: Worker) -> str:
        """Why the child does not stay with who holds it now."""
        now = self.engagement.worker[child.worker_id]
        if now.worker_id not in self.receiving:
            return f"the change cannot be avoided: {_name(now)} {self.not_receiving(now)}"
        barred = bars(family, now, self.engagement)
        if barred:
            return f"the change cannot be avoided: {_name(now)} cannot take {_whom(family)} ({', '.join(barred)})"
        if self._changes(family, now) >= self._changes(family, worker):
            if self._leaves(child, now):
                return f"staying would be no fewer changes: {_name(now)} leaves on {now.available_to}"
            return f"siblings move together, and staying with {_name(now)} would be no fewer changes for them"
        return f"{_name(now)} could have kept {_whom(family)}, {self._no_room(family, now, worker)}"

    def _no_room(self, family: Family, now: Worker, worker: Worker) -> str:
        """What in the caseloads of this plan keeps a family from who holds it now."""
        points = family_points(family, self.engagement)
        mine, theirs = str(now.team_id), str(worker.team_id)
        load, team_load = self.load[now.worker_id] + points, self.team_load[mine] + points
        if self._over_most(now.worker_id, points):
            return f"but would hold {load} points, above the {now.max_points} set as the most"
        if load > self.bands[now.worker_id].high:
            return f"but would hold {load} points, above the band's {self.bands[now.worker_id].high}"
        if mine != theirs and team_load > self.team_bands[mine].high:
            return f"but team {mine} would hold {team_load} points, above its band's {self.team_bands[mine].high}"
        if mine != theirs and self.team_load[theirs] - points < self.team_bands[theirs].low:
            left = self.team_load[theirs] - points
            return f"but team {theirs} would be left with {left} points, below its band's {self.team_bands[theirs].low}"
        if self.load[worker.worker_id] - points < self.bands[worker.worker_id].floor:
            return f"but {worker.worker_id} would be left below the least every worker must hold"
        return "but in the best plan found for all children together they go elsewhere"

    def _ruled_out(self, family: Family) -> str:
        """The rule or skill that leaves nobody; blank when somebody could take the family."""
        pins = {
            c.child_id: self.engagement.always[c.child_id]
            for c in family.children
            if c.child_id in self.engagement.always
        }
        if len(set(pins.values())) > 1:
            said = " but ".join(f"{child_id} must always go to {worker_id}" for child_id, worker_id in pins.items())
            return f"the siblings' rules contradict each other: {said}"
        for child_id, worker_id in pins.items():
            worker = self.engagement.worker[worker_id]
            said = f"{child_id} must always go to {_name(worker)}, who"
            if worker_id not in self.receiving:
                return f"{said} {self.not_receiving(worker)}"
            barred = bars(family, worker, self.engagement)
            if barred:
                return f"{said} cannot take {_whom(family)} ({', '.join(barred)})"
        skilled = self._with_skills(family)
        if not skilled:
            return self._skill_missing(family)
        if not self.able(family):
            having = f" with {' and '.join(_needs(family))}" if _needs(family) else ""
            return f"`never` rules bar every receiving worker{having} ({_some(sorted(skilled))})"
        return ""

    def _skill_missing(self, family: Family) -> str:
        needs = _needs(family)
        lost = [need for need in needs if not any(need in w.skills for w in self.receiving.values())]
        if not lost:
            return f"no receiving worker has {' and '.join(needs)} together"
        children = [c.child_id for c in family.children if set(c.needs) & set(lost)]
        elsewhere = [
            f"{w.worker_id} has it but {self.not_receiving(w)}"
            for w in self.engagement.workers
            if w.side != "outgoing" and w.worker_id not in self.receiving and set(lost) <= set(w.skills)
        ]
        verb = "needs" if len(children) == 1 else "need"
        said = f"no receiving worker has the skill {' or '.join(lost)} that {_some(children)} {verb}"
        return f"{said} ({_some(elsewhere, '; ')})" if elsewhere else said

    def _with_skills(self, family: Family) -> frozenset[str]:
        needs = frozenset(_needs(family))
        if needs not in self._skilled:
            self._skilled[needs] = frozenset(w for w, person in self.receiving.items() if needs <= set(person.skills))
        return self._skilled[needs]

    def not_receiving(self, worker: Worker) -> str:
        """What keeps a person from receiving cases, as the rest of a sentence about them."""
        if worker.side == "outgoing":
            return "works for the outgoing provider"
        if worker.role != "social_worker":
            return "is a team manager and receives no cases"
        missing = failed_checks(worker, self.engagement)
        if missing:
            return f"is not cleared ({', '.join(missing)})"
        if "ready_on" in failed(worker, self.engagement):
            return f"is ready only on {ready_on(worker, self.engagement)}, after the contract ends"
        return f"leaves on {worker.available_to}, before they could start"

    def _changes(self, family: Family, worker: Worker) -> int:
        return sum(changes(child, worker, self.engagement) for child in family.children)

    def _leaves(self, child: Child, worker: Worker) -> bool:
        """True when the worker leaves before the end of the child's need. §3."""
        until: date = min(self.engagement.settings.contract_end, child.expected_close_on or date.max)
        return worker.available_to is not None and worker.available_to < until

    def _over_most(self, worker_id: str, points: int) -> bool:
        most = self.receiving[worker_id].max_points
        return most is not None and self.load[worker_id] + points > most


def _needs(family: Family) -> tuple[str, ...]:
    return tuple(sorted({need for child in family.children for need in child.needs}))


def _whom(family: Family) -> str:
    return "the child" if len(family.children) == 1 else f"the family of {len(family.children)}"


def _name(worker: Worker) -> str:
    return f"{worker.name} ({worker.worker_id})"


def _some(words: Iterable[str], joint: str = ", ") -> str:
    """The first few, and how many more."""
    listed = list(words)
    more = len(listed) - NAMED_AT_MOST
    return joint.join(listed[:NAMED_AT_MOST]) + (f"{joint}{more} more" if more > 0 else "")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
