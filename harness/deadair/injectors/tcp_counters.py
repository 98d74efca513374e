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

from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError

NETLINK_SOCK_DIAG = 4
CLOSED_GROUP = 1  # SKNLGRP_INET_TCP_DESTROY, as a mask
BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY, the type of requests and of rows
REQUEST_DUMP = 0x301
ERROR, DONE = 2, 3
WITH_INFO = 1 << 1  # INET_DIAG_INFO, and the attribute's number is 2
INFO = 2
STATES = 0xFFF & ~(1 << 10) & ~(1 << 6)  # every TCP state but LISTEN and TIME_WAIT, which have no counters
RECEIVE_BUFFER = 8 << 20
LIMIT_S = 1.0
ATTACH_FILTER = 26  # SO_ATTACH_FILTER
SHARED_S = 0.03
"""Looks that follow each other within this share one answer of the kernel."""

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_PORTS = struct.Struct("!HH")
_INFO_BYTES_MIN = 216  # of struct tcp_info, up to and with bytes_retrans


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
        request = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, WITH_INFO, STATES) + bytes(48)
        request += _only(min(self._ports, default=0), max(self._ports, default=0))
        try:
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asking:
                asking.settimeout(LIMIT_S)
                asking.send(_HEADER.pack(_HEADER.size + len(request), BY_FAMILY, REQUEST_DUMP, 1, 0) + request)
                done = False
                while not done:
                    data = asking.recv(1 << 18)
                    done = any(kind in (ERROR, DONE) for kind, _, _ in _messages(data))
                    yield from self._watched(data)
        except OSError as error:
            raise HarnessError(f"the kernel does not tell of TCP connections ({error})") from error

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
        for kind, start, end in _messages(data):
            if kind != BY_FAMILY:
                continue
            port, _ = _PORTS.unpack_from(data, start + 4)
            traffic = _traffic(data, start + 72, end) if port in self._ports else None
            if traffic is not None:
                yield port, data[start + 44 : start + 52], traffic


def _only(lowest: int, highest: int) -> bytes:
    """Return the attribute by which a dump is kept to local ports within a range: inet_diag's own small code."""
    at_least, at_most, past_the_end = 2, 3, 20
    code = struct.pack("=BBHBBH", at_least, 8, past_the_end, 0, 0, lowest)
    code += struct.pack("=BBHBBH", at_most, 8, past_the_end - 8, 0, 0, highest)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(code), 1) + code


def _attach(closings: socket.socket, lowest: int, highest: int) -> None:
    """Keep the news of closed connections to local ports within a range: a filter of the classic kind."""
    port_at = _HEADER.size + 4
    steps = ((0x28, 0, 0, port_at), (0x35, 0, 2, lowest), (0x25, 1, 0, highest), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    closings.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("@HP", len(steps), ctypes.addressof(code)))


def _messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Return each netlink message's type and where its body begins and ends."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, at + _HEADER.size, min(at + length, len(data))
        at += (length + 3) & ~3


def _traffic(data: bytes, at: int, end: int) -> Traffic | None:
    """Read ``tcp_info`` out of a row's attributes; none for a connection that has no counters any more."""
    while at + _ATTRIBUTE.size <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size:
            return None
        if kind == INFO and length - _ATTRIBUTE.size >= _INFO_BYTES_MIN:
            info = at + _ATTRIBUTE.size
            acked, received = struct.unpack_from("=QQ", data, info + 120)
            (segments,) = struct.unpack_from("=I", data, info + 152)
            sent, sent_again = struct.unpack_from("=QQ", data, info + 200)
            # The end of a connection counts as one byte in acked and received, never in segments and sent.
            sent -= sent_again
            return Traffic(received if segments else 0, segments, sent, min(acked, sent), 1)
        at += (length + 3) & ~3
    return None
