"""The reference follow service as a target: its five nodes as processes of this machine.

With ``reference_app`` and ``reference_simulated`` all that knows both the harness and the reference. It compresses
the service's configuration by the scenario's speed; network time-outs and dead-after limits stay at one real second
or more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

import deadair
from deadair.model.alert_path import AlertPath
from deadair.model.environment import LOOPBACK, ServerName
from deadair.model.errors import HarnessError
from deadair.model.phone_trace import NodeNote, Way
from deadair.model.reading import Reading
from deadair.model.roster import Roster
from deadair.reference.defects.catalogue import DEFECTS, PROFILES, of_profile
from deadair.runtimes.node_start import NodeStart, ProcessStart
from deadair.runtimes.runtime import RuntimeNeeds
from deadair.targets.adapters.share import SERIAL_NUMBER, ShareApi
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.app import App
from deadair.targets.door import Door
from deadair.targets.handed_on import NOTHING, HandedOn
from deadair.targets.machine import Machine, Program
from deadair.targets.reference_app import LOW_CURRENT_S, SNOOZE_MAX_S, ReferenceApp
from deadair.targets.reference_door import LOCKOUT_S, reference_door, session_lasts_s
from deadair.targets.reference_simulated import simulated_node
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import LEAST_WAIT_REAL_S, Link, Site

HEARTBEAT_EVERY_S = 30.0
DEAD_AFTER_S = 150.0
PUSH_STUCK_AFTER_S = 90.0
REALARM_EVERY_S = 900.0
REQUEST_TIMEOUT_S = 10.0
LOW_SAME_WITHIN_S = 150.0
READY_LIMIT_S = 1.0
ASK_LIMIT_S = 5.0
BACKLOG_LIMIT_S = 1.0
"""Whoever asks for the backlog does so each second, and has other things to do when a node hangs."""
ENROLL_LIMIT_S = 60.0
"""Real seconds that an administrator waits."""

PROBED = {"gateway": "gateway-admin"}
"""The socket that says how a node is, where it is not the one named like it."""


class Reference:
    """The target named ``reference``."""

    name = "reference"
    folder: Path | None = None
    sha256 = ""
    simulated = True
    runtime = "processes"
    runtime_needs = RuntimeNeeds()
    needs: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ("sentinel", "watchdog", "notifier", "processor", "gateway")
    sockets: tuple[str, ...] = ("gateway", "gateway-admin", "processor", "watchdog", "notifier", "sentinel", "status")
    links: tuple[Link, ...] = (
        Link("uplink", leads_to="gateway", outer=True),
        Link("downlink", leads_to="gateway", outer=True),
        Link("last_mile", leads_to="push_links", outer=True),
        Link("gateway→watchdog", leads_to="watchdog"),
        Link("watchdog→sentinel", leads_to="sentinel"),
        Link("notifier→sentinel", leads_to="sentinel"),
        Link("notifier→push", leads_to="push"),
        Link("sentinel→push", leads_to="push"),
    )
    servers: Mapping[str, ServerName] = {}
    status_socket: str | None = "status"
    alert_paths: tuple[AlertPath, ...] = (
        AlertPath("service_push", whose="service", through_gateway=True, sender="notifier"),
        AlertPath("sentinel_push", whose="service", through_gateway=True, sender="sentinel"),
        AlertPath("phone_timer", whose="phone", through_gateway=False),
    )
    channels: tuple[ChannelSpec, ...] = (ChannelSpec(channel="fcm", first_patient=1),)
    way = Way(
        nodes=("gateway", "processor", "watchdog", "notifier", "sentinel"),
        notes=(
            NodeNote("inbox", source="device", before="poll"),
            NodeNote("stored", source="gateway", before="poll"),
            NodeNote("confirmed", source="gateway", before="shown"),
            NodeNote("timer", source="", before="taken", alert_path="service_push"),
            NodeNote("outbox", source="", before="taken", alert_path="service_push"),
            NodeNote("pushed", source="watchdog", before="push", alert_path="service_push"),
        ),
    )
    reading_path: tuple[str, ...] = ("uplink", "gateway", "processor", "downlink")
    capacities: tuple[str, ...] = ("gateway_cpu_ms_per_s", "gateway_requests_per_s", "store_rows_per_s")
    speed_max = 1000.0
    knows_codes = True
    answer_within_s: float | None = REQUEST_TIMEOUT_S
    per_follow = frozenset({"no_data_after", "realarm_every", "second_patients", "second_phones"})
    devices_max = 1_000_000
    roles: Mapping[str, tuple[str, ...]] = {
        "storing": ("processor",),
        "alerting": ("watchdog",),
        "push": ("notifier→push",),
    }
    app_words = frozenset({"acknowledge", "snooze", "open_app", "log_in_anew", "wrong_password", "stop_following"})
    unjudged: Mapping[str, str] = {}
    defects: Mapping[str, str] = {defect.name: defect.summary for defect in DEFECTS}
    profiles: Mapping[str, tuple[str, ...]] = {profile: of_profile(profile) for profile in PROFILES}

    def uploader(self) -> Uploader:
        """Return the Share API's uploader."""
        return ShareApi()

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
        """Return the reference app."""
        return ReferenceApp(defects, realarm_every_s=REALARM_EVERY_S, speed=speed)

    def door(self, times: ServiceTimes) -> Door | None:
        """Return the gateway's public socket."""
        return reference_door(times)

    def end_sessions(self, account: str, site: Site) -> None:
        """Ask the administrator's socket."""
        _admin(site, Request("/sessions/revoke", orjson.dumps({"accounts": [account]})), ASK_LIMIT_S)

    def version(self) -> str:
        """Return this distribution's version: the service is part of it."""
        return deadair.__version__

    def running_version(self, site: Site) -> str | None:
        """Say nothing more."""
        return None

    def handed_on(self) -> HandedOn:
        """Take nothing from the caller's shell."""
        return NOTHING

    def lacks(self) -> tuple[str, ...]:
        """Lack nothing: it is part of this distribution."""
        return ()

    def detection_budget_s(self, speed: float) -> float:
        """Return the longer of: a dead node noticed, a stuck push noticed and reported by the next heartbeat."""
        least_s = LEAST_WAIT_REAL_S * speed
        return max(DEAD_AFTER_S, least_s, max(PUSH_STUCK_AFTER_S, least_s) + HEARTBEAT_EVERY_S)

    def build(self, site: Site) -> None:
        """Write ``settings.json``."""
        site.data.mkdir(parents=True, exist_ok=True)
        (site.data / "settings.json").write_text(json.dumps(self._settings(site), indent=1), "utf-8")

    def start_of(self, node: str, site: Site) -> NodeStart:
        """Start a node's process; its databases survive from an earlier life."""
        argv = (sys.executable, "-m", "deadair.reference", node, "--data", str(site.data))
        return ProcessStart(argv, self._variables(site))

    def _variables(self, site: Site) -> dict[str, str]:
        """Return what its nodes are told by their environment, for it is written down nowhere."""
        return secret_variables(site)

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        """Build a node on a machine in virtual time, configured as its process would be."""
        return simulated_node(node, machine, self._settings(site))

    def _settings(self, site: Site) -> dict[str, Any]:
        speed = site.speed
        rates = {name: per_s * speed for name, per_s in site.capacity.items()}
        return {
            "sockets": {socket: str(address) for socket, address in site.listen.items()},
            "routes": {link: str(address) for link, address in site.routes.items()},
            "defects": list(site.defects),
            **rates,
            "capacity_burst_s": 60.0 / speed,
            # Where nothing is provisioned, nothing is limited: that is how its speed is measured.
            "account_requests_per_s": speed / 30.0 if "gateway_requests_per_s" in rates else None,
            "account_requests_burst": 10.0,
            "fresh_within_s": LOW_CURRENT_S / speed,
            "ahead_max_s": max(LEAST_WAIT_REAL_S, 300.0 / speed),
            "low_same_within_s": min(LOW_SAME_WITHIN_S, site.times.reading_every_s / 2) / speed,
            "drain_every_s": 2.0 / speed,
            "no_data_after_s": 1200.0 / speed,
            "realarm_every_s": REALARM_EVERY_S / speed,
            "snooze_max_s": SNOOZE_MAX_S / speed,
            "push_lifetime_s": 1800.0 / speed,
            "push_retry_s": 5.0 / speed,
            "push_retry_max_s": 60.0 / speed,
            "request_timeout_s": max(LEAST_WAIT_REAL_S, REQUEST_TIMEOUT_S / speed),
            "heartbeat_every_s": HEARTBEAT_EVERY_S / speed,
            "dead_after_s": max(LEAST_WAIT_REAL_S, DEAD_AFTER_S / speed),
            "push_stuck_after_s": max(LEAST_WAIT_REAL_S, PUSH_STUCK_AFTER_S / speed),
            "calm_for_s": 60.0 / speed,
            "queue_full_for_s": 60.0 / speed,
            "published_by_hand_after_s": 36_000.0 / speed,
            "password_memory_kib": 8,
            "password_passes": 1,
            "lockout_s": LOCKOUT_S / speed,
            # The fleet comes through proxies of ours, which say nothing: whoever floods comes from another address.
            "proxies": [LOOPBACK],
            "session_lifetime_s": session_lasts_s(site.times) / speed,
        }

    def why_not_ready(self, node: str, site: Site) -> str:
        """Ask ``/readyz``, which strangers do not reach."""
        try:
            answer = site.ask(PROBED.get(node, node), Request("/readyz", method="GET"), READY_LIMIT_S)
        except HarnessError as error:
            return str(error)
        if answer.status == 200:
            return ""
        return f"/readyz was answered {answer.status}: {answer.body[:200].decode(errors='replace')}"

    def enroll(self, roster: Roster, extra_accounts: Sequence[str], site: Site, *, password: str) -> None:
        """Create all accounts and the invitations of all followers, in bulk; whatever may upload has its receiver."""
        patients = {device.patient: device.account for device in roster.devices}
        body = {
            "accounts": [
                *([name, password, SERIAL_NUMBER] for name in (*patients.values(), *extra_accounts)),
                *([account, password] for account in dict.fromkeys(phone.account for phone in roster.phones)),
            ],
            "invitations": list(dict.fromkeys((phone.account, patients[phone.patient]) for phone in roster.phones)),
        }
        _admin(site, Request("/accounts", orjson.dumps(body)), ENROLL_LIMIT_S)

    def status_request(self) -> Request:
        """Return the JSON form of the status page."""
        return Request("/status.json", method="GET")

    def incident(self, answer: Answer) -> bool | None:
        """Read the JSON form of the status page."""
        try:
            incident = orjson.loads(answer.body)["incident"] if answer.status == 200 else None
        except (ValueError, KeyError, TypeError):
            return None
        return incident if isinstance(incident, bool) else None

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        """Ask the administrator's socket."""
        rows = _admin(site, Request(f"/stored?account=device-{patient}", method="GET"), ASK_LIMIT_S)
        try:
            return tuple(Reading(int(measured_s), int(value)) for measured_s, value in rows)
        except (TypeError, ValueError) as error:
            raise HarnessError(f"the reference answered no list of readings for patient {patient}") from error

    def backlog(self, site: Site) -> int:
        """Ask the administrator's socket."""
        try:
            return int(_admin(site, Request("/backlog", method="GET"), BACKLOG_LIMIT_S)["waiting"])
        except (TypeError, ValueError, KeyError) as error:
            raise HarnessError("the reference answered no backlog") from error


