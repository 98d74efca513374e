"""A node as a process of this machine, by the interface that all runtimes have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.injectors.processes import MARKER, find, kill_all
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.runtimes.catalogue import runtime_entry
from deadair.runtimes.node_start import ComposeStart, ContainerStart, ImageBuild, ProcessStart, in_words
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import Layout, RunMarks

pytestmark = pytest.mark.live

RUN_ID = "processes-of-a-test"
TELL = ProcessStart(
    (sys.executable, "-c", f"import os, time; print(os.getcwd(), os.environ['{MARKER}'], flush=True); time.sleep(60)")
)


@pytest.fixture
def marks(tmp_path: Path) -> Iterator[RunMarks]:
    folder = RunFolder(tmp_path)
    folder.create()
    yield RunMarks(RUN_ID, folder, ())
    kill_all(RUN_ID, limit_s=5)


def said(folder: RunFolder, node: str) -> str:
    """What a node has printed, once it has."""
    limit = Deadline.after(10)
    while not (text := (folder.logs / f"{node}.log").read_text()).endswith("\n"):
        assert not limit.passed()
        pause(0.02)
    return text


def test_a_node_is_started_in_the_runs_folder_marked_and_ended_with_all_others(marks: RunMarks) -> None:
    runtime = runtime_entry("processes").make(marks)
    assert runtime.create(Layout({"one": TELL}, {}, (), Address(port=1)), print) is None
    one, two = runtime.start("one", TELL), runtime.start("two", TELL)
    assert said(marks.folder, "one") == f"{marks.folder.root} {RUN_ID}\n"
    assert (one.name, one.alive(), one.ended(), len(one.pids())) == ("one", True, None, 1)
    assert runtime.stop_all(limit_s=5) == []
    assert (one.alive(), two.alive(), one.pids(), one.ended()) == (False, False, (), -15)
    assert find(RUN_ID) == ()


def test_a_node_that_is_started_again_is_another_life_of_it(marks: RunMarks) -> None:
    runtime = Processes(marks)
    first = runtime.start("one", TELL)
    first.kill()
    first.handle.wait(5)
    second = runtime.start("one", TELL)
    assert (first.alive(), second.alive()) == (False, True)
    second.pause()
    limit = Deadline.after(5)
    while not second.stands_still():
        assert not limit.passed()
    second.resume()
    assert runtime.stop_all(limit_s=5) == []


def test_a_process_sees_this_machine_as_everybody_does(marks: RunMarks) -> None:
    runtime = Processes(marks)
    assert runtime.prepare(print) == "127.0.0.1"
    assert runtime.listen("api", Address(port=8000)) == Address(port=8000)


def test_a_container_is_no_process_and_a_runtime_is_one_of_the_list(marks: RunMarks) -> None:
    with pytest.raises(HarnessError, match="the node one is no process"):
        Processes(marks).start("one", ContainerStart("follow:1"))
    with pytest.raises(HarnessError, match="this version has no runtime 'vms'; it has "):
        runtime_entry("vms")


def test_the_ledger_says_what_is_started() -> None:
    assert in_words(ProcessStart(("node", "server.js"))) == ["node", "server.js"]
    assert in_words(ContainerStart("follow:1", ("serve",))) == ["follow:1", "serve"]
    assert in_words(ContainerStart(ImageBuild(Path("/src/follow")), ("serve",))) == ["/src/follow", "serve"]
    assert in_words(ComposeStart("web")) == ["web"]
