"""What a store does, whichever it is: in the folder, or on a PostgreSQL server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deadair.reference.storage.inbox import AHEAD, BACKFILL, EVENT, FRESH, Waiting
from deadair.reference.storage.store import Store
from tests.stores.opened_store import with_store

pytestmark = pytest.mark.live

MANY = 2000
"""As many as the processor stores at once."""


def reading(
    measured_s: int, value: int = 100, *, patient: int = 1, arrived_s: float = 1.0, lane: int = FRESH
) -> Waiting:
    return Waiting(lane, patient, measured_s, value, 4, arrived_s)


def test_the_newest_come_first_and_no_more_than_were_asked_for(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300), reading(900, 70), reading(600), reading(1200, patient=2)])
        return [
            await store.latest(1, since_s=0.0, most=2),
            await store.latest(1, since_s=600.5, most=9),
            await store.latest(1, since_s=901.0, most=9),
            await store.latest(3, since_s=0.0, most=9),
            await store.every(1),
        ]

    newest, since, later, stranger, every = with_store(data, store_url, do)
    assert newest == [(900, 70, 4), (600, 100, 4)]
    assert since == newest
    assert (later, stranger) == ([], [])
    assert every == [(900, 70), (600, 100), (300, 100)]


def test_what_is_stored_outlives_whoever_stored_it(data: Path, store_url: str) -> None:
    with_store(data, store_url, lambda store: store.put([reading(300)]))
    assert with_store(data, store_url, lambda store: store.every(1)) == [(300, 100)]


def test_what_is_stored_twice_is_there_once(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        batch = [reading(at_s) for at_s in range(MANY)]
        await store.put(batch)
        await asyncio.gather(*(store.put(batch) for _ in range(3)))
        return await store.every(1)

    assert with_store(data, store_url, do) == [(at_s, 100) for at_s in reversed(range(MANY))]


def test_one_reading_that_waited_in_both_lanes_is_stored_once(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300, lane=FRESH), reading(300, lane=BACKFILL)])
        return await store.every(1)

    assert with_store(data, store_url, do) == [(300, 100)]


def test_a_reading_from_the_future_is_kept_apart_and_never_shown(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        ahead = reading(300, 40)._replace(kind=AHEAD)
        await store.put([ahead, reading(300, 50)])
        return await store.latest(1, since_s=0.0, most=9), await store.every(1), await store.fresh_lows(0.0)

    shown, every, lows = with_store(data, store_url, do)
    assert shown == [(300, 50, 4)]
    assert sorted(every) == [(300, 40), (300, 50)]
    assert lows == [(1, 300, 50)]


def test_only_what_is_there_already_is_held_all_of_it(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        stored = [reading(at_s) for at_s in range(0, 3000, 300)]
        await store.put(stored)
        ahead = reading(300)._replace(kind=AHEAD)
        other, turned = reading(300, 101), reading(300)._replace(trend=5)
        asked = ([stored[0]], stored, [*stored, reading(301)], [reading(300, patient=2)], [ahead], [other], [turned])
        return [await store.holds(one) for one in asked]

    assert with_store(data, store_url, do) == [True, True, *[False] * 5]


def test_a_value_that_is_corrected_takes_the_place_of_the_first(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300, 100), reading(600, 100)])
        await store.put([reading(300, 50)._replace(trend=6)])
        return await store.latest(1, since_s=0.0, most=9), await store.fresh_lows(0.0)

    assert with_store(data, store_url, do) == ([(600, 100, 4), (300, 50, 6)], [(1, 300, 50)])


def test_an_event_is_kept_and_is_neither_shown_nor_a_low(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300, 10)._replace(kind=EVENT)])
        return await store.latest(1, since_s=0.0, most=9), await store.fresh_lows(0.0), await store.every(1)

    assert with_store(data, store_url, do) == ([], [], [(300, 10)])


def test_fresh_lows_are_those_that_are_low_and_fresh(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300, 40), reading(600, 55), reading(900, 56), reading(1200, 54, patient=2)])
        return await store.fresh_lows(600.0)

    assert sorted(with_store(data, store_url, do)) == [(1, 600, 55), (2, 1200, 54)]


def test_many_ask_at_once(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(300, 40 + patient, patient=patient) for patient in range(100)])
        return await asyncio.gather(*(store.latest(patient, since_s=0.0, most=1) for patient in range(100)))

    assert with_store(data, store_url, do) == [[(300, 40 + patient, 4)] for patient in range(100)]


def test_what_is_too_old_is_removed_a_part_at_a_time_patient_by_patient(data: Path, store_url: str) -> None:
    async def do(store: Store) -> Any:
        await store.put([reading(at_s, patient=patient) for patient in (3, 8) for at_s in range(1, 21)])
        await store.put([reading(1, patient=3)._replace(kind=kind) for kind in (AHEAD, EVENT)])
        parts = [
            await store.forget(11.0, after=0, most=7),
            await store.forget(11.0, after=0, most=7),
            await store.forget(11.0, after=3, most=100),
            await store.forget(11.0, after=8, most=100),
        ]
        return parts, [len(await store.every(patient)) for patient in (3, 8)]

    parts, left = with_store(data, store_url, do)
    assert parts == [(3, 7), (3, 5), (8, 10), None]
    assert left == [10, 10]
