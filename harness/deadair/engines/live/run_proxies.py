"""The proxies of one run: their server, a proxy for each link, and the echo that shows that they pass things on.

Knows no target and no fault. It starts no process by itself: who may is handed in.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress

from deadair.engines.live.addresses import ECHO, WITNESS_BEAT_REAL_S, Addresses
from deadair.engines.live.free_ports import FreePorts, PortsTakenError
from deadair.engines.live.proxy_echo import CALL, ProxyEcho
from deadair.engines.run_plan import RunOrder
from deadair.history.recorder import Recorder
from deadair.injectors.held_back import HeldBack
from deadair.injectors.processes import Spawned
from deadair.injectors.toxiproxy import SERVER_VARIABLES, Toxiproxy, server_argv
from deadair.ledger import Ledger
from deadair.model.environment import Address
from deadair.model.errors import HarnessError

KILL_LIMIT_S = 5.0
ECHO_LIMIT_S = 1.0
SpawnServer = Callable[[str, list[str], Mapping[str, str]], Spawned]
WaitUntil = Callable[[str, Callable[[], bool]], None]


class RunProxies:
    """All of them. ``toxiproxy`` is who controls them, and breaks them."""

    def __init__(self, order: RunOrder, addresses: Addresses, *, ledger: Ledger, recorder: Recorder) -> None:
        self._order = order
        self._addresses = addresses
        self._ledger = ledger
        self._recorder = recorder
        self._speed = order.scenario.speed
        self.toxiproxy = Toxiproxy(addresses.control)
        self.server: Spawned | None = None
        self._echo: ProxyEcho | None = None
        links = {place: ends for place, ends in addresses.proxies.items() if place != ECHO}
        self._held_back = HeldBack(links)

    def up(self, ports: FreePorts, spawn: SpawnServer, wait: WaitUntil, *, entrance: Address | None = None) -> None:
        """Start the server, put every proxy in its place, and begin to watch them.

        ``entrance``: where an echo enters what stands before the proxies; none if nothing does.
        """
        addresses = self._addresses
        if self._order.toxiproxy is None:
            raise HarnessError("a live run needs a toxiproxy-server, and the order names none")
        ports.release(addresses.control)
        self.server = spawn("toxiproxy", server_argv(self._order.toxiproxy, addresses.control), SERVER_VARIABLES)
        self._ledger.write("control", injector="toxiproxy", address=addresses.control.model_dump())
        wait("toxiproxy-server does not answer", self.toxiproxy.answers)
        for place, (listen, upstream) in addresses.proxies.items():
            ports.release(listen)
            try:
                self.toxiproxy.create(place, listen=listen, upstream=upstream)
            except HarnessError as error:
                raise (PortsTakenError(str(error)) if "in use" in str(error) else error) from error
        self.toxiproxy.watch()
        proxy, answer_at = addresses.proxies[ECHO]
        ports.release(answer_at)
        folder, clock = self._order.folder.history, self._recorder.clock
        try:
            self._echo = ProxyEcho(
                folder,
                clock,
                dial=entrance or proxy,
                answer_at=answer_at,
                beat_real_s=WITNESS_BEAT_REAL_S,
                held=self._held,
            )
        except OSError as error:
            raise PortsTakenError(f"the echo through the proxies cannot listen on {answer_at} ({error})") from error
        if entrance is not None:
            why = f"what nodes send does not reach this machine at {proxy.host}: its firewall drops it; let it pass"
            wait(why, lambda: _echoes(entrance))

    def close(self) -> list[str]:
        """Stop watching them; return what went wrong. The server ends with the run's other processes."""
        wrong = self._echo.close() if self._echo is not None else []
        self.toxiproxy.close()
        return wrong

    def kill(self) -> None:
        """End them at once: their control has locked up."""
        if self.server is not None:
            self.server.identity.kill()
            with suppress(subprocess.TimeoutExpired):
                self.server.handle.wait(KILL_LIMIT_S)

    def _held(self, now_us: int) -> Mapping[str, int]:
        """Return the links whose proxies hold something back. Called by the echo's thread."""
        return self._held_back.look(now_us, self.toxiproxy.broken, speed=self._speed)


def _echoes(entrance: Address) -> bool:
    """Say whether something comes back at once of what is sent there."""
    try:
        with socket.create_connection((entrance.host, entrance.port), ECHO_LIMIT_S) as calling:
            calling.sendall(CALL)
            return bool(calling.recv(len(CALL)))
    except OSError:
        return False
