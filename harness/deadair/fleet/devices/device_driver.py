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
    hand_over,
    may_try,
    refused,
    settle,
)
from deadair.fleet.devices.device_life import device_lives
from deadair.fleet.devices.device_round import device_round
from deadair.fleet.devices.uploader_profile import PROFILES
from deadair.fleet.request_outcome import Exchange, again_us
from deadair.fleet.runtime import Runtime, Scheduler
from deadair.history.rows import Kind
from deadair.model.reading import LEAST_GLUCOSE_MG_DL, Reading

SECOND_UPLOADER_WAITS_US = 30_000_000

DeviceDue = tuple[Literal["measure", "try"], int, int]
"""What is due, whose it is, and in which round."""


class DeviceDriver:
    """All devices. ``made[patient]`` is the device's own record: its readings, without a sensor's codes.

    A device's second uploader has a number of its own, behind those of all devices.
    """

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
        lives = orders.plan.lives
        self._lives = device_lives(
            len(self._devices), lives.shares, seed=seed, from_us=lives.from_us, until_us=lives.until_us
        )
        self._chances = [random.Random(f"habits {seed} {device.patient}") for device in orders.roster.devices]  # noqa: S311
        self._owners = [*orders.roster.devices]
        self._second: dict[int, int] = {}
        for number, life in enumerate(self._lives):
            if life.uploaders > 1:
                self._second[number] = len(self._devices)
                self._devices.append(self._devices[number])
                self._generators.append(random.Random(f"uploader {seed} {number}"))  # noqa: S311
                self._owners.append(orders.roster.devices[number])
        self._missed: set[int] = set()
        self._clockwork: Scheduler[DeviceDue] = runtime.scheduler(runtime.stopping)
        self.made: dict[int, set[Reading]] = {device.patient: set() for device in orders.roster.devices}

    def run(self) -> None:
        """Drive all devices until the process is to stop."""
        for number in range(len(self._lives)):
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
        runtime, before = self._runtime, self._devices[number]
        life, since_us = self._lives[number], at_us - self._begin_us
        done = device_round(
            before,
            life,
            since_us=since_us,
            wall_s=runtime.clock.to_wall_s(at_us),
            ripe_s=runtime.clock.to_wall_s(at_us - life.late_by_us(since_us)),
            generator=self._generators[number],
            chance=self._chances[number],
            queue_readings_max=self._uploader.queue_readings_max,
        )
        self._devices[number] = done.device
        patient = self._owners[number].patient
        for reading in done.made:
            if reading.value_mg_dl >= LEAST_GLUCOSE_MG_DL:
                self.made[patient].add(reading)
            runtime.recorder.add(
                Kind.MEASURED,
                at_us=at_us,
                patient=patient,
                measured_us=runtime.clock.of_wall_us(reading.measured_s),
                value=reading.value_mg_dl,
            )
        if done.withheld is not None:
            runtime.recorder.add(Kind.WITHHELD, at_us=at_us, patient=patient, detail=done.withheld)
        self._plan_try(number, round_, at_us)
        if number in self._second:
            new = tuple(reading for reading in done.device.pending if reading not in before.pending)
            self._pass_on(self._second[number], round_, at_us, new)
        self._plan_round(number, round_ + 1)

    def _plan_try(self, number: int, round_: int, at_us: int) -> None:
        generator, speed = self._generators[number], self._runtime.clock.speed
        dawdle_us = jitter_us(generator, speed=speed) if self._profile.dawdles else 0
        self._clockwork.add(at_us + dawdle_us, ("try", number, round_))

    def _pass_on(self, number: int, round_: int, at_us: int, readings: tuple[Reading, ...]) -> None:
        """Let the second uploader hand in the same, a little later."""
        most = self._uploader.queue_readings_max
        self._devices[number] = hand_over(self._devices[number], readings, queue_readings_max=most)
        self._plan_try(number, round_, at_us + SECOND_UPLOADER_WAITS_US)

    def _hand_in(self, number: int, intended_us: int) -> None:
        """One try: log in if need be, then batch after batch, until nothing is left or the service refuses."""
        runtime, member = self._runtime, self._owners[number]
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
                patient=self._owners[number].patient,
                measured_us=self._runtime.clock.of_wall_us(reading.measured_s),
                value=reading.value_mg_dl,
                detail="duplicate" if outcome == "duplicate" else None,
            )
