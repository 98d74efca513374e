"""The small scenario that the proofs run, and how they run the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEADAIR = [sys.executable, "-m", "deadair"]
RUN_LIMIT_S = 300.0
_TEXT = """\
name: mini
why: A small partition of the uplink of south, quick enough to be run hundreds of times.
target: {name: reference, capacity: {store_rows_per_s: 33, gateway_requests_per_s: 20}}
seed: 5
speed: 60
fleet: {devices: 20, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 8m,
  cohorts: {south: 50%%, control: 20%%}}
phases: {warm_up: 4m, storm: %(storm_m)dm, recovery: 6m}
promises: {silences: 5, alert_paths: [service_push]}
timeline:
  - {at: 0m, lasts: %(cut_m)dm, where: "uplink[south]", fault: {kind: partition}}
%(more)schecks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: nothing_lost}
  - {kind: shows_age}
  - {kind: recovers, within: 6m}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def small(storm_m: int = 12, *more: str) -> str:
    """Return it as YAML, with a storm of so many minutes, up to the last of which the uplink is cut, and more faults.

    It passes; a good build that fails it is a false alarm of ours.
    """
    entries = "".join(f"  - {entry}\n" for entry in more)
    return _TEXT % {"storm_m": storm_m, "cut_m": storm_m - 1, "more": entries}


def written(folder: Path) -> Path:
    """Write the scenario into a folder and return its file."""
    path = folder / "mini.yaml"
    path.write_text(small(), "utf-8")
    return path


def deadair(arguments: Sequence[str | Path], environ: Mapping[str, str], **how: Any) -> Ended:
    """Carry out a command line to its end."""
    done = subprocess.run(
        [*DEADAIR, *map(str, arguments)],
        env=dict(environ),
        capture_output=True,
        timeout=RUN_LIMIT_S,
        check=False,
        **how,
    )
    return Ended(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def processes_of(folder: Path) -> list[int]:
    """Return the living processes that stand in a folder or name it: those of the runs that are kept there."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            named = str(folder).encode() in (entry / "cmdline").read_bytes()
            stands = (entry / "cwd").readlink().is_relative_to(folder)
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
        if named or stands:
            found.append(int(entry.name))
    return found
