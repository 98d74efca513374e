"""What the watchdog keeps of very many follows: what most of them chose alike is there once."""

from __future__ import annotations

import json

from deadair.reference.alerts.alarms import Alarms, Watched
from deadair.reference.alerts.decision import merge, watched_of
from deadair.reference.settings import Settings
from tests.reference.evidence_entries import entry, watched
from tests.reference.fake_env import FakeEnv

SETTINGS = Settings()
CHOSEN = {"no_data_after_s": 1234.5, "realarm_every_s": 4321.5}


def objects(follows: list[Watched]) -> list[int]:
    """Return how many objects stand for each of the chosen values, and for never."""
    return [
        len({id(getattr(one, name)) for one in follows})
        for name in (*CHOSEN, "acknowledged_s", "snoozed_until_s", "void_s")
    ]


def test_it_is_there_once_as_evidence_comes() -> None:
    said = [json.dumps(entry(follow=follow, **CHOSEN)) for follow in range(1, 50)]
    follows = [watched_of(json.loads(one), SETTINGS, 20_000.0) for one in said]
    assert follows[0].realarm_every_s == 4321.5
    assert objects(follows) == [1, 1, 1, 1, 1]


def test_a_follow_s_number_is_there_once_however_much_is_said_of_it() -> None:
    known = merge(None, watched_of(json.loads(json.dumps(entry(follow=98_765))), SETTINGS, 20_000.0), 20_000.0)
    later = watched_of(json.loads(json.dumps(entry(follow=98_765, confirmed_s=19_000))), SETTINGS, 20_000.0)
    assert merge(known, later, 20_000.0).confirmed_s == 19_000
    assert merge(known, later, 20_000.0).follow is known.follow


def test_it_is_there_once_after_a_restart(env: FakeEnv) -> None:
    Alarms(env).save([watched(follow, **CHOSEN) for follow in range(1, 50)], [], [])
    follows = Alarms(env).watched()
    assert follows == [watched(follow, **CHOSEN) for follow in range(1, 50)]
    assert objects(follows) == [1, 1, 1, 1, 1]
