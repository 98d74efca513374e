"""The one list of rules."""

from __future__ import annotations

from deadair.rules.freshness import Freshness
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_false_alarm import NoFalseAlarm
from deadair.rules.no_false_clear import NoFalseClear
from deadair.rules.noop import Noop
from deadair.rules.nothing_lost import NothingLost
from deadair.rules.recovers import Recovers
from deadair.rules.rule import Rule
from deadair.rules.shows_age import ShowsAge
from deadair.rules.status_published import StatusPublished

RULES: tuple[type[Rule], ...] = (
    NoDataDeadline,
    NoFalseAlarm,
    NoFalseClear,
    NothingLost,
    ShowsAge,
    Freshness,
    Recovers,
    StatusPublished,
    Noop,
)
