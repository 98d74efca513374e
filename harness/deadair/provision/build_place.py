"""A folder of the per-user cache in which something is built, by one run at a time; of the building nothing stays.

What is built goes there whole or not at all: made in a folder beside it, then renamed. Knows not what it is.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from deadair.model.clock import Deadline, pause
from deadair.provision.limited_command import CommandFailed

BUILDING = "building-"

Say = Callable[[str], None]


def cache_folder(name: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of that name in the per-user cache, whether or not it is there."""
    named = environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        root = Path(named)
    else:
        home = environ.get("HOME", "")
        root = (
            Path(home) / ".cache"
            if Path(home).is_absolute()
            else Path(tempfile.gettempdir()) / f"deadair-{os.getuid()}"
        )
    return root / "deadair" / name


@contextmanager
def build_place(folder: Path, what: str, show: Say, *, limit_s: float) -> Iterator[Path]:
    """Yield a new folder to build in, once nobody else builds there; it is removed whatever happens inside.

    Raises CommandFailed if another run builds for longer than the limit, OSError if the cache cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock", what, show, limit_s):
        for left in folder.glob(f"{BUILDING}*"):
            _remove(left)  # of a build that was killed: whoever holds the lock builds alone
        made = Path(tempfile.mkdtemp(dir=folder, prefix=BUILDING))
        try:
            yield made
        finally:
            _remove(made)


def _remove(folder: Path) -> None:
    """Remove a folder; Go writes modules into folders that nothing can be removed from."""
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, what: str, show: Say, limit_s: float) -> Iterator[None]:
    """Hold a file lock, so that of several runs at once only one builds; the kernel frees it if we die.

    Nothing of it stays: whoever held it takes the file away, and who then holds a file that is gone asks again.
    """
    deadline = Deadline.after(limit_s)
    told = False
    while True:
        with path.open("w", encoding="utf-8") as file:
            if _taken(file) and _is_at(file, path):
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        if deadline.passed():
            raise CommandFailed(f"cache: another run has held {path} for {limit_s:g} s")
        if not told:
            show(f"another run is building {what}; waiting for it")
            told = True
        pause(0.1)


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: IO[str], path: Path) -> bool:
    """Say whether an open file is the one that lies there now."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
