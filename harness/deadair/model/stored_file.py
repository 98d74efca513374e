"""Reads the files of a stored run: regular files only, and never more of one than it may have.

Whoever left or changed a run folder also chose what lies in it.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from deadair.model.regular_file import open_regular

BYTES_MAX = 64 * 1024 * 1024
"""Of a file of words: no run leaves a longer one."""
ROSTER_BYTES_MAX = 1024 * 1024 * 1024
"""A million devices and their phones."""


def read_stored(path: Path, *, bytes_max: int = BYTES_MAX) -> bytes:
    """Return all of a regular file. Raises OSError, also for one that is too long to be what it should be."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size <= bytes_max and len(data := file.read(bytes_max + 1)) <= bytes_max:
            return data
    raise OSError(errno.EFBIG, f"it is longer than {bytes_max} bytes")
