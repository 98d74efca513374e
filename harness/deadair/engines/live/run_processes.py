"""Everything a run stands on: proxies, target, push gateway, load and fleet processes. Up in order, down always.

Knows no phase and no fault. Each process is in the ledger before it starts, marked, pinned, and watched after.
"""

from __future__ import annotations

import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from deadair.engines.early_end import TroubleError
from deadair.engines.fleet_planning import LOAD_READY_LIMIT_S, fleet_plan
from deadair.engines.intruder import Intruder, intruder_accounts
from deadair.engines.live.addresses import Addresses, Cores, layout
from deadair.engines.live.elsewhere import ask_from_elsewhere
from deadair.engines.live.free_ports import FreePorts, PortsTakenError
from deadair.engines.live.redaction import redact
from deadair.engines.live.run_proxies import RunProxies
from deadair.engines.live.signs_of_life import fleet_runs, listens, load_ready, port_taken
from deadair.engines.live.starvation import Starvation, kept_to
from deadair.engines.live.stop_conditions import StopConditions
from deadair.engines.probes import Probes
from deadair.engines.question import Background, Question
from deadair.engines.run_plan import RunOrder, times_of
from deadair.fleet.channels import certificates
from deadair.fleet.process.launch import (
    PASSWORD_VARIABLE,
    FleetPlan,
    fleet_argv,
    load_argv,
    push_gateway_argv,
    write_plan,
)
from deadair.fleet.process.status_files import load_status_path
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.processes import KILL_LIMIT_S, Spawned, spawn, stop
from deadair.injectors.running_node import RunningNode
from deadair.ledger import Ledger
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.errors import HarnessError
from deadair.runtimes.node_start import in_words
from deadair.runtimes.runtime import NodeRuntime
from deadair.targets.adapters.adapter_calls import CALLS, LIMIT_S
from deadair.targets.admin_http import ask
from deadair.targets.alerts.channel_spec import PUSH
from deadair.targets.target import Site

READY_LIMIT_S = 30.0
ENROLL_LIMIT_S = 180.0
"""Real seconds that it may take until everybody has an account. Targets have limits of their own, which are shorter."""
STOP_LIMIT_S = 5.0
POLL_S = 0.02
SayWhy = Callable[[], str]
THREADS = Background(
    lambda work, name: threading.Thread(target=work, name=name, daemon=True).start(), signal=threading.Event
)
"""How a live run asks beside its runner. A thread that never ends goes with the process."""


