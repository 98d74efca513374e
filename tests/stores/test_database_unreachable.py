"""A short form of ``gate/database-unreachable``, run live: the database falls silent, then it is slow.

The good service passes, one whose alarms wait for the database fails for its alerts alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from deadair.rules.recovers import Recovers
from deadair.scenario.dump import dump
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS

pytestmark = pytest.mark.live

LIMIT_S = 150.0


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def short() -> Scenario:
    """Return the night without south's part, with 3 min of slow answers: 27 s of real time."""
    whole = load(shipped()["gate/database-unreachable"])
    silent, slow = whole.timeline[:2], whole.timeline[2:4]
    timeline = (*silent, *(one.model_copy(update={"at": minutes(13), "lasts": minutes(3)}) for one in slow))
    times = {"warm_up": minutes(4), "storm": minutes(17), "recovery": minutes(6)}
    checks = [
        one.model_copy(update={"within": minutes(5)}) if isinstance(one, Recovers) else one for one in whole.checks
    ]
    return whole.model_copy(
        update={
            "phases": whole.phases.model_copy(update=times),
            "promises": whole.promises.model_copy(update={"silences": 18}),
            "timeline": timeline,
            "checks": tuple(checks),
        }
    )


@pytest.mark.parametrize(
    ("defects", "code", "violated"),
    [((), 0, []), (("waits-for-store",), 1, ["no_data_deadline"])],
    ids=["good", "waits-for-store"],
)
def test_nobody_is_left_untold_by_a_database_that_is_silent_or_slow(
    tmp_path: Path, defects: tuple[str, ...], code: int, violated: list[str]
) -> None:
    if lacks := TARGETS["reference-postgres"].lacks():
        pytest.skip(lacks[0])
    scenario = tmp_path / "database-unreachable.yaml"
    scenario.write_text(dump(short()), encoding="utf-8")
    planted = [word for defect in defects for word in ("--defect", defect)]
    done = subprocess.run(
        [sys.executable, "-m", "deadair", "run", str(scenario), *planted, "--reports", str(tmp_path / "reports")],
        capture_output=True, text=True, timeout=LIMIT_S, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    (written,) = tmp_path.glob("reports/database-unreachable/*/verdict.json")
    said = json.loads(written.read_text("utf-8"))
    assert [rule["rule"] for rule in said["findings"] if rule["violations"]] == violated
    assert [(fault["kind"], fault["proved"], fault["heal_proved"]) for fault in said["faults"]] == [
        *[("partition", True, True)] * 2,
        *[("latency", True, True)] * 2,
    ]