def secret_of(site: Site, purpose: bytes) -> str:
    """Return a secret of a run for one purpose: made of the run's password, and written down nowhere."""
    return hmac.new(site.password.encode(), purpose, hashlib.sha256).hexdigest()


def _inner_secret(site: Site) -> str:
    """Return what the nodes of a run share. Nothing without a password of its own."""
    return secret_of(site, b"inner sockets") if site.password else ""


def secret_variables(site: Site) -> dict[str, str]:
    """Return the variables by which a node gets to know it."""
    secret = _inner_secret(site)
    return {"FOLLOW_INNER_SECRET": json.dumps(secret)} if secret else {}


def _admin(site: Site, request: Request, limit_s: float) -> Any:
    """Return the JSON that the administrator's socket answers. Raises HarnessError if there is none."""
    secret = _inner_secret(site)
    if secret:
        request = request._replace(headers=(("x-follow-secret", secret),))
    answer = site.ask("gateway-admin", request, limit_s)
    try:
        if answer.status == 200:
            return orjson.loads(answer.body)
    except ValueError as error:
        raise HarnessError(f"{request.method} {request.path} was answered with what is no JSON: {error}") from error
    raise HarnessError(f"{request.method} {request.path} was answered {answer.status}: {answer.body[:200]!r}")
