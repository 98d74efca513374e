"""One run, live: from an order to a sealed history. Whatever happens, it is healed, ended, written down and sealed."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from deadair import ledger as ledgers
from deadair.engines.early_end import AbortedError, TroubleError, WallLimitError, signals_as_requests
from deadair.engines.fault_driver import FaultDriver
from deadair.engines.live.addresses import Addresses, Cores, environment_of
from deadair.engines.live.free_ports import FreePorts, PortsTakenError
from deadair.engines.live.run_processes import RunProcesses
from deadair.engines.live.stop_conditions import StopConditions, last_words
from deadair.engines.people_driver import PeopleDriver
from deadair.engines.phases import Parts, PhaseRunner
from deadair.engines.refusals import refuse_breaks
from deadair.engines.run_plan import RunOrder, RunPlan
from deadair.fleet.process.launch import read_status
from deadair.guardian import as_said
from deadair.healing import Healer, advised, broken_run
from deadair.history.manifest import seal
from deadair.history.reader import History, read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.catalogue import RunInjectors
from deadair.injectors.processes import Identity, Spawned, kill_all, spawn, stop
from deadair.ledger import Ledger
from deadair.model.clock import Deadline, RunClock, pause
from deadair.model.environment import LOOPBACK, Environment
from deadair.model.errors import HarnessError, InjectorLocked
from deadair.model.progress import Progress, ShowProgress
from deadair.runtimes.catalogue import runtime_entry
from deadair.runtimes.runtime import RunMarks

TRIES = 3
"""How often a run is set up, should somebody take a port of it."""
GUARDIAN_LIMIT_S = 15.0
LEFT_LIMIT_S = 3.0
GUARDIAN_ENDS_S = 5.0
"""How long the guardian may take to end; it may have to try what the runner could not."""


def refuse_unknown(plan: RunPlan) -> None:
    """Raise ScenarioError if a fault of the plan cannot be made live, or not be undone by the guardian."""
    refuse_breaks(plan, live=True)


def run(order: RunOrder, show: ShowProgress) -> History:
    """Run it. Raises HarnessError if it could not be set up or outlived its limit; its history is kept then too.

    Raises ScenarioError, before anything happens, for a fault that cannot be made or not be undone.
    """
    refuse_unknown(order)
    clock = RunClock.starting_now(speed=order.scenario.speed)
    cores = Cores.of_this_machine()
    with signals_as_requests(order.folder), _kept_to(cores.harness), _all_descriptors():
        live = _Live(order, show, clock, cores)
        try:
            with ExitStack() as undo:
                live.go(undo)
        finally:
            seal(order.folder.history)
        return read(order.folder.history)


class _Live:
    """The parts of one run. ``go`` leaves every ending to ``undo``, which its caller unwinds whatever happens."""

    def __init__(self, order: RunOrder, show: ShowProgress, clock: RunClock, cores: Cores) -> None:
        self._order = order
        self._show = show
        self._clock = clock
        self._cores = cores
        self._hide = order.target.handed_on().redacted
        self._run_id = f"{order.scenario.name}-{order.folder.root.name}-{os.getpid()}-{clock.epoch_mono_ns}"
        self._runtime = runtime_entry(order.target.runtime).make(
            RunMarks(
                self._run_id,
                order.folder,
                cores.target,
                cores.harness,
                toxiproxy=order.toxiproxy,
                needs=order.target.runtime_needs,
                allowance=order.allowance,
                redacted=self._hide,
            )
        )

    def go(self, undo: ExitStack) -> None:
        """Do the whole run."""
        folder = self._order.folder
        ports = FreePorts()
        undo.callback(ports.close)
        _, environment = self._lay_out(ports)
        ledger = Ledger(folder.ledger, by="runner", clock=self._clock)
        undo.callback(ledger.close)
        ledger.write("runner", **as_said(Identity.of(os.getpid())), run_id=self._run_id)
        ledger.write("runtime", name=self._order.target.runtime, **self._order.runtime_facts)
        guardian = self._start_guardian()
        undo.callback(self._end, ledger, guardian)
        wall, hide = Deadline.after(environment.wall_limit_s), self._order.target.handed_on().hide
        recorder = undo.enter_context(Recorder(folder.history, "runner", self._clock, hide=hide))
        stop_conditions = StopConditions(folder, recorder, guardian, wall=wall, hide=self._hide)
        try:
            with self._written_down(recorder, stop_conditions):
                self._wait_for_guardian(stop_conditions)
            for tries_left in reversed(range(TRIES)):
                try:
                    with self._written_down(recorder, stop_conditions):
                        addresses, _ = self._lay_out(ports, self._runtime.prepare(self._tell))
                    self._on_stage(addresses, ports, ledger, recorder, stop_conditions)
                except PortsTakenError:
                    if not tries_left:
                        raise
                else:
                    return
        except AbortedError as reason:
            self._tell(f"aborted: {reason}")
        except TroubleError as trouble:
            self._tell(str(trouble))

    def _on_stage(
        self,
        addresses: Addresses,
        ports: FreePorts,
        ledger: Ledger,
        recorder: Recorder,
        stop_conditions: StopConditions,
    ) -> None:
        """Set everything up, go through the phases, and take everything down again."""
        processes = RunProcesses(
            self._order,
            addresses,
            runtime=self._runtime,
            cores=self._cores,
            ports=ports,
            run_id=self._run_id,
            ledger=ledger,
            recorder=recorder,
            stop_conditions=stop_conditions,
        )
        fault_driver = FaultDriver(self._order, recorder, ledger, RunInjectors.live(processes).of)
        people, status = PeopleDriver.live(self._order, processes.control), self._order.folder.fleet_status
        parts = Parts(
            recorder, stop_conditions, fault_driver, people, processes.probes, lambda: read_status(status), self._show
        )
        try:
            with self._written_down(recorder, stop_conditions):
                processes.up(self._tell)
                stormed = _through_the_phases(PhaseRunner(self._order.scenario, parts))
                for trouble in processes.end_fleet():
                    self._trouble(recorder, trouble)
                if stormed:
                    self._tell("asking for every stored reading")
                    processes.probes.ask_stored(self._order.roster, stop_conditions.check)
        except InjectorLocked as error:
            processes.kill_proxies()
            raise TroubleError(str(error)) from error
        finally:
            for trouble in self._wind_down(processes, fault_driver):
                self._trouble(recorder, trouble)

    @contextmanager
    def _written_down(self, recorder: Recorder, stop_conditions: StopConditions) -> Iterator[None]:
        """Write down whatever ends the run inside, at that moment: winding down takes seconds more.

        While an abort is carried out, the guardian heals what the runner may just be breaking: an error then is the
        abort's, not the harness's.
        """
        try:
            yield
        except PortsTakenError:
            raise
        except AbortedError as reason:
            recorder.add(Kind.ABORT, detail=str(reason))
            raise
        except Exception as error:
            if (asked := stop_conditions.asked_to_end()) is not None:
                recorder.add(Kind.ABORT, detail=str(asked))
                raise asked from error
            said = str(error) if isinstance(error, TroubleError) else f"{type(error).__name__}: {error}"
            recorder.add(Kind.TROUBLE, detail=self._hide(said)[:1000])
            if isinstance(error, HarnessError | TroubleError):
                raise type(error)(self._hide(str(error))) from error
            raise

    def _wind_down(self, processes: RunProcesses, fault_driver: FaultDriver) -> list[str]:
        """Heal what is still broken and end every process; return what went wrong in doing so."""
        wrong = []
        try:
            fault_driver.heal_all()
        except (HarnessError, OSError) as error:
            wrong.append(f"not everything could be healed: {error}")
            processes.kill_proxies()
        return [*wrong, *processes.down()]

    def _lay_out(self, ports: FreePorts, host: str = LOOPBACK) -> tuple[Addresses, Environment]:
        """Find addresses for everything and write ``environment.json``. ``host``: this machine's as nodes see it."""
        ports.close()
        addresses = Addresses.reserve(self._order, ports, self._runtime, host).named(self._order.target.servers)
        environment = environment_of(self._order, addresses, self._cores, self._clock, self._run_id)
        self._order.folder.environment.write_text(environment.model_dump_json(indent=1), "utf-8")
        return addresses, environment

    def _start_guardian(self) -> Spawned:
        folder = self._order.folder
        return spawn(
            "guardian",
            [sys.executable, "-m", "deadair.guardian", str(folder.root)],
            run_id=self._run_id,
            folder=folder.root,
            log=folder.logs / "guardian.log",
            cores=self._cores.harness,
        )

    def _wait_for_guardian(self, stop_conditions: StopConditions) -> None:
        """Wait until the guardian watches: nothing may be started before."""
        limit = Deadline.after(GUARDIAN_LIMIT_S)
        while ledgers.newest(ledgers.read(self._order.folder.ledger), "guardian") is None:
            stop_conditions.check()
            if limit.passed():
                words = last_words(self._order.folder.logs, "guardian")
                raise HarnessError(f"the guardian did not start within {GUARDIAN_LIMIT_S:g} s{words}")
            pause(0.02)

    def _end(self, ledger: Ledger, guardian: Spawned) -> None:
        """Make sure that nothing of the run is left, say so, and let the guardian go.

        What will not go is no end: the guardian tries once more, and after it ``deadair heal`` still finds the run.
        """
        left = kill_all(self._run_id, limit_s=LEFT_LIMIT_S, spare=[guardian.identity])
        pids = [identity.pid for identity in left]
        kept = runtime_entry(self._order.target.runtime).remove(self._run_id, self._order.runtime_facts)
        try:
            if pids:
                ledger.write("left", reason="the runner could not end these processes", pids=pids)
                self._tell(f"processes that will not end: {', '.join(map(str, pids))}; `deadair heal` tries again")
            elif kept:
                ledger.write("left", reason="the runner could not remove what the run made", kept=kept)
                self._tell(f"not everything is removed: {'; '.join(kept)}; `deadair heal` tries again")
            elif not_healed := self._undo_rest(ledger):
                ledger.write("left", reason="the runner could not undo these breaks", breaks=not_healed)
                self._tell(f"not everything is healed{advised(not_healed)}")
            else:
                ledger.write("end", reason="the runner ended")
        finally:
            limit = Deadline.after(GUARDIAN_ENDS_S)
            while guardian.ended() is None and not limit.passed():
                pause(0.01)
            stop([guardian], limit_s=LEFT_LIMIT_S)

    def _undo_rest(self, ledger: Ledger) -> tuple[str, ...]:
        """Undo what is still broken, now that no process is left; return what could not be."""
        lines = ledgers.read(self._order.folder.ledger)
        run = broken_run(self._order.folder, lines, run_id=self._run_id, speed=self._clock.speed)
        return Healer(run, ledger).undo_rest(ledgers.open_breaks(lines)).not_healed

    def _trouble(self, recorder: Recorder, sentence: str) -> None:
        recorder.add(Kind.TROUBLE, detail=self._hide(sentence)[:1000])
        self._tell(self._hide(sentence))

    def _tell(self, note: str) -> None:
        self._show(Progress("setting up" if note.startswith(("starting", "enrolling")) else "ending", note=note))


def _through_the_phases(phases: PhaseRunner) -> bool:
    """Go through them. A fault that cannot be made or healed is trouble: what was seen until then is judged."""
    try:
        return phases.run()
    except (WallLimitError, InjectorLocked):
        raise
    except HarnessError as error:
        raise TroubleError(str(error)) from error


@contextmanager
def _all_descriptors() -> Iterator[None]:
    """Let this process and its children open as many sockets as the machine allows while inside."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def _kept_to(cores: tuple[int, ...]) -> Iterator[None]:
    """Keep this process to some cores while inside."""
    before = os.sched_getaffinity(0)
    try:
        if cores:
            os.sched_setaffinity(0, cores)
        yield
    finally:
        os.sched_setaffinity(0, before)
