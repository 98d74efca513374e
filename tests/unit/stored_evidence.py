"""Stored runs for tests to harm: what is evidence in them, how it may be harmed, and what a run says of itself."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deadair.cli import command
from deadair.model.run_folder import RunFolder

SMALL = """\
name: small
why: Three of six families are cut off, so that somebody goes blind and is alerted.
target: {name: reference, capacity: {gateway_requests_per_s: 20, store_rows_per_s: 33}}
seed: 3
speed: 60
fleet: {devices: 6, followers_per_device: 1, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        cohorts: {south: 50%}}
phases: {warm_up: 8m, storm: 20m, recovery: 8m}
promises: {silences: 3, alert_paths: [service_push]}
timeline:
  - {at: 0m, lasts: 18m, where: "downlink[south]", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline}
"""
HANGS_S = 20
LIE = "a sentence that no rule ever said"
EVIDENCE = (
    "scenario.yaml",
    "roster.json",
    "environment.json",
    "ledger.jsonl",
    "history/fleet.arrow",
    "history/manifest.json",
)
Harm = Callable[[Path], None]


@contextmanager
def soon() -> Iterator[None]:
    """Let what waits for a pipe that nobody writes to fail instead."""

    def give_up(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def results(folder: RunFolder) -> dict[str, bytes]:
    """Return what a run says of itself, as far as it is files."""
    files = (folder.verdict, folder.report, folder.junit, folder.summary)
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"1", b"2").replace(b"e", b"f"))


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def make_link_to_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def make_huge(path: Path) -> None:
    os.truncate(path, 1 << 42)


HARMS = (edit, halve, empty, remove, make_folder, make_pipe, make_link_to_itself, make_link_to_a_device, make_huge)


def again(verb: str, folder: RunFolder) -> int:
    more = ["--reports", str(folder.root.parents[2] / "again")] if verb == "replay" else []
    return command([verb, str(folder.root), *more])


def with_lies(folder: RunFolder, **changes: object) -> None:
    folder.verdict.write_text(json.dumps({**json.loads(folder.verdict.read_bytes()), **changes}), "utf-8")
