"""A delay that nobody could see, or that is a cut, is refused or warned of, each with its sum, from the first bad value on."""

# ruff: noqa: E501 - the tables read better with one case to a line

from __future__ import annotations

import pytest

from deadair.scenario.validation import warnings
from tests.unit.scenario_texts import PLAIN, read, refusal
from tests.unit.targets import TARGETS

PARTITION = '{at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}'


def slow(knobs: str, where: str = "downlink", at: str = "0m", lasts: str = "30m") -> str:
    return f"{{at: {at}, lasts: {lasts}, where: {where}, fault: {{kind: latency, {knobs}}}}}"


def edited(*entries: str) -> str:
    assert PLAIN.count(PARTITION) == 1
    return PLAIN.replace(PARTITION, "\n  - ".join(entries))


def warned(text: str) -> list[str]:
    return [line.removeprefix("plain: ") for line in warnings(read(text), TARGETS)]


CUT = PARTITION.replace("uplink[south]", "downlink[south]")

REFUSED = [
    ([slow("delay: 1799ms")],
     "s.yaml:9:73: timeline[0].fault.delay: it cannot be told from none: delay - jitter = 1799ms - 0m at speed 60 is 0.02998 real s, and a delay can be seen from 0.03 real s on; write at least 1800ms or a lower speed",
     [slow("delay: 1800ms")]),
    ([slow("delay: 3s, jitter: 1201ms")],
     "s.yaml:9:73: timeline[0].fault.delay: it cannot be told from none: delay - jitter = 3s - 1201ms at speed 60 is 0.02998 real s, and a delay can be seen from 0.03 real s on; write at least 3001ms or a lower speed",
     [slow("delay: 3s, jitter: 1200ms")]),
    ([slow("delay: 28s, jitter: 2s", where="last_mile")],
     "s.yaml:9:74: timeline[0].fault.delay: it is a cut: a phone's ping and its answer take up to 2 × 30s, 1 real s at speed 60, and after 1 real s the phone takes its link for down; let it be shorter, or write a partition",
     [slow("delay: 27s, jitter: 2s", where="last_mile")]),
    ([slow("delay: 20s, jitter: 1s", lasts="71s")],
     "s.yaml:9:21: timeline[0].lasts: nothing may be seen to pass within 71s: the proof takes 0.5 real s, and a question and its answer up to 2 × 21s longer; write at least 72s",
     [slow("delay: 20s, jitter: 1s", lasts="72s")]),
    ([CUT, slow("delay: 6s", at="29m", lasts="10m")],
     "s.yaml:10:5: timeline[1]: overlaps f1 on `downlink`: a link that is silent cannot be slow; move one",
     [CUT, slow("delay: 6s", at="30m", lasts="10m")]),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "line", "good"), REFUSED)
def test_a_delay_that_can_prove_nothing_is_refused_and_its_neighbour_is_not(
    bad: list[str], line: str, good: list[str]
) -> None:
    assert refusal(edited(*bad)) == [line]
    read(edited(*good))


def test_one_cohort_is_silent_while_another_is_slow() -> None:
    read(edited(CUT, slow("delay: 6s", where='"downlink[rest]"')))


WARNED = [
    ([slow("delay: 30s")],
     "timeline[0].fault.delay: it is a cut for whoever waits no longer, and live it may not be proved: a question and its answer take 2 × 30s, 1 real s at speed 60, and the fleet waits 1 real s; write less than 30s",
     [slow("delay: 29999ms")]),
    ([slow("delay: 30s", where="gateway→watchdog")],
     "timeline[0].fault.delay: it is a cut for whoever waits no longer, and live it may not be proved: a question and its answer take 2 × 30s, 1 real s at speed 60, and the target 'reference' waits 1 real s; write less than 30s",
     [slow("delay: 29999ms", where="gateway→watchdog")]),
    ([slow("delay: 6s", where='"uplink[south]"', lasts="209s")],
     "timeline[0].lasts: it may not be proved: 5 devices of `south` send once in reading_every = 5m, so about 3 requests are to be expected while it is looked at, and with none nobody can see that the link is slow; let it last longer",
     [slow("delay: 6s", where='"uplink[south]"', lasts="210s")]),
    ([slow("delay: 6s"), "{at: 0m, lasts: 30m, where: gateway, fault: {kind: pause}}"],
     "timeline[0]: it cannot be proved: `gateway` is hanging by f2 all the time; move one",
     [slow("delay: 6s"), "{at: 1m, lasts: 30m, where: gateway, fault: {kind: pause}}"]),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "line", "good"), WARNED)
def test_a_delay_that_may_not_be_seen_is_warned_of_and_its_neighbour_is_not(
    bad: list[str], line: str, good: list[str]
) -> None:
    assert warned(edited(*bad)) == [line]
    assert warned(edited(*good)) == []
