"""Everybody of a fleet in one process: devices, phones, their links, the observer, and the count of them."""

from __future__ import annotations

from harness.fleet.census import Census
from harness.fleet.crew import Crew
from harness.fleet.downlink import Downlink
from harness.fleet.last_mile import LastMile
from harness.fleet.status import FleetStatus, write_status
from harness.fleet.status_observer import StatusObserver
from harness.fleet.uplink import Uplink

BEGIN_IN_REAL_S = 0.5
"""Room to get everything going, so that the first operations are not late already."""
MINUTE_US = 60_000_000


class Party:
    """Builds them all. Raises HarnessError if the run folder lacks a route."""

    def __init__(self, crew: Crew) -> None:
        orders = crew.orders
        self._crew = crew
        begin_us = crew.clock.now_us() + int(BEGIN_IN_REAL_S * crew.clock.speed * 1e6)
        self._begin_us = begin_us
        self.uplink = Uplink(crew, begin_us=begin_us)
        app = orders.target.app(speed=orders.plan.speed, defects=orders.plan.defects)
        self._downlink = None if app is None else Downlink(crew, app, self.uplink, begin_us=begin_us)
        self._last_miles: tuple[LastMile, ...] = ()
        if self._downlink is not None:
            deliver = self._downlink.push
            self._last_miles = tuple(LastMile(crew, cohort, deliver) for cohort in orders.roster.cohorts)
        observed = "status" in orders.environment.routes
        self._observer = StatusObserver(crew, begin_us=begin_us) if observed else None
        self._census = Census(
            begin_us=begin_us,
            fresh_us=orders.plan.reading_every_us + orders.plan.poll_every_us + MINUTE_US,
            limit_us=orders.plan.limit_us,
            no_data_after_us=[phone.no_data_after_us for phone in orders.roster.phones],
        )

    def run_phones(self) -> None:
        """Drive the phones and their links; a target without an app has none."""
        for last_mile in self._last_miles:
            self._crew.spawn(last_mile.run)
        if self._downlink is not None:
            self._downlink.run()

    def run_observer(self) -> None:
        """Look at the status page, if there is one to look at."""
        if self._observer is not None:
            self._observer.run()

    def tell(self) -> None:
        """Write the status file."""
        now_us = self._crew.clock.now_us()
        count = self._census.look(now_us, self._downlink.sights()) if self._downlink else None
        status = FleetStatus(
            running=now_us >= self._begin_us and not self._crew.stopping.is_set(),
            at_us=now_us,
            phones=len(self._crew.orders.roster.phones) if self._downlink else 0,
            fresh=count.fresh if count else 0,
            blind=count.blind if count else 0,
            presenting=count.presenting if count else 0,
            open=count.open if count else 0,
            told=count.told if count else 0,
            late=count.late if count else 0,
            lag_ms_p99=self._crew.lag.p99_ms(),
        )
        write_status(self._crew.orders.folder.fleet_status, status)
