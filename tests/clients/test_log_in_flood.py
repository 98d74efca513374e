"""A flood of wrong log-ins from one address, for real: whoever logs in from another notices nothing of it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.lone_gateway import PASSWORD, Gateway, lone_gateway

pytestmark = pytest.mark.live

PATH = "/ShareWebServices/Services/General/LoginPublisherAccountByName"
STRANGER, PARENT = "127.0.0.2", "127.0.0.1"
FLOOD_PER_S = 400
WORKERS = 240
"""Each asks again only when it was answered: they fill every place in which log-ins may wait, and ask for more."""
FLOOD_S = 3.0
PARENTS_EVERY_S = 0.25
PROMPT_S = 4.0
"""On a machine that has much else to do. Behind the flood a log-in would wait for 200 others, or be sent away."""
IN_PRODUCTION = {"password_memory_kib": 19_456, "password_passes": 2, "account_requests_per_s": None}
ROOMY = {"log_ins_per_address_per_s": None}
"""Every wrong log-in costs a hash: what a flood from very many addresses comes to, but for their number."""


async def log_in(gateway: Gateway, name: str, password: str, address: str) -> tuple[int, float]:
    """Log in on a connection from this address; return the status, and how long it took."""
    clock = asyncio.get_running_loop().time
    began_s = clock()
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, local_addr=(address, 0))
    body = json.dumps({"accountName": name, "password": password}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), clock() - began_s


async def flood(gateway: Gateway, names: itertools.count[int], statuses: Counter[int], *, one_account: bool) -> None:
    clock = asyncio.get_running_loop().time
    ends_s = clock() + FLOOD_S
    while clock() < ends_s:
        due_s = clock() + WORKERS / FLOOD_PER_S
        name = "device-0" if one_account else f"nobody {next(names)}"
        statuses[(await log_in(gateway, name, "a guess", STRANGER))[0]] += 1
        await asyncio.sleep(max(0.0, due_s - clock()))


async def scene(gateway: Gateway, *, one_account: bool) -> tuple[Counter[int], list[tuple[int, float]]]:
    """Return the statuses that the flood got, and what the parent's log-ins got meanwhile."""
    statuses, names = Counter[int](), itertools.count()
    workers = [asyncio.create_task(flood(gateway, names, statuses, one_account=one_account)) for _ in range(WORKERS)]
    await asyncio.sleep(1.0)
    parents = []
    while not all(one.done() for one in workers):
        parents.append(asyncio.create_task(log_in(gateway, "device-0", PASSWORD, PARENT)))
        await asyncio.sleep(PARENTS_EVERY_S)
    async with asyncio.timeout(30.0):
        await asyncio.gather(*workers)
        return statuses, list(await asyncio.gather(*parents))


@pytest.mark.parametrize(
    ("settings", "one_account"),
    [({}, True), ({}, False), (ROOMY, False)],
    ids=["one account", "many names", "many names without a limit by address"],
)
def test_a_flood_from_one_address_delays_nobody_elses_log_in(
    tmp_path: Path, settings: dict[str, object], one_account: bool
) -> None:
    with lone_gateway(tmp_path, connections_max=1000, arrive_within_s=10.0, **IN_PRODUCTION, **settings) as gateway:
        statuses, parents = asyncio.run(scene(gateway, one_account=one_account))
    assert sum(statuses.values()) > 40, statuses
    assert len(parents) >= 8
    assert {status for status, _ in parents} == {200}
    assert max(took_s for _, took_s in parents) < PROMPT_S, sorted(took_s for _, took_s in parents)
    if not settings:
        assert statuses[429] > statuses[500], statuses
