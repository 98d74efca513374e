"""Whom no push reaches: accounts that read with no phone, and phones whose token the provider says is gone.

Those who run the service are told of the first when they seem blind, for nobody else can help. A phone that is gone is
no blind follower: whoever put the app away would be one for ever.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterable

from deadair.reference.alerts.alarms import OPERATORS, UNREACHABLE_BLIND, Alarms, Push, Watched
from deadair.reference.env import Env
from deadair.reference.settings import Settings


class Reach:
    """The watchdog's knowledge of it."""

    def __init__(self, env: Env, settings: Settings, alarms: Alarms) -> None:
        self._env = env
        self._settings = settings
        self._alarms = alarms
        self._gone = alarms.gone()
        self._told_s = -math.inf
        """When the operators were told last, in this life."""

    def token(self, one: Watched | Push) -> str:
        """Return where to send a push: nowhere if the token is gone; then it waits for the phone's next one."""
        return "" if self.is_gone(one) else one.token

    def is_gone(self, one: Watched | Push) -> bool:
        """Say whether the provider said that this token is no phone's."""
        return bool(one.token) and self._gone.get(one.follow) == one.token

    def registered(self, follow: int) -> None:
        """Forget what the provider said: a phone has told of its token since."""
        self._gone.pop(follow, None)

    def look(self) -> None:
        """Learn what the provider has said to the notifier."""
        with contextlib.suppress(sqlite3.Error):
            self._gone = self._alarms.gone()

    def tell_operators(self, watched: Iterable[Watched], now_s: float) -> list[Watched]:
        """Tell of accounts with no phone that have gone blind, each once; return them as they are then.

        Whoever follows soon after the first is told of together: an outage is not to be a storm of messages.
        """
        blind = [one for one in watched if not one.token and one.onset_s <= now_s]
        new = [one for one in blind if one.alarmed_s < one.onset_s]
        if not new or 0 <= now_s - self._told_s < self._settings.realarm_every_s:
            return []
        told = [one._replace(told_s=now_s, alarmed_s=now_s) for one in new]
        since_s, expires_s = min(one.onset_s for one in new), now_s + self._settings.push_lifetime_s
        push = Push(OPERATORS, 0, "", since_s, 0.0, now_s, expires_s, UNREACHABLE_BLIND, len(blind))
        try:
            self._alarms.save(told, [push], [])
        except sqlite3.Error:
            return []
        self._told_s = now_s
        self._env.log("accounts without a phone seem blind, and no push can tell them", new=len(new), blind=len(blind))
        return told
