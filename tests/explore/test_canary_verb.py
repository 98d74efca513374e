"""``deadair canary`` as people call it: what it prints, how it ends, and what a bad word is answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "harness")}


def canary(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deadair", "canary", *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=170, check=False
    )


def test_a_defect_is_caught_and_the_good_service_passes(tmp_path: Path) -> None:
    said = canary(tmp_path, "--fast", "--defect", "gives-up", "--jobs", "2")
    assert said.returncode == 0, said.stderr
    assert "gives-up          ●" in said.stdout
    assert said.stdout.rstrip().endswith(
        "1 defect, each caught by its own rule; the good service passes in 2 scenarios"
    )


def test_in_drawn_nights_every_build_is_judged_and_told_as_json(tmp_path: Path) -> None:
    said = canary(tmp_path, "--fast", "--defect", "lows-untold", "--nights", "2", "--jobs", "2", "--json")
    told = json.loads(said.stdout)
    assert (said.returncode, told["exit"], told["wrong"]) == (0, 0, []), said.stderr
    assert [(one["defect"], one["night"]) for one in told["cells"] if one["night"] is not None].count(
        ("lows-untold", 1)
    ) == 1
    assert len(told["cells"]) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--defect", "give-up"], "gives-up"),
        (["--nights", "-1"], "--nights: -1 is no number of nights; write 0 to 10000"),
        (["--jobs", "0"], "--jobs: 0 is no number of processes; write 1 to 256"),
        (["--seed", "-1"], "--seed: -1 is no seed"),
        (["--nights", "1", "--envelope", "referenz"], "referenz: there is no such envelope"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    refused = canary(tmp_path, "--fast", *arguments)
    assert refused.returncode == 64
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
