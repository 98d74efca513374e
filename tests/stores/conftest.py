"""The stores that an installation may have, each for tests that ask the same of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.running_postgres import WHY_NONE, RunningPostgres, made_postgres


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A server that runs; whoever ends it starts it again."""
    if WHY_NONE:
        pytest.skip(WHY_NONE)
    with made_postgres(tmp_path_factory.mktemp("postgres")) as server:
        server.start()
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The setting ``store_url`` of each kind of store."""
    if request.param == "sqlite":
        return ""
    server: RunningPostgres = request.getfixturevalue("postgres")
    server.empty()
    return server.url


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of an installation."""
    return tmp_path / "data"
