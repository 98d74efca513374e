"""Processes that explore: what becomes of those that die, hang or are left alone, and that nights repeat in each."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deadair.explore.item_work import Ended
from deadair.explore.jobs import spread
from deadair.injectors.child_environment import child_environment
from deadair.injectors.processes import Identity
from deadair.model.clock import Deadline, pause
from tests.explore.explored_work import Troubled, history_of

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _tests_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process imports its work by name; what is in the tests it finds only here."""
    paths = {**child_environment()}["PYTHONPATH"]
    monkeypatch.setattr(
        "deadair.explore.jobs.child_environment",
        lambda: {**child_environment(), "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{paths}"},
    )


def done(work: Troubled, tmp_path: Path, *, items: int = 6, limit_s: float = 60.0) -> dict[int, Ended[int, int]]:
    ended = list(spread(work, range(items), jobs=2, limit_s=limit_s, log=tmp_path / "log"))
    assert sorted(each.item for each in ended) == list(range(items)), "each item ends once"
    return {each.item: each for each in ended}


def test_a_process_that_dies_loses_only_its_item_which_is_done_again(tmp_path: Path) -> None:
    ended = done(Troubled(tmp_path, dies=2, deaths=1), tmp_path)
    assert {item: each.result for item, each in ended.items()} == {item: item * item for item in range(6)}
    assert len(set((tmp_path / "begun-2").read_text("utf-8").split())) == 2, "by another process"


def test_an_item_that_kills_its_process_twice_is_named(tmp_path: Path) -> None:
    ended = done(Troubled(tmp_path, dies=2, deaths=9), tmp_path)
    assert (ended[2].result, ended[2].lost) == (None, "its process ended by itself (exit code -9)")
    assert all(each.result == item * item for item, each in ended.items() if item != 2)


def test_an_item_that_hangs_is_ended_tried_again_and_named(tmp_path: Path) -> None:
    ended = done(Troubled(tmp_path, hangs=1), tmp_path, items=3, limit_s=3.0)
    assert ended[1].lost == "its process took longer than 3 real s and was ended"
    assert [ended[item].result for item in (0, 2)] == [0, 4]
    assert len((tmp_path / "begun-1").read_text("utf-8").split()) == 2


def test_an_item_that_raises_is_named_and_costs_no_process(tmp_path: Path) -> None:
    ended = done(Troubled(tmp_path, raises=3), tmp_path)
    assert ended[3].lost == "ValueError: no such item"
    assert ended[5].result == 25


def test_once_it_is_left_no_process_is_there(tmp_path: Path) -> None:
    running = spread(Troubled(tmp_path, hangs=1), range(2), jobs=2, limit_s=60.0, log=tmp_path / "log")
    assert next(running).result == 0
    limit = Deadline.after(20)
    while not (tmp_path / "begun-1").exists() and not limit.passed():
        pause(0.05)
    identity = Identity.of(int((tmp_path / "begun-1").read_text("utf-8")))
    assert identity is not None
    running.close()
    assert not identity.alive()


def test_when_the_one_who_started_them_is_killed_they_end_too(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from deadair.explore.jobs import spread; import deadair.explore.jobs as jobs\n"
        "from tests.explore.explored_work import Troubled; old = jobs.child_environment\n"
        f"jobs.child_environment = lambda: {{**old(), 'PYTHONPATH': {str(REPOSITORY)!r} + ':' + old()['PYTHONPATH']}}\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "list(spread(Troubled(folder, hangs=0), [0], jobs=1, limit_s=60.0, log=folder / 'log'))\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "harness")])}
    with subprocess.Popen([sys.executable, "-c", code], env=env) as starter:
        limit = Deadline.after(30)
        while not (begun := tmp_path / "begun-0").exists() and not limit.passed():
            pause(0.05)
        identity = Identity.of(int(begun.read_text("utf-8")))
        assert identity is not None
        starter.send_signal(signal.SIGKILL)
    while identity.alive() and not limit.passed():
        pause(0.05)
    assert not identity.alive()


def test_a_night_has_one_history_in_every_process(tmp_path: Path) -> None:
    here = {number: history_of(number) for number in range(3)}
    again = spread(history_of, [2, 0, 1, 1], jobs=2, limit_s=60.0, log=tmp_path / "log")
    assert [each.result == here[each.item] for each in again] == [True] * 4
    assert len(set(here.values())) == 3
