"""A node stands still and goes on; who heals a run lets everything go on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.injectors.injector import Break
from deadair.injectors.injector_entry import BrokenRun
from deadair.injectors.pauses import NodePauser, RunResumer
from deadair.injectors.processes import Identity, descendants, find, kill_all, stands_still
from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from tests.e2e.run_parts import RunParts

pytestmark = pytest.mark.live

STOP = Break("pauses", "stop", "processor")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[RunParts]:
    parts = RunParts(tmp_path)
    yield parts
    kill_all(parts.run_id, limit_s=5)
    parts.close()


def test_a_paused_node_stands_still_until_it_is_let_go_on(parts: RunParts) -> None:
    node, forgotten = parts.spawn("processor"), list[str]()
    pauser = NodePauser({"processor": node}, lambda name: True, forgotten.append)
    assert dict(pauser.look(STOP).facts) == {"stopped": False, "ready": False}
    assert pauser.healed(STOP)
    pauser.begin(STOP)
    assert dict(pauser.look(STOP).facts) == {"stopped": True, "ready": False}
    assert not pauser.healed(STOP)
    assert forgotten == []
    pauser.heal(STOP)
    pauser.heal(STOP)
    assert forgotten == ["processor", "processor"], "what it answered before it stood still counted after it"
    assert pauser.healed(STOP)
    assert dict(pauser.look(STOP).facts) == {"stopped": False, "ready": True}
    assert node.identity.alive()


def nothing(node: str) -> None:
    """Forget nothing."""


def test_a_node_that_died_is_not_seen_standing_still(parts: RunParts) -> None:
    node = parts.spawn("processor")
    pauser = NodePauser({"processor": node}, lambda name: True, nothing)
    node.identity.kill()
    node.handle.wait(5)
    pauser.begin(STOP)
    assert pauser.look(STOP).facts["stopped"] is False


def test_an_unknown_node_cannot_be_paused() -> None:
    with pytest.raises(HarnessError, match="no node ghost"):
        NodePauser({}, lambda name: True, nothing).begin(Break("pauses", "stop", "ghost"))


def test_who_knows_only_the_run_lets_all_of_it_go_on(parts: RunParts) -> None:
    node = parts.spawn("processor")
    NodePauser({"processor": node}, lambda name: True, nothing).begin(STOP)
    resumer = RunResumer(BrokenRun(parts.run_id, Path(), 60.0, {}))
    assert not resumer.healed(STOP)
    resumer.heal(STOP)
    assert resumer.healed(STOP)
    assert not stands_still(node.identity)


CHILD_APART = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True, env={})
time.sleep(60)
"""


def test_what_a_node_started_in_another_session_stands_still_with_it(parts: RunParts) -> None:
    """As the workers of a database do, which show nobody the run's marker either."""
    node = parts.spawn("processor", [sys.executable, "-c", CHILD_APART])
    limit = Deadline.after(5.0)
    while not (children := descendants(node.identity)):
        assert not limit.passed(), "it started nothing"
        pause(0.01)
    assert node.pids() == (node.identity.pid, *(child.pid for child in children))
    pauser = NodePauser({"processor": node}, lambda name: True, nothing)
    try:
        pauser.begin(STOP)
        wait_until_each(children, still=True)
        pauser.heal(STOP)
        wait_until_each(children, still=False)
    finally:
        for child in children:
            child.kill()


def wait_until_each(several: tuple[Identity, ...], *, still: bool) -> None:
    limit = Deadline.after(5.0)
    while any(stands_still(one) is not still for one in several):
        assert not limit.passed()
        pause(0.01)


def test_what_stands_still_can_be_ended(parts: RunParts) -> None:
    """A dead runner's guardian ends a run without a look at what is paused in it."""
    NodePauser({"processor": parts.spawn("processor")}, lambda name: True, nothing).begin(STOP)
    assert kill_all(parts.run_id, limit_s=5) == ()
    assert find(parts.run_id) == ()
