"""A disk that one process and its children have to themselves: in memory and as small as one likes, or in a file.

It is mounted in a namespace of theirs, and gone with the last of them, however that ends: nobody else sees it. Whoever
may look into those processes, such as root, reaches it by their entry in /proc. Knows nothing of what is written to it.
"""

from __future__ import annotations

import contextlib
import errno
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from io import RawIOBase
from pathlib import Path

TMPFS = 'mount -t tmpfs -o "size=$0,mode=0700" tmpfs "$1" && shift && exec "$@"'
EXT4 = 'mount -o loop,errors=remount-ro "$0" "$1" && chmod 0700 "$1" && shift && exec "$@"'
OWN = ("unshare", "--mount", "--propagation", "private")
BLOCK_BYTES = 65_536
LIMIT_S = 10.0


@cache
def why_none(*, in_file: bool = False) -> str:
    """Say why no such disk can be had here; nothing if it can. ``in_file``: one that can hang and turn read-only."""
    try:
        tried = subprocess.run([*OWN, "true"], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"a disk of a test's own needs unshare of util-linux: {error}"
    said = tried.stderr.strip()
    if tried.returncode:
        return f"a disk of a test's own needs root, or the right to mount: {said}"
    if in_file and not Path("/dev/loop-control").exists():
        return "a disk in a file needs loop devices, which this kernel has not"
    return ""


def with_disk(folder: Path, size_bytes: int, command: Sequence[str]) -> list[str]:
    """Return the command that runs another with a disk in memory at this folder; the process stays the same."""
    return [*OWN, "sh", "-c", TMPFS, str(size_bytes), str(folder), *command]


def with_disk_in_file(folder: Path, image: Path, size_bytes: int, command: Sequence[str]) -> list[str]:
    """Make a disk in a file; return the command that runs another with it at this folder."""
    with image.open("wb") as made:
        made.truncate(size_bytes)
    make = ("mkfs.ext4", "-q", "-F", str(image))
    subprocess.run(make, check=True, timeout=LIMIT_S, capture_output=True)
    return [*OWN, "sh", "-c", EXT4, str(image), str(folder), *command]


def as_seen_by(pid: int, folder: Path) -> Path:
    """Return the folder as that process sees it."""
    return Path(f"/proc/{pid}/root") / folder.relative_to("/")


def run_beside(pid: int, *command: str) -> None:
    """Run a command that sees the disks that a process has."""
    inside = ("nsenter", "--target", str(pid), "--mount", *command)
    subprocess.run(inside, check=True, timeout=LIMIT_S)


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


@contextlib.contextmanager
def hanging(pid: int, folder: Path) -> Iterator[None]:
    """Let a process's disk in a file take nothing more meanwhile: whoever writes waits, and cannot be killed."""
    run_beside(pid, "fsfreeze", "--freeze", str(folder))
    try:
        yield
    finally:
        run_beside(pid, "fsfreeze", "--unfreeze", str(folder))


def turn_read_only(pid: int, folder: Path) -> None:
    """Let the kernel find an error on a process's disk in a file, after which it takes no more changes."""
    mounts = (line.split() for line in Path(f"/proc/{pid}/mounts").read_text("utf-8").splitlines())
    device = next(Path(fields[0]).name for fields in mounts if fields[1] == str(folder))
    Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1", "utf-8")
