"""How long proxies take to pass something on, by the kernel's clocks of both their sides. It touches no byte.

The kernel says of each connection when something came in last, and when something was written last. A proxy joins two
connections: a client's and one of its own, to what it leads to. Once one of them has written as many bytes as the
other has taken, the last of them are through, and the two moments lie as far apart as that took.

Nothing says which two belong together. So two are taken for a pair where they stand still and of all these only they
have carried as many bytes both ways, and again when they have carried more. Of what is no pair nothing is said, nor of
a connection that carries one question and its answer and ends. Two that are none give themselves away: more came out of
a proxy than had gone in.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from deadair.injectors.held_back import ESTABLISHED, AskKernel, ProxySide, connections
from deadair.injectors.sock_diag import LOCAL, REMOTE
from deadair.model.clock import monotonic_s

SHARED_S = 0.03
"""Looks that follow each other within this share one answer of the kernel."""


SEEN_MAX = 100
"""How much of what two let pass is kept until they are a pair for certain."""


@dataclass(frozen=True, slots=True)
class Passed:
    """How often something was seen to pass so far, in either direction, and how many real seconds that took in all."""

    passes: int = 0
    took_s: float = 0.0

    def __add__(self, other: Passed) -> Passed:
        return Passed(self.passes + other.passes, self.took_s + other.took_s)


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a direction: how many bytes, when the last of them, and whether all of them are through."""

    so_far: int
    at_s: float
    through: bool


@dataclass(slots=True)
class _Pair:
    """What belongs to a client's connection. ``carried``: how much both had carried when that was seen first."""

    other: bytes
    carried: tuple[int, int]
    certain: bool = False
    timed: list[int] = field(default_factory=lambda: [0, 0])
    """How many bytes were seen through, each way."""
    seen: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=SEEN_MAX))
    """What was seen to pass and is not counted yet: when it came in, and how long it took."""


class PassingTimes:
    """Looks at the proxies of one run. ``proxies``: by place, the port where each listens and the one it leads to."""

    def __init__(
        self,
        proxies: Mapping[str, tuple[int, int]],
        looks: AskKernel = connections,
        now_s: Callable[[], float] = monotonic_s,
    ) -> None:
        self._places = {listen: place for place, (listen, _) in proxies.items()}
        self._leads_to = dict(proxies.values())
        self._looks = looks
        self._now_s = now_s
        self._since_s = dict.fromkeys(proxies, now_s())
        self._passed = dict.fromkeys(proxies, Passed())
        self._pairs: dict[bytes, _Pair] = {}
        self._looked_s = -SHARED_S

    def changed(self, place: str) -> None:
        """Count only what comes in from now on: the proxy has become slow, or fast again."""
        self._since_s[place] = self._now_s()

    def look(self, place: str) -> Passed:
        """Return what has passed a place's proxy so far. Raises HarnessError if the kernel does not answer."""
        if self._now_s() - self._looked_s >= SHARED_S:
            self._look()
            self._looked_s = self._now_s()
        return self._passed[place]

    def _look(self) -> None:
        began = self._behind()
        behind_s = self._now_s()
        found = self._looks(min(self._places, default=0), max(self._places, default=0), LOCAL)
        clients = {one.cookie: one for one in found if one.local_port in self._places and one.state == ESTABLISHED}
        clients_s = self._now_s()
        ended = self._behind()
        both = {cookie: (one, ended[cookie]) for cookie, one in began.items() if cookie in ended}
        self._pairs = {
            cookie: pair
            for cookie, pair in self._pairs.items()
            if cookie in clients and pair.other in both and _possible(clients[cookie], *both[pair.other])
        }
        # What stands still while one looks was so at one moment, though one looks at one side after the other.
        still = {one for one in clients.values() if min(one.taken_ago_s, one.written_ago_s) > clients_s - behind_s}
        still_behind = {one for one, again in both.values() if (one.taken, one.written) == (again.taken, again.written)}
        self._pair(still, still_behind)
        for cookie, pair in self._pairs.items():
            self._time(pair, clients[cookie], began[pair.other], clients_s, behind_s)

    def _behind(self) -> dict[bytes, ProxySide]:
        """Return the proxies' own connections."""
        upstreams = set(self._leads_to.values())
        found = self._looks(min(upstreams, default=0), max(upstreams, default=0), REMOTE)
        return {one.cookie: one for one in found if one.remote_port in upstreams and one.state == ESTABLISHED}

    def _pair(self, clients: Iterable[ProxySide], behind: Iterable[ProxySide]) -> None:
        """Take those for pairs that can only belong together, and for certain those that do so again."""
        fronts: dict[tuple[int, int, int], list[bytes]] = defaultdict(list)
        backs: dict[tuple[int, int, int], list[bytes]] = defaultdict(list)
        for client in clients:
            fronts[self._leads_to[client.local_port], client.taken, client.written].append(client.cookie)
        for other in behind:
            backs[other.remote_port, other.written, other.taken].append(other.cookie)
        for (port, taken, written), (cookie, *more) in fronts.items():
            alike = backs[port, taken, written]
            if more or len(alike) != 1 or not taken + written:
                continue
            known = self._pairs.get(cookie)
            if known is None or known.other != alike[0]:
                self._pairs[cookie] = _Pair(alike[0], (taken, written))
            elif known.carried != (taken, written):
                known.certain = True

    def _time(self, pair: _Pair, client: ProxySide, other: ProxySide, clients_s: float, behind_s: float) -> None:
        """Count what passed between two that belong together, each way."""
        place = self._places[client.local_port]
        ways = (
            (_taken(client, clients_s), _written(other, behind_s)),
            (_taken(other, behind_s), _written(client, clients_s)),
        )
        for way, (came, left) in enumerate(ways):
            if not left.through or came.so_far != left.so_far or came.so_far <= pair.timed[way]:
                continue
            pair.timed[way] = came.so_far
            pair.seen.append((came.at_s, max(0.0, left.at_s - came.at_s)))
        while pair.certain and pair.seen:
            came_s, took_s = pair.seen.popleft()
            if came_s >= self._since_s[place]:
                self._passed[place] += Passed(1, took_s)


def _possible(client: ProxySide, before: ProxySide, after: ProxySide) -> bool:
    """Say whether a connection, as it was before and after its client was looked at, may belong to it."""
    return before.written <= client.taken and client.written <= after.taken


def _taken(side: ProxySide, looked_s: float) -> _End:
    return _End(side.taken, looked_s - side.taken_ago_s, True)


def _written(side: ProxySide, looked_s: float) -> _End:
    return _End(side.written, looked_s - side.written_ago_s, not side.unsent)
