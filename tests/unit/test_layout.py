"""By which name and port a link is dialled that no setting can lead elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from deadair.engines.live.addresses import ECHO, Addresses, layout
from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.runtimes.node_start import ContainerStart, NodeStart, ProcessStart
from deadair.runtimes.runtime import Detour
from deadair.targets.target import Link, Target

PROXY, ECHO_PROXY = Address(host="172.18.0.1", port=1), Address(host="172.18.0.1", port=2)
STARTS: dict[str, NodeStart] = {"db": ContainerStart("db:1", ports={"sql": 5432}), "local": ProcessStart(("true",))}


def laid_out(link: Link) -> tuple[Detour, ...]:
    """What a runtime is told of one link."""
    ends = {link.name: (PROXY, Address(port=3)), ECHO: (ECHO_PROXY, Address(port=4))}
    addresses = cast(Addresses, SimpleNamespace(proxies=ends, sockets={"sql": Address(port=3)}))
    made = layout(cast(Target, SimpleNamespace(links=(link,))), addresses, STARTS)
    assert (made.starts, made.reached, made.echo) == (STARTS, {"sql": Address(port=3)}, ECHO_PROXY)
    return tuple(made.detours)


def test_a_name_is_dialled_at_the_port_of_its_socket_or_at_the_one_that_is_said() -> None:
    assert laid_out(Link("web→db", "sql", alias="db")) == (Detour("web→db", "db", 5432, PROXY),)
    assert laid_out(Link("web→db", "sql", alias="db:3306")) == (Detour("web→db", "db", 3306, PROXY),)
    assert laid_out(Link("web→push", "push", alias="alerts.example:80")) == (
        Detour("web→push", "alerts.example", 80, PROXY),
    )


def test_who_is_told_a_route_needs_no_name_and_nobody_stands_in_for_the_way_of_phones() -> None:
    assert laid_out(Link("web→db", "sql")) == ()
    assert laid_out(Link("uplink", "sql", outer=True, alias="db")) == ()


def test_a_name_that_nobody_knows_the_port_of_is_refused() -> None:
    with pytest.raises(HarnessError, match=r"web→push is dialled as alerts: say at which port \(alerts:80\)"):
        laid_out(Link("web→push", "push", alias="alerts"))
