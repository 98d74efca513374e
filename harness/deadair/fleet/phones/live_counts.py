"""Counts the phones as they are now: fresh, blind, alerted, late. A sketch: it gives no verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """What one phone shows and presents now.

    ``visible_us``: the newest reading it has shown so far; ``paths``: by which the alarms and notices came that stand.
    """

    visible_us: int | None
    showing_us: int | None
    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Count:
    """The phones at one moment; ``alerted`` and ``late`` count silences since the beginning."""

    fresh: int
    blind: int
    presenting: int
    open: int
    alerted: int
    late: int


class LiveCounts:
    """Follows each phone from look to look. ``saving_paths``: the alert paths that count."""

    def __init__(
        self,
        *,
        begin_us: int,
        fresh_us: int,
        limit_us: int,
        no_data_after_us: Sequence[int],
        saving_paths: Iterable[str],
    ) -> None:
        self._begin_us = begin_us
        self._fresh_us = fresh_us
        self._limit_us = limit_us
        self._no_data_after_us = no_data_after_us
        self._saving_paths = frozenset(saving_paths)
        self._verdicts: dict[int, str] = {}
        """By phone, of the silence it is in now: open, alerted or late."""
        self._alerted = 0
        self._late = 0

    def look(self, now_us: int, phones: Sequence[Sight]) -> Count:
        """Take in how all phones are now."""
        fresh = presenting = 0
        for number, (phone, silent_us) in enumerate(zip(phones, self._no_data_after_us, strict=True)):
            fresh += phone.showing_us is not None and now_us - phone.showing_us < self._fresh_us
            presenting += bool(phone.paths)
            visible_us = self._begin_us if phone.visible_us is None else phone.visible_us
            if silent_us:
                self._follow(number, now_us - (visible_us + silent_us), alerted=bool(phone.paths & self._saving_paths))
        waiting = sum(verdict == "open" for verdict in self._verdicts.values())
        return Count(fresh, len(self._verdicts), presenting, waiting, self._alerted, self._late)

    def _follow(self, number: int, since_onset_us: int, *, alerted: bool) -> None:
        if since_onset_us < 0:
            self._verdicts.pop(number, None)
            return
        if self._verdicts.setdefault(number, "open") != "open":
            return
        if alerted:
            self._verdicts[number] = "alerted"
            self._alerted += 1
        elif since_onset_us > self._limit_us:
            self._verdicts[number] = "late"
            self._late += 1
