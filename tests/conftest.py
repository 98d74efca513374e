"""In which order the tests run, one or two at a time: those that live in real time have the machine to themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

REPOSITORY = Path(__file__).parents[1]
LIVE = "pytestmark = pytest.mark.live"
"""The line by which a file says that its tests live in real time, and need the machine to themselves."""
SHARED = ("tests/e2e/", "tests/repo/")
"""Where the tests of a file share a service, a browser or a copy of the repository: each is started once."""


@pytest.fixture(autouse=True)
def _tracebacks_of_tests(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests provoke out of the home of whoever runs them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@cache
def is_live(file: str) -> bool:
    """Say whether a file of tests, named from the repository on, lives in real time."""
    return LIVE in (REPOSITORY / file).read_text("utf-8").splitlines()


class QuietAtLast(LoadScopeScheduling):  # type: ignore[misc]
    """Gives out one test at a time, or a file that shares processes among its tests; and what is live to one alone."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        if is_live(file):
            return "live"
        return file if file.startswith(SHARED) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> QuietAtLast:
    """Take it for several processes; ``make test`` has two."""
    config.option.loadscopereorder = False
    return QuietAtLast(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them last: the other process is through with all the others by then."""
    items.sort(key=lambda item: item.get_closest_marker("live") is not None)
