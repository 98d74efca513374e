"""The text of a file that somebody wrote: of a regular file only, not too long, and all of one moment.

Knows nothing of YAML.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable

BYTES_MAX = 1024 * 1024
KINDS = {
    stat.S_IFDIR: "a folder; name the {noun} files in it",
    stat.S_IFIFO: "a pipe; save what comes out of it in a file, and name that",
    stat.S_IFSOCK: "a socket; name a {noun} file",
    stat.S_IFCHR: "a device; name a {noun} file",
    stat.S_IFBLK: "a device; name a {noun} file",
}


def read_text(path: Path, noun: str = "scenario") -> str:
    """Return a file's text. Raises ScenarioError, in the form of all refusals, for whatever has none to give."""
    shown = printable(str(path))
    try:
        data = _read(path, shown, noun)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or printable(str(error))
        raise ScenarioError(f"{shown}:1:1: file: it cannot be read ({reason}); check the path") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start)
        raise ScenarioError(
            f"{shown}:{line}:{column}: file: byte {error.start} is not UTF-8 text; save the file as UTF-8"
        ) from None


def is_regular(path: Path) -> bool:
    """Say whether a path leads to a file that can be read to its end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _read(path: Path, shown: str, noun: str) -> bytes:
    """Read a file at once. What it is, is asked before it is opened, for opening a pipe waits and a device may act."""
    _refuse(path.stat(), shown, noun)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        before = os.fstat(descriptor)
        _refuse(before, shown, noun)
        data = stream.read(BYTES_MAX + 1)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ScenarioError(f"{shown}:1:1: file: it changed while it was read; let it be written first, and run again")
    return data


def _refuse(status: os.stat_result, shown: str, noun: str) -> None:
    """Refuse what is no regular file, or too long for people to have written it."""
    if not stat.S_ISREG(status.st_mode):
        what = KINDS.get(stat.S_IFMT(status.st_mode), "no regular file; name a {noun} file").format(noun=noun)
        raise ScenarioError(f"{shown}:1:1: file: this is {what}")
    if status.st_size > BYTES_MAX:
        raise ScenarioError(f"{shown}:1:1: file: larger than {BYTES_MAX} bytes: no {noun} is that long; split it")
