"""``deadair explore`` as people call it: what it finds, says and writes, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deadair.model.clock import Deadline
from deadair.scenario.load import load
from tests.unit.envelopes import TINY

DEADAIR = [sys.executable, "-m", "deadair"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "harness")}


def explore(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "tiny.yaml").write_text(TINY, "utf-8")
    command = [*DEADAIR, "explore", "tiny.yaml", "--out", "out", "--jobs", "2", *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=170, check=False
    )


def test_a_planted_defect_is_found_made_small_and_passes_without_it(tmp_path: Path) -> None:
    said = explore(tmp_path, "--nights", "40", "--defect", "gives-up", "--until-found", "--shrink-s", "20", "--json")
    assert said.returncode == 1, said.stderr
    told = json.loads(said.stdout)
    assert told == json.loads((tmp_path / "out/exploration.json").read_text("utf-8"))
    (regression,) = told["regressions"]
    assert (regression["rule"], regression["passes_without"]) == ("no_data_deadline", True)
    assert regression["faults"] <= 2
    file = tmp_path / regression["file"]
    assert load(file).name == file.stem
    for planted, code in ((["--defect", "gives-up"], 1), ([], 0)):
        again = [*DEADAIR, "run", str(file), "--engine", "simulated", *planted]
        assert (
            subprocess.run(
                again, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, timeout=60, check=False
            ).returncode
            == code
        )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_gets_what_was_found_so_far(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    command = [*DEADAIR, "explore", "tiny.yaml", "--out", "out", "--jobs", "2", "--minutes", "10"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        limit = Deadline.after(60)
        while not re.match("[1-9]", running.stderr.readline()) and not limit.passed():
            pass  # a line each 5 s, of which the first may be of no night yet
        running.send_signal(number)
        out, _ = running.communicate(timeout=30)
    assert running.returncode == 3
    assert "it was stopped before its time" in out
    told = json.loads((tmp_path / "out/exploration.json").read_text("utf-8"))
    assert told["interrupted"]
    assert told["nights"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "explore: say how long: --minutes N or --nights N"),
        (["--nights", "0"], "--nights: 0 are none; write 1 or more"),
        (["--minutes", "nan"], "--minutes: nan is no time"),
        (["--nights", "1", "--seed", "-1"], "--seed: -1 is no seed"),
        (["--nights", "1", "--defect", "givesup"], "has no 'givesup'; did you mean `gives-up`?"),
        (["--nights", "1", "--shrink-s", "-1"], "--shrink-s: -1 is no time"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    refused = explore(tmp_path, *arguments)
    assert refused.returncode == 64
    assert said in refused.stderr
    assert not (tmp_path / "out").exists()
