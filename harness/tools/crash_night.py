"""Draws the nights of the crash test: kills of random nodes at random moments, among onsets and under load. Pure.

**Kills.** Each strikes a node drawn from all there are, at a moment drawn to the millisecond, for 12 s to a minute;
different nodes may be dead at once. The same node is left alone for a minute and a half after it was started: at this
speed a process takes half of that to be ready, and a kill of what is not yet there tests nothing.

**Onsets.** Four cohorts lose their uplink or their downlink one after another, two of them twice, so that at nearly
every moment in which something is killed somebody has just gone blind or is about to: a run with a kill that touches no
silence is unknown, and its kills do not count.

**Load.** A backlog that takes the store minutes, or a retry storm of about the gateway's capacity.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from deadair.scenario.model import Entry, Scenario

NODES = ("gateway", "processor", "watchdog", "notifier", "sentinel")
ON_POSTGRES = (*NODES, "store")
COHORTS = ("north", "south", "east", "west")
SPEED = 25.0
"""A restart, a third of a second in virtual time and about a second live, is a fair fraction of real life here."""
STORM_S, CUT_S, LOAD_S = 2700.0, 840.0, 600.0
CUT_AT_S = (0.0, 360.0, 720.0, 1080.0, 1440.0, 1800.0)
"""When the cuts may begin, each up to ``JITTER_S`` later: their onsets lie 4 to 10 minutes after it."""
JITTER_S = 60.0
KILLS_FROM_S, KILLS_UNTIL_S = 420.0, 2460.0
LASTS_S = (12.0, 60.0)
APART_S = 90.0
TRIES = 10_000
AIM_S = (-0.01, 0.03)
"""In real-life time: a message takes 3 to 5 ms of it to the provider, and its answer as long."""

CHECKS = (
    # Told late at worst: watchdog dead for a minute, then notifier, 40 s each until they work again, makes 200 s.
    {"kind": "no_data_deadline", "within": "5m"},
    {"kind": "no_false_alarm"},
    {"kind": "nothing_lost"},
    {"kind": "shows_age"},
    # Of the last kill's minute nothing is left when recovery begins; the rest of a backlog takes the store 7 minutes.
    {"kind": "recovers", "within": "10m"},
    # Six times what the page needs when nobody dies: gateway, watchdog and sentinel may be dead one after another.
    {"kind": "status_published", "within": "10m"},
)


def night(seed: int, *, kills: int, target: str = "reference") -> Scenario:
    """Return the night of a seed, the same each time."""
    nodes = NODES if target == "reference" else ON_POSTGRES
    generator = random.Random(f"crash {seed}")
    timeline = sorted(
        [*_cuts(generator), _load(generator), *_kills(generator, kills, nodes)], key=lambda entry: entry["at_s"]
    )
    return Scenario.model_validate(
        {
            "name": "crash",
            "why": f"{kills} kills of random nodes at random moments, while people go blind and under load.",
            "target": {"name": target, "capacity": {"store_rows_per_s": 10, "gateway_requests_per_s": 4}},
            "seed": seed,
            "speed": SPEED,
            "fleet": {
                "devices": 24,
                "followers_per_device": 2,
                "reading_every": "4m",
                "poll_every": "2m",
                "no_data_after": "10m",
                "cohorts": dict.fromkeys(COHORTS, "20%"),
            },
            "phases": {"warm_up": "10m", "storm": _duration(STORM_S), "recovery": "12m"},
            "promises": {"silences": 30, "alert_paths": ["service_push"]},
            "timeline": [
                {
                    "at": _duration(entry["at_s"]),
                    "lasts": _duration(entry["lasts_s"]),
                    "where": entry["where"],
                    "fault": entry["fault"],
                }
                for entry in timeline
            ],
            "checks": list(CHECKS),
        }
    )


def aimed(scenario: Scenario, accepted_s: Sequence[float]) -> Scenario:
    """Return a night with one of the notifier's kills moved to where it hurts most.

    ``accepted_s``: when, since the storm began, the provider took pushes in the night as it was, which until then will
    be the same again. The notifier dies within some milliseconds around one of these moments: before it, between it and
    the moment when that is written down, or after. A night in which no push leaves room for that stays as it was.
    """
    generator = random.Random(f"aimed {scenario.seed}")
    kills = [entry for entry in scenario.timeline if str(entry.where) == "notifier"]
    moments_s = [at_s for at_s in accepted_s if all(not _near(kill, at_s) for kill in kills[1:])]
    moments_s = [at_s for at_s in moments_s if KILLS_FROM_S <= at_s < KILLS_UNTIL_S - LASTS_S[1]]
    if not kills or not moments_s:
        return scenario
    at_s = generator.choice(moments_s) + generator.uniform(*AIM_S)
    moved = kills[0].model_copy(update={"at": timedelta(milliseconds=round(at_s * 1000))})
    rest = [entry for entry in scenario.timeline if entry is not kills[0]]
    return scenario.model_copy(update={"timeline": tuple(sorted([*rest, moved], key=lambda entry: entry.at))})


def _near(kill: Entry, at_s: float) -> bool:
    """Say whether a kill that begins at a moment would come too close to this one."""
    begins_s, ends_s = kill.at.total_seconds(), (kill.at + kill.lasts).total_seconds()
    return begins_s - APART_S - LASTS_S[1] <= at_s <= ends_s + APART_S


def _cuts(generator: random.Random) -> Iterator[dict[str, Any]]:
    cohorts = generator.sample(COHORTS, len(COHORTS))
    for number, at_s in enumerate(CUT_AT_S):
        where = f"{generator.choice(('uplink', 'downlink'))}[{cohorts[number % len(cohorts)]}]"
        begins_s = at_s + generator.uniform(0.0, JITTER_S)
        yield {"at_s": begins_s, "lasts_s": CUT_S, "where": where, "fault": {"kind": "partition"}}


def _load(generator: random.Random) -> dict[str, Any]:
    at_s = generator.uniform(KILLS_FROM_S - LOAD_S / 2, KILLS_UNTIL_S - LOAD_S)
    if generator.random() < 0.5:
        fault = {"kind": "backlog", "readings": generator.randint(2000, 6000)}
        return {"at_s": at_s, "lasts_s": LOAD_S, "where": "uplink", "fault": fault}
    fault = {"kind": "overload", "times": round(generator.uniform(4.0, 12.0), 1)}
    return {"at_s": at_s, "lasts_s": LOAD_S, "where": "gateway", "fault": fault}


def _kills(generator: random.Random, count: int, nodes: Sequence[str]) -> list[dict[str, Any]]:
    """Return so many kills; moments that come too close to another kill of their node are drawn anew."""
    found: list[dict[str, Any]] = []
    for _ in range(TRIES):
        if len(found) == count:
            return found
        where, lasts_s = generator.choice(nodes), generator.uniform(*LASTS_S)
        at_s = generator.uniform(KILLS_FROM_S, KILLS_UNTIL_S - lasts_s)
        others = [kill for kill in found if kill["where"] == where]
        if all(at_s + lasts_s + APART_S < o["at_s"] or o["at_s"] + o["lasts_s"] + APART_S < at_s for o in others):
            found.append({"at_s": at_s, "lasts_s": lasts_s, "where": where, "fault": {"kind": "kill"}})
    raise ValueError(f"{count} kills do not fit into a night: ask for fewer")


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
