"""Counts the bytes of this machine's TCP connections by local port, exactly, without touching them.

The kernel is asked by netlink (``sock_diag``) for the counters of every open connection, and tells the last counters
of every connection that closes; so even one that lived between two looks is counted. No privilege is needed. Both are
filtered in the kernel, for this machine may have thousands of connections that are none of ours. This file knows
ports, not what they are for.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deadair.injectors.sock_diag import BY_FAMILY, HEADER, NETLINK_SOCK_DIAG, PORTS, dump, info_at, messages
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError

CLOSED_GROUP = 1  # SKNLGRP_INET_TCP_DESTROY, as a mask
RECEIVE_BUFFER = 8 << 20
ATTACH_FILTER = 26  # SO_ATTACH_FILTER
SHARED_S = 0.03
"""Looks that follow each other within this share one answer of the kernel."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What connections to one local port carried since they were first watched; none of it ever falls.

    ``asked``: what the other side sent; ``sent``: what our side sent back; ``answered``: how much of it the other
    side's kernel acknowledged, which it may do a little later.
    """

    asked_bytes: int = 0
    asked_segments: int = 0
    sent_bytes: int = 0
    answered_bytes: int = 0
    connections: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.asked_bytes + other.asked_bytes,
            self.asked_segments + other.asked_segments,
            self.sent_bytes + other.sent_bytes,
            self.answered_bytes + other.answered_bytes,
            self.connections + other.connections,
        )


class SocketCounters:
    """Watches the connections whose local port is one of ``ports``. Close it when done."""

    def __init__(self, ports: Iterable[int]) -> None:
        self._ports = frozenset(ports)
        self._open: dict[int, dict[bytes, Traffic]] = {port: {} for port in self._ports}
        self._ended = {port: Traffic() for port in self._ports}
        self._newest = {port: Traffic() for port in self._ports}
        self._shared = Deadline.after(0)
        self.missed = 0
        """How often the kernel had to drop news of closed connections: above 0 the counters are too low."""
        try:
            self._closings = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
            self._closings.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            if self._ports:
                _attach(self._closings, min(self._ports), max(self._ports))
            self._closings.bind((0, CLOSED_GROUP))
            self._closings.setblocking(False)
        except OSError as error:
            raise HarnessError(
                f"the kernel does not tell of TCP connections ({error.strerror}): "
                "cuts cannot be proved here; run on Linux 4.19 or newer with NETLINK_SOCK_DIAG"
            ) from error

    def look(self) -> dict[int, Traffic]:
        """Return the traffic of each watched port up to now. Raises HarnessError if the kernel does not answer.

        A connection that is gone from the dump but whose last counters have not come yet keeps its newest ones.
        """
        if not self._shared.passed():
            return dict(self._newest)
        for port, cookie, traffic in self._dump():
            self._open[port][cookie] = traffic
        for port, cookie, traffic in self._drain():
            self._open[port].pop(cookie, None)
            self._ended[port] += traffic
        self._newest = {port: sum(self._open[port].values(), self._ended[port]) for port in self._ports}
        self._shared = Deadline.after(SHARED_S)
        return dict(self._newest)

    def close(self) -> None:
        """Stop watching. Closing twice does nothing."""
        self._closings.close()

    def _dump(self) -> Iterator[tuple[int, bytes, Traffic]]:
        """Ask for every open connection of this machine and keep the watched ones."""
        for data in dump(min(self._ports, default=0), max(self._ports, default=0)):
            yield from self._watched(data)

    def _drain(self) -> Iterator[tuple[int, bytes, Traffic]]:
        """Take the last counters of the watched connections that closed since the last time."""
        while True:
            try:
                data = self._closings.recv(1 << 18)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise HarnessError(f"the kernel does not tell of TCP connections ({error})") from error
                self.missed += 1
            else:
                yield from self._watched(data)

    def _watched(self, data: bytes) -> Iterator[tuple[int, bytes, Traffic]]:
        for kind, start, end in messages(data):
            if kind != BY_FAMILY:
                continue
            port, _ = PORTS.unpack_from(data, start + 4)
            traffic = _traffic(data, start, end) if port in self._ports else None
            if traffic is not None:
                yield port, data[start + 44 : start + 52], traffic


def _attach(closings: socket.socket, lowest: int, highest: int) -> None:
    """Keep the news of closed connections to local ports within a range: a filter of the classic kind."""
    port_at = HEADER.size + 4
    steps = ((0x28, 0, 0, port_at), (0x35, 0, 2, lowest), (0x25, 1, 0, highest), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    closings.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("@HP", len(steps), ctypes.addressof(code)))


def _traffic(data: bytes, start: int, end: int) -> Traffic | None:
    """Read ``tcp_info`` out of a row's attributes; none for a connection that has no counters any more."""
    info = info_at(data, start, end)
    if info is None:
        return None
    acked, received = struct.unpack_from("=QQ", data, info + 120)
    (segments,) = struct.unpack_from("=I", data, info + 152)
    sent, sent_again = struct.unpack_from("=QQ", data, info + 200)
    # The end of a connection counts as one byte in acked and received, never in segments and sent.
    sent -= sent_again
    return Traffic(received if segments else 0, segments, sent, min(acked, sent), 1)
