"""The reference follow service with its readings on a PostgreSQL server: its five nodes, and the server as a sixth.

The links to it can be cut, and it can be killed and hang. Virtual time has no such server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from deadair.injectors.child_environment import child_environment
from deadair.provision.postgres import (
    lacking_postgres,
    make_database,
    server_argv,
    server_url,
    why_not_serving,
)
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.targets.reference import READY_LIMIT_S, Reference, secret_of
from deadair.targets.target import Link, Site

STORE = "store"
STORE_LINKS = (Link("gateway→store", leads_to=STORE), Link("processor→store", leads_to=STORE))


class ReferencePostgres(Reference):
    """The target named ``reference-postgres``."""

    name = "reference-postgres"
    simulated = False
    nodes: tuple[str, ...] = (STORE, *Reference.nodes)
    sockets: tuple[str, ...] = (*Reference.sockets, STORE)
    links: tuple[Link, ...] = (*Reference.links, *STORE_LINKS)
    reading_path: tuple[str, ...] = (
        "uplink",
        "gateway",
        "processor",
        "processor→store",
        STORE,
        "gateway→store",
        "downlink",
    )
    roles: Mapping[str, tuple[str, ...]] = {**Reference.roles, "storing": (STORE, *(link.name for link in STORE_LINKS))}

    def lacks(self) -> tuple[str, ...]:
        """Lack what a server is run with."""
        return lacking_postgres()

    def build(self, site: Site) -> None:
        """Write ``settings.json``, and make an empty database."""
        super().build(site)
        make_database(site.data / STORE, secret_of(site, b"store"), child_environment())

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Start a node's process, or the server; what it committed survives its death."""
        if node == STORE:
            return ProcessStart(server_argv(site.data / STORE, site.listen[STORE], child_environment()))
        return super().start_of(node, site)

    def _variables(self, site: Site) -> dict[str, str]:
        url = server_url(site.listen[STORE], secret_of(site, b"store"))
        return {**super()._variables(site), "FOLLOW_STORE_URL": json.dumps(url)}

    def _settings(self, site: Site) -> dict[str, Any]:
        """Leave the server's socket out: it is not the service's."""
        settings = super()._settings(site)
        del settings["sockets"][STORE]
        return settings

    def why_not_ready(self, node: str, site: Site) -> str:
        """Ask the node, or begin to log in to the server."""
        if node == STORE:
            return why_not_serving(site.sockets[STORE], limit_s=READY_LIMIT_S)
        return super().why_not_ready(node, site)
