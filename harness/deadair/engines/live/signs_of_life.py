"""By what one sees that a part of a run has started, or why it has not. Starts nothing."""

from __future__ import annotations

import socket
from pathlib import Path

from deadair.fleet.process.launch import read_load_status, read_status
from deadair.model.environment import Address


def port_taken(said: str) -> bool:
    """Say whether somebody says that he has not got his port."""
    return any(sign in said for sign in ("in use", "bind", "port is already allocated"))


def listens(address: Address) -> bool:
    """Say whether somebody takes connections there."""
    with socket.socket() as trying:
        trying.settimeout(0.5)
        return trying.connect_ex((address.host, address.port)) == 0


def load_ready(path: Path) -> bool:
    """Say whether a load process can begin."""
    status = read_load_status(path)
    return status is not None and status.ready


def fleet_runs(path: Path) -> bool:
    """Say whether the fleet is at work."""
    status = read_status(path)
    return status is not None and status.running
