"""Makes links slow: by a toxic in each direction of a proxy, or in virtual time on a link itself.

Knows what Toxiproxy is asked for and what the kernel says of it, not what the links carry.
"""

from __future__ import annotations

from deadair.injectors.injection_worlds import SimulatedWorld
from deadair.injectors.injector import Break, Look
from deadair.injectors.injector_entry import InjectorEntry
from deadair.injectors.link_proxies import LinkProxies
from deadair.injectors.passing_times import PassingTimes
from deadair.injectors.toxiproxy import STREAMS, proxies_of
from deadair.model.errors import HarnessError

LEAST_REAL_S = 0.03
"""The kernel's clocks have steps of up to 10 ms, and on a busy machine nobody knows more exactly when it answered: what
is shorter than this cannot be told from no delay at all. How long passes take is known as exactly."""


class LinkDelays:
    """The delays of one run's proxies."""

    def __init__(self, proxies: LinkProxies, speed: float) -> None:
        self._proxies = proxies
        self._speed = speed
        self._passing_times: PassingTimes | None = None

    def begin(self, broken: Break) -> None:
        """Let a link be slow in both directions. A toxic's figures are whole milliseconds."""
        delay_s, jitter_s = (float(broken.knobs[name]) / self._speed for name in ("delay_s", "jitter_s"))
        self._proxies.excuse(broken.subject, delay_s + jitter_s)
        attributes = {"latency": round(delay_s * 1000), "jitter": round(jitter_s * 1000)}
        for stream in STREAMS:
            self._proxies.add_toxic(broken.subject, f"delay_{stream}", "latency", stream, attributes)
        if self._slow(broken) != set(STREAMS):
            raise HarnessError(f"toxiproxy-server did not take the delay of {broken.subject}")
        self._times().changed(broken.subject)

    def look(self, broken: Break) -> Look:
        """Return how often something passed the proxy, and how long it took; see the fault ``latency``."""
        passed = self._times().look(broken.subject)
        slack_s = LEAST_REAL_S * self._speed
        return Look({"passes": passed.passes, "took_s": passed.took_s * self._speed, "slack_s": slack_s})

    def heal(self, broken: Break) -> None:
        """Let the link be fast again; what was on its way arrives now."""
        for stream in STREAMS:
            self._proxies.drop_toxic(broken.subject, f"delay_{stream}")
        if self._passing_times is not None:
            self._passing_times.changed(broken.subject)
        self._proxies.excuse(broken.subject, 0.0)

    def healed(self, broken: Break) -> bool:
        """Say whether the server delays nothing on this proxy any more."""
        return not self._slow(broken)

    def _times(self) -> PassingTimes:
        if self._passing_times is None:
            self._passing_times = PassingTimes(self._proxies.ports)
        return self._passing_times

    def _slow(self, broken: Break) -> set[str]:
        """Return the streams of a proxy that are slow."""
        return {toxic.stream for toxic in self._proxies.toxics(broken.subject) if toxic.type == "latency"}


class SimulatedDelays:
    """The same in virtual time."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    def begin(self, broken: Break) -> None:
        """Let both directions be slow."""
        delay_s, jitter_s = (float(broken.knobs[name]) / self._world.speed for name in ("delay_s", "jitter_s"))
        self._world.network.link(broken.subject).slow(delay_s, jitter_s)

    def look(self, broken: Break) -> Look:
        """Return what has passed."""
        passes, took_s = self._world.network.link(broken.subject).passed()
        speed = self._world.speed
        return Look({"passes": passes, "took_s": took_s * speed, "slack_s": LEAST_REAL_S * speed})

    def heal(self, broken: Break) -> None:
        """Let both directions be as fast as before; what was on its way arrives now."""
        self._world.network.link(broken.subject).quicken()

    def healed(self, broken: Break) -> bool:
        """Say whether they are."""
        return not self._world.network.link(broken.subject).slowed


DELAYS = InjectorEntry(
    "delays",
    ("delay",),
    live=lambda world, fault_id: LinkDelays(world.toxiproxy, world.speed),
    simulated=lambda world, fault_id: SimulatedDelays(world),
    undo=lambda run, fault_id: LinkDelays(proxies_of(run), run.speed),
    ends_with_run=True,
)
