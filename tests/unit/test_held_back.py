"""A proxy that does not pass on what it took in is named, and none whose other end is why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf

import pytest

from deadair.injectors.held_back import ESTABLISHED, SYN_SENT, HeldBack, ProxySide
from deadair.injectors.sock_diag import LOCAL
from deadair.model.environment import Address

NORTH, SOUTH, WATCHDOG, GATEWAY = Address(port=101), Address(port=102), Address(port=103), Address(port=201)
PROXIES = {
    "uplink[north]": (NORTH, GATEWAY),
    "uplink[south]": (SOUTH, GATEWAY),
    "gateway→watchdog": (WATCHDOG, Address(port=202)),
}


def client(of: Address, taken: int, written: int, number: int = 0) -> ProxySide:
    return ProxySide(bytes([of.port, number]), of.port, 40_000 + number, ESTABLISHED, taken, written, 0)


def behind(port: int, written: int, taken: int) -> ProxySide:
    return ProxySide(b"", 50_000, port, ESTABLISHED, taken, written, 0)


@dataclass
class Kernel:
    """What the kernel says, and looks at it four times a real second, at speed 1."""

    clients: list[ProxySide]
    behind: list[ProxySide]
    at_us: int = 0
    full: dict[int, bool] = field(default_factory=dict)
    held: HeldBack = field(init=False)

    def __post_init__(self) -> None:
        self.held = HeldBack(PROXIES, self.look, lambda lowest, highest: self.full)

    def look(self, lowest: int, highest: int, side: tuple[int, int]) -> Iterator[ProxySide]:
        return iter(self.clients if side == LOCAL else self.behind)

    def after(self, real_s: float, broken: tuple[str, ...] = (), slow: Mapping[str, float] = {}) -> dict[str, int]:
        """Look until so much time has passed; return what the last look shows."""
        ends_us, shown = self.at_us + int(real_s * 1e6), dict[str, int]()
        while self.at_us <= ends_us:
            shown = self.held.look(self.at_us, {**dict.fromkeys(broken, inf), **slow}, speed=1)
            self.at_us += 250_000
        return shown


def test_what_came_out_behind_as_it_went_in_is_passed_on() -> None:
    kernel = Kernel([client(NORTH, 300, 90), client(SOUTH, 200, 80)], [behind(201, 200, 80), behind(201, 300, 90)])
    assert kernel.after(5) == {}


@pytest.mark.parametrize("other", [behind(201, 0, 0), behind(201, 300, 90)], ids=["a request", "an answer"])
def test_a_proxy_that_holds_bytes_back_for_over_a_second_is_named(other: ProxySide) -> None:
    kernel = Kernel([client(NORTH, 300, 0), client(SOUTH, 200, 80)], [behind(201, 200, 80), other])
    assert kernel.after(1) == {}
    assert kernel.after(1) == {"uplink[north]": 0}


def test_a_connection_that_no_proxy_took_up_is_held_back() -> None:
    assert Kernel([client(WATCHDOG, 50, 0)], []).after(2) == {"gateway→watchdog": 0}


def test_what_still_changes_is_under_way() -> None:
    kernel = Kernel([client(NORTH, 300, 0)], [])
    for taken in range(10):
        kernel.clients = [client(NORTH, taken, 0)]
        assert kernel.after(0.5) == {}


def dial(port: int, number: int = 1) -> ProxySide:
    return ProxySide(bytes([number]), 50_000 + number, port, SYN_SENT, 0, 0, 0)


def test_a_dial_that_waits_though_there_is_room_again_holds_everybody_back() -> None:
    kernel = Kernel([], [dial(201)], full={201: True})
    assert kernel.after(5) == {}
    kernel.full = {201: False}
    assert kernel.after(0.9) == {}
    since_us = 5_250_000
    assert kernel.after(1) == {"uplink[north]": since_us, "uplink[south]": since_us}
    assert kernel.after(0.5, broken=("uplink[north]",)) == {"uplink[south]": since_us}
    kernel.behind = [behind(201, 0, 0)]
    assert kernel.after(0.5) == {}


@pytest.mark.parametrize("full", [{201: True}, {}], ids=["no room", "nobody listens"])
def test_a_dial_to_what_takes_no_connection_is_nobody_s_fault(full: dict[int, bool]) -> None:
    assert Kernel([client(NORTH, 300, 0)], [dial(201)], full=full).after(5) == {}


def test_dials_that_come_and_go_are_how_connections_begin() -> None:
    kernel = Kernel([], [], full={201: False})
    for number in range(10):
        kernel.behind = [dial(201, number)]
        assert kernel.after(0.5) == {}


def test_each_client_needs_one_of_its_own_behind() -> None:
    clients = [client(NORTH, 300, 90, 1), client(NORTH, 300, 90, 2)]
    assert Kernel(clients, [behind(201, 300, 90)]).after(2) == {"uplink[north]": 0}


@pytest.mark.parametrize(
    "reason",
    [replace(behind(201, 1000, 0), unsent=500), replace(behind(201, 0, 0), state=SYN_SENT)],
    ids=["it does not read", "it takes no connection"],
)
def test_the_service_is_why_where_it_takes_nothing_more(reason: ProxySide) -> None:
    kernel = Kernel([client(NORTH, 300, 0), client(WATCHDOG, 50, 0)], [reason])
    assert kernel.after(5) == {"gateway→watchdog": 0}


def test_a_client_that_reads_no_answer_is_why_itself() -> None:
    kernel = Kernel([replace(client(NORTH, 300, 5000), unsent=4000)], [behind(201, 300, 9000)])
    assert kernel.after(5) == {}


def test_a_link_that_is_broken_on_purpose_is_not_named_and_has_a_second_after_that() -> None:
    kernel = Kernel([client(NORTH, 300, 0)], [])
    assert kernel.after(5, broken=("uplink[north]",)) == {}
    assert kernel.after(1) == {}
    assert set(kernel.after(1)) == {"uplink[north]"}


def test_a_link_that_is_slow_on_purpose_has_so_much_longer_and_no_more() -> None:
    kernel = Kernel([client(NORTH, 300, 0)], [])
    assert kernel.after(3.9, slow={"uplink[north]": 3.0}) == {}
    assert kernel.after(1, slow={"uplink[north]": 3.0}) == {"uplink[north]": 0}


def test_a_client_that_has_gone_waits_for_nothing() -> None:
    assert Kernel([replace(client(NORTH, 300, 0), state=8)], []).after(5) == {}
