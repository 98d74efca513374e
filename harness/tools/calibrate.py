"""Measures what the reference service's work costs its live processes: ``make calibrate``. Asserts nothing.

Prints each figure beside the one in ``harness/deadair/reference/costs.py``, and lines to paste there; some two
minutes. CPU time is what counts, so other work on the machine disturbs only the last lines, which are times by the
clock.
"""

from __future__ import annotations

import itertools
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deadair.model.clock import Deadline, pause
from deadair.model.environment import Address
from deadair.reference import costs
from deadair.targets.request import Request
from tools.calibrate_meters import LIMIT_S, REPEATS, SETTLED_S, Meters, cpu_s, took_s
from tools.calibrate_traffic import CONNECTIONS, Traffic, drive, json_request, now_s
from tools.live_reference import Service, free_ports, started
from tools.sink import Sink

PACE_S = 0.07
"""Real seconds between uploads that are to be stored alone, where the processor looks twice as often."""
FAST = 60.0
"""The speed at which what is looked for now and then is found soon."""
BATCH, ENTRIES, TOGETHER = 50, 100, 500
"""Readings in a large upload, entries in a large piece of evidence, pushes to send at once."""
CALM_S = 1e10
"""A no-data delay that is over for nobody."""
ECHO = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
other, _ = server.accept()
other.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while said := other.recv(64):
    other.sendall(said)
