"""A simulated run, replayed: the same to the last bit, while it follows a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.phone_trace import PhoneTrace
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.reporting import charts

SCENARIO = Path(__file__).parents[2] / "scenarios/smoke/partition.yaml"
CUT_OFF = 2
"""A phone of the cohort whose downlink is cut."""


@pytest.fixture
def _quick_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "svg", lambda spec, label: f"<svg aria-label='{label}'></svg>")


@pytest.mark.usefixtures("_quick_drawing")
def test_a_replay_is_identical_and_shows_the_way_of_an_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = ["--reports", str(tmp_path)]
    assert command(["run", str(SCENARIO), "--engine", "simulated", *reports]) == Exit.PASS
    again = ["replay", "latest", "--trace", f"phone={CUT_OFF}", "--until", "00:12", *reports]
    assert command(again) == Exit.PASS
    told = capsys.readouterr().out
    assert "replay: identical, bit for bit (sha256 " in told.splitlines()[-2]
    assert f"phone {CUT_OFF}, following patient 1, until 00:12:00: " in told

    folder = RunFolder((tmp_path / "latest").resolve())
    trace = PhoneTrace.model_validate_json(folder.trace.read_bytes())
    assert "Following one phone" in folder.report.read_text()
    assert trace.steps[-1].at_s <= 12 * 60
    way = ("measured", "uploaded", "inbox", "stored", "poll", "shown", "confirmed", "timer", "outbox", "taken",
           "pushed", "push", "presented")  # fmt: skip
    first = {step.what: number for number, step in reversed(list(enumerate(trace.steps)))}
    assert [what for what in way if what not in first] == []
    alarm = [first[what] for what in ("confirmed", "timer", "outbox", "taken", "push", "presented")]
    assert alarm == sorted(alarm)
    blind = trace.steps[first["timer"]]
    assert blind.age_s is not None
    assert blind.age_s >= 600
