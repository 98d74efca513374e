"""When a phone is blind, and how long it may be: stretches of time, and limits that stand still in some of them.

``visible(t)`` is the measured time of the newest reading that a phone has shown by t and that its device really
made; before there is one, the start of the warm-up. The phone is blind at t when ``t >= visible(t) + T``. This file
knows phones and their screens, and no alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import polars as pl

from deadair.history.reader import each
from deadair.model.roster import Phone

SHOWN = ["phone", "at_us", "measured_us", "detail", "real"]
"""What of a change of a screen is asked for."""

NEVER_US = 1 << 62
"""Later than any run."""


class Blind(NamedTuple):
    """A stretch from its onset until (not including) its end; none: still so when the run ended."""

    onset_us: int
    until_us: int | None

    def touches(self, from_us: int, until_us: int) -> bool:
        """Say whether it covers some moment of [from, until]."""
        return self.onset_us <= until_us and (self.until_us is None or self.until_us > from_us)


class Standstill(NamedTuple):
    """Time in which a limit stands still: the phone cannot be reached, or sees. ``until_us``: none: for ever."""

    from_us: int
    until_us: int | None


def blind_stretches(
    screens: pl.DataFrame, phones: Iterable[Phone], warm_up_us: int, end_us: int
) -> dict[int, tuple[Blind, ...]]:
    """Return when each phone was blind. ``screens``: SCREEN rows in order, with ``real``."""
    found: dict[int, list[Blind]] = {}
    visible: dict[int, int] = {}
    delay_us: dict[int, int] = {}
    for phone in phones:
        found[phone.phone], visible[phone.phone] = [], warm_up_us
        delay_us[phone.phone] = phone.no_data_after_us
    for number, at_us, measured_us, style, real in each(screens[SHOWN]):
        if not real or style not in ("current", "old") or number not in visible or measured_us <= visible[number]:
            continue
        onset_us = visible[number] + delay_us[number]
        visible[number] = measured_us
        if at_us > onset_us:
            found[number].append(Blind(onset_us, at_us))
    for number, newest_us in visible.items():
        if newest_us + delay_us[number] <= end_us:
            found[number].append(Blind(newest_us + delay_us[number], None))
    return {number: tuple(map(whole, joined(stretches, gap_us=1))) for number, stretches in found.items()}


def blind_early(screens: pl.DataFrame, phones: Mapping[int, Phone], warm_up_us: int) -> dict[int, tuple[Blind, ...]]:
    """Return when phones were blind by the stamp of a reading from before the warm-up, which moves no onset.

    Stamps are whole seconds, and at a high speed a second is long. ``phones``: by number.
    """
    counting = screens.filter(pl.col("real") & pl.col("detail").is_in(["current", "old"]))
    early = counting.filter(pl.col("measured_us") < warm_up_us)
    later = counting.filter((pl.col("measured_us") >= warm_up_us) & pl.col("phone").is_in(early["phone"].to_list()))
    fresh_us = dict(later.group_by("phone").agg(pl.min("at_us")).iter_rows())
    shown: dict[int, list[tuple[int, int]]] = {}
    for number, at_us, measured_us in each(early[["phone", "at_us", "measured_us"]]):
        own = shown.setdefault(number, [])
        if number in phones and at_us < fresh_us.get(number, NEVER_US) and (not own or measured_us > own[-1][1]):
            own.append((at_us, measured_us))
    return {number: tuple(_early(own, phones[number], fresh_us.get(number))) for number, own in shown.items() if own}


def _early(shown: Sequence[tuple[int, int]], phone: Phone, fresh_us: int | None) -> Iterator[Blind]:
    """Yield the stretches of one phone: what it showed, ever newer, until it showed a reading of the run."""
    for place, (at_us, measured_us) in enumerate(shown):
        until_us = shown[place + 1][0] if place + 1 < len(shown) else fresh_us
        onset_us = max(at_us, measured_us + phone.no_data_after_us)
        if until_us is None or onset_us < until_us:
            yield Blind(onset_us, until_us)


def limit_us(onset_us: int, within_us: int, pauses: Iterable[Standstill]) -> int:
    """Return when L has passed since the onset, these pauses not counted."""
    at_us, left_us = onset_us, within_us
    for from_us, until_us in sorted(pauses, key=attrgetter("from_us")):
        if from_us >= at_us + left_us:
            break
        if until_us is None:
            return NEVER_US
        if until_us > at_us:
            left_us -= max(0, from_us - at_us)
            at_us = until_us
    return at_us + left_us


def joined(stretches: Iterable[Blind], *, gap_us: int) -> list[list[Blind]]:
    """Put stretches, given in order, that are less than the gap apart together."""
    found: list[list[Blind]] = []
    for stretch in stretches:
        last = found[-1][-1] if found else None
        if last is not None and (last.until_us is None or stretch.onset_us - last.until_us < gap_us):
            found[-1].append(stretch)
        else:
            found.append([stretch])
    return found


def whole(stretches: Sequence[Blind]) -> Blind:
    """Return stretches that belong together as one."""
    return Blind(stretches[0].onset_us, stretches[-1].until_us)


def apart(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches in order, both ends included, those that overlap as one."""
    separate: list[tuple[int, int]] = []
    for from_us, until_us in sorted(stretches):
        if separate and from_us <= separate[-1][1]:
            separate[-1] = (separate[-1][0], max(separate[-1][1], until_us))
        else:
            separate.append((from_us, until_us))
    return separate
