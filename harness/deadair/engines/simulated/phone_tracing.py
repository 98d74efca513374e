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
from deadair.fleet.phones.phone import placed_us, push_token
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
from deadair.model.phone_trace import PhoneTrace, TraceStep
from deadair.model.roster import Phone

SOURCES = {"inbox": "device", "stored": "gateway", "confirmed": "gateway", "pushed": "watchdog"}
"""By a node's event: where what it acts on comes from."""
WAY = ("gateway", "processor", "watchdog", "notifier", "sentinel")
"""Nodes in the order of a reading's way; others follow as the target names them."""
SENDERS = {"service_push": "notifier", "sentinel_push": "sentinel"}
"""By a push's path: the node that sends it."""
CHAIN = (
    "measured", "uploaded", "inbox", "stored", "poll", "confirmed", "shown", "timer", "outbox", "taken", "pushed",
    "push", "presented", "notice", "cleared",
)  # fmt: skip
"""The order of steps of one and the same moment."""
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
    until_s: float | None = None

    @classmethod
    def of(cls, order: RunOrder) -> Followed | None:
        """Return whom an order wants followed; none if nobody. The phone must be in its roster."""
        wish = order.trace
        if wish is None:
            return None
        phone = next(phone for phone in order.roster.phones if phone.phone == wish.phone)
        return cls(phone, tuple(order.target.nodes), wish.until_s)


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
        if facts.get("token") == push_token(self.followed.phone.phone):
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
    steps = [*_told(heard, clock, zero_us), *_recorded(history, phone, zero_us)]
    if until_s is not None:
        steps = [step for step in steps if step.at_s <= until_s]
    steps.sort(key=lambda step: (step.at_s, CHAIN.index(step.what) if step.what in CHAIN else -1))
    nodes = sorted(followed.nodes, key=lambda node: WAY.index(node) if node in WAY else len(WAY))
    lanes = ("device", *nodes, "push gateway", "phone")
    return PhoneTrace(phone=phone.phone, patient=phone.patient, until_s=until_s, lanes=lanes, steps=tuple(steps))


def _told(heard: Sequence[HeardStep], clock: RunClock, zero_us: int) -> Iterator[TraceStep]:
    """Yield what nodes told. A reading's stamp of 0 is none."""
    for each in heard:
        stamp_s = float(each.facts.get("measured_s", 0))
        yield TraceStep(
            at_s=(each.at_us - zero_us) / 1e6,
            where=each.node,
            what=each.event,
            source=SOURCES.get(each.event, ""),
            measured_s=(placed_us(clock, stamp_s) - zero_us) / 1e6 if stamp_s else None,
        )


def _recorded(history: History, phone: Phone, zero_us: int) -> Iterator[TraceStep]:
    """Yield what the device, the push gateway and the phone did. Requests stand where they were sent."""
    its = (pl.col("phone") == phone.phone) | (pl.col("phone").is_null() & (pl.col("patient") == phone.patient))
    for row in history.of(*KINDS).filter(its).select(COLUMNS).iter_rows(named=True):
        sent_us = row["at_us"] if row["sent_us"] is None else row["sent_us"]
        where, what, source, detail = _place(row, (row["at_us"] - sent_us) / 1e6)
        measured_s = None if row["measured_us"] is None else (row["measured_us"] - zero_us) / 1e6
        at_s = (sent_us - zero_us) / 1e6
        yield TraceStep(at_s=at_s, where=where, what=what, source=source, measured_s=measured_s, detail=detail)


def _place(row: Mapping[str, Any], took_s: float) -> tuple[str, str, str, str]:
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
        return "push gateway", "taken", SENDERS.get(row["path"], ""), path
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
