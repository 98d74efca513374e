"""The one list of rules."""

from __future__ import annotations

from deadair.checkers.no_data_deadline import NoDataDeadline
from deadair.checkers.no_false_alarm import NoFalseAlarm
from deadair.checkers.nothing_lost import NothingLost
from deadair.checkers.recovers import Recovers
from deadair.checkers.rule import Rule
from deadair.checkers.shows_age import ShowsAge
from deadair.checkers.status_published import StatusPublished

RULES: tuple[type[Rule], ...] = (NoDataDeadline, NoFalseAlarm, NothingLost, ShowsAge, Recovers, StatusPublished)
