"""The runtime ``attached``: the service runs already, somewhere. It is reached, never started, killed or changed.

It is refused unless it runs on this machine's loopback, or a person has allowed it in a file: where, until when, and
who said so. What a run would do to it is said before the start.
"""

from __future__ import annotations

import ipaddress
import socket as sockets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from deadair.injectors.running_node import RunningNode
from deadair.model.clock import utc_stamp
from deadair.model.environment import LOOPBACK, Address
from deadair.model.errors import HarnessError, ScenarioError
from deadair.runtimes.allowance import Allowance
from deadair.runtimes.node_start import NodeStart
from deadair.runtimes.runtime import Layout, PlannedRun, RunMarks


class Attached:
    """A service that runs already."""

    outlives_run = True

    def __init__(self, marks: RunMarks) -> None:
        self._reached = marks.needs.reached

    def prepare(self, note: Callable[[str], None]) -> str:
        """Make nothing."""
        return LOOPBACK

    def reach(self, socket: str) -> Address:
        """Return where it is. Raises HarnessError if its name leads nowhere."""
        return resolved(self._reached[socket])

    def listen(self, socket: str, reached: Address) -> Address:
        """Return the very address: nobody is told to listen."""
        return reached

    def create(self, layout: Layout, note: Callable[[str], None]) -> None:
        """Make nothing."""

    def start(self, node: str, start: NodeStart) -> RunningNode:
        """Refuse to. Raises HarnessError."""
        raise HarnessError(f"the node {node} cannot be started: what is attached runs already")

    def others(self) -> Mapping[str, RunningNode]:
        """Return nothing: nobody of it is ours."""
        return {}

    def stop_all(self, *, limit_s: float) -> list[str]:
        """Leave it as it is."""
        return []


def check_attached(planned: PlannedRun) -> None:
    """Refuse what nobody has allowed, and say what the run will do. Raises ScenarioError, HarnessError."""
    for address in dict.fromkeys(planned.needs.reached.values()):
        found = resolved(address)
        if ipaddress.ip_address(found.host).is_loopback:
            planned.note(f"attached to {address}, on this machine: {planned.reach}")
        else:
            said_by, until = _allowed(address, planned)
            planned.note(f"attached to {address} ({found.host}), as {said_by} allows until {until}: {planned.reach}")
        if not _listens(found):
            raise HarnessError(f"nobody takes connections at {address}: start the service, or correct `sockets`")


def resolved(address: Address) -> Address:
    """Return an address with a number for its name. Raises HarnessError if it has none that a proxy can dial."""
    try:
        (found, *_) = sockets.getaddrinfo(address.host, address.port, sockets.AF_INET, sockets.SOCK_STREAM)
    except OSError as error:
        raise HarnessError(
            f"{address.host}: this name leads to no IPv4 address ({error}); correct `sockets`"
        ) from error
    return address.model_copy(update={"host": str(found[4][0])})


def _allowed(address: Address, planned: PlannedRun) -> tuple[str, str]:
    """Return who allowed it, and until when. Raises ScenarioError."""
    allowance: Allowance = planned.allowance
    one = next((one for one in allowance.attached if (one.host, one.port) == (address.host, address.port)), None)
    if one is None:
        raise ScenarioError(
            f"{address} is not on this machine, and nobody has allowed a run to put it under load: let its owner say "
            f"so, write `attached: [{{host: {address.host}, port: {address.port}, until: …, said_by: …}}]` into a "
            "file, and name that with --allow FILE"
        )
    left_s = (one.until_utc - _now_utc()).total_seconds()
    if left_s < planned.lasts_s:
        raise ScenarioError(
            f"{address} is allowed until {one.until}, and this run may last {planned.lasts_s / 60:.0f} min from now: "
            f"ask {one.said_by} for longer, or run a shorter scenario"
        )
    return one.said_by, one.until


def _now_utc() -> datetime:
    return datetime.strptime(utc_stamp(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _listens(address: Address) -> bool:
    with sockets.socket() as trying:
        trying.settimeout(5.0)
        return trying.connect_ex((address.host, address.port)) == 0
