"""Who may try a password again: after too many wrong ones an account is locked out for a while, which ends by itself.

Pure but for its memory; told the time. It does not know which names are accounts, so nobody learns it from here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from deadair.reference.http.share_api import ShareError, not_now
from deadair.reference.settings import Settings

NAMES_TRACKED_MAX = 100_000
BUSY_S = 1.0


@dataclass(slots=True)
class _Tries:
    under_way: int = 0
    failed: int = 0
    failed_s: float = 0.0


class Lockout:
    """Counts wrong passwords by name. Trying many at once is no way round: those under way count too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def begin(self, name: str, now_s: float) -> None:
        """Begin a try; ``end`` it. Raises ShareError if this name is locked out, or trying too much at once."""
        tries = self._tries.setdefault(name, _Tries())
        self._tries.move_to_end(name)
        if not 0 <= now_s - tries.failed_s < self._settings.lockout_s:  # nor while a clock was ahead
            tries.failed = 0
        if tries.failed >= self._settings.password_failures_max:
            raise ShareError("SSO_AuthenticateMaxAttemptsExceeded", "Maximum authentication attempts exceeded")
        if tries.failed + tries.under_way >= self._settings.password_failures_max:
            raise not_now(BUSY_S)
        tries.under_way += 1
        if len(self._tries) > NAMES_TRACKED_MAX:
            self._tries.popitem(last=False)

    def end(self, name: str, now_s: float, *, fits: bool | None) -> None:
        """End a try; ``fits`` is none if nobody knows."""
        tries = self._tries.get(name, _Tries())
        tries.under_way -= 1
        if fits is False:
            tries.failed += 1
            tries.failed_s = now_s
        elif fits:
            tries.failed = 0
        if not tries.under_way and not tries.failed:
            self._tries.pop(name, None)
