"""The one place where the parts of the service are put together, good ones and planted bad ones.

A defect is another part in place of a good one; it is never a condition inside the good code. Which part that is, the
defect says itself: nothing here names one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.capacity import dearness
from deadair.reference.defects.catalogue import part
from deadair.reference.env import Env
from deadair.reference.http.admission import Admission
from deadair.reference.http.request_guard import Books
from deadair.reference.http.router import Router
from deadair.reference.http.upload_routes import Intake
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.processor import Processor
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox


class ServiceNode(Protocol):
    """A part that runs as a process: what it serves on which socket, and what it does by itself."""

    apps: dict[str, Router]

    def figures(self) -> dict[str, float]:
        """Return what can be measured of it now, without looking anywhere: for whoever runs it."""
        ...

    async def run(self) -> None:
        """Do its own work for ever."""
        ...


def dearness_of(node: str, settings: Settings) -> float:
    """Return how many times as much CPU a node's work costs, of what it would cost with a core of its own."""
    return dearness(settings.gateway_cpu_ms_per_s if node == "gateway" else None)


def gateway(env: Env, settings: Settings) -> ServiceNode:
    """Build the gateway."""
    admission = part(Admission, settings.defects)(settings, env.now())
    evidence = part(EvidenceSender, settings.defects)(env, settings)
    books = part(Books, settings.defects)
    lows = part(LowSender, settings.defects)(env, settings)
    intake = part(Intake, settings.defects)
    return part(Gateway, settings.defects)(env, settings, admission, evidence, lows, books, intake)


def processor(env: Env, settings: Settings) -> ServiceNode:
    """Build the processor."""
    return part(Processor, settings.defects)(env, settings, part(Inbox, settings.defects))


def watchdog(env: Env, settings: Settings) -> ServiceNode:
    """Build the watchdog."""
    return part(Watchdog, settings.defects)(env, settings)


def notifier(env: Env, settings: Settings) -> ServiceNode:
    """Build the notifier."""
    return part(Notifier, settings.defects)(env, settings)


def sentinel(env: Env, settings: Settings) -> ServiceNode:
    """Build the sentinel."""
    return part(Sentinel, settings.defects)(env, settings)


NODES: dict[str, Callable[[Env, Settings], ServiceNode]] = {
    "gateway": gateway,
    "processor": processor,
    "watchdog": watchdog,
    "notifier": notifier,
    "sentinel": sentinel,
}
