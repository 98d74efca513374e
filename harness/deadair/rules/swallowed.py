"""Messages that the push provider took and swallowed: D35. The service has done its part."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter

from deadair.model.alert_path import pushed
from deadair.model.roster import Phone
from deadair.rules.evidence import Evidence
from deadair.rules.fault_window import SWALLOWS
from deadair.rules.notifications import Taken

OF_SILENCE = ("no_data", "notice", None, "")
"""Kinds of messages that tell of a silence; one that says no kind may be any."""


def swallowed(
    evidence: Evidence,
    phone: Phone,
    span: tuple[int, int],
    *,
    paths: Collection[str | None],
    fits: Callable[[str | None], bool] = lambda says: says in OF_SILENCE,
) -> bool:
    """Say whether a message for a phone was swallowed that was taken in that time by one of these paths.

    ``fits``: whether one that says that kind is meant.
    """
    windows = [one for one in evidence.faults if one.kind == SWALLOWS and one.strikes(phone)]
    return bool(windows) and any(
        fits(one.says) and any(window.touches(one.at_us, one.at_us) for window in windows)
        for path in paths
        for one in _between(evidence.taken.get((phone.phone, path), ()), *span)
    )


def nothing_else(evidence: Evidence, paths: Collection[str]) -> bool:
    """Say whether each of these paths goes by the push provider: what it swallows comes by no other."""
    return set(paths) <= pushed(evidence.alert_paths)


def _between(sent: Sequence[Taken], from_us: int, until_us: int) -> Sequence[Taken]:
    """Return the messages that were taken in that time."""
    at_us = attrgetter("at_us")
    return sent[bisect_left(sent, from_us, key=at_us) : bisect_right(sent, until_us, key=at_us)]
