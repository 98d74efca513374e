"""A device: measures, keeps what nobody acknowledged, hands it in. Pure: knows no network and no clock."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import LOG_IN_REQUESTS_MAX
from deadair.targets.adapters.uploader import Uploader
from deadair.targets.request import Answer, Request

Glucose = Literal["usual", "low"]
FIRST_MG_DL: Mapping[Glucose, tuple[int, int]] = {"usual": (90, 180), "low": (43, 52)}
LOWEST_MG_DL = 40
HIGHEST_MG_DL: Mapping[Glucose, int] = {"usual": 400, "low": 55}
STEP_MG_DL = 4
SENSOR_CODES = (1, 3, 5, 6, 9, 10, 12)
"""What Dexcom's sensors say instead of a value, such as that they are not calibrated."""
RECENT_READINGS = 4
CORRECTED_BY_MG_DL = 20
SESSION_REDOS = 1
"""How often a try opens a lost session again: a service that then refuses that too is not asked for ever."""
REMEDIES_PER_TRY = 2


class DeviceState(NamedTuple):
    """One device's state. ``pending``: readings that nobody acknowledged, oldest first."""

    value_mg_dl: int
    glucose: Glucose = "usual"
    measured_s: int = -1
    pending: tuple[Reading, ...] = ()
    held: tuple[Reading, ...] = ()
    """What it has measured and keeps back, oldest first."""
    recent: tuple[Reading, ...] = ()
    """What it has measured lately and may correct, oldest first."""
    session: str | None = None
    """What its log-in has opened so far; none: nothing."""
    busy: bool = False
    """An errand is under way."""
    redos_left: int = SESSION_REDOS
    log_ins_left: int = LOG_IN_REQUESTS_MAX
    remedies_left: int = REMEDIES_PER_TRY
    remedy: Request | None = None
    """What is to be sent before the refused upload is tried again."""
    not_before_us: int = -(1 << 62)
    """The service asked not to be called before this moment, or the device itself waits so long."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One request a device wants to make; ``readings`` are those it uploads, none for anything else."""

    what: Literal["login", "remedy", "upload"]
    client: Client
    request: Request
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """How an errand ended. ``over``: the try ends here; ``again_us``: when to begin another, if that is known."""

    device: DeviceState
    outcome: Literal["ok", "fail"]
    duplicate: bool = False
    over: bool = False
    again_us: int | None = None


def fresh_device(generator: random.Random, glucose: Glucose = "usual") -> DeviceState:
    """Return a device that has measured nothing yet."""
    return DeviceState(generator.randint(*FIRST_MG_DL[glucose]), glucose)


def measure(device: DeviceState, *, wall_s: float, generator: random.Random, queue_readings_max: int) -> DeviceState:
    """Return the device with one reading more, the newest of ``pending``.

    The stamp is the whole second; two readings never share one. What no longer fits is lost, oldest first.
    """
    stamp_s = max(math.floor(wall_s), device.measured_s + 1)
    walked = device.value_mg_dl + generator.randint(-STEP_MG_DL, STEP_MG_DL)
    value = min(HIGHEST_MG_DL[device.glucose], max(LOWEST_MG_DL, walked))
    pending = (*device.pending, Reading(stamp_s, value))[-queue_readings_max:]
    return device._replace(value_mg_dl=value, measured_s=stamp_s, pending=pending)


def hold(device: DeviceState) -> DeviceState:
    """Return the device with its newest reading kept back."""
    return device._replace(pending=device.pending[:-1], held=(*device.held, device.pending[-1]))


def hand_over(device: DeviceState, readings: tuple[Reading, ...], *, queue_readings_max: int) -> DeviceState:
    """Return the device with these to be handed in, too, oldest first; of one moment the newest value."""
    again = {reading.measured_s for reading in readings}
    kept = (reading for reading in device.pending if reading.measured_s not in again)
    return device._replace(pending=tuple(sorted((*kept, *readings)))[-queue_readings_max:])


def release(device: DeviceState, *, until_s: float, queue_readings_max: int) -> DeviceState:
    """Return the device with what it kept back and measured by then to be handed in."""
    ripe = tuple(reading for reading in device.held if reading.measured_s <= until_s)
    return hand_over(device._replace(held=device.held[len(ripe) :]), ripe, queue_readings_max=queue_readings_max)


