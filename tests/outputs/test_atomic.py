import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handover.errors import UsageError
from handover.outputs import atomic
from handover.outputs.atomic import UNFINISHED, replace_files

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


def failing_from(real: Callable[..., Any], at: int, error: BaseException) -> Callable[..., Any]:
    """The real thing, but raising from its call number `at` on."""
    calls = 0

    def call(*args: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= at:
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


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_folder_s_place_is_not_followed(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"it is a link|not a directory|no such file"):
        replace_files(tmp_path / "out", NEW)
    assert not there or list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "elsewhere" / "a.csv").exists()


@posix
def test_a_link_put_there_meanwhile_is_not_followed_either(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    lexists = os.path.lexists

    def looked_and_swapped(path: Path) -> bool:
        found = lexists(path)
        if path == out and not out.is_symlink():
            out.rename(tmp_path / "aside")
            out.symlink_to(tmp_path / "elsewhere")
        return found

    monkeypatch.setattr("handover.outputs.atomic.os.path.lexists", looked_and_swapped)
    with pytest.raises(UsageError, match="it is a link"):
        replace_files(out, NEW)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["../up.csv", "/tmp/x.csv", "a/b.csv", "..", "", "a\\b.csv", "NUL"])
def test_a_name_that_leads_out_of_the_folder_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not plain"):
        replace_files(tmp_path / "out", {"a.csv": b"a", name: b"b"})
    assert list(tmp_path.iterdir()) == []


@posix
def test_folders_made_on_the_way_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        replace_files(tmp_path / "one" / "two" / "out", OLD)
    finally:
        os.umask(before)
    made = [tmp_path / "one", tmp_path / "one" / "two", tmp_path / "one" / "two" / "out"]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3


# killed in the middle


def killed(out: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a kill at replacing number `at` leaves the folder: nothing is tidied up any more."""
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(Path.replace, at, KeyboardInterrupt()))
        patch.setattr(atomic, "_put_back", lambda *_: None)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            replace_files(out, NEW)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_after_a_kill_the_next_writing_puts_back_what_was_there(
    out: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    (out / "b.csv").unlink()
    killed(out, at, monkeypatch)
    # other files are written: those of the killed command are as they were before it
    replace_files(out, {"d.csv": b"d"})
    assert content(out) == {"a.csv": b"old a", "c.csv": b"old c", "d.csv": b"d"}


def test_a_half_replaced_folder_says_so(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(out, 3, monkeypatch)
    assert (out / "a.csv").read_bytes() == b"new a"
    assert (out / "c.csv").read_bytes() == b"old c"
    assert "some are new, some are the old ones" in (out / UNFINISHED).read_text()


def test_putting_back_can_itself_be_stopped_and_done_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(out, 4, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing(Path.replace, 2, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            replace_files(out, {"d.csv": b"d"})
    replace_files(out, {"d.csv": b"d"})
    assert content(out) == OLD | {"d.csv": b"d"}


def test_files_that_cannot_be_put_back_are_not_thrown_away(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing_from(Path.replace, 3, PermissionError(13, "Permission denied")))
        with pytest.raises(UsageError):
            replace_files(out, NEW)
    (left,) = out.glob(".handover-writing-*")
    assert (left / "before" / "a.csv").read_bytes() == b"old a"
    replace_files(out, {"d.csv": b"d"})
    assert content(out) == OLD | {"d.csv": b"d"}


@pytest.mark.parametrize(
    "journal",
    [
        '{"staging": "../../elsewhere", "names": ["keep.txt"], "there": []}',
        '{"staging": ".handover-writing-abcdef12", "names": ["../keep.txt"], "there": []}',
        '{"staging": ".handover-writing-abcdef12", "names": ["keep.txt"], "there": []}',
        "my own notes",
        '{"staging": 3}',
    ],
)
def test_a_forged_list_of_unfinished_files_deletes_nothing(out: Path, journal: str) -> None:
    for keep in (out / "keep.txt", out.parent / "keep.txt"):
        keep.write_bytes(b"keep me")
    (out / UNFINISHED).write_text(atomic.WORDS + journal)
    replace_files(out, {"d.csv": b"d"})
    assert (out / "keep.txt").read_bytes() == (out.parent / "keep.txt").read_bytes() == b"keep me"


@posix
@posix
def test_a_pipe_in_the_place_of_the_list_of_unfinished_files_is_not_waited_for(out: Path) -> None:
    os.mkfifo(out / UNFINISHED)
    replace_files(out, NEW)
    assert content(out) == NEW


def test_a_folder_of_another_name_or_a_link_is_not_taken_for_a_leftover(out: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"precious")
    (out / ".handover-writing-abcdef12").symlink_to(tmp_path / "precious")
    (out / ".handover-backups").mkdir()
    (out / ".handover-writing-12345678").mkdir()  # this one is
    replace_files(out, NEW)
    assert (tmp_path / "precious" / "file").exists()
    assert sorted(p.name for p in out.iterdir() if p.name not in NEW) == [
        ".handover-backups",
        ".handover-writing-abcdef12",
    ]


@posix
def test_a_folder_that_another_command_is_writing_to_is_waited_for_and_then_given_up(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(atomic, "ATTEMPTS", 2)
    monkeypatch.setattr(atomic, "PAUSE", 0)
    other = os.open(out, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="another handover command is writing there"):
        replace_files(out, NEW)
    assert content(out) == OLD
    os.close(other)
    replace_files(out, NEW)
    assert content(out) == NEW
