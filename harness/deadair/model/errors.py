"""Errors that people read: each is one sentence of what and where, and one of what to do.

DeadAirError
├── ScenarioError       exit 64: the scenario, or the command line, cannot be taken
└── HarnessError        exit 4: the harness or the machine under it failed
    ├── InjectorLocked  an injector stopped answering; never the target's fault
    └── ReportError     a run was judged, and its reports could not all be written: see report_error.py
"""

from __future__ import annotations

import errno

from deadair.model.verdict import Exit


class DeadAirError(Exception):
    """Anything told to the user without a traceback."""

    exit = Exit.HARNESS


class ScenarioError(DeadAirError):
    """Bad input. The text starts with file:line:column where there is one."""

    exit = Exit.USAGE


class HarnessError(DeadAirError):
    """The environment or the harness failed; says what to do about it."""


class InjectorLocked(HarnessError):  # noqa: N818 - a state, and the word the design uses
    """An injector's control plane hangs: the run's verdict can only be unknown."""


def of_disk(path: object, error: OSError) -> HarnessError:
    """Return what a disk's refusal means, where it was, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = "the disk is full: free some space"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        what = "this folder cannot be written: make it writable"
    elif error.errno in (errno.EMFILE, errno.ENFILE):
        return HarnessError(f"{path}: this process may open too few files: raise the limit (`ulimit -n 1024`)")
    else:
        what = f"{error.strerror or type(error).__name__}: check the disk"
    return HarnessError(f"{path}: {what}, or choose another place for runs with --reports DIR")
