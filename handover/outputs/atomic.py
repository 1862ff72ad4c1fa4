"""Files written whole or not at all, for their owner's eyes only (contract §5).

A program killed in the middle of replacing files leaves `UNFINISHED` in the folder, and the next one that writes there
puts back what was there before. Only the names it finds listed there are touched, and nothing outside the folder.
"""

import errno
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from handover.errors import UsageError
from handover.outputs.names import is_plain

UNFINISHED = "UNFINISHED.txt"
"""In a folder whose files are just being replaced. Left there by a kill, it says to a person what to do."""
STAGING = ".handover-writing-"
OURS = re.compile(re.escape(STAGING) + r"[A-Za-z0-9_]{6,12}")
BEFORE = "before"
ATTEMPTS, PAUSE = 100, 0.1
"""How often, and how many seconds apart, a folder is asked for that another command is writing to."""
WORDS = (
    "The files in this folder were being replaced when handover was stopped: some are new, some are the old ones.\n"
    "Write them again (handover export PLAN --out FOLDER): what was here before is put back first.\n"
)


def replace_files(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Put the named files into folder `out`, all of them or none; what else is in the folder stays.

    A new folder appears at once with everything in it. In one that is there, each file is replaced in one step, and put
    back as it was if a later one fails; or, after a kill, when the folder is next written to. A link of the same name
    is replaced, not followed, and a link in the folder's own place is refused: somebody may have put it there.

    Raises UsageError when the disk is full, the folder cannot be written to, is a file or a link, or is just being
    written to;
    ValueError for a name that is not a plain file name.
    """
    if odd := [name for name in files if not is_plain(name)]:
        raise ValueError(f"{len(odd)} names are not plain file names")
    try:
        make_folder(out.parent)
        fresh = not os.path.lexists(out)
        # in the folder itself where it is there, so that both are on one disk also when it is a mount
        around = out.parent if fresh else out
        with _alone(around):
            if out.is_symlink():
                raise NotADirectoryError(errno.ENOTDIR, "it is a link: name the folder that it leads to")
            _clear(around)
            staging = Path(mkdtemp(prefix=STAGING, dir=around))
            try:
                for name, content in files.items():
                    _write(staging / name, content)
                if fresh:
                    staging.rename(out)
                    _to_disk(around)
                else:
                    _swap(staging, out, tuple(files))
            finally:
                if not os.path.lexists(around / UNFINISHED):
                    shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"The files were not written to {out} ({_reason(error)}); what was there before is as it was. "
            "Close files that are open in a spreadsheet, make room or name another folder, and run it again."
        ) from error
    return tuple(out / name for name in files)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are not there, for this user alone (0700). Raises OSError."""
    for folder in reversed([p for p in (path, *path.parents) if not p.exists()]):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read, down to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _to_disk(folder: Path) -> None:
    """The folder's list of names, down to the disk, where the system can."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other handover command writes to the folder meanwhile, where the system can say so (POSIX)."""
    if os.name != "posix":
        yield
        return
    import fcntl  # noqa: PLC0415 (not on Windows)

    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for attempt in range(ATTEMPTS):
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == ATTEMPTS - 1:
                    raise BlockingIOError(errno.EBUSY, "another handover command is writing there") from None
                time.sleep(PAUSE)
            except OSError:  # a disk that knows no locks
                break
        yield
    finally:
        os.close(number)


def _clear(folder: Path) -> None:
    """Undo, and take away, what a killed command left in the folder. Nobody else is writing to it now."""
    if journal := _journal(folder):
        _put_back(folder, journal)
        if os.path.lexists(folder / UNFINISHED):
            raise PermissionError(errno.EACCES, "files that a stopped command left cannot be put back")
    for left in folder.glob(f"{STAGING}*"):
        if OURS.fullmatch(left.name) and left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)


def _swap(staging: Path, out: Path, names: Sequence[str]) -> None:
    """Move the files from `staging` into `out`; on any failure put back those already moved."""
    before = staging / BEFORE
    before.mkdir(mode=0o700)
    there = [name for name in names if os.path.lexists(out / name)]
    for name in there:
        shutil.copy2(out / name, before / name, follow_symlinks=False)
    journal = _Journal(staging.name, tuple(names), tuple(there))
    _write(staging / UNFINISHED, (WORDS + json.dumps(vars(journal))).encode())
    for folder in (before, staging):
        _to_disk(folder)
    (staging / UNFINISHED).replace(out / UNFINISHED)
    _to_disk(out)
    try:
        for name in names:
            (staging / name).replace(out / name)
        _to_disk(out)
    except BaseException:
        _put_back(out, journal)
        raise
    (out / UNFINISHED).unlink()
    _to_disk(out)


@dataclass(frozen=True)
class _Journal:
    """A replacing that is going on: the folder its new files come from, their names, and which of them replace one."""

    staging: str
    names: tuple[str, ...]
    there: tuple[str, ...]


def _journal(folder: Path) -> _Journal | None:
    """The replacing that a killed command left unfinished in the folder; None where there is none of ours."""
    if (folder / UNFINISHED).is_symlink() or not (folder / UNFINISHED).is_file():  # a pipe would never end
        return None
    try:
        kept = json.loads((folder / UNFINISHED).read_text(encoding="utf-8").removeprefix(WORDS))
        journal = _Journal(str(kept["staging"]), tuple(map(str, kept["names"])), tuple(map(str, kept["there"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    ours = OURS.fullmatch(journal.staging) and all(map(is_plain, journal.names))
    return journal if ours and (folder / journal.staging / BEFORE).is_dir() else None


def _put_back(out: Path, journal: _Journal) -> None:
    """Undo a replacing as far as it had come; it may be stopped at any point and done again."""
    staging, whole = out / journal.staging, True
    for name in journal.names:
        try:
            if os.path.lexists(staging / name):
                continue  # never moved
            if name not in journal.there:
                (out / name).unlink(missing_ok=True)
            elif os.path.lexists(staging / BEFORE / name):  # else it is back already
                (staging / BEFORE / name).replace(out / name)
        except OSError:  # one that cannot be put back must not keep the others from it
            whole = False
    if whole:
        (out / UNFINISHED).unlink(missing_ok=True)
