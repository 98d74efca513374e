"""Drives the phones: polls on their timetable, timers, pushes; hosts the app and records both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from deadair.fleet.agenda import round_us
from deadair.fleet.channels.poll import PollAlerts
from deadair.fleet.devices.device_driver import DeviceDriver
from deadair.fleet.phones.live_counts import Sight
from deadair.fleet.phones.phone import Handset, placed_us, rings, row_of, switch_on, tell
from deadair.fleet.runtime import Runtime, Scheduler
from deadair.history.rows import Kind
from deadair.injectors.fleet_orders import FleetOrder
from deadair.model.roster import Phone
from deadair.targets.app import (
    Answered,
    App,
    Effect,
    Event,
    Person,
    PollDue,
    Pushed,
    Send,
    SetTimer,
    ShowScreen,
    TimerFired,
    Unanswered,
)
from deadair.targets.request import Answer

OF_WHAT_RINGS = frozenset({"acknowledge", "snooze"})
"""What people do only while something rings on their phone."""

PhoneDue = tuple[Literal["poll", "timer"], int, int]
"""What is due, which phone's, and the round of a poll or the setting of a timer."""


class PhoneDriver:
    """All phones. A phone is switched on at its first poll or push, so that log-ins spread over a poll period."""

    def __init__(
        self,
        runtime: Runtime,
        app: App,
        uplink: DeviceDriver,
        *,
        begin_us: int,
        poll_alerts: PollAlerts | None = None,
    ) -> None:
        self._runtime = runtime
        self._poll_alerts = poll_alerts
        self._app = app
        self._uplink = uplink
        self._begin_us = begin_us
        self._phones = runtime.orders.roster.phones
        self._routes = {name: runtime.route(f"downlink[{name}]") for name in runtime.orders.roster.cohorts}
        self._handsets: dict[int, Handset] = {}
        self._settings: dict[int, int] = {}
        """By phone: how often its timer was set; an older setting that comes due is void."""
        self._visible_us: dict[int, int] = {}
        self._number_of = {phone.phone: number for number, phone in enumerate(self._phones)}
        self._clockwork: Scheduler[PhoneDue] = runtime.scheduler(runtime.stopping)

    def run(self) -> None:
        """Drive all phones until the process is to stop."""
        for number in range(len(self._phones)):
            self._plan_round(number, 0)
        for at_us, (what, number, round_) in self._clockwork.due():
            if what == "timer":
                if self._settings.get(number) == round_:
                    self._tell(number, TimerFired(), at_us)
                continue
            self._switch_on(number, at_us)
            self._tell(number, PollDue(), at_us)
            self._plan_round(number, round_ + 1)

    def push(self, phone: int, data: Mapping[str, str]) -> None:
        """Take a push from a link. One for a phone that is not there is lost."""
        number = self._number_of.get(phone)
        if number is not None and not self._runtime.stopping.is_set():
            now_us = self._runtime.clock.now_us()
            self._switch_on(number, now_us)
            self._tell(number, Pushed(data), now_us, push=data)

    def obey(self, order: FleetOrder) -> int:
        """Let the people who hold some phones do something; return how many did. Nothing of it waits."""
        return sum(self._act(self._number_of[phone], order) for phone in order.phones)

    def _act(self, number: int, order: FleetOrder) -> bool:
        runtime, phone = self._runtime, self._phones[number]
        now_us = runtime.clock.now_us()
        self._switch_on(number, now_us)
        if order.does in OF_WHAT_RINGS and not rings(self._handsets[number]):
            return False
        lasts_s = order.lasts_us // 1_000_000
        runtime.recorder.add(
            Kind.PERSON, at_us=now_us, phone=phone.phone, patient=phone.patient, detail=order.does, value=lasts_s
        )
        until_s = runtime.clock.to_wall_s(now_us + lasts_s * 1_000_000)
        opens = order.does == "open_app"
        self._tell(number, PollDue() if opens else Person(order.does, until_s), now_us)
        return True

    def sights(self) -> list[Sight]:
        """Return how every phone is now, in roster order."""
        return [self._sight(number, phone) for number, phone in enumerate(self._phones)]

    def _sight(self, number: int, phone: Phone) -> Sight:
        handset = self._handsets.get(number)
        if handset is None:
            return Sight(None, None, frozenset())
        paths = frozenset(path for what, path in handset.presenting if what != "low")
        return Sight(self._visible_us.get(number), self._shown_us(handset, phone), paths)

    def _shown_us(self, handset: Handset, phone: Phone) -> int | None:
        """Return when the reading on the screen was measured; none if there is none that the device made."""
        reading = handset.reading
        if reading is None or reading not in self._uplink.made[phone.patient]:
            return None
        return self._runtime.clock.of_wall_us(reading.measured_s)

    def _plan_round(self, number: int, round_: int) -> None:
        poll_every_us = self._runtime.orders.plan.poll_every_us
        at_us = round_us(self._begin_us, poll_every_us, self._phones[number].phase, round_)
        self._clockwork.add(at_us, ("poll", number, round_))

    def _now_s(self) -> float:
        return self._runtime.clock.to_wall_s(self._runtime.clock.now_us())

    def _switch_on(self, number: int, at_us: int) -> None:
        if number in self._handsets:
            return
        handset, effects = switch_on(
            self._app, self._phones[number], password=self._runtime.orders.password, now_s=self._now_s()
        )
        self._handsets[number] = handset
        self._carry_out(number, effects, at_us)

    def _tell(self, number: int, event: Event, at_us: int, *, push: Mapping[str, str] | None = None) -> None:
        handset, effects = tell(self._app, self._handsets[number], event, now_s=self._now_s())
        self._handsets[number] = handset
        self._carry_out(number, effects, at_us, push=push)

    def _carry_out(
        self, number: int, effects: tuple[Effect, ...], at_us: int, *, push: Mapping[str, str] | None = None
    ) -> None:
        """Do what the app wants done; a request is meant for the moment of the event that led to it."""
        runtime, phone = self._runtime, self._phones[number]
        now_us = runtime.clock.now_us()  # of all: what comes and goes in one step of the app was never there
        for effect in effects:
            row = row_of(effect, phone, clock=runtime.clock, push=push)
            if row is not None:
                runtime.recorder.add(row[0], at_us=now_us, **row[1])
            if isinstance(effect, Send):
                runtime.spawn(self._ask, number, effect, at_us)
            elif isinstance(effect, SetTimer):
                self._set_timer(number, effect)
            elif isinstance(effect, ShowScreen):
                shown_us = self._shown_us(self._handsets[number], phone)
                if shown_us is not None:
                    self._visible_us[number] = max(shown_us, self._visible_us.get(number, shown_us))

    def _set_timer(self, number: int, timer: SetTimer) -> None:
        self._settings[number] = self._settings.get(number, 0) + 1
        if timer.at_s is not None:
            # Never early: a float of Unix seconds is good to a quarter of a microsecond, and an app that is woken a
            # moment too soon sets the same timer again, for ever where time stands still meanwhile.
            at_us = placed_us(self._runtime.clock, timer.at_s) + math.ceil(self._runtime.clock.speed)
            self._clockwork.add(at_us, ("timer", number, self._settings[number]))

    def _ask(self, number: int, send: Send, intended_us: int) -> None:
        runtime, phone = self._runtime, self._phones[number]
        done = self._routes[phone.cohort].exchange(send.request)
        runtime.lag.note(intended_us, done)
        if send.poll:
            runtime.recorder.add(
                Kind.POLL,
                at_us=done.ended_us,
                intended_us=intended_us,
                sent_us=done.sent_us,
                outcome=_outcome(done.answer.status) if done.answer else done.lost,
                phone=phone.phone,
                patient=phone.patient,
                place=f"downlink[{phone.cohort}]",
            )
        event = Answered(send.tag, done.answer) if done.answer else Unanswered(send.tag)
        if not runtime.stopping.is_set():
            self._tell(number, event, done.ended_us)
            if send.poll and done.answer is not None:
                self._hear_alert(number, phone, done.answer)

    def _hear_alert(self, number: int, phone: Phone, answer: Answer) -> None:
        """Tell the app of an alert that is new in the answer to its poll."""
        if self._poll_alerts is None:
            return
        seen_us = self._visible_us.get(number, self._begin_us)
        blind = 0 < phone.no_data_after_us <= self._runtime.clock.now_us() - seen_us
        rings = any(what == "alarm" for what, _ in self._handsets[number].presenting)
        data = self._poll_alerts.heard(phone, answer, unalerted=blind and not rings)
        if data is not None:
            self._tell(number, Pushed(data), self._runtime.clock.now_us(), push=data)


def _outcome(status: int) -> str:
    return "ok" if 200 <= status < 300 else "fail"
