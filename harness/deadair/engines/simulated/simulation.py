"""One run in virtual time, from a plan to closed recorders. Knows no file: where rows go is handed in.

The night, the damage and the probes are those of a live run; only what they stand on is simulated. It fails closed:
whatever crashed, of the service, the fleet or the harness, is trouble in the history, and no trouble passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deadair.engines.early_end import AbortedError, TroubleError
from deadair.engines.fault_driver import Book, FaultDriver
from deadair.engines.fleet_planning import LOAD_READY_LIMIT_S, fleet_plan
from deadair.engines.intruder import Intruder, intruder_accounts
from deadair.engines.people_driver import PeopleDriver
from deadair.engines.phases import Pace, Parts, PhaseRunner
from deadair.engines.probes import Probes
from deadair.engines.question import Background
from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated.fleet_runtime import SimulatedLoadControl, SimulatedRuntime
from deadair.engines.simulated.green_thread_signals import Signal
from deadair.engines.simulated.injection_world import World
from deadair.engines.simulated.isolation_leaks import LeakError
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.node_machine import Note
from deadair.engines.simulated.nodes import SimulatedNodes
from deadair.engines.simulated.push_provider import SimulatedPush
from deadair.engines.simulated.simulated_process import Process
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.faults.fault import LOOK_EVERY_REAL_S
from deadair.fleet.fleet import Fleet
from deadair.fleet.load.backlog import BacklogLoad
from deadair.fleet.load.load_driver import LoadDriver
from deadair.fleet.load.overload import OverloadLoad
from deadair.fleet.process.fleet_plan import LoadPlan
from deadair.fleet.process.status_files import FleetStatus
from deadair.fleet.runtime import Orders
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.catalogue import RunInjectors
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.model.place import Place
from deadair.model.progress import ShowProgress
from deadair.model.run_folder import RunFolder

LINK_DELAY_S = 0.0001
LINK_JITTER_S = 0.0001
"""Of each direction, in real seconds: loopback takes 8 µs, and the proxy between is a process that must be woken."""
DISBAND_S = 1.0
PASSWORD = "virtual"  # noqa: S105 - nobody can log in to a simulation from outside
CRASHES_TOLD = 10
SHOWN = 50
"""How often progress is looked at, at the most."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run in virtual time gets from outside. ``check`` raises what must end it; ``note`` traces it."""

    environment: Environment
    folder: RunFolder
    recorder: Callable[[str], Recorder]
    book: Book
    show: ShowProgress | None
    """None: nobody watches."""
    check: Callable[[], None]
    note: Note | None = None


