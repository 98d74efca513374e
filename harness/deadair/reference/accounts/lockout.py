"""Who may try a password again: after too many wrong ones an address is locked out of an account for a while.

A stranger locks himself out and not the parent, who tries from elsewhere. Whoever guesses from many addresses meets the
bound of the account, which those addresses pass that somebody logged in from. Pure but for its memory; told the time.
It does not know which names are accounts, so nobody learns it from here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from deadair.reference.accounts.turns import BUSY_S
from deadair.reference.capacity import Buckets
from deadair.reference.http.share_api import ShareError, not_now
from deadair.reference.settings import Settings

PAIRS_TRACKED_MAX = 100_000

Pair = tuple[str, str]
"""An address and the name of an account."""


@dataclass(slots=True)
class _Tries:
    under_way: int = 0
    failed: int = 0
    failed_s: float = 0.0


class Lockout:
    """Counts wrong passwords. Trying many at once is no way round: those under way count too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tries: OrderedDict[Pair, _Tries] = OrderedDict()
        self._at_home: OrderedDict[Pair, None] = OrderedDict()
        """From where somebody logged in to which account."""
        most = settings.account_failures_max
        self._left = Buckets(most / settings.lockout_s, burst=most)
        """The wrong passwords that each account may still hear."""

    def begin(self, pair: Pair, now_s: float) -> None:
        """Begin a try; ``end`` it. Raises ShareError if this address is locked out, or trying too much at once."""
        settings = self._settings
        tries = self._tries.get(pair) or _Tries()
        if not 0 <= now_s - tries.failed_s < settings.lockout_s:  # nor while a clock was ahead
            tries.failed = 0
        if tries.failed >= settings.password_failures_max:
            raise _locked_out(tries.failed_s + settings.lockout_s - now_s)
        if tries.failed + tries.under_way >= settings.password_failures_max:
            raise not_now(BUSY_S)
        left = self._left.of(pair[1], now_s)
        if left.fill(now_s) < 1.0 and pair not in self._at_home:
            raise _locked_out(left.wait_s(1.0))
        left.take(1.0)
        tries.under_way += 1
        _remember(self._tries, pair, tries)

    def end(self, pair: Pair, now_s: float, *, fits: bool | None) -> None:
        """End a try; ``fits`` is none if nobody knows."""
        tries = self._tries.get(pair, _Tries())
        tries.under_way -= 1
        if fits is False:
            tries.failed += 1
            tries.failed_s = now_s
        else:
            self._left.of(pair[1], now_s).take(-1.0)
        if fits:
            tries.failed = 0
            _remember(self._at_home, pair, None)
        if not tries.under_way and not tries.failed:
            self._tries.pop(pair, None)


def _remember(kept: OrderedDict[Pair, Any], pair: Pair, value: Any) -> None:
    kept[pair] = value
    kept.move_to_end(pair)
    if len(kept) > PAIRS_TRACKED_MAX:
        kept.popitem(last=False)


def _locked_out(for_s: float) -> ShareError:
    message = "Maximum authentication attempts exceeded"
    return ShareError("SSO_AuthenticateMaxAttemptsExceeded", message, retry_after_s=for_s)
