"""A run folder and the fleet's real processes over a fake service, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deadair.engines.live.addresses import WITNESS_BEAT_REAL_S
from deadair.engines.live.run_processes import STOP_LIMIT_S
from deadair.fleet.process.launch import (
    PASSWORD_VARIABLE,
    FleetPlan,
    LoadPlan,
    push_gateway_argv,
    read_load_status,
    read_status,
    write_plan,
)
from deadair.fleet.process.status_files import load_go_path, load_status_path
from deadair.history.manifest import seal
from deadair.history.reader import History, read
from deadair.history.rows import Kind
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import Address, Environment
from deadair.model.judgement import Subject
from deadair.model.roster import Device, Phone, Roster
from deadair.model.run_folder import RunFolder
from deadair.targets.alerts.channel_spec import ChannelSpec
from tests.unit.fleet_fakes import ALERT_PATHS, PASSWORD
from tools.live_reference import free_ports

SPEED = 60.0
EVERY_US = 90_000_000
"""A reading and a poll each 1.5 real seconds."""
REPOSITORY = Path(__file__).parents[2]
COHORTS = ("south", "rest")


class Stage:
    """One run folder, and what was started in it. Patient n is of cohort south if n is even."""

    def __init__(self, root: Path, service: Address, *, devices: int = 6) -> None:
        self.folder = RunFolder(root)
        self.folder.create()
        self.clock = RunClock.starting_now(speed=SPEED)
        self.processes: list[subprocess.Popen[bytes]] = []
        push, links, mail, apple = (Address(port=port) for port in free_ports(4))
        self.push = push
        self.channels: tuple[ChannelSpec, ...] = (ChannelSpec(channel="fcm"),)
        outer = {f"{link}[{cohort}]": service for link in ("uplink", "downlink") for cohort in COHORTS}
        miles = {f"last_mile[{cohort}]": links for cohort in COHORTS}
        self.routes = {**outer, **miles, "status": service, "load": service, "push": push, "push_links": links}
        self.routes |= {"push_smtp": mail, "push_apns": apple}
        cohorts = [COHORTS[number % 2] for number in range(devices)]
        self.roster = Roster(
            tuple(Device(n, cohort, f"device-{n}", n / devices) for n, cohort in enumerate(cohorts)),
            tuple(Phone(n, n, cohort, f"phone-{n}", n / devices, 1_200_000_000) for n, cohort in enumerate(cohorts)),
        )

    def write(self, *loads: LoadPlan, defects: tuple[str, ...] = (), wall_limit_s: float = 60.0) -> None:
        """Write what the processes read."""
        environment = Environment(
            run_id="test",
            engine="live",
            command="test",
            subject=Subject(version="", command="", configuration_sha256=""),
            alert_paths=ALERT_PATHS,
            clock=self.clock.as_dict(),
            recorders=(),
            routes=self.routes,
            witness_beat_real_s=WITNESS_BEAT_REAL_S,
            wall_limit_s=wall_limit_s,
        )
        self.folder.environment.write_text(environment.model_dump_json())
        self.folder.roster.write_text(self.roster.to_json())
        plan = FleetPlan(
            target="fake",
            defects=defects,
            speed=SPEED,
            seed=7,
            reading_every_us=EVERY_US,
            poll_every_us=EVERY_US,
            limit_us=300_000_000,
            load=loads,
            channels=self.channels,
        )
        write_plan(self.folder, plan)

    def start(self, name: str, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start one process."""
        with (self.folder.logs / f"{name}.log").open("wb") as log:
            variables = {**os.environ, PASSWORD_VARIABLE: PASSWORD}
            process = subprocess.Popen(argv, stdout=log, stderr=log, env=variables, cwd=REPOSITORY)
        self.processes.append(process)
        return process

    def start_fleet(self, *options: str, module: str = "tests.unit.fleet_fakes") -> subprocess.Popen[bytes]:
        """Start the fleet, or with ``--load f1`` a load, against the fake target, or that of another module."""
        argv = [sys.executable, "-m", module, str(self.folder.root), *options]
        return self.start("-".join(("fleet", *options)), argv)

    def start_gateway(self, *, answers: Callable[[], bool] | None = None) -> subprocess.Popen[bytes]:
        """Start the push gateway and wait until it answers, by FCM unless said otherwise."""
        gateway = self.start("push-gateway", self.gateway_argv())
        until(answers or (lambda: self.send_push("{")[0] == 400), "the push gateway answers", gateway)
        return gateway

    def gateway_argv(self) -> list[str]:
        """Return the push gateway's command line."""
        return push_gateway_argv(self.folder)

    def start_load(self, load: LoadPlan) -> subprocess.Popen[bytes]:
        """Start a load, wait until it is ready, and say go."""
        process = self.start_fleet("--load", load.fault_id)
        status = load_status_path(self.folder, load.fault_id)
        until(lambda: bool((told := read_load_status(status)) and told.ready), "the load is ready", process)
        load_go_path(self.folder, load.fault_id).touch()
        return process

    def running(self) -> bool:
        """Say whether the fleet says that it runs."""
        status = read_status(self.folder.fleet_status)
        return status is not None and status.running

    def send_push(self, body: str | dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Send a push as the service would; 0 if nobody answers."""
        text = body if isinstance(body, str) else json.dumps(body)
        url = f"http://{self.push}/v1/projects/follow/messages:send"
        request = urllib.request.Request(url, text.encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5.0) as answer:  # noqa: S310 - a port of ours
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, {}

    def log(self, name: str) -> str:
        """Return what a process printed."""
        return (self.folder.logs / f"{name}.log").read_text()

    def history(self) -> History:
        """Return the history as it lies."""
        seal(self.folder.history)
        return read(self.folder.history)


def until(condition: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for a condition, 20 s at the most, and no longer than ``process`` lives."""
    limit = Deadline.after(20.0)
    while not condition():
        assert not limit.passed(), f"waited too long until {what}"
        assert process is None or process.poll() is None, f"the process ended before {what}"
        pause(0.02)


def push(phone: int, kind: str = "no_data", **more: object) -> dict[str, object]:
    """Return a push as the service sends it."""
    data = {"kind": kind, "path": "service_push", "patient": f"device-{phone}"}
    return {"message": {"token": f"phone-token-{phone}", "data": data, **more}}


def end(process: subprocess.Popen[bytes]) -> int:
    """End a process by SIGTERM, within the time that the engine gives it; return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_LIMIT_S)


@contextmanager
def stage(root: Path, service: Address, *, devices: int = 6) -> Iterator[Stage]:
    """Build a stage; whatever is left of it at the end is killed."""
    built = Stage(root, service, devices=devices)
    try:
        yield built
    finally:
        for process in built.processes:
            process.kill()
            process.wait(10.0)


def rows(history: History, *kinds: Kind) -> list[dict[str, Any]]:
    """Return rows as dictionaries."""
    return history.of(*kinds).to_dicts()
