"""What must sometimes happen while one explores: rare turns that a search which never met them has not tried.

Each is counted from the evidence of a night, by what phones, fleet and faults did: nothing of a service is asked. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from deadair.explore.device_turns import blind_by_codes, blind_by_lateness, blind_in_gap, corrected
from deadair.explore.envelope import Envelope
from deadair.explore.follow_turns import both_children, one_phone_sees
from deadair.explore.looked import Looked
from deadair.explore.people_turns import acknowledged, let_in_again, silence_after, snoozed
from deadair.history.rows import Kind
from deadair.rules.evidence import MINUTE_US, SECOND_US
from deadair.rules.fault_window import DELAYS, DOUBLES, SWALLOWS

BACKLOG_READINGS = 100
AT_ONCE = 3
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Sometimes:
    """One such turn. ``needs``: kinds of faults, ``kind place`` or a kind, what people do, or what devices do, without
    one of which it cannot come."""

    name: str
    what: str
    count: Callable[[Looked], int]
    needs: tuple[str, ...] = ()

    def to_be_expected(self, envelope: Envelope) -> bool:
        """Say whether an envelope lets it happen."""
        there = {each.kind for each in envelope.faults.kinds}
        there |= set() if envelope.people is None else set(envelope.people.does)
        there |= set(envelope.fleet.devices_with.shares)
        there |= {f"{each.kind} {place}" for each in envelope.faults.kinds for place in each.where}
        if envelope.fleet.follows is not None:
            there |= {name for name in ("second_patients", "second_phones") if getattr(envelope.fleet.follows, name)}
        return not self.needs or bool(there & set(self.needs))


def met(looked: Looked) -> dict[str, int]:
    """Return how often each of them happened in a night."""
    return {each.name: each.count(looked) for each in SOMETIMES}


def _second_silence(looked: Looked) -> int:
    phones = [silence.phone.phone for silence in looked.silences]
    return len(phones) - len(set(phones))


def _backlog(looked: Looked) -> int:
    rows = looked.evidence.history.each(Kind.BACKLOG, columns=["value"])
    over = [value is not None and value > BACKLOG_READINGS for (value,) in rows]
    return sum(now and not before for before, now in pairwise([False, *over]))


def _onsets_while(looked: Looked, kind: str, place: str) -> int:
    """Count the onsets while a fault of a kind was there at a place."""
    return sum(
        window.touches(silence.onset_us, silence.onset_us)
        for _, window in looked.of(kind, place)
        for silence in looked.silences
    )


def _timer_due_at_restart(looked: Looked) -> int:
    return _onsets_while(looked, "kill", "watchdog")


def _timer_due_while_hanging(looked: Looked) -> int:
    return _onsets_while(looked, "pause", "watchdog")


def _cut_off_at_onset(looked: Looked) -> int:
    return sum(
        window.cuts_off(silence.phone) and window.touches(silence.onset_us, silence.onset_us)
        for _, window in looked.of("partition", "last_mile")
        for silence in looked.silences
    )


def _refused_with(looked: Looked, *, too_many: bool) -> int:
    """Count refused messages while the provider said too many, or anything else."""
    refused = looked.moments(Kind.ACCEPTED, outcome="fail")
    return sum(
        window.begin_us <= at_us <= looked.ended_us(window)
        for entry, window in looked.of("refuse")
        if (getattr(entry.fault, "status", None) == TOO_MANY) == too_many
        for at_us in refused
    )


def _alert_during_429(looked: Looked) -> int:
    return _refused_with(looked, too_many=True)


def _alert_during_outage(looked: Looked) -> int:
    return _refused_with(looked, too_many=False)


def _taken_while(looked: Looked, kind: str) -> int:
    """Count the messages for phones that a fault of the provider struck once they were taken."""
    rows = list(looked.evidence.history.each(Kind.ACCEPTED, columns=["at_us", "phone", "outcome"]))
    phones = {phone.phone: phone for phone in looked.evidence.roster.phones}
    return sum(
        outcome == "ok" and phone in phones and window.strikes(phones[phone]) and window.touches(at_us, at_us)
        for _, window in looked.of(kind)
        for at_us, phone, outcome in rows
    )


def _swallowed(looked: Looked) -> int:
    return _taken_while(looked, SWALLOWS)


def _delayed(looked: Looked) -> int:
    return _taken_while(looked, DELAYS)


def _doubled(looked: Looked) -> int:
    return _taken_while(looked, DOUBLES)


def _pushes(looked: Looked, word: str) -> int:
    return len(looked.moments(Kind.PUSH, detail=word))


def _overtaken(looked: Looked) -> int:
    return _pushes(looked, "overtaken")


def _held(looked: Looked) -> int:
    return _pushes(looked, "held")


def _short_silence(looked: Looked) -> int:
    return sum(silence.until_us is not None and silence.until_us < silence.limit_us for silence in looked.silences)


def _notifier_dies_with_a_push(looked: Looked) -> int:
    taken = looked.moments(Kind.ACCEPTED, outcome="ok")
    near_us = int(SECOND_US * looked.scenario.speed)
    return sum(
        abs(at_us - window.begin_us) <= near_us for _, window in looked.of("kill", "notifier") for at_us in taken
    )


def _notice(looked: Looked) -> int:
    return len(looked.moments(Kind.NOTICE))


def _incident(looked: Looked) -> int:
    shown = [said == "incident" for _, said in looked.evidence.history.each(Kind.STATUS, columns=["at_us", "detail"])]
    return sum(before and not now for before, now in pairwise(shown))


def _old_reading(looked: Looked) -> int:
    rows = looked.evidence.history.each(Kind.UPLOAD, columns=["at_us", "measured_us", "outcome"])
    return sum(outcome == "ok" and at_us - measured_us > 10 * MINUTE_US for at_us, measured_us, outcome in rows)


def _handed_in_twice(looked: Looked) -> int:
    return len(looked.moments(Kind.UPLOAD, detail="duplicate"))


def _shed(looked: Looked) -> int:
    """Count polls without a good answer in an overload, where nothing else was broken meanwhile."""
    polls = looked.moments(Kind.POLL, outcome="fail") + looked.moments(Kind.POLL, outcome="info")
    windows = [
        (window.begin_us, looked.ended_us(window))
        for _, window in looked.of("overload")
        if sum(other.touches(window.begin_us, looked.ended_us(window)) for _, other in looked.faults) == 1
    ]
    return sum(begin_us <= at_us <= end_us for begin_us, end_us in windows for at_us in polls)


def _everybody_blind(looked: Looked) -> int:
    steps = [(silence.onset_us, 1) for silence in looked.silences]
    steps += [(silence.until_us, -1) for silence in looked.silences if silence.until_us is not None]
    blind, phones, found = 0, len(looked.evidence.phones), 0
    for _, step in sorted(steps):
        blind += step
        found += step > 0 and blind == phones > 1
    return found


def _at_once(looked: Looked) -> int:
    return sum(
        sum(other.touches(window.begin_us, window.begin_us) for _, other in looked.faults) >= AT_ONCE
        for _, window in looked.faults
    )


def _low_before_silence(looked: Looked) -> int:
    rows = list(looked.evidence.history.each(Kind.LOW, columns=["at_us", "phone"]))
    return sum(
        any(phone == silence.phone.phone and at_us < silence.onset_us for at_us, phone in rows)
        for silence in looked.silences
    )


SOMETIMES: tuple[Sometimes, ...] = (
    Sometimes("second silence", "a phone goes blind a second time in a night", _second_silence),
    Sometimes("short silence", "a silence ends before its limit", _short_silence),
    Sometimes("everybody blind", "all phones are blind at once", _everybody_blind),
    Sometimes("three at once", f"{AT_ONCE} faults are there at once", _at_once),
    Sometimes(
        "backlog", f"more than {BACKLOG_READINGS} readings wait to be stored", _backlog, ("backlog", "pause processor")
    ),
    Sometimes(
        "timer due at restart",
        "a phone goes blind while the watchdog is dead",
        _timer_due_at_restart,
        ("kill watchdog",),
    ),
    Sometimes(
        "timer due while hanging",
        "a phone goes blind while the watchdog hangs",
        _timer_due_while_hanging,
        ("pause watchdog",),
    ),
    Sometimes(
        "notifier dies with a push",
        "the notifier dies within a second of a push",
        _notifier_dies_with_a_push,
        ("kill notifier",),
    ),
    Sometimes("alert during 429", "a message is refused with 429", _alert_during_429, ("refuse",)),
    Sometimes("alert during outage", "a message is refused with 500 or 503", _alert_during_outage, ("refuse",)),
    Sometimes(
        "cut off at onset", "a phone cannot be reached when it goes blind", _cut_off_at_onset, ("partition last_mile",)
    ),
    Sometimes("push swallowed", "the push provider swallows a message that it took", _swallowed, ("push_drop",)),
    Sometimes("push delayed", "the push provider holds back a message that it took", _delayed, ("push_delay",)),
    Sometimes("push doubled", "the push provider brings a message twice", _doubled, ("push_duplicate",)),
    Sometimes("push overtaken", "a push comes after what it says has become untrue", _overtaken),
    Sometimes("push held", "a phone holds a push until the onset", _held),
    Sometimes("notice", "a phone presents a notice of the service", _notice),
    Sometimes("incident closed", "the status page shows an incident, and then none", _incident),
    Sometimes("old reading", "a reading is acknowledged when it is over 10 min old", _old_reading),
    Sometimes("handed in twice", "a reading is handed in that the service has", _handed_in_twice),
    Sometimes("poll shed", "a poll has no good answer in an overload, with nothing else broken", _shed, ("overload",)),
    Sometimes("acknowledged", "a follower acknowledges an alarm", acknowledged, ("acknowledge",)),
    Sometimes("snoozed", "a follower snoozes an alarm", snoozed, ("snooze",)),
    Sometimes(
        "silence after acknowledged",
        "a phone goes blind again after its alarm was acknowledged",
        silence_after,
        ("acknowledge",),
    ),
    Sometimes("let in again", "a follower who mistyped reads again", let_in_again, ("wrong_password",)),
    Sometimes(
        "blind in a gap",
        "a phone goes blind while its device measures nothing",
        blind_in_gap,
        ("gaps", "sensor_restart"),
    ),
    Sometimes(
        "blind by codes", "a phone goes blind while its device hands codes in", blind_by_codes, ("sensor_codes",)
    ),
    Sometimes(
        "blind by lateness",
        "a phone goes blind while its device keeps readings back",
        blind_by_lateness,
        ("late_uploads",),
    ),
    Sometimes("corrected", "a reading is acknowledged with another value than before", corrected, ("corrections",)),
    Sometimes(
        "both children", "a phone that follows two patients goes blind of both", both_children, ("second_patients",)
    ),
    Sometimes(
        "one phone sees",
        "a phone goes blind beside another of its account that sees",
        one_phone_sees,
        ("second_phones",),
    ),
    Sometimes("low before silence", "a phone rings for a low, and then goes blind", _low_before_silence),
)
