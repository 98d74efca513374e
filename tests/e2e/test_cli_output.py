"""Whoever reads the output may go away: that is no violated rule, and changes no exit code."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.judging.judge import judge
from deadair.model.verdict import Exit
from deadair.reporting.report_files import write_reports
from tests.unit.judged_nights import night, without
from tests.unit.scenario_texts import changed

DEADAIR = [sys.executable, "-m", "deadair"]


def without_a_reader(*arguments: str, stream: str = "stdout") -> tuple[int, bytes]:
    """Run a command with a pipe that nobody reads; return its exit code and what it said on the other stream."""
    reading, writing = os.pipe()
    os.close(reading)
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    streams = {stream: writing, other: subprocess.PIPE}
    done = subprocess.run([*DEADAIR, *arguments], timeout=120, check=False, **streams)  # type: ignore[call-overload]
    os.close(writing)
    return done.returncode, getattr(done, other)


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["schema"], ["run", "scenarios/smoke", "--dry-run"]])
def test_a_reader_that_goes_away_changes_no_exit_code(arguments: list[str]) -> None:
    assert without_a_reader(*arguments) == (Exit.PASS, b"")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_goes_away_is_no_violated_rule_and_hides_none(tmp_path: Path, stream: str) -> None:
    # In a process of its own no partition is proved by the one fact of these histories, so a good one is unknown.
    good, bad = night(tmp_path / "good"), night(tmp_path / "bad", without(kind="alarm"))
    assert without_a_reader("check", str(good.root), stream=stream)[0] == Exit.UNKNOWN
    write_reports(bad, judge(bad))
    assert without_a_reader("report", str(bad.root), stream=stream)[0] == Exit.VIOLATED


def test_bad_usage_that_nobody_reads_of_is_still_64() -> None:
    assert without_a_reader("runn", stream="stderr") == (Exit.USAGE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_a_full_disk_lost_is_trouble() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*DEADAIR, "schema"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == Exit.HARNESS
    assert b"deadair: not all could be printed (No space left on device)" in done.stderr


def test_a_character_that_a_terminal_does_not_know_costs_nothing() -> None:
    done = subprocess.run(
        [*DEADAIR, "run", "scenarios/gate/thanksgiving-2019.yaml", "--dry-run"],
        capture_output=True, timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (Exit.PASS, b"")
    assert b"freeze notifier\\u2192push" in done.stdout


def test_whatever_ends_the_program_is_not_taken_for_a_violated_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(_arguments: object, **_options: object) -> None:
        sys.exit(1)

    monkeypatch.setattr("deadair.cli.app", leave)
    assert command(["list"]) == Exit.HARNESS
    told = capsys.readouterr().err
    assert "an error of the harness itself (SystemExit: 1)" in told


def test_a_real_shell_gets_the_exit_code() -> None:
    done = subprocess.run([*DEADAIR, "runn"], capture_output=True, timeout=30, check=False)
    assert done.returncode == Exit.USAGE


def on_a_terminal(*arguments: str, columns: int) -> list[str]:
    """Run a command before a terminal so wide; return the lines that it shows there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [*DEADAIR, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # what a terminal says when its last writer has gone
            while piece := os.read(ours, 4096):
                shown += piece
        process.wait(60)
    os.close(ours)
    return shown.decode().splitlines()


def test_on_a_narrow_terminal_text_breaks_between_words(tmp_path: Path) -> None:
    bad = tmp_path / "s.yaml"
    bad.write_text(changed("no_data_after: 20m", "no_data_after: 15m"), encoding="utf-8")
    for arguments in (["run", str(bad)], ["list", "rules"], ["run", "smoke/kill", "--engine", "somewhere"], ["runn"]):
        lines, whole = on_a_terminal(*arguments, columns=60), on_a_terminal(*arguments, columns=5000)
        assert " ".join(lines).split() == " ".join(whole).split()
        assert all(len(line) <= 60 for line in lines if len(line.split()) > 1), lines
    assert max(map(len, on_a_terminal("run", str(bad), columns=5000))) > 200


def test_the_schema_is_the_same_on_any_terminal() -> None:
    lines = on_a_terminal("schema", columns=30)
    assert json.loads("\n".join(lines))["title"] == "Dead Air scenario"
