"""The data folder is its service's alone: others may neither read it nor put anything into it.

What was left open wider, by an earlier build or by hand, is narrowed. A folder of another user is refused: who owns it
can change every file in it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

PRIVATE = 0o077
"""What neither the group nor others may do with a file of ours: anything."""
OURS = ("*.sqlite*", "settings.*", "up.lock")


class FolderRefused(Exception):  # noqa: N818 - an answer to whoever runs this
    """The data folder cannot be used; the message says why and what to do."""


def claim_folder(data: Path) -> list[str]:
    """Make the folder if it is not there; return the names of whatever others could use until now.

    Raises FolderRefused.
    """
    os.umask(PRIVATE)
    try:
        data.mkdir(parents=True, exist_ok=True)
        owner, me = data.stat().st_uid, os.geteuid()
    except OSError as error:
        raise FolderRefused(f"--data {data} cannot be used ({error.strerror}); name another folder") from error
    if owner != me:
        raise FolderRefused(
            f"--data {data} belongs to user {owner}, this process is user {me}: run it as {owner}, or name a folder"
            f" that is {me}'s own"
        )
    ours = (one for pattern in OURS for one in data.glob(pattern) if one.is_file() and not one.is_symlink())
    return [path.name for path in (data, *ours) if _narrowed(path, me)]


def _narrowed(path: Path, me: int) -> bool:
    """Take a file away from others; say whether that was needed. What is not ours, or cannot be changed, stays."""
    try:
        now = path.stat()
        if now.st_uid != me or not now.st_mode & PRIVATE:
            return False
        path.chmod(stat.S_IMODE(now.st_mode) & ~PRIVATE)
    except OSError:
        return False
    return True
