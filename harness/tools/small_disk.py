"""A disk that one process and its children have to themselves, as small as one likes: a tmpfs in a mount namespace.

It is gone with the last of them, however that ends: nothing is mounted where others see it. Whoever may look into
those processes, such as root, reaches it by their entry in /proc. Knows nothing of what is written to it.
"""

from __future__ import annotations

import contextlib
import errno
import subprocess
from collections.abc import Iterator, Sequence
from io import RawIOBase
from pathlib import Path

MOUNT = 'mount -t tmpfs -o "size=$0,mode=0700" tmpfs "$1" && shift && exec "$@"'
OWN = ("unshare", "--mount", "--propagation", "private")
BLOCK_BYTES = 65_536
LIMIT_S = 10.0


def why_none() -> str:
    """Say why no such disk can be had here; nothing if it can."""
    try:
        tried = subprocess.run([*OWN, "true"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"a disk of a test's own needs unshare of util-linux: {error}"
    said = tried.stderr.strip()
    return f"a disk of a test's own needs root, or the right to mount: {said}" if tried.returncode else ""


def with_disk(folder: Path, size_bytes: int, command: Sequence[str]) -> list[str]:
    """Return the command that runs another with a disk of its own at this folder; the process stays the same."""
    return [*OWN, "sh", "-c", MOUNT, str(size_bytes), str(folder), *command]


def as_seen_by(pid: int, folder: Path) -> Path:
    """Return the folder as that process sees it."""
    return Path(f"/proc/{pid}/root") / folder.relative_to("/")


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no byte free on this folder's disk meanwhile."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            for size_bytes in (BLOCK_BYTES, 1):
                while _written(file, size_bytes):
                    pass
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _written(file: RawIOBase, size_bytes: int) -> bool:
    """Write zeros, and say whether there was any room for them."""
    try:
        return bool(file.write(b"\0" * size_bytes))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
