"""Whole run folders to judge: a good night, and changes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deadair.history.manifest import seal
from deadair.history.rows import Kind
from deadair.model.environment import Environment
from deadair.model.judgement import Judgement, Subject
from deadair.model.roster import Device, Phone, Roster
from deadair.model.run_folder import RunFolder
from tests.histories.ops import (
    Row,
    accepted,
    alarm,
    backlog,
    beat,
    clear,
    fault_step,
    measured,
    op,
    phase,
    poll,
    probed,
    sample,
    shows,
    status,
    stored,
    upload,
    us,
    write_shards,
)
from tests.unit.run_folder_builder import LEDGER

SCENARIO = """\
name: plain
why: South is cut off for half an hour.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 10, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
  cohorts: {south: 50%}}
phases: {warm_up: 13m, storm: 40m, recovery: 20m}
promises: {silences: 5, alert_paths: [service_push]}
timeline:
  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: freshness}
  - {kind: recovers, within: 20m}
  - {kind: status_published, within: 15m}
"""
SOUTH, ALL = range(1, 6), range(1, 11)
RECORDERS = ("runner", "fleet", "push-gateway")

Change = Callable[[list[Row]], list[Row]]


def roster() -> Roster:
    cohorts = {number: "south" if number in SOUTH else "rest" for number in ALL}
    devices = tuple(Device(n, cohort, f"device-{n}", 0.0) for n, cohort in cohorts.items())
    return Roster(devices, tuple(Phone(n, n, cohort, f"phone-{n}", 0.0, us(20)) for n, cohort in cohorts.items()))


def environment() -> Environment:
    return Environment(
        run_id="plain-1",
        engine="live",
        command="deadair run plain.yaml",
        subject=Subject(version="1.0", command="serve", configuration_sha256="ab"),
        clock={"epoch_wall_ns": 0, "epoch_mono_ns": 0, "speed": 60.0},
        recorders=RECORDERS,
        wall_limit_s=200,
    )


def good_night(*, disturbed: bool = True) -> list[Row]:
    """South is cut off from minute 13 to 43, blind from 30 to 44, told at 32; the others always see.

    Not disturbed, south goes on to see too, as if by another way.
    """
    rows = [beat(who, at) for who in RECORDERS for at in range(75)]
    rows += [phase(0, "warm_up"), phase(13, "storm"), phase(53, "recovery"), phase(73, "end")]
    rows += [op("runner", Kind.STEADY, 12.9, outcome="ok")]
    steps = ((13, "begin"), (13, "begun"), (43, "heal"), (43, "healed"))
    rows += [fault_step(at, "f1", event) for at, event in steps]
    looks = ((12, "before", 0), (20, "during", 1), (44, "after", 0))
    rows += [sample(at, "f1", when, stalled=stalled) for at, when, stalled in looks]
    rows += [backlog(at, 2) for at in range(73)]
    rows += [status(at, "incident" if disturbed and 33 <= at < 45 else "clear") for at in range(73)]
    for number in ALL:
        cut = disturbed and number in SOUTH
        for at in range(0, 73, 5):
            late = 44 if cut and 13 <= at < 44 else at
            rows += [measured(at, patient=number), upload(late, at, patient=number), poll(at, phone=number)]
            rows += [stored(74, at, patient=number)]
            if at in (late, 40):
                rows.append(shows(late, at, phone=number))
        rows.append(probed(74, 15, patient=number))
        if cut:
            rows += [shows(30, 10, phone=number, style="old"), alarm(32, phone=number, speaks_of=10)]
            rows += [accepted(31.9, phone=number), clear(44, phone=number)]
    return rows


def night(tmp_path: Path, change: Change = list, *, scenario: str = SCENARIO, sealed: bool = True) -> RunFolder:
    folder = RunFolder(tmp_path / "reports" / "plain" / "20191130T060000Z-1")
    folder.create()
    folder.scenario.write_text(scenario)
    folder.roster.write_text(roster().to_json())
    folder.environment.write_text(environment().model_dump_json())
    folder.ledger.write_text(LEDGER)
    write_shards(folder.history, change(good_night()))
    if sealed:
        seal(folder.history)
    return folder


def without(*, after: float = -1, **columns: object) -> Change:
    """Leave out the rows that have all these columns, after a minute."""

    def leave_out(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["at_us"] < us(after) or any(row.get(k) != v for k, v in columns.items())]

    return leave_out


def plus(*more: Row) -> Change:
    return lambda rows: [*rows, *more]


def told(judgement: Judgement, kind: str) -> list[str]:
    return [doubt.what for doubt in judgement.doubts if doubt.kind == kind]
