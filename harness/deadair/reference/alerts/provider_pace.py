"""How hard a push provider is asked: how many messages at a time, and how long a rest when it takes none. Pure."""

from __future__ import annotations

from deadair.reference.settings import Settings

AT_ONCE_MAX = 64


def next_at_once(at_once: int, *, refused: bool) -> int:
    """Return how many pushes to try at a time next: half as many once the provider took one not, else twice as many.

    A provider that is cut off keeps every try on its way: with all of them at full width, its first minute back would
    be a storm of what was given up long ago, and the phones' too.
    """
    return max(1, at_once // 2) if refused else min(AT_ONCE_MAX, at_once * 2)


def rest_max_s(tries: int, settings: Settings) -> float:
    """Return the longest rest after so many tries in vain. Who draws one below it does not storm a healed provider."""
    return min(settings.push_retry_max_s, settings.push_retry_s * 2.0 ** min(tries, 16))
