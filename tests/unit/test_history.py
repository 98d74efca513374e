"""The recorder writes what the reader reads back, and no damage to a sealed history goes unnoticed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from deadair.history import recorder as recording
from deadair.history.manifest import MANIFEST, seal
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import SCHEMA, Kind
from deadair.model.clock import RunClock
from tests.histories.ops import Row, beat, op, poll, write_shards


@dataclass(frozen=True)
class HandClock(RunClock):
    """A clock that stands wherever the test has put it."""

    hand: tuple[int, ...] = (0,)

    def now_us(self) -> int:
        return self.hand[-1]

    def jump_ms(self) -> float:
        return 7.4


def clock_at(at_us: int) -> HandClock:
    return HandClock(0, 0, 60.0, (at_us,))


def small(folder: Path) -> Path:
    """Two recorders; the fleet's shard has three batches."""
    clock = clock_at(1_000_000)
    with Recorder(folder, "fleet", clock) as fleet, Recorder(folder, "runner", clock) as runner:
        fleet.add(Kind.POLL, phone=3, patient=4, outcome="ok")
        fleet.flush()
        fleet.add(Kind.SCREEN, at_us=500_000, phone=3, patient=4, detail="blank")
        runner.flush()
        runner.add(Kind.PHASE, detail="warm_up")
    seal(folder)
    return folder


def test_what_was_recorded_is_read_back_in_one_order_with_who_made_it(tmp_path: Path) -> None:
    history = read(small(tmp_path))
    assert (history.torn, history.whole) == ((), True)
    assert history.rows.select("at_us", "who", "seq", "kind").rows() == [
        (500_000, "fleet", 2, "screen"),
        (1_000_000, "fleet", 0, "heartbeat"),
        (1_000_000, "fleet", 1, "poll"),
        (1_000_000, "fleet", 3, "closed"),
        (1_000_000, "runner", 0, "heartbeat"),
        (1_000_000, "runner", 1, "phase"),
        (1_000_000, "runner", 2, "closed"),
    ]
    assert history.of(Kind.POLL).select("phone", "patient", "outcome", "value").rows() == [(3, 4, "ok", None)]
    assert history.of(Kind.HEARTBEAT)["value"].to_list() == [7, 7]
    assert list(history.each(Kind.HEARTBEAT, columns=["value", "kind"])) == [(7, "heartbeat"), (7, "heartbeat")]
    wanted = pl.col("kind").is_in(["heartbeat", "poll"])
    assert history.of(Kind.HEARTBEAT, Kind.POLL).equals(history.rows.filter(wanted))
    assert history.of(Kind.OFFERED, columns=["value"]).shape == (0, 1)


def test_a_recorder_beats_each_real_second_and_not_more(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "fleet", clock_at(0))
    for at_s in (0.5, 0.99, 1.0, 1.5, 2.1):
        recorder.clock = clock_at(round(at_s * 60_000_000))
        recorder.tick()
    recorder.close()
    recorder.close()
    assert read(tmp_path).of(Kind.HEARTBEAT)["at_us"].to_list() == [0, 60_000_000, 126_000_000]


def test_a_flood_is_written_out_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FLUSH_ROWS", 10)
    recorder = Recorder(tmp_path, "fleet", clock_at(0))
    before = (tmp_path / "fleet.arrow").stat().st_size
    for _ in range(10):
        recorder.add(Kind.POLL)
    assert (tmp_path / "fleet.arrow").stat().st_size > before
    recorder.close()


def test_a_column_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with Recorder(tmp_path, "fleet", clock_at(0)) as recorder, pytest.raises(TypeError, match="no column 'phnoe'"):
        recorder.add(Kind.POLL, phnoe=3)


def test_a_recorder_that_was_killed_leaves_what_it_flushed_and_is_told_as_torn(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "fleet", clock_at(0))
    recorder.add(Kind.POLL, phone=3)
    recorder.flush()
    recorder.add(Kind.POLL, phone=4)
    history = read(tmp_path)
    assert history.of(Kind.POLL)["phone"].to_list() == [3]
    assert history.torn == ("fleet.arrow: has no closing row: its recorder did not live to end it",)
    assert not history.whole
    recorder.close()


