"""Breaks links with Toxiproxy. The only file that knows its client library; knows proxies, not what they carry.

Toxiproxy's control API can lock up for ever beside a stalled reader, and its Python client has no limits on a wait,
keeps the server's address in a class and reads only some errors. So every call here names the server anew, has a
limit, and is read back; a server that does not answer in time is ``InjectorLocked`` and can only be killed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from math import inf
from pathlib import Path
from urllib.parse import quote

import requests
from pydantic import ValidationError
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists
from toxiproxy.proxy import Proxy
from toxiproxy.server import Toxiproxy as Server
from toxiproxy.toxic import Toxic

from deadair.injectors.injection_worlds import SimulatedWorld
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import BrokenRun, InjectorEntry
from deadair.injectors.tcp_counters import SocketCounters
from deadair.model.environment import Address
from deadair.model.errors import HarnessError, InjectorLocked

LIMITS_S = (0.5, 1.5)
"""To connect, and to be answered: together the limit of a control call."""
STREAMS = ("upstream", "downstream")
FROZEN = {"rate": 0}
"""A bandwidth of nothing: bytes stall in both directions, connections stay, and all of it arrives after healing."""
SERVER_VARIABLES = {"LOG_LEVEL": "warn"}
"""Its default is a line for each packet."""
DIRECT = {"http": None, "https": None, "all": None}
"""Whatever proxy the machine's environment names is not for calls to ourselves."""


def server_argv(binary: Path, control: Address) -> list[str]:
    """Return the command line of a server of our own."""
    return [str(binary), "-host", control.host, "-port", str(control.port)]


def proxy_name(place: str) -> str:
    """Return the name of a place's proxy, in plain ASCII: ``uplink.south``, ``notifier-to-push``."""
    return re.sub(r"[^\w.-]", "", place.replace("→", "-to-").replace("[", ".").replace("]", ""), flags=re.ASCII)


class Toxiproxy:
    """One server's control, and the injector of ``freeze``. Every call ends within two real seconds."""

    def __init__(self, control: Address) -> None:
        self.control = control
        self.ports: dict[str, tuple[int, int]] = {}
        """By place, the port where its proxy listens, and the one it leads to."""
        self.broken: Mapping[str, float] = {}
        """The places that are broken, or just being broken or healed, and how many real seconds each may hold back what
        it took in; infinite if it is frozen. Replaced whole: other threads read it."""
        self._counters: SocketCounters | None = None

    def answers(self) -> bool:
        """Say whether the server answers. Raises InjectorLocked if it takes the call and says nothing."""
        try:
            self._call("get", "/version")
        except InjectorLocked:
            raise
        except HarnessError:
            return False
        return True

    def create(self, place: str, *, listen: Address, upstream: Address) -> None:
        """Put a proxy before ``upstream`` and check that it listens where it should."""
        name = proxy_name(place)
        body = {"name": name, "listen": str(listen), "upstream": str(upstream), "enabled": True}
        try:
            made = Proxy(**self._call("post", "/proxies", json=body).json())
        except (KeyError, TypeError, ValueError) as error:
            raise HarnessError(f"toxiproxy-server answered nonsense about its proxy {name}: {error}") from error
        if not made.enabled or made.name != name or not str(made.listen).endswith(f":{listen.port}"):
            raise HarnessError(f"toxiproxy-server made another proxy than {name} on {listen}")
        self.ports[place] = (listen.port, upstream.port)

    def watch(self) -> None:
        """Count the bytes of all proxies made so far, from now on."""
        self.close()
        self._counters = SocketCounters(listen for listen, _ in self.ports.values())

    def close(self) -> None:
        """Stop counting."""
        if self._counters is not None:
            self._counters.close()
            self._counters = None

    def begin(self, broken: Break) -> None:
        """Freeze a link in both directions."""
        _known(broken)
        self.excuse(broken.subject, inf)
        for stream in STREAMS:
            self.add_toxic(broken.subject, f"freeze_{stream}", "bandwidth", stream, FROZEN)
        if self._frozen(broken) != set(STREAMS):
            raise HarnessError(f"toxiproxy-server did not take the freeze of {broken.subject}")

    def look(self, broken: Break) -> Look:
        """Return the byte counters of the proxy's side that faces its clients; see the fault ``partition``."""
        if self._counters is None:
            raise HarnessError("nobody counts the bytes of these proxies: call watch first")
        traffic = self._counters.look()[self.ports[broken.subject][0]]
        return Look({**asdict(traffic), "missed": self._counters.missed})

    def heal(self, broken: Break) -> None:
        """Let the link flow again; what was stalled arrives now."""
        _known(broken)
        for stream in STREAMS:
            self.drop_toxic(broken.subject, f"freeze_{stream}")
        self.excuse(broken.subject, 0.0)

    def healed(self, broken: Break) -> bool:
        """Say whether the server has no toxic left on this proxy."""
        return not self._frozen(broken)

    def excuse(self, place: str, real_s: float) -> None:
        """Let a place's proxy hold back what it takes in, for so long; 0: no longer."""
        others = {name: held_s for name, held_s in self.broken.items() if name != place}
        self.broken = {**others, place: real_s} if real_s else others

    def add_toxic(self, place: str, name: str, kind: str, stream: str, attributes: Mapping[str, int]) -> None:
        """Put a toxic into one direction of a place's proxy."""
        body = {"name": name, "type": kind, "stream": stream, "toxicity": 1.0, "attributes": dict(attributes)}
        self._call("post", _toxics(place), json=body)

    def toxics(self, place: str) -> list[Toxic]:
        """Return the toxics of a place's proxy."""
        try:
            return [Toxic(**toxic) for toxic in self._call("get", _toxics(place)).json()]
        except (KeyError, TypeError, ValueError) as error:
            raise HarnessError(f"toxiproxy-server answered nonsense about {place}: {error}") from error

    def drop_toxic(self, place: str, name: str) -> None:
        """Take a toxic out of a place's proxy. Taking out what is not there is no error."""
        with suppress(_NotThereError):
            self._call("delete", f"{_toxics(place)}/{name}")

    def _frozen(self, broken: Break) -> set[str]:
        """Return the streams of a proxy that stand still."""
        toxics = self.toxics(broken.subject)
        return {toxic.stream for toxic in toxics if toxic.type == "bandwidth" and toxic.attributes == FROZEN}

    def _call(self, verb: str, path: str, **body: object) -> requests.Response:
        Server().update_api_consumer(self.control.host, self.control.port)
        what = f"toxiproxy-server on {self.control}, asked to {verb.upper()} {path},"
        try:
            answer: requests.Response = getattr(APIConsumer, verb)(
                path, timeout=LIMITS_S, proxies=DIRECT, allow_redirects=False, **body
            )
        except NotFound as error:
            raise _NotThereError(f"{what} knows no such thing") from error
        except (ProxyExists, InvalidToxic) as error:
            raise HarnessError(f"{what} refused: {_plain(error)}") from error
        except requests.Timeout as error:
            raise InjectorLocked(f"{what} did not answer within {sum(LIMITS_S):g} s: it has locked up") from error
        except requests.RequestException as error:
            raise HarnessError(f"{what} cannot be reached") from error
        if answer.status_code == 503:
            raise InjectorLocked(f"{what} gave up after its own limit: it has locked up")
        if answer.status_code >= 400:
            raise HarnessError(f"{what} failed with {answer.status_code}: {answer.text[:200]}")
        return answer


