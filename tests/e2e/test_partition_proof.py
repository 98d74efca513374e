"""A partition by a real Toxiproxy: proved with traffic, not without, and seen to be gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.faults.partition import Partition
from deadair.injectors.toxiproxy import Toxiproxy
from deadair.model.environment import Address
from deadair.model.errors import HarnessError, InjectorLocked
from tests.e2e.proxied_echo import FREEZE, Link, came, echoed, link

pytestmark = pytest.mark.live


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[Link]:
    with link(tmp_path) as one:
        yield one


def test_a_freeze_with_traffic_is_proved_and_so_is_its_healing(frozen: Link) -> None:
    with frozen.connect() as client:
        assert echoed(client, b"before")
        frozen.see("before")
        frozen.toxiproxy.begin(FREEZE)
        assert not frozen.toxiproxy.healed(FREEZE)
        client.settimeout(0.3)
        frozen.see("during")
        assert not echoed(client, b"during")
        frozen.see("during")
        client.settimeout(5)
        frozen.toxiproxy.heal(FREEZE)
        assert frozen.toxiproxy.healed(FREEZE)
        assert came(client, b"during"), "the connection lives and what was stalled arrives"
        frozen.see_until_gone()
    proof = Partition().prove(frozen.sightings)
    assert (proof.proved, proof.gone) == (True, True), proof.why


def test_a_new_connection_stalls_too(frozen: Link) -> None:
    with frozen.connect() as client:
        assert echoed(client, b"before")
    frozen.see("before")
    frozen.toxiproxy.begin(FREEZE)
    frozen.see("during")
    with frozen.connect() as client:
        client.settimeout(0.3)
        assert not echoed(client, b"new")
        frozen.see("during")
    frozen.toxiproxy.heal(FREEZE)
    with frozen.connect() as client:
        assert echoed(client, b"after")
        frozen.see_until_gone()
    proof = Partition().prove(frozen.sightings)
    assert (proof.proved, proof.gone) == (True, True), proof.why


def test_a_freeze_nobody_notices_is_not_proved(frozen: Link) -> None:
    with frozen.connect() as client:
        assert echoed(client, b"before")
        frozen.see("before")
        frozen.toxiproxy.begin(FREEZE)
        frozen.see("during")
        frozen.see("during")
        frozen.toxiproxy.heal(FREEZE)
        frozen.see_until_gone(0.1)
    proof = Partition().prove(frozen.sightings)
    assert (proof.proved, proof.gone) == (False, False)


def test_a_link_that_was_never_frozen_is_not_proved(frozen: Link) -> None:
    with frozen.connect() as client:
        assert echoed(client, b"before")
        frozen.see("before")
        frozen.see("during")
        assert echoed(client, b"during")
        frozen.see("during")
    assert not Partition().prove(frozen.sightings).proved


def test_healing_twice_is_no_error_and_a_proxy_nobody_made_is(frozen: Link) -> None:
    frozen.toxiproxy.begin(FREEZE)
    frozen.toxiproxy.heal(FREEZE)
    frozen.toxiproxy.heal(FREEZE)
    assert frozen.toxiproxy.healed(FREEZE)
    with pytest.raises(HarnessError, match="no such thing"):
        frozen.toxiproxy.begin(type(FREEZE)("toxiproxy", "freeze", "ghost"))


def test_a_port_in_use_is_told(frozen: Link) -> None:
    with pytest.raises(HarnessError, match="in use"):
        frozen.toxiproxy.create("other", listen=frozen.listen, upstream=frozen.listen)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"])
def test_a_control_that_hangs_is_locked(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.injectors.toxiproxy.LIMITS_S", (0.2, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[socket.socket] = []

        def take() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(answer)
            accepted.append(connection)

        taking = threading.Thread(target=take)
        taking.start()
        with pytest.raises(InjectorLocked):
            Toxiproxy(Address(port=server.getsockname()[1])).heal(FREEZE)
        taking.join(5)
        for connection in accepted:
            connection.close()
