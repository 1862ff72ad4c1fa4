"""A database on a network drive or in a synced folder is warned about; on a local disk nothing is said."""

from pathlib import Path

import pytest

from db import places
from db.places import unsafe_place


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "mounts"
    monkeypatch.setattr(places, "MOUNTS", found)
    return found


@pytest.mark.skipif(places.sys.platform == "win32", reason="mount points")
@pytest.mark.parametrize(("kind", "warned"), [("nfs4", True), ("cifs", True), ("ext4", False), ("tmpfs", False)])
def test_a_network_drive_is_told_by_its_nearest_mount_point(mounts: Path, kind: str, warned: bool) -> None:
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nserver:/share /srv/case\\040work {kind} rw 0 0\nx /srv nfs rw 0 0\n",
        encoding="utf-8",
    )
    assert ("network drive" in unsafe_place(Path("/srv/case work/e.db"))) == warned
    assert unsafe_place(Path("/home/asha/e.db")) == ""


@pytest.mark.parametrize("folder", ["OneDrive - Herefordshire Council", "Dropbox", "iCloud Drive"])
def test_a_folder_that_is_copied_elsewhere_by_itself_is_told(tmp_path: Path, folder: str) -> None:
    assert folder in unsafe_place(tmp_path / folder / "cases" / "e.db")
    # the name of the file itself says nothing
    assert unsafe_place(tmp_path / folder) == ""
