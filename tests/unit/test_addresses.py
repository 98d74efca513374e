"""Where everything of a live run listens: servers that have a name are called by it, also through their proxies."""

from __future__ import annotations

from pathlib import Path

from deadair.engines.live.addresses import ECHO, Addresses
from deadair.engines.live.free_ports import FreePorts
from deadair.model.environment import ServerName
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import RunMarks
from tests.unit.trial import Trial


def test_only_who_leads_to_a_server_with_a_name_is_called_by_it(tmp_path: Path) -> None:
    trial, ports = Trial(tmp_path), FreePorts()
    plain = Addresses.reserve(trial.order, ports, Processes(RunMarks("test", trial.folder, ())))
    ports.close()
    trial.close()
    name = ServerName(host="follow.example")
    named = plain.named({"gateway": name})
    assert {socket for socket, address in named.sockets.items() if address.server == name} == {"gateway"}
    led = {link.name for link in plain.links if link.leads_to == "gateway"}
    assert led
    called = {place for place, (listen, _) in named.proxies.items() if listen.server == name}
    assert {place.partition("[")[0] for place in called} == led
    assert named.proxies[ECHO] == plain.proxies[ECHO]
    assert list(named.proxies) == list(plain.proxies)