class Simulation:
    """The parts of one run. ``run`` is the work of its main green thread."""

    def __init__(self, plan: RunPlan, clock: VirtualClock, around: Surroundings) -> None:
        scenario = plan.scenario
        self.expected_dead: set[str] = set()
        """Nodes that a fault keeps dead now."""
        self._plan = plan
        self._clock = clock
        self._around = around
        self._fleet_plan = fleet_plan(plan)
        self.network = Network(clock.loop, scenario.seed, delay_s=LINK_DELAY_S, jitter_s=LINK_JITTER_S)
        self.simulated_nodes = SimulatedNodes(plan, clock, self.network, around.folder, around.note)
        self._recorders = {who: around.recorder(who) for who in around.environment.recorders}
        self._runner = self._recorders["runner"]
        gateway = self._recorders["push-gateway"]
        self._push = SimulatedPush(plan.roster, gateway, clock, self.network, plan.target)
        self.network.listen("push", Process(clock.loop, "push-gateway"), self._push)
        self._switches = {load.fault_id: SimulatedLoadControl(clock) for load in self._fleet_plan.load}
        orders = Orders(around.folder, around.environment, self._fleet_plan, plan.roster, plan.target, PASSWORD)
        self._runtimes = {
            who: self._runtime(orders, who) for who in self._recorders if who not in ("runner", "push-gateway")
        }
        threads = clock.threads
        background = Background(lambda work, name: threads.spawn(work, name=name), lambda: Signal(threads))
        site, ask = self.simulated_nodes.site, self.simulated_nodes.ask_from_elsewhere
        intruder = Intruder(plan, site, self._runner, background, ask=ask, password=PASSWORD)
        self.probes = Probes(plan.target, site, self._runner, background, intruder.look)
        self._world = World(self.simulated_nodes, self.network, self._push, self._switches, clock.speed, self.probes)
        self._status: tuple[int, FleetStatus] | None = None

    def run(self) -> None:
        """Do the whole run. Whatever ends it early is written down and raised."""
        self._clock.threads.spawn(self._beat, name="heartbeats")
        injectors = RunInjectors.simulated(self._world)
        fault_driver = FaultDriver(self._plan, self._runner, self._around.book, injectors.of)
        try:
            self._up()
            fleet = self._begin_fleet()
            show = self._around.show
            people_driver = PeopleDriver(self._plan, fleet.obey)
            parts = Parts(
                self._runner,
                self,
                fault_driver,
                people_driver,
                self.probes,
                lambda: self._look(fleet),
                show,
                self._pace(),
            )
            stormed = PhaseRunner(self._plan.scenario, parts).run()
            self._disband()
            if stormed:
                self.probes.ask_stored(self._plan.roster, self.check)
            self.check()
        except AbortedError as reason:
            self._runner.add(Kind.ABORT, detail=str(reason))
            raise
        except Exception as error:
            said = str(error) if isinstance(error, TroubleError) else f"{type(error).__name__}: {error}"
            self._runner.add(Kind.TROUBLE, detail=said[:1000])
            raise
        finally:
            self._heal_all(fault_driver)

    def check(self) -> None:
        """Raise what must end the run: TroubleError if a part of it has crashed."""
        self._around.check()
        loop = self._clock.loop
        if loop.crashes:
            crash = loop.crashes[0]
            raise TroubleError(f"{crash.process or 'the harness'}: {crash.what} crashed: {crash.error!r}")
        if self.network.errors:
            socket, error = self.network.errors[0]
            raise TroubleError(f"the application at {socket} failed to answer: {error!r}")
        if (node := self.simulated_nodes.ended()) is not None and node not in self.expected_dead:
            raise TroubleError(f"{node} ended by itself")
        for runtime in self._runtimes.values():
            if runtime.trouble is not None:
                raise TroubleError(runtime.trouble)

    def close(self, leaks: Sequence[LeakError]) -> None:
        """Close every recorder and database, once the loop has ended: only then are all crashes and leaks known."""
        crashes = self._clock.loop.crashes[:CRASHES_TOLD]
        said = [f"{crash.process or 'the harness'}: {crash.what}: {crash.error!r}" for crash in crashes]
        for trouble in [*said, *map(str, leaks[:CRASHES_TOLD])]:
            self._runner.add(Kind.TROUBLE, detail=trouble[:1000])
        for recorder in self._recorders.values():
            recorder.close()
        self.simulated_nodes.close()

    def _heal_all(self, fault_driver: FaultDriver) -> None:
        try:
            fault_driver.heal_all()
        except HarnessError as error:
            self._runner.add(Kind.TROUBLE, detail=f"not everything could be healed: {error}"[:1000])

    def _runtime(self, orders: Orders, who: str) -> SimulatedRuntime:
        return SimulatedRuntime(
            orders,
            self._recorders[who],
            self._clock,
            network=self.network,
            socket_of=self._socket_of,
            switches=self._switches,
        )

    def _up(self) -> None:
        """Start every node, enrol everybody, and let the loads log in."""
        target, around = self._plan.target, self._around
        for node in target.nodes:
            self.simulated_nodes.start(node)
        limit_us = self._clock.later_us(LOAD_READY_LIMIT_S)
        for node in target.nodes:
            while not self.probes.ask_node(node):
                self._in_time(limit_us, f"the node {node} is not ready")
        accounts = [account for load in self._fleet_plan.load for account in load.accounts]
        accounts += intruder_accounts(self._plan)
        target.enroll(self._plan.roster, accounts, self.simulated_nodes.site, password=PASSWORD)
        for plan in self._fleet_plan.load:
            runtime = self._runtimes[f"load-{plan.fault_id}"]
            runtime.spawn(_load(runtime, plan).run)
        for load in self._fleet_plan.load:
            while not self._switches[load.fault_id].ready.wait(DISBAND_S):
                self._in_time(limit_us, f"the load of {load.fault_id} is not ready")
        around.check()

    def _in_time(self, limit_us: int, problem: str) -> None:
        self.check()
        if self._clock.now_us() > limit_us:
            raise TroubleError(f"{problem} within {LOAD_READY_LIMIT_S:g} s")
        self._clock.pause(0.02)

    def _begin_fleet(self) -> Fleet:
        """Let the fleet begin, and return once it runs."""
        runtime = self._runtimes["fleet"]
        fleet = Fleet(runtime)
        self._push.begin(self._recorders["fleet"], self._plan.roster, lambda *push: runtime.spawn(fleet.push, *push))
        for work in (fleet.run_devices, fleet.run_phones, fleet.run_observer):
            runtime.spawn(work)
        while (wait_s := self._clock.wait_s(fleet.begin_us)) > 0:
            self._clock.pause(wait_s)
        return fleet

    def _disband(self) -> None:
        """Let what is under way in the fleet end, as the live one does."""
        for runtime in self._runtimes.values():
            runtime.stopping.set()
        self._clock.pause(DISBAND_S)

    def _beat(self) -> None:
        while True:
            self._clock.pause(self._around.environment.beat_real_s)
            for recorder in self._recorders.values():
                recorder.tick()

    def _pace(self) -> Pace:
        """Look once a minute of real life, but several times at the shortest fault; never oftener than live."""
        lasts_s = [entry.lasts.total_seconds() for _, entry in self._plan.scenario.faults()]
        look_real_s = max(LOOK_EVERY_REAL_S, min(60.0, min(lasts_s, default=60.0) / 4) / self._plan.scenario.speed)
        return Pace(look_real_s, look_real_s / 2)

    def _look(self, fleet: Fleet) -> FleetStatus:
        """Return how the fleet is; looked at anew while it warms up, then now and then."""
        phases, now_us = self._plan.scenario.phases, self._clock.now_us()
        every_us = (phases.storm + phases.recovery).total_seconds() * 1e6 / SHOWN
        warm_us = 2 * phases.warm_up.total_seconds() * 1e6
        told_us = -1 if self._status is None else self._status[0]
        warm = told_us < now_us < fleet.begin_us + warm_us  # in one moment nothing changes, however often one asks
        if self._status is None or warm or now_us > told_us + every_us:
            self._status = (now_us, fleet.status())
        return self._status[1]

    def _socket_of(self, route: str) -> str:
        """Return the socket that a route of the fleet leads to; see ``Environment.routes``."""
        target = self._plan.target
        leads_to = {link.name: link.leads_to for link in target.links}
        if route == "load":
            self.network.link(route).proxied = False
            return next(link.leads_to for link in target.links if link.outer)
        if route == "status":
            self.network.link(route).proxied = False
            return route
        return leads_to[Place.parse(route).name]


def _load(runtime: SimulatedRuntime, plan: LoadPlan) -> LoadDriver:
    return BacklogLoad(runtime, plan) if plan.kind == "backlog" else OverloadLoad(runtime, plan)
