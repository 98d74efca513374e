"""The end of a follow, from the family's word to the phone that hears nothing more; one that is muted is not ended."""

from __future__ import annotations

import json

from deadair.reference.alerts.alarms import Alarms
from deadair.reference.nodes.sentinel import Sentinel
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.evidence_entries import T_S, entry, tell, tell_lows
from tests.reference.fake_env import FakeEnv

SETTINGS = Settings()
REVOKED = entry(token="", no_data_after_s=0)


def kinds(env: FakeEnv) -> list[str]:
    return [push.kind for push in Alarms(env).undelivered(100)]


def test_who_switched_the_no_data_alert_off_is_still_told_of_a_low(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(no_data_after_s=0))
    tell_lows(dog, (2, env.now_s))
    assert kinds(env) == ["urgent_low"]


def test_a_revoked_follow_is_told_nothing_also_after_a_restart(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry())
    dog._decide_due()
    tell_lows(dog, (2, env.now_s))
    assert kinds(env) == ["urgent_low", "no_data"]
    tell(dog, REVOKED)
    assert kinds(env) == []
    for again in (dog, Watchdog(env, SETTINGS)):
        env.now_s += 1e6
        again._decide_due()
        tell_lows(again, (2, env.now_s))
        assert kinds(env) == []


def test_a_follow_that_is_registered_again_begins_anew(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(confirmed_s=env.now_s), REVOKED)
    env.now_s += 1e6
    tell(dog, entry(since_s=env.now_s))
    dog._decide_due()
    assert kinds(env) == []
    env.now_s += T_S
    dog._decide_due()
    assert kinds(env) == ["no_data"]


def test_who_cannot_be_known_to_be_blind_does_not_make_an_incident_look_small(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    tell(dog, entry(), entry(follow=3, no_data_after_s=0), entry(follow=4, token="", no_data_after_s=0))
    evidence = dog._evidence()
    assert (evidence["follows"], evidence["blind"]) == (1, 1)


def test_the_sentinel_forgets_a_revoked_follow_and_learns_it_again(env: FakeEnv) -> None:
    def tokens() -> set[str]:
        return {token for token, told in Sentinel(env, SETTINGS)._roster.values() if told != "gone"}

    def beat(token: str) -> None:
        said = {"node": "watchdog", "follows": 1, "blind": 0, "tokens": [[1, token]]}
        answer = ask(Sentinel(env, SETTINGS).apps["sentinel"], "POST", "/heartbeat", json.dumps(said).encode())
        assert answer.status_code == 200

    for token, known in (("", set()), ("a", {"a"}), ("", set()), ("a", {"a"})):
        beat(token)
        assert tokens() == known
