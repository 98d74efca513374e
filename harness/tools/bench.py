"""Measures the figures of speed and size: ``make bench``. Prints medians; asserts nothing.

python -m tools.bench            all of them, some ten minutes
python -m tools.bench help judge only these, and how fast this machine is
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deadair.model.clock import Deadline, pause
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from tools.bench_history import write_history

REPOSITORY = Path(__file__).parents[2]
FLAGSHIP = REPOSITORY / "scenarios/gate/thanksgiving-2019.yaml"
DEADAIR = [sys.executable, "-m", "deadair"]
LIMIT_S = 600.0
PEAK_MB = """
from pathlib import Path
def peak_mb():
    said = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(said.split()[0]) / 1024
"""
"""Of the process itself: ``ru_maxrss`` begins with the memory of the one that started it."""
JUDGING = f"""{PEAK_MB}
import sys
from deadair.judging.judge import judge
from deadair.model.clock import Deadline
from deadair.model.run_folder import RunFolder
limit = Deadline.after(600)
judgement = judge(RunFolder(Path(sys.argv[1])))
took_s = 600 - limit.left_s()
print(took_s, peak_mb(), judgement.health.operations)
"""
SIMULATING = """
import resource, sys
from pathlib import Path
from deadair.engines.run_plan import RunPlan
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.targets.catalogue import TARGETS
scenario, times = load(Path(sys.argv[1])), int(sys.argv[2])
def once(seed):
    drawn = scenario.model_copy(update={"seed": seed})
    try_out(RunPlan.drawn(drawn, TARGETS[drawn.target.name]))
before = resource.getrusage(resource.RUSAGE_SELF)
for number in range(times):
    once(scenario.seed + number)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""
EXPLORING = """
import os, resource, sys
from deadair.explore.jobs import ONE_THREAD
os.environ.update(ONE_THREAD)
from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.explore.night_run import NightWork
from deadair.targets.registry import known_targets
work, nights = NightWork(load_envelope(envelope_named("reference"), known_targets(())), 1), int(sys.argv[1])
work(0)
before = resource.getrusage(resource.RUSAGE_SELF)
for number in range(1, nights + 1):
    work(number)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""
"""As a process of ``deadair explore`` does: one after the other, with all that is read once."""
IN_A_FOLDER = f"""{PEAK_MB}
import resource, sys
from deadair.engines.run_plan import RunOrder
from deadair.engines.simulated.engine import run
from deadair.fleet.roster import draw
from deadair.model.run_folder import RunFolder
from deadair.scenario.load import load
from deadair.targets.catalogue import TARGETS
scenario, folder = load(Path(sys.argv[1])), RunFolder(Path(sys.argv[2]) / "run")
folder.create()
roster = draw(scenario.fleet, seed=scenario.seed)
before = resource.getrusage(resource.RUSAGE_SELF)
run(RunOrder(scenario, TARGETS[scenario.target.name], roster, (), folder, "bench", None), lambda progress: None)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak_mb())
"""
SMALL = """
name: small
why: Three families for three hours, one of them cut off for an hour.
target: {name: reference}
seed: 3
speed: 1
fleet: {devices: 3, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m, cohorts: {cut: 34%}}
phases: {warm_up: 20m, storm: 100m, recovery: 60m}
promises: {silences: 1}
timeline:
  - {at: 10m, lasts: 60m, where: "uplink[cut]", fault: {kind: partition}}
checks: [{kind: no_data_deadline}, {kind: no_false_alarm}, {kind: nothing_lost}, {kind: shows_age}]
"""
WEEKEND = """
name: weekend
why: Half of a hundred families cut off for a weekend.
target: {name: reference}
seed: 3
speed: 1
fleet: {devices: 100, followers_per_device: 1, reading_every: 5m, poll_every: 5m, no_data_after: 20m,
        cohorts: {cut: 50%}}
phases: {warm_up: 1h, storm: 68h, recovery: 3h}
promises: {silences: 50}
timeline:
  - {at: 1h, lasts: 66h, where: "uplink[cut]", fault: {kind: partition}}
