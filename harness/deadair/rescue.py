"""What is done to runs from outside: abort one that runs, heal after those whose runner died. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deadair import ledger
from deadair.engines.early_end import request_abort
from deadair.guardian import identity_in
from deadair.healing import Healer, advised, broken_run, in_words
from deadair.injectors.processes import find
from deadair.judging.stored_run import short
from deadair.ledger import Ledger, Line
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.plural import count
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored

POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Healing:
    """What it came to: a line for each run, and whether nothing is left that somebody has to see to."""

    lines: tuple[str, ...]
    whole: bool


def abort(folder: RunFolder, reason: str, *, limit_s: float) -> Healing:
    """Ask a run to end and wait until everything is healed. Raises HarnessError, ScenarioError."""
    try:
        lines = ledger.read(folder.ledger)
        if ledger.newest(lines, "end") is not None:
            raise ScenarioError(f"{folder.root}: this run has ended; there is nothing to abort")
        runner = ledger.newest(lines, "runner")
        if runner is None or not identity_in(runner).alive():
            raise HarnessError(f"{folder.root}: nobody runs this any more; `deadair heal` cleans up after it")
        request_abort(folder, reason)
        limit = Deadline.after(limit_s)
        while True:
            lines = ledger.read(folder.ledger)
            if (done := ledger.newest(lines, "abort") or ledger.newest(lines, "end")) is not None:
                return _aborted(done, lines, limit_s - limit.left_s())
            if limit.passed():
                raise HarnessError(f"{folder.root}: not healed within {limit_s:g} s; `deadair heal` tries by force")
            pause(POLL_S)
    except OSError as error:
        raise HarnessError(f"{folder.root}: the run cannot be asked to end ({error})") from error


def heal(reports: Path) -> Healing:
    """Clean up after every dead run in a reports folder that never said that it ended; one alone holds up no other.

    Where there is no folder at all, nothing ever ran. Raises ScenarioError if it is something else than a folder.
    """
    if reports.exists() and not reports.is_dir():
        raise ScenarioError(f"{reports}: not a folder, so no runs are kept in it; name another with --reports DIR")
    lines: list[str] = []
    left: list[str] = []
    whole = True
    for path in sorted(reports.glob("*/*/ledger.jsonl")):
        try:
            if ledger.newest(ledger.read(path), "end") is None:
                one = _heal_one(RunFolder(path.parent.resolve()))
                lines += one.lines
                whole = whole and one.whole
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one run, the others are cleaned up
            reason = error if isinstance(error, HarnessError | OSError) else short(error)
            left.append(f"{path.parent}: could not be cleaned up: {reason}")
    return Healing((*lines, *left) or ("nothing is left to heal",), whole=whole and not left)


def _aborted(done: Line, lines: Sequence[Line], took_s: float) -> Healing:
    """Return what an abort came to, by the guardian's line of it; a run in virtual time only says that it ended."""
    if done.what == "end":
        left = [in_words(*each) for each in ledger.open_breaks(lines)]
        return Healing((f"the run ended in {took_s:.2f} s{advised(left)}",), whole=not left)
    said = done.said
    line = f"{said['healed']} of {count(said['breaks'], 'break')} healed in {took_s:.2f} s"
    if said["how"].startswith("stopped"):
        line += f", {said['how']}"
    if said["ends_with_run"]:
        line += f"; ends with the run: {'; '.join(said['ends_with_run'])}"
    return Healing((line + advised(said["not_healed"]),), whole=not said["not_healed"])


def _heal_one(folder: RunFolder) -> Healing:
    """Clean up after one run, unless its runner lives. It says ``end`` only if nothing is left to undo."""
    lines = ledger.read(folder.ledger)
    runner = ledger.newest(lines, "runner")
    if runner is not None and identity_in(runner).alive():
        return Healing((f"{folder.root}: still running; `deadair abort` ends it",), whole=True)
    environment = Environment.model_validate_json(read_stored(folder.environment))
    if runner is not None and runner.said.get("run_id", environment.run_id) != environment.run_id:
        # Whose processes are ended is said by this id: that of another run may be one that lives.
        raise HarnessError("environment.json is of another run than ledger.jsonl; restore it, and heal again")
    breaks = ledger.open_breaks(lines)
    left = find(environment.run_id)
    clock = environment.run_clock
    writing = Ledger(folder.ledger, by="heal", clock=clock)
    try:
        run = broken_run(folder, lines, run_id=environment.run_id, speed=clock.speed)
        outcome = Healer(run, writing).stop_everything(breaks)
        outcome.raise_left()
        if outcome.whole:
            writing.write("end", reason="healed after its runner died")
    finally:
        writing.close()
    if not breaks and not left:
        return Healing((), whole=True)
    ended = count(len(left), "process", "processes")
    line = f"{folder.root}: {outcome.said()}, {ended} ended{advised(outcome.not_healed)}"
    return Healing((line,), outcome.whole)
