"""The one list of rules."""

from __future__ import annotations

from harness.checkers.no_data_deadline import NoDataDeadline
from harness.checkers.no_false_alarm import NoFalseAlarm
from harness.checkers.nothing_lost import NothingLost
from harness.checkers.recovers import Recovers
from harness.checkers.rule import Rule
from harness.checkers.shows_age import ShowsAge
from harness.checkers.status_published import StatusPublished

RULES: tuple[type[Rule], ...] = (NoDataDeadline, NoFalseAlarm, NothingLost, ShowsAge, Recovers, StatusPublished)
