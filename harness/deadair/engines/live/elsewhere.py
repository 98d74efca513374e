"""How somebody asks the target who is not of the fleet: past the proxies, and from another address of this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping

from deadair.engines.break_ins import Ask
from deadair.model.environment import Address
from deadair.targets.admin_http import ask
from deadair.targets.request import Answer, Request

STRANGERS_HOST = "127.0.0.3"
"""Loopback, and nobody else's: the fleet comes from 127.0.0.1."""


def ask_from_elsewhere(sockets: Mapping[str, Address]) -> Ask:
    """Return how to ask the target's sockets. Where the machine has no such address, one comes from its usual one."""
    there = _is_there(STRANGERS_HOST)

    def asked(name: str, request: Request, limit_s: float) -> Answer:
        address = sockets[name]
        return ask(
            address, request, limit_s, from_host=STRANGERS_HOST if there and _is_loopback(address.host) else None
        )

    return asked


def _is_there(host: str) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind((host, 0))
        except OSError:
            return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network("127.0.0.0/8")
    except ValueError:
        return False
