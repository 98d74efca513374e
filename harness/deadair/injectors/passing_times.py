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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deadair.injectors.held_back import ESTABLISHED, AskKernel, ProxySide, connections
from deadair.injectors.sock_diag import LOCAL, REMOTE
from deadair.model.clock import monotonic_s

SHARED_S = 0.03
"""Looks that follow each other within this share one answer of the kernel."""


INEXACT_MAX_S = 0.01
"""How long the kernel may take to answer: as exactly one knows when it did."""
TRIES = 3
"""How often it is asked again where it took longer."""
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


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the kernel said of one side, by cookie, when that was, and how exactly that is known."""

    sides: Mapping[bytes, ProxySide]
    at_s: float
    inexact_s: float


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
        began, clients, ended = self._ask(REMOTE), self._ask(LOCAL), self._ask(REMOTE)
        both = {cookie: (one, ended.sides[cookie]) for cookie, one in began.sides.items() if cookie in ended.sides}
        self._pairs = {
            cookie: pair
            for cookie, pair in self._pairs.items()
            if cookie in clients.sides and pair.other in both and _possible(clients.sides[cookie], *both[pair.other])
        }
        self._pair(clients, began, both)
        if max(began.inexact_s, clients.inexact_s) > INEXACT_MAX_S:
            return  # others had the processor meanwhile: when the kernel answered, nobody knows
        for cookie, pair in self._pairs.items():
            self._time(pair, clients.sides[cookie], began.sides[pair.other], clients.at_s, began.at_s)

    def _ask(self, side: tuple[int, int]) -> _Answer:
        """Ask the kernel for the clients' connections (LOCAL) or the proxies' own (REMOTE), again if it took long."""
        ports = set(self._places) if side == LOCAL else set(self._leads_to.values())
        for _ in range(TRIES):
            began_s = self._now_s()
            found = list(self._looks(min(ports, default=0), max(ports, default=0), side))
            inexact_s = self._now_s() - began_s
            if inexact_s <= INEXACT_MAX_S:
                break
        ours = (one for one in found if (one.local_port if side == LOCAL else one.remote_port) in ports)
        sides = {one.cookie: one for one in ours if one.state == ESTABLISHED}
        return _Answer(sides, began_s + inexact_s / 2, inexact_s)

    def _pair(self, clients: _Answer, began: _Answer, both: Mapping[bytes, tuple[ProxySide, ProxySide]]) -> None:
        """Take those for pairs that can only belong together, and for certain those that do so again."""
        # What stands still while one looks was so at one moment, though one looks at one side after the other.
        still_s = clients.at_s - began.at_s + began.inexact_s + clients.inexact_s
        fronts: dict[tuple[int, int, int], list[bytes]] = defaultdict(list)
        backs: dict[tuple[int, int, int], list[bytes]] = defaultdict(list)
        for client in clients.sides.values():
            fronts[self._leads_to[client.local_port], client.taken, client.written].append(client.cookie)
        for other in began.sides.values():
            backs[other.remote_port, other.written, other.taken].append(other.cookie)
        for (port, taken, written), (cookie, *more) in fronts.items():
            alike = backs[port, taken, written]
            if more or len(alike) != 1 or not taken + written:
                continue
            client, (before, after) = clients.sides[cookie], both.get(alike[0], (None, None))
            if min(client.taken_ago_s, client.written_ago_s) <= still_s or before is None or after is None:
                continue
            if (before.taken, before.written) != (after.taken, after.written):
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
