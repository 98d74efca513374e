"""Opens the files of a stored run: regular files only, and never more of one than it may have.

Whoever left or changed a run folder also chose what lies in it. To open a pipe waits for ever, and a device has no end.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

BYTES_MAX = 64 * 1024 * 1024
"""Of a file of words: no run leaves a longer one."""
ROSTER_BYTES_MAX = 1024 * 1024 * 1024
"""A million devices and their phones."""


def open_stored(path: Path) -> BufferedReader:
    """Open a regular file for reading. Raises OSError, with the reason in words, for anything else."""
    _refuse(path.stat())  # before it is opened, for opening a device may act
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    try:
        _refuse(os.fstat(descriptor))
    except OSError:
        file.close()
        raise
    return file


def read_stored(path: Path, *, bytes_max: int = BYTES_MAX) -> bytes:
    """Return all of a regular file. Raises OSError, also for one that is too long to be what it should be."""
    with open_stored(path) as file:
        if os.fstat(file.fileno()).st_size <= bytes_max and len(data := file.read(bytes_max + 1)) <= bytes_max:
            return data
    raise OSError(errno.EFBIG, f"it is longer than {bytes_max} bytes")


def _refuse(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
