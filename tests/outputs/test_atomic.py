import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handover.errors import UsageError
from handover.outputs.atomic import replace_files

OLD = {"a.csv": b"old a", "b.csv": b"old b", "c.csv": b"old c"}
NEW = {"a.csv": b"new a", "b.csv": b"new b", "c.csv": b"new c"}

posix = pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    replace_files(tmp_path / "out", OLD)
    return tmp_path / "out"


def failing(real: Callable[..., Any], at: int, error: BaseException) -> Callable[..., Any]:
    """The real thing, but raising at its call number `at`."""
    calls = 0

    def call(*args: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise error
        return real(*args, **keywords)

    return call


def test_a_new_folder_holds_every_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    written = replace_files(tmp_path / "deep" / "out", OLD)
    assert written == tuple(tmp_path / "deep" / "out" / name for name in OLD)
    assert content(tmp_path / "deep" / "out") == OLD
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]


def test_other_files_in_the_folder_are_kept(out: Path) -> None:
    (out / "notes.txt").write_bytes(b"mine")
    replace_files(out, NEW)
    assert content(out) == NEW | {"notes.txt": b"mine"}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()], ids=["open", "ctrl-c"]
)
def test_a_file_that_cannot_be_replaced_leaves_every_old_file(
    out: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(Path.replace, at, error))
        with pytest.raises(UsageError if isinstance(error, OSError) else KeyboardInterrupt):
            replace_files(out, NEW)
    assert content(out) == OLD


def test_a_failure_takes_back_files_that_were_not_there_before(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "a.csv").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(Path.replace, 3, PermissionError(13, "Permission denied")))
        with pytest.raises(UsageError):
            replace_files(out, NEW)
    assert content(out) == {"b.csv": b"old b", "c.csv": b"old c"}


@pytest.mark.parametrize("at", [1, 3])
def test_a_full_disk_leaves_every_old_file(out: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync, at, OSError(28, "No space left on device")))
        with pytest.raises(UsageError, match="no space left on device"):
            replace_files(out, NEW)
    assert content(out) == OLD


def test_a_full_disk_leaves_no_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync, 2, OSError(28, "No space left on device")))
        with pytest.raises(UsageError):
            replace_files(tmp_path / "out", NEW)
    assert list(tmp_path.iterdir()) == []


def test_no_room_to_keep_the_old_files_leaves_them_in_place(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copy2", failing(shutil.copy2, 2, OSError(28, "No space left on device")))
        with pytest.raises(UsageError):
            replace_files(out, NEW)
    assert content(out) == OLD


def test_a_file_where_the_folder_should_be_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(UsageError, match="were not written to"):
        replace_files(tmp_path / "out", NEW)
    assert (tmp_path / "out").read_bytes() == b"a file"


def test_a_folder_named_like_a_file_is_left_alone(out: Path) -> None:
    (out / "b.csv").unlink()
    (out / "b.csv").mkdir()
    with pytest.raises(UsageError):
        replace_files(out, NEW)
    assert (out / "a.csv").read_bytes() == b"old a"
    assert (out / "b.csv").is_dir()


@posix
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told_in_a_sentence(out: Path) -> None:
    out.chmod(0o500)
    with pytest.raises(UsageError, match="permission denied"):
        replace_files(out, NEW)
    assert content(out) == OLD


@posix
def test_nobody_else_may_read_what_is_written(out: Path) -> None:
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    replace_files(out, NEW)
    assert {stat.S_IMODE(p.stat().st_mode) for p in out.iterdir()} == {0o600}


@posix
def test_a_link_is_replaced_and_not_written_through(out: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"precious")
    (out / "b.csv").unlink()
    (out / "b.csv").symlink_to(tmp_path / "elsewhere")
    replace_files(out, NEW)
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    assert not (out / "b.csv").is_symlink()
    assert content(out) == NEW
