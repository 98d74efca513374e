"""Nights on a Dask cluster: the same as here, also when a worker dies; and which workers and addresses are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster

from deadair.explore.cluster_jobs import refuse_address, spread_over
from deadair.explore.night_run import NightWork
from deadair.model.errors import HarnessError, ScenarioError
from tests.explore.explored_work import Troubled, history_of
from tests.unit.envelopes import TINY, read

REPOSITORY = Path(__file__).parents[2]
PATHS = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "harness")])
ENVIRONMENT = {**os.environ, "PYTHONPATH": PATHS}


def deadair(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deadair", *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Two workers, each a process with one thread. One cluster for all tests: it takes seconds to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PATHS)
        with (
            dask.config.set({"distributed.scheduler.allowed-failures": 1}),
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as made,
        ):
            yield made.scheduler_address


def test_nights_have_the_same_histories_as_in_one_process(cluster: str) -> None:
    here = {number: history_of(number) for number in range(3)}
    ended = list(spread_over(cluster, history_of, [2, 0, 1, 1], limit_s=60.0))
    assert sorted(each.item for each in ended) == [0, 1, 1, 2]
    assert all(each.result == here[each.item] for each in ended)


def test_a_lost_worker_costs_its_own_items_which_are_done_again(cluster: str, tmp_path: Path) -> None:
    work = Troubled(tmp_path, dies=2, deaths=1, raises=4)
    ended = {each.item: each for each in spread_over(cluster, work, range(6), limit_s=60.0)}
    assert {item: each.result for item, each in ended.items()} == {0: 0, 1: 1, 2: 4, 3: 9, 4: None, 5: 25}
    assert ended[4].lost == "ValueError: no such item"
    assert len(set((tmp_path / "begun-2").read_text("utf-8").split())) == 2, "by another process"


def test_an_item_that_takes_too_long_ends_its_workers_and_is_named(cluster: str, tmp_path: Path) -> None:
    ended = {each.item: each for each in spread_over(cluster, Troubled(tmp_path, hangs=1), range(3), limit_s=1.0)}
    assert ended[1].lost == "each worker that was at it was lost"
    assert (ended[0].result, ended[2].result) == (0, 4)
    assert len(set((tmp_path / "begun-1").read_text("utf-8").split())) == 2


def test_the_verb_finds_the_same_failures_as_one_process(cluster: str, tmp_path: Path) -> None:
    work = NightWork(read(), seed=1, defects=("app-without-timer",))
    here = {number: list(violated) for number in range(4) if (violated := work(number).violated)}
    assert here, "some fail"
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    options = ["--nights", "4", "--defect", "app-without-timer", "--shrink-s", "0", "--json", "--cluster", cluster]
    said = deadair(tmp_path, "explore", "tiny.yaml", *options)
    assert said.returncode == 1, said.stderr
    told = json.loads(said.stdout)
    assert told["nights"] == 4
    assert {night["night"]: night["violated"] for night in told["failed"]} == here


def test_workers_that_share_a_process_are_refused() -> None:
    for threads, why in ((2, "has 2 threads; start workers with --nthreads 1"), (1, "shares its process with others")):
        here = LocalCluster(1, threads_per_worker=threads, processes=False, protocol="tcp", dashboard_address=":0")
        with here, pytest.raises(HarnessError, match=why):
            list(spread_over(here.scheduler_address, history_of, [0], limit_s=60.0))


@pytest.mark.parametrize(
    "address", ["localhost:8786", "tcp://localhost", "tcp://:8786", "tcp://there:0", "tls://there:1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ScenarioError, match="is no address of a scheduler; write tcp://HOST:PORT"):
        refuse_address(address)


def test_where_no_scheduler_is_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.explore.cluster_jobs.CONNECT_LIMIT_S", 0.5)
    with pytest.raises(HarnessError, match="no scheduler of a Dask cluster answers there"):
        list(spread_over("tcp://127.0.0.1:1", history_of, [0], limit_s=60.0))
