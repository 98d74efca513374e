"""A slow link by a real Toxiproxy: proved with traffic and with its figure, not without, and seen to be gone."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deadair.engines.live.free_ports import FreePorts
from deadair.faults.fault import Proof, Sighting, When
from deadair.faults.latency import Latency
from deadair.injectors.injector import Break
from deadair.injectors.injector_entry import BrokenRun
from deadair.injectors.link_delays import DELAYS, LinkDelays
from deadair.injectors.processes import stop
from deadair.injectors.toxiproxy import Toxiproxy
from deadair.model.clock import Deadline, monotonic_s, pause
from deadair.model.environment import Address
from tests.e2e.proxied_echo import PLACE, came, echoed, start

pytestmark = pytest.mark.live

OTHER = "downlink[south]"
SPEED = 60.0
LIMIT_S = 20.0
"""How long a stretch may last until enough was seen to pass: on a busy machine many looks say nothing."""
LEAST_LOOKS = 3
LATENCY = Latency.model_validate({"delay": "6s", "jitter": "1s"})
DELAY = Break("delays", "delay", PLACE, {"delay_s": 6.0, "jitter_s": 1.0})


@dataclass
class SlowLink:
    """A link that can be made slow, a neighbour that leads to the same echo server, and the looks at it."""

    toxiproxy: Toxiproxy
    listens: dict[str, Address]
    delays: LinkDelays
    sightings: list[Sighting] = field(default_factory=list)

    def see(self, when: When) -> None:
        self.sightings.append(Sighting(round(monotonic_s() * 1e6), when, PLACE, self.delays.look(DELAY)))

    def watch(self, when: When, passes: int) -> None:
        """Look until so much was seen to pass since the first of these looks; with nothing to wait for, three times."""
        limit, looks = Deadline.after(LIMIT_S), 0
        while looks < LEAST_LOOKS or (self.passed(when) < passes and not limit.passed()):
            self.see(when)
            looks += 1
            pause(0.1)

    def passed(self, when: When) -> float:
        """Return how often something was seen to pass in this stretch."""
        looks = [sighting.look.facts["passes"] for sighting in self.sightings if sighting.when == when]
        return looks[-1] - looks[0]

    @contextmanager
    def talk(self, place: str, clients: int = 3) -> Iterator[None]:
        """Let some clients ask and wait for the answer, again and again."""
        over = threading.Event()
        address = self.listens[place]
        least = 10 * len(place)  # who carries as many bytes as somebody else cannot be told from them at once

        def ask(number: int) -> None:
            with socket.create_connection((address.host, address.port), timeout=5) as client:
                while not over.is_set():
                    assert echoed(client, b"x" * (least + number))
                    over.wait(0.05)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(10)

    def proof(self) -> Proof:
        return LATENCY.prove(self.sightings)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowLink]:
    toxiproxy, listens, processes = start(tmp_path, f"test-{tmp_path.name}", FreePorts(), PLACE, OTHER)
    yield SlowLink(toxiproxy, listens, LinkDelays(toxiproxy, SPEED))
    toxiproxy.close()
    stop(processes, limit_s=5)


def night(slow: SlowLink, *, begin: bool = True, passes: int = 5) -> None:
    """Live through all three stretches, each until enough was seen: how long that takes is the machine's business."""
    slow.watch("before", passes)
    if begin:
        slow.delays.begin(DELAY)
    slow.watch("during", passes)
    slow.delays.heal(DELAY)
    slow.watch("after", passes)


def test_a_slow_link_in_use_is_proved_with_its_figure_and_so_is_its_healing(slow: SlowLink) -> None:
    with slow.talk(PLACE), slow.talk(OTHER):
        night(slow)
    proof = slow.proof()
    assert (proof.proved, proof.gone) == (True, True), proof.why
    assert re.match(
        r"uplink\[south\]: what passed took [4-7]\.\d\d s on average \(\d+ times\), and 0\.\d\d s", proof.why
    )


def test_a_link_that_nobody_made_slow_is_not_proved(slow: SlowLink) -> None:
    with slow.talk(PLACE):
        night(slow, begin=False)
    proof = slow.proof()
    assert (proof.proved, proof.gone) == (False, True)
    assert "but some of it only 0." in proof.why


def test_a_slow_link_nobody_uses_is_not_proved(slow: SlowLink) -> None:
    with slow.talk(OTHER):
        night(slow, passes=0)
    proof = slow.proof()
    assert (proof.proved, proof.gone) == (False, False)


def test_it_is_excused_while_it_is_slow_and_its_neighbour_is_not(slow: SlowLink) -> None:
    slow.delays.begin(DELAY)
    assert not slow.delays.healed(DELAY)
    assert slow.toxiproxy.broken == {PLACE: 7.0 / SPEED}
    slow.delays.heal(DELAY)
    slow.delays.heal(DELAY)
    assert slow.delays.healed(DELAY)
    assert not slow.toxiproxy.broken


def test_what_is_on_its_way_when_it_is_healed_arrives_at_once_and_whole(slow: SlowLink) -> None:
    minute = Break("delays", "delay", PLACE, {"delay_s": 60.0 * SPEED, "jitter_s": 0.0})
    address = slow.listens[PLACE]
    with socket.create_connection((address.host, address.port), timeout=5) as client:
        assert echoed(client, b"before")
        slow.delays.begin(minute)
        client.settimeout(0.3)
        assert not echoed(client, b"x" * 100_000)
        client.settimeout(5)
        slow.delays.heal(minute)
        assert came(client, b"x" * 100_000)


def test_it_is_undone_by_what_the_ledger_says_alone(slow: SlowLink, tmp_path: Path) -> None:
    """A guardian knows the run's folder and where Toxiproxy is controlled, and never saw the run at work."""
    slow.delays.begin(DELAY)
    control = slow.toxiproxy.control.model_dump()
    undo = DELAYS.undo
    assert undo is not None
    healer = undo(BrokenRun("run", tmp_path, SPEED, {"toxiproxy": control}), "f1")
    assert not healer.healed(DELAY)
    healer.heal(DELAY)
    assert healer.healed(DELAY)
    assert slow.toxiproxy.toxics(PLACE) == []
