"""Drives the devices: measures on their timetable, hands in open loop, records both."""

from __future__ import annotations

import random
from typing import Literal

from deadair.fleet.agenda import jitter_us, round_us
from deadair.fleet.devices.device import (
    Errand,
    begin_try,
    end_try,
    errand,
    fresh_device,
    may_try,
    measure,
    refused,
    settle,
)
from deadair.fleet.devices.uploader_profile import PROFILES
from deadair.fleet.request_outcome import Exchange, again_us
from deadair.fleet.runtime import Runtime, Scheduler
from deadair.history.rows import Kind

DeviceDue = tuple[Literal["measure", "try"], int, int]
"""What is due, whose it is, and in which round."""


class DeviceDriver:
    """All devices. ``made[patient]`` is the device's own record: value by stamp."""

    def __init__(self, runtime: Runtime, *, begin_us: int) -> None:
        orders = runtime.orders
        self._runtime = runtime
        self._begin_us = begin_us
        self._uploader = orders.target.uploader()
        self._profile = PROFILES[orders.plan.device_profile]
        self._routes = {name: runtime.route(f"uplink[{name}]") for name in orders.roster.cohorts}
        seed = orders.plan.seed
        self._generators = [
            random.Random(f"device {seed} {device.patient}")  # noqa: S311 - to be drawn again, not a secret
            for device in orders.roster.devices
        ]
        self._devices = [fresh_device(generator, orders.plan.glucose) for generator in self._generators]
        self._missed: set[int] = set()
        self._clockwork: Scheduler[DeviceDue] = runtime.scheduler(runtime.stopping)
        self.made: dict[int, dict[int, int]] = {device.patient: {} for device in orders.roster.devices}

    def run(self) -> None:
        """Drive all devices until the process is to stop."""
        for number in range(len(self._devices)):
            self._plan_round(number, 0)
        for at_us, (what, number, round_) in self._clockwork.due():
            if what == "measure":
                self._measure(number, round_, at_us)
            elif self._devices[number].busy:
                self._missed.add(number)
            elif may_try(self._devices[number], now_us=self._runtime.clock.now_us()):
                self._devices[number] = begin_try(self._devices[number])
                self._runtime.spawn(self._hand_in, number, at_us)

    def _plan_round(self, number: int, round_: int) -> None:
        plan, device = self._runtime.orders.plan, self._runtime.orders.roster.devices[number]
        at_us = round_us(self._begin_us, plan.reading_every_us, device.phase, round_)
        self._clockwork.add(at_us, ("measure", number, round_))

    def _measure(self, number: int, round_: int, at_us: int) -> None:
        runtime, generator = self._runtime, self._generators[number]
        patient = runtime.orders.roster.devices[number].patient
        device = measure(
            self._devices[number],
            wall_s=runtime.clock.to_wall_s(at_us),
            generator=generator,
            queue_readings_max=self._uploader.queue_readings_max,
        )
        self._devices[number] = device
        self.made[patient][device.measured_s] = device.value_mg_dl
        runtime.recorder.add(
            Kind.MEASURED,
            at_us=at_us,
            patient=patient,
            measured_us=runtime.clock.of_wall_us(device.measured_s),
            value=device.value_mg_dl,
        )
        dawdle_us = jitter_us(generator, speed=runtime.clock.speed) if self._profile.dawdles else 0
        self._clockwork.add(at_us + dawdle_us, ("try", number, round_))
        self._plan_round(number, round_ + 1)

    def _hand_in(self, number: int, intended_us: int) -> None:
        """One try: log in if need be, then batch after batch, until nothing is left or the service refuses."""
        runtime, member = self._runtime, self._runtime.orders.roster.devices[number]
        over = False
        while not over and not runtime.stopping.is_set():
            todo = errand(
                self._devices[number], self._uploader, account=member.account, password=runtime.orders.password
            )
            if todo is None:
                break
            done = self._routes[member.cohort].exchange(todo.request)
            runtime.lag.note(intended_us, done)
            over = self._settle(number, todo, done, intended_us)
            intended_us = done.ended_us
        self._devices[number] = end_try(self._devices[number])
        if number in self._missed:
            self._missed.discard(number)
            self._clockwork.add(runtime.clock.now_us(), ("try", number, 0))

    def _settle(self, number: int, todo: Errand, done: Exchange, intended_us: int) -> bool:
        """Take in and record how an errand went; say whether the try is over."""
        later_us = self._later_us(number, done)
        if done.answer is None:
            self._record(number, todo, done, intended_us, done.lost or "info")
            self._devices[number] = refused(self._devices[number], later_us).device
            return True
        settled = settle(self._devices[number], todo, done.answer, self._uploader, again_us=later_us)
        self._devices[number] = settled.device
        self._record(number, todo, done, intended_us, "duplicate" if settled.duplicate else settled.outcome)
        if settled.again_us is not None and self._profile.back_off_us is None:
            self._clockwork.add(settled.again_us, ("try", number, 0))
        return settled.over

    def _later_us(self, number: int, done: Exchange) -> int | None:
        """Return the moment before which the device is not to try again if this exchange failed."""
        if self._profile.back_off_us is not None:
            return done.ended_us + self._profile.back_off_us
        later_us = again_us(done, speed=self._runtime.clock.speed)
        if later_us is None:
            return None
        return later_us + jitter_us(self._generators[number], speed=self._runtime.clock.speed)

    def _record(self, number: int, todo: Errand, done: Exchange, intended_us: int, outcome: str) -> None:
        acknowledged = outcome in ("ok", "duplicate")
        for reading in todo.readings if acknowledged else todo.readings[:1]:
            self._runtime.recorder.add(
                Kind.UPLOAD,
                at_us=done.ended_us,
                intended_us=intended_us,
                sent_us=done.sent_us,
                outcome="ok" if outcome == "duplicate" else outcome,
                patient=self._runtime.orders.roster.devices[number].patient,
                measured_us=self._runtime.clock.of_wall_us(reading.measured_s),
                value=reading.value_mg_dl,
                detail="duplicate" if outcome == "duplicate" else None,
            )
