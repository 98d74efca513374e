"""``/metrics``: what a node counted and measured, for Prometheus. Nothing is opened, read or waited for to tell it.

No number is of one account. What is costly to count, such as who is blind, is as old as the node's last heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from deadair.reference.running.connection_limits import Hall
from deadair.reference.running.counts import LATE_S
from deadair.reference.running.live import LiveEnv
from deadair.reference.wiring import ServiceNode


class Described(NamedTuple):
    """A metric: its name, of which node it is, and what it tells."""

    name: str
    node: str
    tells: str


FIGURES: Mapping[str, Described] = {
    "inbox": Described("follow_inbox_readings", "gateway", "Readings that wait to be stored, at most"),
    "evidence_waiting": Described("follow_evidence_waiting", "gateway", "Follows whose evidence the watchdog has not"),
    "lows_waiting": Described("follow_lows_waiting", "gateway", "Urgent lows that the watchdog has not"),
    "follows": Described("follow_follows", "watchdog", "Follows that want alerts and have a phone"),
    "blind": Described("follow_blind_follows", "watchdog", "Of these, those whose phone is blind"),
    "unreachable": Described(
        "follow_unreachable_follows", "watchdog", "Follows that want alerts of accounts with no phone"
    ),
    "unreachable_blind": Described("follow_unreachable_blind_follows", "watchdog", "Of these, those that seem blind"),
    "gone": Described(
        "follow_gone_phones", "watchdog", "Follows whose phone the push provider says is gone, in no other count"
    ),
    "overdue_s": Described("follow_alarm_unwritten_seconds", "watchdog", "For how long an alarm could not be written"),
    "evidence_age_s": Described("follow_evidence_age_seconds", "watchdog", "Since the gateway last told anything"),
    "outbox": Described("follow_outbox_pushes", "notifier", "Pushes that are undelivered, counted to 10,000"),
    "oldest_push_age_s": Described("follow_oldest_push_age_seconds", "notifier", "Age of the oldest undelivered alert"),
    "delivered_age_s": Described("follow_last_delivery_age_seconds", "notifier", "Since the provider last took a push"),
    "roster": Described("follow_roster_phones", "sentinel", "Phones that the sentinel would tell of an outage"),
    "outage": Described("follow_outage", "sentinel", "1 while followers are told that the cloud may not alert them"),
    "incident": Described("follow_incident", "sentinel", "1 while the status page shows an incident"),
    "watchdog_age_s": Described("follow_watchdog_heartbeat_age_seconds", "sentinel", "Since the watchdog's heartbeat"),
    "notifier_age_s": Described("follow_notifier_heartbeat_age_seconds", "sentinel", "Since the notifier's heartbeat"),
}
NOTES: Mapping[str, Described] = {
    "inbox": Described("follow_readings_acknowledged", "gateway", "Readings that were acknowledged"),
    "malformed": Described("follow_records_refused", "gateway", "Records of uploads that were malformed"),
    "stored": Described("follow_readings_stored", "processor", "Readings that were stored"),
    "confirmed": Described("follow_evidence", "watchdog", "Evidence that told something new of a follow"),
    "outbox": Described("follow_alerts_made", "watchdog", "Alerts that were written down to be pushed"),
    "pushed": Described("follow_pushes_delivered", "notifier", "Pushes that the provider took"),
    "deferred": Described("follow_pushes_deferred", "notifier", "Tries of pushes that failed, to be tried again"),
}
OF_ALL = (
    Described("follow_ready", "all", "1 if the node is ready"),
    Described("follow_trouble", "all", "1 for each thing that does not work, by what it is"),
    Described("follow_requests", "all", "Answers, by socket, route and status"),
    Described("follow_connections_refused", "all", "What was refused before it was a request, by socket and status"),
    Described("follow_loop_late_seconds", "all", "How late the node's loop woke up, every quarter of a second"),
    Described("follow_database_bytes", "all", "Size of each database file and its log"),
    Described("follow_disk_free_bytes", "all", "What is left on the disk of the data folder"),
)
READY, TROUBLE, REQUESTS, REFUSED, LATE, SIZES, FREE = OF_ALL


class NodeCollector(Collector):
    """Tells all of one node."""

    def __init__(self, name: str, node: ServiceNode, env: LiveEnv, halls: Mapping[str, Hall]) -> None:
        self._name = name
        self._node = node
        self._env = env
        self._halls = halls

    def collect(self) -> Iterator[Metric]:
        """Yield every metric there is."""
        yield GaugeMetricFamily(READY.name, READY.tells, value=not self._env.trouble())
        yield _gauges(TROUBLE, "what", dict.fromkeys(self._env.troubles(), 1.0))
        for key, value in self._node.figures().items():
            yield GaugeMetricFamily(FIGURES[key].name, FIGURES[key].tells, value=value)
        counts = self._env.counts
        for key, told in NOTES.items():
            if told.node == self._name:
                yield CounterMetricFamily(told.name, told.tells, value=counts.notes[key])
        requests = CounterMetricFamily(REQUESTS.name, REQUESTS.tells, labels=("socket", "route", "status"))
        for (socket, route, status), number in counts.requests.items():
            requests.add_metric((socket, route, str(status)), number)
        yield requests
        refused = CounterMetricFamily(REFUSED.name, REFUSED.tells, labels=("socket", "status"))
        for socket, hall in self._halls.items():
            for status, number in hall.refused.items():
                refused.add_metric((socket, str(status)), number)
        yield refused
        yield HistogramMetricFamily(LATE.name, LATE.tells, buckets=list(self._late()), sum_value=counts.late_sum_s)
        yield _gauges(SIZES, "file", self._env.disk.sizes)
        yield GaugeMetricFamily(FREE.name, FREE.tells, value=self._env.disk.free_bytes)

    def _late(self) -> Iterator[tuple[str, float]]:
        """Yield each bound, and how often the loop was at most so late."""
        number = 0
        for bound, there in zip((*map(str, LATE_S), "+Inf"), self._env.counts.late, strict=True):
            number += there
            yield bound, number


def _gauges(told: Described, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(told.name, told.tells, labels=(label,))
    for what, value in values.items():
        family.add_metric((what,), value)
    return family


def registry_of(name: str, node: ServiceNode, env: LiveEnv, halls: Mapping[str, Hall]) -> CollectorRegistry:
    """Return a node's own registry."""
    registry = CollectorRegistry()
    registry.register(NodeCollector(name, node, env, halls))
    ProcessCollector(registry=registry)
    return registry


def page(registry: CollectorRegistry) -> bytes:
    """Return the page."""
    return generate_latest(registry)
