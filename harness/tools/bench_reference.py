"""Measures the reference service's speed and size: part of ``make bench``. Prints; asserts nothing.

python -m tools.bench_reference                 all, some fifteen minutes
python -m tools.bench_reference --quick         all, smaller, under a minute: only to see that it works
python -m tools.bench_reference traffic idle    only these

The service has one core, the load the other, and capacity is unlimited. Beside the service, in the same rounds and on
the same core, a bare Starlette route answers under the same settings of the same server: what is left to be had.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sqlite3
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvloop

from deadair.model.clock import Deadline, pause
from tools.bench import machine
from tools.bench_crowd import CALM_S, LIMIT_S, Crowd, Rate, Stream, clock_s, http, pour, rate
from tools.bench_stage import bare, memory_mb, service
from tools.live_reference import Service

BATCH = 50
EVIDENCE_ENTRIES = 500
FRESH_EVERY_S = 0.05
ROSTER_LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int = 5
    round_s: float = 3.0
    families: int = 500
    follows: int = 100_000
    timers: int = 10_000
    timers_in_s: float = 60.0
    backlog: int = 1_000_000
    idle_s: float = 5.0


QUICK = Sizes(rounds=3, round_s=0.4, families=40, follows=5000, timers=500, timers_in_s=4.0, backlog=50_000, idle_s=1.0)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def traffic(sizes: Sizes) -> Iterator[str]:
    """Measure uploads and polls, in turn with the bare route."""
    with bare() as port, service() as nodes:
        crowd = Crowd(nodes, sizes.families)
        loads: dict[str, tuple[int, Callable[[], bytes]]] = {
            "a bare Starlette route": (port, lambda: http("/", b"{}")),
            "upload of one reading, durable": (crowd.port, crowd.upload(1)),
            "batches of 50 readings, durable": (crowd.port, crowd.upload(BATCH)),
            "poll of the newest value": (crowd.port, crowd.poll),
        }
        found: dict[str, list[Rate]] = {name: [] for name in loads}
        for name in [*loads] * sizes.rounds:
            found[name].append(rate(*loads[name], sizes.round_s))
            limit = Deadline.after(LIMIT_S)
            while nodes.target.backlog(nodes.site) and not limit.passed():
                pause(0.1)  # each load has the core for itself and what it causes
        medians = {name: statistics.median(one.per_s for one in rates) for name, rates in found.items()}
        plain = medians["a bare Starlette route"]
        wanted = {"upload of one reading, durable": 6000, "poll of the newest value": 6000}
        for name, per_s in medians.items():
            busy = max(one.load_busy for one in found[name])
            least = f"(>= {wanted[name]:,}), " if name in wanted else ""
            yield f"{name:34} {per_s:7.0f} /s     {least}{per_s / plain:.2f} of bare, load {busy:.0%} busy"
        readings_per_s = medians["batches of 50 readings, durable"] * BATCH
        yield f"readings in batches of {BATCH}          {readings_per_s:7.0f} /s     (>= 40,000)"


def watchdog(sizes: Sizes) -> Iterator[str]:
    """Measure the watchdog with very many follows, and how late it decides when very many timers run out."""
    with service() as nodes:
        nodes.kill("notifier")  # what is decided stays where it can be read
        port = nodes.site.sockets["watchdog"].port
        began_s = clock_s()

        def evidence(first: int, count: int, after_s: Callable[[int], float]) -> None:
            entries = [
                {
                    "follow": number, "patient": number, "token": f"{number:0152x}", "no_data_after_s": after_s(number),
                    "realarm_every_s": 0.0, "since_s": began_s, "confirmed_s": 0.0, "acknowledged_s": 0.0,
                    "snoozed_until_s": 0.0,
                }
                for number in range(first, first + count)
            ]  # fmt: skip
            bodies = (json.dumps(entries[at : at + EVIDENCE_ENTRIES]) for at in range(0, count, EVIDENCE_ENTRIES))
            requests = iter([http("/evidence", body.encode()) for body in bodies])
            _, bad = uvloop.run(pour(port, lambda: next(requests, None), 1))
            assert not bad, bad[0][:300]

        evidence(1, sizes.follows - sizes.timers, lambda _: CALM_S)
        first = sizes.follows - sizes.timers + 1
        starts_s = clock_s() - began_s + 2.0 + sizes.timers / 5000
        evidence(first, sizes.timers, lambda n: starts_s + sizes.timers_in_s * (n - first) / sizes.timers)
        begun = clock_s() - began_s < starts_s
        pause(starts_s + sizes.timers_in_s + 2.0 - (clock_s() - began_s))
        pid = nodes.processes["watchdog"].pid
        at_first_mb = memory_mb(pid, "Rss")
        with contextlib.closing(sqlite3.connect(nodes.site.data / "alarms.sqlite")) as database:
            late = [row[0] for row in database.execute("SELECT due_s - onset_s FROM push")]
        limit = Deadline.after(ROSTER_LIMIT_S)
        while _on_roster(nodes) < sizes.follows and not limit.passed():
            pause(1.0)
        yield (
            f"watchdog, {sizes.follows:,} follows         {memory_mb(pid, 'Rss'):7.0f} MB     (<= 120),"
            f" {at_first_mb:.0f} until the sentinel knows them all"
        )
        yield (
            f"its decision is late by, p99.9     {percentile(late, 0.999):7.3f} s      (<= 1),"
            f" {len(late):,} of {sizes.timers:,} in {sizes.timers_in_s:g} s{'' if begun else ', too slow to load'}"
        )


def _on_roster(nodes: Service) -> int:
    with contextlib.closing(sqlite3.connect(nodes.site.data / "sentinel.sqlite")) as database:
        (count,) = database.execute("SELECT count(*) FROM roster").fetchone()
        return int(count)


def backlog(sizes: Sizes) -> Iterator[str]:
    """Measure how fast a backlog drains, and how soon fresh readings are visible meanwhile."""
    with service() as nodes:
        crowd = Crowd(nodes, sizes.families)
        nodes.kill("processor")
        number = itertools.count()
        week_ago_s = int(clock_s()) - 7 * 86_400

        def old() -> bytes | None:
            at = next(number)
            if at * BATCH >= sizes.backlog:
                return None
            rounds, family = divmod(at, sizes.families)
            return crowd.readings(family, week_ago_s - rounds % 299 - rounds // 299 * 300 * BATCH, BATCH)

        _, bad = uvloop.run(pour(crowd.port, old))
        assert not bad, bad[0][:300]
        waiting = nodes.target.backlog(nodes.site)
        nodes.start("processor")
        nodes.wait_ready("processor")
        drained_s, seen_s = uvloop.run(_drain(nodes, crowd))
    yield f"a backlog of {waiting:,} drains at     {waiting / drained_s:7.0f} /s     (>= 40,000)"
    p99_s = percentile(seen_s, 0.99)
    yield f"a fresh reading is visible in, p99 {p99_s:7.3f} s      (<= 5), {len(seen_s)} of them meanwhile"


async def _drain(nodes: Service, crowd: Crowd) -> tuple[float, list[float]]:
    """Return how long the backlog took, and for each fresh reading how long until a poll showed it."""
    began_s = clock_s()
    seen_s: list[float] = []
    stop = asyncio.Event()

    async def fresh(family: int) -> None:
        while not stop.is_set():
            sent_s = clock_s()
            newest_s = int(sent_s) - 1
            await _asked(crowd.port, crowd.readings(family, newest_s, 1))
            while not stop.is_set():
                if await _newest(crowd, family) >= newest_s:
                    seen_s.append(clock_s() - sent_s)
                    break
                await asyncio.sleep(FRESH_EVERY_S)
            await asyncio.sleep(1.0 + FRESH_EVERY_S)

    asking = [asyncio.create_task(fresh(family)) for family in range(20)]
    file = nodes.site.data / "inbox.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as database:
        # What is left is looked at from outside, lest the asking slow the service down.
        while database.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET 100").fetchone():
            await asyncio.sleep(0.1)
    took_s = clock_s() - began_s
    stop.set()
    await asyncio.gather(*asking)
    return took_s, seen_s


async def _newest(crowd: Crowd, family: int) -> int:
    reading = json.loads(await _asked(crowd.port, crowd.polls[family]) or b"{}").get("reading")
    return int(reading["measured_s"]) if reading else 0


async def _asked(port: int, request: bytes) -> bytes:
    """Ask once, on a connection of its own."""
    requests = iter([request])
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(lambda: Stream(lambda: next(requests, None)), "127.0.0.1", port)
    await stream.ended
    return stream.body


def idle(sizes: Sizes) -> Iterator[str]:
    """Measure five nodes that nobody wants anything of."""
    with service() as nodes:
        pause(sizes.idle_s)
        sums = {
            which: sum(memory_mb(process.pid, which) for process in nodes.processes.values())
            for which in ("Rss", "Pss")
        }
    rss_mb, pss_mb = sums["Rss"], sums["Pss"]
    yield f"five idle nodes                    {rss_mb:7.0f} MB     (<= 350), {pss_mb:.0f} if shared pages count once"


MEASURES = {"traffic": traffic, "watchdog": watchdog, "backlog": backlog, "idle": idle}


def main() -> int:
    """Measure what is named, or all."""
    quick = "--quick" in sys.argv[1:]
    names = [name for name in sys.argv[1:] if name != "--quick"] or list(MEASURES)
    if unknown := [name for name in names if name not in MEASURES]:
        sys.stderr.write(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}\n")
        return 64
    for line in itertools.chain(machine(), *(MEASURES[name](QUICK if quick else Sizes()) for name in names)):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
