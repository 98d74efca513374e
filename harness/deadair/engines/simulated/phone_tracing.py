"""Follows one phone through a simulated run: joins what its nodes told with what its history holds.

The service has numbers of its own for patients and followers. Which are this phone's is told by the note of its
``follow``, which carries its push token; everything that a node does for it afterwards carries one of these numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from deadair.engines.run_plan import RunOrder
from deadair.fleet.phones.phone import placed_us
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.model.alert_path import AlertPath
from deadair.model.clock import RunClock
from deadair.model.phone_trace import PhoneTrace, TraceStep, Way
from deadair.model.roster import Phone

CHAIN = ("measured", "uploaded", "poll", "shown", "taken", "push", "presented", "notice", "cleared")
"""The harness's own steps, as they follow each other within one and the same moment."""
KINDS = (
    Kind.MEASURED, Kind.UPLOAD, Kind.POLL, Kind.SCREEN, Kind.ACCEPTED, Kind.PUSH, Kind.ALARM, Kind.NOTICE, Kind.CLEAR,
)  # fmt: skip
BEFORE_MAX = 100_000
"""Notes kept until the phone's own follow is heard; phones log in within the warm-up."""
SLOW_S = 1.0
"""Real-life seconds from which on a request's duration is worth a word."""
COLUMNS = ("kind", "at_us", "sent_us", "outcome", "measured_us", "value", "path", "detail")


@dataclass(frozen=True, slots=True)
class HeardStep:
    """One thing that a node told, and when: real-life microseconds on the run's axis."""

    at_us: int
    node: str
    event: str
    facts: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Followed:
    """Who is followed, through which nodes, and until when: real-life seconds from the start of the storm."""

    phone: Phone
    nodes: tuple[str, ...]
    way: Way
    alert_paths: tuple[AlertPath, ...]
    until_s: float | None = None

    @classmethod
    def of(cls, order: RunOrder) -> Followed | None:
        """Return whom an order wants followed; none if nobody. The phone must be in its roster."""
        wish = order.trace
        if wish is None:
            return None
        phone = next(phone for phone in order.roster.phones if phone.phone == wish.phone)
        target = order.target
        return cls(phone, tuple(target.nodes), target.way, target.alert_paths, wish.until_s)

    @property
    def lanes(self) -> tuple[str, ...]:
        """Return every place: the target's nodes in the order of its way, and those that are not on it after them."""
        return ("device", *dict.fromkeys((*self.way.nodes, *self.nodes)), "push gateway", "phone")

    @property
    def chain(self) -> tuple[str, ...]:
        """Return all steps, as they follow each other within one and the same moment."""
        whole = list(CHAIN)
        for note in self.way.notes:
            whole.insert(whole.index(note.before), note.what)
        return tuple(whole)


@dataclass(slots=True)
class Ear:
    """Hears every node and keeps what is about one phone; it is the ``note`` of a run."""

    followed: Followed
    clock: RunClock
    heard: list[HeardStep] = field(default_factory=list)
    _before: deque[HeardStep] = field(default_factory=lambda: deque(maxlen=BEFORE_MAX))
    """What was told before it was known whose numbers are whose."""
    _follows: set[float | str] = field(default_factory=set)
    _accounts: set[float | str] = field(default_factory=set)

    def __call__(self, node: str, event: str, facts: Mapping[str, float | str]) -> None:
        """Keep it, or not."""
        if facts.get("token") == self.followed.phone.token:
            self._follows.add(facts["follow"])
            self._accounts.add(facts["account"])
            self.heard += [one for one in self._before if self._mine(one.facts)]
            self._before.clear()
        if not self._follows:
            self._before.append(HeardStep(self.clock.now_us(), node, event, facts))
        elif self._mine(facts):
            self.heard.append(HeardStep(self.clock.now_us(), node, event, facts))

    def trace(self, history: History) -> PhoneTrace:
        """Return the whole trace, once the run has ended."""
        return join(self.heard, history, self.followed, self.clock)

    def _mine(self, facts: Mapping[str, float | str]) -> bool:
        # Followers share their patient's account: a number of a follow says more.
        if "follow" in facts:
            return facts["follow"] in self._follows
        return facts.get("account") in self._accounts


