"""What devices that were offline hand in: old readings, account by account, in batches. Pure: a function of numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass

from deadair.fleet.devices.device import HIGHEST_MG_DL, LOWEST_MG_DL
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading

READINGS_PER_ACCOUNT_MAX = 288
"""A day's worth: what a device keeps."""
BATCH_READINGS = 50


@dataclass(frozen=True, slots=True)
class Batch:
    """A stretch of one account's old readings: ``count`` of them, ``first`` being the oldest's number."""

    account: int
    first: int
    count: int


def batches(readings: int, accounts: int, *, of: int = BATCH_READINGS) -> tuple[Batch, ...]:
    """Return all batches ``of`` so many readings, accounts taking turns. Raises HarnessError if these are too few."""
    if readings > accounts * READINGS_PER_ACCOUNT_MAX:
        needed = -(-readings // READINGS_PER_ACCOUNT_MAX)
        raise HarnessError(f"{readings} old readings need {needed} accounts, and the plan names {accounts}")
    each, more = divmod(readings, accounts)
    shares = [each + (account < more) for account in range(accounts)]
    return tuple(
        Batch(account, first, min(of, share - first))
        for first in range(0, max(shares), of)
        for account, share in enumerate(shares)
        if share > first
    )


def readings_of(batch: Batch, *, newest_s: int, every_s: int, seed: int) -> tuple[Reading, ...]:
    """Return a batch's readings, oldest first, all at or before ``newest_s`` and ``every_s`` apart."""
    generator = random.Random(f"old {seed} {batch.account} {batch.first}")  # noqa: S311 - to be drawn again
    oldest_s = newest_s - (READINGS_PER_ACCOUNT_MAX - 1) * every_s
    return tuple(
        Reading(oldest_s + number * every_s, generator.randint(LOWEST_MG_DL, HIGHEST_MG_DL["usual"]))
        for number in range(batch.first, batch.first + batch.count)
    )
