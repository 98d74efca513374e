"""Opens regular files, and nothing else. To open a pipe waits for ever, a device may act, and neither has an end.

Knows nothing of what is in a file.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


class NotRegularError(OSError):
    """A path leads to something else than a regular file. ``kind``: what it is, as ``stat.S_IFMT`` says it."""

    def __init__(self, kind: int) -> None:
        folder = stat.S_ISDIR(kind)
        super().__init__(
            errno.EISDIR if folder else errno.EINVAL, os.strerror(errno.EISDIR) if folder else "it is no regular file"
        )
        self.kind = kind


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading. Raises NotRegularError for anything else, and OSError if it cannot be opened."""
    _refuse(path.stat())  # before it is opened, for opening a device may act
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    try:
        _refuse(os.fstat(descriptor))
    except OSError:
        file.close()
        raise
    return file


def _refuse(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError(stat.S_IFMT(status.st_mode))