def join(heard: Sequence[HeardStep], history: History, followed: Followed, clock: RunClock) -> PhoneTrace:
    """Return the trace of a phone. If the storm never began, its moments count from the run's epoch."""
    phone, until_s = followed.phone, followed.until_s
    storm = history.of(Kind.PHASE).filter(pl.col("detail") == "storm")["at_us"]
    zero_us = storm[0] if len(storm) else 0
    steps = [*_told(heard, followed.way, clock, zero_us), *_recorded(history, followed, zero_us)]
    if until_s is not None:
        steps = [step for step in steps if step.at_s <= until_s]
    place = {what: number for number, what in enumerate(followed.chain)}
    steps.sort(key=lambda step: (step.at_s, place.get(step.what, -1)))
    return PhoneTrace(
        phone=phone.phone,
        patient=phone.patient,
        until_s=until_s,
        lanes=followed.lanes,
        alert_paths=tuple(path.name for path in followed.alert_paths),
        steps=tuple(steps),
    )


def _told(heard: Sequence[HeardStep], way: Way, clock: RunClock, zero_us: int) -> Iterator[TraceStep]:
    """Yield what nodes told. A reading's stamp of 0 is none."""
    notes = {note.what: note for note in way.notes}
    for each in heard:
        note = notes.get(each.event)
        stamp_s = float(each.facts.get("measured_s", 0))
        yield TraceStep(
            at_s=(each.at_us - zero_us) / 1e6,
            where=each.node,
            what=each.event,
            source=note.source if note else "",
            measured_s=(placed_us(clock, stamp_s) - zero_us) / 1e6 if stamp_s else None,
            alert_path=note.alert_path if note else "",
        )


def _recorded(history: History, followed: Followed, zero_us: int) -> Iterator[TraceStep]:
    """Yield what the device, the push gateway and the phone did. Requests stand where they were sent."""
    phone, senders = followed.phone, {path.name: path.sender for path in followed.alert_paths}
    its = (pl.col("phone") == phone.phone) | (pl.col("phone").is_null() & (pl.col("patient") == phone.patient))
    for row in history.of(*KINDS).filter(its).select(COLUMNS).iter_rows(named=True):
        sent_us = row["at_us"] if row["sent_us"] is None else row["sent_us"]
        where, what, source, detail = _place(row, (row["at_us"] - sent_us) / 1e6, senders)
        measured_s = None if row["measured_us"] is None else (row["measured_us"] - zero_us) / 1e6
        at_s = (sent_us - zero_us) / 1e6
        yield TraceStep(
            at_s=at_s,
            where=where,
            what=what,
            source=source,
            measured_s=measured_s,
            alert_path=row["path"] or "",
            detail=detail,
        )


def _place(row: Mapping[str, Any], took_s: float, senders: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Return where a row happened, what it is called, where it came from, and what else there is to say."""
    kind, path = row["kind"], (row["path"] or "").replace("_", " ")
    if kind == Kind.MEASURED:
        return "device", "measured", "", f"{row['value']} mg/dL"
    if kind in (Kind.UPLOAD, Kind.POLL):
        where, what = ("device", "uploaded") if kind == Kind.UPLOAD else ("phone", "poll")
        return where, what, "", _answer(row["outcome"], row["detail"], took_s)
    if kind == Kind.SCREEN:
        return "phone", "shown", "gateway" if row["detail"] == "current" else "", row["detail"]
    if kind == Kind.ACCEPTED:
        return "push gateway", "taken", senders.get(row["path"], ""), path
    if kind == Kind.PUSH:
        return "phone", "push", "push gateway", f"{path}, {row['detail']}"
    what = {Kind.ALARM: "presented", Kind.NOTICE: "notice", Kind.CLEAR: "cleared"}[kind]
    return "phone", what, "", row["detail"] if kind == Kind.CLEAR else path


def _answer(outcome: str, detail: str | None, took_s: float) -> str:
    """Say what became of a request. info: nobody knows whether it was carried out."""
    said = {"ok": "answered", "fail": "REFUSED", "info": "NO ANSWER"}[outcome]
    if took_s >= SLOW_S:
        said += f" after {took_s:.0f} s"
    return said + (f", {detail}" if detail else "")
