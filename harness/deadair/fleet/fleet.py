"""Everybody of a fleet in one process: devices, phones, the observer, and the count of them.

Who delivers the pushes is not its affair; it only takes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from deadair.fleet.channels.poll import PollAlerts
from deadair.fleet.devices.device_driver import DeviceDriver
from deadair.fleet.phones.live_counts import Count, LiveCounts
from deadair.fleet.phones.phone_driver import PhoneDriver
from deadair.fleet.process.status_files import FleetStatus
from deadair.fleet.runtime import Runtime
from deadair.fleet.status_observer import StatusObserver
from deadair.injectors.fleet_orders import FleetOrder
from deadair.model.alert_path import of_service

BEGIN_IN_REAL_S = 0.5
"""Room to get everything going, so that the first operations are not late already."""
MINUTE_US = 60_000_000
NOBODY = Count(fresh=0, blind=0, presenting=0, open=0, alerted=0, late=0)


class Fleet:
    """Builds them all. Raises HarnessError if there is no route for one of them."""

    def __init__(self, runtime: Runtime) -> None:
        orders = runtime.orders
        self._runtime = runtime
        self.begin_us = begin_us = runtime.clock.later_us(BEGIN_IN_REAL_S)
        self._uplink = DeviceDriver(runtime, begin_us=begin_us)
        app = orders.target.app(speed=orders.plan.speed, defects=orders.plan.defects)
        self.poll_alerts = PollAlerts.of(orders.plan.channels, runtime.recorder)
        self._downlink = (
            None
            if app is None
            else PhoneDriver(runtime, app, self._uplink, begin_us=begin_us, poll_alerts=self.poll_alerts)
        )
        observed = orders.target.status_socket is not None
        self._observer = StatusObserver(runtime, begin_us=begin_us) if observed else None
        self._live_counts = LiveCounts(
            begin_us=begin_us,
            fresh_us=orders.plan.reading_every_us + orders.plan.poll_every_us + MINUTE_US,
            limit_us=orders.plan.limit_us,
            no_data_after_us=[phone.no_data_after_us for phone in orders.roster.phones],
            saving_paths=of_service(orders.target.alert_paths),
        )

    @property
    def has_phones(self) -> bool:
        """Whether anybody takes pushes; with a target without an app nobody does."""
        return self._downlink is not None

    def run_devices(self) -> None:
        """Drive the devices."""
        self._uplink.run()

    def run_phones(self) -> None:
        """Drive the phones; a target without an app has none."""
        if self._downlink is not None:
            self._downlink.run()

    def run_observer(self) -> None:
        """Look at the status page, if there is one to look at."""
        if self._observer is not None:
            self._observer.run()

    def push(self, phone: int, data: Mapping[str, str]) -> None:
        """Take a push that reached a phone."""
        if self._downlink is not None:
            self._downlink.push(phone, data)

    def obey(self, order: FleetOrder) -> int:
        """Let people do something with their phones; return how many did."""
        return 0 if self._downlink is None else self._downlink.obey(order)

    def status(self) -> FleetStatus:
        """Look at everybody, and return how they are now."""
        now_us = self._runtime.clock.now_us()
        count = self._live_counts.look(now_us, self._downlink.sights()) if self._downlink else NOBODY
        return FleetStatus(
            running=now_us >= self.begin_us and not self._runtime.stopping.is_set(),
            begin_us=self.begin_us,
            at_us=now_us,
            phones=len(self._runtime.orders.roster.phones) if self._downlink else 0,
            lag_ms_p99=self._runtime.lag.p99_ms(),
            fresh=count.fresh,
            blind=count.blind,
            presenting=count.presenting,
            open=count.open,
            alerted=count.alerted,
            late=count.late,
        )
