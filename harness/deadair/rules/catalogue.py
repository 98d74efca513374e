"""The one list of rules."""

from __future__ import annotations

from deadair.rules.clears import Clears
from deadair.rules.defence_in_depth import DefenceInDepth
from deadair.rules.freshness import Freshness
from deadair.rules.keeps_out import KeepsOut
from deadair.rules.low_alerted import LowAlerted
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_data_repeats import NoDataRepeats
from deadair.rules.no_false_alarm import NoFalseAlarm
from deadair.rules.no_false_clear import NoFalseClear
from deadair.rules.no_storm import NoStorm
from deadair.rules.noop import Noop
from deadair.rules.nothing_lost import NothingLost
from deadair.rules.privacy import Privacy
from deadair.rules.recovers import Recovers
from deadair.rules.rule import Rule
from deadair.rules.shows_age import ShowsAge
from deadair.rules.status_published import StatusPublished

RULES: tuple[type[Rule], ...] = (
    NoDataDeadline,
    NoDataRepeats,
    Clears,
    LowAlerted,
    NoStorm,
    DefenceInDepth,
    Privacy,
    KeepsOut,
    NoFalseAlarm,
    NoFalseClear,
    NothingLost,
    ShowsAge,
    Freshness,
    Recovers,
    StatusPublished,
    Noop,
)

BY_DEFAULT: tuple[Rule, ...] = tuple(rule(without_case="not_judged") for rule in RULES if rule.by_default)
"""What a scenario that names no rule is judged by. Of these, the ones without a case are not judged."""