def code_instead(device: DeviceState, *, generator: random.Random) -> DeviceState:
    """Return the device with a sensor's code in place of its newest reading."""
    code = Reading(device.measured_s, generator.choice(SENSOR_CODES))
    return device._replace(pending=(*device.pending[:-1], code))


def remember(device: DeviceState) -> DeviceState:
    """Return the device with its newest reading among those that it may correct."""
    return device._replace(recent=(*device.recent, device.pending[-1])[-RECENT_READINGS:])


def corrected(device: DeviceState, *, generator: random.Random) -> Reading | None:
    """Return one of its recent readings with another value; none if there is none that it has handed over for good."""
    held = {reading.measured_s for reading in device.held}
    settled = [reading for reading in device.recent[:-1] if reading.measured_s not in held]
    if not settled:
        return None
    measured_s, value = generator.choice(settled)
    low = value <= HIGHEST_MG_DL["low"]
    least, most = (LOWEST_MG_DL, HIGHEST_MG_DL["low"]) if low else (HIGHEST_MG_DL["low"] + 1, HIGHEST_MG_DL["usual"])
    nearby = range(max(least, value - CORRECTED_BY_MG_DL), min(most, value + CORRECTED_BY_MG_DL) + 1)
    return Reading(measured_s, generator.choice([other for other in nearby if other != value]))


def may_try(device: DeviceState, *, now_us: int) -> bool:
    """Say whether a try may begin: something to hand in, nothing under way, not asked to wait."""
    return bool(device.pending) and not device.busy and now_us >= device.not_before_us


def begin_try(device: DeviceState) -> DeviceState:
    """Return the device at the start of a try; it ends with ``end_try``."""
    return device._replace(
        busy=True,
        redos_left=SESSION_REDOS,
        log_ins_left=LOG_IN_REQUESTS_MAX,
        remedies_left=REMEDIES_PER_TRY,
        remedy=None,
    )


def end_try(device: DeviceState) -> DeviceState:
    """Return the device at rest."""
    return device._replace(busy=False)


def errand(device: DeviceState, uploader: Uploader, *, account: str, password: str) -> Errand | None:
    """Return the next request of a try, none if nothing is left to do in it. Oldest readings first."""
    if not device.pending:
        return None
    client = device_client(account, password, device.session)
    login = uploader.login(client)
    if login is not None:
        return Errand("login", client, login)
    if device.remedy is not None:
        return Errand("remedy", client, device.remedy)
    batch = device.pending[: uploader.batch_readings_max]
    return Errand("upload", client, uploader.upload(client, batch), batch)


def settle(device: DeviceState, done: Errand, answer: Answer, uploader: Uploader, *, again_us: int | None) -> Settled:
    """Take the answer to an errand. A refusal keeps the readings and ends the try.

    ``again_us`` is the moment before which it is not to try again if this one fails.
    """
    device = device._replace(remedy=None)
    if done.what == "login":
        device = device._replace(session=uploader.session(done.client, answer), log_ins_left=device.log_ins_left - 1)
        opened = device.session is not None and device.log_ins_left > 0
        return Settled(device, "ok") if opened else refused(device._replace(session=None), again_us)
    outcome = uploader.outcome(answer)
    if outcome == "login":
        device = device._replace(session=None, redos_left=device.redos_left - 1)
        return Settled(device, "fail") if device.redos_left >= 0 else refused(device, again_us)
    if outcome == "fail":
        remedy = uploader.remedy(done.client, answer) if device.remedies_left else None
        if remedy is None:
            return refused(device, again_us)
        return Settled(device._replace(remedy=remedy, remedies_left=device.remedies_left - 1), "fail")
    handed_in = set(done.readings)
    kept = tuple(reading for reading in device.pending if reading not in handed_in)
    return Settled(device._replace(pending=kept), "ok", duplicate=outcome == "duplicate")


def refused(device: DeviceState, again_us: int | None) -> Settled:
    """Return how an errand ends that was refused, or never answered."""
    if again_us is None:
        return Settled(device, "fail", over=True)
    return Settled(device._replace(not_before_us=again_us), "fail", over=True, again_us=again_us)
