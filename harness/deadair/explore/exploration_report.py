"""What an exploration came to, as text, as JSON, and as scenario files. Knows no terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deadair.explore.coverage_table import empty, table
from deadair.explore.exploration import Found, minutes_left
from deadair.explore.night_run import NightOutcome
from deadair.explore.regression import Regression
from deadair.explore.sometimes import SOMETIMES
from deadair.model.errors import of_disk
from deadair.model.plural import count, was
from deadair.model.verdict import Verdict
from deadair.scenario.dump import dump
from deadair.scenario.model import Scenario

UNKNOWN_SHOWN = 5
FAILED_SHOWN = 10
JSON_FILE, TEXT_FILE = "exploration.json", "exploration.txt"


@dataclass(frozen=True, slots=True)
class Files:
    """Where an exploration is written."""

    folder: Path

    def of_night(self, number: int) -> Path:
        """Return the file of a failing night."""
        return self.folder / "failed" / f"night-{number}.yaml"

    def of_regression(self, regression: Regression) -> Path:
        """Return the file of a night that was made small."""
        return self.folder / "regressions" / f"{regression.scenario.name}.yaml"


def progress_line(found: Found) -> str:
    """Return how far it is: nights a minute, what was met so far, time left."""
    pace = f"{found.a_minute:.0f} a minute" if found.took_s else "just begun"
    expected = [each for each in SOMETIMES if each.to_be_expected(found.order.envelope)]
    met = sum(bool(found.met[each.name]) for each in expected)
    left = minutes_left(found)
    parts = [
        f"{count(found.nights, 'night')}, {pace}",
        f"{found.verdicts[Verdict.FAIL]:,} failed, {found.verdicts[Verdict.UNKNOWN] + len(found.lost):,} unknown",
        f"met {met} of {len(expected)}",
        f"{len(empty(found.order.envelope, found.cells)):,} empty cells",
        "" if left is None else f"{left:.1f} min left",
    ]
    return " | ".join(part for part in parts if part)


def lines(found: Found, regressions: Sequence[Regression], files: Files) -> Iterator[str]:
    """Yield it for people."""
    order = found.order
    planted = f", with {', '.join(order.defects)}" if order.defects else ""
    yield f"envelope {order.envelope.name}, seed {order.seed}{planted}"
    verdicts = ", ".join(f"{number:,} {verdict}" for verdict, number in sorted(found.verdicts.items()))
    pace = f"{found.a_minute:.0f} a minute" if found.took_s else ""
    yield f"{count(found.nights, 'night')} in {found.took_s:.0f} s, {pace}: {verdicts or 'none ended'}"
    yield f"{count(found.redrawn, 'draw')} made no sense and {was(found.redrawn)} drawn again"
    yield from ("", "sometimes:")
    for each in SOMETIMES:
        if each.to_be_expected(order.envelope) or found.met[each.name]:
            yield f"  {found.met[each.name] or 'never':>7}  {each.name:<26} {each.what}"
    yield from ("", *table(order.envelope, found.cells))
    yield f"{len(empty(order.envelope, found.cells)):,} cells are empty"
    for number, lost in found.lost:
        yield f"night {number} came to no verdict: {lost}; alone: --seed {order.seed} --from {number} --nights 1"
    first = {_plain(outcome.why): outcome.number for outcome in reversed(found.unknown)}
    for why, number in Counter(_plain(outcome.why) for outcome in found.unknown).most_common(UNKNOWN_SHOWN):
        yield f"unknown: {count(number, 'night')}, such as {first[why]}: {why}"
    for outcome in found.failed[:FAILED_SHOWN]:
        yield from ("", f"night {outcome.number} failed: {outcome.why}")
        yield f"  {replay(files.of_night(outcome.number), order.defects)}"
    if len(found.failed) > FAILED_SHOWN:
        yield f"and {count(len(found.failed) - FAILED_SHOWN, 'more failed night')}"
    for regression in regressions:
        yield from ("", f"made small: {regression.rule}, night {regression.night}: {_size(regression)}")
        yield f"  {regression.scenario.why}"
        if not regression.proved:
            yield f"  not seen passing without what was planted: {regression.why_without}"
        yield f"  {replay(files.of_regression(regression), order.defects)}"
    if found.interrupted:
        yield from ("", "it was stopped before its time")
    yield from ("", conclusion(found))


def conclusion(found: Found) -> str:
    """Return what it comes to, in a sentence."""
    if found.failed:
        return f"violated: {count(len(found.failed), 'night')} of {found.nights:,} failed"
    if found.never_met:
        return f"unknown: never met: {', '.join(found.never_met)}"
    if found.code:
        return f"unknown: of {found.unknown_share:.1%} of the nights nobody knows"
    return f"no violation in {count(found.nights, 'night')}, {found.unknown_share:.1%} of them unknown"


def as_json(found: Found, regressions: Sequence[Regression], files: Files) -> dict[str, Any]:
    """Return it as plain values."""
    order = found.order
    return {
        "format": 1,
        "envelope": order.envelope.name,
        "target": order.envelope.target,
        "seed": order.seed,
        "defects": list(order.defects),
        "nights": found.nights,
        "verdicts": dict(sorted(found.verdicts.items())),
        "exit": int(found.code),
        "why": conclusion(found),
        "interrupted": found.interrupted,
        "took_s": round(found.took_s, 1),
        "redrawn": found.redrawn,
        "unknown_share": round(found.unknown_share, 4),
        "unknown": [{"night": outcome.number, "why": outcome.why} for outcome in found.unknown],
        "lost": [{"night": number, "why": why} for number, why in found.lost],
        "sometimes": {each.name: found.met[each.name] for each in SOMETIMES},
        "never_met": list(found.never_met),
        "coverage": [{**cell._asdict(), "faults": number} for cell, number in sorted(found.cells.items())],
        "empty_cells": [cell._asdict() for cell in empty(order.envelope, found.cells)],
        "failed": [
            {
                "night": outcome.number,
                "violated": list(outcome.violated),
                "why": outcome.why,
                "replay": replay(files.of_night(outcome.number), order.defects),
            }
            for outcome in found.failed
        ],
        "regressions": [
            {
                "rule": regression.rule,
                "night": regression.night,
                "faults": len(regression.scenario.timeline),
                "faults_before": regression.faults_before,
                "runs": regression.runs,
                "passes_without": regression.proved,
                "story": regression.scenario.why,
                "file": str(files.of_regression(regression)),
            }
            for regression in regressions
        ],
    }


def write(found: Found, regressions: Sequence[Regression], files: Files) -> None:
    """Write what it came to, and what was made small. Raises HarnessError if the disk refuses."""
    for regression in regressions:
        _write_scenario(files.of_regression(regression), regression.scenario)
    try:
        said = json.dumps(as_json(found, regressions, files), indent=1, ensure_ascii=False)
        (files.folder / JSON_FILE).write_text(said + "\n", "utf-8")
        (files.folder / TEXT_FILE).write_text("\n".join(lines(found, regressions, files)) + "\n", "utf-8")
    except OSError as error:
        raise of_disk(files.folder, error) from error


def write_night(outcome: NightOutcome, files: Files) -> None:
    """Write the scenario of a night that failed. Raises HarnessError if the disk refuses."""
    if outcome.scenario is not None:
        _write_scenario(files.of_night(outcome.number), outcome.scenario)


def _write_scenario(path: Path, scenario: Scenario) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(scenario), "utf-8")
    except OSError as error:
        raise of_disk(path, error) from error


def replay(path: Path, defects: Sequence[str]) -> str:
    """Return the command that runs a night again."""
    planted = "".join(f" --defect {defect}" for defect in defects)
    return f"deadair run {path} --engine simulated{planted}"


def _size(regression: Regression) -> str:
    phases = regression.scenario.phases
    minutes = (phases.warm_up + phases.storm + phases.recovery).total_seconds() / 60
    faults = f"{regression.faults_before} to {count(len(regression.scenario.timeline), 'fault')}"
    devices = count(regression.scenario.fleet.devices, "device")
    return f"{faults}, {devices}, {minutes:.0f} min, by {count(regression.runs, 'run')}"


def _plain(why: str) -> str:
    """Return a reason without the numbers and names that differ from night to night."""
    return why.removeprefix("nothing is proved: ")[:160]
