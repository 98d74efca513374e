"""A link becomes slow: what travels over it takes longer, in both directions. Nothing is lost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar, Literal

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.model.duration import Duration, Lasting
from deadair.model.place import Place
from deadair.model.plural import count

LOOSE_SHARE = 0.25
"""By how much of itself the delay that was seen may differ from the one asked for."""


class Latency(Fault):
    """A link becomes slow: all that travels over it takes ``delay`` longer, in either direction, and nothing is lost.

    Facts of a look, about one proxy: ``passes``: how often what it had taken in was seen to come out on its other
    side, so far, in either direction; ``took_s``: how long all of these took, in real-life seconds; ``slack_s``: how
    exact that is. What was on its way when the proxy became slow, or fast again, is in none of them.

    Proved: while it lasted something passed, none of it in less than half of the least delay, and on average it took
    the delay that was asked for; and what passed before took less than that half. Gone: so does what passed last after
    healing. A link that nobody used while it lasted proves nothing. One that nobody used before is proved by its delay:
    had it been slow by itself, it would be so still.
    """

    kind: Literal["latency"] = "latency"
    strikes: ClassVar[Strikes] = "link"
    silences: ClassVar[bool] = False
    looks: ClassVar[int] = 2
    delay: Lasting
    """How much longer it takes, each way: a request and its answer take twice that. Real-life time, as all durations:
    at speed 60, 3s are 0.05 real seconds."""
    jitter: Duration = timedelta()
    """By how much a delay may be shorter or longer, drawn anew each time."""

    @property
    def least(self) -> timedelta:
        """Return the shortest delay that may be drawn."""
        return self.delay - self.jitter

    @property
    def most(self) -> timedelta:
        """Return the longest."""
        return self.delay + self.jitter

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return one slow proxy; for an outer link without a cohort, one of each cohort."""
        knobs = {"delay_s": self.delay.total_seconds(), "jitter_s": self.jitter.total_seconds()}
        return tuple(Break("delays", "delay", str(place), knobs) for place in setting.proxies_of(where))

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge each proxy by itself; the whole is proved when each of them is."""
        subjects = sorted({sighting.subject for sighting in sightings})
        if not subjects:
            return Proof(False, False, "nobody looked at the link")
        by_subject = [(name, [s for s in sightings if s.subject == name]) for name in subjects]
        seen = {name: self._seen(looks) for name, looks in by_subject}
        after = {name: self._after(looks) for name, looks in by_subject}
        said = "; ".join(f"{name}: {seen[name].why}; {after[name].why}" for name in subjects)
        return Proof(all(one.proved for one in seen.values()), all(one.gone for one in after.values()), said)

    def _seen(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge one proxy from before it was slow until it was healed."""
        before = [sighting for sighting in sightings if sighting.when == "before"]
        during = [sighting for sighting in sightings if sighting.when == "during"]
        calm, slow = list(_passes(before)), list(_passes([*before[-1:], *during]))
        if not slow or not before:
            return Proof(False, False, "nothing was seen to pass while it lasted")
        delay_s, passes = _mean(slow), sum(number for number, _ in slow)
        usual = f"{_mean(calm):.2f} s before" if calm else "nothing passed before"
        why = f"what passed took {delay_s:.2f} s on average ({count(passes, 'time')}), and {usual}"
        if calm and _mean(calm) > self._half_s:
            return Proof(False, False, f"{why}: it was slow already")
        if (fastest_s := min(took_s / number for number, took_s in slow)) < self._half_s:
            return Proof(False, False, f"{why}, but some of it only {fastest_s:.2f} s")
        asked_s, slack_s = self.delay.total_seconds(), during[-1].look.facts["slack_s"]
        loose_s = LOOSE_SHARE * asked_s + self.jitter.total_seconds() / math.sqrt(passes) + slack_s
        wrong = abs(delay_s - asked_s) > loose_s
        return Proof(not wrong, False, f"{why}; {asked_s:g} s were asked for" if wrong else why)

    def _after(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge whether it is as fast as before, by what was seen to pass last."""
        during = [sighting for sighting in sightings if sighting.when == "during"]
        after = [sighting for sighting in sightings if sighting.when == "after"]
        newest = list(_passes([*during[-1:], *after]))[-1:] if after else []
        if not newest:
            return Proof(False, False, "nothing was seen to pass after healing")
        last_s = _mean(newest)
        return Proof(False, last_s < self._half_s, f"{last_s:.2f} s after it")

    @property
    def _half_s(self) -> float:
        """Return half of the least delay: what is below it was not held up."""
        return self.least.total_seconds() / 2


def _passes(sightings: Sequence[Sighting]) -> Iterator[tuple[int, float]]:
    """Yield how often something passed from one look to the next, and how long it took in all, where anything did."""
    for earlier, later in pairwise(sighting.look.facts for sighting in sightings):
        if (number := round(later["passes"] - earlier["passes"])) > 0:
            yield number, later["took_s"] - earlier["took_s"]


def _mean(passes: Sequence[tuple[int, float]]) -> float:
    return sum(took_s for _, took_s in passes) / sum(number for number, _ in passes)
