"""What is in an office file (a zip), unpacked up to a limit: a zip's own word on its sizes is not believed."""

import zipfile
from collections.abc import Mapping
from typing import IO

MOST_PARTS = 2000
PACKED_BY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""All that office programs use; unpacking the others may ask for gigabytes before the first byte."""


def unpacked(file: IO[bytes], most_bytes: int) -> Mapping[str, bytes]:
    """The parts of a zip by name, in order.

    Raises ValueError for one of too many parts, of more than `most_bytes` of all parts together, with two parts of one
    name (capitals or not: readers differ on which of them counts), or not packed as office programs do; and
    zipfile.BadZipFile, zlib.error, RuntimeError, EOFError or OSError for what is no sound zip.
    """
    parts: dict[str, bytes] = {}
    room = most_bytes
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS} parts")
        if len({entry.filename.casefold() for entry in entries}) < len(entries):
            raise ValueError("it has two parts of one name")
        for entry in entries:
            if entry.compress_type not in PACKED_BY:
                raise ValueError("it is not packed as office programs do")
            with archive.open(entry) as part:
                parts[entry.filename] = part.read(room + 1)
            room -= len(parts[entry.filename])
            if room < 0:
                raise ValueError(f"unpacked it is larger than {most_bytes >> 20} MB")
    return parts
