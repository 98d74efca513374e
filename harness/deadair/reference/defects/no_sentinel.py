"""Nobody outside the cloud watches it: the status page always says that all is well."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from deadair.reference.alerts.outage import OutageState
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.health_routes import health_route
from deadair.reference.http.router import Reply, Router, reply
from deadair.reference.http.status_page import status_routes
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.settings import Settings


async def _ignore(_: Request) -> Reply:
    return reply({"heard": True})


class NoSentinel:
    """Takes heartbeats, so that nobody complains, and does nothing with them."""

    def __init__(self, env: Env, settings: Settings) -> None:
        self.env = env
        self.settings = settings
        self.state = OutageState()
        routes = {("POST", "/heartbeat"): _ignore, **health_route("sentinel", env)}
        self.apps: dict[str, Router] = {
            "sentinel": Router(routes),
            "status": Router(status_routes(lambda: self.state)),
        }

    def figures(self) -> dict[str, float]:
        """Know nothing."""
        return {}

    async def run(self) -> None:
        """Do nothing for ever."""
        await asyncio.Event().wait()


DEFECT = Defect(
    name="no-sentinel",
    what=__doc__,
    seen="Every service whose alarm about the service runs on the service.",
    parts={Sentinel: NoSentinel},
    caught=(Catch("gate/store-hangs", "status_published"),),
    profiles=("2019",),
)
