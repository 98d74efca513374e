"""Asks the kernel by netlink (``sock_diag``) for the TCP connections of this machine. Needs no privilege.

Filtered in the kernel, for this machine may have thousands of connections that are none of ours.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from itertools import chain

from deadair.model.errors import HarnessError

NETLINK_SOCK_DIAG = 4
BY_FAMILY = 20  # SOCK_DIAG_BY_FAMILY, the type of requests and of rows
REQUEST_DUMP = 0x301
ERROR, DONE = 2, 3
WITH_INFO = 1 << 1  # INET_DIAG_INFO, and the attribute's number is 2
INFO = 2
LISTENING = 1 << 10
STATES = 0xFFF & ~(1 << 10) & ~(1 << 6)  # every TCP state but LISTEN and TIME_WAIT, which have no counters
LIMIT_S = 1.0
ATTRIBUTES_AT = 72  # behind struct inet_diag_msg
INFO_BYTES_MIN = 216  # of struct tcp_info, up to and with bytes_retrans
LOCAL, REMOTE = (2, 3), (4, 5)  # INET_DIAG_BC_S_GE and _LE, and the same of the other side's port
PAST_THE_END = 20

HEADER = struct.Struct("=IHHII")
ATTRIBUTE = struct.Struct("=HH")
PORTS = struct.Struct("!HH")
QUEUES = struct.Struct("=II")  # of a listener: connections that nobody has accepted yet, and how many may wait


def dump(
    lowest: int, highest: int, *, side: tuple[int, int] = LOCAL, states: int = STATES, family: int = socket.AF_INET
) -> Iterator[bytes]:
    """Return the kernel's answer about every connection with a port in this range, part by part.

    ``side``: whose port. Raises HarnessError if the kernel does not answer.
    """
    request = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, WITH_INFO, states) + bytes(48)
    request += _only(lowest, highest, side)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as asking:
            asking.settimeout(LIMIT_S)
            asking.send(HEADER.pack(HEADER.size + len(request), BY_FAMILY, REQUEST_DUMP, 1, 0) + request)
            done = False
            while not done:
                data = asking.recv(1 << 18)
                done = any(kind in (ERROR, DONE) for kind, _, _ in messages(data))
                yield data
    except OSError as error:
        raise HarnessError(f"the kernel does not tell of TCP connections ({error})") from error


def messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Return each netlink message's type and where its body begins and ends."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, _, _, _ = HEADER.unpack_from(data, at)
        if length < HEADER.size:
            return
        yield kind, at + HEADER.size, min(at + length, len(data))
        at += (length + 3) & ~3


def info_at(data: bytes, start: int, end: int) -> int | None:
    """Return where a row's ``tcp_info`` begins; none for a connection that has no counters any more."""
    at = start + ATTRIBUTES_AT
    while at + ATTRIBUTE.size <= end:
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size:
            return None
        if kind == INFO and length - ATTRIBUTE.size >= INFO_BYTES_MIN:
            return at + ATTRIBUTE.size
        at += (length + 3) & ~3
    return None


def full_listeners(lowest: int, highest: int) -> dict[int, bool]:
    """Return every port of this range on which somebody listens, and whether a connection finds no room there."""
    found: dict[int, bool] = {}
    both = (dump(lowest, highest, states=LISTENING, family=family) for family in (socket.AF_INET, socket.AF_INET6))
    for data in chain.from_iterable(both):
        for kind, start, end in messages(data):
            if kind == BY_FAMILY and end - start >= ATTRIBUTES_AT:
                waiting, most = QUEUES.unpack_from(data, start + 56)
                (port, _) = PORTS.unpack_from(data, start + 4)
                found[port] = found.get(port, True) and waiting > most
    return found


def _only(lowest: int, highest: int, side: tuple[int, int]) -> bytes:
    """Return the attribute by which a dump is kept to ports within a range: inet_diag's own small code."""
    at_least, at_most = side
    code = struct.pack("=BBHBBH", at_least, 8, PAST_THE_END, 0, 0, lowest)
    code += struct.pack("=BBHBBH", at_most, 8, PAST_THE_END - 8, 0, 0, highest)
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(code), 1) + code
