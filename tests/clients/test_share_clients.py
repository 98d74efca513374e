"""Real clients, unmodified, over TLS, where nothing can leave: what takes no minutes. The rest is ``make clients``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from deadair.provision.limited_command import CommandFailed
from tools.clients.__main__ import driven_cells, provided
from tools.clients.packages import Packages
from tools.clients.phases import NONE, Cells, Wanted, is_fine, labels

pytestmark = pytest.mark.live

RUN_LIMIT_S = 150.0
AT_ONCE = ("by name", "by id", "latest", "history", "limits", "wrong password", "upload")
SESSIONS = ("expiry", "revocation", "kill of the gateway")
QUICK = ("pydexcom 0.5.1", "share2nightscout-bridge", "dexcom-share 2.0.1", "xDrip's order", "G7's uploader")
"""Those that read whenever they are asked to. nightscout-connect polls by itself, minutes apart."""


@pytest.fixture(scope="module")
def found() -> Packages:
    try:
        return provided()
    except (CommandFailed, OSError) as error:
        pytest.skip(str(error))


def came_of(found: Packages, folder: Path, clients: Collection[str], flows: Collection[str]) -> Cells:
    return driven_cells(found, Wanted(clients, flows), folder, limit_s=RUN_LIMIT_S)


def all_fine(cells: Cells) -> None:
    assert {place: came for place, came in cells.items() if not is_fine(came)} == {}


def test_every_client_logs_in_and_reads_or_uploads(found: Packages, tmp_path: Path) -> None:
    cells = came_of(found, tmp_path, (), AT_ONCE)
    assert {label for label, _ in cells} == set(labels())
    assert sum(came != NONE for came in cells.values()) == 39
    all_fine(cells)


def test_sessions_that_end_and_a_gateway_that_is_killed_are_come_through(found: Packages, tmp_path: Path) -> None:
    cells = came_of(found, tmp_path, QUICK, SESSIONS)
    assert NONE not in cells.values()
    all_fine(cells)


def test_a_client_that_misreads_refusals_is_not_driven_into_log_ins(found: Packages, tmp_path: Path) -> None:
    cells = came_of(found, tmp_path, ("share2nightscout-bridge",), ("429",))
    assert len(cells) == 1
    all_fine(cells)
