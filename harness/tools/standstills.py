"""Lets each process of a live run stand still in mid-storm.

``python -m tools.standstills [--only PART] [--reports DIR]``

Each case is one live run of half a minute, of the good service or of one with a planted defect. SIGSTOP comes when the
first fault has begun, SIGCONT some real seconds later. Wanted: the good service never fails, and the one with the
defect never passes.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deadair import ledger
from deadair.guardian import identity_in
from deadair.injectors.processes import Identity, find
from deadair.judging.format_1 import stored_verdict
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from tools.small_scenario import DEADAIR, RUN_LIMIT_S, small

STORM_M = 20
"""Minutes: who stands still for 20 real seconds goes on before it is over."""
OVERLOAD = "{at: 1m, lasts: 15m, where: gateway, fault: {kind: overload, times: 1}}"
DEFECT = "disarmed-by-stored"
"""It alerts nobody whose readings are stored; of a cut uplink it would, so the scenario cuts the downlink then."""
PARTS = {
    "toxiproxy": "toxiproxy-server",
    "push-gateway": "deadair.fleet.channels.push_gateway",
    "fleet": "deadair.fleet.process.locustfile",
    "load": "--load",
    "guardian": "deadair.guardian",
    "runner": "",
}
"""Each process, and a word of its command line."""
SECONDS = {"toxiproxy": (3, 9, 20), "guardian": (3, 9, 20)}
BEGIN_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Case:
    """One run: who stands still, for how many real seconds, and whether a defect is planted."""

    part: str
    still_s: int
    planted: bool

    @property
    def name(self) -> str:
        """Return it in words."""
        return f"{self.part} {self.still_s} s, {'defect' if self.planted else 'good service'}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    code: int
    why: str

    def wanted(self, case: Case) -> bool:
        """Say whether nobody was blamed wrongly, and nothing was passed that must not be."""
        return self.code != (Exit.PASS if case.planted else Exit.VIOLATED)


def cases(only: str | None) -> list[Case]:
    """Return all cases, or those of one part."""
    parts = [part for part in PARTS if only in (None, part)]
    return [Case(part, s, planted) for part in parts for s in SECONDS.get(part, (9,)) for planted in (False, True)]


def run(case: Case, root: Path) -> Outcome:
    """Run one case below a folder."""
    root.mkdir(parents=True)
    text = small(STORM_M, OVERLOAD)
    scenario = root / "standstills.yaml"
    scenario.write_text(text.replace("uplink", "downlink") if case.planted else text, "utf-8")
    command = [*DEADAIR, "run", str(scenario), "--reports", str(root / "reports")]
    command += ["--defect", DEFECT] if case.planted else []
    with (root / "output").open("wb") as output:
        runner = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            folder = _begun(root / "reports", runner)
            victim = _process(folder, case.part)
            victim.send(signal.SIGSTOP)
            pause(case.still_s)
            victim.send(signal.SIGCONT)
            code = runner.wait(RUN_LIMIT_S)
        finally:
            runner.kill()
            runner.wait()
    try:
        return Outcome(code, stored_verdict(folder.verdict.read_bytes()).why)
    except (OSError, ValueError) as error:
        return Outcome(code, f"no verdict: {error}")


def _begun(reports: Path, runner: subprocess.Popen[bytes]) -> RunFolder:
    """Wait for the first break of a run; return its folder. Raises HarnessError if it does not come."""
    limit = Deadline.after(BEGIN_LIMIT_S)
    while runner.poll() is None and not limit.passed():
        for path in reports.glob("*/*/ledger.jsonl"):
            if ledger.newest(ledger.read(path), "break") is not None:
                pause(2.0)
                return RunFolder(path.parent.resolve())
        pause(0.05)
    raise HarnessError(f"no fault began; see {reports.parent / 'output'}")


def _process(folder: RunFolder, part: str) -> Identity:
    """Return a process of a run. Raises HarnessError if there is none."""
    line = ledger.newest(ledger.read(folder.ledger), "runner")
    if line is None:
        raise HarnessError(f"{folder.ledger} names no runner")
    if part == "runner":
        return identity_in(line)
    for identity in find(str(line.said["run_id"])):
        words = Path(f"/proc/{identity.pid}/cmdline").read_bytes().decode().split("\0")
        loads = "--load" in words
        if any(PARTS[part] in word for word in words) and loads is (part == "load"):
            return identity
    raise HarnessError(f"the run has no process {part}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through the cases; return 1 if one was not as wanted."""
    parser = argparse.ArgumentParser(prog="tools.standstills", description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--reports", type=Path, help="a new folder for all runs; a temporary one unless given")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="standstills-") as temporary:
        root = options.reports or Path(temporary)
        bad = 0
        _say("| who stood still | exit code | as wanted | the verdict in a sentence |\n|---|---|---|---|")
        for number, case in enumerate(cases(options.only)):
            try:
                outcome = run(case, root / str(number))
            except HarnessError as error:
                outcome = Outcome(Exit.HARNESS, str(error))
            wanted = outcome.wanted(case)
            bad += not wanted
            _say(f"| {case.name} | {outcome.code} | {'yes' if wanted else 'NO'} | {outcome.why[:160]} |")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
