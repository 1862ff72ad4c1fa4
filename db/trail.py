"""The trail's chain: each line carries a keyed digest of its content and of the line before it.

The key (HMAC-SHA256) is random, made with the database and kept in it. In an encrypted database, then, only who has the
database's key can make a line that fits. In a plain one anybody who can read the file can read the key too: there the
chain shows accidents and careless changes, and against a forger only a head printed on paper helps. The same goes for
lines cut off at the end, which no chain shows by itself: `handover audit verify HEAD` looks for a printed head.
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any

FIRST = "0" * 64
"""What the first line has for the digest of the line before."""
KEY_DIGITS = 64
"""Hexadecimal digits of the key."""
HEAD_DIGITS = 20
"""Hexadecimal digits of a digest in a head: 80 bits, few enough to be typed from paper."""


def digest(key: str, previous: str, line: Sequence[Any]) -> str:
    """The digest of a line: entry, at, who, what, input_sha256, plan_id, details, each as it is stored."""
    text = json.dumps([previous, *line], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(bytes.fromhex(key), text.encode(), "sha256").hexdigest()


def head(entry: int, mac: str) -> str:
    """A line's number and the beginning of its digest, as printed on what is exported."""
    return f"{entry}-{mac[:HEAD_DIGITS]}"


def broken(key: str, lines: Sequence[Sequence[Any]], wanted: str | None = None) -> str | None:
    """What is wrong with the chain, naming the first line that does not hold; None when all do.

    Each line: entry, at, who, what, input_sha256, plan_id, details, previous, mac, as stored, in order. `wanted` is a
    head from paper that must be among them.
    """
    before = FIRST
    for number, line in enumerate(lines, 1):
        *content, previous, mac = line
        entry, at, who, what = content[:4]
        if entry != number:
            return f"line {number} is missing (line {entry} comes next)"
        said = f"line {entry} ({what}, {at[:10]}, {who})"
        if previous != before:
            return f"{said} does not follow on the line before it"
        if not hmac.compare_digest(mac, digest(key, previous, content)):
            return f"{said} is not as it was written"
        before = mac
    if not lines:
        return "line 1 is missing (there is none)"
    heads = {head(line[0], line[-1]) for line in lines}
    if wanted is not None and wanted.strip().lower() not in heads:
        return f"no line has the head {wanted.strip()!r}: lines were cut off or replaced since it was printed"
    return None
