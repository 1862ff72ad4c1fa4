"""Pseudonyms for children and families: keyed, so that only the database that holds the key can turn one back.

A plain hash of an id of few digits is guessed in seconds; HMAC-SHA256 under a random key of 256 bits is not. The same
id has the same pseudonym in every export of one database, and another in another database.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from handover.engagement import Absence, Engagement, Rule, Task, engagement
from handover.flags import flags
from handover.plan import SEVERITIES, Allocation, Flag, Plan
from handover.why import Reasons

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which people misread."""
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
LENGTH = 11
"""Characters after the leading X: 55 bits. More where two ids of a database would have the same."""
GROUP = 4
NAMED = ("child_id", "family_id")
"""Fields of any row that name a child or a family."""
WORDED: Mapping[type, str] = {Absence: "reason", Rule: "reason", Task: "name"}
"""Fields in a person's own words, which may name one."""

_OPEN, _SHUT = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([0-9]+){_SHUT}")

Naming = Callable[[str], str]


def pseudonyms(ids: Iterable[str], key: bytes) -> Mapping[str, str]:
    """By id, its pseudonym: the same whatever the other ids, but for one chance in millions, and never one for two."""
    digests = {ident: _characters(hmac.digest(key, ident.encode("utf-8", "surrogatepass"), "sha256")) for ident in ids}
    length = LENGTH
    while len({digest[:length] for digest in digests.values()}) < len(digests):
        length += 1
    return {ident: _grouped("X" + digest[:length]) for ident, digest in digests.items()}


def turned_back(asked: str, names: Mapping[str, str]) -> str | None:
    """The id behind a pseudonym, however it was typed; None where none, or more than one, begins so."""
    wanted = _plain(asked)
    found = [ident for ident, name in names.items() if len(wanted) > LENGTH and _plain(name).startswith(wanted)]
    return found[0] if len(found) == 1 else None


def renamed(of: Engagement, plan: Plan, names: Mapping[str, str]) -> tuple[Engagement, Plan]:
    """The engagement and the plan with every child and family under its pseudonym, in every field and sentence.

    Sentences are made anew with marks in place of the ids, and the marks then replaced: a child whose id is 12 does not
    turn "12 points" into a pseudonym. A sentence that this version would put otherwise has its words replaced.
    """
    ids = sorted(names)
    marks = {ident: f"{_OPEN}{number:09}{_SHUT}" for number, ident in enumerate(ids)}
    words = _Words(marks)
    marked = _rows(of, lambda ident: marks.get(ident, ident), words)
    plan = _marked_plan(marked, plan, words)
    by_number = [names[ident] for ident in ids]

    def named(text: str) -> str:
        return _with(text, by_number)

    return _rows(marked, named, named), _named_plan(plan, named)


def _rows(of: Engagement, naming: Naming, wording: Naming) -> Engagement:
    """The engagement with its rows' ids and reasons put otherwise, in canonical order again."""

    def row(value: Any) -> Any:  # noqa: ANN401 (a row of any table)
        changed = {name: naming(getattr(value, name)) for name in NAMED if getattr(value, name, None)}
        worded = WORDED.get(type(value))
        return replace(value, **changed, **({worded: wording(getattr(value, worded))} if worded else {}))

    tables = (getattr(of, f.name) for f in fields(of))
    given: Any = [tuple(row(r) for r in table) if isinstance(table, tuple) else table for table in tables]
    return engagement(*given)


def _marked_plan(marked: Engagement, plan: Plan, words: "_Words") -> Plan:
    """The plan for the engagement with marks; its sentences made anew where that gives what was stored."""
    marks = words.marks
    to_worker = {marks.get(a.family_id, a.family_id): a.to_worker_id for a in plan.allocations}
    reasons = Reasons(marked, to_worker)

    def allocation(a: Allocation) -> Allocation:
        child_id = marks.get(a.child_id, a.child_id)
        why = reasons.why(marked.child[child_id], a.to_worker_id)
        why = why if words.back(why) == a.why else words(a.why)
        return replace(a, child_id=child_id, family_id=marks.get(a.family_id, a.family_id), why=why)

    plan_marked = replace(
        plan,
        allocations=tuple(allocation(a) for a in plan.allocations),
        appointments=tuple(replace(a, family_id=marks.get(a.family_id, a.family_id)) for a in plan.appointments),
        remedies=tuple(words(remedy) for remedy in plan.remedies),
    )
    made = flags(marked, plan_marked)
    subjects = {(words.back(f.subject), words.back(f.matter)): f.subject for f in made}
    anew = {words.back(text): text for f in made for text in (f.matter, f.action)}

    def flag(stored: Flag) -> Flag:
        subject = subjects.get((stored.subject, stored.matter)) or marks.get(stored.subject, stored.subject)
        matter, action = (anew.get(text) or words(text) for text in (stored.matter, stored.action))
        return Flag(stored.severity, subject, matter, action)

    return replace(plan_marked, flags=tuple(flag(f) for f in plan.flags))


def _named_plan(plan: Plan, named: Naming) -> Plan:
    """The marks replaced; rows in order of the pseudonyms, so that their order says nothing of the ids."""
    allocations = (
        replace(a, child_id=named(a.child_id), family_id=named(a.family_id), why=named(a.why)) for a in plan.allocations
    )
    appointments = (replace(a, family_id=named(a.family_id)) for a in plan.appointments)
    told = (replace(f, subject=named(f.subject), matter=named(f.matter), action=named(f.action)) for f in plan.flags)
    return replace(
        plan,
        allocations=tuple(sorted(allocations, key=lambda a: a.child_id)),
        appointments=tuple(sorted(appointments, key=lambda a: (a.start, a.family_id, a.kind))),
        flags=tuple(sorted(told, key=lambda f: (SEVERITIES.index(f.severity), f.subject, f.matter, f.action))),
        remedies=tuple(named(remedy) for remedy in plan.remedies),
    )


class _Words:
    """Puts marks in place of ids wherever these stand as words in a sentence: the last resort, which takes any number
    for an id."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        self.marks = marks
        self._ids = sorted(marks)
        self._longest_first = sorted(marks, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The sentence with marks for ids."""
        for ident in self._longest_first:
            if ident in text:
                text = re.sub(rf"(?<![\w{_OPEN}]){re.escape(ident)}(?![\w{_SHUT}])", self.marks[ident], text)
        return text

    def back(self, text: str) -> str:
        """The sentence with its ids again."""
        return _with(text, self._ids)


def _with(text: str, by_number: Sequence[str]) -> str:
    """The sentence with what stands at each mark's number."""
    return _MARK.sub(lambda mark: by_number[int(mark[1])] if int(mark[1]) < len(by_number) else mark[0], text)


def _characters(digest: bytes) -> str:
    """A digest in our alphabet, five bits a character, none left over."""
    number = int.from_bytes(digest, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(len(digest) * 8 - 5, 0, -5))


def _grouped(name: str) -> str:
    """X7K3M9QTX2WP as X7K3-M9QT-X2WP."""
    return "-".join(name[start : start + GROUP] for start in range(0, len(name), GROUP))


def _plain(name: str) -> str:
    return name.strip().upper().translate(READ_AS)
