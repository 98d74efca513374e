"""What a backlog is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.fleet.load.old_readings import BATCH_READINGS, READINGS_PER_ACCOUNT_MAX, batches, readings_of
from deadair.model.errors import HarnessError


@given(st.integers(1, 20_000), st.integers(0, 50))
def test_every_reading_is_offered_once(readings: int, spare: int) -> None:
    accounts = -(-readings // READINGS_PER_ACCOUNT_MAX) + spare
    seen = [
        (batch.account, number)
        for batch in batches(readings, accounts)
        for number in range(batch.first, batch.first + batch.count)
    ]
    assert len(seen) == len(set(seen)) == readings
    assert all(account < accounts and number < READINGS_PER_ACCOUNT_MAX for account, number in seen)
    assert all(0 < batch.count <= BATCH_READINGS for batch in batches(readings, accounts))


def test_batches_are_as_small_as_an_upload_may_be() -> None:
    assert {batch.count for batch in batches(600, 3, of=1)} == {1}
    assert sum(batch.count for batch in batches(600, 3, of=7)) == 600


def test_accounts_take_turns() -> None:
    assert [batch.account for batch in batches(600, 3)][:4] == [0, 1, 2, 0]


def test_too_few_accounts_are_told() -> None:
    with pytest.raises(HarnessError, match="600 old readings need 3 accounts"):
        batches(600, 2)


def test_readings_are_old_apart_and_the_same_again() -> None:
    made = [reading for batch in batches(288, 1) for reading in readings_of(batch, newest_s=10_000, every_s=5, seed=3)]
    stamps = [reading.measured_s for reading in made]
    assert stamps == list(range(10_000 - 287 * 5, 10_001, 5))
    assert all(40 <= reading.value_mg_dl <= 400 for reading in made)
    again = readings_of(batches(288, 1)[0], newest_s=10_000, every_s=5, seed=3)
    assert list(again) == made[: len(again)]
