"""A target that is only its own description, for tests of what is refused before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from deadair.runtimes.runtime import RuntimeNeeds
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.door import Door
from deadair.targets.handed_on import NOTHING, HandedOn
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Link, Target
from tests.unit.fleet_fakes import ALERT_PATHS


class Described:
    name = "reference"
    runtime = "processes"
    runtime_needs = RuntimeNeeds()
    needs: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ("gateway", "processor", "watchdog", "notifier", "sentinel")
    links: tuple[Link, ...] = (
        Link("uplink", "gateway", outer=True),
        Link("downlink", "gateway", outer=True),
        Link("last_mile", "push_links", outer=True),
        Link("gateway→watchdog", "watchdog"),
        Link("notifier→push", "push"),
    )
    sockets = ("gateway", "watchdog")
    status_socket: str | None = None
    alert_paths = ALERT_PATHS
    channels = (ChannelSpec(channel="fcm"),)
    reading_path = ("uplink", "gateway", "processor", "downlink")
    speed_max = 1000.0
    knows_codes = True
    answer_within_s = 10.0
    per_follow = frozenset({"no_data_after", "realarm_every", "second_patients", "second_phones"})
    devices_max = 1_000_000
    roles = MappingProxyType(
        {"storing": ("processor",), "alerting": ("watchdog", "notifier"), "push": ("notifier→push",)}
    )
    app_words = frozenset({"acknowledge", "snooze", "open_app", "log_in_anew", "wrong_password", "stop_following"})
    unjudged: Mapping[str, str] = MappingProxyType({})
    capacities: tuple[str, ...] = ("store_rows_per_s", "gateway_requests_per_s")
    defects = MappingProxyType({"fifo": "First come, first served.", "no-sentinel": "Nobody watches."})
    profiles = MappingProxyType({"2019": ("fifo", "no-sentinel")})

    def detection_budget_s(self, speed: float) -> float:
        return max(150.0, 1.2 * speed)

    def door(self, times: ServiceTimes) -> Door | None:
        return None

    def handed_on(self) -> HandedOn:
        return NOTHING


TARGETS = {"reference": cast(Target, Described())}
