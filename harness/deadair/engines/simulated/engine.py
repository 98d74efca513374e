"""Runs in virtual time: into a run folder as a live run's, or in memory, for those who make thousands."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deadair.engines.early_end import AbortedError, TroubleError, signals_as_requests
from deadair.engines.refusals import refuse_breaks
from deadair.engines.run_plan import RunOrder, RunPlan, subject_of
from deadair.engines.simulated.event_loop import VirtualLoop
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.engines.simulated.green_threads import run as run_green_thread
from deadair.engines.simulated.hard_limit import ended_at_last
from deadair.engines.simulated.isolation import sealed, unsealed
from deadair.engines.simulated.phone_tracing import Ear, Followed
from deadair.engines.simulated.simulation import Simulation, Surroundings
from deadair.engines.simulated.virtual_clock import EPOCH_WALL_S, VirtualClock
from deadair.guardian import as_said
from deadair.history.manifest import seal
from deadair.history.reader import History, of_memory, read
from deadair.history.recorder import MemoryRecorder, Recorder
from deadair.injectors.child_environment import dropped_variables
from deadair.injectors.injector import Break
from deadair.injectors.processes import Identity
from deadair.ledger import Ledger, open_breaks
from deadair.ledger import read as read_ledger
from deadair.model.clock import Deadline
from deadair.model.environment import Address, Environment, recorders_of
from deadair.model.errors import ScenarioError
from deadair.model.progress import Progress, ShowProgress
from deadair.model.run_folder import RunFolder

WALL_LIMIT_S = 3600.0
OVERTIME_S = 60.0
"""Real seconds that a run has to end in once its hard limit is over."""
BEAT_REAL_LIFE_S = 60.0


def refuse_unknown(plan: RunPlan) -> None:
    """Raise ScenarioError if the target, or a fault of the plan, has no form in virtual time."""
    if not plan.target.simulated:
        raise ScenarioError(f"the target {plan.target.name} cannot be simulated: run it with --engine live")
    refuse_breaks(plan, live=False)


def run(order: RunOrder, show: ShowProgress) -> History:
    """Run it into its folder. Raises HarnessError if it cannot be brought to its end; its history is kept then too.

    Raises ScenarioError, before anything happens, for a fault that has no form in virtual time.
    """
    refuse_unknown(order)
    folder = order.folder
    loop, clock = _time(order)
    environment = _environment(order, clock, order.command, order.profile)
    folder.environment.write_text(environment.model_dump_json(indent=1), "utf-8")
    ledger = Ledger(folder.ledger, by="runner", clock=clock)
    ledger.write("runner", **as_said(Identity.of(os.getpid())), run_id=environment.run_id)
    in_time = _wall_limit()

    def check() -> None:
        in_time()
        with unsealed():
            if folder.abort_request.exists():
                raise AbortedError(folder.abort_request.read_text("utf-8", errors="replace").strip()[:500])

    def recorder(who: str) -> Recorder:
        return Recorder(folder.history, who, clock, beat_real_s=environment.beat_real_s)

    followed = Followed.of(order)
    ear = None if followed is None else Ear(followed, clock)
    around = Surroundings(environment, folder, recorder, ledger, _shown(show), check, ear)
    try:
        with signals_as_requests(folder, insistent=True):
            _carry_out(order, loop, clock, around)
        for fault_id, broken in open_breaks(read_ledger(folder.ledger)):
            ledger.write_break("healed", fault_id, broken, by_ending="virtual time")
        ledger.write("end", reason="virtual time ended, and everything in it")
        if ear is not None:
            folder.trace.write_text(ear.trace(read(folder.history)).model_dump_json(indent=1), "utf-8")
    finally:
        ledger.close()
        seal(folder.history)
    return read(folder.history)


def run_in_memory(plan: RunPlan) -> tuple[History, Environment]:
    """Run it and return its history and environment; nothing is written anywhere. Raises as ``run`` does."""
    refuse_unknown(plan)
    loop, clock = _time(plan)
    environment = _environment(plan, clock, "in memory", None)
    recorders: dict[str, MemoryRecorder] = {}

    def recorder(who: str) -> Recorder:
        recorders[who] = MemoryRecorder(who, clock, beat_real_s=environment.beat_real_s)
        return recorders[who]

    nowhere = RunFolder(Path(os.devnull))
    around = Surroundings(environment, nowhere, recorder, _NoBook(), None, _wall_limit())
    _carry_out(plan, loop, clock, around)
    return of_memory({who: kept.table() for who, kept in recorders.items()}), environment


class _NoBook:
    """Writes nothing down: nothing that is broken in virtual time outlives it."""

    def write_break(self, what: str, fault_id: str, broken: Break) -> None:
        """Write nothing."""


def _time(plan: RunPlan) -> tuple[VirtualLoop, VirtualClock]:
    loop = VirtualLoop()
    threads = GreenThreads(loop)
    begins = plan.scenario.begins
    wall_s = EPOCH_WALL_S if begins is None else int(begins.timestamp())
    return loop, VirtualClock.of(loop, threads, speed=plan.scenario.speed, seed=plan.scenario.seed, wall_s=wall_s)


def _carry_out(plan: RunPlan, loop: VirtualLoop, clock: VirtualClock, around: Surroundings) -> None:
    """Run the simulation on its loop. An abort and trouble are in the history; anything else is raised."""
    with ended_at_last(WALL_LIMIT_S + OVERTIME_S, plan.scenario.name), _left_to_the_loop():
        _simulate(plan, loop, clock, around)


def _simulate(plan: RunPlan, loop: VirtualLoop, clock: VirtualClock, around: Surroundings) -> None:
    """Hold the simulation in no other frame than this one, so that all of it can be collected once this returns."""
    with sealed(plan.scenario.time_zone) as leaks:
        simulation = Simulation(plan, clock, around)
        try:
            run_green_thread(loop, simulation.run, threads=clock.threads)
        except (AbortedError, TroubleError) as ending:
            if around.show is not None:
                around.show(Progress("ending", note=str(ending)))
        finally:
            simulation.close(leaks)


@contextmanager
def _left_to_the_loop() -> Iterator[None]:
    """Let the loop alone say when garbage is collected, at steps of its own: a ``__del__`` must repeat, too.

    Python's own habits depend on all that the process has made before, and two fifths of a run's time went into its
    looks at all there is, most of which stays. At the end it looks once at what was made inside: a night that is over
    is a knot of callbacks that hold each other, with all that was recorded.
    """
    collects = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        if collects:
            gc.enable()


def _environment(plan: RunPlan, clock: VirtualClock, command: str, profile: str | None) -> Environment:
    speed = plan.scenario.speed
    loads = [fault_id for fault_id, entry in plan.scenario.faults() if entry.fault.accounts_needed]
    return Environment(
        run_id=f"{plan.scenario.name}-{plan.scenario.seed}",
        engine="simulated",
        command=command,
        profile=profile,
        defects=plan.defects,
        subject=subject_of(plan),
        alert_paths=plan.target.alert_paths,
        reading_path=plan.target.reading_path,
        unjudged=dict(plan.target.unjudged),
        clock=clock.as_dict(),
        recorders=recorders_of(loads),
        machine=f"virtual time on Python {platform.python_version()}",
        routes={"status": Address(port=0)} if plan.target.status_socket is not None else {},
        beat_real_s=max(1.0, BEAT_REAL_LIFE_S / speed),
        dropped_variables=dropped_variables(),
        wall_limit_s=WALL_LIMIT_S,
    )


def _shown(show: ShowProgress) -> ShowProgress:
    def outside(progress: Progress) -> None:
        with unsealed():
            show(progress)

    return outside


def _wall_limit() -> Callable[[], None]:
    """Return what raises TroubleError once the hard limit, from now on, is over."""
    wall = Deadline.after(WALL_LIMIT_S)

    def check() -> None:
        with unsealed():
            if wall.passed():
                raise TroubleError(f"the run took longer than {WALL_LIMIT_S:g} real s and was ended")

    return check
