"""Passwords are hashed beside the loop, and never on so many cores that a storm of log-ins stops all else."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import argon2
import pytest

from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings

WEAK = Settings(password_memory_kib=8, password_passes=1)


def test_a_hash_fits_its_password_and_no_other(tmp_path: Path) -> None:
    async def scene() -> list[bool]:
        env = LiveEnv(tmp_path, WEAK)
        hashed = await env.hash_password("right")
        assert hashed.startswith("$argon2id$")
        return [await env.password_fits(hashed, "right"), await env.password_fits(hashed, "wrong"),
                await env.password_fits("no hash", "right")]  # fmt: skip

    assert asyncio.run(scene()) == [True, False, False]


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_the_loop_goes_on_while_passwords_are_compared_and_a_core_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    go, lock = threading.Event(), threading.Lock()
    at_once, most = 0, 0

    def verify(_: Any, hashed: str, password: str) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        assert go.wait(10)
        with lock:
            at_once -= 1
        return True

    monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)

    async def scene() -> None:
        env = LiveEnv(tmp_path, WEAK)
        storm = [asyncio.create_task(env.password_fits("hash", "word")) for _ in range(20)]
        async with asyncio.timeout(10):
            while most < max(1, cores - 1):
                await asyncio.sleep(0.001)
        go.set()
        assert await asyncio.gather(*storm) == [True] * 20

    asyncio.run(scene())
    assert most == max(1, cores - 1)
