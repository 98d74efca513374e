"""The process that drives a fleet, or one load: Locust users, each on a timetable of its own, open loop.

``python -m deadair.fleet.process.locustfile RUN_FOLDER [--load FAULT_ID]``; see
``deadair.fleet.process.launch``. Importing this file patches the interpreter, so nothing but that process may.
Nothing is recorded in Locust's event listeners: they swallow errors.
"""

from __future__ import annotations

import argparse
import gc
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import gevent
from locust import User, task
from locust.env import Environment as LocustEnvironment
from locust.exception import StopUser

from deadair.fleet.channels.phone_link_client import LastMile
from deadair.fleet.fleet import Fleet
from deadair.fleet.load.backlog import BacklogLoad
from deadair.fleet.load.load_driver import LoadDriver
from deadair.fleet.load.overload import OverloadLoad
from deadair.fleet.process import adapter_watchdog
from deadair.fleet.process.gevent_runtime import GeventRuntime
from deadair.fleet.process.status_files import write_status
from deadair.fleet.runtime import Orders
from deadair.history.recorder import Recorder
from deadair.injectors.fleet_orders import LOOK_EVERY_REAL_S, OrderFiles
from deadair.model.environment import FLEET
from deadair.model.errors import DeadAirError, HarnessError
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Exit
from deadair.targets.target import Target

SPAWN_LIMIT_S = 5.0


class _Driver(User):  # type: ignore[misc]
    """One Locust user drives all members of its kind: a user for each would cost a greenlet a head."""

    abstract = True
    fixed_count = 1

    def drive(self, work: Callable[[], None]) -> None:
        """Work until the process is to stop."""
        runtime: GeventRuntime = self.environment.runtime
        runtime.guarded(work)
        runtime.stopping.wait()
        raise StopUser


class Devices(_Driver):
    """All devices: they measure and hand in."""

    @task  # type: ignore[untyped-decorator]
    def hand_in(self) -> None:
        """Drive every device."""
        self.drive(self.environment.fleet.run_devices)


class Phones(_Driver):
    """All phones: they poll, and hear pushes over their links."""

    @task  # type: ignore[untyped-decorator]
    def poll(self) -> None:
        """Drive every phone, and the links beside them."""
        self.drive(self._poll)

    def _poll(self) -> None:
        self.environment.runtime.spawn(_obey, self.environment.runtime, self.environment.fleet)
        for link in self.environment.links:
            self.environment.runtime.spawn(link.run)
        self.environment.fleet.run_phones()


def _obey(runtime: GeventRuntime, fleet: Fleet) -> None:
    """Obey the runner's orders until the process is to stop."""
    orders = OrderFiles(runtime.orders.folder.abort_request.parent)
    while not runtime.stopping.is_set():
        order = orders.next()
        if order is None:
            runtime.pause(LOOK_EVERY_REAL_S)
        else:
            orders.obeyed(fleet.obey(order))


class Observer(_Driver):
    """Somebody who looks at the public status page."""

    @task  # type: ignore[untyped-decorator]
    def look(self) -> None:
        """Look at the page."""
        self.drive(self.environment.fleet.run_observer)


class Clients(_Driver):
    """The accounts behind a backlog or an overload."""

    @task  # type: ignore[untyped-decorator]
    def offer(self) -> None:
        """Offer the load."""
        self.drive(self.environment.load.run)


def main(arguments: Sequence[str], targets: Mapping[str, Target] | None = None) -> int:
    """Drive a fleet or a load until SIGTERM; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="deadair.fleet.process.locustfile", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--load", metavar="FAULT_ID")
    options = parser.parse_args(arguments)
    try:
        orders = Orders.read(RunFolder(options.folder), targets)
        who = f"load-{options.load}" if options.load else FLEET
        clock, beat_real_s = orders.environment.run_clock, orders.environment.beat_real_s_of(who)
        hide = orders.target.handed_on().hide
        with Recorder(orders.folder.history, who, clock, beat_real_s=beat_real_s, hide=hide) as recorder:
            runtime = GeventRuntime(orders, recorder)
            adapter_watchdog.begin()
            for number in (signal.SIGTERM, signal.SIGINT):
                gevent.signal_handler(number, runtime.stopping.set)
            runtime.guarded(_run, runtime, options.load)
            return runtime.exit
    except (DeadAirError, OSError) as error:
        logging.getLogger(__name__).error("%s", error)
        return Exit.HARNESS
    except Exception as error:
        logging.getLogger(__name__).error("the process ends: %s", error, exc_info=error)
        return Exit.HARNESS


def _run(runtime: GeventRuntime, fault_id: str | None) -> None:
    locust = LocustEnvironment(user_classes=[Clients] if fault_id else [Devices, Phones, Observer])
    locust.runtime = runtime
    if fault_id:
        plan = runtime.orders.plan.load_of(fault_id)
        load: LoadDriver = BacklogLoad(runtime, plan) if plan.kind == "backlog" else OverloadLoad(runtime, plan)
        locust.load = load
        look: Callable[[], None] = load.tell
    else:
        locust.fleet = fleet = Fleet(runtime)
        cohorts = runtime.orders.roster.cohorts if fleet.has_phones else ()
        locust.links = [LastMile(runtime, cohort, fleet.push) for cohort in cohorts]

        def look() -> None:
            if fleet.poll_alerts is not None:
                fleet.poll_alerts.obey(runtime.orders.folder.abort_request.parent)
            write_status(runtime.orders.folder.fleet_status, fleet.status())

    gc.freeze()
    runner = locust.create_local_runner()
    try:
        runner.start(len(locust.user_classes), spawn_rate=100)
        runner.spawning_greenlet.join(timeout=SPAWN_LIMIT_S)
        if runner.user_count != len(locust.user_classes):
            raise HarnessError(f"Locust started {runner.user_count} of {len(locust.user_classes)} users")
        runtime.guarded(runtime.watch, look)
    finally:
        runtime.disband()
        runner.quit()
        runtime.guarded(look)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
