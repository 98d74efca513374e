"""The text of a file that somebody wrote: of a regular file only, not too long, and all of one moment.

Knows nothing of YAML.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from deadair.model.errors import ScenarioError
from deadair.model.excerpt import printable
from deadair.model.regular_file import NotRegularError, open_regular

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
    except NotRegularError as error:
        what = KINDS.get(error.kind, "no regular file; name a {noun} file").format(noun=noun)
        raise ScenarioError(f"{shown}:1:1: file: this is {what}") from None
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


def _read(path: Path, shown: str, noun: str) -> bytes:
    """Read a file at once."""
    with open_regular(path) as stream:
        before = os.fstat(stream.fileno())
        if before.st_size > BYTES_MAX:
            raise ScenarioError(f"{shown}:1:1: file: larger than {BYTES_MAX} bytes: no {noun} is that long; split it")
        data = stream.read(BYTES_MAX + 1)
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise ScenarioError(f"{shown}:1:1: file: it changed while it was read; let it be written first, and run again")
    return data
