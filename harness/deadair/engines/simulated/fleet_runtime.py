"""The fleet's runtime in virtual time: ``deadair.fleet.runtime`` on green threads and a simulated network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deadair.engines.simulated.green_thread_signals import Signal, Turnstile
from deadair.engines.simulated.green_threads import GreenThreads
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.network_link import ConnectionLimit
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.fleet.agenda import Item
from deadair.fleet.process.status_files import LoadStatus
from deadair.fleet.request_outcome import Exchange, request_limit_s
from deadair.fleet.runtime import Lag, Orders
from deadair.fleet.runtime import RuntimeSignal as AnySignal
from deadair.fleet.scheduler import WaitingScheduler
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.errors import HarnessError
from deadair.targets.request import Request

IDLE = LoadStatus(ready=False, offered=0, answered=0, accepted=0, done=False)


class SimulatedRoute:
    """One way of the fleet into the target. A request waits for a free connection, then takes at most its limit."""

    def __init__(self, clock: VirtualClock, network: Network, place: str, socket: str, connections: int) -> None:
        self._clock = clock
        self._network = network
        self._place = place
        self._socket = socket
        self._limit_s = request_limit_s(clock.speed)
        self._connections = ConnectionLimit(clock.loop, connections)

    @property
    def full(self) -> bool:
        """Whether every connection is in use."""
        return self._connections.full

    def prepare(self, request: Request) -> Request:
        """Return a request as ``send`` takes it."""
        return request

    def exchange(self, request: Request) -> Exchange:
        """Send a request and wait for its answer, within the limit."""
        return self.send(request)

    def send(self, request: Request) -> Exchange:
        """Send what was prepared, as ``exchange`` does."""
        clock, threads = self._clock, self._clock.threads
        if not self._connections.take():
            free = clock.loop.create_future()
            self._connections.wait(self._limit_s, free.set_result)
            if not threads.wait(free):
                now_us = clock.now_us()
                return Exchange(now_us, now_us, lost="fail")
        sent_us = clock.now_us()
        try:
            self._network.exchange(self._place, self._socket, request, limit_s=self._limit_s, done=threads.waker())
            answer, lost = threads.suspend()
        finally:
            self._connections.give()
        return Exchange(sent_us, clock.now_us(), answer, lost)


class SimulatedScheduler(WaitingScheduler[Item]):
    """An agenda of green threads: a green thread of its own waits for the end, so that nobody has to look."""

    def __init__(self, clock: VirtualClock, until: AnySignal) -> None:
        sooner = Signal(clock.threads)
        super().__init__(clock, until, sooner, breathe=_go_on, looks_every_real_s=None)

        def end() -> None:
            until.wait()
            sooner.set()

        clock.threads.spawn(end, name="the end of an agenda")


def _go_on() -> None:
    """Take the next item at once: in virtual time nobody starves meanwhile."""


class SimulatedLoadControl:
    """How one load is let go and told to stop, and what it told last."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.status = IDLE
        self.ready = Signal(clock.threads)
        self.go = Signal(clock.threads)
        self.stop = Signal(clock.threads)
        self.ended = Signal(clock.threads)

    def wait_go(self) -> bool:
        """Wait until the load may begin."""
        self.ready.set()
        return self.go.wait()

    def wait_over(self, ends_us: int) -> None:
        """Return when its time is up or it is told to stop."""
        self.stop.wait(self._clock.wait_s(ends_us))

    def tell(self, status: LoadStatus) -> None:
        """Take in how far it is."""
        self.status = status
        if status.done:
            self.ended.set()


class SimulatedRuntime:
    """What the green threads of one recorder share. ``trouble``: the first thing that went wrong among them."""

    def __init__(  # noqa: PLR0913 - a runtime's world, named at the one call site
        self,
        orders: Orders,
        recorder: Recorder,
        clock: VirtualClock,
        *,
        network: Network,
        socket_of: Callable[[str], str],
        switches: dict[str, SimulatedLoadControl],
    ) -> None:
        self.orders = orders
        self.recorder = recorder
        self.clock = clock
        self.lag = Lag(clock)
        self.stopping = Signal(clock.threads)
        self.trouble: str | None = None
        self._threads: GreenThreads = clock.threads
        self._network = network
        self._socket_of = socket_of
        self._switches = switches

    def route(self, name: str, *, connections: int = 256) -> SimulatedRoute:
        """Return a way into the target. Raises HarnessError if there is none of that name."""
        return SimulatedRoute(self.clock, self._network, name, self._socket_of(name), connections)

    def spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something beside everything else; whatever it raises is trouble."""
        self._threads.spawn(self._guarded, work, *arguments, name=f"{self.recorder.who}: {work.__qualname__}")

    def signal(self) -> Signal:
        """Return a new signal."""
        return Signal(self._threads)

    def turnstile(self) -> Turnstile:
        """Return a new turnstile, which lets nobody pass yet."""
        return Turnstile(self._threads)

    def scheduler(self, until: AnySignal) -> SimulatedScheduler[Any]:
        """Return an agenda that waits, until the signal is set."""
        return SimulatedScheduler(self.clock, until)

    def pause(self, real_s: float) -> None:
        """Let time pass."""
        self.clock.pause(real_s)

    def load_control(self, fault_id: str) -> SimulatedLoadControl:
        """Return how this load is let go. Raises HarnessError if the plan has no such load."""
        if fault_id not in self._switches:
            raise HarnessError(f"there is no load of {fault_id} in the plan")
        return self._switches[fault_id]

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 - a crash of any kind must be noticed
            if self.trouble is None:
                self.trouble = f"{self.recorder.who}: {type(error).__name__}: {error}"[:500]
                self.recorder.add(Kind.TROUBLE, detail=self.trouble)
            self.stopping.set()
