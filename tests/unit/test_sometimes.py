"""What a night has met: rare turns and cells of the coverage table, counted in hand-written histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deadair.explore.coverage_table import Cell, cells, together
from deadair.explore.looked import Looked
from deadair.explore.sometimes import SOMETIMES, met
from deadair.history.rows import Kind
from deadair.rules.fault_window import FaultWindow
from deadair.scenario.model import Scenario
from tests.histories.ops import (
    Row,
    accepted,
    alarm,
    backlog,
    evidence,
    fault,
    low,
    measured,
    notice,
    op,
    person,
    reads,
    shows,
    status,
    upload,
    withheld,
)
from tests.unit.scenario_texts import PLAIN, read

BLIND_30_TO_40 = [row for at in (0, 5, 10, 40, 45, 50, 55) for row in reads(at)]
"""Blind from minute 30 to minute 40, and from minute 75 to the end."""

BLIND_FROM_30 = [row for at in (0, 5, 10) for row in reads(at, phone=2)]
"""The same of another phone, to the end."""


def strike(kind: str, where: str, begin: float, heal: float, number: int = 1) -> FaultWindow:
    return replace(fault(where, begin, heal, fault_id=f"f{number}"), kind=kind)


def scenario(windows: tuple[FaultWindow, ...], knobs: dict[str, Any]) -> Scenario:
    plain = read(PLAIN).model_dump(mode="json")
    needed = {"overload": {"times": 10}, "refuse": knobs, "push_delay": {"delay": "1m"}}
    plain["timeline"] = [
        {
            "at": "0m",
            "lasts": "1m",
            "where": str(window.place),
            "fault": {"kind": window.kind, **needed.get(window.kind, {})},
        }
        for window in windows
    ]
    return Scenario.model_validate(plain)


def looked(rows: list[Row], *windows: FaultWindow, phones: int = 1, **knobs: Any) -> Looked:
    return Looked(scenario(windows, knobs), evidence(rows, phones=phones, faults=windows))


def two_phones(rows: list[Row], **second: Any) -> Looked:
    """The same night, in which phone 2 is of the account of phone 1."""
    night = looked(rows, phones=2)
    phones = [replace(phone, account="mum") for phone in night.evidence.roster.phones]
    roster = replace(night.evidence.roster, phones=(phones[0], replace(phones[1], **second)))
    return replace(night, evidence=replace(night.evidence, roster=roster))


SEES = [row for at in range(0, 90, 5) for row in (measured(at), shows(at, at, phone=2) | {"patient": 1})]
"""Phone 2 shows whatever the device of patient 1 makes."""


def count(name: str, night: Looked) -> int:
    return met(night)[name]


def poll(at: float, outcome: str) -> Row:
    return op("fleet", Kind.POLL, at, phone=1, patient=1, outcome=outcome)


def push(at: float, word: str) -> Row:
    return op("fleet", Kind.PUSH, at, phone=1, patient=1, path="service_push", detail=word)


TAKEN = [accepted(30), accepted(40), accepted(30, phone=9), accepted(30, outcome="fail")]
REFUSED = accepted(31, outcome="fail", says="QUOTA_EXCEEDED")
OVERLOAD = strike("overload", "gateway", 20, 50)
THREE = [
    strike("kill", where, begin, 50, number)
    for number, (where, begin) in enumerate((("gateway", 10), ("watchdog", 20), ("sentinel", 30)), 1)
]
HAPPENS: dict[str, tuple[int, Callable[[], Looked]]] = {
    "second silence": (1, lambda: looked(BLIND_30_TO_40)),
    "short silence": (1, lambda: looked([row for at in (0, 5, 10, *range(33, 77, 5)) for row in reads(at)])),
    "everybody blind": (2, lambda: looked([*BLIND_30_TO_40, *BLIND_FROM_30], phones=2)),
    "three at once": (1, lambda: looked([], *THREE)),
    "backlog": (2, lambda: looked([backlog(at, number) for at, number in enumerate((5, 101, 400, 7, None, 200))])),
    "timer due at restart": (1, lambda: looked(BLIND_30_TO_40, strike("kill", "watchdog", 29, 31))),
    "timer due while hanging": (1, lambda: looked(BLIND_30_TO_40, strike("pause", "watchdog", 29, 31))),
    "notifier dies with a push": (1, lambda: looked([accepted(30)], strike("kill", "notifier", 30.01, 31))),
    "alert during 429": (1, lambda: looked([REFUSED], strike("refuse", "push", 30, 32), status=429)),
    "alert during outage": (1, lambda: looked([REFUSED], strike("refuse", "push", 30, 32), status=503)),
    "cut off at onset": (1, lambda: looked(BLIND_30_TO_40, strike("partition", "last_mile[south]", 29, 31))),
    "acknowledged": (1, lambda: looked([*BLIND_30_TO_40, alarm(31), person(32, "acknowledge"), person(33, "snooze")])),
    "snoozed": (2, lambda: looked([*BLIND_30_TO_40, alarm(31), *(person(at, "snooze") for at in (32, 33))])),
    "silence after acknowledged": (1, lambda: looked([*BLIND_30_TO_40, alarm(31), person(32, "acknowledge")])),
    "let in again": (1, lambda: looked([poll(9, "ok"), person(10, "wrong_password"), poll(12, "ok")])),
    "push swallowed": (1, lambda: looked(TAKEN, strike("push_drop", "push[south]", 29, 31))),
    "push delayed": (1, lambda: looked(TAKEN, strike("push_delay", "push", 29, 31))),
    "push doubled": (2, lambda: looked(TAKEN, strike("push_duplicate", "push", 29, 41))),
    "push overtaken": (1, lambda: looked([push(30, "overtaken"), push(31, "presented")])),
    "push held": (1, lambda: looked([push(30, "held")])),
    "notice": (1, lambda: looked([notice(30)])),
    "incident closed": (1, lambda: looked([status(5, "incident"), status(10, "incident"), status(20, "clear")])),
    "old reading": (1, lambda: looked([upload(30, 10), upload(31, 30), upload(32, 10, outcome="fail")])),
    "handed in twice": (1, lambda: looked([upload(30, 10, detail="duplicate")])),
    "poll shed": (2, lambda: looked([poll(19, "fail"), poll(30, "fail"), poll(31, "info"), poll(32, "ok")], OVERLOAD)),
    "blind in a gap": (2, lambda: looked([*BLIND_30_TO_40, withheld(28), withheld(74, "warm_up")])),
    "blind by codes": (1, lambda: looked([*BLIND_30_TO_40, withheld(30, "code"), withheld(31, "code")])),
    "blind by lateness": (1, lambda: looked([*BLIND_30_TO_40, withheld(26, "late"), withheld(24, "gap")])),
    "corrected": (1, lambda: looked([upload(5, 5), upload(6, 5), upload(7, 5, value=120), upload(8, 5, value=9)])),
    "both children": (3, lambda: two_phones([*BLIND_30_TO_40, *BLIND_FROM_30], handset=1)),
    "one phone sees": (2, lambda: two_phones([*BLIND_30_TO_40, *SEES], patient=1)),
    "low before silence": (2, lambda: looked([low(20), *BLIND_30_TO_40])),
}  # fmt: skip


def test_each_has_a_history_in_which_it_happens() -> None:
    assert set(HAPPENS) == {each.name for each in SOMETIMES}


@pytest.mark.parametrize("name", HAPPENS)
def test_it_is_counted_where_it_happens_and_nowhere_else(name: str) -> None:
    number, night = HAPPENS[name]
    assert count(name, night()) == number
    assert count(name, looked([row for at in range(0, 90, 5) for row in reads(at)])) == 0


def test_two_phones_that_have_nothing_in_common_but_the_moment_are_neither() -> None:
    both = two_phones([*BLIND_30_TO_40, *BLIND_FROM_30])
    assert (count("both children", both), count("one phone sees", both)) == (0, 0)
    at_once = two_phones([*BLIND_30_TO_40, *(row | {"phone": 2} for row in BLIND_30_TO_40)], patient=1)
    assert count("one phone sees", at_once) == 0, "the other one is blind as well"


def test_a_poll_that_another_fault_may_have_lost_is_not_shed() -> None:
    both = looked([poll(30, "fail")], OVERLOAD, strike("kill", "processor", 40, 60, 2))
    assert count("poll shed", both) == 0


@pytest.mark.parametrize(
    ("begin", "heal", "phase", "silences"),
    [
        (10, 29, "all well", "none"),
        (10, 31, "all well", "one"),
        (10, 76, "all well", "more"),
        (32, 34, "limit runs", "none"),
        (36, 38, "blind", "none"),
        (36, 76, "blind", "one"),
        (41, 44, "all well", "none"),
    ],
)
def test_the_cell_of_a_fault_says_when_it_began_and_how_many_went_blind(
    begin: float, heal: float, phase: str, silences: str
) -> None:
    night = looked(BLIND_30_TO_40, strike("kill", "watchdog", begin, heal))
    assert cells(night) == (Cell("kill", "watchdog", phase, silences),)  # type: ignore[arg-type]


def test_a_cohort_s_share_of_a_link_stands_for_the_link() -> None:
    night = looked(BLIND_30_TO_40, strike("partition", "uplink[south]", 10, 12))
    assert together([cells(night), cells(night)]) == {Cell("partition", "uplink", "all well", "none"): 2}
