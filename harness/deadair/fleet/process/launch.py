"""Command lines of the fleet's processes and readers of what they tell, for who starts them.

How an engine uses the fleet
============================
1. ``roster.draw(scenario.fleet, seed=scenario.seed)`` → ``roster.json``; accounts of load faults by
   ``roster.load_accounts(fault_id, count)``.
2. Before any process: ``roster.json``, ``environment.json`` (all ``routes``) and the plan,
   ``write_plan(folder, FleetPlan(...))`` → ``control/fleet-plan.json``. The plan carries the seed too.
3. Start, in this order, each in a session of its own with its output in the run's logs:

   ========================================  ===================  =========================================
   command line                              recorder             ready when
   ========================================  ===================  =========================================
   ``push_gateway_argv(folder)``             ``push-gateway``     ``routes["push"]`` takes a TCP connection
                                                                  (``push_links`` listens before it)
   ``load_argv(folder, fault_id)``           ``load-<fault id>``  ``read_load_status(...).ready``
   ``fleet_argv(folder)``                    ``fleet``            ``read_status(folder.fleet_status).running``
   ========================================  ===================  =========================================

   Environment variables: ``DEADAIR_RUN`` (the run's id) for all, ``DEADAIR_PASSWORD`` for fleet and load.
   Routes dialled: ``uplink[c]``, ``downlink[c]``, ``last_mile[c]`` for each cohort and ``status`` (if the
   target has a socket of that name) by the fleet; ``load`` by the load processes. The push gateway listens on
   ``push`` and ``push_links``.
4. A load process begins when ``control/<fault id>.go`` appears and stops when ``control/<fault id>.stop``
   does, or when its time is over; it then stays, beating, until it is ended.
5. SIGTERM ends each within 2 real seconds, its recorder closed, exit code 0. Exit code 4: the process could
   not do its work; the sentence is in its log and, once there is a recorder, in a ``trouble`` row. A process
   that outlives the run's wall limit by 30 real seconds ends itself with 4.
"""

from __future__ import annotations

import sys
from pathlib import Path

from deadair.fleet.process.fleet_plan import FleetPlan, LoadPlan, plan_path, write_plan
from deadair.fleet.process.status_files import (
    FleetStatus,
    LoadStatus,
    load_go_path,
    load_status_path,
    load_stop_path,
    read_as,
)
from deadair.model.run_folder import RunFolder

__all__ = [
    "PASSWORD_VARIABLE",
    "FleetPlan",
    "FleetStatus",
    "LoadPlan",
    "LoadStatus",
    "fleet_argv",
    "load_argv",
    "load_go_path",
    "load_status_path",
    "load_stop_path",
    "plan_path",
    "push_gateway_argv",
    "read_load_status",
    "read_status",
    "write_plan",
]

PASSWORD_VARIABLE = "DEADAIR_PASSWORD"  # noqa: S105 - the variable's name


def fleet_argv(folder: RunFolder) -> list[str]:
    """Return the command line of the process that drives all devices and phones."""
    return [sys.executable, "-m", "deadair.fleet.process.locustfile", str(folder.root)]


def load_argv(folder: RunFolder, fault_id: str) -> list[str]:
    """Return the command line of the process behind one backlog or overload fault."""
    return [sys.executable, "-m", "deadair.fleet.process.locustfile", str(folder.root), "--load", fault_id]


def push_gateway_argv(folder: RunFolder) -> list[str]:
    """Return the command line of the push provider's stand-in."""
    return [sys.executable, "-m", "deadair.fleet.channels.push_gateway", str(folder.root)]


def read_status(path: Path) -> FleetStatus | None:
    """Read the fleet's status file; none if it is not there yet."""
    return read_as(FleetStatus, path)


def read_load_status(path: Path) -> LoadStatus | None:
    """Read a load process's status file; none if it is not there yet."""
    return read_as(LoadStatus, path)
