"""A service in another language, described by a file alone: its bug is found, and mended it passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.judging.format_1 import stored_verdict
from deadair.model.verdict import Exit

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("node") is None, reason="the nursery is JavaScript, and there is no node here"),
]


@pytest.mark.parametrize(
    ("target", "code", "violated"),
    [("nursery", Exit.VIOLATED, ["no_data_deadline"]), ("nursery-mended", Exit.PASS, [])],
)
def test_the_night_without_any_reading_tells_the_two_apart(
    target: str, code: Exit, violated: list[str], tmp_path: Path
) -> None:
    arguments = ["run", str(HERE / "all-cut.yaml"), "--target", target, "--targets", str(HERE)]
    assert command([*arguments, "--reports", str(tmp_path)]) == code
    verdict = stored_verdict((tmp_path / "latest/verdict.json").read_bytes())
    assert [finding.rule for finding in verdict.findings if finding.violations] == violated
    assert verdict.silences.count == 8
    assert verdict.target == target


def test_the_two_differ_in_their_timer_alone() -> None:
    bad, good = ((HERE / name / "target.yaml").read_text("utf-8") for name in ("nursery", "nursery-mended"))
    theirs = good.replace("../nursery/server.js", "server.js").splitlines()[2:]
    assert [line for line in theirs if line not in bad.splitlines()] == ['      CHECK_EVERY_S: "0.2"']
