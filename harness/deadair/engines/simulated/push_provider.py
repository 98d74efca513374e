"""The push provider and its links to the phones in virtual time: FCM's words in front, a cohort's link behind.

As the real one it says 200 when it has *taken* a message, which is no promise that a phone hears it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from deadair.engines.simulated.link_pings import Pings
from deadair.engines.simulated.network import Network
from deadair.engines.simulated.virtual_clock import VirtualClock
from deadair.fleet.channels.alert_message import PhoneBook
from deadair.fleet.channels.fcm import (
    BODY_BYTES_MAX,
    Refusal,
    about,
    invalid,
    read_message,
    taken,
    unavailable,
    unregistered,
)
from deadair.fleet.channels.provider_desk import Act, ProviderDesk
from deadair.fleet.phones.phone import DOWN_AFTER_S, PING_EVERY_S
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import ProviderOrder, Told
from deadair.model.alert_path import pushed
from deadair.model.roster import Roster
from deadair.targets.alerts.channel_spec import first_patient_of
from deadair.targets.target import Target

DeliverPush = Callable[[int, Mapping[str, str]], None]


class SimulatedPush:
    """An ASGI application that hands messages to ``deliver``, over the phones' links."""

    def __init__(
        self,
        roster: Roster,
        recorder: Recorder,
        clock: VirtualClock,
        network: Network,
        target: Target,
    ) -> None:
        self.deliver: DeliverPush = _nobody
        self._recorder = recorder
        self._clock = clock
        self._network = network
        self._alert_paths = pushed(target.alert_paths)
        self._phone_of = {phone.token: phone for phone in roster.phones if phone.handset is None}
        self._phone_book, self._first_patient = PhoneBook(roster), first_patient_of(target.channels)
        for cohort in roster.cohorts:
            # What the provider has taken it keeps for a phone that it cannot reach; the app knows what is overtaken.
            down = network.link(f"last_mile[{cohort}]").down
            down.forgotten_after_s, down.in_order = None, True
        self._frozen: dict[str, int] = {}
        """By link: how often it was frozen, so that an old look at it is void."""
        self._down: set[str] = set()
        self._taken = 0
        self._desk = ProviderDesk(lambda: clock.now_us() / 1e6, self._later)
        self._orders: dict[str, ProviderOrder] = {}

    def order(self, fault_id: str, order: ProviderOrder) -> None:
        """Do what a fault wants from now on."""
        self._orders[fault_id] = order
        self._desk.obey(self._orders)

    def withdraw(self, fault_id: str) -> None:
        """Do so no more."""
        self._orders.pop(fault_id, None)
        self._desk.obey(self._orders)

    def told(self) -> Told:
        """Return what is obeyed, and what was done so far."""
        return self._desk.told()

    def begin(self, fleet: Recorder, roster: Roster, deliver: DeliverPush) -> None:
        """Let the phones be there: their links are up from now on, and they ping."""
        self.deliver = deliver
        self._fleet = fleet
        for cohort in roster.cohorts:
            place = f"last_mile[{cohort}]"
            self._network.link(place).pings = Pings(self._clock.loop.now_s, every_s=PING_EVERY_S)
            fleet.add(Kind.LINK, place=place, detail="up")

    async def __call__(self, scope: Mapping[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        """Answer ``messages:send``."""
        message = await receive()
        headers = [(b"content-type", b"application/json")]
        try:
            status, body = 200, self._answer(scope["path"], message["body"])
        except Refusal as refusal:
            self._recorder.add(Kind.ACCEPTED, outcome="fail", detail=refusal.error_code)
            status, body = refusal.http_status, refusal.body
            if refusal.retry_after_s is not None:
                headers.append((b"retry-after", b"%d" % refusal.retry_after_s))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def link_changed(self, place: str, frozen: bool) -> None:
        """Hear that a link was frozen or flows again; the phones notice a frozen one after a while."""
        if not place.startswith("last_mile["):
            return
        self._frozen[place] = count = self._frozen.get(place, 0) + 1
        if frozen:
            self._clock.loop.call_later(DOWN_AFTER_S, self._notice, place, count)
        elif place in self._down:
            self._down.discard(place)
            self._fleet.add(Kind.LINK, place=place, detail="up")

    def _notice(self, place: str, count: int) -> None:
        if self._frozen[place] == count:
            self._down.add(place)
            self._fleet.add(Kind.LINK, place=place, detail="down")

    def _answer(self, path: str, body: bytes) -> bytes:
        if len(body) > BODY_BYTES_MAX:
            raise invalid(f"Request too large: it may have {BODY_BYTES_MAX} bytes.", http_status=413)
        return self._take(body, path.split("/")[3])

    def _take(self, body: bytes, project: str) -> bytes:
        message = read_message(body)
        phone = self._phone_of.get(message.token)
        refusal = self._desk.refusal(() if phone is None else (phone.cohort,))
        if refusal is not None:
            raise unavailable(refusal.status, retry_after_s=refusal.retry_after_s / self._clock.speed)
        if phone is None and not message.topic:
            raise unregistered()
        self._taken += 1
        now_us, path = self._clock.now_us(), message.alert_path(self._alert_paths)
        said = about(message, self._recorder.clock)
        if phone is None:
            self._recorder.add(Kind.ACCEPTED, at_us=now_us, path=path, outcome="ok", **said)
            return taken(project, self._taken)
        follows = self._phone_book.on_handset(phone.phone, message.patient(self._first_patient))
        for number in follows:
            self._recorder.add(Kind.ACCEPTED, at_us=now_us, phone=number, path=path, outcome="ok", **said)
        self._desk.take(phone.cohort, partial(self._carry, phone.cohort, follows, message.data))
        return taken(project, self._taken)

    def _carry(self, cohort: str, follows: tuple[int, ...], data: Mapping[str, str]) -> None:
        wire = self._network.link(f"last_mile[{cohort}]").down
        for number in follows:
            wire.carry(len(json.dumps(data)), self._hand_over, number, data)

    def _later(self, for_s: float, act: Act) -> None:
        self._clock.loop.call_later(for_s / self._clock.speed, act)

    def _hand_over(self, phone: int, data: Mapping[str, str]) -> bool:
        self.deliver(phone, data)
        return True


def _nobody(phone: int, data: Mapping[str, str]) -> None:
    """Be a phone that is not there yet: what is sent to it is lost."""
