"""Appends rows to one shard, so that a crash loses at most the last second.

A recorder belongs to one process and one thread of it. It beats: callers call ``tick`` at least twice a beat (a
real second, unless said otherwise), and each beat it writes a heartbeat row and flushes what it holds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from deadair.history.rows import FORMAT, SCHEMA, Kind
from deadair.model.clock import RunClock

FLUSH_ROWS = 20_000
"""Rows held in memory at the most: a flood is written out early, not kept."""

Hide = Callable[[str], str]
_COLUMNS = frozenset(SCHEMA.names) - {"at_us", "seq", "kind"}


class Recorder:
    """Writes ``<folder>/<who>.arrow``, an Arrow IPC stream. Raises OSError when the disk refuses."""

    def __init__(
        self, folder: Path, who: str, clock: RunClock, *, beat_real_s: float = 1.0, hide: Hide | None = None
    ) -> None:
        """``hide`` takes out of the details of rows what nobody may read later."""
        self._begin(who, clock, beat_real_s, hide)
        self._file = (folder / f"{who}.arrow").open("wb")
        schema = SCHEMA.with_metadata({b"format": str(FORMAT).encode(), b"who": who.encode()})
        self._stream = pa.ipc.new_stream(self._file, schema)
        self.tick()

    def _begin(self, who: str, clock: RunClock, beat_real_s: float, hide: Hide | None = None) -> None:
        self.who = who
        self.clock = clock
        self._hide = hide
        self._beat_every_us = int(beat_real_s * clock.speed * 1e6)
        self._rows: list[dict[str, Any]] = []
        self._seq = 0
        self._beat_us = -(1 << 62)

    def add(self, kind: Kind, *, at_us: int | None = None, **columns: int | str | None) -> None:
        """Append one row; ``at_us`` is now unless given. Raises TypeError for a column that there is not."""
        if not columns.keys() <= _COLUMNS:
            raise TypeError(f"a history has no column {sorted(columns.keys() - _COLUMNS)[0]!r}")
        if self._hide is not None and isinstance(detail := columns.get("detail"), str):
            columns["detail"] = self._hide(detail)
        row = {"at_us": self.clock.now_us() if at_us is None else at_us, "seq": self._seq, "kind": str(kind), **columns}
        self._seq += 1
        self._rows.append(row)
        if len(self._rows) >= FLUSH_ROWS:
            self.flush()

    def tick(self) -> None:
        """Beat and flush if a beat is due."""
        now_us = self.clock.now_us()
        if now_us - self._beat_us >= self._beat_every_us:
            self._beat_us = now_us
            self.add(Kind.HEARTBEAT, at_us=now_us, value=round(self.clock.jump_ms()))
            self.flush()

    def flush(self) -> None:
        """Hand everything held to the operating system: a killed process loses none of it."""
        if self._rows:
            self._stream.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=SCHEMA))
            self._rows.clear()
        self._file.flush()

    def close(self) -> None:
        """Write the closing row and the end of the stream, durably. Closing twice does nothing."""
        if self._file.closed:
            return
        self.add(Kind.CLOSED)
        self.flush()
        self._stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class MemoryRecorder(Recorder):
    """Keeps its rows, for runs in virtual time whose history nobody wants to keep."""

    def __init__(self, who: str, clock: RunClock, *, beat_real_s: float = 1.0) -> None:
        self._begin(who, clock, beat_real_s)
        self._closed = False
        self.tick()

    def flush(self) -> None:
        """Keep on keeping."""

    def close(self) -> None:
        """Write the closing row. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            self.add(Kind.CLOSED)

    def table(self) -> pa.Table:
        """Return the rows, with the columns of a shard."""
        return pa.Table.from_pylist(self._rows, schema=SCHEMA)