"""


# --- what is measured ------------------------------------------------------------------------------------------------


def gateway_us(traffic: Traffic, meters: Meters) -> dict[str, float]:
    """Measure the gateway, and the processor behind it while large uploads come."""
    traffic.ask(400, traffic.poll)  # the first ones are dearer
    found = {
        "LOGIN_S": meters.one_us("gateway", 800, lambda: traffic.ask(800, traffic.log_in)),
        "POLL_S": meters.one_us("gateway", 1200, lambda: traffic.ask(1200, traffic.poll)),
        "READ_S": meters.one_us("gateway", 1200, lambda: traffic.ask(1200, traffic.read)),
    }
    small_us = meters.one_us("gateway", 800, lambda: traffic.ask(800, lambda who: traffic.upload(who, 1)))
    large_us = meters.one_us("gateway", 200, lambda: traffic.ask(200, lambda who: traffic.upload(who, BATCH)))
    reading_us = (large_us - small_us) / (BATCH - 1)
    found |= {"UPLOAD_S": small_us - reading_us, "UPLOADED_READING_S": reading_us}

    admin = [[Request("/backlog", method="GET")] * 300] * CONNECTIONS
    address = traffic.service.site.sockets["gateway-admin"]
    found["ADMIN_S"] = meters.one_us("gateway", 300 * CONNECTIONS, lambda: drive(address, admin))
    return found


def processor_us(traffic: Traffic, meters: Meters, fast: Traffic, fast_meters: Meters) -> dict[str, float]:
    """Measure the processor with full batches, and where looks are frequent with batches of one reading."""

    def stored() -> None:
        traffic.ask(200, lambda who: traffic.upload(who, BATCH))
        while traffic.service.target.backlog(traffic.service.site):
            pause(0.2)

    def stored_alone() -> None:
        drive(fast.gateway, [[fast.upload(0, 1) for _ in range(60)]], pace_s=PACE_S)

    stored()
    full_us = meters.one_us("processor", 200 * BATCH, stored)
    alone_us = fast_meters.one_us("processor", 60, stored_alone)
    return {"STORED_BATCH_S": alone_us - full_us, "STORED_READING_S": full_us}


def watchdog_us(service: Service, meters: Meters, phones: Sink) -> dict[str, float]:
    """Measure the watchdog with evidence of known follows, with new ones, and with new ones that are blind."""
    numbers = itertools.count(100_000)
    address = service.site.sockets["watchdog"]

    def entry(follow: int, *, confirmed_s: float = 0.0, after_s: float = CALM_S) -> dict[str, object]:
        return {
            "follow": follow, "patient": 1, "token": f"token-{follow}", "no_data_after_s": after_s,
            "since_s": 1.0, "confirmed_s": confirmed_s,
        }  # fmt: skip

    def known(entries: int) -> None:
        def stream(first: int) -> list[Request]:
            confirmed_s = next(numbers)
            return [
                json_request(
                    "/evidence", [entry(first + n, confirmed_s=confirmed_s + k / 1000) for n in range(entries)]
                )
                for k in range(200)
            ]

        drive(address, [stream(10_000 * (1 + connection)) for connection in range(CONNECTIONS)])

    def new(after_s: float) -> None:
        drive(address, [[json_request("/evidence", [entry(next(numbers), after_s=after_s)]) for _ in range(300)]])

    def together() -> None:
        wanted = phones.taken["no_data"] + TOGETHER
        entries = [entry(next(numbers), after_s=1.0) for _ in range(TOGETHER)]
        drive(address, [[json_request("/evidence", entries)]])
        phones.wait("no_data", wanted)

    known(ENTRIES)
    small_us = meters.one_us("watchdog", 200 * CONNECTIONS, lambda: known(1))
    large_us = meters.one_us("watchdog", 200 * CONNECTIONS, lambda: known(ENTRIES))
    entry_us = (large_us - small_us) / (ENTRIES - 1)
    calm_us = meters.one_us("watchdog", 300, lambda: new(CALM_S))
    blind_us = meters.one_us("watchdog", 300, lambda: new(1.0))
    phones.wait("no_data", 300 * REPEATS)
    pause(2 * SETTLED_S)
    return {
        "EVIDENCE_S": small_us - entry_us,
        "EVIDENCE_ENTRY_S": entry_us,
        "ALARM_S": blind_us - calm_us,
        "PUSH_S": meters.one_us("notifier", TOGETHER, together),
    }


def sentinel_us(service: Service, meters: Meters, phones: Sink) -> dict[str, float]:
    """Measure the sentinel: heartbeats, and notices in an outage that a heartbeat told of."""
    address = service.site.sockets["sentinel"]
    numbers = itertools.count(1_000_000)

    def beat(oldest_push_age_s: float) -> Request:
        return json_request("/heartbeat", {"node": "notifier", "oldest_push_age_s": oldest_push_age_s})

    def notices() -> None:
        wanted = phones.taken["notice"] + TOGETHER
        tokens = [[number, f"token-{number}"] for number in itertools.islice(numbers, TOGETHER)]
        beat = {"node": "watchdog", "follows": TOGETHER, "blind": 0, "tokens": tokens}
        drive(address, [[json_request("/heartbeat", beat)]])
        phones.wait("notice", wanted)

    beats = [[beat(0.0)] * 300] * CONNECTIONS
    heartbeat_us = meters.one_us("sentinel", 300 * CONNECTIONS, lambda: drive(address, beats))
    limit = Deadline.after(60.0)
    while not phones.taken["notice"] and not limit.passed():
        drive(address, [[beat(3600.0)]])
        notices()
    pause(2.0)
    return {"HEARTBEAT_S": heartbeat_us, "NOTICE_S": meters.one_us("sentinel", TOGETHER, notices)}


def evidence_us(traffic: Traffic, meters: Meters, sink: Sink) -> dict[str, float]:
    """Measure what sending evidence adds to polls, where the evidence is counted as it arrives."""

    def polls(shown_s: int | None) -> None:
        drive(traffic.gateway, [[traffic.poll(0, shown_s)] * 600])

    silent_us = meters.one_us("gateway", 600, lambda: polls(None))
    before = sink.taken["evidence"]
    telling_us = meters.one_us("gateway", 600, lambda: polls(now_s()))
    sent = (sink.taken["evidence"] - before) / REPEATS
    return {"EVIDENCE_SENT_S": (telling_us - silent_us) * 600 / sent}


def refusal_us(traffic: Traffic, meters: Meters) -> dict[str, float]:
    """Measure the gateway with accounts that ask far too often."""
    traffic.ask(200, traffic.poll)
    return {"REFUSAL_S": meters.one_us("gateway", 1200, lambda: traffic.ask(1200, traffic.poll))}


# --- times by the clock ----------------------------------------------------------------------------------------------


def boot(service: Service) -> Iterator[str]:
    """Measure how long a gateway takes from its start until it answers, after it was killed."""
    times, cpu = [], []
    for _ in range(5):
        service.kill("gateway")

        def start() -> None:
            service.start("gateway")
            service.wait_ready("gateway", look_every_s=0.002)

        times.append(took_s(start))
        cpu.append(cpu_s(service.processes["gateway"]))
    yield f"boot, until /readyz is answered   {statistics.median(times):7.3f} s, least {min(times):.3f} s"
    yield f"CPU time of that                   {statistics.median(cpu):7.3f} s"


def round_trip() -> Iterator[str]:
    """Measure the loopback between two processes, one byte each way, with no service and no proxy."""
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as echo:
        assert echo.stdout is not None
        with socket.create_connection(("127.0.0.1", int(echo.stdout.readline()))) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def there_and_back() -> None:
                connection.sendall(b"x")
                connection.recv(64)

            times = sorted(took_s(there_and_back) * 1e6 for _ in range(5000))
        echo.wait(LIMIT_S)
    tenths = [times[len(times) * tenth // 10] for tenth in (1, 5, 9)]
    yield f"loopback, there and back           {tenths[1]:7.0f} us, 80 % within {tenths[0]:.0f} to {tenths[2]:.0f} us"


# --- what is told ----------------------------------------------------------------------------------------------------


def table(found_us: dict[str, float]) -> Iterator[str]:
    """Set what was found beside what the table says, and write the table anew."""
    yield f"{'what':20} {'measured us':>12} {'in the table us':>16} {'ratio':>6}"
    names = [name for name in vars(costs) if name.endswith("_S") and name != "REQUEST_S"]
    for name in names:
        said_us = getattr(costs, name) * 1e6
        yield f"{name:20} {found_us[name]:12.1f} {said_us:16.1f} {found_us[name] / said_us:6.2f}"
    yield ""
    yield from (f"{name} = {float(f'{found_us[name]:.2g}'):g}e-6" for name in names)
    yield ""


def main() -> int:
    """Measure everything."""
    found_us: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as made:
        with started(Path(made) / "service") as service, started(Path(made) / "fast", speed=FAST) as fast:
            phones = Sink()
            with phones.listening(service.site.routes["notifier→push"]):
                traffic, fast_traffic = Traffic(service), Traffic(fast)
                meters, fast_meters = Meters(service), Meters(fast)
                found_us |= gateway_us(traffic, meters)
                found_us |= processor_us(traffic, meters, fast_traffic, fast_meters)
                found_us |= watchdog_us(service, meters, phones)
                found_us |= sentinel_us(service, meters, phones)
        watchdog = Address(port=free_ports(1)[0])
        with (
            started(Path(made) / "limited", capacity={"gateway_requests_per_s": 1000.0}) as limited,
            started(Path(made) / "alone", detours={"gateway→watchdog": watchdog}) as alone,
        ):
            found_us |= refusal_us(Traffic(limited), Meters(limited))
            sink = Sink()
            with sink.listening(watchdog):
                found_us |= evidence_us(Traffic(alone), Meters(alone), sink)
            times = [*boot(limited), *round_trip()]
    sys.stdout.writelines(f"{line}\n" for line in (*table(found_us), *times))
    return 0


if __name__ == "__main__":
    sys.exit(main())