class RunProcesses:
    """One run's processes. ``up`` raises HarnessError, and whatever ``StopConditions.check`` raises.

    ``nodes``, ``control``, ``speed``, ``toxiproxy``, ``start``, ``ready``, ``forget`` and ``end_load`` are what
    injectors may touch of it: it is the ``LiveWorld`` of ``deadair.injectors.injection_worlds``.
    """

    def __init__(  # noqa: PLR0913 - each is named at the one call site
        self,
        order: RunOrder,
        addresses: Addresses,
        *,
        runtime: NodeRuntime,
        cores: Cores,
        ports: FreePorts,
        run_id: str,
        ledger: Ledger,
        recorder: Recorder,
        stop_conditions: StopConditions,
    ) -> None:
        self._order = order
        self._addresses = addresses
        self._runtime = runtime
        self._cores = cores
        self._ports = ports
        self._run_id = run_id
        self._ledger = ledger
        self._recorder = recorder
        self._stop_conditions = stop_conditions
        self.control = order.folder.abort_request.parent
        self.speed = order.scenario.speed
        self._password = secrets.token_urlsafe(18)
        self._handed_on = order.target.handed_on()
        self._processes: list[Spawned] = []
        self.nodes: dict[str, RunningNode] = {}
        self._helpers: dict[str, RunningNode] = {}
        self.site = Site(
            data=order.folder.data,
            speed=order.scenario.speed,
            sockets=addresses.sockets,
            listen={socket: runtime.listen(socket, reached) for socket, reached in addresses.sockets.items()},
            routes=addresses.inner_routes(),
            capacity=order.scenario.target.capacity,
            defects=order.defects,
            ask=lambda socket, request, limit_s: ask(addresses.sockets[socket], request, limit_s),
            times=times_of(order.scenario),
            password=self._password,
            logs=order.folder.logs,
        )
        starvation = Starvation(recorder, kept_to(cores, self.nodes, self._processes))
        ask_door = ask_from_elsewhere(addresses.sockets)
        intruder = Intruder(order, self.site, recorder, THREADS, ask=ask_door, password=self._password)
        self.probes = Probes(order.target, self.site, recorder, THREADS, starvation.look, intruder.look)
        self._proxies = RunProxies(order, addresses, ledger=ledger, recorder=recorder)
        self.toxiproxy = self._proxies.toxiproxy

    def up(self, note: Callable[[str], None]) -> None:
        """Start everything in order; return once the fleet says that it runs."""
        target = self._order.target
        certificates.make(self._order.folder, target.channels)
        target.build(self.site)
        starts = {node: target.start_of(node, self.site) for node in target.nodes}
        entrance = self._runtime.create(layout(target, self._addresses, starts), note)
        note("starting the proxies")
        self._proxies.up(self._ports, self._spawn, self._wait, entrance=entrance)
        note(f"starting the target: {', '.join(target.nodes)}")
        self._ports.release(*self._addresses.sockets.values(), *self._addresses.gateway.values())
        plan = fleet_plan(self._order)
        write_plan(self._order.folder, plan)
        self._spawn("push-gateway", push_gateway_argv(self._order.folder), self._handed_on.variables)
        for node in target.nodes:
            self.start(node)
        self._helpers.update(self._runtime.others())
        for helper in self._helpers.values():
            self._stop_conditions.watch(helper)
        self._wait("the push gateway does not listen", partial(listens, self._addresses.gateway[PUSH]))
        for node in target.nodes:
            why = partial(self.probes.why_not, node)
            self._wait(f"the node {node} is not ready", partial(self.ready, node), why=why)
        self._note_version()
        note("enrolling everybody")
        accounts = [*(account for load in plan.load for account in load.accounts), *intruder_accounts(self._order)]
        self._enroll(accounts)
        if self._runtime.outlives_run:
            note(f"the accounts that this run makes stay there after it: {self._list_accounts(accounts)} names them")
        self._start_fleet(plan, note)

    def _list_accounts(self, extra: Sequence[str]) -> Path:
        """Write down every account that the run makes, for who has to remove them."""
        roster, path = self._order.roster, self._order.folder.root / "accounts.txt"
        devices, phones = ([one.account for one in ones] for ones in (roster.devices, roster.phones))
        names = (*devices, *phones, *extra)
        path.write_text("".join(f"{name}\n" for name in names), "utf-8")
        return path

    def _note_version(self) -> None:
        """Write the version down that the service says of itself once it runs, if that is how it is known."""
        said = self._order.target.running_version(self.site)
        if said is not None:
            path = self._order.folder.environment
            environment = Environment.model_validate_json(path.read_bytes())
            subject = environment.subject.model_copy(update={"version": said})
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(environment.model_copy(update={"subject": subject}).model_dump_json(indent=1), "utf-8")
            fresh.replace(path)

    def _enroll(self, accounts: Sequence[str]) -> None:
        """Create everybody's account, beside the runner: what the target's own code does may take for ever."""
        order, password = self._order, self._password
        enroll = partial(order.target.enroll, order.roster, accounts, self.site, password=password)
        Question("the enrolling of everybody", enroll, self._recorder.clock, THREADS, limit_s=ENROLL_LIMIT_S).wait(
            self._check_calls
        )

    def _check_calls(self) -> None:
        """Raise what must end the run, or HarnessError for a call of the adapter's that does not come back."""
        self._stop_conditions.check()
        if (call := CALLS.look(POLL_S)) is not None:
            raise HarnessError(f"{call} did not return within {LIMIT_S:g} s")

    def start(self, node: str) -> None:
        """Start a node, also again."""
        start = self._order.target.start_of(node, self.site)
        self.probes.forget(node)
        self._ledger.write("process", name=node, command=[self._handed_on.redacted(word) for word in in_words(start)])
        try:
            self.nodes[node] = life = self._runtime.start(node, start)
        except HarnessError as error:
            raise (PortsTakenError(str(error)) if port_taken(str(error)) else error) from error
        self._stop_conditions.watch(life)

    def ready(self, node: str) -> bool:
        """Say whether a node answers."""
        return self.probes.ask_node(node)

    def forget(self, node: str) -> None:
        """Believe nothing that a node answered before this moment."""
        self.probes.forget(node)

    def end_load(self, fault_id: str) -> None:
        """End a fault's load process that does not stop, and say so. Raises HarnessError if it stays."""
        for process in self._processes:
            if process.name == f"load-{fault_id}" and process.ended() is None:
                self._stop_conditions.forget(process)
                process.identity.kill()
                try:
                    process.handle.wait(KILL_LIMIT_S)
                except subprocess.TimeoutExpired as error:
                    raise HarnessError(f"the load process of {fault_id} hangs and cannot be ended") from error
                self._recorder.add(
                    Kind.TROUBLE,
                    detail=f"the load process of {fault_id} did not stop when it was told to: it was killed",
                )

    def end_fleet(self) -> list[str]:
        """End fleet and load processes, so that nothing is sent any more; return what went wrong."""
        return self._end([one for one in self._processes if one.name == "fleet" or one.name.startswith("load-")])

    def down(self) -> list[str]:
        """End everything that is left, those with recorders first, proxies last; return what went wrong.

        Nothing of it is watched any more: it may all be started again, in other places.
        """
        wrong = [*self.end_fleet(), *self._end([one for one in self._processes if one.name == "push-gateway"])]
        wrong += self._proxies.close()
        for one in (*self._processes, *self.nodes.values(), *self._helpers.values()):
            self._stop_conditions.forget(one)
        wrong += self._runtime.stop_all(limit_s=STOP_LIMIT_S)
        stop([one for one in self._processes if one is not self._proxies.server], limit_s=STOP_LIMIT_S)
        stop([self._proxies.server] if self._proxies.server else [], limit_s=STOP_LIMIT_S)
        return [*wrong, *redact(self._order.folder, self._handed_on)]

    def kill_proxies(self) -> None:
        """End the proxies at once: their control has locked up."""
        self._proxies.kill()

    def _start_fleet(self, plan: FleetPlan, note: Callable[[str], None]) -> None:
        folder = self._order.folder
        secret = {**self._handed_on.variables, PASSWORD_VARIABLE: self._password}
        for load in plan.load:
            self._spawn(f"load-{load.fault_id}", load_argv(folder, load.fault_id), secret)
        note("starting the fleet")
        for load in plan.load:
            ready = partial(load_ready, load_status_path(folder, load.fault_id))
            self._wait(f"the load process of {load.fault_id} is not ready", ready, limit_s=LOAD_READY_LIMIT_S)
        self._spawn("fleet", fleet_argv(folder), secret)
        self._wait("the fleet does not run", partial(fleet_runs, folder.fleet_status))

    def _spawn(
        self,
        name: str,
        command: Sequence[str],
        variables: Mapping[str, str] | None = None,
    ) -> Spawned:
        self._ledger.write("process", name=name, command=list(command))
        process = spawn(
            name,
            command,
            run_id=self._run_id,
            folder=self._order.folder.root,
            log=self._order.folder.logs / f"{name}.log",
            cores=self._cores.harness,
            variables=variables,
        )
        self._processes.append(process)
        self._stop_conditions.watch(process)
        return process

    def _wait(
        self, problem: str, condition: Callable[[], bool], *, limit_s: float = READY_LIMIT_S, why: SayWhy = str
    ) -> None:
        """Poll a condition until it holds. Raises HarnessError or PortsTakenError. ``why`` says more of the problem."""
        limit = Deadline.after(limit_s)
        while not condition():
            try:
                self._stop_conditions.check()
            except TroubleError as error:
                raise (PortsTakenError if port_taken(str(error)) else HarnessError)(str(error)) from error
            if limit.passed():
                raise HarnessError(f"{problem} within {limit_s:g} s{why()}; look at {self._order.folder.logs}")
            pause(POLL_S)

    def _end(self, several: list[Spawned]) -> list[str]:
        """End processes that have a recorder to close; return who did not do so in order."""
        alive = [one for one in several if one.ended() is None]
        for one in several:
            self._stop_conditions.forget(one)
        killed = stop(alive, limit_s=STOP_LIMIT_S)
        wrong = [f"{name} did not end within {STOP_LIMIT_S:g} s and had to be killed" for name in killed]
        for one in alive:
            # Who had no time to take up its work dies of the signal itself, and has no recorder to close.
            if one.name not in killed and one.ended() not in (0, -signal.SIGTERM):
                wrong.append(f"{one.name} ended badly{self._stop_conditions.last_words(one.name)}")
        return wrong
