"""Walks a target up the ladder: one run for most rungs, a second start at once, and what both left behind.

It knows how a run is made and read; what the rungs say is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deadair import ledger
from deadair.conformance.ladder import Trial, rungs_of
from deadair.conformance.rung import Climb, Rung, RungState
from deadair.conformance.trial import trial
from deadair.engines.early_end import AbortedError
from deadair.healing import runtime_of
from deadair.injectors.processes import find
from deadair.judging.stored_run import read_run
from deadair.model.errors import HarnessError
from deadair.model.plural import count
from deadair.model.progress import Progress, ShowProgress
from deadair.model.run_folder import RunFolder
from deadair.model.run_options import RunOptions
from deadair.runner import run_scenario
from deadair.scenario.model import Scenario
from deadair.targets.target import Target

SETTING_UP, RUNNING = "setting up", "warm_up"
STAGES = {"starts": "starting the target", "enroll": "enrolling", "fleet": "starting the fleet"}
"""By rung: how the note begins that is shown while it is tried."""
ASKED = {
    "starts": "Every node starts.",
    "version": "The target says which version it is.",
    "enroll": "Every account that the fleet needs is created.",
}
DONE = "the conformance kit has seen that it starts again"


@dataclass
class SetUp:
    """What a run said of itself while it was set up, passed on to whoever watches."""

    show: ShowProgress
    notes: list[str] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        """Take in what is shown."""
        if progress.phase == SETTING_UP and progress.note:
            self.notes.append(progress.note)
        self.show(progress)

    def reached(self, rung: str) -> bool:
        """Say whether the run came to what a rung asks for."""
        return any(note.startswith(STAGES[rung]) for note in self.notes)


def climb(target: Target, options: RunOptions, reports: Path, show: ShowProgress) -> Climb:
    """Walk it up. Raises HarnessError for what is the harness's own failure, ScenarioError for a refused target."""
    scenario = trial(target)
    version = _version(target)
    watched = SetUp(show)
    try:
        folder, judgement = run_scenario(scenario, options, reports, f"deadair conformance {target.name}", watched)
    except HarnessError as error:
        return Climb(target=target.name, version=version, rungs=tuple(_first(target, version, watched, str(error))))
    troubled = "" if judgement.silences.count or judgement.faults[0].begun else judgement.why
    rungs = [*_first(target, version, watched, troubled)]
    if watched.reached("fleet"):
        rungs += rungs_of(Trial(target, read_run(folder), judgement))
        rungs.append(_gone(folder))
        rungs.append(_again(scenario, options, reports, show))
    return Climb(target=target.name, version=version, rungs=tuple(rungs), run=folder.shown)


def _version(target: Target) -> str:
    try:
        return target.version()
    except HarnessError as error:
        return f"unknown ({error})"


def _first(target: Target, version: str, watched: SetUp, wrong: str) -> Iterator[Rung]:
    """Yield the rungs that come before anything is measured. ``wrong``: why the run ended early, if it did."""
    states: dict[str, tuple[RungState, str]] = {
        "starts": _stage(watched, "starts", "enroll", wrong, f"{', '.join(target.nodes)}"),
        "version": ("unknown" if version.startswith("unknown") else "ok", version),
        "enroll": _stage(watched, "enroll", "fleet", wrong, "done"),
    }
    todo = {
        "starts": "look at `start` in the target file, and at the node's log in logs/ of the run folder",
        "version": "write a `version` that answers",
        "enroll": "look at how the adapter enrolls, and at what the service answered",
    }
    for name, (state, came) in states.items():
        yield Rung(name=name, asked=ASKED[name], state=state, came=came, todo="" if state == "ok" else todo[name])


def _stage(watched: SetUp, rung: str, after: str, wrong: str, came: str) -> tuple[RungState, str]:
    """Return how a stage of setting up went: the next one was reached, it failed, or it was never tried."""
    if watched.reached(after):
        return "ok", came
    if watched.reached(rung):
        return "failed", wrong or "it did not get any further"
    return "unknown", wrong or "the run did not get that far"


def _gone(folder: RunFolder) -> Rung:
    name, asked = "gone", "After the run nothing of it is left."
    lines = ledger.read(folder.ledger)
    runner = ledger.newest(lines, "runner")
    run_id = str(runner.said["run_id"]) if runner is not None else ""
    left = find(run_id) if run_id else ()
    entry, said = runtime_of(lines)
    containers = entry.lives(run_id, said) if run_id else ()
    if left or containers or ledger.newest(lines, "end") is None:
        pids = ", ".join(str(identity.pid) for identity in left)
        what = count(len(containers), "container") if containers else pids or "see ledger.jsonl"
        todo = "`deadair heal` ends what is left; look why the node does not end"
        return Rung(name=name, asked=asked, state="failed", came=f"left: {what}", todo=todo)
    return Rung(name=name, asked=asked, state="ok", came="nothing is left")


def _again(scenario: Scenario, options: RunOptions, reports: Path, show: ShowProgress) -> Rung:
    """Start it once more at once, and end that run as soon as its fleet runs."""
    name, asked = "second start", "It starts again at once."
    try:
        _, judgement = run_scenario(scenario, options, reports, "deadair conformance", _until_it_runs(show))
    except HarnessError as error:
        todo = "something of the first start is in the way: a port, a file, a lock"
        return Rung(name=name, asked=asked, state="failed", came=str(error), todo=todo)
    if DONE in judgement.why:
        return Rung(name=name, asked=asked, state="ok", came="its fleet ran, and the run was ended")
    return Rung(name=name, asked=asked, state="failed", came=judgement.why, todo="look at logs/ of the second run")


def _until_it_runs(show: ShowProgress) -> ShowProgress:
    """Return who watches a run and ends it once its fleet runs: this one and no other, wherever its folder is."""

    def watch(progress: Progress) -> None:
        show(progress)
        if progress.phase == RUNNING:
            raise AbortedError(DONE)

    return watch
