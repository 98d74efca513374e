"""The list of accounts: whom each follows, and whether pushes reach it."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from pathlib import Path

import pytest

from deadair.reference.accounts.accounts import Accounts, Newcomer
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.follows import Follows
from deadair.reference.alerts.alarms import ALARMS, Alarms
from deadair.reference.running.account_verbs import account_verb
from deadair.reference.running.live import LiveEnv
from deadair.reference.settings import Settings

CHEAP = Settings(password_memory_kib=8, password_passes=1)


async def family(data: Path) -> None:
    """Make a child whom one follows with a phone, one with a phone that is gone, and one with none."""
    env = LiveEnv(data, CHEAP)
    people = [Newcomer(name, "x") for name in ("child", "mum", "dad", "aunt")]
    child, mum, dad, aunt = await Accounts(env).add(people)
    follows, alert = Follows(env), NoDataAlert(1200.0)
    for one in (mum, dad):
        follow, _ = follows.register(
            one.number, child.number, token=f"that of {one.name}", alert=alert, installation="1"
        )
    Alarms(env)
    with env.database(ALARMS) as alarms:
        alarms.execute("INSERT INTO gone VALUES (?, ?)", (follow.number, follow.token))
    follows.watch_reader(aunt.number, child.number, alert)
    await env.close()


def test_accounts_are_listed_with_whom_they_follow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(family(tmp_path))
    assert account_verb(Namespace(deed="list", name=None, data=tmp_path), CHEAP) == 0
    said = capsys.readouterr().out
    assert "argon2" not in said, "no hash of a password is shown"
    assert "that of" not in said, "nor a token"
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["name"] for line in lines] == ["aunt", "child", "dad", "mum"]
    reach = {line["name"]: [(one["patient"], one["reach"]) for one in line["follows"]] for line in lines}
    assert reach == {"child": [], "mum": [("child", "push")], "dad": [("child", "gone")], "aunt": [("child", "none")]}
