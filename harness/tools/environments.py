"""``python -m tools.environments``: one scenario under nine environments must come to one verdict.

Compared with the first, which is plain: verdict, configuration hash, in virtual time the history's hash too; and the
report must be whole. It prints a table and exits 1 if one differs. What could not be run is named, and is no pass.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deadair.provision.toxiproxy import toxiproxy_server
from deadair.reporting.charts import UNDRAWN
from tools.small_scenario import DEADAIR, RUN_LIMIT_S, written

NOBODY = 65534
READS_ALL = ("setpriv", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""Runs a command as somebody else who may read this checkout and its interpreter, and write nothing of them."""
AS_NOBODY = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
OF_THE_TARGET = {
    "FOLLOW_PORT": "tcp://10.96.0.7:80",
    "FOLLOW_SERVICE_HOST": "10.96.0.7",
    "FOLLOW_DEFECTS": '["fifo"]',
    "FOLLOW_NO_DATA_AFTER_S": "1",
    "LOCUST_HOST": "http://elsewhere.example",
    "http_proxy": "http://127.0.0.1:9",
    "DEADAIR_PASSWORD": "theirs",
}
MODULES = ("json", "typer", "polars", "shlex", "harness", "tools", "tempfile", "signal")
"""Names of modules in the folder that the caller stands in. Of one called `deadair`, `python -m` would run that."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One environment: what is set and what is missing, how the streams are, where the caller stands, who it is."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    redirections: str = ""
    folder: str = "."
    before: tuple[str, ...] = ()
    """What the command is carried out by."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one environment came to; ``not_run`` says why it could not be tried."""

    code: int = -1
    verdict: str = ""
    configuration: str = ""
    history: str = ""
    undrawn: int = 0
    whole: bool = False
    not_run: str = ""
    said: str = ""


SURROUNDINGS = (
    Surroundings("plain"),
    Surroundings("variables of the target", OF_THE_TARGET),
    Surroundings("time zone", {"TZ": "Asia/Kolkata"}),
    Surroundings("locale", {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONCOERCECLOCALE": "0"}),
    Surroundings("optimized", {"PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error"}),
    Surroundings("no home", without=("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "USER", "LOGNAME")),
    Surroundings("closed streams", redirections="<&- >&- 2>&-"),
    Surroundings("other folder", folder="elsewhere"),
    Surroundings("non-root", before=(*READS_ALL, *AS_NOBODY)),
)


def made(root: Path) -> None:
    """Make the place: a scenario that anybody can read, a folder of foreign modules, and room for reports."""
    root.chmod(0o755)
    written(root)
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    for name in MODULES:
        (elsewhere / f"{name}.py").write_text("raise SystemExit('a module of the caller')\n", "utf-8")
    for name in ("reports", "tmp"):
        (root / name).mkdir()
        (root / name).chmod(0o777)


def tried(root: Path, around: Surroundings, engine: str, toxiproxy: Path | None) -> Result:
    """Run the scenario in one environment."""
    if around.before and (why := unable(around.before)):
        return Result(not_run=why)
    reports = root / "reports" / around.name.replace(" ", "-")
    arguments = ["run", str(root / "mini.yaml"), "--engine", engine, "--reports", str(reports)]
    # Scratch files of this environment's own: another user cannot write into root's.
    environ = {**os.environ, "TMPDIR": str(root / "tmp")}
    if toxiproxy is not None:
        environ["DEADAIR_TOXIPROXY"] = str(toxiproxy)
    environ = {name: value for name, value in environ.items() if name not in around.without} | dict(around.variables)
    shell = ["/bin/sh", "-c", f'exec "$0" "$@" {around.redirections}', *DEADAIR, *arguments]
    done = subprocess.run(
        [*around.before, *shell], env=environ, cwd=root / around.folder, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=RUN_LIMIT_S, check=False,
    )  # fmt: skip
    return read(reports / "latest", done.returncode, done.stdout.decode(errors="replace"))


def unable(before: Sequence[str]) -> str:
    """Say why nothing can be carried out that way; nothing if it can."""
    if shutil.which(before[0]) is None:
        return f"there is no {before[0]} here"
    done = subprocess.run(
        [*before, sys.executable, "-c", "import deadair, polars"], capture_output=True, timeout=60, check=False
    )
    said = done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
    return "" if done.returncode == 0 else f"{sys.executable} cannot be used that way: {said[-1]}"


def read(folder: Path, code: int, said: str) -> Result:
    """Read what a run left."""
    try:
        verdict: dict[str, Any] = json.loads((folder / "verdict.json").read_text("utf-8"))
        page = (folder / "report.html").read_text("utf-8")
    except (OSError, ValueError) as error:
        return Result(code, verdict=f"none ({error})", said=said)
    subject = verdict["subject"]["configuration_sha256"]
    whole = page.rstrip().endswith("</html>") and UNDRAWN not in page
    return Result(code, verdict["verdict"], subject, verdict["history_sha256"], page.count(UNDRAWN), whole, said=said)


def wrong_with(result: Result, plain: Result, engine: str) -> Iterator[str]:
    """Yield how an environment's result differs from that of the plain one, which has to pass."""
    if (result.code, result.verdict) != (0, "pass"):
        yield f"exit code {result.code}, verdict {result.verdict}"
    if result.configuration != plain.configuration:
        yield "another configuration hash"
    if engine == "simulated" and result.history != plain.history:
        yield "another history"
    if not result.whole:
        yield f"a report that is not whole ({result.undrawn} charts missing)"


def main() -> int:
    """Try every environment, print the table, and return 1 if one differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.environments", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--engine", choices=("simulated", "live"), default="simulated")
    engine = parser.parse_args().engine
    failed = missed = 0
    plain: Result | None = None
    with tempfile.TemporaryDirectory(prefix="environments-") as folder:
        root = Path(folder).resolve()
        made(root)
        toxiproxy = None
        if engine == "live":
            # Where anybody can start it: the cache is its user's own.
            toxiproxy = Path(shutil.copy2(toxiproxy_server(print), root / "toxiproxy-server"))
        sys.stdout.write(
            f"{'environment':<24} {'exit':>4} {'verdict':<8} {'configuration':<13} {'history':<13} report\n"
        )
        for around in SURROUNDINGS:
            result = tried(root, around, engine, toxiproxy)
            plain = plain or result
            if result.not_run:
                missed += 1
                sys.stdout.write(f"{around.name:<24} NOT RUN: {result.not_run}\n")
                continue
            wrong = list(wrong_with(result, plain, engine))
            failed += bool(wrong)
            sys.stdout.write(
                f"{around.name:<24} {result.code:>4} {result.verdict:<8} {result.configuration[:12]:<13} "
                f"{result.history[:12]:<13} {'whole' if result.whole else 'not whole'}\n"
            )
            if wrong:
                sys.stdout.write(f"  WRONG: {'; '.join(wrong)}\n  it said: {result.said[-1500:]}\n")
            sys.stdout.flush()
    total = len(SURROUNDINGS)
    sys.stdout.write(f"{total - failed - missed} of {total} as wanted, {failed} not, {missed} not run\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
