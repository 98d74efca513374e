"""What the harness needs of a target: start, ready, nodes, links, uploader, app, probes. Nothing else reaches it.

The uploader and the app are *pure*: they turn events into requests and effects; the fleet does the talking,
keeps the time and records both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from deadair.model.environment import Address
from deadair.model.roster import Phone, Roster

if TYPE_CHECKING:
    from deadair.targets.machine import Machine, Program


@dataclass(frozen=True, slots=True)
class Link:
    """A connection that can be cut. An *outer* link joins the fleet to the target and is cut cohort by cohort."""

    name: str
    leads_to: str
    """The socket it leads to: one of ``Target.sockets``, or ``push`` or ``push_links`` (the fleet's push gateway)."""
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how a target is to be built up for one run."""

    data: Path
    speed: float
    """Durations in the target's configuration are divided by this; rates per second are multiplied."""
    sockets: Mapping[str, Address]
    """Where each of ``Target.sockets`` must listen."""
    routes: Mapping[str, Address]
    """What to dial for each inner link of ``Target.links``."""
    capacity: Mapping[str, float]
    """Provisioned capacity by name, per real-life second; a name that is missing means unlimited."""
    defects: tuple[str, ...]
    ask: Callable[[str, Request, float], Answer]
    """Asks a socket one question of the administrator's, within so many real seconds; raises HarnessError if no
    answer comes. Not for the fleet's traffic."""


class Reading(NamedTuple):
    """One glucose value, stamped by its device in whole Unix seconds."""

    measured_s: int
    value_mg_dl: int


class Request(NamedTuple):
    """What a device or app wants to send."""

    path: str
    body: bytes = b""
    method: str = "POST"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    retry_after_s: float | None = None


class Uploader(Protocol):
    """How a device of this target speaks; stateless."""

    batch_readings_max: int
    queue_readings_max: int

    def login(self, account: str, password: str) -> Request:
        """Return the request that opens a session."""
        ...

    def session(self, answer: Answer) -> str | None:
        """Return the session an answer to ``login`` carries, if it does."""
        ...

    def upload(self, session: str, readings: Sequence[Reading]) -> Request:
        """Return the request that uploads these readings."""
        ...

    def outcome(self, answer: Answer) -> Literal["ok", "duplicate", "fail", "login"]:
        """Say what an answer to ``upload`` means; ``login``: the session is gone; ok and duplicate: acknowledged."""
        ...

    def remedy(self, session: str, answer: Answer) -> Request | None:
        """Return what to send before a refused upload is tried again, none if nothing helps but time.

        What ``outcome`` says of its answer holds: ok means that it helped.
        """
        ...

    def read(self, session: str) -> Request:
        """Return the request that reads the account's own newest value, as real clients poll (used by overload)."""
        ...


# --- the app: events in, effects out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PollDue:
    """It is time to poll."""


class Answered(NamedTuple):
    """A request the app sent under ``tag`` was answered."""

    tag: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request the app sent under ``tag`` failed or timed out: it may or may not have happened."""

    tag: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push message's data reached the phone."""

    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer the app had scheduled with the phone's operating system went off."""


Event = PollDue | Answered | Unanswered | Pushed | TimerFired


class Send(NamedTuple):
    """Send a request; the fleet answers with ``Answered`` or ``Unanswered`` under the same tag."""

    tag: str
    request: Request
    poll: bool
    """Whether this is a poll for readings (recorded as one) or something else, such as a log-in."""


class ShowScreen(NamedTuple):
    """The screen changed. ``style``: current, old (shown with its age) or blank (then no reading)."""

    style: Literal["current", "old", "blank"]
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Present:
    """Begin to present a no-data alarm, a notice, or the alarm of a low glucose value; it stays until dismissed.

    It came by ``path``. A low is no word about silence: it is recorded, and no rule takes it for one.
    """

    what: Literal["alarm", "notice", "low"]
    path: Literal["service_push", "sentinel_push", "phone_timer"]
    measured_s: int | None
    """The newest measured time that an alarm or a low speaks of."""


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Stop presenting the alarm, the notice or the low."""

    what: Literal["alarm", "notice", "low"]


class SetTimer(NamedTuple):
    """Schedule the one timer with the operating system, in Unix seconds; none cancels it."""

    at_s: float | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What the app did with a push: presented, held, overtaken or clear."""

    path: Literal["service_push", "sentinel_push"]
    verdict: str


Effect = Send | ShowScreen | Present | Dismiss | SetTimer | Noted


class App(Protocol):
    """The follower app of one target. States are opaque frozen values that only the app reads."""

    def begin(self, phone: Phone, *, password: str, token: str, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Return a freshly installed app's state; ``token`` is the phone's push token, ``now_s`` Unix seconds."""
        ...

    def step(self, state: Any, event: Event, now_s: float) -> tuple[Any, tuple[Effect, ...]]:
        """Take one event; return the new state and what to do. Never raises for anything a server may send."""
        ...


class Target(Protocol):
    """A follow service under test."""

    name: str
    simulated: bool
    """Whether it has a form that runs in virtual time."""
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    sockets: tuple[str, ...]
    capacities: tuple[str, ...]
    """What of it a scenario may limit, as its configuration names it."""
    defects: tuple[str, ...]
    profiles: Mapping[str, tuple[str, ...]]

    def uploader(self) -> Uploader:
        """Return how its devices speak."""
        ...

    def app(self, *, speed: float, defects: tuple[str, ...]) -> App | None:
        """Return its follower app, none if it has none."""
        ...

    def version(self) -> str:
        """Return what is under test, for the report."""
        ...

    def detection_budget_s(self, speed: float) -> float:
        """Return the real-life seconds it may take to notice a dead or stuck part, time-outs ≥ 1 real s included."""
        ...

    def build(self, site: Site) -> None:
        """Write its configuration for this site."""
        ...

    def command(self, node: str, site: Site) -> Sequence[str]:
        """Return the command line that starts one node as a process; again, after it was killed."""
        ...

    def program(self, node: str, machine: Machine, site: Site) -> Program | None:
        """Return one node as it runs in virtual time, none if this target cannot be simulated."""
        ...

    def ready(self, node: str, site: Site) -> bool:
        """Say whether the node answers, within one real second."""
        ...

    def enroll(self, roster: Roster, extra_accounts: Sequence[str], site: Site, *, password: str) -> None:
        """Create everybody's account, and some that follow nobody; raises HarnessError if the target refuses."""
        ...

    def status_request(self) -> Request:
        """Return the request that reads the public status page."""
        ...

    def incident(self, answer: Answer) -> bool | None:
        """Say whether that page shows an incident; none if the answer says nothing."""
        ...

    def stored(self, patient: int, site: Site) -> tuple[Reading, ...]:
        """Return every stored reading of a patient, doubles included; raises HarnessError if it cannot be asked."""
        ...

    def backlog(self, site: Site) -> int:
        """Return how many accepted readings wait to be stored; within one real second, for it is asked each second.

        Raises HarnessError if it does not say.
        """
        ...
