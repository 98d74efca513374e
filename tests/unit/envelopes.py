"""Envelopes for tests: the one that is shipped, and a tiny one as text."""

from __future__ import annotations

from deadair.explore.envelope import Envelope
from deadair.explore.envelope_file import envelope_named, envelope_of, load_envelope
from deadair.targets.catalogue import TARGETS

REFERENCE = load_envelope(envelope_named("reference"), TARGETS)
TINY = """\
name: tiny
why: Three families for two hours.
target: reference
speed: 60
fleet:
  devices: {least: 3, most: 3}
  followers_per_device: {least: 1, most: 1}
  cohorts: {least: 1, most: 1}
  reading_every: [2m]
  poll_every: [2m]
  no_data_after: [10m]
phases: {warm_up: 8m, storm: {least: 45m, most: 60m}, recovery: 25m}
faults:
  in_a_night: {least: 1, most: 2}
  at_once: 2
  settles: 3m
  kinds:
    - {kind: partition, where: [uplink, downlink], lasts: {least: 30m, most: 40m}}
    - {kind: kill, where: [watchdog], lasts: {least: 30s, most: 2m}}
    - {kind: refuse, where: [push], lasts: {least: 60s, most: 2m}, knobs: {status: [429, 503]}}
  alert_paths:
    - {path: service_push, needs: [watchdog, notifier, push]}
    - {path: sentinel_push, needs: [sentinel, push]}
  down_together:
    - {paths: [service_push, sentinel_push], longest: 2m}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
"""


def read(text: str = TINY) -> Envelope:
    """Read an envelope's text."""
    return envelope_of(text, "e.yaml", TARGETS)
