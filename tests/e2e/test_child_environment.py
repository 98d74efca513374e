"""The caller's shell and folder reach no process of a run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import deadair
from deadair.injectors.child_environment import child_environment, dropped_variables, import_paths
from deadair.injectors.processes import MARKER, spawn

HOSTILE = {
    "FOLLOW_PORT": "tcp://10.96.0.7:80",
    "FOLLOW_DEFECTS": "[]",
    "PYTHONOPTIMIZE": "2",
    "PYTHONSTARTUP": "/nowhere/startup.py",
    "PYTHONWARNINGS": "error",
    "PYTHONHASHSEED": "7",
    "http_proxy": "http://proxy.example:3128",
    "LOCUST_HOST": "http://elsewhere.example",
    "DEADAIR_PASSWORD": "theirs",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Asia/Kolkata",
    "HOME": "/home/somebody",
}
SEEN = "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.path, sys.stdin.read()]))"
OURS = Path(deadair.__file__).parents[1]


def test_only_what_starts_a_program_is_handed_down() -> None:
    made = child_environment({**HOSTILE, "PATH": "/usr/bin:.:bin:/bin", "TMPDIR": "scratch"})
    made.pop("PYTHONPATH", None)
    assert made == {
        "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1",
    }  # fmt: skip


def test_what_is_dropped_is_named_and_its_value_is_not() -> None:
    assert dropped_variables({"PATH": "/bin", "SECRET": "s3cret", "AWS": "x"}) == ("AWS", "SECRET")


def test_a_name_that_is_no_text_can_be_written_down_all_the_same() -> None:
    (name,) = dropped_variables({"\udcff": "1"})
    assert name.encode("utf-8") == b"\\udcff"


def test_this_package_is_found_and_the_callers_folders_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, installed = tmp_path / "theirs", tmp_path / "installed"
    theirs.mkdir()
    (theirs / "json.py").write_text("raise SystemExit('not this one')", "utf-8")
    (installed / "thing-1.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", ["", "here", str(theirs), str(installed), *sys.path])
    found = import_paths()
    assert found[0] == str(OURS)
    assert str(installed) in found
    assert not {"", "here", str(theirs)} & set(found)


def test_a_process_sees_nothing_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, folder = tmp_path / "theirs", tmp_path / "run"
    theirs.mkdir()
    folder.mkdir()
    (theirs / "json.py").write_text("raise SystemExit('not this one')", "utf-8")
    for name, value in {**HOSTILE, "PYTHONPATH": str(theirs), MARKER: "another run"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(theirs)
    log = folder / "x.log"
    command = [sys.executable, "-c", SEEN]
    process = spawn("x", command, run_id="t", folder=folder, log=log, variables={"OWN": "1"})
    assert process.handle.wait(10) == 0, log.read_text("utf-8")
    environment, here, path, said = json.loads(log.read_text("utf-8"))
    assert {name: environment.get(name) for name in (MARKER, "OWN")} == {MARKER: "t", "OWN": "1"}
    assert not {name for name, value in HOSTILE.items() if environment.get(name) == value}
    assert (here, said) == (str(folder), "")
    assert str(OURS) in path
    assert not {"", str(theirs), str(folder)} & set(path)


def test_a_process_starts_from_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path.cwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        process = spawn("x", [sys.executable, "-c", SEEN], run_id="t", folder=tmp_path, log=tmp_path / "x.log")
        assert process.handle.wait(10) == 0
        assert import_paths()[0] == str(OURS)
    finally:
        os.chdir(before)
