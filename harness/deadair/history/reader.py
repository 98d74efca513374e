"""Reads the shards of a run back as one table in one order, and says what is missing or torn.

Never drops a torn tail in silence: whatever it cannot read, and every shard that is not as the manifest
sealed it, comes back by name in ``History.torn``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from deadair.history.manifest import BESIDE, BROKEN, read_seal
from deadair.history.rows import SCHEMA, Kind

AT_ONCE = 50_000
"""Rows that are taken out of the table at once, so that a big history is never there twice."""
BEATS_AT_ONCE = 256
"""Batches of a shard that are put together at once. As they lie there, one for each beat, they take three times as long
and more memory; put together all at once, a big shard is there twice."""

NOWHERE = pl.Series(dtype=pl.UInt32)


@dataclass(frozen=True)
class History:
    """``rows``: all columns of ``SCHEMA`` and ``who``, ordered by (at_us, who, seq). ``torn``: what is wrong.

    ``whole`` is false when there is no manifest: the run did not live to seal its history.
    """

    rows: pl.DataFrame
    torn: tuple[str, ...]
    whole: bool

    @cached_property
    def _places(self) -> dict[str, pl.Series]:
        """Return at which places in ``rows`` each kind is: one look at all rows serves every question after it."""
        kinds = self.rows[["kind"]].with_row_index("place").group_by("kind").agg("place")
        return dict(zip(kinds["kind"], kinds["place"], strict=True))

    def of(self, *kinds: Kind, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the rows of these kinds, in order, with all their columns or only these."""
        there = [self._places[kind] for kind in kinds if kind in self._places]
        places = there[0] if len(there) == 1 else pl.concat([NOWHERE, *there]).sort()
        return self.rows[places] if columns is None else self.rows[places, columns]

    def each(self, *kinds: Kind, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Return these columns of the rows of these kinds, row by row: for kinds of which there are few."""
        return each(self.of(*kinds, columns=columns))

    def sha256(self) -> str:
        """Return the hash of the merged rows; two equal histories have equal hashes whatever their shards."""
        digest = hashlib.sha256()
        for part in self.rows[[*SCHEMA.names, "who"]].iter_slices(AT_ONCE):
            digest.update(part.write_csv(include_header=False).encode())
        return digest.hexdigest()


def each(rows: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Return rows one by one, as tuples. Column by column is several times as fast as asking polars for rows."""
    parts = rows.iter_slices(AT_ONCE)
    return chain.from_iterable(zip(*(column.to_list() for column in part), strict=True) for part in parts)


def read(folder: Path) -> History:
    """Read a run's ``history/``. Raises nothing for damage: it is told in ``torn``."""
    torn: list[str] = []
    sealed = read_seal(folder, torn)
    names = sorted({shard.name for shard in folder.glob("*.arrow")} | set(sealed.shards if sealed else ()))
    frames = []
    for name in names:
        frame = _shard(folder / name, torn)
        if frame is not None:
            frames.append(frame)
        if sealed is not None and (folder / name).exists() and not sealed.holds_shard(folder, name):
            torn.append(f"{name}: {BROKEN}")
    torn += [f"{name}: {BROKEN}" for name in BESIDE if sealed is not None and not sealed.holds(folder, name)]
    if not frames:
        torn.append("no shard of the history can be read")
    return History(_in_order(frames), tuple(torn), whole=sealed is not None)


def of_memory(tables: Mapping[str, pa.Table]) -> History:
    """Return the history that lies in memory, one table of rows for each recorder. It is as whole as they are."""
    torn: list[str] = []
    frames = [_checked(pl.DataFrame(pl.from_arrow(table)), who, torn) for who, table in tables.items()]
    return History(_in_order(frames), tuple(torn), whole=True)


def no_rows() -> pl.DataFrame:
    """Return a table with all columns of a history and nothing in it."""
    return pl.DataFrame(pl.from_arrow(SCHEMA.empty_table())).with_columns(who=pl.lit("", dtype=pl.String))


def _in_order(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all recorders' rows in a history's order. To sort the table as a whole takes 2.5 times the memory."""
    rows = pl.concat([no_rows(), *frames])
    return rows[rows.select(pl.arg_sort_by("at_us", "who", "seq")).to_series()]


def _shard(path: Path, torn: list[str]) -> pl.DataFrame | None:
    """Return the rows that can still be read, noting in ``torn`` whatever is wrong with the shard."""
    if not path.is_file():
        torn.append(f"{path.name}: {'is no regular file' if os.path.lexists(path) else 'is missing'}")
        return None
    parts: list[pl.DataFrame] = []
    batches: list[pa.RecordBatch] = []
    try:
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
            if not stream.schema.equals(SCHEMA):
                torn.append(f"{path.name}: has other columns than this version reads")
                return None
            for batch in stream:
                batch.validate(full=True)  # flipped bits must not reach code that trusts its offsets
                batches.append(batch)
                if len(batches) == BEATS_AT_ONCE:
                    parts.append(_together(batches))
                    batches = []
    except (OSError, pa.ArrowException) as error:
        torn.append(f"{path.name}: is torn ({(str(error).splitlines() or [''])[0][:80]})")
    return _checked(pl.concat([*parts, _together(batches)]), path.stem, torn)


def _together(batches: Sequence[pa.RecordBatch]) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches, schema=SCHEMA).combine_chunks()))


def _checked(frame: pl.DataFrame, who: str, torn: list[str]) -> pl.DataFrame:
    """Return one recorder's rows with its name, noting in ``torn`` if they are not all there."""
    if frame.height == 0 or frame["kind"][-1] != Kind.CLOSED:
        torn.append(f"{who}.arrow: has no closing row: its recorder did not live to end it")
    elif not (frame["seq"] == pl.int_range(frame.height, eager=True)).all():
        torn.append(f"{who}.arrow: rows are missing inside it")
    return frame.with_columns(who=pl.lit(who, dtype=pl.String))
