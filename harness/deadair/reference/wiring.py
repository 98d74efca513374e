"""The one place where the parts of the service are put together, good ones and planted bad ones.

A defect is another part in place of a good one; it is never a condition inside the good code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.capacity import dearness
from deadair.reference.defects.alerts_behind_backlog import BehindBacklog
from deadair.reference.defects.arrival_time import ArrivalTime
from deadair.reference.defects.disarmed_by_stored import DisarmedByStored
from deadair.reference.defects.fifo import FifoInbox, QueueingAdmission
from deadair.reference.defects.gives_up import GivesUp
from deadair.reference.defects.hibernation_guard import HibernationGuard
from deadair.reference.defects.incident_by_hand import IncidentByHand
from deadair.reference.defects.masked_by_another import MaskedByAnother
from deadair.reference.defects.no_sentinel import NoSentinel
from deadair.reference.defects.timers_lost_on_restart import TimersLostOnRestart
from deadair.reference.defects.watchdog_in_processor import OnlyHears, StoresAndWatches
from deadair.reference.env import Env
from deadair.reference.http.admission import Admission
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.processor import Processor
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from deadair.reference.storage.inbox import Inbox

BAD_WATCHDOGS: dict[str, type[Watchdog]] = {
    "alerts-behind-backlog": BehindBacklog,
    "hibernation-guard": HibernationGuard,
    "masked-by-another": MaskedByAnother,
    "timers-lost-on-restart": TimersLostOnRestart,
    "watchdog-in-processor": OnlyHears,
}


class ServiceNode(Protocol):
    """A part that runs as a process: what it serves on which socket, and what it does by itself."""

    apps: dict[str, ASGIApp]

    async def run(self) -> None:
        """Do its own work for ever."""
        ...


def dearness_of(node: str, settings: Settings) -> float:
    """Return how many times as much CPU a node's work costs, of what it would cost with a core of its own."""
    return dearness(settings.gateway_cpu_ms_per_s if node == "gateway" else None)


def gateway(env: Env, settings: Settings) -> ServiceNode:
    """Build the gateway."""
    evidence = EvidenceSender
    if "arrival-time" in settings.defects:
        evidence = ArrivalTime
    elif "disarmed-by-stored" in settings.defects:
        evidence = DisarmedByStored
    admission = QueueingAdmission if "fifo" in settings.defects else Admission
    return Gateway(env, settings, admission(settings, env.now()), evidence(env, settings))


def processor(env: Env, settings: Settings) -> ServiceNode:
    """Build the processor."""
    if "watchdog-in-processor" in settings.defects:
        return StoresAndWatches(env, settings)
    return Processor(env, settings, FifoInbox if "fifo" in settings.defects else Inbox)


def watchdog(env: Env, settings: Settings) -> ServiceNode:
    """Build the watchdog."""
    part = next((bad for name, bad in BAD_WATCHDOGS.items() if name in settings.defects), Watchdog)
    return part(env, settings)


def notifier(env: Env, settings: Settings) -> ServiceNode:
    """Build the notifier."""
    return (GivesUp if "gives-up" in settings.defects else Notifier)(env, settings)


def sentinel(env: Env, settings: Settings) -> ServiceNode:
    """Build the sentinel."""
    if "incident-by-hand" in settings.defects:
        return IncidentByHand(env, settings)
    if "no-sentinel" in settings.defects:
        return NoSentinel(env, settings)
    return Sentinel(env, settings)


NODES: dict[str, Callable[[Env, Settings], ServiceNode]] = {
    "gateway": gateway,
    "processor": processor,
    "watchdog": watchdog,
    "notifier": notifier,
    "sentinel": sentinel,
}
