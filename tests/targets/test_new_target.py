"""What ``deadair new target`` writes passes a night, as it is: an engineer starts from something that works."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.cli import command
from deadair.judging.format_1 import stored_verdict
from deadair.model.verdict import Exit

HERE = Path(__file__).parent
pytestmark = pytest.mark.live


def test_a_new_target_passes_the_night_without_any_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["new", "target", "crib"]) == Exit.PASS
    (tmp_path / "deadair.toml").write_text('targets = ["."]\n', encoding="utf-8")
    assert command(["run", str(HERE / "all-cut.yaml"), "--target", "crib"]) == Exit.PASS
    verdict = stored_verdict((tmp_path / "reports/latest/verdict.json").read_bytes())
    assert (verdict.verdict, verdict.silences.count, verdict.subject.version) == ("pass", 8, "0.1")
    assert command(["check", "latest"]) == Exit.PASS
