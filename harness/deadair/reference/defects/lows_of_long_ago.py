"""Tells of urgent lows whenever they come in, however long ago they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from deadair.reference.alerts.alarms import Push
from deadair.reference.alerts.lows import Followers, Low, Lows
from deadair.reference.alerts.lows_to_watchdog import AcknowledgedLow, LowSender
from deadair.reference.app.phone_app import PhoneApp
from deadair.reference.app.phone_state import AppState, AppStep
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings

LONG = 100.0
"""A low stays worth telling for so many times as long as it is current."""


class SendsOldLows(LowSender):
    """Passes every low on."""

    def worth_telling(self, entry: AcknowledgedLow) -> bool:
        """Say that it is."""
        return True


class InTurn(Lows):
    """Begins with the first low of what came in."""

    def tell(self, lows: Iterable[Low], followers: Followers, now_s: float) -> tuple[list[Push], bool]:
        """Tell of one of each patient."""
        first = {low.patient: low for low in sorted(lows, key=lambda low: low.measured_s, reverse=True)}
        return super().tell(first.values(), followers, now_s)


class TellsOldLows(Watchdog):
    """Pushes lows, however old."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        current_s = LONG * settings.fresh_within_s
        self._lows = InTurn(self._alarms, current_s=current_s, same_within_s=settings.low_same_within_s)


class RingsForOldLows(PhoneApp):
    """Rings for whatever is pushed."""

    def pushed(self, state: AppState, data: Mapping[str, str], now_s: float) -> AppStep:
        """Take its word for it."""
        who = replace(state.who, low_current_s=LONG * state.who.low_current_s)
        after, out = super().pushed(state._replace(who=who), data, now_s)
        return after._replace(who=state.who), out


DEFECT = Defect(
    name="lows-of-long-ago",
    what=__doc__,
    seen=(
        "The G7's watch app in May 2026, where glucose alerts that had queued up behind other work came one after the"
        " other."
    ),
    parts={LowSender: SendsOldLows, Watchdog: TellsOldLows, PhoneApp: RingsForOldLows},
    caught=(Catch("smoke/lows", "low_alerted"),),
)
