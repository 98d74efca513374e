"""Which proxies have not passed on what they took in, by the kernel's counters of both their sides.

A proxy joins two connections: a client's and one of its own, to what it leads to. What it took in on one side must have
been written on the other. Nothing says which two belong together, for proxies that lead to one place look alike behind
it. So each client's connection needs *some* connection behind it that carried the same bytes both ways. One that has
none, and does not change, is held back by its proxy.

No proxy is blamed where the other end may be why: where a connection behind it has bytes that nobody takes, or is not
there yet; where the client takes no answer; and where its own link is broken on purpose. A link that is slow on purpose
may take so much longer.

A proxy dials for one client after the other. Where what it leads to hung and took no more connections, the kernel tries
the dial that was under way again later and later. Once there is room again and it still waits, nobody gets through
though everybody could: that is the proxy's doing.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf

from deadair.injectors.sock_diag import BY_FAMILY, LOCAL, PORTS, REMOTE, dump, full_listeners, info_at, messages
from deadair.model.environment import Address

ESTABLISHED, SYN_SENT = 1, 2
HELD_REAL_S = 1.0
"""How long a proxy may take to pass something on."""


@dataclass(frozen=True, slots=True)
class ProxySide:
    """One side of a proxy. ``taken``: bytes that its kernel took from the other end; ``written``: given to that end."""

    cookie: bytes
    local_port: int
    remote_port: int
    state: int
    taken: int
    written: int
    unsent: int
    """Of what was written, bytes that the other end has no room for."""
    taken_ago_s: float = 0.0
    """Real seconds since something was taken last."""
    written_ago_s: float = 0.0
    """Real seconds since something was written last."""


AskKernel = Callable[[int, int, tuple[int, int]], Iterator[ProxySide]]


def connections(lowest: int, highest: int, side: tuple[int, int]) -> Iterator[ProxySide]:
    """Return every connection with a port in this range, on this side. Raises HarnessError if the kernel is silent."""
    for data in dump(lowest, highest, side=side):
        for kind, start, end in messages(data):
            info = info_at(data, start, end) if kind == BY_FAMILY else None
            if info is None:
                continue
            local, remote = PORTS.unpack_from(data, start + 4)
            (taken,) = struct.unpack_from("=Q", data, info + 128)
            written_ago_ms, taken_ago_ms = struct.unpack_from("=I4xI", data, info + 44)
            (unsent,) = struct.unpack_from("=I", data, info + 144)
            sent, sent_again = struct.unpack_from("=QQ", data, info + 200)
            cookie, written = data[start + 44 : start + 52], sent - sent_again + unsent
            ago_s = (taken_ago_ms / 1000, written_ago_ms / 1000)
            yield ProxySide(cookie, local, remote, data[start + 1], taken, written, unsent, *ago_s)


class HeldBack:
    """Looks at the proxies of one run. ``proxies``: by place, where each listens and what it leads to."""

    def __init__(
        self,
        proxies: Mapping[str, tuple[Address, Address]],
        looks: AskKernel = connections,
        full: Callable[[int, int], Mapping[int, bool]] = full_listeners,
    ) -> None:
        self._places = {listen.port: place for place, (listen, _) in proxies.items()}
        self._leads_to = {listen.port: upstream.port for listen, upstream in proxies.values()}
        self._looks = looks
        self._full = full
        self._waiting: dict[bytes, tuple[int, int, int]] = {}
        self._dialling: dict[bytes, int] = {}

    def look(self, now_us: int, broken: Mapping[str, float], *, speed: float) -> dict[str, int]:
        """Return the places whose proxies hold something back, with since when.

        ``broken``: those broken on purpose, and how many real seconds longer each may take; infinite if it is silent.
        """
        clients = [c for c in self._looks(*_range(self._places), LOCAL) if c.local_port in self._places]
        upstreams = set(self._leads_to.values())
        behind = [c for c in self._looks(*_range(upstreams), REMOTE) if c.remote_port in upstreams]
        excused = {c.remote_port for c in behind if c.state == SYN_SENT or c.unsent}
        carried = Counter((c.remote_port, c.written, c.taken) for c in behind)
        waiting, held = {}, dict[str, int]()
        for client in clients:
            place, upstream = self._places[client.local_port], self._leads_to[client.local_port]
            if client.state != ESTABLISHED or client.unsent or upstream in excused or broken.get(place) == inf:
                continue
            if carried[key := (upstream, client.taken, client.written)] > 0:
                carried[key] -= 1
                continue
            taken, written, since_us = self._waiting.get(client.cookie, (-1, -1, now_us))
            if (taken, written) != (client.taken, client.written):
                since_us = now_us
            waiting[client.cookie] = (client.taken, client.written, since_us)
            if now_us - since_us > (HELD_REAL_S + broken.get(place, 0.0)) * speed * 1e6:
                held[place] = min(since_us, held.get(place, since_us))
        self._waiting = waiting
        for upstream, since_us in self._stuck(behind, upstreams, now_us, speed):
            for port, place in self._places.items():
                if self._leads_to[port] == upstream and broken.get(place) != inf:
                    held[place] = min(since_us, held.get(place, since_us))
        return held

    def _stuck(
        self, behind: Iterable[ProxySide], upstreams: Collection[int], now_us: int, speed: float
    ) -> Iterator[tuple[int, int]]:
        """Yield where a dial still waits, though there has been room for it, and since when there has."""
        dials = [c for c in behind if c.state == SYN_SENT]
        full = self._full(*_range(upstreams)) if dials else {}
        waits = [dial.cookie for dial in dials if not full.get(dial.remote_port, True)]
        self._dialling = {cookie: self._dialling.get(cookie, now_us) for cookie in waits}
        for dial in dials:
            since_us = self._dialling.get(dial.cookie, now_us)
            if now_us - since_us > HELD_REAL_S * speed * 1e6:
                yield dial.remote_port, since_us


def _range(ports: Collection[int]) -> tuple[int, int]:
    return min(ports, default=0), max(ports, default=0)
