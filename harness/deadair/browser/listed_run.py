"""The runs of a reports folder, each as a row of a list: read quickly, whatever lies there. Judges nothing.

What a list says is what each run's own ``verdict.json`` says. A run's page judges it anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deadair import ledger
from deadair.guardian import identity_in
from deadair.model.errors import DeadAirError
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored
from deadair.model.verdict import Verdict

LISTED_MAX = 20_000
"""So many run folders are looked at; of more, the newest by name."""
VERDICT_BYTES_MAX = 16 * 1024 * 1024
TEXT_MAX = 200
SECONDS_MAX = 1e12
_FOLDER = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z")


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run. ``place``: its folder below the reports, as ``scenario/run``; ``state`` says what there is of it.

    Seconds are real-life, from the onset of a silence to its alert.
    """

    place: str
    scenario: str
    when: str
    state: str
    """judged, running, unfinished (nobody judged it) or unreadable."""
    verdict: str = ""
    engine: str = ""
    target: str = ""
    build: str = ""
    why: str = ""
    silences: int | None = None
    p50_s: float | None = None
    trend_s: float | None = None
    """By how much later than the run before of the same scenario, target and engine; none if there is none."""


class RunList:
    """Lists the runs of one folder. What was read of a verdict is kept until its file changes."""

    def __init__(self, reports: Path) -> None:
        self._reports = reports
        self._kept: dict[str, tuple[tuple[int, int], ListedRun]] = {}

    def runs(self) -> tuple[ListedRun, ...]:
        """Return all runs, the newest first. A folder that cannot be read has none."""
        places = sorted(self._places(), key=lambda place: place.rpartition("/")[2], reverse=True)[:LISTED_MAX]
        there = set(places)
        self._kept = {place: kept for place, kept in self._kept.items() if place in there}
        return with_trend([self._run(place) for place in places])

    def folder(self, place: str) -> RunFolder | None:
        """Return the run folder of a place; none if there is none, or if it is not below the reports."""
        parts = place.split("/")
        if len(parts) != 2 or any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            return None
        root = self._reports / parts[0] / parts[1]
        inside = root.resolve() == self._reports.resolve() / parts[0] / parts[1]
        return RunFolder(root) if inside and root.is_dir() and _is_run(root) else None

    def _places(self) -> list[str]:
        found = []
        for scenario in _folders(self._reports):
            if not scenario.name.startswith("_"):
                found += [f"{scenario.name}/{run.name}" for run in _folders(scenario) if _is_run(Path(run.path))]
        return found

    def _run(self, place: str) -> ListedRun:
        folder = RunFolder(self._reports / place)
        try:
            status = folder.verdict.stat()
        except OSError:
            return _unjudged(folder, place)
        stamp = (status.st_mtime_ns, status.st_size)
        kept = self._kept.get(place)
        if kept is None or kept[0] != stamp:
            kept = self._kept[place] = (stamp, _judged(folder, place))
        return kept[1]


def with_trend(runs: Sequence[ListedRun]) -> tuple[ListedRun, ...]:
    """Return the runs, newest first, each with how much later it alerted than the one before it of its kind."""
    before: dict[tuple[str, str, str], float] = {}
    done: list[ListedRun] = []
    for run in reversed(runs):
        key = (run.scenario, run.target, run.engine)
        if run.p50_s is not None:
            earlier_s = before.get(key)
            before[key] = run.p50_s
            if earlier_s is not None:
                done.append(replace(run, trend_s=run.p50_s - earlier_s))
                continue
        done.append(run)
    return tuple(reversed(done))


def _folders(path: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    """Return the folders in a folder; a link is none: it may lead anywhere."""
    try:
        with os.scandir(path) as entries:
            return [entry for entry in entries if entry.is_dir(follow_symlinks=False) and _is_text(entry.name)]
    except OSError:
        return []


def _is_text(name: str) -> bool:
    return name.isprintable()


def _is_run(root: Path) -> bool:
    return (root / "scenario.yaml").is_file()


def _judged(folder: RunFolder, place: str) -> ListedRun:
    try:
        said = json.loads(read_stored(folder.verdict, bytes_max=VERDICT_BYTES_MAX))
        verdict = Verdict(said["verdict"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ListedRun(place, _scenario(place), _when(place), "unreadable", why="verdict.json cannot be read")
    silences = _of(said, "silences")
    return ListedRun(
        place,
        _text(said.get("scenario")) or _scenario(place),
        _when(place),
        "judged",
        verdict.value,
        _text(said.get("engine")),
        _text(said.get("target")),
        _text(_of(said, "subject").get("version")),
        _text(said.get("why")),
        _number(silences.get("count")),
        _seconds(_of(silences, "time_to_alert_s").get("p50")),
    )


def _unjudged(folder: RunFolder, place: str) -> ListedRun:
    """Return a run without a verdict: one that runs, or one that did not live to be judged."""
    state, why = "unfinished", "it has no verdict: `deadair check` judges what there is, `deadair heal` cleans up"
    if runs(folder):
        state, why = "running", "it runs now"
    return ListedRun(place, _scenario(place), _when(place), state, why=why)


def runs(folder: RunFolder) -> bool:
    """Say whether somebody runs this run now."""
    try:
        lines = ledger.read(folder.ledger)
        runner = ledger.newest(lines, "runner")
        ended = ledger.newest(lines, "end") is not None
        return not ended and runner is not None and identity_in(runner).alive()
    except (OSError, ValueError, DeadAirError):
        return False


def _scenario(place: str) -> str:
    return place.partition("/")[0]


def _when(place: str) -> str:
    """Return when a run began by its folder's name, in UTC; nothing if it does not say."""
    found = _FOLDER.match(place.rpartition("/")[2])
    return "{}-{}-{} {}:{}:{}".format(*found.groups()) if found else ""


def _of(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return " ".join(value.split())[:TEXT_MAX] if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _seconds(value: object) -> float | None:
    is_time = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < SECONDS_MAX
    return float(value) if is_time else None  # type: ignore[arg-type]
