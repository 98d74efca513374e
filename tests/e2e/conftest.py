"""What several tests share: a gateway that outlives whatever is done to it, and a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deadair.model.clock import Deadline, pause
from tests.e2e.lone_gateway import ARRIVE_WITHIN_S, CONNECTIONS_MAX, Gateway, lone_gateway, prompt

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MEMORY_MORE_MAX_KIB = 40_000
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
LIMIT_MS = 30_000


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.is_file():
        reason = f"{CHROMIUM} is not there; on Debian: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=LIMIT_MS)
        yield browser
        browser.close()
