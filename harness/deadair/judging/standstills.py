"""Stretches in which a part of the harness, or its target that others kept from a processor, stood still.

A part may stand still for a moment: it delays what passes it by so much, and no more. What it may is a real second, or
a sixtieth of L in real life where that is longer. Knows no rule, no scenario and no file.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.harness_health import HarnessHealth
from deadair.model.environment import CARRIERS, PROXIES
from deadair.rules.evidence import Moments, Stretch

BEATS_MISSED = 3
"""A recorder that was silent for longer than so many beats was not there."""
ENDS_EARLY = "load-"
"""Recorders of load processes, whose work ends with their fault."""

BeatOf = Callable[[str], float]
"""How many real seconds lie between two beats of a recorder."""


def each_second(who: str) -> float:
    """Return what lies between two beats unless it was said otherwise."""
    return 1.0


@dataclass(frozen=True, slots=True)
class LostProcessor:
    """Looks on end at which others had a processor. ``whose`` it is; none: it is known of the one that waited alone."""

    from_us: int
    until_us: int
    who: str
    lost_ms: int
    whose: str | None

    def and_then(self, until_us: int, lost_ms: int) -> LostProcessor:
        """Return it with one look more."""
        return replace(self, until_us=until_us, lost_ms=self.lost_ms + lost_ms)

    def why(self, speed: float) -> str:
        """Say what was taken from whom."""
        if self.whose is None:
            return f"the node {self.who} waited {self.lost_ms / 1000:.1f} real s for a processor that others had"
        percent = 100 * self.lost_ms * 1000 * speed / max(1, self.until_us - self.from_us)
        return f"others had {percent:.0f} % of the {self.whose}'s processor, and {self.who} waited for it"


def standstills(  # noqa: PLR0913 - what they are worked out from
    harness_health: HarnessHealth,
    moments: Moments,
    recorders: Sequence[str],
    *,
    speed: float,
    allowed_real_s: float,
    beat_of: BeatOf,
    aftermath_us: int,
) -> Iterator[Stretch]:
    """Yield each stretch in which something stood still for longer than it may.

    Of what carries traffic, also the time after it: what was held up arrives late, and is answered late.
    """
    for who in recorders:
        after_us = aftermath_us if who in CARRIERS else 0
        for gap in heartbeat_gaps(harness_health, moments, [who], speed=speed, beat_of=beat_of):
            yield replace(gap, until_us=gap.until_us + after_us, aftermath_us=after_us)
    if PROXIES in recorders:
        for gap in echo_gaps(harness_health, moments, speed=speed, allowed_real_s=allowed_real_s):
            yield replace(gap, until_us=gap.until_us + aftermath_us, aftermath_us=aftermath_us)
        for gap in held_back(harness_health, speed=speed, allowed_real_s=allowed_real_s):
            yield replace(gap, until_us=gap.until_us + aftermath_us, aftermath_us=aftermath_us)
    yield from starved(harness_health.history, moments, aftermath_us, speed=speed, allowed_real_s=allowed_real_s)


def heartbeat_gaps(
    harness_health: HarnessHealth, moments: Moments, recorders: Iterable[str], *, speed: float, beat_of: BeatOf
) -> Iterator[Stretch]:
    """Return each stretch of the run in which one of these recorders missed its heartbeats."""
    real_second_us, (began_us, ended_us) = round(speed * 1_000_000), (moments.warm_up_us, moments.end_us)
    for who in recorders:
        allowed_us = BEATS_MISSED * beat_of(who) * real_second_us
        beats = harness_health.beats[who].at_us if who in harness_health.beats else []
        if not who.startswith(ENDS_EARLY):
            beats = [began_us, *[at_us for at_us in beats if began_us < at_us < ended_us], ended_us]
        for earlier, later in pairwise(beats):
            if later - earlier > allowed_us:
                gap_s = (later - earlier) / real_second_us
                yield Stretch(earlier, later, f"the recorder {who} wrote no heartbeat for {gap_s:.1f} real s")


def held_back(harness_health: HarnessHealth, *, speed: float, allowed_real_s: float) -> Iterator[Stretch]:
    """Return each stretch in which the proxy of a link that was not broken held back what it had taken in."""
    stood: dict[tuple[str, int], int] = {}
    for place, since_us, at_us in harness_health.held:
        stood[place, since_us] = at_us
    for (place, since_us), until_us in stood.items():
        held_s = (until_us - since_us) / speed / 1e6
        if held_s > allowed_real_s:
            yield Stretch(since_us, until_us, f"the proxy of {place} held back what it took in for {held_s:.1f} real s")


def echo_gaps(
    harness_health: HarnessHealth, moments: Moments, *, speed: float, allowed_real_s: float
) -> Iterator[Stretch]:
    """Return each stretch of the run in which no echo came back through the proxies.

    If the echo's own recorder did not beat in it, it may have been the echo that stood still: then that is said.
    """
    real_second_us, (began_us, ended_us) = round(speed * 1_000_000), (moments.warm_up_us, moments.end_us)
    beats = harness_health.beats[PROXIES].at_us if PROXIES in harness_health.beats else []
    heard = [at_us for at_us in harness_health.echoes_us if began_us < at_us < ended_us]
    for earlier, later in pairwise([began_us, *heard, ended_us]):
        if later - earlier > allowed_real_s * real_second_us:
            gap_s = (later - earlier) / real_second_us
            what = (
                "the proxies passed nothing on"
                if _beats_within(beats, earlier, later)
                else "the echo itself stood still"
            )
            yield Stretch(earlier, later, f"{what} for {gap_s:.1f} real s; {allowed_real_s:g} s is allowed")


def _beats_within(beats: Sequence[int], from_us: int, until_us: int) -> bool:
    """Say whether a recorder beat twice within a stretch: once may be at its very end."""
    return bisect_left(beats, until_us) - bisect_right(beats, from_us) > 1


def starved(
    history: History, moments: Moments, aftermath_us: int, *, speed: float, allowed_real_s: float
) -> Iterator[Stretch]:
    """Yield each stretch in which others had a processor that the run could have used, and what comes of it after."""
    joined: dict[tuple[str | None, str], list[LostProcessor]] = {}
    for from_us, until_us, who, lost_ms, whose in history.each(
        Kind.STARVED, columns=["sent_us", "at_us", "place", "value", "detail"]
    ):
        # Whoever of them waited longest at a look: what they shared is one and the same.
        looks = joined.setdefault((whose, "" if whose else who), [])
        if from_us > moments.end_us:
            continue
        if looks and from_us <= looks[-1].until_us:
            looks.append(looks.pop().and_then(until_us, lost_ms))
        else:
            looks.append(LostProcessor(from_us, until_us, who, lost_ms, whose))
    for looks in joined.values():
        for one in looks:
            if one.until_us - one.from_us >= allowed_real_s * speed * 1e6:
                yield Stretch(one.from_us, one.until_us + aftermath_us, one.why(speed), aftermath_us, slows=True)
