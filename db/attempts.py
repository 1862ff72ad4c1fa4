"""Failed unlockings: noted beside the database, which is locked, and taken into its trail when it is next opened.

The note holds who and when, and nothing of what was tried. It is only as good as the folder it lies in: whoever may
write there may delete it.
"""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from pathlib import Path

from db.store import Store

MOST_BYTES = 100_000
"""No more is noted or read: about a thousand attempts."""


def note_of(path: Path) -> Path:
    """The file beside a database in which failed attempts to open it are noted."""
    return path.with_name(f"{path.name}.failed-unlocks")


def note(path: Path, who: str, at: datetime) -> None:
    """Note that the database could not be unlocked. Where nothing can be written, the attempt goes unnoted."""
    line = json.dumps({"attempt": secrets.token_hex(8), "at": at.isoformat(), "who": who})
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with suppress(OSError), os.fdopen(os.open(note_of(path), flags, 0o600), "a", encoding="utf-8") as file:
        if file.tell() < MOST_BYTES:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())


def take_in(path: Path, writing: Callable[[], AbstractContextManager[Store]]) -> None:
    """Write the attempts noted into the trail, each once, and delete the note."""
    text = _read(note_of(path))
    if text is None:
        return
    with writing() as store:
        told = {row.details.get("attempt") for row in store.trail() if row.what == "failed unlock"}
        for attempt in filter(None, map(_attempt, text.splitlines())):
            if attempt["attempt"] not in told:
                store.audit("failed unlock", None, attempt)
    with suppress(OSError):
        note_of(path).unlink()


def _read(path: Path) -> str | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read(MOST_BYTES * 2).decode(errors="replace")
    except OSError:
        return None


def _attempt(line: str) -> dict[str, str] | None:
    """A line of the note, which anybody could have written: text of the right names alone, and not much of it."""
    try:
        found = json.loads(line)
        return {name: str(found[name])[:100] for name in ("attempt", "at", "who")}
    except (ValueError, KeyError, TypeError):
        return None