checks: [{kind: no_data_deadline}, {kind: no_false_alarm}, {kind: nothing_lost}, {kind: shows_age}]
"""


def took_s(deed: Callable[[], object]) -> float:
    """Return the real seconds that a deed takes."""
    limit = Deadline.after(LIMIT_S)
    deed()
    return LIMIT_S - limit.left_s()


def run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=REPOSITORY, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    return done.stdout + done.stderr


def machine() -> Iterator[str]:
    times = [took_s(lambda: sum(range(1_000_000))) for _ in range(25)]
    yield f"a million additions in Python      {statistics.median(times) * 1000:7.1f} ms     (to compare machines by)"


def help_() -> Iterator[str]:
    times = [took_s(lambda: run([*DEADAIR, "--help"])) for _ in range(9)]
    yield f"deadair --help                     {statistics.median(times):7.3f} s      (< 0.4)"


def setup() -> Iterator[str]:
    run(["make", "setup"])
    times = [took_s(lambda: run(["make", "setup"])) for _ in range(5)]
    yield f"make setup, when it is there       {statistics.median(times):7.3f} s      (< 2)"


def judge() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as made:
        folder = RunFolder(Path(made) / "run")
        rows = write_history(folder, FLAGSHIP)
        told = [run([sys.executable, "-c", JUDGING, folder.root]).split() for _ in range(3)]
    seconds, megabytes = (statistics.median(float(each[column]) for each in told) for column in (0, 1))
    yield f"judge {rows:,} rows              {seconds:7.2f} s      (<= 5)"
    yield f"memory for that                    {megabytes:7.0f} MB     (<= 1000)"


def flagship() -> Iterator[str]:
    times, lags, verdicts = [], [], []
    with tempfile.TemporaryDirectory() as reports:
        for _ in range(3):
            times.append(took_s(lambda: run([*DEADAIR, "run", FLAGSHIP, "--reports", reports])))
            verdict = Path(reports) / "latest/verdict.json"
            judgement = Judgement.model_validate_json(verdict.read_bytes())
            lags.append(judgement.health.fleet_lag_ms_p99 or float("nan"))
            verdicts.append(str(judgement.verdict))
    yield f"make demo, warm                    {statistics.median(times):7.1f} s      (<= 150), {', '.join(verdicts)}"
    yield f"fleet lag p99 in the flagship      {statistics.median(lags):7.1f} ms     (<= 50)"


def simulated() -> Iterator[str]:
    night = [float(run([sys.executable, "-c", SIMULATING, FLAGSHIP, "1"])) for _ in range(3)]
    yield f"the flagship in virtual time       {statistics.median(night):7.2f} s CPU  (<= 4)"
    with tempfile.TemporaryDirectory() as made:
        small = _write(Path(made) / "small.yaml", SMALL)
        each = [float(run([sys.executable, "-c", SIMULATING, small, "50"])) for _ in range(3)]
    yield f"runs of 3 families for 3 h         {60 * 50 / statistics.median(each):7.0f} a minute, judged  (>= 500)"


def nights() -> Iterator[str]:
    each = [float(run([sys.executable, "-c", EXPLORING, "40"])) for _ in range(3)]
    yield f"nights of the reference's envelope {60 * 40 / statistics.median(each):7.0f} a minute, judged, on one core"


def weekend() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as made:
        scenario = _write(Path(made) / "weekend.yaml", WEEKEND)
        told = run([sys.executable, "-c", IN_A_FOLDER, scenario, made]).split()
    yield f"100 families for 72 h              {float(told[0]):7.1f} s CPU  (<= 12)"
    yield f"memory for that, before judging    {float(told[1]):7.0f} MB     (<= 250)"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def abort() -> Iterator[str]:
    told = [_abort() for _ in range(3)]
    yield f"abort to healed                    {' | '.join(told)}     (<= 2 s)"


def _abort() -> str:
    """Start the flagship, wait for the first break, ask for an abort, and return what it says."""
    with tempfile.TemporaryDirectory() as reports, subprocess.Popen(
        [*DEADAIR, "run", str(FLAGSHIP), "--reports", reports],
        cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        ledger = Path(reports) / "latest/ledger.jsonl"
        limit = Deadline.after(LIMIT_S)
        while not (ledger.exists() and '"break"' in ledger.read_text(encoding="utf-8")) and not limit.passed():
            pause(0.2)
        said = run([*DEADAIR, "abort", "latest", "--reports", reports]).strip()
        process.wait(timeout=LIMIT_S)
    return said


MEASURES = {
    "machine": machine, "help": help_, "setup": setup, "judge": judge, "simulated": simulated, "nights": nights,
    "weekend": weekend, "abort": abort, "flagship": flagship,
}  # fmt: skip


def main() -> int:
    """Measure what is named, or all."""
    names = sys.argv[1:] or list(MEASURES)
    if unknown := [name for name in names if name not in MEASURES]:
        sys.stderr.write(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}\n")
        return 64
    for name in dict.fromkeys(["machine", *names]):
        for line in MEASURES[name]():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
