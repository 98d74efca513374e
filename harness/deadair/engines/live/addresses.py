"""Where everything of one run listens, and what each part dials instead: decided before anything starts."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace

from deadair.engines.live.free_ports import FreePorts
from deadair.engines.run_plan import RunOrder, subject_of
from deadair.injectors.child_environment import dropped_variables
from deadair.model.clock import RunClock
from deadair.model.environment import (
    LOOPBACK,
    OF_HARNESS,
    OF_TARGET,
    PROXIES,
    STANDSTILL_REAL_S,
    Address,
    Environment,
    ServerName,
    recorders_of,
    standstill_real_s,
)
from deadair.model.errors import HarnessError
from deadair.model.place import Place
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.runtimes.runtime import Detour, Layout, NodeRuntime
from deadair.scenario.model import Scenario
from deadair.targets.alerts.channel_spec import sockets_of
from deadair.targets.target import Link, Target

WITNESS_BEATS = 1 / 3
"""Of the time for which a part may stand still: so fleet and push gateway cannot do so unseen for longer. At speed 60
that is a real second, a fifth of L; a busy machine alone makes them miss a few tenths of one."""
WITNESS_BEAT_REAL_S = WITNESS_BEATS * STANDSTILL_REAL_S
START_BUDGET_REAL_S = 90.0
END_BUDGET_REAL_S = 90.0
PUSH_LINKS = "push_links"
ECHO = "deadair.echo"
"""The place of the harness's own proxy, through which its echo goes. No link of a target may be called so."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every address of a run. ``proxies``: by place, where a proxy listens and what it leads to."""

    control: Address
    gateway: dict[str, Address]
    """Where the push gateway listens: ``push``, ``push_links``, and the sockets of the target's other channels."""
    sockets: dict[str, Address]
    proxies: dict[str, tuple[Address, Address]]
    links: tuple[Link, ...]
    status: Address | None
    """Where the public status page is, if there is one."""

    @classmethod
    def reserve(cls, order: RunOrder, ports: FreePorts, runtime: NodeRuntime, host: str = LOOPBACK) -> Addresses:
        """Find a free port for everything. Raises HarnessError if there are too few, or a link leads nowhere.

        ``host``: this machine's address as nodes see it, where what they dial listens.
        """
        gateway = {name: ports.reserve() for name in (PUSH_LINKS, *sockets_of(order.target.channels))}
        sockets = {name: runtime.reach(name) or ports.reserve() for name in order.target.sockets}
        upstreams = {**sockets, **gateway}
        proxies = {}
        for link in order.target.links:
            if link.leads_to not in upstreams:
                raise HarnessError(f"the target's link {link.name} leads to {link.leads_to}, which is no socket of it")
            cohorts = order.roster.cohorts if link.outer else (None,)
            for cohort in cohorts:
                proxies[str(Place(link.name, cohort))] = (
                    ports.reserve(LOOPBACK if link.outer else host),
                    upstreams[link.leads_to],
                )
        proxies[ECHO] = (ports.reserve(host), ports.reserve())
        page = order.target.status_socket
        status = None if page is None else sockets[page]
        return cls(ports.reserve(), gateway, sockets, proxies, order.target.links, status)

    def named(self, servers: Mapping[str, ServerName]) -> Addresses:
        """Return the same addresses, where sockets that have a name of their own are called by it."""
        sockets = {name: _named(address, servers.get(name)) for name, address in self.sockets.items()}
        leads_to = {link.name: link.leads_to for link in self.links}
        proxies = dict(self.proxies)
        for place in proxies.keys() - {ECHO}:
            listen, upstream = proxies[place]
            proxies[place] = (_named(listen, servers.get(leads_to[Place.parse(place).name])), upstream)
        return replace(self, sockets=sockets, proxies=proxies)

    def inner_routes(self) -> dict[str, Address]:
        """Return what the target dials for each of its inner links."""
        return {link.name: self.proxies[link.name][0] for link in self.links if not link.outer}

    def routes(self) -> dict[str, Address]:
        """Return every route that a process of the harness may need; see ``Environment.routes``."""
        routes = {place: listen for place, (listen, _) in self.proxies.items() if place != ECHO}
        routes |= self.gateway
        if self.status is not None:
            routes["status"] = self.status
        public = next((link.leads_to for link in self.links if link.outer and link.leads_to in self.sockets), None)
        if public is not None:
            routes["load"] = self.sockets[public]
        return routes


def _named(address: Address, server: ServerName | None) -> Address:
    return address if server is None else address.model_copy(update={"server": server})


def layout(target: Target, addresses: Addresses, starts: Mapping[str, NodeStart]) -> Layout:
    """Return what a runtime has to make. Raises HarnessError if a link has a name that nobody can dial."""
    inside = {
        socket: port
        for start in starts.values()
        if not isinstance(start, ProcessStart)
        for socket, port in start.ports.items()
    }
    detours = []
    for link in target.links:
        if link.alias and not link.outer:
            alias, _, said = link.alias.partition(":")
            port = int(said) if said.isdecimal() else inside.get(link.leads_to)
            if port is None:
                raise HarnessError(f"the link {link.name} is dialled as {alias}: say at which port ({alias}:80)")
            detours.append(Detour(link.name, alias, port, addresses.proxies[link.name][0]))
    return Layout(starts, addresses.sockets, detours, addresses.proxies[ECHO][0])


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the target's nodes and everything else are kept to; both empty where there is only one."""

    target: tuple[int, ...]
    harness: tuple[int, ...]

    @classmethod
    def of_this_machine(cls) -> Cores:
        """Give the target the first core and the harness the others."""
        usable = sorted(os.sched_getaffinity(0))
        return cls((usable[0],), tuple(usable[1:])) if len(usable) > 1 else cls((), ())


def environment_of(order: RunOrder, addresses: Addresses, cores: Cores, clock: RunClock, run_id: str) -> Environment:
    """Return what ``environment.json`` will say."""
    standstill_s = standstill_real_s(order.scenario.deadline.within.total_seconds(), order.scenario.speed)
    loads = [fault_id for fault_id, entry in order.scenario.faults() if entry.fault.accounts_needed]
    return Environment(
        run_id=run_id,
        engine="live",
        command=order.command,
        profile=order.profile,
        defects=order.defects,
        subject=subject_of(order),
        alert_paths=order.target.alert_paths,
        reading_path=order.target.reading_path,
        unjudged=dict(order.target.unjudged),
        clock=clock.as_dict(),
        recorders=(*recorders_of(loads), PROXIES),
        routes=addresses.routes(),
        cores={OF_TARGET: cores.target, OF_HARNESS: cores.harness} if cores.target else {},
        machine=f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        beat_real_s=max(1.0, WITNESS_BEATS * standstill_s),
        witness_beat_real_s=WITNESS_BEATS * standstill_s,
        dropped_variables=tuple(name for name in dropped_variables() if name not in order.target.handed_on().variables),
        wall_limit_s=wall_limit_real_s(order.scenario),
    )


def wall_limit_real_s(scenario: Scenario) -> float:
    """Return the real seconds after which a run ends itself: its phases, twice the warm-up, a budget for both ends."""
    phases = scenario.phases
    longest = (2 * phases.warm_up + phases.storm + phases.recovery).total_seconds() / scenario.speed
    return longest + START_BUDGET_REAL_S + END_BUDGET_REAL_S
