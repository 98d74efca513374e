"""What the tests with hostile clients share: a gateway that outlives whatever is done to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deadair.model.clock import Deadline, pause
from tests.e2e.lone_gateway import ARRIVE_WITHIN_S, CONNECTIONS_MAX, Gateway, lone_gateway, prompt

MEMORY_MORE_MAX_KIB = 40_000


@pytest.fixture(scope="module")
def outliving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    data = tmp_path_factory.mktemp("gateway")
    with lone_gateway(data, arrive_within_s=ARRIVE_WITHIN_S, connections_max=CONNECTIONS_MAX) as gateway:
        yield gateway


@pytest.fixture
def gateway(outliving: Gateway) -> Iterator[Gateway]:
    """The gateway, which must be well after each test, and no larger than before."""
    files, memory_kib = outliving.open_files(), outliving.memory_kib()
    yield outliving
    limit = Deadline.after(20.0)
    while outliving.open_files() > files + 2:
        assert not limit.passed(), "connections stay open"
        pause(0.05)
    assert outliving.process.poll() is None
    assert outliving.memory_kib() < memory_kib + MEMORY_MORE_MAX_KIB
    prompt(outliving)
    assert all("failed" not in line["event"] for line in outliving.log())
