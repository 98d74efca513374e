"""What each client that reads goes through, flow by flow. Each returns "ok", or in words what came instead.

A flow has an account of its own, whose readings it knows; what the client shows is compared with them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.targets.request import Request
from tools.clients.driven_client import DrivenClient, NoAnswer, Value
from tools.clients.roster import ClientSpec, Starter
from tools.clients.sealed import demand_sealed
from tools.clients.served import Served, password_of

SESSION_LIFETIME_S = 3.0
"""How long sessions live in the service of the flow ``expiry``."""
STRIKE_LIMIT_S = 60.0
DAY_VALUES = 288
FLOOD_S = 20.0
SAVED_UP = 45
"""More reads than an account of the service can save up."""
LOG_INS_MAX = 2
"""How often a client may log in anew while its account is over its limit for ``FLOOD_S``."""
OK = "ok"
NOT_AGAIN = "it did not log in again"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one client goes through one flow."""

    spec: ClientSpec
    starter: Starter
    served: Served
    flow: str

    @property
    def account(self) -> str:
        """Return the name of the account that only this flow of this client uses."""
        return f"{self.spec.name}-{self.spec.version}-{self.flow}".replace(" ", "-").replace(".", "-")

    def filled(self, count: int) -> list[Value]:
        """Create the account, with so many readings; return them, newest first."""
        self.served.add(self.account)
        return self.served.fill(self.account, count, newest_age_s=self.spec.newest_age_s)

    @contextmanager
    def client(self, password: str | None = None, **more: str) -> Iterator[DrivenClient]:
        """Start the client, once it is sure that nothing can leave, and have it log in."""
        demand_sealed()
        with self.starter.start(self.spec) as client:
            client.open(self.account, password or password_of(self.account), more)
            yield client

    def shown(self, client: DrivenClient, newest: Value) -> str:
        """Have the client read until it shows this value; return "ok", or what it said last instead."""
        spec = self.spec
        return client.read_until(newest, limit_s=spec.patience_s, again_s=2.5, answer_limit_s=spec.answer_limit_s) or OK


def by_name(stage: Stage) -> str:
    """Its user gives it the account's name: it logs in by that, or asks for the account's id by it."""
    direct = stage.spec.name == "dexcom-share"
    return _logs_in(stage, "LoginPublisherAccountByName" if direct else "AuthenticatePublisherAccount")


def by_id(stage: Stage) -> str:
    """It logs in by the account's id, which its user gave it or which it has asked for."""
    return _logs_in(stage, "LoginPublisherAccountById")


def _logs_in(stage: Stage, call: str) -> str:
    known = stage.served.add(stage.account)
    values = stage.served.fill(stage.account, 2, newest_age_s=stage.spec.newest_age_s)
    more = {"id": known} if stage.flow == "by id" and stage.spec.version == "0.5.1" else {}
    with stage.client(**more) as client:
        shown = client.read()
        asked = [name for name, _ in client.asked]
    if call not in asked:
        return f"it asked {asked}"
    return _same(shown[:1], values[:1])


def latest(stage: Stage) -> str:
    """It reads the newest value; of the vendor's other regions too, if it knows them."""
    values = stage.filled(3)
    regions: tuple[str, ...] = {"0.5.1": ("us", "ous", "jp"), "0.3.2": ("us", "ous"), "1.0.8": ("us", "eu")}.get(
        stage.spec.version, ("",)
    )
    for server in regions:
        with stage.client(server=server) as client:
            if (came := _same(client.read()[:1], values[:1])) != OK:
                return came
    return OK


def history(stage: Stage) -> str:
    """It reads a whole day."""
    values = stage.filled(DAY_VALUES)
    with stage.client() as client:
        return _same(client.read(count=DAY_VALUES), values)


def limits(stage: Stage) -> str:
    """It asks for more than a day and more than 288 values, and gets what there is of a day."""
    values = stage.filled(DAY_VALUES + 12)
    with stage.client() as client:
        return _same(client.read(minutes=2880, count=576), values[:DAY_VALUES])


