"""How long a proxy took is said of connections that surely belong together, and of no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from deadair.injectors.held_back import ESTABLISHED, ProxySide
from deadair.injectors.passing_times import Passed, PassingTimes
from deadair.injectors.sock_diag import LOCAL

NORTH, SOUTH, GATEWAY = 101, 102, 201
PROXIES = {"uplink[north]": (NORTH, GATEWAY), "uplink[south]": (SOUTH, GATEWAY)}


@dataclass
class Connection:
    """A client's connection and the proxy's own, of a proxy that is slow by ``delay_s``."""

    number: int
    port: int = NORTH
    delay_s: float = 0.0
    bytes_in: tuple[int, int] = (0, 0)
    bytes_out: tuple[int, int] = (0, 0)
    in_s: tuple[float, float] = (0.0, 0.0)
    out_s: tuple[float, float] = (0.0, 0.0)

    def exchange(self, at_s: float, size: int = 100) -> None:
        """Let a question come in and the answer leave, of the same size: all of it is through afterwards."""
        self.bytes_in = self.bytes_out = (self.bytes_in[0] + size, self.bytes_in[1] + size)
        self.in_s = (at_s, at_s + self.delay_s)
        self.out_s = (at_s + self.delay_s, at_s + 2 * self.delay_s)

    def client(self, now_s: float) -> ProxySide:
        ago = (now_s - self.in_s[0], now_s - self.out_s[1])
        return ProxySide(
            bytes([1, self.number]), self.port, 4000, ESTABLISHED, self.bytes_in[0], self.bytes_out[1], 0, *ago
        )

    def behind(self, now_s: float) -> ProxySide:
        ago = (now_s - self.in_s[1], now_s - self.out_s[0])
        return ProxySide(
            bytes([2, self.number]), 5000, GATEWAY, ESTABLISHED, self.bytes_in[1], self.bytes_out[0], 0, *ago
        )


@dataclass
class Kernel:
    connections: list[Connection]
    now_s: float = 10.0
    takes_s: float = 0.0
    """How long an answer of the kernel takes."""
    times: PassingTimes = field(init=False)

    def __post_init__(self) -> None:
        self.times = PassingTimes(PROXIES, self.look, lambda: self.now_s)

    def look(self, lowest: int, highest: int, side: tuple[int, int]) -> Iterator[ProxySide]:
        rows = [each.client(self.now_s) if side == LOCAL else each.behind(self.now_s) for each in self.connections]
        self.now_s += self.takes_s
        yield from rows

    def exchange(self, *connections: Connection, sizes: tuple[int, ...] = ()) -> None:
        """Let them exchange something, wait for it to be over, and look."""
        for number, each in enumerate(connections):
            each.exchange(self.now_s, sizes[number] if sizes else 100)
        self.now_s += 1.0
        self.times.look("uplink[north]")

    def passed(self, place: str = "uplink[north]") -> tuple[int, float]:
        found = self.times.look(place)
        return found.passes, round(found.took_s, 6)


def test_what_passes_is_timed_both_ways_once_the_pair_was_seen_twice() -> None:
    kernel = Kernel([one := Connection(1, delay_s=0.1)])
    kernel.exchange(one)
    assert kernel.passed() == (0, 0.0)
    kernel.exchange(one)
    assert kernel.passed() == (4, 0.4)
    kernel.now_s += 1
    assert kernel.passed() == (4, 0.4), "what has passed is counted once"
    assert kernel.passed("uplink[south]") == (0, 0.0)


def test_of_connections_that_look_alike_nothing_is_said() -> None:
    kernel = Kernel([one := Connection(1, delay_s=0.1), other := Connection(2, SOUTH)])
    for _ in range(3):
        kernel.exchange(one, other)
    assert (kernel.passed(), kernel.passed("uplink[south]")) == ((0, 0.0), (0, 0.0))
    for _ in range(2):
        kernel.exchange(one, other, sizes=(100, 150))
    assert (kernel.passed(), kernel.passed("uplink[south]")) == ((4, 0.4), (4, 0.0))


def test_what_came_in_before_the_proxy_changed_is_not_counted() -> None:
    kernel = Kernel([one := Connection(1)])
    kernel.exchange(one)
    one.exchange(kernel.now_s)
    kernel.now_s += 1
    kernel.times.changed("uplink[north]")
    assert kernel.passed() == (0, 0.0)
    one.delay_s = 0.5
    kernel.exchange(one)
    assert kernel.passed() == (2, 1.0)


def test_an_answer_that_took_so_long_that_nobody_knows_when_it_was_times_nothing_until_the_next() -> None:
    kernel = Kernel([one := Connection(1, delay_s=0.1)])
    kernel.exchange(one)
    kernel.takes_s = 0.03
    kernel.exchange(one)
    assert kernel.passed() == (0, 0.0)
    kernel.takes_s = 0.002
    kernel.now_s += 1.0
    passes, took_s = kernel.passed()
    assert (passes, round(took_s, 2)) == (4, 0.4)


def test_two_that_look_alike_while_one_of_them_moves_are_no_pair() -> None:
    """One is on its way through a slow proxy; the other was asked just now, and its service is at work."""
    slow, quick = Connection(1), Connection(2, SOUTH)
    kernel = Kernel([slow, quick])
    for _ in range(3):
        for each in (slow, quick):
            each.bytes_in, each.bytes_out = (100, 90), (100 if each is quick else 0, 90)
            each.in_s, each.out_s = (kernel.now_s, 0.0), (kernel.now_s if each is quick else 0.0, 0.0)
        kernel.now_s += 0.5
        quick.in_s = (kernel.now_s, 0.0)
        kernel.times.look("uplink[north]")
    assert not kernel.times._pairs


def test_what_is_still_on_its_way_is_not_counted() -> None:
    kernel = Kernel([one := Connection(1)])
    kernel.exchange(one)
    one.bytes_in = (one.bytes_in[0] + 100, one.bytes_in[1])
    one.in_s = (kernel.now_s, one.in_s[1])
    kernel.now_s += 5
    assert kernel.passed() == (0, 0.0)


@pytest.mark.parametrize("wrong", [(500, 0), (0, 500)], ids=["a question", "an answer"])
def test_two_of_which_more_came_out_than_went_in_are_no_pair(wrong: tuple[int, int]) -> None:
    kernel = Kernel([one := Connection(1)])
    kernel.exchange(one)
    kernel.exchange(one)
    assert kernel.passed() == (4, 0.0)
    one.bytes_out = (one.bytes_out[0] + wrong[0], one.bytes_out[1] + wrong[1])
    kernel.now_s += 1
    kernel.times.look("uplink[north]")
    one.bytes_out = one.bytes_in
    kernel.exchange(one)
    assert kernel.passed() == (4, 0.0), "it has to be seen twice anew"


def test_passes_add_up() -> None:
    assert Passed(2, 0.5) + Passed(1, 0.25) == Passed(3, 0.75)
