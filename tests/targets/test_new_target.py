"""What ``deadair new target`` writes passes a night, as it is: an engineer starts from something that works."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.cli import command
from deadair.judging.format_1 import stored_verdict
from deadair.model.environment import Environment
from deadair.model.verdict import Exit

HERE = Path(__file__).parent
SECRET = "hush-hush-4711"
pytestmark = pytest.mark.live


@pytest.fixture
def target_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new target in the folder that one works in, which names it."""
    monkeypatch.chdir(tmp_path)
    assert command(["new", "target", "crib"]) == Exit.PASS
    (tmp_path / "deadair.toml").write_text('targets = ["."]\n', encoding="utf-8")
    return tmp_path / "crib/target.yaml"


def changed(target_file: Path, *pairs: tuple[str, str]) -> None:
    text = target_file.read_text("utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    target_file.write_text(text, "utf-8")


def test_a_new_target_passes_the_night_without_any_reading(tmp_path: Path, target_file: Path) -> None:
    assert command(["run", str(HERE / "all-cut.yaml"), "--target", "crib"]) == Exit.PASS
    verdict = stored_verdict((tmp_path / "reports/latest/verdict.json").read_bytes())
    assert (verdict.verdict, verdict.silences.count, verdict.subject.version) == ("pass", 8, "0.1")
    target_file.unlink()
    assert command(["check", "latest"]) == Exit.PASS


def test_no_secret_is_left_in_a_run_and_the_running_service_says_its_version(
    tmp_path: Path, target_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(
        target_file,
        ("[python3, service.py, --version]", "NOTHING"),
        ("version: {command: NOTHING}", "version: {http: {socket: api, path: /health}, pointer: /version}"),
        (
            "start: {command: [python3, service.py]}",
            'start: {command: [sh, -c, "echo told $TOKEN and {secret.TOKEN}; exec python3 service.py"]}',
        ),
        ("speed_max: 60", "speed_max: 60\nsecrets: [TOKEN]\nfiles: {crib.conf: crib.template}"),
    )
    target_file.with_name("crib.template").write_text("token = {secret.TOKEN}\n", "utf-8")
    night = ["run", str(HERE / "all-cut.yaml"), "--target", "crib"]
    monkeypatch.delenv("TOKEN", raising=False)
    assert command(night) == Exit.HARNESS
    assert not (tmp_path / "reports").exists()
    monkeypatch.setenv("TOKEN", SECRET)
    monkeypatch.setenv("OTHER", "of the caller")
    assert command(night) == Exit.PASS
    run = (tmp_path / "reports/latest").resolve()
    verdict = stored_verdict((run / "verdict.json").read_bytes())
    assert (verdict.verdict, verdict.subject.version) == ("pass", "0.1")
    assert (run / "logs/service.log").read_text().startswith("told [TOKEN] and [TOKEN]\n")
    assert (run / "data/crib.conf").read_text() == "token = [TOKEN]\n"
    dropped = Environment.model_validate_json((run / "environment.json").read_bytes()).dropped_variables
    assert ("OTHER" in dropped, "TOKEN" in dropped) == (True, False)
    assert [path for path in run.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
