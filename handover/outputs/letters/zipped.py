"""Word files with the same bytes whenever they are written."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can tell."""


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of these parts, in order, and no time of day."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as file:
        for name, part in parts.items():
            info = ZipInfo(name, FIRST_DAY)
            info.compress_type = ZIP_DEFLATED
            file.writestr(info, part)
    return content.getvalue()


def same_bytes(content: bytes) -> bytes:
    """The zip file with the same parts, in order, and no time of day."""
    with ZipFile(BytesIO(content)) as file:
        return packed({part.filename: file.read(part) for part in file.infolist()})
