"""What the push provider holds for phones that cannot be reached. Pure: knows no socket and no clock.

As FCM does, it drops a message whose time to live is over, and one that a later message of the same collapse
key overtook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

HELD_PER_PHONE_MAX = 100
"""FCM's limit; the oldest goes first."""
KEPT_S = 28 * 86_400.0
"""Real seconds that a message is kept that does not say how long: FCM's four weeks."""


class PhonePush(NamedTuple):
    """What goes to a phone, and how long it may wait for that."""

    data: Mapping[str, str]
    ttl_s: float = KEPT_S
    collapse_key: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for its phone."""

    phone: int
    push: PhonePush
    expires_us: int


class PendingPushes:
    """The messages held for the phones of one link, in the order they came."""

    def __init__(self) -> None:
        self._held: dict[int, list[Held]] = {}

    def __len__(self) -> int:
        return sum(len(held) for held in self._held.values())

    def hold(self, held: Held) -> None:
        """Keep a message; whatever it overtakes is dropped."""
        key = held.push.collapse_key
        kept = [old for old in self._held.get(held.phone, []) if key is None or old.push.collapse_key != key]
        self._held[held.phone] = [*kept, held][-HELD_PER_PHONE_MAX:]

    def empty(self, now_us: int) -> tuple[Held, ...]:
        """Return what may still be delivered, and keep nothing."""
        everything, self._held = self._held, {}
        return tuple(held for phone in everything.values() for held in phone if held.expires_us > now_us)