def test_a_sealed_shard_cut_at_any_byte_is_named_and_its_loss_would_be_seen_without_the_seal_too(
    tmp_path: Path,
) -> None:
    shard = small(tmp_path) / "runner.arrow"
    data, whole = shard.read_bytes(), read(tmp_path)
    for length in range(len(data)):
        shard.write_bytes(data[:length])
        history = read(tmp_path)
        changed = "runner.arrow: is not as it was when the run sealed it"
        assert changed in history.torn, length
        assert len(history.torn) > 1 or history.rows.equals(whole.rows), length
    shard.write_bytes(data)
    assert read(tmp_path).torn == whole.torn == ()


def test_a_flipped_bit_in_a_sealed_shard_is_told(tmp_path: Path) -> None:
    shard = small(tmp_path) / "fleet.arrow"
    data = shard.read_bytes()
    for place in range(0, len(data), 11):
        shard.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        assert any("fleet.arrow" in sentence for sentence in read(tmp_path).torn), place


def test_a_shard_that_is_gone_is_named(tmp_path: Path) -> None:
    (small(tmp_path) / "fleet.arrow").unlink()
    assert read(tmp_path).torn == ("fleet.arrow: is missing",)


def test_a_shard_that_nobody_sealed_is_named(tmp_path: Path) -> None:
    small(tmp_path)
    Recorder(tmp_path, "load-f1", clock_at(0)).close()
    assert read(tmp_path).torn == ("load-f1.arrow: is not as it was when the run sealed it",)


def test_rows_missing_in_the_middle_are_told(tmp_path: Path) -> None:
    rows: list[Row] = [{**poll(at), "seq": at} for at in (0, 1, 3)]
    rows.append({**op("fleet", Kind.CLOSED, 4), "seq": 4})
    with pa.ipc.new_stream(tmp_path / "fleet.arrow", SCHEMA) as stream:
        stream.write_batch(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
    seal(tmp_path)
    assert read(tmp_path).torn == ("fleet.arrow: rows are missing inside it",)


def test_a_shard_with_other_columns_is_not_read(tmp_path: Path) -> None:
    with pa.ipc.new_stream(tmp_path / "fleet.arrow", pa.schema([("at_us", pa.int64())])):
        pass
    seal(tmp_path)
    assert read(tmp_path).torn == (
        "fleet.arrow: has other columns than this version reads",
        "no shard of the history can be read",
    )


def test_an_empty_folder_and_no_folder_are_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        history = read(folder)
        assert (history.torn, history.whole) == (("no shard of the history can be read",), False)
        assert history.rows.columns == [*SCHEMA.names, "who"]


@pytest.mark.parametrize(
    ("manifest", "what"),
    [
        (b"", "is not a manifest"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"format": 1}', "is not a manifest"),
        (b"[]", "is not a manifest"),
        (b"[" * 100_000, "is not a manifest"),
        (json.dumps({"shards": {"../fleet.arrow": [1, "x"]}}).encode(), "which is no shard of this folder"),
    ],
)
def test_a_manifest_that_is_none_seals_nothing(tmp_path: Path, manifest: bytes, what: str) -> None:
    (small(tmp_path) / MANIFEST).write_bytes(manifest)
    history = read(tmp_path)
    assert not history.whole
    assert what in history.torn[0]


def test_sealing_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small(tmp_path) / MANIFEST).unlink()

    def crash(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(json, "dump", crash)
        seal(tmp_path)
    assert not read(tmp_path).whole


def test_the_hash_is_of_the_rows_and_not_of_how_they_lie_in_shards(tmp_path: Path) -> None:
    rows = [poll(1), poll(2), beat("fleet", 0), op("runner", Kind.PHASE, 1, detail="warm_up")]
    write_shards(tmp_path / "a", rows)
    write_shards(tmp_path / "b", reversed(rows))
    write_shards(tmp_path / "c", [*rows, poll(3)])
    with pa.ipc.new_stream(tmp_path / "b" / "again.arrow", SCHEMA):
        pass
    hashes = [read(tmp_path / name).sha256() for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


def test_nothing_and_an_empty_word_have_different_hashes(tmp_path: Path) -> None:
    for name, detail in (("a", None), ("b", "")):
        write_shards(tmp_path / name, [op("runner", Kind.PHASE, 1, detail=detail)])
    assert read(tmp_path / "a").sha256() != read(tmp_path / "b").sha256()
