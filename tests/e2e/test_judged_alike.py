"""One run is judged and reported in the same bytes by every process: no order of a set, a group or a hash is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deadair.model.run_folder import RunFolder
from tests.histories.ops import Row, alarm, measured, notice, shows, status, stored
from tests.unit.judged_nights import ALL, night

JUDGE = """
import sys
from pathlib import Path
from deadair.judging.judge import judge
from deadair.model.run_folder import RunFolder
from deadair.reporting.report_files import report_run
folder = RunFolder(Path(sys.argv[1]))
report_run(folder, judge(folder))
"""
WRITTEN = ("verdict.json", "summary.md", "junit.xml", "report.html")


def everything_wrong(rows: list[Row]) -> list[Row]:
    """Break each rule on as many phones for each of its reasons, so that no number puts the reasons in order."""
    rows = [row for row in rows if row["kind"] not in ("alarm", "accepted")]
    for number in ALL:
        rows += [alarm(6, phone=number), notice(7, phone=number), alarm(8, phone=number, path="phone_timer")]
        rows += [alarm(9, phone=number, path=f"unheard of {number}")]
        what = number % 3
        if what == 0:
            rows.append(shows(64, None, phone=number))
        if what == 1:
            rows.append(shows(64, 63, phone=number))
        if what == 2:
            rows += [measured(63.5, patient=number), shows(64, 20, phone=number)]
        rows.append(stored(74, 5 * (number % 2), patient=number))
    return [*rows, *(status(at + 0.5, "incident") for at in range(10))]


def written(folder: RunFolder, seed: str) -> list[bytes]:
    """Judge and report it in a process of its own; return every file that says something."""
    subprocess.run(
        [sys.executable, "-c", JUDGE, str(folder.root)],
        env={**os.environ, "PYTHONHASHSEED": seed}, check=True, timeout=120,
    )  # fmt: skip
    return [(folder.root / name).read_bytes() for name in WRITTEN]


def test_a_night_with_every_violation_is_judged_in_the_same_bytes_under_every_hash_seed(tmp_path: Path) -> None:
    folder = night(tmp_path, everything_wrong)
    first, *others = [written(folder, seed) for seed in ("0", "1", "2")]
    assert b"fail" in first[0]
    for other in others:
        assert [name for name, one, two in zip(WRITTEN, first, other, strict=True) if one != two] == []