def wrong_password(stage: Stage) -> str:
    """It shows nothing and says so, or goes on trying; with the right password it works afterwards."""
    values = stage.filled(2)
    try:
        with stage.client("not the password") as client:
            shown = client.read(limit_s=5.0)
        return f"it showed {shown}"
    except NoAnswer:
        pass
    with stage.client() as client:
        return _same(client.read()[:1], values[:1])


def expiry(stage: Stage) -> str:
    """Its session ends by itself; it logs in again and shows the newest value."""
    return _session_ends(stage, lambda: threading.Event().wait(SESSION_LIFETIME_S + 0.5))


def revocation(stage: Stage) -> str:
    """All sessions of its account are ended; it logs in again and shows the newest value."""
    return _session_ends(stage, lambda: stage.served.revoke(stage.account))


def _session_ends(stage: Stage, end: Callable[[], object]) -> str:
    stage.filled(2)
    with stage.client() as client:
        client.read()
        end()
        newest = stage.served.add_reading(stage.account)
        end()
        came = stage.shown(client, newest)
        return came if client.log_ins() >= 2 else f"{NOT_AGAIN}: {came}"


def over_its_limit(stage: Stage) -> str:
    """Others read as its account without end: it is not driven into logging in, and shows the newest value."""
    stage.filled(2)
    flood_s = max(FLOOD_S, stage.spec.answer_limit_s)
    with stage.client() as client:
        client.read()
        with flooded(stage.served, stage.account):
            log_ins, asked, reads, shown = client.log_ins(), len(client.asked), 0, False
            newest = stage.served.add_reading(stage.account)
            deadline = Deadline.after(flood_s)
            while not deadline.passed():
                with suppress(NoAnswer):
                    shown |= newest in client.read(limit_s=min(stage.spec.answer_limit_s, max(0.1, deadline.left_s())))
                reads += 1
                threading.Event().wait(min(2.5, max(0.0, deadline.left_s())))
            log_ins, asked = client.log_ins() - log_ins, len(client.asked) - asked
        came = OK if shown else stage.shown(client, newest)
    figures = f"{asked * 60 / flood_s:.0f} requests and {log_ins * 60 / flood_s:.0f} log-ins a minute"
    if log_ins > LOG_INS_MAX + (reads if stage.spec.logs_in_each_read else 0):
        return f"it is driven into {figures}"
    if came != OK:
        return came
    return f"{OK}, {figures}, the newest value {'meanwhile' if shown else 'afterwards'}"


@contextmanager
def flooded(served: Served, name: str) -> Iterator[None]:
    """Read as this account as fast as it goes, so that it is over its limit."""
    stop, over = threading.Event(), threading.Event()
    session = served.session(name).session
    flood = threading.Thread(target=_read_on, args=(served, session, stop, over))
    flood.start()
    try:
        over.wait(30.0)
        yield
    finally:
        stop.set()
        flood.join(15.0)


def _read_on(served: Served, session: str, stop: threading.Event, over: threading.Event) -> None:
    path = f"/ShareWebServices/Services/Publisher/ReadPublisherLatestGlucoseValues?sessionId={session}&maxCount=1"
    reads = 0
    while not stop.is_set():
        with suppress(HarnessError):
            served.ask(Request(path, b"{}"))
        reads += 1
        if reads == SAVED_UP:
            over.set()


def kill(stage: Stage, strike: threading.Barrier) -> str:
    """A node is killed, while all clients have read once: each shows what is measured after that."""
    stage.filled(2)
    with stage.client() as client:
        client.read()
        strike.wait(STRIKE_LIMIT_S)
        newest = stage.served.add_reading(stage.account)
        return stage.shown(client, newest)


def _same(shown: list[Value], values: list[Value]) -> str:
    if shown == values:
        return OK
    return f"{len(shown)} values where {len(values)} were to come" if len(shown) != len(values) else "other values"


FLOWS: Mapping[str, Callable[[Stage], str]] = {
    "by name": by_name,
    "by id": by_id,
    "latest": latest,
    "history": history,
    "limits": limits,
    "wrong password": wrong_password,
    "expiry": expiry,
    "revocation": revocation,
    "429": over_its_limit,
}
