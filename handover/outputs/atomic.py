"""Files written whole or not at all, for their owner's eyes only (contract §5)."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from handover.errors import UsageError


def replace_files(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Put the named files into folder `out`, all of them or none; what else is in the folder stays.

    A new folder appears at once with everything in it. In one that is there, each file is replaced in one step, and put
    back as it was if a later one fails. A link of the same name is replaced, not followed.

    Raises UsageError when the disk is full, the folder cannot be written to, or is a file.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = not os.path.lexists(out)
        # in the folder itself where it is there, so that both are on one disk also when it is a mount or a link
        staging = Path(mkdtemp(prefix=".handover-", dir=out.parent if fresh else out))
        try:
            for name, content in files.items():
                _write(staging / name, content)
            if fresh:
                staging.rename(out)
            else:
                _swap(staging, out, tuple(files))
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"The files were not written to {out} ({_reason(error)}); what was there before is as it was. "
            "Close files that are open in a spreadsheet, make room or name another folder, and run it again."
        ) from error
    return tuple(out / name for name in files)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _swap(staging: Path, out: Path, names: tuple[str, ...]) -> None:
    """Move the files from `staging` into `out`; on any failure put back those already moved."""
    kept = staging / "before"
    kept.mkdir(mode=0o700)
    before = {name for name in names if os.path.lexists(out / name)}
    for name in sorted(before):
        shutil.copy2(out / name, kept / name, follow_symlinks=False)
    try:
        for name in names:
            (staging / name).replace(out / name)
    except BaseException:
        for name in names:
            with suppress(OSError):  # one that cannot be put back must not keep the others from it
                if os.path.lexists(staging / name):
                    continue  # never moved
                if name in before:
                    (kept / name).replace(out / name)
                else:
                    (out / name).unlink(missing_ok=True)
        raise
