"""What a process of a run gets of the shell that the run was started from: a short list, and what we set ourselves.

Everything else is dropped, for it belongs to the caller: variables that look like the target's settings, switches of
the interpreter, proxies, a language. The names of what was dropped stand in ``environment.json``; values stand nowhere.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path

import deadair

HANDED_DOWN = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
"""Where programs and their libraries lie and where scratch files may: without them a part may not even start."""
DROPPED_BEFORE = "DEADAIR_DROPPED"
"""Names of variables that the command line itself has dropped already, when it started anew without them."""
SET = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONUTF8": "1",
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
}
"""The same for every run, whatever the caller's are. Python looks for modules in no current folder and no home."""


def child_environment(caller: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a process of a run."""
    handed = {name: absolute for name in HANDED_DOWN if (absolute := _absolute_only(caller.get(name, "")))}
    paths = {"PYTHONPATH": os.pathsep.join(found)} if (found := import_paths()) else {}
    return {**handed, **SET, **paths}


def dropped_variables(caller: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the variables that are not handed down, in order, as text that can be written anywhere."""
    here = {name for name in caller if name not in (*HANDED_DOWN, DROPPED_BEFORE)}
    names = here.union(caller.get(DROPPED_BEFORE, "").split())
    return tuple(sorted(name.encode("utf-8", "backslashreplace").decode() for name in names))


def import_paths() -> tuple[str, ...]:
    """Return the folders that a child must be told of to import what this process imports.

    They are the one that this package lies in, and each that packages were installed into; without those that the
    interpreter knows by itself, and without the caller's own folders, whatever modules lie there.
    """
    own = str(Path(deadair.__file__).absolute().parents[1])
    known = {*site.getsitepackages(), ""}
    folders = (own, *(entry for entry in sys.path if Path(entry).is_absolute() and _installed_into(Path(entry))))
    return tuple(dict.fromkeys(folder for folder in folders if folder not in known))


def _installed_into(folder: Path) -> bool:
    """Say whether an installer put packages there."""
    try:
        return any(folder.glob("*.dist-info"))
    except OSError:
        return False


def _absolute_only(paths: str) -> str:
    """Return a list of folders without those that depend on where the caller stands."""
    return os.pathsep.join(path for path in paths.split(os.pathsep) if Path(path).is_absolute())
