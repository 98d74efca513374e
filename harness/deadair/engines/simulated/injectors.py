"""How faults are made in virtual time: a link stands still, a node's callbacks vanish, a load begins."""

from __future__ import annotations

from collections.abc import Callable

from deadair.engines.run_plan import RunPlan, setting_of
from deadair.engines.simulated.fleet_runtime import SimulatedLoadControl
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.nodes import SimulatedNodes
from deadair.engines.simulated.process import Process
from deadair.engines.simulated.push_provider import SimulatedPush
from deadair.injectors.injector import Break, Look
from deadair.injectors.loads import RAMP_REAL_S, TAKE_LIMIT_S
from deadair.injectors.push_provider import Outage

FORMS = {
    ("toxiproxy", "freeze"),
    ("processes", "kill"),
    ("pauses", "stop"),
    ("provider", "refuse"),
    ("load", "backlog"),
    ("load", "overload"),
    ("noop", "nothing"),
}
"""Every injector and action that has a form in virtual time."""


def unknown_breaks(plan: RunPlan) -> tuple[str, ...]:
    """Return a sentence for each fault of a plan that has no form in virtual time."""
    found = []
    for fault_id, entry in plan.scenario.faults():
        setting = setting_of(entry, plan.scenario, plan.target, plan.roster.cohorts)
        for broken in entry.fault.breaks(entry.where, setting):
            if (broken.injector, broken.action) not in FORMS:
                what = f"{broken.action} by {broken.injector}"
                found.append(f"{fault_id} at {entry.where}: {what} has no form in virtual time: use --engine live")
                break
    return tuple(found)


class Freezer:
    """The injector of ``partition``: both directions of a link stand still. ``told`` hears of each change."""

    def __init__(self, network: Network, told: Callable[[str, bool], None]) -> None:
        self._network = network
        self._told = told

    def begin(self, broken: Break) -> None:
        """Let it stand still."""
        self._network.link(broken.subject).stall()
        self._told(broken.subject, True)

    def look(self, broken: Break) -> Look:
        """Return its counters."""
        return Look(self._network.link(broken.subject).facts())

    def heal(self, broken: Break) -> None:
        """Let it flow again; what stood still arrives now."""
        self._network.link(broken.subject).heal()
        self._told(broken.subject, False)

    def healed(self, broken: Break) -> bool:
        """Say whether it flows."""
        return not self._network.link(broken.subject).stalled


class Killer:
    """The injector of ``kill``."""

    def __init__(self, simulated_nodes: SimulatedNodes, ready: Callable[[str], bool]) -> None:
        self._installation = simulated_nodes
        self._ready = ready
        self._victims: dict[str, Process] = {}

    def begin(self, broken: Break) -> None:
        """Let it die: nothing that it still had to do ever happens."""
        self._victims[broken.subject] = self._installation.process(broken.subject)
        self._installation.kill(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether it lives and, once it was started again, whether it answers."""
        victim, node = self._victims.get(broken.subject), self._installation.process(broken.subject)
        restarted = victim is not None and node is not victim
        alive = victim.alive if victim is not None and not restarted else node.alive
        return Look({"alive": alive, "ready": restarted and alive and self._ready(broken.subject)})

    def heal(self, broken: Break) -> None:
        """Start it again, unless it lives."""
        if not self.healed(broken):
            self._installation.start(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether it lives."""
        return self._installation.process(broken.subject).alive


class Pauser:
    """The injector of ``pause``: a node's CPU stands still, and what comes meanwhile waits for it."""

    def __init__(self, simulated_nodes: SimulatedNodes, ready: Callable[[str], bool]) -> None:
        self._installation = simulated_nodes
        self._ready = ready
        self._resumed: set[str] = set()

    def begin(self, broken: Break) -> None:
        """Let it stand still."""
        self._installation.process(broken.subject).stop()
        self._resumed.discard(broken.subject)

    def look(self, broken: Break) -> Look:
        """Say whether it stands still and, once it was let go on, whether it answers."""
        still = self._stands_still(broken)
        ready = not still and broken.subject in self._resumed and self._ready(broken.subject)
        return Look({"stopped": still, "ready": ready})

    def heal(self, broken: Break) -> None:
        """Let it go on."""
        self._installation.process(broken.subject).resume()
        self._resumed.add(broken.subject)

    def healed(self, broken: Break) -> bool:
        """Say whether it goes on, or is dead: then there is nothing to let go on."""
        return not self._stands_still(broken)

    def _stands_still(self, broken: Break) -> bool:
        process = self._installation.process(broken.subject)
        return process.alive and process.stopped and process.busy  # the last is what keeps the loop from running it


class Refuser:
    """The injector of ``refuse``: the push provider takes no messages."""

    def __init__(self, push: SimulatedPush) -> None:
        self._push = push

    def begin(self, broken: Break) -> None:
        """Let it refuse."""
        knobs = broken.knobs
        self._push.outage = Outage(status=int(knobs["status"]), retry_after_s=float(knobs["retry_after_s"]))

    def look(self, broken: Break) -> Look:
        """Say whether it refuses, and how many messages it has refused."""
        return Look({"refusing": self._push.outage is not None, "refused": self._push.refused})

    def heal(self, broken: Break) -> None:
        """Let it take messages again."""
        self._push.outage = None

    def healed(self, broken: Break) -> bool:
        """Say whether it takes messages."""
        return self._push.outage is None


class Loader:
    """The injector of ``backlog`` and ``overload`` for one fault."""

    def __init__(self, switch: SimulatedLoadControl, *, speed: float) -> None:
        self._switch = switch
        self._speed = speed

    def begin(self, broken: Break) -> None:
        """Let the load begin."""
        self._switch.go.set()

    def look(self, broken: Break) -> Look:
        """Return what it has offered so far."""
        told = self._switch.status.model_dump()
        wanted = float(broken.knobs.get("wanted_per_s", 0.0))
        return Look({**told, "wanted_per_s": wanted, "ramp_s": RAMP_REAL_S * self._speed})

    def heal(self, broken: Break) -> None:
        """Let it end, and wait until it has; one that has crashed never says so."""
        self._switch.stop.set()
        if self._switch.go.is_set():
            self._switch.ended.wait(TAKE_LIMIT_S)

    def healed(self, broken: Break) -> bool:
        """Say whether it ended, if it ever began."""
        return not self._switch.go.is_set() or self._switch.status.done
