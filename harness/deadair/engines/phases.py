"""The phases of a run in their order: warm-up, storm, recovery, end. One thread: sleep until the next step, do it.

Knows neither processes nor ports, nor whether time is real; what it needs of them is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from deadair.engines.fault_driver import FaultDriver
from deadair.engines.people_driver import PeopleDriver
from deadair.engines.probes import Probes
from deadair.engines.steady_state import SteadyState
from deadair.faults.fault import LOOK_EVERY_REAL_S
from deadair.fleet.process.status_files import FleetStatus
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.duration import in_us
from deadair.model.progress import Progress, ShowProgress
from deadair.scenario.model import Scenario
from deadair.scenario.timeline import PersonStep, TimelineStep, deeds


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one turns to things: faults are looked at and progress is shown, and in between something is done."""

    look_every_real_s: float = LOOK_EVERY_REAL_S
    turn_real_s: float = 0.02


class Overseer(Protocol):
    """Whoever knows whether a run may go on."""

    expected_dead: set[str]

    def check(self) -> None:
        """Raise what ends the run, if it must end."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the phases work with."""

    recorder: Recorder
    stop_conditions: Overseer
    fault_driver: FaultDriver
    people_driver: PeopleDriver
    probes: Probes
    fleet: Callable[[], FleetStatus | None]
    show: ShowProgress | None
    """None: nobody watches."""
    pace: Pace = Pace()


class PhaseRunner:
    """One run from the fleet's first moment to its last. Raises what its parts raise, and heals nothing then."""

    def __init__(self, scenario: Scenario, parts: Parts) -> None:
        self._scenario = scenario
        self._parts = parts
        self._clock = parts.recorder.clock
        self._calm = SteadyState()
        self._phase = ""
        self._began_us = 0
        self._lasts_us = 0
        self._storm_us: int | None = None
        self._next_look_us = 0

    def run(self) -> bool:
        """Go through all phases; return whether there was a storm, which needs a steady state first."""
        phases = self._scenario.phases
        fleet = self._parts.fleet()
        # It began when the fleet did, not when one noticed: a phone that has shown nothing is blind T after that.
        self._begin_phase("warm_up", in_us(phases.warm_up), at_us=fleet.begin_us if fleet else None)
        if not self._warm_up():
            self._begin_phase("end", 0)
            return False
        self._begin_phase("storm", in_us(phases.storm))
        self._storm_us = self._began_us
        for deed in deeds(self._scenario):
            self._until(self._began_us + deed.at_us)
            self._parts.stop_conditions.check()
            note = self._do(deed)
            self._parts.stop_conditions.expected_dead = self._parts.fault_driver.dead_nodes()
            self._show(note)
        self._until(self._began_us + self._lasts_us)
        self._begin_phase("recovery", in_us(phases.recovery))
        self._until(self._began_us + self._lasts_us)
        while self._parts.fault_driver.watching():
            self._tick(room_s=self._parts.pace.turn_real_s)
        self._begin_phase("end", 0)
        return True

    def _do(self, deed: TimelineStep | PersonStep) -> str:
        """Do what is due, and return a sentence for whoever watches."""
        if isinstance(deed, PersonStep):
            return self._parts.people_driver.do(deed.person_id)
        if deed.verb == "begin":
            return self._parts.fault_driver.begin(deed.fault_id)
        return self._parts.fault_driver.heal(deed.fault_id)

    def _warm_up(self) -> bool:
        """Wait for the phase's end, and if need be as long again, until all has been well for two minutes."""
        self._until(self._began_us + self._lasts_us)
        latest_us = self._began_us + 2 * self._lasts_us
        while not self._calm.reached(self._clock.now_us()):
            if self._clock.now_us() >= latest_us:
                why = self._calm.missing or "all was well, but not for two minutes"
                self._parts.recorder.add(Kind.STEADY, outcome="fail", detail=why)
                self._show(f"no steady state within twice the warm-up: {why}")
                return False
            self._tick(room_s=1.0)
        self._parts.recorder.add(Kind.STEADY, outcome="ok")
        return True

    def _until(self, at_us: int) -> None:
        """Tend to everything until a moment on the run's axis."""
        while (left_s := self._clock.wait_s(at_us)) > 0:
            self._tick(room_s=left_s)

    def _tick(self, *, room_s: float) -> None:
        """Do what is due now and nap, for ``room_s`` real seconds at the most."""
        parts = self._parts
        parts.stop_conditions.check()
        now_us = self._clock.now_us()
        if now_us >= self._next_look_us:
            self._next_look_us = self._clock.later_us(parts.pace.look_every_real_s)
            parts.fault_driver.look(None if self._storm_us is None else now_us - self._storm_us)
            if self._storm_us is None:
                self._calm.note(now_us, parts.fleet(), parts.probes.ready)
            self._show()
        else:
            parts.probes.ask()
        self._clock.pause(min(parts.pace.turn_real_s, max(0.0, room_s)))

    def _begin_phase(self, phase: str, lasts_us: int, *, at_us: int | None = None) -> None:
        self._phase, self._lasts_us = phase, lasts_us
        self._began_us = self._clock.now_us() if at_us is None else at_us
        self._parts.recorder.add(Kind.PHASE, at_us=self._began_us, detail=phase)
        self._parts.recorder.flush()
        self._show()

    def _show(self, note: str = "") -> None:
        """Show whoever watches how things are."""
        if self._parts.show is None:
            return
        fleet = self._parts.fleet()
        lag_ms = fleet.lag_ms_p99 if fleet else None
        counts = (fleet.phones, fleet.blind, fleet.open, fleet.alerted, fleet.late) if fleet else (0, 0, 0, 0, 0)
        self._parts.show(
            Progress(
                "ending" if self._phase == "end" else self._phase,
                (self._clock.now_us() - self._began_us) / 1e6,
                self._lasts_us / 1e6,
                self._parts.fault_driver.active(),
                *counts,
                lag_ms,
                note,
            )
        )
