"""How a device goes about handing in: what depends on the app of its uploader phone. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ProfileName = Literal["usual", "g7"]


@dataclass(frozen=True, slots=True)
class Profile:
    """``back_off_us``: after any failure it waits so long, and then for its next reading, whatever the service asked.

    None: it heeds the service's Retry-After, and otherwise tries again with its next reading. ``dawdles``: it waits
    a moment before each try, so that equal stamps make no bursts.
    """

    back_off_us: int | None
    dawdles: bool


PROFILES: Mapping[ProfileName, Profile] = {
    "usual": Profile(back_off_us=None, dawdles=True),
    # As the G7's uploader for Share: 15 minutes, fixed, with no jitter anywhere.
    "g7": Profile(back_off_us=900_000_000, dawdles=False),
}
