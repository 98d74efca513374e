"""What holds for every rule."""

from __future__ import annotations

import pytest

from deadair.rules.catalogue import RULES
from deadair.rules.no_false_alarm import NoFalseAlarm
from deadair.rules.no_false_clear import NoFalseClear
from deadair.rules.rule import Rule
from tests.histories.ops import evidence


@pytest.mark.parametrize("rule", RULES)
def test_of_an_empty_history_no_rule_says_pass(rule: type[Rule]) -> None:
    found = rule().judge(evidence())
    assert found.verdict != "pass" or rule in (NoFalseAlarm, NoFalseClear)
