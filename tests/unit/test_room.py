"""What a machine has too little of is said in words, by the doctor and before anything starts."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from deadair import runner
from deadair.model.errors import HarnessError, of_disk
from deadair.model.progress import Progress
from deadair.model.run_options import RunOptions
from deadair.provision import room
from deadair.provision.doctor import examine
from deadair.provision.room import MEMORY_BYTES, MEMORY_FOLDER, SCRATCH_BYTES, rooms
from deadair.scenario.load import load
from deadair.scenario.shipped import shipped


def of(what: str, connections: int = 10) -> room.Room:
    (found,) = [each for each in rooms(connections) if each.what.startswith(what)]
    return found


@pytest.mark.parametrize(("most", "enough"), [(275, False), (276, True), (resource.RLIM_INFINITY, True)])
def test_a_connection_through_a_proxy_is_two_open_files(
    monkeypatch: pytest.MonkeyPatch, most: int, enough: bool
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, most))
    assert of("open files").enough == enough
    assert "10 devices and phones need 276" in of("open files").way


def test_one_core_is_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert (of("two cores").enough, of("two cores").needed) == (False, False)


@pytest.mark.parametrize(
    ("what", "least"), [("room for scratch files", SCRATCH_BYTES), (f"room in {MEMORY_FOLDER}", MEMORY_BYTES)]
)
def test_a_full_folder_is_seen(monkeypatch: pytest.MonkeyPatch, what: str, least: int) -> None:
    for free, enough in ((least, True), (least - 1, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert of(what).enough == enough


def test_where_no_scratch_file_can_be_made_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert of("room for scratch").found == "none (No usable temporary directory found)"


def test_the_doctor_says_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    (check,) = [check for check in examine(tmp_path, {"PATH": ""}) if check.need == "open files"]
    assert (check.state, check.found) == ("missing", "a process may open 64 files")
    assert "ulimit -Hn" in check.way


def test_a_live_run_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    with pytest.raises(HarnessError, match=r"open files: a process may open 64 files; .*ulimit -Hn"):
        runner.run_scenario(load(shipped()["smoke/kill"]), RunOptions(), tmp_path, "", lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_can_do_without_is_said_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    said: list[Progress] = []
    runner._demand_room(10, said.append)
    assert [progress.note.partition(":")[0] for progress in said] == ["two cores"]


def test_too_few_open_files_are_no_trouble_of_the_disk() -> None:
    assert "may open too few files" in str(of_disk("reports", OSError(errno.EMFILE, "Too many open files")))
