"""Counts alarms that were sent twice, from a run's history. Pure.

An **alarm** is one decision to alert one follower about one silence. The service believes a phone's silence to begin T
after the newest reading that the phone confirmed, which each push names; so pushes of one phone that name the same
reading are of one silence, and its n-th alarm can be made no earlier than (n - 1) · R after that onset. A push that the
provider accepts before that, when n - 1 alarms of the silence had been accepted, is a **repeat** of the last of them.

- A repeat is *allowed*, as the documented at-least-once, if the notifier was killed within a real second of the
  acceptance before: it may not have heard of it, or not have written it down. One kill allows one repeat of an alarm,
  since it lies between the two; one that comes later than that allows none.
- Any other repeat is an alarm **doubled** by the service.
- A repeat, allowed or not, that a phone presents though it presented that alarm before **rang twice**: at-least-once
  ends at the phone.

What became of a push at its phone is read off the phone's own rows: its n-th PUSH row is of the n-th accepted message,
and one that it held was presented once the phone rings by the service's push before the next one comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.judging.stored_run import StoredRun

SERVICE_PUSH = "service_push"
NO_DATA, URGENT_LOW = "no_data", "urgent_low"
PRESENTED, HELD = "presented", "held"
NOTIFIER = "notifier"
WRITTEN_REAL_S = 1.0
"""The notifier's patience with the provider, at this speed; what was taken is written down when the answer comes."""
SLACK_US = 5_000_000
"""Two processes write down one moment, and a message is on its way for a moment; in real-life time, 0.2 real s."""


@dataclass(frozen=True, slots=True)
class Push:
    """A message that the provider took for a phone, and what became of it there; empty if that is not known."""

    at_us: int
    phone: int
    kind: str
    measured_us: int | None
    fate: str = ""


class Death(NamedTuple):
    """A kill of the notifier: sometime from one moment to the other."""

    from_us: int
    until_us: int

    def allows(self, before: Push, repeat: Push, written_us: int) -> bool:
        """Say whether it allows a repeat of what was taken before. ``written_us``: how long writing down may take."""
        # What a notifier sent before it died may still be on its way to the provider.
        latest_us = min(repeat.at_us, before.at_us + written_us)
        return self.until_us >= before.at_us - SLACK_US and self.from_us <= latest_us


@dataclass(frozen=True, slots=True)
class Repeat:
    """A push of an alarm that had been accepted before."""

    push: Push
    first_us: int
    allowed: bool
    rang_twice: bool

    def __str__(self) -> str:
        """Say it in a line."""
        after_s = (self.push.at_us - self.first_us) / 1e6
        what = f"phone {self.push.phone}, accepted at {self.push.at_us / 1e6:.1f} s, again after {after_s:.1f} s"
        return f"{what}{', rang twice' if self.rang_twice else ''}"


@dataclass(frozen=True, slots=True)
class Alarms:
    """All alarms of a run that were accepted, each once, and every repeat of one."""

    count: int = 0
    repeats: tuple[Repeat, ...] = ()

    @property
    def doubled(self) -> tuple[Repeat, ...]:
        """Return the repeats that nothing allowed."""
        return tuple(repeat for repeat in self.repeats if not repeat.allowed)

    @property
    def rang_twice(self) -> tuple[Repeat, ...]:
        """Return the repeats that a phone presented anew."""
        return tuple(repeat for repeat in self.repeats if repeat.rang_twice)


def alarms_of(run: StoredRun, *, realarm_us: int) -> Alarms:
    """Return the alarms of a run. ``realarm_us``: R, in real-life time."""
    delay_us = {phone.phone: phone.no_data_after_us for phone in (run.roster.phones if run.roster else ())}
    silences: dict[tuple[int, int | None], list[Push]] = defaultdict(list)
    for push in pushes(run.history):
        if push.kind == NO_DATA:
            silences[push.phone, push.measured_us].append(push)
    written_us = round(WRITTEN_REAL_S * run.scenario.speed * 1e6)
    found = [
        _silence(pushed, delay_us.get(phone, 0), realarm_us, tuple(deaths(run)), written_us)
        for (phone, _), pushed in silences.items()
    ]
    return Alarms(sum(one.count for one in found), tuple(repeat for one in found for repeat in one.repeats))


def deaths(run: StoredRun) -> Iterator[Death]:
    """Yield when the notifier was killed."""
    for fault_id, entry in run.scenario.faults():
        course = run.courses.get(fault_id)
        if str(entry.where) == NOTIFIER and course is not None and course.begin_us is not None:
            yield Death(course.begin_us, course.begin_us if course.begun_us is None else course.begun_us)


def pushes(history: History) -> Iterator[Push]:
    """Yield the service's pushes to followers as the provider took them, each with its fate."""
    fates: dict[int, list[str]] = defaultdict(list)
    for kind, phone, path, detail in history.each(Kind.PUSH, Kind.ALARM, columns=["kind", "phone", "path", "detail"]):
        if path == SERVICE_PUSH and kind == Kind.PUSH:
            fates[phone].append(detail)
        elif path == SERVICE_PUSH and fates[phone][-1:] == [HELD]:
            fates[phone][-1] = PRESENTED
    seen: dict[int, int] = defaultdict(int)
    columns = ["at_us", "phone", "outcome", "detail", "measured_us"]
    for at_us, phone, outcome, kind, measured_us in history.each(Kind.ACCEPTED, columns=columns):
        if outcome != "ok" or phone is None or kind not in (NO_DATA, URGENT_LOW):
            continue
        number = seen[phone]
        seen[phone] += 1
        push = Push(at_us, phone, kind, measured_us)
        yield replace(push, fate=fates[phone][number]) if number < len(fates[phone]) else push


def _silence(
    pushed: Sequence[Push], delay_us: int, realarm_us: int, killed: Iterable[Death], written_us: int
) -> Alarms:
    """Tell alarms and their repeats apart, of one silence's pushes in order."""
    # Of a phone that never confirmed anything nobody here knows the onset; it was no later than the first alarm.
    measured_us = pushed[0].measured_us
    onset_us = pushed[0].at_us if measured_us is None else measured_us + delay_us
    alarms: list[list[Push]] = []
    repeats = []
    for push in pushed:
        if not alarms or push.at_us + SLACK_US >= onset_us + len(alarms) * realarm_us:
            alarms.append([push])
            continue
        alarm = alarms[-1]
        allowed = any(one.allows(alarm[-1], push, written_us) for one in killed)
        before = any(copy.fate == PRESENTED for copy in alarm)
        repeats.append(Repeat(push, alarm[0].at_us, allowed, before and push.fate == PRESENTED))
        alarm.append(push)
    return Alarms(len(alarms), tuple(repeats))
