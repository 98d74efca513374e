"""A history of a given size, for ``make bench``: a calm run that nobody ran. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from deadair.fleet.roster import draw
from deadair.history.manifest import seal
from deadair.history.rows import FORMAT, SCHEMA
from deadair.model.duration import in_us
from deadair.model.environment import Environment
from deadair.model.judgement import Subject
from deadair.model.run_folder import RunFolder
from deadair.scenario.dump import dump
from deadair.scenario.load import load
from deadair.scenario.model import Scenario

ROWS = 1_000_000


def write_history(folder: RunFolder, scenario_path: Path) -> int:
    """Write a calm run of that scenario's shape with so many devices that it has ``ROWS`` rows; return how many."""
    folder.create()
    plain = load(scenario_path).model_dump(mode="json")
    plain["fleet"] |= {"devices": 9000}
    plain["phases"] |= {"storm": "60m", "recovery": "30m"}
    scenario = Scenario.model_validate(plain | {"timeline": []})
    folder.scenario.write_text(dump(scenario), encoding="utf-8")
    roster = draw(scenario.fleet, seed=scenario.seed)
    folder.roster.write_text(roster.to_json(), encoding="utf-8")
    subject = Subject(version="bench", command="bench", configuration_sha256="")
    clock: dict[str, int | float] = {"epoch_wall_ns": 0, "epoch_mono_ns": 0, "speed": scenario.speed}
    made = Environment(
        run_id="bench", engine="live", command="bench", subject=subject, clock=clock, recorders=("runner", "fleet"),
        wall_limit_s=1,
    )  # fmt: skip
    folder.environment.write_text(made.model_dump_json(), encoding="utf-8")
    starts = [0, in_us(scenario.phases.warm_up)]
    starts += [starts[1] + in_us(scenario.phases.storm)]
    starts += [starts[2] + in_us(scenario.phases.recovery)]
    beats = pl.DataFrame({"at_us": range(0, starts[3], int(scenario.speed * 1e6))}).with_columns(
        kind=pl.lit("heartbeat")
    )
    closed = pl.DataFrame({"at_us": [starts[3]], "kind": ["closed"]})
    phases = pl.DataFrame({"at_us": starts, "kind": "phase", "detail": ["warm_up", "storm", "recovery", "end"]})
    steady = pl.DataFrame({"at_us": [starts[1]], "kind": "steady", "outcome": "ok"})
    written = _shard(folder, "runner", [beats, phases, steady, closed])
    every_us = in_us(scenario.fleet.reading_every)
    devices = pl.DataFrame(
        [(d.patient, int(d.phase * every_us)) for d in roster.devices], ["patient", "from_us"], orient="row"
    )
    phones = pl.DataFrame([(p.phone, p.patient) for p in roster.phones], ["phone", "patient"], orient="row")
    rounds = pl.DataFrame({"round": range(starts[3] // every_us)})
    readings = devices.join(rounds, how="cross").select(
        "patient",
        measured_us=(pl.col("from_us") + pl.col("round") * every_us) // 1_000_000 * 1_000_000,
        value=pl.lit(120),
    )
    uploads = readings.with_columns(
        at_us=pl.col("measured_us") + 2_000_000, kind=pl.lit("upload"), outcome=pl.lit("ok")
    )
    polls = readings.join(phones, on="patient").with_columns(at_us=pl.col("measured_us") + 60_000_000)
    timed = {"intended_us": pl.col("at_us"), "sent_us": pl.col("at_us") + 1000}
    fleet = [
        beats, closed, uploads.with_columns(**timed),
        readings.with_columns(at_us=pl.col("measured_us"), kind=pl.lit("measured")),
        polls.with_columns(kind=pl.lit("poll"), outcome=pl.lit("ok"), **timed).drop("value", "measured_us"),
        polls.with_columns(kind=pl.lit("screen"), detail=pl.lit("current")),
    ]  # fmt: skip
    written += _shard(folder, "fleet", fleet, at_most=ROWS - written)
    seal(folder.history)
    return written


def _shard(folder: RunFolder, who: str, parts: Sequence[pl.DataFrame], at_most: int = ROWS) -> int:
    rows = pl.concat(parts, how="diagonal_relaxed").sort("at_us")
    last = rows.filter(pl.col("kind") == "closed")
    rows = pl.concat([rows.filter(pl.col("kind") != "closed").head(at_most - 1), last])
    rows = rows.with_columns(seq=pl.int_range(pl.len(), dtype=pl.Int64))
    missing = [pl.lit(None).alias(name) for name in SCHEMA.names if name not in rows.columns]
    schema = SCHEMA.with_metadata({b"format": str(FORMAT).encode(), b"who": who.encode()})
    columns = rows.with_columns(missing).to_dict(as_series=False)
    table = pa.Table.from_pydict({name: columns[name] for name in SCHEMA.names}, schema=schema)
    with (folder.history / f"{who}.arrow").open("xb") as file, pa.ipc.new_stream(file, schema) as stream:
        stream.write_table(table, max_chunksize=20_000)
    return len(rows)
