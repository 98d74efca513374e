"""Devices that hand in as the G7's uploader for Share does: the service passes with them, in virtual time."""

from __future__ import annotations

from pathlib import Path

from deadair.engines.run_plan import RunPlan
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.targets.catalogue import TARGETS

NIGHT = """
name: g7
why: >
  South is cut off for an hour. Its devices wait up to fifteen minutes more, and then hand everything in.
target: {name: reference, capacity: {store_rows_per_s: 33, gateway_requests_per_s: 20}}
seed: 5
speed: 1
fleet: {devices: 20, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
        device_profile: g7, cohorts: {south: 50%, control: 20%}}
phases: {warm_up: 25m, storm: 80m, recovery: 40m}
promises: {silences: 10, alert_paths: [service_push]}
timeline:
  - {at: 5m, lasts: 60m, where: "uplink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: recovers, within: 25m}
"""


def test_the_good_service_passes_with_g7_devices(tmp_path: Path) -> None:
    path = tmp_path / "g7.yaml"
    path.write_text(NIGHT, encoding="utf-8")
    judgement = try_out(RunPlan.drawn(load(path), TARGETS["reference"], ()))
    assert judgement.verdict == "pass", judgement.why
