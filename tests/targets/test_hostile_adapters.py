"""A run with an adapter that does what none may: it is named, nothing passes, and nobody waits for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.clock import Deadline
from deadair.model.verdict import Exit

HERE = Path(__file__).parent
pytestmark = pytest.mark.live

PLANTED = """

import sys, time
good = Adapter.{method}
def bad(self, *given):
    good(self, *given)
    {does}
Adapter.{method} = bad
"""
ENROLLS = "\nAdapter.enroll = lambda self, client, no_data_after_s: __import__('time').sleep(3600)\n"


def run(folder: Path, more: str) -> int:
    """Run the smallest night on a new target with this at the end of its adapter's file."""
    assert command(["new", "target", "crib"]) == Exit.PASS
    adapter = folder / "crib/adapter.py"
    adapter.write_text(adapter.read_text(encoding="utf-8") + more, encoding="utf-8")
    limit = Deadline.after(60.0)
    code = command(["run", str(HERE / "all-cut.yaml"), "--target", "crib", "--targets", "crib"])
    assert not limit.passed()
    return code


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (("newest", "time.sleep(3600)"), "did not return within 5 s"),
        (("poll", "while True: pass"), "did not return within 5 s"),
        (("upload", "raise RuntimeError('out of order')"), "raised RuntimeError: out of order"),
        (("outcome", "return 'fine'"), "returned 'fine': it must be one of ok, duplicate, fail, login"),
        (("newest", "return Reading(2 ** 33, 100)"), "returned a reading of the future"),
        (("login", "sys.exit(0)"), "raised SystemExit: 0"),
    ],
)
def test_a_bad_adapter_is_named_and_nothing_passes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    planted: tuple[str, str],
    said: str,
) -> None:
    method, does = planted
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, PLANTED.format(method=method, does=does)) in (Exit.UNKNOWN, Exit.HARNESS)
    told = capfd.readouterr()
    words = " ".join((told.out + told.err).split())
    assert f"`{method}` of the adapter ./adapter.py:Adapter {said}" in words
    assert "Traceback" not in words


def test_an_adapter_that_enrolls_for_ever_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, ENROLLS) == Exit.HARNESS
    told = capfd.readouterr()
    words = " ".join((told.out + told.err).split())
    assert "`enroll` of the adapter ./adapter.py:Adapter did not return within 5 s" in words
    assert "Traceback" not in words


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("\nraise SystemExit(0)\n", "SystemExit"),
        ("\ndel Adapter.poll\n", "has no method `poll`"),
        ("\nAdapter = 7\n", "has no class 'Adapter'"),
    ],
)
def test_what_is_no_adapter_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, more) in (Exit.USAGE, Exit.HARNESS)
    told = capfd.readouterr()
    words = " ".join((told.out + told.err).split())
    assert said in words
    assert "Traceback" not in words
    assert not (tmp_path / "reports").exists()
