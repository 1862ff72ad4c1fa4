"""Where a database should not lie: on a network drive, or in a folder that a program copies elsewhere."""

import ctypes
import sys
from pathlib import Path

NETWORK = {"afs", "ceph", "cifs", "davfs", "fuse.rclone", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3", "smbfs"}
SYNCED = (
    "box sync",
    "com~apple~clouddocs",
    "dropbox",
    "google drive",
    "googledrive",
    "icloud",
    "nextcloud",
    "onedrive",
)
MOUNTS = Path("/proc/mounts")
REMOTE_DRIVE = 4  # what Windows' GetDriveTypeW says of one


def unsafe_place(path: Path) -> str:
    """What is unsafe about the place of a database; blank where nothing is known to be."""
    whole = path.resolve()
    for part in whole.parts[:-1]:
        if part.lower().startswith(SYNCED):
            return (
                f"{path} is in a folder that is copied elsewhere by itself ({part}): these records leave this machine, "
                "and a copy made in the middle of a change can be broken. Move it to a local folder."
            )
    if _on_network(whole):
        return (
            f"{path} is on a network drive: locks and power cuts are not safe there, and others may read it. Move it "
            "to a local folder."
        )
    return ""


def _on_network(path: Path) -> bool:
    if sys.platform == "win32":
        return path.drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == REMOTE_DRIVE
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    mounts = [(Path(point.replace("\\040", " ")), kind) for _, point, kind, *_ in map(str.split, lines)]
    above = [(len(point.parts), kind) for point, kind in mounts if path.is_relative_to(point)]
    return bool(above) and max(above)[1] in NETWORK
