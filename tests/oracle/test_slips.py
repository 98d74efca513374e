"""A slip in a rule is found: each is planted, and the two oracles no longer say the same of some history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from deadair.rules import clears, evidence, no_data_repeats, notifications, silences
from deadair.rules.evidence import Evidence
from deadair.rules.fault_window import FaultWindow
from deadair.rules.rule import Rule, kind_of
from deadair.rules.silences import Silence
from tests.oracle.harness_side import differences
from tests.oracle.histories import judged_histories

HISTORIES_MAX = 2000
"""So many are drawn in less than a minute. Each slip is found in the first few hundred."""


def too_early(silence: Silence, paths: Sequence[str]) -> bool:
    alert = silence.first_alert(paths)
    return alert is not None and alert.from_us < silence.limit_us


def goes_on(onset_us: int, within_us: int, pauses: object) -> int:
    return onset_us + within_us


def of_every_cohort(fault: FaultWindow, phone: object) -> bool:
    return fault.place.name in ("last_mile", "phone")


OF_CUTS = {"no_data_deadline", "no_data_repeats", "clears", "low_alerted", "no_false_alarm"}
SLIPS: dict[str, tuple[object, str, Any, set[str]]] = {
    "an alert at its very limit is late": (Silence, "alerted_in_time", too_early, {"no_data_deadline"}),
    "G is left out": (Evidence, "grace_us", 0, {"no_false_alarm"}),
    "L does not stand still": (silences, "limit_us", goes_on, {"no_data_deadline"}),
    "R does not stand still": (no_data_repeats, "limit_us", goes_on, {"no_data_repeats"}),
    "a fault cuts off every cohort": (FaultWindow, "cuts_off", of_every_cohort, OF_CUTS),
    "a duplicate is not acknowledged": (evidence, "_ACKNOWLEDGED", pl.col("outcome") == "ok", {"nothing_lost"}),
    "an alarm is confirmed by any message": (
        notifications,
        "SAYS",
        {"alarm": "clear", "notice": "clear"},
        {"no_data_deadline"},
    ),
    "what a follower said is not heard": (no_data_repeats, "quiet_until", lambda *_: None, {"no_data_repeats"}),
    "an alarm has no time to end": (clears, "_due_us", lambda *_: 0, {"clears"}),
    "many are the half": (evidence, "MANY_PERCENT", 50, {"status_published"}),
}
"""What of which module or class is planted, and the rules that are then wrong, or one of them."""


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_rule_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, planted, kinds = SLIPS[slip]

    @settings(
        max_examples=HISTORIES_MAX, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn=judged_histories())
    def both_say_the_same(drawn: tuple[Evidence, tuple[Rule, ...]]) -> None:
        assert differences(drawn[0], [rule for rule in drawn[1] if kind_of(rule) in kinds]) == []

    monkeypatch.setattr(where, name, planted)
    with pytest.raises(AssertionError, match="the rule says"):
        both_say_the_same()
