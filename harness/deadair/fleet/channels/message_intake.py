"""What every channel hands its messages to: they are refused, or written down and sent on to their phones.

As a real provider it takes a message before the phone has it: a link that is frozen holds it back.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from functools import partial

from deadair.fleet.channels.alert_message import AlertMessage, NobodyError, PhoneBook
from deadair.fleet.channels.pending_pushes import KEPT_S, PhonePush
from deadair.fleet.channels.provider_desk import Act, ProviderDesk
from deadair.fleet.channels.push_links import PushLinks
from deadair.fleet.phones.phone import placed_us
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.injectors.provider_orders import ProviderOrder
from deadair.model.clock import RunClock

SaidColumns = Mapping[str, int | str | None]
"""Columns of a history that tell what a message speaks of."""


class MessageIntake:
    """One for all channels of a run. ``desk``: what faults want of the provider."""

    def __init__(self, recorder: Recorder, links: PushLinks, phone_book: PhoneBook) -> None:
        self.desk = ProviderDesk(lambda: recorder.clock.now_us() / 1e6, self._later)
        self._recorder = recorder
        self._links = links
        self._phone_book = phone_book

    @property
    def clock(self) -> RunClock:
        """The run's clock."""
        return self._recorder.clock

    def refusal(self, message: AlertMessage) -> ProviderOrder | None:
        """Return how a message is refused, and count it; none if it may be taken."""
        try:
            cohorts = {phone.cohort for phone in self._phone_book.meant(message)} if message.kind != "other" else set()
        except NobodyError:
            cohorts = set()
        return self.desk.refusal(cohorts)

    def refusal_raw(self, token: str | None) -> ProviderOrder | None:
        """Return the same of a message that the target's own app reads, to a token or to no phone."""
        found = None if token is None else self._links.phone_of(token)
        return self.desk.refusal(() if found is None else (found[0],))

    def retry_after_s(self, order: ProviderOrder) -> int | None:
        """Return the whole real seconds that a sender is asked to wait; none if it is not."""
        return math.ceil(order.retry_after_s / self.clock.speed) if order.retry_after_s else None

    def note_refused(self, code: str) -> None:
        """Write down that a message was not taken, and why."""
        self._recorder.add(Kind.ACCEPTED, outcome="fail", detail=code)

    def take_raw(
        self, token: str | None, push: PhonePush, *, patient: int | None = None, path: str | None, said: SaidColumns
    ) -> bool:
        """Take a message that the target's own app reads; false if nobody has its token. Without a token it is for
        no phone. ``patient``: of whom it speaks, if that is known."""
        # The moment before it is sent: a phone may present it before the row is written.
        taken_us = self.clock.now_us()
        found = None if token is None else self._links.phone_of(token)
        if token is not None and found is None:
            return False
        phones: tuple[int | None, ...] = (None,)
        if found is not None:
            phones = follows = self._phone_book.on_handset(found[1], patient)
            self.desk.take(found[0], partial(self._send, found[0], follows, push))
        for number in phones:
            self._recorder.add(Kind.ACCEPTED, at_us=taken_us, phone=number, path=path, outcome="ok", **said)
        return True

    def _send(self, cohort: str, follows: Sequence[int], push: PhonePush) -> None:
        for phone in follows:
            self._links.send(cohort, phone, push)

    def take(
        self,
        message: AlertMessage,
        *,
        cohort: str | None = None,
        ttl_s: float = KEPT_S,
        collapse_key: str | None = None,
    ) -> None:
        """Take a message, for every phone that it is for. Raises NobodyError if it is for nobody.

        ``cohort``: it came over a connection of theirs, so that no others heard it. For how long it is kept for a phone
        that cannot be reached, and what it overtakes then, is ``PhonePush``'s.
        What is neither alarm nor notice nor all-clear concerns nobody: it is only written down.
        """
        taken_us = self.clock.now_us()
        measured_us = None if message.measured_s is None else placed_us(self.clock, message.measured_s)
        said: SaidColumns = {"path": message.path, "detail": message.kind, "measured_us": measured_us}
        if message.contradicts:
            self._recorder.add(Kind.TROUBLE, at_us=taken_us, detail=message.contradiction)
        if message.kind == "other":
            self._recorder.add(Kind.ACCEPTED, at_us=taken_us, outcome="ok", **said)
            return
        taken_s = self.clock.to_wall_s(taken_us)
        for phone in self._phone_book.meant(message):
            if cohort not in (None, phone.cohort):
                continue
            data = {"path": message.path or "", "kind": message.kind, "patient": f"device-{phone.patient}"}
            if message.measured_s is not None:
                data["measured_s"] = repr(message.measured_s)
            push = PhonePush({**data, "taken_s": repr(taken_s)}, ttl_s, collapse_key)
            self.desk.take(phone.cohort, partial(self._links.send, phone.cohort, phone.phone, push))
            self._recorder.add(Kind.ACCEPTED, at_us=taken_us, phone=phone.phone, outcome="ok", **said)

    def _later(self, for_s: float, act: Act) -> None:
        asyncio.get_running_loop().call_later(for_s / self.clock.speed, act)
