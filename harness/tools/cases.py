"""``python -m tools.cases``: trouble that real users had, each made again from its facts; a line for each.

Exits 1 if one is not as wanted. A case is a function that is given an empty folder and says what is wrong, or nothing;
a new one is added to ``CASES``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from deadair.judging.format_1 import stored_verdict
from deadair.model.judgement import FaultReport
from deadair.model.verdict import Exit
from deadair.reference.http.status_page import status_routes
from deadair.reference.nodes import sentinel
from deadair.reporting.charts import UNDRAWN
from deadair.scenario.load import loads
from tools.seeds import judged
from tools.small_scenario import DEADAIR, RUN_LIMIT_S, Ended, deadair, written

REPOSITORY = Path(__file__).parents[2]
CRY_WOLF = """\
name: cry-wolf
why: The status page shows an incident from the warm-up to the end, in fair weather too.
target: {name: reference}
seed: 1
speed: 30
fleet: {devices: 6, followers_per_device: 3, reading_every: 1m, poll_every: 1m, no_data_after: 3m}
phases: {warm_up: 4m, storm: 30m, recovery: 12m}
timeline:
  - {at: 18m, lasts: 12m, where: "uplink", fault: {kind: partition}}
checks:
  - {kind: no_data_deadline, within: 5m}
  - {kind: no_false_alarm}
  - {kind: status_published, within: 15m}
"""
LATE_FAULT = """\
name: late-fault
why: While a node hangs, the runner waits for its answer, and the next fault begins late.
target: {name: reference}
seed: 1
speed: 60
fleet: {devices: 5, followers_per_device: 1, reading_every: 1m, poll_every: 1m, no_data_after: 6m}
phases: {warm_up: 4m, storm: 15m, recovery: 8m}
timeline:
  - {at: 1m, lasts: 10m, where: "sentinel", fault: {kind: pause}}
  - {at: 100s, lasts: 60s, where: "uplink", fault: {kind: partition}}
  - {at: 200s, lasts: 60s, where: "downlink", fault: {kind: partition}}
checks:
  - {kind: shows_age}
