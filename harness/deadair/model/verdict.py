"""What a run ends with, and which of several endings wins."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """The four verdicts, mildest first. Only ``pass`` is green."""

    PASS = "pass"  # noqa: S105 - the word is a verdict
    UNKNOWN = "unknown"
    ABORTED = "aborted"
    FAIL = "fail"


class Exit(IntEnum):
    """Exit codes of every command."""

    PASS = 0
    VIOLATED = 1
    UNKNOWN = 2
    ABORTED = 3
    HARNESS = 4
    USAGE = 64


_ORDER = list(Verdict)
_EXITS = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.VIOLATED,
    Verdict.UNKNOWN: Exit.UNKNOWN,
    Verdict.ABORTED: Exit.ABORTED,
}
_WORST_EXITS = (Exit.USAGE, Exit.VIOLATED, Exit.HARNESS, Exit.ABORTED, Exit.UNKNOWN, Exit.PASS)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; of none at all, unknown: nothing judged is nothing known."""
    return max(verdicts, key=_ORDER.index, default=Verdict.UNKNOWN)


def exit_of(verdict: Verdict) -> Exit:
    """Return the exit code of a single run's verdict."""
    return _EXITS[verdict]


def least_verdict(code: Exit) -> Verdict:
    """Return the mildest verdict that may stand beside an exit code: only beside 0 is it a pass."""
    return next((verdict for verdict, code_of_it in _EXITS.items() if code_of_it is code), Verdict.UNKNOWN)


def worst_exit(exits: Iterable[Exit]) -> Exit:
    """Return the exit code of several runs: 1 > 4 > 3 > 2 > 0, and 2 of none at all."""
    return min(exits, key=_WORST_EXITS.index, default=Exit.UNKNOWN)
