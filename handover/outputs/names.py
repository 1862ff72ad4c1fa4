"""File names made from ids: an id is any text on one line, and no id may lead out of the folder (contract §1)."""

import re
from hashlib import sha256

PLAIN = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,63}")
"""Ids that are file names as they stand. Small letters are not: `w1` and `W1` are two people, and on many disks one
file."""
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""
UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST = 40


def file_name(ident: str) -> str:
    """A file name (without an ending) for an id: the same for the same id, never the same for two, inside any folder.

    `W001` stays; `../W001` becomes `_W001-` and 12 hexadecimal digits.
    """
    if PLAIN.fullmatch(ident) and not RESERVED.fullmatch(ident):
        return ident
    return f"{UNSAFE.sub('_', ident)[:LONGEST]}-{sha256(ident.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def is_plain(name: str) -> bool:
    """Whether a name, with its ending, is one of a file in a folder on any system, and leads nowhere else."""
    return (
        re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,120}", name) is not None
        and name[-1] not in ". "
        and not RESERVED.fullmatch(name.partition(".")[0])
    )
