"""How the harness itself went about a run, by its own rows: when the fleet's operations began, and each heartbeat.

Worked out once, for all who ask. Knows no limit: whether any of it is a doubt is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from deadair.history.reader import History
from deadair.history.rows import Kind


class Beats(NamedTuple):
    """One recorder's heartbeats in order: when each was, and how many real ms the wall clock had jumped by then."""

    at_us: list[int]
    jumped_ms: list[int]


@dataclass(frozen=True)
class HarnessHealth:
    """What the harness did in the run of this history."""

    history: History

    @cached_property
    def operations(self) -> pl.DataFrame:
        """Return the fleet's operations with how late they began: intended_us, sent_us, lag_us."""
        rows = self.history.of(Kind.UPLOAD, Kind.POLL, columns=["intended_us", "sent_us"]).drop_nulls()
        return rows.insert_column(2, (rows["sent_us"] - rows["intended_us"]).alias("lag_us"))

    @cached_property
    def lag_p99_us(self) -> int | None:
        """Return how late the fleet's operations began, p99 over the run, in real-life time; none: there were none."""
        lag = self.operations["lag_us"].quantile(0.99, "nearest")
        return None if lag is None else round(lag)

    @cached_property
    def echoes_us(self) -> list[int]:
        """Return when echoes came back through the proxies, in order."""
        return self.history.of(Kind.ECHO, columns=["at_us"])["at_us"].to_list()

    @cached_property
    def held(self) -> list[tuple[str, int, int]]:
        """Return each look at a link whose proxy held something back: where, since when, until when at least."""
        return list(self.history.each(Kind.HELD, columns=["place", "intended_us", "at_us"]))

    @cached_property
    def beats(self) -> Mapping[str, Beats]:
        """Return the heartbeats of each recorder that wrote any."""
        beats: dict[str, Beats] = {}
        for who, at_us, jumped_ms in self.history.each(Kind.HEARTBEAT, columns=["who", "at_us", "value"]):
            if who not in beats:
                beats[who] = Beats([], [])
            beats[who].at_us.append(at_us)
            beats[who].jumped_ms.append(jumped_ms or 0)
        return beats
