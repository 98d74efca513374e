"""Nobody is alarmed who was not blind."""

from __future__ import annotations

from typing import Literal

from harness.checkers.rule import Rule


class NoFalseAlarm(Rule):
    """Nobody is alarmed who was not blind."""

    kind: Literal["no_false_alarm"] = "no_false_alarm"
