"""The fleet's process with an adapter that does what none may: it is named, and the process ends; it never hangs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deadair.history.rows import Kind
from deadair.model.clock import Deadline
from deadair.model.verdict import Exit
from tests.e2e.fleet_testbed import end, rows, stage, until
from tests.unit.fleet_fakes import serving

PLAIN = "tests.unit.plain_target"
METHOD = "`newest` of the adapter ./adapter.py:Adapter"


@pytest.mark.parametrize(("how", "sentence"), [
    ("raises", f"{METHOD} raised RuntimeError: out of order"),
    ("leaves", f"{METHOD} raised SystemExit: good bye"),
    ("mistypes", f"{METHOD} returned a dict: it must be a Reading of two whole numbers"),
    ("foresees", f"{METHOD} returned a reading of the future"),
])  # fmt: skip
def test_a_bad_adapter_is_named_in_the_history_and_ends_the_fleet(tmp_path: Path, how: str, sentence: str) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(defects=(how,))
        fleet = built.start_fleet(module=PLAIN)
        assert fleet.wait(20.0) == 4
        assert sentence in built.log("fleet")
        (trouble,) = [row["detail"] for row in rows(built.history(), Kind.TROUBLE)]
    assert sentence in trouble


@pytest.mark.parametrize("how", ["sleeps", "spins"])
def test_an_adapter_that_never_comes_back_is_named_and_hangs_nobody(tmp_path: Path, how: str) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write(defects=(how,))
        fleet = built.start_fleet(module=PLAIN)
        limit = Deadline.after(20.0)
        assert fleet.wait(20.0) == 4
        assert not limit.passed()
        assert f"{METHOD} did not return within 5 s" in built.log("fleet").splitlines()[-1]
        assert len(built.history().torn) == 1


def test_a_target_that_is_only_described_is_driven_like_any_other(tmp_path: Path) -> None:
    with serving() as service, stage(tmp_path, service.address) as built:
        built.write()
        fleet = built.start_fleet(module=PLAIN)
        until(lambda: all(service.stored.get(f"device-{n}") for n in range(6)), "everybody has uploaded", fleet)
        until(lambda: service.seen.count("/poll") > 12, "everybody has polled twice", fleet)
        assert end(fleet) == 0
        history = built.history()
    assert not history.torn
    made = {(row["patient"], row["measured_us"], row["value"]) for row in rows(history, Kind.MEASURED)}
    shown = [row for row in rows(history, Kind.SCREEN) if row["detail"] == "current"]
    assert {row["phone"] for row in shown} == set(range(6))
    assert all((row["patient"], row["measured_us"], row["value"]) in made for row in shown)
    assert {row["outcome"] for row in rows(history, Kind.UPLOAD)} == {"ok"}


@pytest.mark.parametrize("line", ["import os; os._exit(0)", "from os import _exit; _exit(0)"])
def test_an_adapter_that_ends_its_process_makes_nothing_green(tmp_path: Path, line: str) -> None:
    (tmp_path / "adapter.py").write_text(line, "utf-8")
    load = "import sys; from pathlib import Path; from deadair.targets.adapters.own_class import made; "
    load += "made('./adapter.py:Adapter', Path(sys.argv[1]))"
    command = [sys.executable, "-c", load, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == Exit.HARNESS
    assert (
        ended.stderr == "deadair: ./adapter.py:Adapter ended the process of the harness (os._exit(0)): take that out\n"
    )