class SimulatedFreezer:
    """The same in virtual time: both directions of a link stand still."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    def begin(self, broken: Break) -> None:
        """Let it stand still."""
        self._world.network.link(broken.subject).stall()
        self._world.provider.link_changed(broken.subject, True)

    def look(self, broken: Break) -> Look:
        """Return its counters."""
        return Look(self._world.network.link(broken.subject).facts())

    def heal(self, broken: Break) -> None:
        """Let it flow again; what stood still arrives now."""
        self._world.network.link(broken.subject).heal()
        self._world.provider.link_changed(broken.subject, False)

    def healed(self, broken: Break) -> bool:
        """Say whether it flows."""
        return not self._world.network.link(broken.subject).stalled


class _NotThereError(HarnessError):
    """The server has no such proxy or toxic."""


def _toxics(place: str) -> str:
    return f"/proxies/{quote(proxy_name(place), safe='')}/toxics"


def _known(broken: Break) -> None:
    if broken.action != "freeze":
        raise HarnessError(f"toxiproxy cannot {broken.action}: the fault and the injector disagree")


def _plain(error: Exception) -> str:
    """Return the text of a client error, which the library keeps as bytes."""
    content = error.args[0] if error.args else b""
    return content.decode(errors="replace")[:200] if isinstance(content, bytes) else str(content)[:200]


def proxies_of(run: BrokenRun) -> Toxiproxy:
    """Return the control of a run's server, where the ledger says it is. Raises HarnessError if it does not say."""
    try:
        return Toxiproxy(Address.model_validate(run.addresses.get("toxiproxy")))
    except ValidationError as error:
        raise HarnessError("the ledger does not say where the run's toxiproxy-server is controlled") from error


TOXIPROXY = InjectorEntry(
    "toxiproxy",
    ("freeze",),
    live=lambda world, fault_id: world.toxiproxy,
    simulated=lambda world, fault_id: SimulatedFreezer(world),
    undo=lambda run, fault_id: proxies_of(run),
    ends_with_run=True,
)
