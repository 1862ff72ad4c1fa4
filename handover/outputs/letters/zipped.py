"""Word files with the same bytes whenever they are written."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can tell."""


def same_bytes(content: bytes) -> bytes:
    """A zip file with the same parts, in order, and no time of day."""
    anew = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(anew, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            info = ZipInfo(part.filename, FIRST_DAY)
            info.compress_type = ZIP_DEFLATED
            new.writestr(info, old.read(part.filename))
    return anew.getvalue()


def unpacked_size(content: bytes) -> int:
    """Bytes that a zip file says it holds unpacked. Raises zipfile.BadZipFile."""
    with ZipFile(BytesIO(content)) as file:
        return sum(part.file_size for part in file.infolist())