"""
LATE_MAX_S = 30.0
"""A tenth of the limit that a scenario without ``no_data_deadline`` has."""
SIMULATED = ("--engine", "simulated")


def run_of(folder: Path, reports: Path, *more: str, **variables: str) -> Ended:
    """Run the small scenario into a folder of reports."""
    return deadair(["run", written(folder), *more, "--reports", reports], {**os.environ, **variables})


def unwanted(ended: Ended, report: Path | None = None) -> str:
    """Say what is wrong with a run that was to pass with a whole report."""
    if ended.code != 0 or "Traceback" in ended.err or "panicked" in ended.err:
        return f"exit code {ended.code}: {ended.err.strip()[-500:]}"
    if report is not None and (missing := report.read_text("utf-8").count(UNDRAWN)):
        return f"{missing} charts of {report.name} are missing"
    return ""


def closed_stdin(folder: Path) -> str:
    """No standard input, as under some cron and CI agents: every chart was missing, and a good report overwritten."""
    reports = folder / "reports"
    for arguments in (["run", written(folder), *SIMULATED], ["report", "latest"]):
        shell = ["/bin/sh", "-c", 'exec "$0" "$@" <&-', *DEADAIR, *map(str, arguments), "--reports", str(reports)]
        done = subprocess.run(shell, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
        ended = Ended(done.returncode, done.stdout, done.stderr)
        if wrong := unwanted(ended, reports / "latest/report.html"):
            return f"deadair {arguments[0]}: {wrong}"
    return ""


def cry_wolf(folder: Path) -> str:
    """The status page shows an incident from the warm-up to the end, and the run passed.

    Its T could prove nothing, so the file is refused; with one minute more the incident is what fails.
    """
    path = folder / "cry-wolf.yaml"
    path.write_text(CRY_WOLF, "utf-8")
    ended = deadair(["run", path, *SIMULATED, "--reports", folder / "reports"], os.environ)
    if ended.code != Exit.USAGE or "fleet.no_data_after" not in ended.err:
        return f"exit code {ended.code}, and its T is not refused: {ended.err.strip()[-500:]}"
    scenario = loads(CRY_WOLF.replace("no_data_after: 3m", "no_data_after: 4m"), path.name)
    with patch.object(sentinel, "status_routes", lambda state: status_routes(lambda: state()._replace(incident_s=1.0))):
        found = judged(scenario)
    violated = [finding.rule for finding in found.findings if finding.violations]
    return "" if violated == ["status_published"] else f"{found.verdict}, violated: {violated}; {found.why}"


def cwd_deleted(folder: Path) -> str:
    """The folder that the caller stands in is gone; all paths are absolute: it ended with 4."""
    mini, reports, gone = written(folder), folder / "reports", folder / "gone"
    gone.mkdir()
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    command = [*DEADAIR, "run", str(mini), *SIMULATED, "--reports", str(reports)]
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(gone), *command],
        capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False,
    )  # fmt: skip
    return unwanted(Ended(done.returncode, done.stdout, done.stderr), reports / "latest/report.html")


def env_k8s_service_link(folder: Path) -> str:
    """What Kubernetes sets in every pod beside a Service called ``follow``: it ended with 4."""
    links = {"FOLLOW_PORT": "tcp://10.96.0.7:80", "FOLLOW_SERVICE_HOST": "10.96.0.7"}
    return unwanted(run_of(folder, folder / "reports", **links), folder / "reports/latest/report.html")


def late_fault(folder: Path) -> str:
    """A partition of a minute began 54 s late and lasted 97 s while a node hung, and the run said nothing of it."""
    path, reports = folder / "late-fault.yaml", folder / "reports"
    path.write_text(LATE_FAULT, "utf-8")
    for engine in ((), SIMULATED):
        ended = deadair(["run", path, *engine, "--reports", reports], os.environ)
        if ended.code != Exit.UNKNOWN:
            return f"exit code {ended.code}, and nobody went blind: {ended.err.strip()[-500:]}"
        found = stored_verdict((reports / "latest/verdict.json").read_bytes())
        said = [doubt.what for doubt in found.doubts if "late; " in doubt.what]
        for fault in found.faults:
            lateness_s = late_s(fault)
            named = engine == () and any(sentence.startswith(f"{fault.id} ") for sentence in said)
            if lateness_s is None or (lateness_s > LATE_MAX_S and not named):
                return f"{found.engine}: {fault.id} was {lateness_s} s late; doubts: {said}"
    return ""


def late_s(fault: FaultReport) -> float | None:
    """Return by how much a fault began or was healed late, whichever was more; none if nobody knows."""
    begin, heal = (fault.intended_begin_at_s, fault.begun_at_s), (fault.intended_heal_at_s, fault.healed_at_s)
    late = [at_s - intended_s for intended_s, at_s in (begin, heal) if intended_s is not None and at_s is not None]
    return max(late) if len(late) == 2 else None


def latest_is_a_folder(folder: Path) -> str:
    """``reports/`` after an artifact download or ``cp -rL``: it ended with 4 and left ``.latest-PID``."""
    first, copy = folder / "a", folder / "b"
    if wrong := unwanted(run_of(folder, first, *SIMULATED)):
        return wrong
    shutil.copytree(first, copy)
    before = sorted(path.name for path in (copy / "latest").iterdir())
    if wrong := unwanted(run_of(folder, copy, *SIMULATED)):
        return wrong
    if sorted(path.name for path in copy.iterdir()) != ["latest", "mini"]:
        return f"left behind: {sorted(path.name for path in copy.iterdir())}"
    after = sorted(path.name for path in (copy / "latest").iterdir())
    return "" if after == before else "the folder that was there is another now"


def package_name_harness(folder: Path) -> str:
    """A test repository with a package called ``harness``, deadair installed as a wheel: its tests could not run."""
    wheels, site, theirs = folder / "wheels", folder / "site", folder / "t"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    made = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, _copy_of_the_source(folder)]
    subprocess.run([str(part) for part in made], check=True, timeout=RUN_LIMIT_S, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    shutil.unpack_archive(wheel, site, "zip")
    (theirs / "harness").mkdir(parents=True)
    (theirs / "harness/__init__.py").touch()
    (theirs / "harness/util.py").write_text("def f(): return 1\n", "utf-8")
    (theirs / "test_x.py").write_text("from harness.util import f\ndef test_x(): assert f() == 1\n", "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(site)}
    pytest = str(Path(sys.executable).with_name("pytest"))
    for command in ([pytest], [sys.executable, "-m", "pytest"], [pytest, "-p", "no:deadair"]):
        done = subprocess.run(
            [*command, "-q"], cwd=theirs, env=environ, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False
        )
        if done.returncode != 0 or "1 passed" not in done.stdout:
            return f"{' '.join(command)}: {done.stdout.strip()[-500:]} {done.stderr.strip()[-500:]}"
    return ""


def _copy_of_the_source(folder: Path) -> Path:
    """Copy what a wheel is built from, so that the build writes nothing into this checkout."""
    copy = folder / "source"
    for name in ("harness", "scenarios"):
        shutil.copytree(
            REPOSITORY / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(REPOSITORY / name, copy / name)
    return copy


def pythonoptimize(folder: Path) -> str:
    """``PYTHONOPTIMIZE=2``: it ended with 4, and with *unknown* beside a passing verdict."""
    ended = run_of(folder, folder / "reports", *SIMULATED, PYTHONOPTIMIZE="2")
    return unwanted(ended, folder / "reports/latest/report.html")


CASES: tuple[Callable[[Path], str], ...] = (
    closed_stdin,
    cry_wolf,
    cwd_deleted,
    env_k8s_service_link,
    late_fault,
    latest_is_a_folder,
    package_name_harness,
    pythonoptimize,
)


def main(names: Sequence[str]) -> int:
    """Make the cases that are named, or all, and say of each whether it is as wanted."""
    known = {case.__name__.replace("_", "-"): case for case in CASES}
    if strangers := [name for name in names if name not in known]:
        sys.stderr.write(f"there is no case {strangers[0]!r}; there are {', '.join(known)}\n")
        return 64
    failed = 0
    for name in names or known:
        with tempfile.TemporaryDirectory(prefix="cases-") as folder:
            try:
                wrong = known[name](Path(folder).resolve())
            except (OSError, subprocess.SubprocessError) as error:
                wrong = f"it could not be made: {error}"
        failed += bool(wrong)
        sys.stdout.write(f"{name:<24} {'NOT as wanted: ' + wrong if wrong else 'as wanted'}\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
