"""Free ports on loopback, kept taken until their process is about to listen. Knows nothing of who will.

They lie outside the range from which the kernel picks ports for outgoing connections: there, a node that is dead
for a while could find its port in use by anybody when it comes back.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from deadair.model.environment import LOOPBACK, Address
from deadair.model.errors import HarnessError

LOWEST = 10_240
HIGHEST = 65_000
RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
STRIDE = 997
"""Runs that start at once look in different places first, and each has room for many before it comes to the next."""


class PortsTakenError(HarnessError):
    """Somebody else took a port between its reservation and its use: another try, with others, may do."""


class FreePorts:
    """Reserves ports; ``release`` each before its process starts, ``close`` whatever is left."""

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}
        self._candidates = candidates(os.getpid())

    def reserve(self, host: str = LOOPBACK) -> Address:
        """Return a free address and keep it. Raises HarnessError if there is none."""
        for port in self._candidates:
            holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                holder.bind((host, port))
            except OSError:
                holder.close()
                continue
            taken = int(holder.getsockname()[1])
            self._held[taken] = holder
            return Address(host=host, port=taken)
        raise HarnessError(f"no free port is left on {host}: end what holds them (`ss -tln` lists it)")

    def release(self, *addresses: Address) -> None:
        """Let go of addresses, whose process starts now."""
        for address in addresses:
            if holder := self._held.pop(address.port, None):
                holder.close()

    def close(self) -> None:
        """Let go of all."""
        self.release(*(Address(port=port) for port in tuple(self._held)))


def candidates(start: int) -> Iterator[int]:
    """Yield ports to try, beginning somewhere that depends on ``start``; 0 (any) where the kernel leaves no room."""
    try:
        low, high = (int(word) for word in RANGE_FILE.read_text("utf-8").split())
    except (OSError, ValueError):
        low, high = LOWEST, HIGHEST
    quiet = [*range(LOWEST, min(low, HIGHEST)), *range(max(high + 1, LOWEST), HIGHEST)]
    first = start * STRIDE % len(quiet) if quiet else 0
    yield from quiet[first:]
    yield from quiet[:first]
    for _ in range(1000):
        yield 0
